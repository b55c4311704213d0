# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import json
import time
from types import SimpleNamespace

import names
import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import client, errors, usersig
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.transport import Reply
from hypothesis import given
from hypothesis import strategies as st

# The table of Tencent Cloud: which codes may be retried after a delay. 70001 and 70052 need a new UserSig.
RETRIED = {60007, 60008, 60011, 60013, 60014, 60018, 60019, 70169, 70500, 91000}
RENEWED = {70001, 70052}
FINAL = {
    *(60002, 60003, 60004, 60005, 60006, 60009, 60010, 60012, 60015, 60016, 60017, 60020, 60021),
    *(70002, 70003, 70005, 70009, 70013, 70014, 70016, 70020, 70050, 70051, 70107, 70114, 70402, 70403),
    *(90001, 90009, 90018, 90033, 90045),
}


def failure(made: client.Client, wanted: dict | None = None) -> dict:
    with pytest.raises(ChatError) as failed:
        names.ensure(made, names.State(wanted or {"0": "sex"}))
    return failed.value.as_result()


def test_the_table_has_every_code_of_tencent_cloud():
    assert set(errors.CODES) == RETRIED | RENEWED | FINAL
    assert {code for code, known in errors.CODES.items() if known.is_transient} == RETRIED
    assert {code for code, known in errors.CODES.items() if known.needs_new_usersig} == RENEWED
    assert all(known.meaning and known.hint for known in errors.CODES.values())


@pytest.mark.parametrize("code", [*sorted(RETRIED | RENEWED | FINAL), 12345])
def test_each_code_fails_with_its_message(simulator, app, connect, code):
    simulator.fail(app.sdkappid, "code", times=20, code=code, info="what the service says")
    made = connect({"usersig": usersig.sign(app.secret_key, app.sdkappid, "administrator", int(time.time()), 60)})
    result = failure(made)
    known = errors.CODES.get(code, errors._UNKNOWN)
    attempts = 4 if code in RETRIED else 1
    assert result["failed"] is True and result["changed"] is False
    assert result["error_code"] == code and isinstance(result["error_code"], int)
    assert result["error_info"] == "what the service says"
    assert result["action_status"] == "FAIL"
    assert result["command"] == "im_get_attr_name"
    assert result["http_status"] == 200
    assert result["tries"] == attempts == len(simulator.log)
    for part in (f"error {code}", known.meaning, known.hint, '"what the service says"', "singapore", str(app.sdkappid)):
        assert part in result["msg"]
    assert ("Gave up after 4 attempts." in result["msg"]) is (code in RETRIED)
    assert len(made.pauses) == attempts - 1


@pytest.mark.parametrize("code", sorted(RETRIED))
def test_transient_failures_are_retried(simulator, app, connect, code):
    simulator.fail(app.sdkappid, "code", times=2, code=code, command="im_set_attr_name")
    assert names.ensure(connect(), names.State({"0": "sex"})).after.names == app.names == {"0": "sex"}
    assert simulator.commands() == ["get", "set", "set", "set", "get"]


def test_without_retries_the_first_error_is_the_last(simulator, app, connect):
    simulator.fail(app.sdkappid, "code", code=60008)
    made = connect(retries=0)
    assert failure(made)["tries"] == 1 == len(simulator.log)
    assert made.pauses == []


def test_the_last_attempts_own_error_is_shown(simulator, app, connect):
    simulator.fail(app.sdkappid, "code", code=60008)
    simulator.fail(app.sdkappid, "http", status=502)
    simulator.fail(app.sdkappid, "code", code=60010)
    result = failure(connect())
    assert (result["error_code"], result["tries"]) == (60010, 3)


@pytest.mark.parametrize(
    ("fault", "says", "status"),
    [
        ({"kind": "cut"}, "the connection broke", None),
        ({"kind": "truncated"}, "the response is truncated", 200),
        ({"kind": "http", "status": 502}, "HTTP 502", 502),
        ({"kind": "http", "status": 500}, "HTTP 500", 500),
        ({"kind": "http", "status": 599}, "HTTP 599", 599),
        ({"kind": "http", "status": 429}, "HTTP 429", 429),
        ({"kind": "garbage", "body": '{"ActionStatus": "OK", "Err'}, "the response is truncated", 200),
    ],
)
def test_network_faults_are_retried(simulator, app, connect, fault, says, status):
    simulator.fail(app.sdkappid, times=3, **fault)
    assert names.ensure(connect(), names.State({"0": "sex"})).after.names == app.names
    simulator.log.clear()
    simulator.fail(app.sdkappid, times=4, **fault)
    result = failure(connect())
    assert says in result["msg"] and "Gave up after 4 attempts" in result["msg"]
    assert result.get("http_status") == status
    assert result["tries"] == 4 == len(simulator.log)
    assert "error_code" not in result


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 411, 418])
def test_other_http_statuses_are_not_retried(simulator, app, connect, status):
    simulator.fail(app.sdkappid, "http", status=status)
    result = failure(connect())
    assert result["http_status"] == status and f"HTTP {status}" in result["msg"]
    assert len(simulator.log) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(simulator, app, connect, status):
    simulator.fail(app.sdkappid, "redirect", status=status, location=f"{simulator.https_url}/stolen")
    result = failure(connect())
    assert "redirect" in result["msg"] and result["http_status"] == status
    assert "stolen" not in str(result)
    assert [entry["path"] for entry in simulator.log] == ["v4/all_member_push/im_get_attr_name"]


