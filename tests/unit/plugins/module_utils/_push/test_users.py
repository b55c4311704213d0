# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests for what attributes and tags of users share: accounts, batches, responses, and users who fail."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any, NamedTuple

import pytest
import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Operation
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import user_attrs, user_tags
from hypothesis import given
from hypothesis import strategies as st
from tasks import run

OLD, NEW = "all_member_push", "timpush"


class Kind(NamedTuple):
    """One of the two subjects: its name in the simulator, and values that differ in a removal and an addition."""

    name: str
    ensure: Operation
    info: Operation
    before: Any
    wanted: Any

    @property
    def noun(self) -> str:
        """Return the end of the names of its commands."""
        return self.name.rstrip("s")

    @property
    def add(self) -> str:
        return "set_attr" if self.name == "attrs" else "add_tag"

    def users(self, accounts, value=None) -> dict:
        """Users of the simulator, who have *value*."""
        return {account: {self.name: self.before if value is None else value} for account in accounts}

    def held(self, app) -> dict:
        """Return the attributes or tags of the users of *app*."""
        return {
            account: sorted(user.get("tags", [])) if self.name == "tags" else user.get("attrs", {})
            for account, user in app.users.items()
        }


ATTRS = Kind("attrs", user_attrs.ENSURE, user_attrs.INFO, {"old": "1"}, {"new": "2"})
TAGS = Kind("tags", user_tags.ENSURE, user_tags.INFO, ["old"], ["new"])
KINDS = pytest.mark.parametrize("kind", [ATTRS, TAGS], ids=lambda kind: kind.name)
APIS = pytest.mark.parametrize("api", [OLD, NEW])
FIELDS = {"attrs": ("UserAttrs", "Attrs"), "tags": ("UserTags", "Tags")}


def requests(simulator, app) -> list:
    """The requests: the command without "im_", and how many users it is for."""
    found = []
    for entry in simulator.requests(app.sdkappid):
        body = json.loads(entry["body"])
        count = len(next(iter(body.values()))) if body else 0
        found.append((entry["command"].removeprefix("im_"), count))
    return found


def some(count: int, start: int = 0) -> list[str]:
    return [f"u{number:05}" for number in range(start, start + count)]


@pytest.fixture
def app(app):
    app.names = {"0": "old", "1": "new"}
    return app


# -- options ------------------------------------------------------------------------------------------------------

ACCOUNTS = [
    (83, "must be a string, not a number: 83"),
    (None, "must be a string, not null"),
    ("", "a user ID is empty: ''"),
    (" u1", "user ID ' u1' starts with a space (U+0020)"),
    ("u\n1", "contains the invisible character U+000A"),
]
LISTS = [
    ("u1", "users must be a list, not a string: 'u1'"),
]
MAPS = [
    ("u1", "users must be a map, not a string: 'u1'"),
]


@KINDS
@pytest.mark.parametrize(("account", "part"), ACCOUNTS)
def test_reject_accounts_before_the_first_request(simulator, app, connect, kind, account, part):
    for operation, option in ((kind.ensure, {account: kind.wanted}), (kind.info, [account])):
        assert part in run(operation, connect(), users=option)["msg"]
    assert simulator.log == []


@KINDS
def test_reject_other_types_before_the_first_request(simulator, app, connect, kind):
    for operation, table in ((kind.ensure, MAPS), (kind.info, LISTS)):
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


# -- responses ----------------------------------------------------------------------------------------------------


def answering(answer, seed=None):
    """Return a client of a service that *answer* stands for."""
    return tasks.client_of(tasks.Workers(answer, seed))


def read(kind: Kind, **response) -> dict:
    return run(kind.info, answering(lambda command, body: response), users=["u1", "u2"])


def entries(kind: Kind, **values) -> dict:
    field, part = FIELDS[kind.name]
    return {field: [{"To_Account": account, part: value} for account, value in values.items()]}


@KINDS
def test_a_response_is_matched_by_account(kind):
    field, part = FIELDS[kind.name]
    empty = type(kind.before)()
    listed = entries(kind, u2=kind.before, u1=kind.wanted, other=3)
    listed[field] += [listed[field][0], {"To_Account": "another"}]
    assert read(kind, **listed)["users"] == {"u1": kind.wanted, "u2": kind.before}
    assert read(kind, **{field: [{"To_Account": "u1"}, {"To_Account": "u2", part: None}]})["users"] == {
        "u1": empty,
        "u2": empty,
    }
    listed["ErrorList"] = [{"To_Account": "other", "ErrorCode": 1}, {"To_Account": "u1", "ErrorCode": 0}]
    assert "failed_users" not in read(kind, **listed)


