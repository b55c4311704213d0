# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of a client: signed, sent, sent again as it allows, and what becomes of it."""

from __future__ import annotations

from urllib.parse import parse_qs, quote

import names
import pytest
import virtual
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import client, codes, usersig
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.redaction import MASK
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.retry import Call
from virtual import GET, KEY, PUSH, reply

EXPIRED, BUSY = reply(70001), reply(60007)


def outcome(made: client.Client, call: Call = GET) -> Failure | dict:
    try:
        return made.call(call, dict)
    except ChatError as error:
        return error.failure


@pytest.fixture
def chance(monkeypatch):
    """Sets what is random, in thousandths."""
    return lambda value: monkeypatch.setattr(client.secrets, "randbelow", lambda below: min(value, below - 1))


@pytest.mark.parametrize(
    ("fault", "says", "status", "tries", "not_accepted"),
    [
        *(({"kind": kind}, "the connection broke", None, 4, False) for kind in ("cut", "cut_early", "cut_after")),
        ({"kind": "truncated"}, "the response is truncated", 200, 4, False),
        ({"kind": "garbage", "body": '{"ActionStatus": "OK", "Err'}, "the response is truncated", 200, 4, False),
        ({"kind": "garbage"}, "it is not JSON", 200, 1, False),
        ({"kind": "bytes"}, "it is not UTF-8", 200, 1, False),
        ({"kind": "duplicate_key"}, "a key is repeated", 200, 1, False),
        *(({"kind": "http", "status": code}, f"HTTP {code}", code, 4, False) for code in (500, 502, 599)),
        ({"kind": "http", "status": 400}, "HTTP 400", 400, 1, False),
        ({"kind": "http", "status": 403}, "HTTP 403", 403, 1, True),
        ({"kind": "code", "code": 60008, "info": "why"}, '(the service says "why")', 200, 4, False),
        ({"kind": "code", "code": 91000}, "error 91000, internal service error", 200, 4, False),
        ({"kind": "code", "code": 12345}, "error 12345, unknown error", 200, 1, False),
        ({"kind": "code", "code": 70003}, "UserSig invalid or truncated (", 200, 1, True),
    ],
)
def test_a_call_is_sent_again_if_it_may_be(simulator, app, connect, fault, says, status, tries, not_accepted):
    simulator.fail(app.sdkappid, times=2 * tries, **fault)
    made = connect()
    found = outcome(made, names.CALL)
    assert says in found.message and (found.http_status, found.command) == (status, "im_get_attr_name")
    assert found.tries == tries == len(simulator.log) == len(made.pauses) + 1 == len(made.retried) + 1
    assert ("Gave up after 4 attempts." in found.message) is (tries == 4)
    found = outcome(connect(), names.CALL._replace(idempotent=False))
    assert (found.tries, found.not_accepted) == (1, not_accepted)
    assert outcome(connect(), names.CALL)["ErrorCode"] == 0 and len(simulator.log) == 2 * tries + 1


def test_the_random_number_is_one_of_32_bits():
    service = virtual.Service()
    for _turn in range(8):
        service.client().call(GET, dict)
    numbers = {int(parse_qs(sent.query)["random"][0]) for sent in service.sent}
    assert len(numbers) == 8 and 2**16 < max(numbers) < 2**32


# -- delays and time ----------------------------------------------------------------------------------------------


def test_each_call_adds_its_time_to_that_of_the_task_unless_calls_share_what_is_left():
    service = virtual.Service(seconds=0.0)
    made = service.client(timeout=7, retries=1)
    assert made.time_left() == 0
    for calls in (1, 2):
        made.call(GET, dict)
        assert made.time_left() == calls * 2 * (14 + 5)
    with made.sharing_time():
        service.now += 76 - 5.5
        made.call(GET, dict)
        assert made.time_left() == 5.5
        service.now += 5.5
        with pytest.raises(ChatError, match="the time for the task is up"):
            made.call(GET, dict)
    made.call(GET, dict)
    assert made.time_left() == 2 * (14 + 5)
    assert [sent.limit for sent in service.sent] == [14, 14, 5.5, 14], "twice the timeout, or what is left"


