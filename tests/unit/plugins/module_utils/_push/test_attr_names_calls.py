# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each transition against the simulator: what is asked, what is written, what the service holds then."""

from __future__ import annotations

import json
import time

import pytest
import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import (
    CODES,
    ENSURE,
    INFO,
    wanted_state,
)
from names import NEW, OLD, State, ensure, read
from tasks import run


def of(state: State) -> State:
    """Return *state* with the types that new names get."""
    return State(state.names, {number: state.types.get(number, 0) for number in state.names})


@pytest.mark.parametrize("api", ["all_member_push", "timpush"])
@pytest.mark.parametrize("mode", ["merge", "replace"])
@pytest.mark.parametrize("no_names", ["missing", "null", "empty", "text", "blank"])
def test_each_transition_four_ways(simulator, app, connect, mode, no_names, api):
    """Real, again, check mode, check mode again; first for an app without names, then for one that has some."""
    app.mode, app.no_names = mode, no_names
    untyped = api == "all_member_push"
    for start, wanted, after in [
        ({}, {"0": "sex"}, {"0": "sex"}),
        ({"5": "kept", "0": "sex"}, {"0": "gender", "1": "城市"}, {"0": "gender", "1": "城市", "5": "kept"}),
        ({"0": "a", "1": "b", "9": "kept"}, {"0": "b", "1": "a"}, {"0": "b", "1": "a", "9": "kept"}),
    ]:
        app.types = {} if untyped else dict.fromkeys(start, 1)
        for check_mode in (True, True, False):
            app.names = app.names if check_mode and app.names == start else dict(start)
            simulator.log.clear()
            outcome = ensure(connect(), State(wanted), check_mode, api)
            assert (outcome.before.names, outcome.after.names) == (start, after)
            assert app.names == (start if check_mode else after)
            assert simulator.commands() == (["get"] if check_mode else ["get", "set", "get"])
            assert all(entry["path"].startswith(f"v4/{api}/") for entry in simulator.log)
        types = {number: 1 if number in start else 0 for number in after}
        body = json.loads(simulator.log[1]["body"])
        # The whole map, whatever the service does with it.
        assert body == ({"AttrNames": after} if untyped else {"AttrNames": after, "AttrTypes": types})
        assert app.types == outcome.after.types == ({} if untyped else types)
        simulator.log.clear()
        for check_mode in (False, True, True):
            outcome = ensure(connect(), State(wanted), check_mode, api)
            assert outcome.before == outcome.after
            assert outcome.after.names == app.names == after
        assert simulator.commands() == ["get"] * 3


def test_one_task_uses_one_connection(simulator, app, connect):
    ensure(connect(), State({"0": "sex"}))
    assert len({entry["connection"] for entry in simulator.log}) == 1
    assert len(simulator.log) == 3
    assert all(entry["tls"] for entry in simulator.log)
    assert len({entry["query"]["random"] for entry in simulator.log}) == 3


def test_an_empty_map_changes_nothing(simulator, app, connect):
    app.names = {"3": "x"}
    outcome = ensure(connect(), State({}))
    assert outcome.before.names == outcome.after.names == app.names == {"3": "x"}
    assert simulator.commands() == ["get"]


def test_a_name_that_is_taken_is_rejected_between_read_and_write(simulator, app, connect):
    app.names = {"1": "city"}
    with pytest.raises(OptionError, match="is used for attributes 0 and 1"):
        ensure(connect(), State({"0": "city"}))
    assert simulator.commands() == ["get"]
    assert app.names == {"1": "city"}


@pytest.mark.parametrize("api", [OLD, NEW])
def test_a_write_that_shows_late_is_waited_for(simulator, app, connect, api):
    app.delay = 0.3
    client = connect()
    client.sleep = lambda seconds: time.sleep(min(seconds, 0.4))
    wanted = State({"0": "sex"}, {"0": 1} if api == NEW else {})
    assert ensure(client, wanted, family=api).after == wanted
    assert 4 <= len(simulator.log) <= 5