def test_a_task_succeeds_if_the_response_to_an_applied_write_is_lost(simulator, app, connect):
    simulator.fail(app.sdkappid, "cut_after", command="im_set_attr_name")
    assert names.ensure(connect(), names.State({"0": "sex"})).after.names == app.names == {"0": "sex"}
    assert app.writes == 2  # sent twice, which is safe


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("<html>login</html>", "an HTML page"),
        ("\u0000\u0001\ufffd", "not JSON"),
        ("null", "it is not a JSON object"),
        ("[]", "it is not a JSON object"),
        ('"OK"', "it is not a JSON object"),
        ("3", "it is not a JSON object"),
        ("{}", "ErrorCode or ActionStatus"),
        ('{"ErrorCode": 0}', "ErrorCode or ActionStatus"),
        ('{"ActionStatus": "OK"}', "ErrorCode or ActionStatus"),
        ('{"ActionStatus": "OK", "ErrorCode": null}', "ErrorCode or ActionStatus"),
        ('{"ActionStatus": "OK", "ErrorCode": true}', "ErrorCode or ActionStatus"),
        ('{"ActionStatus": "OK", "ErrorCode": "x"}', "ErrorCode or ActionStatus"),
        ('{"ActionStatus": "OK", "ErrorCode": 0.5}', "ErrorCode or ActionStatus"),
        ('{"ActionStatus": "OK", "ErrorCode": "99999999999999999999"}', "ErrorCode or ActionStatus"),
        ('{"ActionStatus": 1, "ErrorCode": 0}', "ErrorCode or ActionStatus"),
        ('{"ActionStatus": "OK", "ErrorCode": 0, "AttrNames": "sex"}', "AttrNames is not a map"),
        ("[" * 100000 + "]" * 100000, "not JSON"),
        ("{" + "x" * 1100000 + "}", "far too large"),
    ],
)
def test_any_response_leads_to_a_result_or_a_message(simulator, app, connect, body, why):
    simulator.fail(app.sdkappid, "garbage", body=body)
    result = failure(connect())
    assert why in result["msg"] and "Traceback" not in result["msg"]
    assert result["tries"] == 1 == len(simulator.log)


def test_error_code_as_text_and_no_error_info(simulator, app, connect):
    app.code_as_text, app.error_info = True, False
    assert names.ensure(connect(), names.State({"0": "sex"})).after.names == {"0": "sex"}
    result = failure(connect({"secret_key": "another"}))
    assert result["error_code"] == 70009 and result["error_info"] == ""
    assert "the service says" not in result["msg"]


def test_fail_with_code_zero_and_ok_with_a_code_are_failures():
    for status, code in (("FAIL", 0), ("OK", 60008)):
        with pytest.raises(ChatError) as failed:
            client.read_response(Reply(200, json.dumps({"ActionStatus": status, "ErrorCode": code}).encode(), True))
        assert failed.value.facts["error_code"] == code


@given(st.integers(100, 599), st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_response_or_an_error(status, body, complete):
    try:
        answer = client.read_response(Reply(status, body, complete))
    except ChatError as error:
        assert error.as_result()["msg"]
    else:
        assert status == 200 and isinstance(answer, dict)


@given(
    st.dictionaries(
        st.sampled_from(["ActionStatus", "ErrorCode", "ErrorInfo", "AttrNames"]),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(["OK", "FAIL", 0])),
    )
)
def test_any_json_object_is_a_response_or_an_error(document):
    try:
        client.read_response(Reply(200, json.dumps(document).encode(), True))
    except ChatError as error:
        json.dumps(error.as_result(), ensure_ascii=False).encode("utf-8", "surrogatepass")
    else:
        assert document["ActionStatus"] == "OK" and int(document["ErrorCode"]) == 0


