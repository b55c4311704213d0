# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What attributes and tags of users share: accounts, transitions, responses, requests that fail, and many users."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import MOST
from names import APIS, NEW, OLD
from rejected import USER_IDS, USER_LISTS, USER_MAPS, VISIBLE
from tasks import queue, run, some
from user_kinds import ATTRS, KINDS, PREFIXES, TAGS, Kind, requests


@pytest.fixture
def app(app):
    app.names = {"0": "old", "1": "new"}
    return app


# -- options ------------------------------------------------------------------------------------------------------


@KINDS
def test_wrong_users_are_rejected_before_the_first_request(simulator, app, connect, kind):
    maps = [*USER_MAPS, *(({account: kind.wanted}, part) for account, part in USER_IDS)]
    lists = [*USER_LISTS, *(([account], part) for account, part in USER_IDS)]
    for operation, table in ((kind.ensure, maps), (kind.info, lists)):
        for option, part in table:
            assert part in run(operation, connect(), users=option)["msg"]
        result = run(operation, connect(), users=None)
        assert result["failed"] and "'users' is of type" in result["msg"] and "NoneType" in result["msg"]
    assert simulator.log == []


@KINDS
def test_parsing_accepts_options_that_are_incomplete_or_not_converted_yet(kind):
    assert kind.ensure.parse({}) == {}
    assert kind.info.parse({"users": None}) == {"users": None}
    wanted = {"用户": kind.wanted}
    given = {"users": json.dumps(wanted), "exclusive": "yes", "state": 3, "api": []}
    assert kind.ensure.parse(given) == {"users": wanted}
    assert kind.info.parse({"users": ("0123", "0123", "用户")}) == {"users": ["0123", "用户"]}


@KINDS
def test_no_users_need_no_request(simulator, app, connect, kind):
    assert run(kind.ensure, connect(), users={}) == {"changed": False, "users": {}, "diff": {"before": {}, "after": {}}}
    assert run(kind.info, connect(), users=[]) == {"changed": False, "users": {}}
    assert simulator.log == []


# -- transitions --------------------------------------------------------------------------------------------------

TRANSITIONS = [
    # start, listed; the kind, options, after, requests that write
    ({}, {"u1": {"old": "a"}}, ATTRS, {}, {"u1": {"old": "a"}}, [("set_attr", {"u1": {"old": "a"}})]),
    (
        {"u1": {"old": "a", "new": "x"}, "u2": {"old": "a"}},
        {"u1": {"old": "Köln", "new": "x"}, "u2": {"old": "a"}},
        *(ATTRS, {}, {"u1": {"old": "Köln", "new": "x"}, "u2": {"old": "a"}}, [("set_attr", {"u1": {"old": "Köln"}})]),
    ),
    (
        *({"u1": {"old": "a", "new": "x"}, "u2": {"new": "x"}}, {"u1": {"old": None}, "u2": {"old": None, "new": "y"}}),
        *(ATTRS, {}, {"u1": {"new": "x"}, "u2": {"new": "y"}}),
        [("remove_attr", {"u1": ["old"]}), ("set_attr", {"u2": {"new": "y"}})],
    ),
    (
        *({"u1": {"old": "a", "new": "x"}, "u2": {"new": "x"}}, {"u1": {"old": "b"}, "u2": {}}),
        *(ATTRS, {"exclusive": True}, {"u1": {"old": "b"}, "u2": {}}),
        [("remove_attr", {"u1": ["new"], "u2": ["new"]}), ("set_attr", {"u1": {"old": "b"}})],
    ),
    ({}, {"u1": ["b", "a"]}, TAGS, {}, {"u1": ["a", "b"]}, [("add_tag", {"u1": ["a", "b"]})]),
    (
        *({"u1": ["x", "b"], "u2": ["a"]}, {"u1": ["a", "b"], "u2": ["a"]}),
        *(TAGS, {}, {"u1": ["a", "b", "x"], "u2": ["a"]}, [("add_tag", {"u1": ["a"]})]),
    ),
    (
        *({"u1": ["x", "b"], "u2": ["c"], "u3": []}, {"u1": ["a", "b"], "u2": [], "u3": ["a"]}),
        *(TAGS, {"exclusive": True}, {"u1": ["a", "b"], "u2": [], "u3": ["a"]}),
        [("remove_tag", {"u1": ["x"], "u2": ["c"]}), ("add_tag", {"u1": ["a"], "u3": ["a"]})],
    ),
    (
        *({"u1": ["x", "b"], "u2": ["c"]}, {"u1": ["b", "nothing"], "u2": ["nothing"]}),
        *(TAGS, {"state": "absent"}, {"u1": ["x"], "u2": ["c"]}, [("remove_tag", {"u1": ["b"]})]),
    ),
    (
        *({"u2": some(1)}, {"u1": some(25), "u2": some(12)}, TAGS, {}, {"u1": some(25), "u2": some(12)}),
        [
            ("add_tag", {"u1": some(10), "u2": some(10, 1)}),
            ("add_tag", {"u1": some(10, 10), "u2": some(1, 11)}),
            ("add_tag", {"u1": some(5, 20)}),
        ],
    ),
    (
        *({"u1": some(100)}, {"u1": some(12, 90)}, TAGS, {"exclusive": True}, {"u1": some(12, 90)}),
        [*(("remove_tag", {"u1": some(10, start)}) for start in range(0, 90, 10)), ("add_tag", {"u1": some(2, 100)})],
    ),
]