def test_a_write_that_is_ignored_fails_with_both_maps_after_a_bounded_wait(simulator, app, connect):
    app.ignore_writes = True
    app.names = {"5": "kept"}
    client = connect()
    result = run(ENSURE, client, attr_names={0: "sex"})
    assert result["failed"] and result["changed"] is True
    assert result["attr_names"] == {"5": "kept"}
    assert result["attr_names_wanted"] == {"0": "sex", "5": "kept"}
    assert str(result["attr_names"]) in result["msg"] and str(result["attr_names_wanted"]) in result["msg"]
    assert not {"attr_types", "attr_types_wanted"} & set(result)
    assert simulator.commands() == ["get", "set"] + ["get"] * 5
    assert client.pauses == [0.25, 0.5, 1.0, 2.0]


@pytest.mark.parametrize("api", [OLD, NEW])
def test_a_service_that_rejects_swaps_is_reported(simulator, app, connect, api):
    app.refuse_swaps = True
    app.names = {"0": "a", "1": "b"}
    with pytest.raises(ChatError) as failed:
        ensure(connect(), State({"0": "b", "1": "a"}), family=api)
    assert failed.value.failure.error_code == 90033
    assert "attrName:b already exists at index:1" in failed.value.failure.error_info
    assert app.names == {"0": "a", "1": "b"}


@pytest.mark.parametrize("check_mode", [True, False])
def test_names_that_the_task_does_not_list(simulator, app, connect, check_mode):
    """By default they are kept and reported; with undeclared=fail the task fails before it writes."""
    app.names = {"0": "sex", "5": "clicked", "9": "also clicked"}
    result = run(ENSURE, connect(), check_mode, attr_names={0: "gender"})
    assert result["undeclared"] == {"5": "clicked", "9": "also clicked"}
    assert app.names["0"] == ("sex" if check_mode else "gender") and app.names["5"] == "clicked"
    simulator.log.clear()
    writes = app.writes
    failure = run(ENSURE, connect(), check_mode, attr_names={0: "gender"}, undeclared="fail")
    assert failure["undeclared"] == {"5": "clicked", "9": "also clicked"} and failure["changed"] is False
    assert "does not list: {5: 'clicked', 9: 'also clicked'}. Add the names to attr_names, or" in failure["msg"]
    assert simulator.commands() == ["get"] and app.writes == writes
    every = {"0": "gender", "5": "clicked", "9": "also clicked"}
    assert run(ENSURE, connect(), check_mode, attr_names=every, undeclared="fail")["undeclared"] == {}


def test_reading_back_again_has_only_the_time_that_is_left(app, connect):
    app.ignore_writes = True
    pauses: list[float] = []
    client = connect(timeout=5, retries=0, clock=lambda: 0.0, sleep=pauses.append)  # each call may take 15 seconds
    with pytest.raises(ChatError, match="returned others when read back"):
        ensure(client, State({"0": "sex"}))
    assert client.time_left() == 15 * 3  # read, write, read back
    assert pauses == [0.25, 0.5, 1.0, 2.0]


@pytest.mark.parametrize("kind", ["ignored", "unreadable"])
def test_a_write_that_was_accepted_is_a_change_even_if_the_task_fails(simulator, app, connect, kind):
    app.ignore_writes = kind == "ignored"
    if kind == "unreadable":
        simulator.fail(app.sdkappid, "slow", seconds=0.0, command="im_get_attr_name")
        simulator.fail(app.sdkappid, "http", status=502, command="im_get_attr_name")
    result = run(ENSURE, connect(retries=0), attr_names={0: "sex"})
    assert result["failed"] and result["changed"] is True
    assert kind == "ignored" or (result["http_status"] == 502 and "attr_names" not in result)


@pytest.mark.parametrize("command", ["im_get_attr_name", "im_set_attr_name"])
def test_a_code_means_what_it_means_for_names(simulator, app, connect, command):
    simulator.fail(app.sdkappid, "code", code=90033, command=command)
    assert CODES[90033].meaning in run(ENSURE, connect(), attr_names={0: "sex"})["msg"]