INVALID = [3, "x", {"u1": 1}, [3], [None], [[]], [{}], [{"To_Account": None}], [{"To_Account": 1}]]


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


VALUES = {
    "attrs": st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3),
    "tags": st.lists(st.text(max_size=3), unique=True, max_size=3).map(sorted),
}


@KINDS
@given(data=st.data())
def test_any_response_of_the_right_shape_is_understood_and_any_other_one_is_rejected(kind, data):
    wanted = {account: data.draw(VALUES[kind.name]) for account in data.draw(st.permutations(["u1", "u2"]))}
    field, part = FIELDS[kind.name]
    response = entries(kind, **wanted)
    succeeded = [
        {"To_Account": account, "ErrorCode": 0} for account in data.draw(st.lists(st.sampled_from(sorted(wanted))))
    ]
    assert read(kind, **response, ErrorList=succeeded) == {"changed": False, "users": wanted}
    entry, wrong = response[field][0], data.draw(st.sampled_from([3, True, [3], {"a": 3}]))
    for corrupted in (
        {field: data.draw(st.sampled_from(INVALID))},
        {**response, "ErrorList": data.draw(st.sampled_from(INVALID))},
        {field: [{**entry, part: wrong}, *response[field][1:]]},
        {field: [{**entry, "To_Account": wrong}, *response[field][1:]]},
    ):
        assert ": not a valid Chat API response: " in read(kind, **corrupted)["msg"]
    assert list(read(kind, **{field: response[field][1:]})["failed_users"]) == [entry["To_Account"]]


# -- accounts that the app does not contain -----------------------------------------------------------------------

UNKNOWN = pytest.mark.parametrize(("api", "unknown"), [(OLD, "error"), (OLD, "skip"), (OLD, "list"), (NEW, "list")])


@KINDS
@UNKNOWN
def test_unknown_accounts_fail_before_anything_is_written(simulator, app, connect, kind, api, unknown):
    app.unknown_accounts = unknown
    known = some(240)
    app.users = kind.users(known)
    accounts = [*known[:150], "bob", *known[150:], "0123", "eve"]
    for operation, option in ((kind.ensure, dict.fromkeys(accounts, kind.wanted)), (kind.info, accounts)):
        for check_mode in (True, False):
            result = run(operation, connect(sleep=time.sleep), check_mode, users=option, api=api)
            assert result["failed"] and result["changed"] is False
            assert set(result["failed_users"]) == {"bob", "0123", "eve"}
            assert {failure["error_code"] for failure in result["failed_users"].values()} == (
                {None} if unknown == "skip" else {70107}
            )
            assert "'bob', '0123', 'eve'" in result["msg"] and "identifier" not in result["msg"]
            assert result["users"] == dict.fromkeys(known, kind.before)
    assert app.writes == 0
    assert {command for command, _count in requests(simulator, app)} <= {"get_attr_name", f"get_{kind.noun}"}


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

    result = run(kind.info, answering(answer, seed), users=[*some(90), "bob", *some(100, 100), "eve"])
    assert result["error_code"] == 70402 and list(result["failed_users"]) == found and "users" not in result


@KINDS
def test_an_unknown_account_that_reads_as_empty_fails_when_it_is_read_back(simulator, app, connect, kind):
    app.unknown_accounts = "empty"
    app.users = kind.users(["u1"])
    assert run(kind.info, connect(), users=["bob"])["users"] == {"bob": type(kind.before)()}
    result = run(kind.ensure, connect(), users={"u1": kind.wanted, "bob": kind.wanted}, exclusive=True)
    assert result["failed"] and result["changed"] is True
    assert result["users"] == {"u1": kind.wanted, "bob": type(kind.before)()}
    assert result["users_wanted"] == {"bob": kind.wanted}
    assert "for: 'bob'" in result["msg"]
    assert kind.held(app) == {"u1": kind.wanted}


# -- users whom the service rejects when they are written ---------------------------------------------------------