def test_a_long_or_unprintable_text_of_the_service_is_shortened_and_cleaned(simulator, app, connect):
    simulator.fail(app.sdkappid, "code", code=70402, info="\x1b[31mred\n" + "x" * 3000 + "\ud83d")
    result = failure(connect())
    assert result["error_info"].startswith("[31mred x")
    assert len(result["error_info"]) == 503
    result["msg"].encode()


@given(st.integers(1, 1000), st.floats(0, 1))
def test_delays_grow_up_to_a_limit_and_are_shortened_by_at_most_half(attempt, chance):
    most = client.backoff(attempt, 0.0)
    assert most == min(5.0, 2.0 ** (attempt - 1))
    assert most / 2 <= client.backoff(attempt, chance) <= most


def test_delays_grow_with_jitter(simulator, app, connect):
    pauses = set()
    for _attempt in range(3):
        simulator.fail(app.sdkappid, "cut", times=5)
        made = connect(retries=4)
        failure(made)
        assert [low <= pause <= 2 * low for low, pause in zip((0.5, 1, 2, 2.5), made.pauses)] == [True] * 4
        pauses.add(tuple(made.pauses))
    assert len(pauses) == 3


@pytest.mark.parametrize("code", sorted(RENEWED))
def test_an_expired_usersig_is_generated_again_once(simulator, app, connect, code):
    simulator.fail(app.sdkappid, "code", code=code)
    made = connect(retries=0)
    first = made.sign()
    made._signature = first
    assert names.ensure(made, names.State({"0": "sex"})).after.names == app.names
    assert simulator.commands() == ["get", "get", "set", "get"]
    assert made.pauses == []
    simulator.log.clear()
    simulator.fail(app.sdkappid, "code", code=code, times=2)
    result = failure(connect())
    assert (result["error_code"], result["tries"]) == (code, 2)
    assert len(simulator.log) == 2


def test_a_usersig_that_is_generated_again_differs(simulator, app, connect, monkeypatch):
    made = connect()
    monkeypatch.setattr(client.time, "time", lambda: 1000.0)
    old = made.sign()
    monkeypatch.undo()
    assert names.ensure(made, names.State({"0": "sex"})).after.names == app.names
    sent = [entry["query"]["usersig"] for entry in simulator.log]
    assert sent[0] == old and old not in sent[1:]
    assert [entry["answered"] for entry in simulator.log] == [70001, 0, 0, 0]


def test_a_pre_generated_usersig_is_not_generated_again(simulator, app, connect):
    old = usersig.sign(app.secret_key, app.sdkappid, "administrator", 1000, 60)
    result = failure(connect({"usersig": old}))
    assert (result["error_code"], result["tries"]) == (70001, 1)


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ({"secret_key": "another"}, 70009),
        ({"usersig": "rubbish"}, 70003),
        ({"identifier": "nobody"}, 90009),
        ({"sdkappid": 1400009999}, 70020),
    ],
)
def test_wrong_credentials_are_sent_once(simulator, app, connect, account, code):
    result = failure(connect(account))
    assert result["error_code"] == code and len(simulator.log) == 1
    assert app.writes == 0


def test_credentials_of_another(simulator, app, connect):
    other = usersig.sign(app.secret_key, app.sdkappid, "ops", int(time.time()), 60)
    assert failure(connect({"usersig": other}))["error_code"] == 70013
    other = usersig.sign(app.secret_key, 1400000002, "administrator", int(time.time()), 60)
    assert failure(connect({"usersig": other}))["error_code"] == 70014


@pytest.mark.parametrize("form", ["{0}", "{1}", "url?usersig={1}&x", '"{0}"'])
def test_a_service_that_echoes_the_signature_cannot_leak_it(simulator, app, connect, form):
    from urllib.parse import quote

    made = connect()
    signature = made.sign()
    text = form.format(signature, quote(signature, safe=""))
    simulator.fail(app.sdkappid, "code", code=70003, info=text)
    with pytest.raises(ChatError) as failed:
        names.read(made)
    shown = str(made.redact(failed.value.as_result()))
    assert signature not in shown and quote(signature, safe="") not in shown
    assert "********" in failed.value.facts["error_info"]


def test_a_call_ends_in_time_even_if_the_service_is_always_slow(simulator, app, connect):
    """A clock that advances 30 seconds at each look stands for such a service."""
    now = [0.0]

    def clock() -> float:
        now[0] += 30
        return now[0]

    simulator.fail(app.sdkappid, "cut", times=100)
    made = connect(timeout=1, retries=20, clock=clock)
    assert failure(made)["tries"] < 21
    assert now[0] <= client.max_duration(1, 20) + 90


