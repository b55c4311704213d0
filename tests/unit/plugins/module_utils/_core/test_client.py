# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of a client: signed, sent, sent again as it allows, and what becomes of it."""

from __future__ import annotations

import itertools
import secrets
import time
from urllib.parse import parse_qs, quote

import names
import pytest
import virtual
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import client, codes, usersig
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.redaction import MASK
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.retry import Call, max_duration
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.schedule import Jobs
from hypothesis import given
from hypothesis import strategies as st
from test_codes import FINAL, RENEWED, RETRIED, SIGNATURE, THROTTLED, UNCLEAR

GET, PUSH = virtual.GET, virtual.PUSH
EXPIRED, BUSY = virtual.reply(70001), virtual.reply(60007)


def failed(work) -> Failure:
    """Return the failure of *work*."""
    with pytest.raises(ChatError) as error:
        work()
    return error.value.failure


def failure(made: client.Client, wanted: dict | None = None) -> Failure:
    """Return why setting names failed."""
    return failed(lambda: names.ensure(made, names.State(wanted or {"0": "sex"})))


def outcome(made: client.Client, call: Call = GET) -> Failure | dict:
    try:
        return made.call(call, dict)
    except ChatError as error:
        return error.failure


def ready(app, expire: int = 60) -> dict:
    """Return an account with a pre-generated UserSig."""
    return {"usersig": usersig.sign(app.secret_key, app.sdkappid, "administrator", int(time.time()), expire)}


# -- codes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*sorted(UNCLEAR | RENEWED | FINAL), *SIGNATURE, 12345])
def test_each_code_fails_with_its_message(simulator, app, connect, code):
    simulator.fail(app.sdkappid, "code", times=20, code=code, info="what the service says")
    made = connect(ready(app))
    found = failure(made)
    known = codes.meaning_of(code)
    attempts = 4 if code in RETRIED else 1
    assert (found.error_code, found.error_info) == (code, "what the service says")
    assert (found.action_status, found.command, found.http_status) == ("FAIL", "im_get_attr_name", 200)
    assert found.tries == attempts == len(simulator.log)
    for part in (f"error {code}", known.meaning, known.hint, '"what the service says"', "singapore", str(app.sdkappid)):
        assert part in found.message
    assert ("Gave up after 4 attempts." in found.message) is (code in RETRIED)
    assert len(made.pauses) == attempts - 1


# -- the network --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "says", "status"),
    [
        ({"kind": "cut"}, "the connection broke", None),
        ({"kind": "cut_early"}, "the connection broke", None),
        ({"kind": "truncated"}, "the response is truncated", 200),
        ({"kind": "http", "status": 502}, "HTTP 502", 502),
        ({"kind": "http", "status": 500}, "HTTP 500", 500),
        ({"kind": "http", "status": 599}, "HTTP 599", 599),
        ({"kind": "garbage", "body": '{"ActionStatus": "OK", "Err'}, "the response is truncated", 200),
    ],
)
def test_network_faults_are_retried(simulator, app, connect, fault, says, status):
    simulator.fail(app.sdkappid, times=3, **fault)
    assert names.ensure(connect(), names.State({"0": "sex"})).after.names == app.names
    simulator.log.clear()
    simulator.fail(app.sdkappid, times=4, **fault)
    found = failure(connect())
    assert says in found.message and "Gave up after 4 attempts" in found.message
    assert (found.http_status, found.error_code) == (status, None)
    assert found.tries == 4 == len(simulator.log)


def test_a_success_that_also_says_that_it_failed_is_refused(simulator, app, connect):
    simulator.fail(app.sdkappid, "duplicate_key")
    found = failure(connect())
    assert "a key is repeated" in found.message and found.tries == 1 and not found.not_accepted


def test_the_random_number_is_one_of_32_bits(simulator, app, connect):
    for _turn in range(8):
        names.read(connect())
    numbers = {int(entry["query"]["random"]) for entry in simulator.log}
    assert len(numbers) == 8 and max(numbers) > 2**16


# -- delays and time ----------------------------------------------------------------------------------------------