@KINDS
@APIS
def test_a_second_run_writes_the_users_who_failed(simulator, app, connect, kind, api):
    app.users = kind.users(some(120))
    app.failing_users = {"u00001": 90035, "u00110": 12345}
    wanted = dict.fromkeys(some(120), kind.wanted)
    assert run(kind.ensure, connect(), True, users=wanted, api=api, exclusive=True)["users"] == wanted
    result = run(kind.ensure, connect(), users=wanted, api=api, exclusive=True)
    now = {**wanted, "u00001": kind.before, "u00110": kind.before}
    assert result["failed"] and result["changed"] is True
    assert result["users"] == now == kind.held(app)
    assert {account: failure["error_code"] for account, failure in result["failed_users"].items()} == app.failing_users
    for part in ("error 90035,", "for: 'u00001'; error 12345,", "for: 'u00110'.", "write the remaining users."):
        assert part in result["msg"]
    app.failing_users = {}
    simulator.log.clear()
    result = run(kind.ensure, connect(), users=wanted, api=api, exclusive=True)
    assert result["users"] == wanted == kind.held(app)
    assert set(result["diff"]["after"]) == {"u00001", "u00110"}
    assert (kind.add, 2) in requests(simulator, app) and (kind.add, 100) not in requests(simulator, app)


@KINDS
def test_changed_is_false_if_every_user_fails(simulator, app, connect, kind):
    app.users = kind.users(["u1", "u2"])
    app.failing_users = {"u1": 90035, "u2": 90035}
    result = run(kind.ensure, connect(), users={"u1": kind.wanted, "u2": kind.wanted})
    assert result["failed"] and result["changed"] is False and app.writes == 0
    assert result["users"] == kind.held(app) and set(result["failed_users"]) == {"u1", "u2"}
    assert "Run the task again" not in result["msg"]


@KINDS
def test_a_user_of_whom_only_the_removal_is_accepted(simulator, app, connect, kind):
    app.users = kind.users(["u1", "u2"])
    app.failing_users = {"u1": {"code": 90035, "commands": [f"im_{kind.add}"]}}
    result = run(kind.ensure, connect(), users={"u1": kind.wanted, "u2": kind.wanted}, exclusive=True)
    assert result["failed"] and result["changed"] is True and set(result["failed_users"]) == {"u1"}
    assert result["users"] == kind.held(app) == {"u1": type(kind.before)(), "u2": kind.wanted}


@KINDS
def test_a_user_whose_removal_fails_gets_nothing_more(simulator, app, connect, kind):
    app.users = kind.users(["u1"])
    app.failing_users = {"u1": {"code": 90035, "commands": [f"im_remove_{kind.noun}"]}}
    result = run(kind.ensure, connect(), users={"u1": kind.wanted}, exclusive=True)
    assert result["users"] == kind.held(app) == {"u1": kind.before}
    assert result["changed"] is False
    commands = [command for command, _count in requests(simulator, app) if "name" not in command]
    assert commands == [f"get_{kind.noun}", f"remove_{kind.noun}"]


# -- requests that fail -------------------------------------------------------------------------------------------


def harmless(simulator, app, command: str, times: int = 1) -> None:
    """Let the next requests of *command* pass, before the faults that are queued after this."""
    simulator.fail(app.sdkappid, "slow", seconds=0.0, command=command, times=times)


@KINDS
def test_a_request_that_is_rejected_ends_the_task(simulator, app, connect, kind):
    app.users = kind.users(some(1200))
    wanted = dict.fromkeys(some(1200), kind.wanted)
    harmless(simulator, app, f"im_{kind.add}")
    simulator.fail(app.sdkappid, "code", code=70402, command=f"im_{kind.add}")
    result = run(kind.ensure, connect(), users=wanted, exclusive=True)
    assert result["failed"] and result["changed"] is True and "failed_users" not in result
    assert (result["error_code"], result["command"], result["tries"]) == (70402, f"im_{kind.add}", 1)
    assert result["users"] == kind.held(app) and list(result["users"]) == some(1200)
    # Some have everything, those of the rejected request lost only what they had before, and others are as before.
    # A batch whose additions were not under way yet did not get them, and one that had not begun did not lose anything.
    found = Counter(map(str, result["users"].values()))
    assert set(found) <= {str(kind.wanted), str(type(kind.before)()), str(kind.before)}
    assert found[str(kind.wanted)] >= 100 and found[str(type(kind.before)())] >= 100
    assert result["msg"].endswith("Run the task again to write the remaining users.")
    simulator.log.clear()
    remaining = len([1 for value in result["users"].values() if value != kind.wanted])
    result = run(kind.ensure, connect(), users=wanted, exclusive=True)
    assert result["users"] == wanted == kind.held(app) and len(result["diff"]["after"]) == remaining