@APIS
@pytest.mark.parametrize(("shown", "no_tags"), [("kept", "empty"), ("sorted", "null"), ("reversed", "missing")])
@pytest.mark.parametrize(("start", "listed", "kind", "options", "after", "writes"), TRANSITIONS)
def test_each_transition(simulator, app, connect, api, shown, no_tags, start, listed, kind, options, after, writes):
    """In check mode twice, for real, again, and again in check mode."""
    app.tag_order, app.no_tags = shown, no_tags
    other = TAGS if kind is ATTRS else ATTRS
    app.users = {one: {kind.name: start.get(one, kind.empty), other.name: other.before} for one in listed}
    before = kind.held(app)
    changed = [account for account in listed if before[account] != after[account]]
    sides = {"before": before, "after": after}
    diff = {side: {account: state[account] for account in changed} for side, state in sides.items()}
    prefix = PREFIXES[api]
    reads = [(f"{prefix}get_attr_name", None)] * (kind is ATTRS) + [(f"{prefix}{kind.get}", None)]
    sent = [(prefix + command, values) for command, values in writes]
    for check_mode, done in ((True, False), (True, False), (False, False), (False, True), (True, True)):
        simulator.log.clear()
        result = run(kind.ensure, connect(), check_mode, users=listed, api=api, **options)
        shows = {"before": {}, "after": {}} if done else diff
        assert result == {"changed": not done, "users": after, "diff": shows}
        assert kind.held(app) == (before if check_mode and not done else after)
        fields = ((entry["command"], json.loads(entry["body"]).get(kind.field)) for entry in simulator.log)
        found = [(command, users and {one["To_Account"]: one[kind.part] for one in users}) for command, users in fields]
        assert found == (reads if check_mode or done else [*reads, *sent, reads[-1]])
    assert other.held(app) == dict.fromkeys(listed, other.before)


@KINDS
@APIS
def test_info_reads_with_one_request(simulator, app, connect, kind, api):
    app.users = kind.users(["u1"])
    assert run(kind.info, connect(), users=["u1"], api=api) == {"changed": False, "users": {"u1": kind.before}}
    assert [entry["path"] for entry in simulator.log] == [f"v4/{api}/{PREFIXES[api]}{kind.get}"]


@KINDS
@pytest.mark.parametrize("text", VISIBLE)
def test_words_of_any_language_are_stored_unchanged(app, connect, kind, text):
    app.names, app.users = {"0": text}, {"u1": {}}
    wanted = {"u1": {text: text} if kind is ATTRS else [text]}
    assert run(kind.ensure, connect(), users=wanted)["users"] == kind.held(app) == wanted