def test_a_call_ends_in_time_even_if_the_service_is_always_slow(simulator, app, connect):
    """A clock that advances 30 seconds at each look stands for such a service."""
    now = [0.0]

    def clock() -> float:
        now[0] += 30
        return now[0]

    simulator.fail(app.sdkappid, "cut", times=100)
    made = connect(timeout=1, retries=20, clock=clock, sleep=lambda seconds: None)
    assert failure(made).tries < 21
    assert now[0] <= max_duration(1, 20) + 300


def test_an_attempt_is_given_twice_the_timeout_or_what_is_left_of_the_task():
    service = virtual.Service(seconds=0.0)
    made = service.client(timeout=7, retries=0)
    made.call(GET, dict)
    made.call(GET, dict)
    with made.sharing_time():
        service.now += 2 * (14 + 5) - 5.5
        made.call(GET, dict)
        service.now += 1000.0
        with pytest.raises(ChatError, match="the time for the task is up"):
            made.call(GET, dict)
    assert [sent.limit for sent in service.sent] == pytest.approx([14, 14, 5.5])


def test_each_call_of_a_task_adds_its_own_time():
    service = virtual.Service(seconds=0.0)
    made = service.client(timeout=7, retries=1)
    assert made.time_left() == 0
    for calls in (1, 2, 3):
        made.call(GET, dict)
        assert made.time_left() == calls * 2 * (14 + 5)
    with made.sharing_time():
        made.call(GET, dict)
        assert made.time_left() == 3 * 2 * (14 + 5)
    made.call(GET, dict)
    assert made.time_left() == 4 * 2 * (14 + 5)


@pytest.mark.parametrize("chance", [0, 500, 1000])
@pytest.mark.parametrize("timeout", [1, 10])
def test_a_call_with_spacing_keeps_its_distance_and_loses_no_attempt(monkeypatch, chance, timeout):
    """Each attempt takes as long as it may, and nothing of it arrives."""
    monkeypatch.setattr(client.secrets, "randbelow", lambda most: min(chance, most - 1))
    service = virtual.Service(lambda sent, number: virtual.NOT_SENT, seconds=lambda sent: sent.limit)
    found = outcome(service.client(timeout=timeout, retries=20), PUSH._replace(spacing=1.0))
    assert found.tries == 21 == len(service.sent) and found.not_accepted
    begun = [sent.at for sent in service.sent]
    limit = service.sent[0].limit
    assert all(later - sooner >= limit + 1.0 for sooner, later in zip(begun, begun[1:]))


def test_retry_after_is_honoured_within_the_bound_of_the_task():
    for status, asked in itertools.product((429, 503), ("10", "13")):
        service = virtual.Service(virtual.in_turn(virtual.Reply(status, b"", True, "", asked)))
        assert outcome(service.client(timeout=1, retries=1))["ErrorCode"] == 0  # the task may take 14 seconds
        assert len(service.sent) == 2 and service.pauses == [pytest.approx(int(asked))]
    for status, asked in itertools.product((429, 503), ("14", "3600")):
        service = virtual.Service(virtual.in_turn(virtual.Reply(status, b"", True, "", asked)))
        assert outcome(service.client(timeout=1, retries=1)).http_status == status
        assert len(service.sent) == 1 and service.pauses == []


# -- throttling ---------------------------------------------------------------------------------------------------


THROTTLES = [*(virtual.reply(code) for code in sorted(THROTTLED)), virtual.Reply(429, b"")]