@KINDS
@APIS
@pytest.mark.parametrize("step", ["remove", "add"])
def test_a_write_that_shows_is_a_success_although_every_response_was_lost(simulator, app, connect, kind, api, step):
    app.users = kind.users(some(150))
    prefix = "im_" if api == OLD else ""
    command = f"{prefix}remove_{kind.noun}" if step == "remove" else f"{prefix}{kind.add}"
    after = type(kind.before)() if step == "remove" else kind.wanted
    app.users = kind.users(some(150)) if step == "remove" else kind.users(some(150), type(kind.before)())
    start = kind.held(app)
    simulator.fail(app.sdkappid, "cut_after", times=4, command=command)
    wanted = dict.fromkeys(some(150), after)
    result = run(kind.ensure, connect(retries=1), users=wanted, api=api, exclusive=True)
    assert result == {
        "changed": True,
        "users": wanted,
        "diff": {"before": start, "after": wanted},
        "retried": {"times": 2, "reason": "the connection broke before the response was complete"},
    }
    assert kind.held(app) == wanted
    assert run(kind.ensure, connect(), users=wanted, api=api, exclusive=True)["changed"] is False


@KINDS
def test_a_write_that_may_have_been_accepted_and_does_not_show(simulator, app, connect, kind):
    app.users = kind.users(["u1"])
    app.ignore_writes = True
    simulator.fail(app.sdkappid, "cut_after", times=2, command=f"im_{kind.add}")
    result = run(kind.ensure, connect(retries=1), users={"u1": kind.wanted})
    assert result["failed"] and result["changed"] is False
    assert (result["command"], result["tries"]) == (f"im_{kind.add}", 2)
    assert "the connection broke before the response was complete" in result["msg"]
    assert result["users"] == kind.held(app) == {"u1": kind.before} and "users_wanted" not in result


@KINDS
def test_users_who_were_written_before_one_that_was_lost_are_a_change(simulator, app, connect, kind):
    """The removal was accepted; the addition was lost, and is not there."""
    app.users = kind.users(["u1"])
    simulator.fail(app.sdkappid, "cut", times=2, command=f"im_{kind.add}")
    result = run(kind.ensure, connect(retries=1), users={"u1": kind.wanted}, exclusive=True)
    assert result["failed"] and result["changed"] is True
    assert (result["command"], result["tries"]) == (f"im_{kind.add}", 2)
    assert result["users"] == kind.held(app) == {"u1": type(kind.before)()}


@KINDS
@pytest.mark.parametrize("fault", ["cut", "cut_after"])
def test_users_are_left_out_if_they_cannot_be_read_back(simulator, app, connect, kind, fault):
    app.users = kind.users(some(150))
    harmless(simulator, app, f"im_{kind.add}")
    simulator.fail(app.sdkappid, fault, command=f"im_{kind.add}")
    harmless(simulator, app, f"im_get_{kind.noun}", times=2)
    simulator.fail(app.sdkappid, "http", times=9, command=f"im_get_{kind.noun}")
    result = run(kind.ensure, connect(retries=0), users=dict.fromkeys(some(150), kind.wanted))
    assert result["failed"] and result["changed"] is True and "users" not in result
    assert result["command"] == f"im_{kind.add}"


@KINDS
def test_reading_back_again_has_only_the_time_that_is_left(simulator, app, connect, kind):
    app.users = kind.users(["u1"])
    app.ignore_writes = True
    pauses: list[float] = []
    client = connect(timeout=5, retries=0, clock=lambda: 0.0, sleep=pauses.append)  # each part may take 15 seconds
    run(kind.ensure, client, users={"u1": kind.wanted})
    commands = [command for command, _count in requests(simulator, app)]
    assert commands[-6:] == [kind.add, *[f"get_{kind.noun}"] * 5] and len(pauses) == 4
    assert client.time_left() == 15 * (len(commands) - 4)


@KINDS
def test_a_failure_of_reading_back_is_reported(simulator, app, connect, kind):
    app.users = kind.users(["u1"])
    harmless(simulator, app, f"im_get_{kind.noun}")
    simulator.fail(app.sdkappid, "http", command=f"im_get_{kind.noun}")
    result = run(kind.ensure, connect(retries=0), users={"u1": kind.wanted}, exclusive=True)
    assert result["failed"] and result["changed"] is True and result["http_status"] == 502
    assert result["command"] == f"im_get_{kind.noun}" and "users" not in result
    assert kind.held(app) == {"u1": kind.wanted}