@pytest.mark.parametrize("kind", ["trickle", "slow"])
def test_a_service_that_trickles_or_hangs_is_given_up(simulator, app, connect, kind):
    settings = {"interval": 0.2} if kind == "trickle" else {"seconds": 30}
    simulator.fail(app.sdkappid, kind, times=2, **settings)
    made = connect(timeout=1, retries=1)
    before = time.monotonic()
    result = failure(made)
    assert time.monotonic() - before < 2 * 2 * 1 + 2
    assert result["tries"] == 2
    assert "within" in result["msg"]


def test_the_numbers_in_the_documentation():
    assert client.max_duration(10, 3) == 100
    assert client.max_duration(1, 0) == 7
    assert [client.backoff(attempt, 0.0) for attempt in (1, 2, 3, 4, 5, 2000)] == [1, 2, 4, 5, 5, 5]
    assert [client.backoff(attempt, 1.0) for attempt in (1, 2, 3, 4)] == [0.5, 1, 2, 2.5]


def test_an_attempt_is_given_twice_the_timeout_or_what_is_left_of_the_task(monkeypatch, app, connect):
    limits = []

    def post(request, route):
        limits.append((request.timeout, request.limit))
        return Reply(200, b'{"ActionStatus": "OK", "ErrorCode": 0}', True)

    monkeypatch.setattr(client.transport, "post", post)
    now = [0.0]
    made = connect(timeout=7, retries=0, clock=lambda: now[0])
    names.read(made)
    names.read(made)
    made.stop_extending()
    now[0] = 2 * (14 + 5) - 5.5
    names.read(made)
    now[0] = 1000.0
    names.read(made)
    assert limits == [(7, 14), (7, 14), (7, 5.5), (7, 0.1)]