@pytest.mark.parametrize("throttle", THROTTLES)
@pytest.mark.parametrize("call", [GET, PUSH])
def test_throttling_does_not_use_up_retries(monkeypatch, throttle, call):
    monkeypatch.setattr(secrets, "randbelow", lambda below: below // 2)
    service = virtual.Service(virtual.in_turn(*[throttle] * 6))
    assert outcome(service.client(retries=0), call)["ErrorCode"] == 0
    assert len(service.sent) == 7
    assert service.pauses == [pytest.approx(half) for half in (0.5, 1.0, 2.0, 2.5, 2.5, 2.5)]


@pytest.mark.parametrize("throttle", THROTTLES)
def test_throttling_ends_when_the_time_of_the_call_is_up(throttle):
    service = virtual.Service(lambda sent, number: throttle, seconds=0.05)
    made = service.client(timeout=10, retries=0)
    found = outcome(made)
    assert found.is_throttled and found.not_accepted and found.tries == len(service.sent) > 4
    assert 25 - 5 <= service.now - 1000.0 <= 25 + 2


@given(st.lists(st.integers(0, 1000), min_size=8, max_size=8))
def test_throttling_waits_with_full_jitter(chances):
    """So that of many workers of one app some come back at once, and some late."""
    given_chances = iter(chances)
    service = virtual.Service(virtual.in_turn(*[BUSY] * 8), seconds=0.0)
    made = service.client(timeout=60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client.secrets, "randbelow", lambda most: next(given_chances) if most == 1001 else 1)
        made.call(GET, dict)
    waited = [later.at - sooner.at for sooner, later in zip(service.sent, service.sent[1:])]
    expected = [most * chance / 1000 for most, chance in zip((1, 2, 4, 5, 5, 5, 5, 5), chances)]
    # The pace may add to it: it has learned from the rejections.
    assert all(at >= least - 1e-9 for at, least in zip(waited, expected))
    assert sum(waited) <= sum(expected) + 8 * 1.02


def test_throttling_without_any_delay_ends_as_well(monkeypatch):
    monkeypatch.setattr(client.secrets, "randbelow", lambda most: 0)
    service = virtual.Service(lambda sent, number: BUSY, seconds=1.0)
    found = outcome(service.client(timeout=10, retries=0))
    assert found.is_throttled and service.now - 1000.0 <= 25 + 2


# -- the signature ------------------------------------------------------------------------------------------------


def signed_at(sent: virtual.Sent) -> int:
    (signature,) = parse_qs(sent.query)["usersig"]
    return usersig.decode(signature).issued_at


@pytest.fixture
def virtual_date(monkeypatch):
    """Return a function that makes a service whose time is also the time of day."""

    def make(answer, **settings):
        service = virtual.Service(answer, **settings)
        monkeypatch.setattr(client.time, "time", lambda: service.now + 1_700_000_000)
        return service

    return make


def checks_the_signature(sent: virtual.Sent, service: virtual.Service, expire: int):
    """Return the answer of a service that checks whether the signature has expired."""
    return virtual.reply() if sent.at + 1_700_000_000 < signed_at(sent) + expire else EXPIRED


def test_a_usersig_is_renewed_for_each_call_and_once_for_each():
    """A task that runs longer than twice usersig_expire needs more than one new signature."""
    service = virtual.Service(lambda sent, number: EXPIRED if number % 2 == 0 else virtual.reply())
    made = service.client(retries=0)
    for _call in range(4):
        assert made.call(GET, dict)["ErrorCode"] == 0
    assert len(service.sent) == 8
    service = virtual.Service(lambda sent, number: EXPIRED)
    made = service.client(retries=0)
    for calls in (1, 2):
        found = outcome(made)
        assert (found.error_code, found.tries, len(service.sent)) == (70001, 2, 2 * calls)


def test_calls_that_outlive_their_usersig(virtual_date):
    service = virtual_date(lambda sent, number: checks_the_signature(sent, service, 2), seconds=1.5)
    made = service.client({"secret_key": virtual.KEY, "usersig_expire": 2}, timeout=1)
    for _call in range(6):
        assert made.call(GET, dict)["ErrorCode"] == 0
        service.now += 5.0
    assert len(service.sent) == 6, "an expired signature was sent"
    assert len({sent.query.partition("usersig=")[2].partition("&")[0] for sent in service.sent}) == 6


def test_many_calls_that_outlive_their_usersig(virtual_date):
    service = virtual_date(lambda sent, number: checks_the_signature(sent, service, 2), seconds=0.9)
    made = service.client({"secret_key": virtual.KEY, "usersig_expire": 2}, retries=0)
    outcomes = list(made.each(Jobs(range(200)), lambda job: GET, lambda job, response: job))
    assert sorted(outcomes) == [(job, job) for job in range(200)]
    assert len(service.sent) == 200


def test_a_usersig_that_is_about_to_expire_is_not_sent(virtual_date):
    service = virtual_date(lambda sent, number: virtual.reply(), seconds=0.0)
    made = service.client({"secret_key": virtual.KEY, "usersig_expire": 60}, timeout=10)
    for after in (0, 39, 40, 41, 79, 80):
        service.now = 1000.0 + after
        made.call(GET, dict)
    assert [signed_at(sent) - 1_700_001_000 for sent in service.sent] == [0, 0, 40, 40, 40, 80]


def test_a_usersig_that_lasts_shorter_than_a_request_is_used_for_half_of_its_time(virtual_date):
    service = virtual_date(lambda sent, number: virtual.reply(), seconds=0.0)
    made = service.client({"secret_key": virtual.KEY, "usersig_expire": 10}, timeout=10)
    for after in (0, 4, 5, 9, 10):
        service.now = 1000.0 + after
        made.call(GET, dict)
    assert [signed_at(sent) - 1_700_001_000 for sent in service.sent] == [0, 0, 5, 5, 10]


def test_a_failure_for_another_reason_keeps_the_usersig(virtual_date):
    service = virtual_date(lambda sent, number: virtual.reply(0 if number else 60011), seconds=2.0)
    service.client({"secret_key": virtual.KEY, "usersig_expire": 3600}).call(GET, dict)
    assert [signed_at(sent) - 1_700_001_000 for sent in service.sent] == [0, 0]


def test_several_that_are_under_way_with_the_same_expired_usersig_renew_it_once(virtual_date):
    """The second rejection of the same signature comes when there is a new one already."""
    service = virtual_date(lambda sent, number: EXPIRED if number < 5 else virtual.reply(), seconds=2.0)
    made = service.client({"secret_key": virtual.KEY, "usersig_expire": 3600}, retries=0)
    assert len(list(made.each(Jobs(range(5)), lambda job: GET, lambda job, response: job))) == 5
    assert [signed_at(sent) - 1_700_001_000 for sent in service.sent] == [0] * 5 + [2] * 5


def test_a_correct_clock_is_not_mentioned_in_the_hint(simulator, app, connect):
    simulator.fail(app.sdkappid, "code", times=2, code=70001)
    message = failure(connect()).message
    assert "Check the clock of this machine" in message and "seconds" not in message


# -- secrets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{0}", "{1}", "url?usersig={1}&x", '"{0}"'])
def test_a_service_that_echoes_the_signature_cannot_leak_it(simulator, app, connect, form):
    made = connect()
    signature = made.sign()
    simulator.fail(app.sdkappid, "code", code=70003, info=form.format(signature, quote(signature, safe="")))
    found = failed(lambda: names.read(made))
    for shown in (str(found), found.message, str(made.redact(found._asdict()))):
        assert signature not in shown and quote(signature, safe="") not in shown
    assert MASK in found.error_info and MASK in found.message


def test_a_new_signature_is_masked_too():
    service = virtual.Service()
    made = service.client()
    first = made.sign()
    made.call(GET, dict)
    for redact in (made.redact, made.redact_foreign):
        assert redact.text(f"{first} {virtual.KEY}") == f"{MASK} {MASK}"


# -- what a task tells --------------------------------------------------------------------------------------------


def test_the_request_id_is_in_a_failure_and_told_after_a_success():
    told = []
    service = virtual.Service(virtual.in_turn(virtual.reply(RequestId="r-1"), virtual.reply(70003, RequestId="r-2")))
    made = service.client(tell=told.append)
    made.call(GET, dict)
    assert told == ["get for app 1400000001 at singapore: request r-1"]
    assert outcome(made).request_id == "r-2"


def test_a_request_id_that_contains_a_secret_is_masked():
    told = []
    echo = virtual.reply(RequestId=virtual.KEY)
    made = virtual.Service(virtual.in_turn(echo, virtual.reply(70003, RequestId=virtual.KEY))).client(tell=told.append)
    made.call(GET, dict)
    assert told == [f"get for app 1400000001 at singapore: request {MASK}"]
    assert outcome(made).request_id == MASK


def test_a_response_without_a_request_id():
    told = []
    service = virtual.Service(virtual.in_turn(virtual.reply(), virtual.reply(70003)))
    made = service.client(tell=told.append)
    made.call(GET, dict)
    assert outcome(made).request_id is None and told == []


def test_each_retry_is_recorded_and_told(monkeypatch):
    monkeypatch.setattr(client.secrets, "randbelow", lambda most: 0)
    told = []
    service = virtual.Service(virtual.in_turn(virtual.Reply(502, b""), virtual.reply(60008, "busy"), EXPIRED))
    made = service.client(tell=told.append)
    made.call(GET, dict)
    where = "get for app 1400000001 at singapore"
    assert made.retried == ["HTTP 502", *(text.partition(": ")[2].partition(". Attempt")[0] for text in told[1:])]
    assert told == [
        f"{where}: HTTP 502. Attempt 2 follows in 1.0 seconds",
        f'{where}: error 60008, {codes.CODES[60008].meaning} (the service says "busy"). '
        "Attempt 3 follows in 2.0 seconds",
        f"{where}: error 70001, UserSig expired. Attempt 4 follows in 0.0 seconds",
    ]


def test_the_last_failure_of_a_call_is_no_retry():
    service = virtual.Service(lambda sent, number: virtual.BROKEN)
    made = service.client(retries=2)
    outcome(made)
    assert made.retried == ["the connection broke"] * 2


# -- calls that must not be sent twice ----------------------------------------------------------------------------


def send_once(made: client.Client) -> dict:
    return made.call(Call("v4/all_member_push/im_get_attr_name", {}, idempotent=False), dict)


@pytest.mark.parametrize(
    "fault",
    [
        *({"kind": "code", "code": code} for code in (*sorted(UNCLEAR), 12345, 70346)),
        *({"kind": "http", "status": status} for status in (400, 500, 502, 503)),
        {"kind": "cut"},
        {"kind": "cut_after"},
        {"kind": "truncated"},
        {"kind": "garbage"},
        {"kind": "bytes"},
        {"kind": "duplicate_key"},
    ],
)
def test_a_call_that_may_have_been_accepted_is_not_retried(simulator, app, connect, fault):
    simulator.fail(app.sdkappid, **fault)
    found = failed(lambda: send_once(connect()))
    assert found.not_accepted is False
    assert found.tries == 1 == len(simulator.log)


@pytest.mark.parametrize("code", sorted(FINAL | RENEWED))
def test_the_other_codes_are_certain_rejections_and_not_retried(simulator, app, connect, code):
    simulator.fail(app.sdkappid, "code", times=2, code=code)
    assert failed(lambda: send_once(connect())).not_accepted is True
    assert len(simulator.log) == (2 if code in RENEWED else 1)


# -- a job that has ended -----------------------------------------------------------------------------------------

GONE = "the job that started this task has ended, so nothing more is sent"


def test_nothing_is_sent_if_the_job_ends_while_the_request_connects(simulator, app, connect):
    answers = iter([True])  # when the request begins; the next time is when the connection is there
    # An app of its own: the simulator may notice the headers so late that they would meet a fault of the next test.
    other = simulator.add(1400000777)
    account = {"sdkappid": other.sdkappid, "secret_key": other.secret_key}
    assert failure(connect(account, is_wanted=lambda: next(answers, False))).what == GONE
    assert simulator.requests(other.sdkappid) == []


def test_a_write_that_may_have_been_accepted_before_the_job_ended_is_not_called_rejected(simulator, app, connect):
    simulator.fail(app.sdkappid, "cut_after")
    found = failed(lambda: names.read(connect(is_wanted=lambda: not simulator.log)))
    assert found.what == GONE and not found.not_accepted
    assert (found.command, found.tries) == ("im_get_attr_name", 1)


def test_what_is_under_way_when_the_job_ends_may_have_been_accepted():
    service = virtual.Service(seconds=5.0)
    made = service.client(is_wanted=lambda: service.now < 1001.0)
    found = failed(lambda: list(made.each(Jobs(range(3)), lambda job: GET, lambda job, response: job)))
    assert (found.what, found.not_accepted, len(service.sent)) == (GONE, False, 3)