@KINDS
def test_the_result_omits_users_who_were_not_read(simulator, app, connect, kind):
    app.users = kind.users(["u1"])
    simulator.fail(app.sdkappid, "http", command=f"im_get_{kind.noun}")
    result = run(kind.ensure, connect(retries=0), users={"u1": kind.wanted})
    assert result["failed"] and result["changed"] is False and not {"users", "failed_users"} & set(result)


# -- reading back -------------------------------------------------------------------------------------------------


@KINDS
@APIS
def test_a_write_that_does_not_show(simulator, app, connect, kind, api):
    app.users = {**kind.users(["u1"]), **kind.users(["u2"], kind.wanted)}
    app.ignore_writes = True
    client = connect()
    result = run(kind.ensure, client, users={"u1": kind.wanted, "u2": kind.wanted}, api=api, exclusive=True)
    assert result["failed"] and result["changed"] is True
    assert result["users"] == {"u1": kind.before, "u2": kind.wanted}
    assert result["users_wanted"] == {"u1": kind.wanted}
    assert client.pauses == [0.25, 0.5, 1.0, 2.0]
    prefix = "im_" if api == OLD else ""
    reads = [entry for entry in simulator.log if entry["command"] == f"{prefix}get_{kind.noun}"]
    assert len(reads) == 1 + 1 + len(client.pauses)


@KINDS
def test_only_users_whose_write_does_not_show_are_read_again(simulator, app, connect, kind):
    app.users = kind.users(some(150))
    harmless(simulator, app, f"im_get_{kind.noun}", times=2)
    simulator.fail(app.sdkappid, "stale", command=f"im_get_{kind.noun}")
    result = run(kind.ensure, connect(), users=dict.fromkeys(some(150), kind.wanted))
    assert result["changed"] is True
    reads = [entry for entry in simulator.log if entry["command"] == f"im_get_{kind.noun}"]
    assert sorted(len(json.loads(entry["body"])["To_Account"]) for entry in reads[:4]) == [50, 50, 100, 100]
    (stale,) = [entry for entry in reads if entry["fault"] == "stale"]
    assert [entry["body"] for entry in reads[4:]] == [stale["body"]]


# -- removing what is gone ----------------------------------------------------------------------------------------


@KINDS
@APIS
def test_a_removal_that_is_repeated_after_a_lost_response(simulator, app, connect, kind, api):
    """The service may reject the second attempt, because nothing is left to remove."""
    app.users = kind.users(["u1"])
    app.remove_missing = "error"
    prefix = "im_" if api == OLD else ""
    simulator.fail(app.sdkappid, "cut_after", command=f"{prefix}remove_{kind.noun}")
    result = run(kind.ensure, connect(), users={"u1": kind.wanted}, api=api, exclusive=True)
    assert result.get("msg") is None
    assert result["users"] == kind.held(app) == {"u1": kind.wanted}


@KINDS
@APIS
def test_a_failure_of_reading_back_is_not_hidden_by_a_removal_that_was_applied(simulator, app, connect, kind, api):
    """The response to the removal is lost, and its repetition says that there is nothing to remove."""
    app.users = kind.users(["u1"])
    app.remove_missing = "error"
    prefix = "im_" if api == OLD else ""
    simulator.fail(app.sdkappid, "cut_after", command=f"{prefix}remove_{kind.noun}")
    harmless(simulator, app, f"{prefix}get_{kind.noun}")
    simulator.fail(app.sdkappid, "http", times=2, command=f"{prefix}get_{kind.noun}")
    result = run(kind.ensure, connect(retries=1), users={"u1": type(kind.before)()}, api=api, exclusive=True)
    assert result["failed"] and "error_code" not in result and "users" not in result
    assert (result["command"], result["tries"], result["http_status"]) == (f"{prefix}get_{kind.noun}", 2, 502)
    assert kind.held(app) == {"u1": type(kind.before)()}
    answered = [entry["answered"] for entry in simulator.log if entry["command"].endswith(f"remove_{kind.noun}")]
    assert answered == [0, 90033 if kind is ATTRS else 70402]


