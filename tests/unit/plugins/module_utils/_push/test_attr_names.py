# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names and types of attributes: what is rejected, planned, asked and written, and what the service holds then."""

from __future__ import annotations

import json

import pytest
import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_name_rules, attr_types
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE, wanted_state
from hypothesis import given
from hypothesis import strategies as st
from memory import Memory
from names import APIS, NEW, OLD, State, ensure, read
from rejected import ATTR_NAMES, ATTR_NAMES_FOUND, ATTR_TYPES, VISIBLE, refusal
from tasks import run

numbers = st.sampled_from("0123456789")

NAMES, TYPES = ("attr_names", attr_name_rules.parse_option), ("attr_types", attr_types.parse_option)


@pytest.mark.parametrize(
    ("name", "parse", "option", "part"),
    [*((*NAMES, *row) for row in ATTR_NAMES), *((*TYPES, *row) for row in ATTR_TYPES)],
)
def test_an_invalid_option_is_rejected_with_a_helpful_message(name, parse, option, part):
    message = refusal(parse, option).message
    assert message.startswith(name) and part in message


@pytest.mark.parametrize(
    ("_name", "parse", "option", "parsed"),
    [
        (*NAMES, {}, {}),
        (*NAMES, '{"0": "sex"}', {"0": "sex"}),
        (*NAMES, "0=sex", {"0": "sex"}),
        (*NAMES, {0: "sex"}, {"0": "sex"}),
        (*NAMES, {"9": "a", 1: "b"}, {"1": "b", "9": "a"}),
        *((*NAMES, {0: text}, {"0": text}) for text in ("a" * 50, "城" * 16 + "ab", *VISIBLE)),
        (*TYPES, {}, {}),
        (*TYPES, {0: 0}, {"0": 0}),
        (*TYPES, {"9": "1", 1: 0}, {"1": 0, "9": 1}),
    ],
)
def test_a_valid_option_is_accepted_in_the_order_of_the_numbers(_name, parse, option, parsed):
    assert repr(parse(option)) == repr(parsed)  # a type is an int


@pytest.mark.parametrize(
    ("parse", "field", "good", "wrong"),
    [
        (
            *(attr_name_rules.parse_response, "AttrNames"),
            *({"9": "b", "0": "城市", "1": None, "2": ""}, [3, 1.5, True, {}, ["a"], "\ud800"]),
        ),
        (
            *(attr_types.parse_response, "AttrTypes"),
            *({"0": 0, "1": 1, "2": None, "3": "", "4": 7}, [True, False, "1", 1.0, [], {}, "x"]),  # 7: one to come
        ),
    ],
)
def test_a_response_of_the_right_shape_is_read_and_any_other_one_is_an_error(parse, field, good, wrong):
    for nothing in ({}, *({field: absent} for absent in (None, "", {}, []))):
        assert parse(nothing) == {}
    found = parse({field: good})
    assert list(found.items()) == sorted((number, value) for number, value in good.items() if value not in (None, ""))
    numbers = ("10", "-1", "", "x", "01", "٣")
    corrupted = [*({**good, "3": value} for value in wrong), *({**good, number: good["0"]} for number in numbers)]
    for answer in (*corrupted, "x", [1], 3):
        with pytest.raises(ChatError, match="not a valid Chat API response"):
            parse({field: answer})


few = st.dictionaries(numbers, st.sampled_from("abcdefghijkl"), max_size=8)
unique = few.map(lambda some: {number: name for number, name in some.items() if list(some.values()).count(name) == 1})


@given(unique, unique)
def test_plan_keeps_what_is_not_listed_and_is_stable(current, wanted):
    untouched = {name for number, name in current.items() if number not in wanted}
    if untouched & set(wanted.values()):
        with pytest.raises(OptionError, match="is used for attributes"):
            attr_name_rules.plan_names(current, wanted)
        return
    after = attr_name_rules.plan_names(current, wanted)
    assert {number: after[number] for number in wanted} == wanted
    assert all(after[number] == name for number, name in current.items() if number not in wanted)
    assert set(after) == {*current, *wanted}
    assert attr_name_rules.plan_names(after, wanted) == after
    assert list(after) == sorted(after)


RENAMES = [
    # before, after, the names that are gone
    ({"0": "sex"}, {"0": "sex"}, []),
    ({}, {"0": "sex"}, []),
    ({"0": "sex"}, {"0": "gender", "1": "city"}, [("0", "sex", "gender")]),
    ({"0": "sex", "1": "city"}, {"0": "city", "1": "sex"}, []),
    ({"0": "a", "1": "b", "2": "c"}, {"0": "b", "1": "c", "2": "a"}, []),
    ({"0": "a", "1": "b"}, {"0": "b", "1": "c"}, [("0", "a", "b")]),
    ({"0": "a"}, {"0": "b", "1": "a"}, []),
    ({"0": "a", "1": "b"}, {"0": "x", "1": "y"}, [("0", "a", "x"), ("1", "b", "y")]),
]