def test_a_write_that_was_rejected_is_no_change(simulator, app, connect):
    app.names = {"5": "kept"}
    simulator.fail(app.sdkappid, "code", code=90033, command="im_set_attr_name")
    result = run(ENSURE, connect(), attr_names={0: "sex"})
    assert result["failed"] and result["changed"] is False and app.writes == 0
    assert simulator.commands() == ["get", "set"] and "attr_names" not in result


@pytest.mark.parametrize("api", [OLD, NEW])
@pytest.mark.parametrize("fault", ["cut_after", "http_after", "truncated", "garbage", "code_after"])
def test_names_that_show_are_a_success_although_every_response_was_lost(simulator, app, connect, api, fault):
    app.names = {"5": "kept"}
    command = "im_set_attr_name" if api == OLD else "set_attr_name"
    simulator.fail(app.sdkappid, fault, times=4, command=command)
    result = run(ENSURE, connect(retries=3), attr_names={0: "sex"}, api=api)
    assert result["changed"] is True and "failed" not in result and "msg" not in result
    assert result["attr_names"] == app.names == {"0": "sex", "5": "kept"}
    assert result["diff"]["before"] != result["diff"]["after"]
    assert run(ENSURE, connect(), attr_names={0: "sex"}, api=api)["changed"] is False


@pytest.mark.parametrize("code", [90033, 70402])
def test_names_that_show_are_a_success_although_the_repetition_is_rejected(simulator, app, connect, code):
    simulator.fail(app.sdkappid, "cut_after", command="im_set_attr_name")
    simulator.fail(app.sdkappid, "code", code=code, command="im_set_attr_name")
    result = run(ENSURE, connect(), attr_names={0: "sex"})
    assert result["changed"] is True and "failed" not in result
    assert result["retried"] == {"times": 1, "reason": "the connection broke before the response was complete"}


def test_names_that_do_not_show_after_a_repetition_that_is_rejected_fail_with_the_rejection(simulator, app, connect):
    simulator.fail(app.sdkappid, "cut", command="im_set_attr_name")
    simulator.fail(app.sdkappid, "code", code=90033, command="im_set_attr_name")
    result = run(ENSURE, connect(), attr_names={0: "sex"})
    assert (result["failed"], result["changed"], result["error_code"]) == (True, False, 90033) and app.writes == 0


@pytest.mark.parametrize("fault", ["cut", "http", "cut_after", "garbage"])
def test_a_write_that_may_have_been_accepted_and_does_not_show(simulator, app, connect, fault):
    app.ignore_writes = True
    app.names = {"5": "kept"}
    simulator.fail(app.sdkappid, fault, times=2, command="im_set_attr_name")
    result = run(ENSURE, connect(retries=1), attr_names={0: "sex"})
    assert result["failed"] and result["changed"] is False and app.names == {"5": "kept"}
    assert result["command"] == "im_set_attr_name" and result["tries"] == (1 if fault == "garbage" else 2)
    assert "read back" not in result["msg"] and not {"attr_names", "attr_names_wanted"} & set(result)


def test_a_lost_write_that_cannot_be_read_back(simulator, app, connect):
    simulator.fail(app.sdkappid, "cut_after", command="im_set_attr_name")
    simulator.fail(app.sdkappid, "slow", seconds=0.0, command="im_get_attr_name")
    simulator.fail(app.sdkappid, "http", command="im_get_attr_name")
    result = run(ENSURE, connect(retries=0), attr_names={0: "sex"})
    assert result["failed"] and result["command"] == "im_set_attr_name" and "attr_names" not in result


def test_a_repetition_that_is_rejected_and_a_read_that_fails(simulator, app, connect):
    """The rejection may only say that the names are there; that they cannot be read is what is known."""
    simulator.fail(app.sdkappid, "cut_after", command="im_set_attr_name")
    simulator.fail(app.sdkappid, "code", code=90033, command="im_set_attr_name")
    simulator.fail(app.sdkappid, "slow", seconds=0.0, command="im_get_attr_name")
    simulator.fail(app.sdkappid, "http", times=2, command="im_get_attr_name")
    result = run(ENSURE, connect(retries=1), attr_names={0: "sex"})
    assert result["failed"] and result["command"] == "im_get_attr_name" and result["http_status"] == 502