@KINDS
@pytest.mark.parametrize("code", [70107, 90012, 90048])
def test_a_removal_that_is_sent_again_for_an_account_that_is_gone_names_it(simulator, app, connect, kind, code):
    app.users = kind.users(["u1", "u2", "u3"])
    app.account_error = code
    simulator.fail(app.sdkappid, "code", code=60008, command=f"im_remove_{kind.noun}")
    client = connect()
    pause = client.sleep
    client.sleep = lambda seconds: (app.users.pop("u1", None), pause(seconds))
    result = run(kind.ensure, client, users=dict.fromkeys(["u1", "u2", "u3"], type(kind.before)()), exclusive=True)
    assert set(result["failed_users"]) == {"u1"} and result["failed_users"]["u1"]["error_code"] == code
    assert f"error {code}, account does not exist" in result["msg"] and "for: 'u1'" in result["msg"]
    assert result["failed"] and result["changed"] is True
    assert result["users"] == kind.held(app) == dict.fromkeys(["u2", "u3"], type(kind.before)())


@KINDS
def test_nothing_is_changed_if_the_only_account_is_gone_when_its_removal_is_sent_again(simulator, app, connect, kind):
    app.users = kind.users(["u1"])
    simulator.fail(app.sdkappid, "code", code=60008, command=f"im_remove_{kind.noun}")
    client = connect()
    pause = client.sleep
    client.sleep = lambda seconds: (app.users.pop("u1", None), pause(seconds))
    result = run(kind.ensure, client, users={"u1": type(kind.before)()}, exclusive=True)
    assert result["failed"] and set(result["failed_users"]) == {"u1"} and result["users"] == {}
    assert result["changed"] is False and app.writes == 0


@KINDS
def test_a_removal_that_was_applied_although_another_account_is_gone_at_its_repetition(simulator, app, connect, kind):
    """The parts of the repetition are rejected, because nothing is left to remove; reading back decides."""
    app.users = kind.users(["u1", "u2"])
    app.remove_missing = "error"
    simulator.fail(app.sdkappid, "cut_after", command=f"im_remove_{kind.noun}")
    client = connect()
    pause = client.sleep
    client.sleep = lambda seconds: (app.users.pop("u1", None), pause(seconds))
    result = run(kind.ensure, client, users=dict.fromkeys(["u1", "u2"], kind.wanted), exclusive=True)
    assert set(result["failed_users"]) == {"u1"} and result["command"] == f"im_remove_{kind.noun}"
    assert result["users"] == kind.held(app) == {"u2": kind.wanted} and result["changed"] is True


@KINDS
def test_a_removal_that_was_applied_does_not_hide_why_another_user_failed(simulator, app, connect, kind):
    app.users = kind.users(["u1", "u2"])
    app.remove_missing = "error"
    app.failing_users = {"u2": {"code": 90035, "commands": [f"im_{kind.add}"]}}
    simulator.fail(app.sdkappid, "cut_after", command=f"im_remove_{kind.noun}")
    result = run(kind.ensure, connect(), users=dict.fromkeys(["u1", "u2"], kind.wanted), exclusive=True)
    assert set(result["failed_users"]) == {"u2"} and result["error_code"] == 90035
    assert f"im_{kind.add} for app {app.sdkappid} at " in result["msg"] and result["changed"] is True
    assert result["users"] == kind.held(app) == {"u1": kind.wanted, "u2": type(kind.before)()}


@KINDS
def test_a_removal_that_is_rejected_and_does_not_show(simulator, app, connect, kind):
    app.users = kind.users(["u1"])
    command = f"im_remove_{kind.noun}"
    simulator.fail(app.sdkappid, "http", command=command)
    simulator.fail(app.sdkappid, "code", code=70402, command=command)
    result = run(kind.ensure, connect(), users={"u1": type(kind.before)()}, exclusive=True)
    assert result["failed"] and result["changed"] is False
    assert (result["error_code"], result["tries"]) == (70402, 2)
    assert result["users"] == kind.held(app) == {"u1": kind.before}


@KINDS
def test_an_addition_that_is_rejected_at_the_second_attempt_is_a_failure(simulator, app, connect, kind):
    """Unlike a removal, an addition that was applied before is not rejected because of that."""
    app.users = kind.users(some(50), type(kind.before)())
    simulator.fail(app.sdkappid, "http", command=f"im_{kind.add}")
    simulator.fail(app.sdkappid, "code", code=70402, command=f"im_{kind.add}")
    result = run(kind.ensure, connect(), users=dict.fromkeys(some(50), kind.wanted))
    assert (result["error_code"], result["tries"], result["changed"]) == (70402, 2, False)
    assert result["users"] == kind.held(app) and "failed_users" not in result
    assert requests(simulator, app).count((kind.add, 50)) == 2 and app.writes == 0