# -- responses ----------------------------------------------------------------------------------------------------


def read(kind: Kind, **response) -> dict:
    return run(kind.info, tasks.client_of(tasks.Workers(lambda command, body: response)), users=["u1", "u2"])


def entries(kind: Kind, **values) -> dict:
    return {kind.field: [{"To_Account": account, kind.part: value} for account, value in values.items()]}


@KINDS
def test_a_response_is_matched_by_account(kind):
    listed = entries(kind, u2=kind.before, u1=kind.wanted, other=3)
    listed[kind.field] += [listed[kind.field][0], {"To_Account": "another"}]
    assert read(kind, **listed) == {"changed": False, "users": {"u1": kind.wanted, "u2": kind.before}}
    nothing = {kind.field: [{"To_Account": "u1"}, {"To_Account": "u2", kind.part: None}]}
    assert read(kind, **nothing)["users"] == {"u1": kind.empty, "u2": kind.empty}
    listed["ErrorList"] = [{"To_Account": "other", "ErrorCode": 1}, {"To_Account": "u1", "ErrorCode": 0}]
    assert "failed_users" not in read(kind, **listed)


@KINDS
@pytest.mark.parametrize("value", [3, "x", True, [3], [None], {"a": 3}, {"a": ["b"]}, {"\ud800": "x"}, ["\ud800"]])
def test_reject_values_of_another_type_in_a_response(kind, value):
    assert ": not a valid Chat API response: " in read(kind, **entries(kind, u1=value, u2=kind.before))["msg"]


def test_errors_of_users_are_shown_without_secrets_and_control_characters():
    listed = [
        {"To_Account": "u1", "ErrorCode": "70107", "ErrorInfo": "x\x1b the-secret\ud800"},
        {"To_Account": "u2", "ErrorCode": 3, "ErrorInfo": None},
    ]
    assert read(TAGS, ErrorList=listed)["failed_users"] == {
        "u1": {"error_code": 70107, "error_info": "x  ********"},
        "u2": {"error_code": 3, "error_info": ""},
    }


# -- accounts that the app does not contain -----------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize(("api", "unknown"), [(OLD, "error"), (OLD, "skip"), (OLD, "list"), (NEW, "list")])
def test_unknown_accounts_fail_before_anything_is_written(simulator, app, connect, kind, api, unknown):
    app.unknown_accounts = unknown
    known = some(240)
    app.users = kind.users(known)
    accounts = [*known[:150], "bob", *known[150:], "0123", "eve"]
    for operation, option in ((kind.ensure, dict.fromkeys(accounts, kind.wanted)), (kind.info, accounts)):
        for check_mode in (True, False):
            result = run(operation, connect(sleep=time.sleep), check_mode, users=option, api=api)
            assert result["failed"] and result["changed"] is False
            assert {one: why["error_code"] for one, why in result["failed_users"].items()} == dict.fromkeys(
                ["bob", "0123", "eve"], None if unknown == "skip" else 70107
            )
            assert "'bob', '0123', 'eve'" in result["msg"] and "identifier" not in result["msg"]
            assert result["users"] == dict.fromkeys(known, kind.before)
    assert app.writes == 0
    assert {command for command, _count in requests(simulator, app)} <= {"get_attr_name", kind.get}


@KINDS
@pytest.mark.parametrize("seed", range(5))
def test_another_error_while_unknown_accounts_are_searched_for(kind, seed):
    found: list[str] = []

    def answer(command, body):
        unknown = {"bob", "eve"}.intersection(body["To_Account"])
        if not unknown:
            return entries(kind, **dict.fromkeys(body["To_Account"], kind.before))
        if found:
            return tasks.rejection(70402)
        if len(body["To_Account"]) == 1:
            found.extend(unknown)
        return tasks.rejection(70107)

    client = tasks.client_of(tasks.Workers(answer, seed))
    result = run(kind.info, client, users=[*some(90), "bob", *some(100, 100), "eve"])
    assert result["error_code"] == 70402 and list(result["failed_users"]) == found and "users" not in result