@pytest.mark.parametrize("api", [OLD, NEW])
def test_a_service_that_normalizes_names_is_told_apart_from_another_job(simulator, app, connect, api):
    app.normalize = "NFC"
    result = run(ENSURE, connect(), attr_names={0: "cafe\u0301", 1: "city"}, api=api)
    assert result["failed"] and result["changed"] is True
    assert "The service stores names in Unicode normalization form C: use that form in attr_names." in result["msg"]
    assert "Another job" not in result["msg"] and result["attr_names"] == app.names == {"0": "caf\xe9", "1": "city"}
    assert run(ENSURE, connect(), attr_names={0: "caf\xe9", 1: "city"}, api=api)["changed"] is False


def test_what_an_earlier_read_returned_is_not_lost_if_a_later_one_fails(simulator, app, connect):
    app.names, app.ignore_writes = {"2": "a"}, True
    simulator.fail(app.sdkappid, "stale", command="im_get_attr_name")
    simulator.fail(app.sdkappid, "stale", command="im_get_attr_name")
    simulator.fail(app.sdkappid, "http", command="im_get_attr_name", status=403)
    result = run(ENSURE, connect(retries=0), attr_names={"3": "z"})
    assert "returned others when read back" in result["msg"] and result["attr_names"] == {"2": "a"}