@pytest.mark.parametrize("random", [0, 500, 1000])
@pytest.mark.parametrize("timeout", [1, 10])
def test_a_call_with_spacing_keeps_its_distance_and_loses_no_attempt(chance, random, timeout):
    """Each attempt takes as long as it may, and nothing of it arrives."""
    chance(random)
    service = virtual.Service(lambda sent, number: virtual.NOT_SENT, seconds=lambda sent: sent.limit)
    found = outcome(service.client(timeout=timeout, retries=20), PUSH._replace(spacing=1.0))
    assert found.tries == 21 == len(service.sent) and found.not_accepted
    assert all(later.at - sooner.at >= 2 * timeout + 1 for sooner, later in zip(service.sent, service.sent[1:]))


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("asked", "tries"), [("10", 2), ("13", 2), ("14", 1), ("3600", 1)])
def test_retry_after_is_honoured_within_the_bound_of_the_task(status, asked, tries):
    service = virtual.Service(virtual.in_turn(virtual.Reply(status, b"", True, "", asked)))
    found = outcome(service.client(timeout=1, retries=1))  # the task may take 14 seconds
    assert (found["ErrorCode"] == 0) if tries == 2 else (found.http_status == status)
    assert service.pauses == [pytest.approx(int(asked))] * (tries - 1) and len(service.sent) == tries


@pytest.mark.parametrize("throttle", [*(reply(code) for code in (60007, 60011, 60018, 60019)), virtual.Reply(429, b"")])
@pytest.mark.parametrize("call", [GET, PUSH])
def test_throttling_does_not_use_up_retries(chance, throttle, call):
    chance(500)
    service = virtual.Service(virtual.in_turn(*[throttle] * 6))
    assert outcome(service.client(retries=0), call)["ErrorCode"] == 0
    assert service.pauses == [pytest.approx(half) for half in (0.5, 1.0, 2.0, 2.5, 2.5, 2.5)]


@pytest.mark.parametrize("random", [0, 1000])
def test_throttling_ends_when_the_time_of_the_call_is_up(chance, random):
    chance(random)
    service = virtual.Service(lambda sent, number: BUSY, seconds=1.0)
    found = outcome(service.client(timeout=10, retries=0))
    assert found.is_throttled and found.not_accepted and found.tries == len(service.sent) > 4
    assert 25 - 5 <= service.now - 1000.0 <= 25 + 2


# -- the signature ------------------------------------------------------------------------------------------------


def signed_at(service: virtual.Service) -> list[float]:
    """Return when the UserSig of each request was generated, in seconds after the beginning."""
    signatures = [parse_qs(sent.query)["usersig"][0] for sent in service.sent]
    return [usersig.decode(signature).issued_at - 1_700_001_000 for signature in signatures]


def test_a_usersig_is_renewed_once_for_each_call():
    """A task that runs longer than twice usersig_expire needs more than one new signature."""
    service = virtual.Service(lambda sent, number: EXPIRED if number % 2 == 0 else reply())
    made = service.client(retries=0)
    for calls in range(1, 5):
        assert outcome(made)["ErrorCode"] == 0 and len(service.sent) == 2 * calls
    rejecting = virtual.Service(lambda sent, number: EXPIRED)
    made = rejecting.client(retries=0)
    for calls in (1, 2):
        found = outcome(made)
        assert (found.error_code, found.tries, len(rejecting.sent)) == (70001, 2, 2 * calls)
        assert "Check the clock of this machine" in found.hint
    found = outcome(rejecting.client({"usersig": "generated elsewhere"}))
    assert found.tries == 1 and "Generate a new UserSig" in found.hint


@pytest.mark.parametrize(
    ("expire", "sent_at", "renewed_at"),
    [(60, (0, 39, 40, 41, 79, 80), [0, 0, 40, 40, 40, 80]), (10, (0, 4, 5, 9, 10), [0, 0, 5, 5, 10])],
)
def test_a_usersig_is_renewed_before_it_expires(monkeypatch, expire, sent_at, renewed_at):
    """When twice the timeout or half of its time is left."""
    service = virtual.Service(seconds=0.0)
    monkeypatch.setattr(client, "time", service)
    made = service.client({"secret_key": KEY, "usersig_expire": expire}, timeout=10)
    for after in sent_at:
        service.now = 1000.0 + after
        made.call(GET, dict)
    assert signed_at(service) == renewed_at


