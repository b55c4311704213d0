# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a call is sent again, and when: without a network, and without a clock."""

from __future__ import annotations

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import retry
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.retry import Call, Errand

TRANSIENT = Failure("the connection broke", is_transient=True)
THROTTLED = Failure("too many requests", is_transient=True, is_throttled=True, not_accepted=True)
EXPIRED = Failure("UserSig expired", needs_new_usersig=True, not_accepted=True)
FINAL = Failure("no TLS connection")
REJECTED = FINAL._replace(not_accepted=True)
CALL = Call("v4/test/get", {})
PUSH = Call("v4/test/push", {}, idempotent=False)


def delays(failures: list[Failure], call: Call = CALL, retries: int = 3, has_key: bool = True, chance: float = 0.0):
    """Return the delay after each of the *failures* of one call."""
    made = Errand("job", call)
    return [made.delay(failure, retries, has_key, chance) for failure in failures]


def test_the_numbers_in_the_documentation():
    assert retry.max_duration(10, 3) == 100
    assert retry.max_duration(1, 0) == 7
    assert [retry.backoff(attempt, 0.0) for attempt in (1, 2, 3, 4, 5, 2000)] == [1, 2, 4, 5, 5, 5]
    assert [retry.backoff(attempt, 1.0) for attempt in (1, 2, 3, 4)] == [0.5, 1, 2, 2.5]


def test_transient_failures_use_up_the_retries_and_other_failures_are_final():
    assert delays([TRANSIENT] * 4) == [1, 2, 4, None]
    assert delays([TRANSIENT], retries=0) == [None]
    assert delays([TRANSIENT] * 4, chance=1.0) == [0.5, 1, 2, None]
    assert delays([FINAL]) == [None]
    assert delays([TRANSIENT, FINAL]) == [1, None]


def test_throttling_does_not_use_up_retries():
    assert delays([THROTTLED] * 30, retries=0, chance=1.0) == [1, 2, 4, *[5] * 27]
    mixed = [THROTTLED, TRANSIENT, THROTTLED, TRANSIENT, TRANSIENT]
    assert delays(mixed, retries=2, chance=1.0) == [1, 0.5, 2, 1, None]


def test_a_usersig_is_renewed_once_for_each_call_and_at_once():
    assert delays([EXPIRED, EXPIRED]) == [0.0, None]
    assert delays([EXPIRED, TRANSIENT, EXPIRED], retries=1) == [0.0, 1, None]
    assert delays([EXPIRED], retries=0) == [0.0]
    assert delays([EXPIRED], has_key=False) == [None]
    assert delays([EXPIRED], call=PUSH) == [0.0]


def test_a_call_that_must_not_be_sent_twice_is_sent_again_only_if_it_was_certainly_not_accepted():
    assert delays([TRANSIENT], call=PUSH) == [None]
    assert delays([TRANSIENT._replace(not_accepted=True)] * 2, call=PUSH) == [1, 2]
    assert delays([THROTTLED], call=PUSH, chance=1.0) == [1]
    assert delays([THROTTLED._replace(not_accepted=False)], call=PUSH) == [None]
    assert delays([EXPIRED._replace(not_accepted=False)], call=PUSH) == [None]


def test_the_spacing_of_a_call_comes_on_top_of_each_delay():
    spaced = PUSH._replace(spacing=1.0)
    refused = TRANSIENT._replace(not_accepted=True)
    assert delays([refused] * 3, call=spaced) == [2, 3, 5]
    assert delays([THROTTLED] * 3, call=spaced, chance=0.0) == [1, 1, 1]
    assert delays([THROTTLED._replace(retry_after=30.0)], call=spaced) == [31]


@pytest.mark.parametrize(("asked", "waits"), [(0.5, 1), (30.0, 30)])
def test_the_delay_is_at_least_what_the_service_asks_for(asked, waits):
    assert delays([TRANSIENT._replace(retry_after=asked)]) == [waits]
    assert delays([THROTTLED._replace(retry_after=asked)], chance=0.0) == [asked]


def test_a_failure_is_located_and_counted():
    made = Errand("job", CALL)
    assert (made.due, made.failure, made.tries) == (float("-inf"), None, 0), "it may begin at any time"
    made.tries = 2
    failed = made.failed(TRANSIENT, "get for app 1 at singapore")
    assert failed == TRANSIENT._replace(where="get for app 1 at singapore", command="get", tries=2)
    assert made.failure is failed and TRANSIENT.where == ""
    assert failed.message == "get for app 1 at singapore: the connection broke. Gave up after 2 attempts."


@pytest.mark.parametrize(
    ("attempts", "certain"),
    [
        ([REJECTED], True),
        ([THROTTLED, REJECTED], True),
        ([TRANSIENT, REJECTED], False),
        ([REJECTED, TRANSIENT, REJECTED], False),
        ([REJECTED, TRANSIENT], False),
    ],
)
def test_a_failure_is_not_accepted_only_if_none_of_the_attempts_was(attempts, certain):
    made = Errand("job", CALL)
    assert [made.failed(one, "").not_accepted for one in attempts][-1] is certain