def test_a_name_that_vanishes_is_told(simulator, app, connect):
    app.names = {"5": "kept", "7": "kept too"}
    client = connect()

    def after_the_write():
        tasks.before(client, "get_attr_name", lambda: app.names.pop("5"))

    tasks.before(client, "set_attr_name", after_the_write)
    result = run(ENSURE, client, attr_names={0: "sex"})
    assert result["failed"] and result["changed"] is True
    assert result["attr_names"] == {"0": "sex", "7": "kept too"}
    assert "Another job may have removed the names of attributes 5; run the task again." in result["msg"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_name_that_is_gone_is_warned_of(app, connect, check_mode):
    app.names = {"0": "sex", "1": "city"}
    (warning,) = run(ENSURE, connect(), check_mode, attr_names={0: "city", 1: "town"})["warnings"]
    assert warning.startswith("Attribute 0 is renamed from 'sex' to 'city': values that users already have stay under")


def test_a_request_that_is_given_up_does_not_disturb_its_repetition(simulator, app, connect):
    """Its thread still ends, with an outcome that nobody waits for."""
    app.names = {"0": "sex"}
    simulator.fail(app.sdkappid, "trickle", times=2, interval=0.05)
    result = run(INFO, connect(timeout=0.2, retries=2))
    assert result.get("msg") is None and result["attr_names"] == {"0": "sex"}
    assert result["retried"]["times"] == 2 and "no complete response within 0.4 seconds" in result["retried"]["reason"]


# -- types -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("no_type", ["missing", "zero"])
def test_types_four_ways(simulator, app, connect, no_type):
    app.no_type = no_type
    wanted = State({"0": "sex", "1": "device"}, {"1": 1})
    for check_mode in (True, True, False):
        outcome = ensure(connect(), wanted, check_mode, NEW)
        assert (outcome.before, outcome.after) == (State({}, {}), State(wanted.names, {"0": 0, "1": 1}))
        assert app.writes == (0 if check_mode else 1)
    assert json.loads(simulator.log[3]["body"]) == {"AttrNames": wanted.names, "AttrTypes": {"0": 0, "1": 1}}
    for check_mode in (False, True, True):
        outcome = ensure(connect(), wanted, check_mode, NEW)
        assert outcome.before == outcome.after == State(app.names, app.types)
    assert app.writes == 1
    assert read(connect(), NEW) == State(app.names, {"0": 0, "1": 1})


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_type_that_is_set_cannot_change_and_nothing_is_written(simulator, app, connect, check_mode):
    app.names, app.types = {"0": "sex"}, {"0": 0}
    with pytest.raises(OptionError, match="attribute 0 has type 0, and cannot change to 1"):
        ensure(connect(), State({"0": "gender"}, {"0": 1}), check_mode, NEW)
    assert simulator.commands() == ["get"] and app.names == {"0": "sex"}


def test_a_type_needs_a_name(simulator, app, connect):
    app.names = {"1": "city"}
    with pytest.raises(OptionError, match="attribute 0 has no name"):
        ensure(connect(), State({"2": "sex"}, {"0": 1}), family=NEW)
    assert ensure(connect(), State({}, {"1": 1}), family=NEW).after == State({"1": "city"}, {"1": 1})
    assert app.types == {"1": 1}


def test_types_that_the_service_does_not_return_are_not_sent(simulator, app, connect):
    """A name that is there without a type, since the other family set it: its type is left to the service."""
    app.names = {"0": "sex"}
    assert ensure(connect(), State({"1": "city"}), family=NEW).after == State(
        {"0": "sex", "1": "city"}, {"0": 0, "1": 0}
    )
    assert json.loads(simulator.log[1]["body"])["AttrTypes"] == {"1": 0}
    simulator.log.clear()
    ensure(connect(), State({"0": "gender"}), family=NEW)
    assert json.loads(simulator.log[1]["body"])["AttrTypes"] == {"1": 0}
    app.names, app.types = {"0": "sex"}, {}
    simulator.log.clear()
    ensure(connect(), State({"0": "gender"}), family=NEW)
    assert json.loads(simulator.log[1]["body"]) == {"AttrNames": {"0": "gender"}}


def test_a_type_that_the_service_does_not_return_fails(app, connect):
    """It may also be one that was set long ago: then the service rejects the write with an error code."""
    app.names, app.no_type, app.ignore_writes = {"0": "sex"}, "missing", True
    result = run(ENSURE, connect(), attr_names={}, attr_types={0: 1}, api=NEW)
    assert (result["attr_types"], result["attr_types_wanted"]) == ({"0": 0}, {"0": 1})
    assert result["attr_names"] == result["attr_names_wanted"] == {"0": "sex"} and result["failed"]


@pytest.mark.parametrize("shared", [True, False])
def test_both_families_are_right_whether_they_share_their_names_or_not(simulator, app, connect, shared):
    app.shared = shared
    ensure(connect(), State({"0": "sex"}), family=OLD)
    outcome = ensure(connect(), State({"1": "device"}, {"1": 1}), family=NEW)
    assert outcome.before.names == ({"0": "sex"} if shared else {})
    both = {"0": "sex", "1": "device"}
    assert outcome.after.names == (both if shared else {"1": "device"})
    assert read(connect(), NEW).names == outcome.after.names
    assert read(connect(), OLD).names == app.names == (both if shared else {"0": "sex"})
    assert app.timpush_names == ({} if shared else {"1": "device"})
    for api, wanted in ((OLD, State({"0": "sex"})), (NEW, State({"1": "device"}, {"1": 1}))):
        outcome = ensure(connect(), wanted, family=api)
        assert outcome.before == outcome.after
    assert app.writes == 2


def test_types_require_timpush(simulator, connect):
    given = {"attr_names": {0: "sex"}, "attr_types": {0: 1}}
    result = run(ENSURE, connect(), **given)
    assert result["msg"].startswith(
        "attr_types: the API family all_member_push does not support types. Set api: timpush"
    )
    assert simulator.log == []
    for types, api, wanted in (({}, OLD, {}), (None, OLD, {}), ({0: 1}, NEW, {"0": 1})):
        options = {**ENSURE.parse({**given, "attr_types": types}), "api": api}
        assert wanted_state(options) == State({"0": "sex"}, wanted)


@pytest.mark.parametrize("api", [OLD, NEW])
def test_all_member_push_never_returns_types(simulator, app, connect, api):
    body = {"ActionStatus": "OK", "ErrorCode": 0, "AttrNames": {"0": "sex"}, "AttrTypes": {"0": 1}}
    simulator.fail(app.sdkappid, "garbage", body=json.dumps(body))
    assert read(connect(), api) == State({"0": "sex"}, {"0": 1} if api == NEW else {})
