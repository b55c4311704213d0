# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each transition against the simulator: what is asked, what is written, what the service holds then."""

from __future__ import annotations

import json
import time

import pytest
import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE, wanted_state
from names import NEW, OLD, State, ensure, read
from tasks import run

APIS = pytest.mark.parametrize("api", [OLD, NEW])


TRANSITIONS = [
    # start, wanted names, wanted types, names afterwards
    ({}, {"0": "sex", "1": "device"}, {"1": 1}, {"0": "sex", "1": "device"}),
    ({"5": "kept", "0": "sex"}, {"0": "gender", "1": "城市"}, {}, {"0": "gender", "1": "城市", "5": "kept"}),
    ({"0": "a", "1": "b", "9": "kept"}, {"0": "b", "1": "a"}, {}, {"0": "b", "1": "a", "9": "kept"}),
]
ABSENT = [("missing", "missing"), ("null", "zero"), ("empty", "missing"), ("text", "zero"), ("blank", "missing")]


@APIS
@pytest.mark.parametrize("mode", ["merge", "replace"])
@pytest.mark.parametrize(("no_names", "no_type"), ABSENT)
@pytest.mark.parametrize(("start", "names", "kinds", "after"), TRANSITIONS)
def test_each_transition(simulator, app, connect, mode, no_names, no_type, api, start, names, kinds, after):
    """In check mode twice, for real, again, and again in check mode."""
    app.mode, app.no_names, app.no_type, app.names = mode, no_names, no_type, dict(start)
    app.types = dict.fromkeys(start, 1) if api == NEW else {}
    types = {number: 1 if number in start else kinds.get(number, 0) for number in after} if api == NEW else {}
    before, wanted, full = State(start, dict(app.types)), State(names, kinds if api == NEW else {}), State(after, types)
    for check_mode, done in ((True, False), (True, False), (False, False), (False, True), (True, True)):
        simulator.log.clear()
        outcome = ensure(connect(), wanted, check_mode, api)
        assert (outcome.before, outcome.after) == (full if done else before, full)
        assert State(app.names, app.types) == (before if check_mode and not done else full)
        assert simulator.commands() == (["get"] if check_mode or done else ["get", "set", "get"])
        assert all(entry["path"].startswith(f"v4/{api}/") for entry in simulator.log)
        if not (check_mode or done):  # the whole map, whatever the service does with it
            body = {"AttrNames": after, "AttrTypes": types} if types else {"AttrNames": after}
            assert json.loads(simulator.log[1]["body"]) == body
    assert read(connect(), api) == full


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("wanted", "api", "part"),
    [
        (State({"0": "city"}), OLD, "name 'city' is used for attributes 0 and 1"),
        (State({"1": "town"}, {"1": 1}), NEW, "attribute 1 has type 0, and cannot change to 1"),
        (State({"2": "sex"}, {"0": 1}), NEW, "attribute 0 has no name"),
    ],
)
def test_what_is_impossible_is_rejected_before_the_write(simulator, app, connect, check_mode, wanted, api, part):
    app.names, app.types = {"1": "city"}, {"1": 0}
    with pytest.raises(OptionError, match=part):
        ensure(connect(), wanted, check_mode, api)
    assert simulator.commands() == ["get"] and app.names == {"1": "city"}


@APIS
def test_a_write_that_shows_late_is_waited_for(simulator, app, connect, api):
    app.delay = 0.3
    client = connect()
    client.sleep = lambda seconds: time.sleep(min(seconds, 0.4))
    wanted = State({"0": "sex"}, {"0": 1} if api == NEW else {})
    assert ensure(client, wanted, family=api).after == wanted
    assert 4 <= len(simulator.log) <= 5


def test_a_write_that_is_ignored_fails_with_both_maps_after_a_bounded_wait(simulator, app, connect):
    app.names, app.ignore_writes = {"5": "kept"}, True
    pauses: list[float] = []
    client = connect(timeout=5, retries=0, clock=lambda: 0.0, sleep=pauses.append)  # each call may take 15 seconds
    result = run(ENSURE, client, attr_names={0: "sex"})
    assert result["failed"] and result["changed"] is True
    assert result["attr_names"] == {"5": "kept"}
    assert result["attr_names_wanted"] == {"0": "sex", "5": "kept"}
    assert str(result["attr_names"]) in result["msg"] and str(result["attr_names_wanted"]) in result["msg"]
    assert not {"attr_types", "attr_types_wanted"} & set(result)
    assert simulator.commands() == ["get", "set"] + ["get"] * 5 and pauses == [0.25, 0.5, 1.0, 2.0]
    assert client.time_left() == 15 * 3  # read, write, read back


@APIS
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