@KINDS
def test_an_unknown_account_that_reads_as_empty_fails_when_it_is_read_back(simulator, app, connect, kind):
    app.unknown_accounts = "empty"
    app.users = kind.users(["u1"])
    assert run(kind.info, connect(), users=["bob"])["users"] == {"bob": kind.empty}
    result = run(kind.ensure, connect(), users={"u1": kind.wanted, "bob": kind.wanted}, exclusive=True)
    assert result["failed"] and result["changed"] is True and "for: 'bob'" in result["msg"]
    assert result["users"] == {"u1": kind.wanted, "bob": kind.empty} and kind.held(app) == {"u1": kind.wanted}
    assert result["users_wanted"] == {"bob": kind.wanted}


# -- requests and users that fail ---------------------------------------------------------------------------------

NONE: dict[str, Any] = {}


class Case(NamedTuple):
    """A task that gives u1 and u2 what is *wanted*, in place of what they have at the *start*; then, they have *held*.

    faults -- what the requests meet that "get", "remove" or "add", in turn
    failing -- users whom the service rejects in the requests of a step, with the code 90035
    gone -- accounts that another job removes while the task waits to send a request again
    settings, result, says -- those of the app, and a part of the result and of the message
    """

    held: tuple[str, str]
    result: dict[str, Any]
    faults: dict[str, list] = NONE
    failing: dict[str, str] = NONE
    gone: tuple[str, ...] = ()
    settings: dict[str, Any] = NONE
    start: str = "before"
    wanted: str = "wanted"
    says: str = ""