def test_a_failure_for_another_reason_keeps_the_usersig(monkeypatch):
    service = virtual.Service(virtual.in_turn(reply(60011)), seconds=2.0)
    monkeypatch.setattr(client, "time", service)
    service.client().call(GET, dict)
    assert signed_at(service) == [0, 0]


def test_several_that_are_under_way_with_the_same_expired_usersig_renew_it_once(monkeypatch):
    """The second rejection of the same signature comes when there is a new one already."""
    service = virtual.Service(virtual.in_turn(*[EXPIRED] * 5), seconds=lambda sent: 2.0 + sent.body["job"])
    monkeypatch.setattr(client, "time", service)
    assert len(list(virtual.each(service.client(retries=0), range(5)))) == 5
    assert signed_at(service) == [0] * 5 + [2] * 5


@pytest.mark.parametrize("account", [{"secret_key": KEY}, {"usersig": "generated*elsewhere"}])
def test_secrets_that_a_service_echoes_are_masked(account):
    (secret,) = account.values()
    service = virtual.Service(lambda sent, number: reply(70003, f"{signature} {sent.query} {secret}"))
    made = service.client(account)
    signature = made.sign()
    found = outcome(made)
    for shown in (str(found), found.message, str(made.redact(found._asdict()))):
        assert not any(text in shown for text in (signature, quote(signature, safe=""), secret))
    assert MASK in found.error_info and MASK in found.message
    for redact in (made.redact, made.redact_foreign):
        assert redact.text(f"{signature} {secret}") == f"{MASK} {MASK}"


@pytest.mark.parametrize(
    ("fields", "shown"), [({"RequestId": "r-1"}, "r-1"), ({"RequestId": KEY}, MASK), ({}, None)], ids=str
)
def test_the_request_id_is_in_a_failure_and_told_after_a_success(fields, shown):
    told = []
    service = virtual.Service(virtual.in_turn(reply(**fields), reply(70003, **fields)))
    made = service.client(tell=told.append)
    made.call(GET, dict)
    assert told == ([f"get for app 1400000001 at singapore: request {shown}"] if shown else [])
    assert outcome(made).request_id == shown


def test_each_retry_is_recorded_and_told(chance):
    chance(0)
    told = []
    service = virtual.Service(virtual.in_turn(virtual.Reply(502, b""), reply(60008, "busy"), EXPIRED))
    made = service.client(tell=told.append)
    made.call(GET, dict)
    reasons = ["HTTP 502", f'error 60008, {codes.CODES[60008].meaning} (the service says "busy")']
    reasons.append("error 70001, UserSig expired")
    assert made.retried == reasons
    assert told == [
        f"get for app 1400000001 at singapore: {reason}. Attempt {attempt} follows in {seconds} seconds"
        for reason, attempt, seconds in zip(reasons, (2, 3, 4), (1.0, 2.0, 0.0))
    ]


# -- a job that has ended -----------------------------------------------------------------------------------------

GONE = "the job that started this task has ended, so nothing more is sent"


def test_a_write_that_may_have_been_accepted_before_the_job_ended_is_not_called_rejected(simulator, app, connect):
    simulator.fail(app.sdkappid, "cut_after")
    found = names.failure(connect(is_wanted=lambda: not simulator.log))
    assert found.what == GONE and not found.not_accepted
    assert (found.command, found.tries) == ("im_get_attr_name", 1)


def test_what_is_under_way_when_the_job_ends_may_have_been_accepted():
    service = virtual.Service(seconds=5.0)
    made = service.client(is_wanted=lambda: service.now < 1001.0)
    with pytest.raises(ChatError, match=GONE) as gone:
        list(virtual.each(made, range(3)))
    assert gone.value.failure.not_accepted is False and len(service.sent) == 3