@pytest.mark.parametrize("arrives", [True, False])
def test_a_command_is_sent_at_most_a_hundred_times_a_second(monkeypatch, app, connect, arrives):
    now, sent = [50.0], []

    def post(request, route):
        sent.append(now[0])
        now[0] += 0.002
        if not arrives:
            raise ChatError("the connection broke", "Check the network")
        return Reply(200, b'{"ActionStatus": "OK", "ErrorCode": 0}', True)

    monkeypatch.setattr(client.transport, "post", post)
    made = connect(clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    for _turn in range(250):
        with contextlib.nullcontext() if arrives else pytest.raises(ChatError):
            made.call(client.Call("v4/a/first", {}), dict)
    assert sent[99] == pytest.approx(50.198)
    # A second after the hundredth last request has ended: the service can have counted it as late as that.
    assert sent[100] == pytest.approx(51.002)
    assert sent[200] == pytest.approx(52.004)
    assert all(later - sooner >= 1.0 for sooner, later in zip(sent, sent[100:]))
    before = now[0]
    with contextlib.nullcontext() if arrives else pytest.raises(ChatError):
        made.call(client.Call("v4/a/second", {}), dict)
    assert sent[-1] == before


def test_each_call_of_a_task_adds_its_own_time(app, connect):
    made = connect(timeout=7, retries=1, clock=lambda: 0.0)
    assert made.time_left() == 0
    for calls in (1, 2, 3):
        names.read(made)
        assert made.time_left() == calls * 2 * (14 + 5)


def test_the_random_number_is_one_of_32_bits(simulator, app, connect):
    for _turn in range(8):
        names.read(connect())
    numbers = {int(entry["query"]["random"]) for entry in simulator.log}
    assert len(numbers) == 8 and max(numbers) > 2**16


def test_the_error_for_another_kind_of_response_contains_the_http_status(simulator, app, connect):
    simulator.fail(app.sdkappid, "garbage")
    assert failure(connect())["http_status"] == 200


@pytest.mark.parametrize(("size", "cut"), [(500, False), (501, True)])
def test_a_text_of_the_service_has_at_most_500_characters(simulator, app, connect, size, cut):
    simulator.fail(app.sdkappid, "code", code=70003, info="x" * size)
    assert failure(connect())["error_info"] == "x" * 500 + ("..." if cut else "")


def test_the_message_does_not_quote_a_missing_error_info(simulator, app, connect):
    simulator.fail(app.sdkappid, "code", code=70003, info="")
    result = failure(connect())
    assert (
        "error 70003, UserSig invalid or truncated. Check secret_key." in result["msg"] and result["error_info"] == ""
    )


def test_the_message_contains_the_number_of_attempts(simulator, app, connect):
    simulator.fail(app.sdkappid, "code", times=2, code=60008)
    assert failure(connect(retries=1))["msg"].endswith("Gave up after 2 attempts.")


# -- hints that depend on how the task signs ----------------------------------------------------------


@pytest.mark.parametrize("code", [60004, 60005, 70001, 70002, 70003, 70005, 70009, 70013, 70014, 70052])
def test_a_hint_names_the_option_that_was_set(simulator, app, connect, code):
    simulator.fail(app.sdkappid, "code", times=4, code=code)
    with_key = failure(connect())["msg"]
    assert "usersig" not in with_key.replace("UserSig", "")
    ready = usersig.sign(app.secret_key, app.sdkappid, "administrator", int(time.time()), 60)
    assert "Check secret_key" not in failure(connect({"usersig": ready}))["msg"]


@pytest.mark.parametrize(("offset", "words"), [(7200, "7200 seconds ahead of"), (-600, "600 seconds behind")])
def test_an_expired_usersig_that_was_just_generated_is_blamed_on_the_clock(
    simulator, app, connect, monkeypatch, offset, words
):
    made = connect(clock=lambda: 0.0)
    # The clock of the client alone: the service, in this process, has the right one.
    monkeypatch.setattr(client, "time", SimpleNamespace(time=lambda: time.time() + offset))
    simulator.fail(app.sdkappid, "code", times=2, code=70001)
    msg = failure(made)["msg"]
    shown = int(msg.split("it is ")[1].split(" ")[0])
    assert abs(shown - abs(offset)) <= 5
    assert words.split(" ", 1)[1] in msg and msg.count("Correct the clock of this machine") == 1


def test_a_correct_clock_is_not_mentioned_in_the_hint(simulator, app, connect):
    simulator.fail(app.sdkappid, "code", times=2, code=70001)
    msg = failure(connect())["msg"]
    assert "Check the clock of this machine" in msg and "seconds" not in msg
    for date in ("", "rubbish", "Mon, 99 Foo 2026 00:00:00 GMT"):
        assert client._clock_hint(date) == ""


# -- calls that must not be sent twice ----------------------------------------------------------------


def send_once(made: client.Client) -> dict:
    return made.call(client.Call("v4/all_member_push/im_get_attr_name", {}, idempotent=False), dict)


@pytest.mark.parametrize("code", [60007, 60011, 60018, 60019])
def test_a_call_that_was_certainly_rejected_is_retried(simulator, app, connect, code):
    simulator.fail(app.sdkappid, "code", times=2, code=code)
    assert send_once(connect())["ErrorCode"] == 0
    assert len(simulator.log) == 3


@pytest.mark.parametrize(
    "fault",
    [
        *({"kind": "code", "code": code} for code in (60008, 60013, 60014, 70169, 70500, 91000, 12345)),
        *({"kind": "http", "status": status} for status in (500, 502, 503, 404)),
        {"kind": "cut"},
        {"kind": "cut_after"},
        {"kind": "truncated"},
        {"kind": "garbage"},
        {"kind": "redirect"},
    ],
)
def test_a_call_that_may_have_been_accepted_is_not_retried(simulator, app, connect, fault):
    simulator.fail(app.sdkappid, **fault)
    with pytest.raises(ChatError) as failed:
        send_once(connect())
    assert failed.value.not_accepted is False
    assert failed.value.facts["tries"] == 1 == len(simulator.log)


@pytest.mark.parametrize("code", [60007, 60011, 70001, 70052, 70402])
def test_a_code_with_the_status_ok_is_not_a_certain_rejection(simulator, app, connect, code):
    simulator.fail(app.sdkappid, "garbage", body=json.dumps({"ActionStatus": "OK", "ErrorCode": code}))
    with pytest.raises(ChatError) as failed:
        send_once(connect())
    assert failed.value.not_accepted is False
    assert failed.value.facts["tries"] == 1 == len(simulator.log)


def test_http_429_is_a_certain_rejection(simulator, app, connect):
    simulator.fail(app.sdkappid, "http", status=429)
    assert send_once(connect())["ErrorCode"] == 0
    assert len(simulator.log) == 2


@pytest.mark.parametrize("code", sorted(FINAL | RENEWED))
def test_the_other_codes_are_certain_rejections_and_not_retried(simulator, app, connect, code):
    simulator.fail(app.sdkappid, "code", times=2, code=code)
    with pytest.raises(ChatError) as failed:
        send_once(connect())
    assert failed.value.not_accepted is True
    assert len(simulator.log) == (2 if code in RENEWED else 1)