UNREAD = {"get": ["pass", "http", "http"]}  # what was written cannot be read back
BEFORE, EMPTY, WANTED = [(name, name) for name in ("before", "empty", "wanted")]
STRICT = {"remove_missing": "error"}  # the service rejects a removal of what is not there
AGAIN = "Run the task again to write the remaining users."
CUT = "the connection broke before the response was complete"
CASES = {
    "a user whose removal fails gets nothing more": Case(
        *(BEFORE, {"changed": False, "failed_users": {"u1": 90035, "u2": 90035}, "error_code": 90035, "writes": 0}),
        failing={"u1": "remove", "u2": "remove"},
        says="for: 'u1', 'u2'",
    ),
    "a user of whom only the removal is accepted": Case(
        ("empty", "wanted"), {"changed": True, "failed_users": {"u1": 90035}}, failing={"u1": "add"}
    ),
    "removals that show although every response was lost": Case(
        EMPTY, {"retried": {"times": 1, "reason": CUT}}, {"remove": ["cut_after"] * 2}, wanted="empty"
    ),
    "additions that show although every response was lost": Case(
        WANTED, {"retried": {"times": 1, "reason": CUT}}, {"add": ["cut_after"] * 2}, start="empty"
    ),
    "additions that may have been accepted and do not show": Case(
        *(EMPTY, {"changed": False, "command": "add", "tries": 2, "users_wanted": False}, {"add": ["cut_after"] * 2}),
        settings={"ignore_writes": True},
        start="empty",
        says=CUT,
    ),
    "additions that are accepted and do not show": Case(
        *(EMPTY, {"changed": True, "users_wanted": True}),
        settings={"ignore_writes": True},
        start="empty",
        says="does not return them when read back, for: 'u1', 'u2'",
    ),
    "additions that are lost after removals that were accepted": Case(
        EMPTY, {"changed": True, "command": "add", "tries": 2}, {"add": ["cut"] * 2}, says=CUT
    ),
    "additions that are lost, and users who cannot be read back": Case(
        EMPTY, {"changed": True, "command": "add", "users": None}, {"add": ["cut"] * 2, **UNREAD}
    ),
    "additions whose responses are lost, and users who cannot be read back": Case(
        WANTED, {"changed": True, "command": "add", "users": None}, {"add": ["cut_after"] * 2, **UNREAD}
    ),
    "reading back fails": Case(WANTED, {"changed": True, "command": "get", "http_status": 502, "users": None}, UNREAD),
    "a failure of the first read": Case(
        *(BEFORE, {"changed": False, "command": "get", "users": None, "failed_users": {}, "writes": 0}),
        {"get": ["http", "http"]},
    ),
    "a removal that the service rejects at its repetition, because it was applied": Case(
        WANTED, {"failed": None}, {"remove": ["cut_after"]}, settings=STRICT
    ),
    "a failure of reading back is not hidden by a removal that was applied": Case(
        *(
            EMPTY,
            {"changed": False, "command": "get", "tries": 2, "http_status": 502, "error_code": None, "users": None},
        ),
        {"remove": ["cut_after"], **UNREAD},
        settings=STRICT,
        wanted="empty",
    ),
    "a removal that was applied does not hide why another user failed": Case(
        *(("wanted", "empty"), {"changed": True, "failed_users": {"u2": 90035}, "error_code": 90035, "command": "add"}),
        *({"remove": ["cut_after"]}, {"u2": "add"}),
        settings=STRICT,
    ),
    "a removal that is rejected at its repetition and does not show": Case(
        BEFORE, {"changed": False, "error_code": 70402, "tries": 2}, {"remove": ["http", 70402]}, wanted="empty"
    ),
    "an addition that is rejected at its repetition": Case(
        *(EMPTY, {"changed": False, "error_code": 70402, "tries": 2, "failed_users": {}, "writes": 0}),
        {"add": ["http", 70402]},
        start="empty",
    ),
    "a removal that is sent again for an account that is gone names it": Case(
        *(("gone", "empty"), {"changed": True, "failed_users": {"u1": 70107}}, {"remove": [60008]}),
        gone=("u1",),
        wanted="empty",
        says="error 70107, account does not exist",
    ),
    "nothing is changed if all accounts are gone when their removal is sent again": Case(
        *(("gone", "gone"), {"changed": False, "failed_users": {"u1": 70107, "u2": 70107}, "users": {}, "writes": 0}),
        {"remove": [60008]},
        gone=("u1", "u2"),
        wanted="empty",
    ),
    "a removal that was applied although another account is gone at its repetition": Case(
        *(("gone", "wanted"), {"changed": True, "failed_users": {"u1": 70107}}, {"remove": ["cut_after"]}),
        gone=("u1",),
        settings=STRICT,
    ),
}


@KINDS
@APIS
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_result_is_what_users_have_then_and_a_second_run_does_the_rest(simulator, app, connect, kind, api, case):
    def users(values) -> dict:
        return {one: getattr(kind, value) for one, value in zip(("u1", "u2"), values) if value != "gone"}

    commands = {PREFIXES[api] + getattr(kind, step): step for step in ("get", "remove", "add")}
    app.change(case.settings)
    app.users = {one: {kind.name: value} for one, value in users([case.start] * 2).items()}
    for command, step in commands.items():
        queue(simulator, app, command, *case.faults.get(step, ()))
        failing = {"code": 90035, "commands": [command]}
        app.failing_users.update({one: failing for one, where in case.failing.items() if where == step})
    client = connect(retries=1)
    pause = client.sleep
    client.sleep = lambda seconds: ([app.users.pop(one, None) for one in case.gone], pause(seconds))
    wanted, held = users([case.wanted] * 2), users(case.held)
    result = run(kind.ensure, client, users=wanted, api=api, exclusive=True)
    assert kind.held(app) == held and result.get("users") == case.result.get("users", held)
    assert result.get("users_wanted", wanted) == wanted and result.get("failed_users") != {}
    found = {
        **result,
        "command": commands.get(result.get("command")),
        "failed_users": {one: why["error_code"] for one, why in result.get("failed_users", {}).items()},
        "users_wanted": "users_wanted" in result,
        "writes": app.writes,
    }
    assert {name: found.get(name) for name in case.result} == case.result and case.says in result.get("msg", "")
    if result.get("failed"):
        assert (AGAIN in result["msg"]) is (result["changed"] and "users_wanted" not in result)
    else:
        assert result["changed"] and result["diff"] == {"before": users([case.start] * 2), "after": held}
    app.change({"failing_users": {}, "ignore_writes": False})
    wanted = {one: value for one, value in wanted.items() if one in held}
    again = run(kind.ensure, connect(), users=wanted, api=api, exclusive=True)
    assert kind.held(app) == again["users"] == wanted
    assert list(again["diff"]["after"]) == [one for one in held if held[one] != wanted[one]]