CUT = "the connection broke before the response was complete"
DONE = {"failed": None, "changed": True}
LOST = {"failed": True, "changed": False, "command": "set"}
UNREAD = {"failed": True, "command": "get", "http_status": 502}
UNREADABLE = ["pass", "http", "http"]
ALL = ("cut_after", "http_after", "truncated", "garbage", "code_after")
FAILURES = {
    # the faults of the requests that set and that get, whether writes are ignored, whether they show, the result
    **{f"every response is lost: {fault}": ([fault] * 2, [], False, True, DONE) for fault in ALL},
    **{
        f"a write that shows is rejected at its repetition: {code}": (
            *(["cut_after", code], [], False, True),
            {**DONE, "retried": {"times": 1, "reason": CUT}},
        )
        for code in (90033, 70402)
    },
    "a write that does not show is rejected at its repetition": (
        *(["cut", 90033], [], False, False),
        {**LOST, "error_code": 90033, "tries": 2},
    ),
    **{
        f"a write that may have been accepted does not show: {fault}": ([fault] * 2, [], True, False, LOST)
        for fault in ("cut", "http", "cut_after", "garbage")
    },
    "a lost write cannot be read back": (["cut_after"] * 2, UNREADABLE, False, True, LOST),
    # The rejection may only say that the names are there; that they cannot be read is what is known.
    "a rejected repetition cannot be read back": (["cut_after", 90033], UNREADABLE, False, True, UNREAD),
    "a write is rejected": ([90033], [], False, False, {**LOST, "error_code": 90033, "tries": 1}),
    "a read is rejected": ([], [90033], False, False, {"changed": False, "command": "get", "error_code": 90033}),
    "an accepted write cannot be read back": ([], UNREADABLE, False, True, {**UNREAD, "changed": True}),
    "what an earlier read returned is not lost if a later one fails": (
        *([], ["pass", *UNREADABLE], True, False),
        {"failed": True, "changed": True, "attr_names": {"5": "kept"}, "tries": None},
    ),
}


@APIS
@pytest.mark.parametrize(("sets", "gets", "ignored", "shows", "expected"), FAILURES.values(), ids=FAILURES)
def test_a_second_run_does_what_is_left_after(simulator, app, connect, api, sets, gets, ignored, shows, expected):
    app.names, app.ignore_writes = {"5": "kept"}, ignored
    for verb, faults in (("set", sets), ("get", gets)):
        tasks.queue(simulator, app, f"{'im_' if api == OLD else ''}{verb}_attr_name", *faults)
    result = run(ENSURE, connect(retries=1), attr_names={0: "sex"}, api=api)
    result["command"] = result.get("command", "").removeprefix("im_").partition("_")[0]
    assert {name: result.get(name) for name in expected} == expected
    both = {"0": "sex", "5": "kept"}
    assert app.names == (both if shows else {"5": "kept"})
    if not result.get("failed"):
        assert result["attr_names"] == both and result["diff"]["before"] != result["diff"]["after"]
    elif "attr_names" not in expected:
        assert "read back" not in result["msg"] and not {"attr_names", "attr_names_wanted"} & set(result)
    assert result.get("error_code") != 90033 or "invalid attribute: a repeated name" in result["msg"]
    app.ignore_writes = False
    again = run(ENSURE, connect(), attr_names={0: "sex"}, api=api)
    assert app.names == again["attr_names"] == both and again["changed"] is not shows


@APIS
def test_a_service_that_normalizes_names_is_told_apart_from_another_job(simulator, app, connect, api):
    app.normalize = "NFC"
    result = run(ENSURE, connect(), attr_names={0: "cafe\u0301", 1: "city"}, api=api)
    assert result["failed"] and result["changed"] is True
    assert "The service stores names in Unicode normalization form C: use that form in attr_names." in result["msg"]
    assert "Another job" not in result["msg"] and result["attr_names"] == app.names == {"0": "caf\xe9", "1": "city"}
    assert run(ENSURE, connect(), attr_names={0: "caf\xe9", 1: "city"}, api=api)["changed"] is False


def test_a_name_that_vanishes_is_told(simulator, app, connect):
    app.names = {"5": "kept", "7": "kept too"}
    client = connect()
    tasks.before(client, "set_attr_name", lambda: tasks.before(client, "get_attr_name", lambda: app.names.pop("5")))
    result = run(ENSURE, client, attr_names={0: "sex"})
    assert result["failed"] and result["changed"] is True
    assert result["attr_names"] == {"0": "sex", "7": "kept too"}
    assert "Another job may have removed the names of attributes 5; run the task again." in result["msg"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_name_that_is_gone_is_warned_of(app, connect, check_mode):
    app.names = {"0": "sex", "1": "city"}
    (warning,) = run(ENSURE, connect(), check_mode, attr_names={0: "city", 1: "town"})["warnings"]
    assert warning.startswith("Attribute 0 is renamed from 'sex' to 'city': values that users already have stay under")


def test_types_that_the_service_does_not_return_are_not_sent(simulator, app, connect):
    """A name that is there without a type, since the other family set it: its type is left to the service."""
    app.names = {"0": "sex"}
    for names, types in (({"0": "gender"}, {}), ({"1": "city"}, {"1": 0}), ({"0": "x"}, {"1": 0})):
        simulator.log.clear()
        after = ensure(connect(), State(names), family=NEW).after
        assert after == State(app.names, dict.fromkeys(app.names, 0))
        body = {"AttrNames": app.names, "AttrTypes": types} if types else {"AttrNames": app.names}
        assert json.loads(simulator.log[1]["body"]) == body
    assert ensure(connect(), State({}, {"0": 1}), family=NEW).after.types == app.types == {"0": 1, "1": 0}


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


@APIS
def test_all_member_push_never_returns_types(simulator, app, connect, api):
    command = "im_get_attr_name" if api == OLD else "get_attr_name"
    tasks.queue(simulator, app, command, {"AttrNames": {"0": "sex"}, "AttrTypes": {"0": 1}})
    assert read(connect(), api) == State({"0": "sex"}, {"0": 1} if api == NEW else {})
