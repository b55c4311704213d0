# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each transition against the simulator: what is asked, what is written, what the service holds then."""

from __future__ import annotations

import json
import time

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, NotConfirmed, OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE, _state, parse_wanted
from names import NEW, OLD, State, ensure, read


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
    assert ensure(client, wanted, api=api).after == wanted
    assert 4 <= len(simulator.log) <= 5


def test_a_write_that_is_ignored_fails_with_both_maps_after_a_bounded_wait(simulator, app, connect):
    app.ignore_writes = True
    app.names = {"5": "kept"}
    client = connect()
    with pytest.raises(NotConfirmed) as failed:
        ensure(client, State({"0": "sex"}))
    result = failed.value.as_result()
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
        ensure(connect(), State({"0": "b", "1": "a"}), api=api)
    assert failed.value.facts["error_code"] == 90033
    assert "attrName:b already exists at index:1" in failed.value.facts["error_info"]
    assert app.names == {"0": "a", "1": "b"}


@pytest.mark.parametrize("check_mode", [True, False])
def test_names_that_the_task_does_not_list(simulator, app, connect, check_mode):
    """By default they are kept and reported; with undeclared=fail the task fails before it writes."""
    app.names = {"0": "sex", "5": "clicked", "9": "also clicked"}
    options = {"api": OLD, "attr_names": {0: "gender"}, "undeclared": "keep"}
    result = ENSURE.run(connect(), options, check_mode)
    assert result["undeclared"] == {"5": "clicked", "9": "also clicked"}
    assert app.names["0"] == ("sex" if check_mode else "gender") and app.names["5"] == "clicked"
    simulator.log.clear()
    writes = app.writes
    with pytest.raises(ChatError) as failed:
        ENSURE.run(connect(), {**options, "undeclared": "fail"}, check_mode)
    failure = failed.value.as_result()
    assert failure["undeclared"] == {"5": "clicked", "9": "also clicked"} and failure["changed"] is False
    assert "does not list: {5: 'clicked', 9: 'also clicked'}. Add them to attr_names" in failure["msg"]
    assert simulator.commands() == ["get"] and app.writes == writes
    every = {**options, "attr_names": {"0": "gender", "5": "clicked", "9": "also clicked"}, "undeclared": "fail"}
    assert ENSURE.run(connect(), every, check_mode)["undeclared"] == {}


def test_reading_back_again_has_only_the_time_that_is_left(app, connect):
    app.ignore_writes = True
    client = connect(timeout=5, retries=0, clock=lambda: 0.0)  # each call may take 15 seconds
    with pytest.raises(NotConfirmed):
        ensure(client, State({"0": "sex"}))
    assert client.time_left() == 15 * 3  # read, write, read back


@pytest.mark.parametrize("kind", ["ignored", "unreadable"])
def test_a_write_that_was_accepted_is_a_change_even_if_the_task_fails(simulator, app, connect, kind):
    app.ignore_writes = kind == "ignored"
    client = connect(retries=0)
    if kind == "unreadable":
        real = client.call

        def call(call, parse):
            result = real(call, parse)
            if call.body:
                simulator.fail(app.sdkappid, "http", status=502)
            return result

        client.call = call
    with pytest.raises(ChatError) as failed:
        ensure(client, State({"0": "sex"}))
    assert failed.value.as_result()["changed"] is True


def test_a_write_that_was_rejected_is_no_change(simulator, app, connect):
    simulator.fail(app.sdkappid, "code", code=90033, command="im_set_attr_name")
    with pytest.raises(ChatError) as failed:
        ensure(connect(), State({"0": "sex"}))
    assert failed.value.as_result()["changed"] is False and app.writes == 0


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
        ensure(connect(), State({"2": "sex"}, {"0": 1}), api=NEW)
    assert ensure(connect(), State({}, {"1": 1}), api=NEW).after == State({"1": "city"}, {"1": 1})
    assert app.types == {"1": 1}


def test_types_that_the_service_does_not_return_are_not_sent(simulator, app, connect):
    """A name that is there without a type, since the other family set it: its type is left to the service."""
    app.names = {"0": "sex"}
    assert ensure(connect(), State({"1": "city"}), api=NEW).after == State({"0": "sex", "1": "city"}, {"0": 0, "1": 0})
    assert json.loads(simulator.log[1]["body"])["AttrTypes"] == {"1": 0}
    simulator.log.clear()
    ensure(connect(), State({"0": "gender"}), api=NEW)
    assert json.loads(simulator.log[1]["body"])["AttrTypes"] == {"1": 0}
    app.names, app.types = {"0": "sex"}, {}
    simulator.log.clear()
    ensure(connect(), State({"0": "gender"}), api=NEW)
    assert json.loads(simulator.log[1]["body"]) == {"AttrNames": {"0": "gender"}}


def test_a_type_that_the_service_does_not_return_fails(simulator, app, connect, monkeypatch):
    """It may also be one that was set long ago: then the service rejects the write with an error code."""
    app.names, app.no_type, app.ignore_writes = {"0": "sex"}, "missing", True
    with pytest.raises(NotConfirmed) as failed:
        ensure(connect(), State({}, {"0": 1}), api=NEW)
    result = failed.value.as_result()
    assert (result["attr_types"], result["attr_types_wanted"]) == ({"0": 0}, {"0": 1})
    assert result["attr_names"] == result["attr_names_wanted"] == {"0": "sex"}


@pytest.mark.parametrize("shared", [True, False])
def test_both_families_are_right_whether_they_share_their_names_or_not(simulator, app, connect, shared):
    app.shared = shared
    ensure(connect(), State({"0": "sex"}), api=OLD)
    outcome = ensure(connect(), State({"1": "device"}, {"1": 1}), api=NEW)
    assert outcome.before.names == ({"0": "sex"} if shared else {})
    both = {"0": "sex", "1": "device"}
    assert outcome.after.names == (both if shared else {"1": "device"})
    assert read(connect(), NEW).names == outcome.after.names
    assert read(connect(), OLD).names == app.names == (both if shared else {"0": "sex"})
    assert app.timpush_names == ({} if shared else {"1": "device"})
    for api, wanted in ((OLD, State({"0": "sex"})), (NEW, State({"1": "device"}, {"1": 1}))):
        outcome = ensure(connect(), wanted, api=api)
        assert outcome.before == outcome.after
    assert app.writes == 2


def test_types_require_timpush():
    options = {"api": "all_member_push", "attr_names": {0: "sex"}, "attr_types": {0: 1}}
    with pytest.raises(OptionError, match="the API family all_member_push does not support types"):
        parse_wanted(options)
    assert parse_wanted({**options, "attr_types": {}}) == State({"0": "sex"}, {})
    assert parse_wanted({**options, "attr_types": None}) == State({"0": "sex"}, {})
    assert parse_wanted({**options, "api": "timpush"}) == State({"0": "sex"}, {"0": 1})


def test_all_member_push_never_returns_types():
    answer = {"AttrNames": {"0": "sex"}, "AttrTypes": {"0": 1}}
    assert _state(OLD, answer) == State({"0": "sex"}, {})
    assert _state(NEW, answer) == State({"0": "sex"}, {"0": 1})