@KINDS
def test_only_users_whose_write_does_not_show_are_read_again(simulator, app, connect, kind):
    app.users = kind.users(some(150))
    queue(simulator, app, f"im_{kind.get}", "pass", "pass", "stale")
    result = run(kind.ensure, connect(), users=dict.fromkeys(some(150), kind.wanted))
    assert result["changed"] is True
    reads = [entry for entry in simulator.log if entry["command"] == f"im_{kind.get}"]
    assert sorted(len(json.loads(entry["body"])["To_Account"]) for entry in reads[:4]) == [50, 50, 100, 100]
    (stale,) = [entry for entry in reads if entry["fault"] == "stale"]
    assert [entry["body"] for entry in reads[4:]] == [stale["body"]]


# -- many users ---------------------------------------------------------------------------------------------------


@pytest.fixture
def latency(simulator):
    """Let each response take as long as over a network, so that requests overlap."""
    simulator.latency = 0.1
    yield
    simulator.latency = 0.0


def assert_losses_come_first(simulator, app, kind) -> None:
    """Each user's removals were answered before its additions arrived."""
    removed: dict[str, float] = {}
    for entry in simulator.requests(app.sdkappid):
        accounts = [one["To_Account"] for one in json.loads(entry["body"]).get(kind.field, ())]
        if entry["command"].endswith(kind.remove):
            removed.update(dict.fromkeys(accounts, entry["ended"]))
        elif entry["command"].endswith(kind.add):
            assert all(removed[account] <= entry["at"] for account in accounts)
    assert removed


@KINDS
@APIS
@pytest.mark.parametrize("order", ["request", "shuffled"])
def test_users_are_read_and_written_a_hundred_at_a_time(simulator, app, connect, kind, api, order):
    accounts = some(250)
    app.answer_order = order
    app.users = {**kind.users(accounts[:130]), **kind.users(accounts[130:], kind.wanted)}
    values = dict.fromkeys(accounts, kind.wanted)
    result = run(kind.ensure, connect(), users=values, api=api, exclusive=True)
    assert result["changed"] is True and result["users"] == values == kind.held(app)
    assert list(result["users"]) == accounts
    sides = {"before": kind.before, "after": kind.wanted}
    assert result["diff"] == {side: dict.fromkeys(accounts[:130], value) for side, value in sides.items()}
    names = [("get_attr_name", 0)] * (kind is ATTRS)
    reads = [(kind.get, count) for count in (100, 100, 50)]
    writes = [(kind.remove, 100), (kind.add, 100), (kind.remove, 30), (kind.add, 30)]
    # All of one kind of request are there before the first of the next kind, but their own order is not fixed.
    found = requests(simulator, app)
    for part in (names, reads, writes, [(kind.get, 100), (kind.get, 30)]):
        assert Counter(found[: len(part)]) == Counter(part)
        del found[: len(part)]
    assert found == []
    assert_losses_come_first(simulator, app, kind)
    assert all(entry["path"].startswith(f"v4/{api}/") for entry in simulator.log)
    simulator.log.clear()
    result = run(kind.ensure, connect(), users=values, api=api, exclusive=True)
    assert result == {"changed": False, "users": values, "diff": {"before": {}, "after": {}}}
    assert Counter(requests(simulator, app)) == Counter([*names, *reads])


