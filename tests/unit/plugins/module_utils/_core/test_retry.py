# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a call is sent again, and when: without a network, and without a clock."""

from __future__ import annotations

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import retry
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.retry import Errand
from virtual import BROKEN, GET, NOT_SENT, PUSH

THROTTLED = Failure("too many requests", is_transient=True, is_throttled=True, not_accepted=True)
EXPIRED = Failure("UserSig expired", needs_new_usersig=True, not_accepted=True)
FINAL = Failure("no TLS connection")
REJECTED = FINAL._replace(not_accepted=True)


def test_the_numbers_in_the_documentation():
    assert retry.max_duration(10, 3) == 100
    assert retry.max_duration(1, 0) == 7
    assert [retry.backoff(attempt, 0.0) for attempt in (1, 2, 3, 4, 5, 2000)] == [1, 2, 4, 5, 5, 5]
    assert [retry.backoff(attempt, 1.0) for attempt in (1, 2, 3, 4)] == [0.5, 1, 2, 2.5]


PUSHED, SPACED = {"call": PUSH}, {"call": PUSH._replace(spacing=1.0)}


@pytest.mark.parametrize(
    ("failures", "settings", "delays"),
    [
        # Transient failures use up the retries, and other failures are final.
        ([BROKEN] * 4, {}, [1, 2, 4, None]),
        ([BROKEN], {"retries": 0}, [None]),
        ([BROKEN] * 4, {"chance": 1.0}, [0.5, 1, 2, None]),
        ([FINAL], {}, [None]),
        ([BROKEN, FINAL], {}, [1, None]),
        # Throttling does not use up retries.
        ([THROTTLED] * 30, {"retries": 0, "chance": 1.0}, [1, 2, 4, *[5] * 27]),
        ([THROTTLED, BROKEN, THROTTLED, BROKEN, BROKEN], {"retries": 2, "chance": 1.0}, [1, 0.5, 2, 1, None]),
        # A UserSig is renewed once for each call, and at once.
        ([EXPIRED, EXPIRED], {}, [0.0, None]),
        ([EXPIRED, BROKEN, EXPIRED], {"retries": 1}, [0.0, 1, None]),
        ([EXPIRED], {"retries": 0}, [0.0]),
        ([EXPIRED], {"has_key": False}, [None]),
        ([EXPIRED], PUSHED, [0.0]),
        # A call that must not be sent twice is sent again only if it was certainly not accepted.
        ([BROKEN], PUSHED, [None]),
        ([NOT_SENT] * 2, PUSHED, [1, 2]),
        ([THROTTLED], {**PUSHED, "chance": 1.0}, [1]),
        ([THROTTLED._replace(not_accepted=False)], PUSHED, [None]),
        ([EXPIRED._replace(not_accepted=False)], PUSHED, [None]),
        # The spacing of a call comes on top of each delay.
        ([NOT_SENT] * 3, SPACED, [2, 3, 5]),
        ([THROTTLED] * 3, SPACED, [1, 1, 1]),
        ([THROTTLED._replace(retry_after=30.0)], SPACED, [31]),
        # The delay is at least what the service asks for.
        *(([BROKEN._replace(retry_after=asked)], {}, [delay]) for asked, delay in ((0.5, 1), (30.0, 30))),
        *(([THROTTLED._replace(retry_after=asked)], {}, [asked]) for asked in (0.5, 30.0)),
    ],
)
def test_the_delay_after_each_failure_of_a_call(failures, settings, delays):
    given = {"call": GET, "retries": 3, "has_key": True, "chance": 0.0, **settings}
    made = Errand("job", given.pop("call"))
    assert [made.delay(failure, **given) for failure in failures] == delays


def test_a_failure_is_located_and_counted():
    made = Errand("job", GET)
    assert (made.due, made.failure, made.tries) == (float("-inf"), None, 0), "it may begin at any time"
    made.tries = 2
    failed = made.failed(BROKEN, "get for app 1 at singapore")
    assert failed == BROKEN._replace(where="get for app 1 at singapore", command="get", tries=2)
    assert made.failure is failed and BROKEN.where == ""
    assert failed.message == "get for app 1 at singapore: the connection broke. Gave up after 2 attempts."


@pytest.mark.parametrize("before", [[], [THROTTLED], [BROKEN], [REJECTED, BROKEN]])
@pytest.mark.parametrize("last", [REJECTED, BROKEN])
def test_a_failure_is_not_accepted_only_if_none_of_the_attempts_was(before, last):
    made, attempts = Errand("job", GET), [*before, last]
    assert [made.failed(one, "").not_accepted for one in attempts][-1] is (BROKEN not in attempts)