@pytest.mark.parametrize(("before", "after", "gone"), RENAMES)
def test_a_name_that_is_gone_is_warned_of_and_one_that_moves_is_not(before, after, gone):
    """Values follow the name of an attribute, not its number."""
    assert attr_name_rules.rename_warnings(before, after) == [
        f"Attribute {number} is renamed from {old!r} to {new!r}: values that users already have stay under {old!r},"
        f" and push conditions that use {old!r} no longer match."
        for number, old, new in gone
    ]


@pytest.mark.parametrize(("expected", "found", "hint"), ATTR_NAMES_FOUND)
def test_what_may_have_changed_the_names(expected, found, hint):
    assert hint in attr_name_rules.difference(expected, found)


def test_a_type_belongs_to_a_name_and_stays():
    names = {"0": "sex", "1": "city"}
    plan = attr_types.plan
    assert plan({}, {}, {}, names) == {"0": 0, "1": 0}
    assert plan({}, {}, {"1": 1}, names) == {"0": 0, "1": 1}
    assert plan(names, {"0": 1, "1": 7}, {}, names) == {"0": 1, "1": 7}
    assert plan(names, {"1": 1}, {"1": 1}, names) == {"0": 0, "1": 1}
    assert plan(names, {}, {"1": 1}, names) == {"0": 0, "1": 1}  # not known to be set: the service decides
    assert plan({}, {"0": 0}, {"0": 1}, {"0": "sex"}) == {"0": 1}  # shown for a number without a name
    assert plan({}, {"0": 1}, {}, {"0": "sex"}) == {"0": 1}
    with pytest.raises(OptionError, match="attribute 0 has type 1, and cannot change to 0"):
        plan(names, {"0": 1}, {"0": 0}, names)
    with pytest.raises(OptionError, match="attribute 2 has no name"):
        plan(names, {}, {"2": 0}, names)


# -- tasks ----------------------------------------------------------------------------------------------------------

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
def test_a_write_that_shows_late_is_waited_for(api):
    service = Memory(delay=0.6)
    wanted = State({"0": "sex"}, {"0": 1} if api == NEW else {})
    with service.running():
        assert ensure(service.task(), wanted, family=api).after == wanted
    assert [command for command, _fault in service.log] == ["get_attr_name", "set_attr_name", *["get_attr_name"] * 3]


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
    failure = refusal(ensure, connect(), State({"0": "b", "1": "a"}), family=api, error=ChatError)
    assert failure.error_code == 90033 and "attrName:b already exists at index:1" in failure.error_info
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
RETRIED = {**DONE, "retried": {"times": 1, "reason": CUT}}
LOST = {"failed": True, "changed": False, "command": "set"}
UNREAD = {"failed": True, "command": "get", "http_status": 502}
UNREADABLE = ["pass", "http", "http"]
ALL = ("cut_after", "http_after", "truncated", "garbage", "code_after")
FAILURES = {
    # the faults of the requests that set and that get, whether writes are ignored, whether they show, the result
    **{f"every response is lost: {fault}": ([fault] * 2, [], False, True, DONE) for fault in ALL},
    **{
        f"a write that shows is rejected at its repetition: {code}": (["cut_after", code], [], False, True, RETRIED)
        for code in (90033, 70402)
    },
    "a write that does not show is rejected at its repetition": (
        *(["cut", 90033], [], False, False, {**LOST, "error_code": 90033, "tries": 2}),
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
    message = run(ENSURE, connect(), **given)["msg"]
    assert message.startswith("attr_types: the API family all_member_push does not support types. Set api: timpush")
    assert simulator.log == []
    for types, api, wanted in (({}, OLD, {}), (None, OLD, {}), ({0: 1}, NEW, {"0": 1})):
        options = {**ENSURE.parse({**given, "attr_types": types}), "api": api}
        assert wanted_state(options) == State({"0": "sex"}, wanted)


@APIS
def test_all_member_push_never_returns_types(simulator, app, connect, api):
    command = "im_get_attr_name" if api == OLD else "get_attr_name"
    tasks.queue(simulator, app, command, {"AttrNames": {"0": "sex"}, "AttrTypes": {"0": 1}})
    assert read(connect(), api) == State({"0": "sex"}, {"0": 1} if api == NEW else {})