@KINDS
def test_ten_thousand_users_half_of_whom_differ(simulator, app, connect, kind):
    accounts = some(10_000)
    app.users = {**kind.users(accounts[::2]), **kind.users(accounts[1::2], kind.wanted)}
    wanted = dict.fromkeys(accounts, kind.wanted)
    result = run(kind.ensure, connect(sleep=time.sleep), users=wanted, exclusive=True)
    assert result["changed"] is True and kind.held(app) == result["users"] == wanted, result.get("msg")
    assert list(result["users"]) == accounts and len(result["diff"]["after"]) == 5000
    assert len(simulator.log) <= 3 * 100 + 2
    assert max(simulator.busiest(app.sdkappid).values()) <= 100
    assert simulator.most_open(app.sdkappid) <= MOST >= simulator.connections(app.sdkappid)
    assert_losses_come_first(simulator, app, kind)
    assert 60011 not in [entry["answered"] for entry in simulator.log]  # over the rate limit
    assert max(count for _command, count in requests(simulator, app)) == 100


PEAK = """
import json, pathlib, sys
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Context
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import Workers
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import user_attrs, user_tags
operation = {"attrs": user_attrs.ENSURE, "tags": user_tags.ENSURE}[sys.argv[1]]
options = ArgumentSpecValidator(**operation.arguments).validate(json.load(sys.stdin)).validated_parameters
given = {name: value for name, value in options.items() if value is not None}
result = operation.perform(options, operation.parse(given), False, Context(Workers()))
status = pathlib.Path("/proc/self/status").read_text()
print(json.dumps([result["changed"], int(status.partition("VmHWM:")[2].split()[0])]))
"""


def peak_memory(simulator, app, kind: Kind, accounts: list[str]) -> int:
    """Return the KiB of a process of its own that gives all *accounts* what every other one has."""
    app.users = {**kind.users(accounts[::2]), **kind.users(accounts[1::2], kind.wanted)}
    options = {"region": "china", "api_url": simulator.https_url, "ca_path": simulator.ca_file, "exclusive": True}
    options.update(sdkappid=app.sdkappid, secret_key=app.secret_key, users=dict.fromkeys(accounts, kind.wanted))
    command, environment = (
        [sys.executable, "-c", PEAK, kind.name],
        {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    output = subprocess.check_output(command, input=json.dumps(options), env=environment, text=True)
    changed, peak = json.loads(output)
    assert changed and kind.held(app) == dict.fromkeys(accounts, kind.wanted)
    return peak


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux shows the peak memory of a process")
@KINDS
def test_ten_thousand_users_take_less_than_half_more_memory_than_one(simulator, app, kind):
    one, many = (peak_memory(simulator, app, kind, some(count)) for count in (1, 10_000))
    assert many < 1.5 * one


@KINDS
@pytest.mark.parametrize(
    ("step", "fault"),
    [*(("remove", fault) for fault in (70402, "cut", "cut_after", "garbage")), ("add", 70402), ("add", "cut")],
)
def test_what_was_under_way_when_a_request_failed_is_read_back(simulator, app, connect, latency, kind, step, fault):
    app.users, command = kind.users(some(1200)), f"im_{getattr(kind, step)}"
    wanted = dict.fromkeys(some(1200), kind.wanted)
    queue(simulator, app, command, "pass", "pass", fault)
    result = run(kind.ensure, connect(retries=0), users=wanted, exclusive=True)
    assert result["failed"] and result["changed"] is True and (result["command"], result["tries"]) == (command, 1)
    assert result["users"] == kind.held(app) and list(result["users"]) == some(1200)
    assert "failed_users" not in result and result["msg"].endswith(AGAIN)
    assert 2 <= simulator.most_open(app.sdkappid) <= MOST
    assert_losses_come_first(simulator, app, kind)
    rest = [account for account, value in result["users"].items() if value != kind.wanted]
    again = run(kind.ensure, connect(), users=wanted, exclusive=True)
    assert again["users"] == wanted == kind.held(app) and list(again["diff"]["after"]) == rest != []
