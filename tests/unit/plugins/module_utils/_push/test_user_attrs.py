# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes of users: what is rejected, what is planned, and each transition against the simulator."""

from __future__ import annotations

import json
from itertools import chain

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import user_attrs
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.user_attrs import (
    ENSURE,
    INFO,
    parse_option,
    plan_attrs,
)
from hypothesis import given
from hypothesis import strategies as st
from tasks import run
from test_texts import INVISIBLE, VISIBLE
from test_users import APIS, ATTRS

REJECTED = [
    ({"u1": None}, "users: the attributes of user 'u1' must be a map, not null"),
    ({"u1": "city"}, "users: the attributes of user 'u1' must be a map, not a string: 'city'."),
    ({"u1": {1: "x"}}, "users: an attribute name of user 'u1' must be a string, not a number: 1"),
    ({"u1": {"": "x"}}, "an attribute name of user 'u1' is empty: ''"),
    (
        {"u1": {"city": 2024}},
        "users: attribute 'city' of user 'u1' must be a string, not a number: 2024",
    ),
    ({"u1": {"city": ""}}, "is empty: ''"),
    *(({"u1": {text: "x"}}, f"users: an attribute name of user 'u1' {part}") for text, part in INVISIBLE),
    *(({"u1": {"city": text}}, f"users: attribute 'city' of user 'u1' {part}") for text, part in INVISIBLE),
]


@pytest.fixture
def app(app):
    app.names = {"0": "city", "1": "role", "2": "orphan"}
    return app


def sent(simulator) -> list:
    """Return the requests that write: the command, and its content for each user."""
    return [
        (entry["command"], {one["To_Account"]: one["Attrs"] for one in json.loads(entry["body"])["UserAttrs"]})
        for entry in simulator.log
        if "set" in entry["command"] or "remove" in entry["command"]
    ]


@pytest.mark.parametrize(("option", "part"), REJECTED)
def test_reject_before_the_first_request(simulator, app, connect, option, part):
    assert part in run(ENSURE, connect(), users=option)["msg"]
    assert simulator.log == []


def test_accept_values_of_50_bytes_and_null():
    option = {"u1": {"é" * 25: "x" * 50, "role": None}, "u2": {}}
    assert parse_option(option) == option


PLANS = [
    ({}, {}, {}, {}),
    ({"a": "1"}, {}, {"a": "1"}, {}),
    ({"a": "1"}, {"a": "2"}, {"a": "2"}, {"a": "2"}),
    ({"a": "1"}, {"a": None}, {}, {}),
    ({"a": "1"}, {"b": None}, {"a": "1"}, {}),
    ({"a": "1", "b": "2"}, {"b": "3", "c": "4"}, {"a": "1", "b": "3", "c": "4"}, {"b": "3", "c": "4"}),
]


@pytest.mark.parametrize(("current", "wanted", "after", "exclusive"), PLANS)
def test_plan(current, wanted, after, exclusive):
    assert plan_attrs(current, wanted, False) == after
    assert plan_attrs(current, wanted, True) == exclusive


NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.sampled_from(["1", "2", "城市"])


@given(
    current=st.dictionaries(NAMES, VALUES),
    wanted=st.dictionaries(NAMES, st.none() | VALUES),
    exclusive=st.booleans(),
)
def test_the_steps_of_a_plan_lead_to_the_declared_tags(current, wanted, exclusive):
    before = dict(current)
    after = plan_attrs(current, wanted, exclusive)
    for name in {*current, *wanted, *after}:
        kept = None if exclusive else current.get(name)
        assert after.get(name) == wanted.get(name, kept)
    assert plan_attrs(after, wanted, exclusive) is after
    assert current == before
    removed, changed = user_attrs.UserAttrs(None, "", {}).steps(current, after)
    result = {name: value for name, value in current.items() if name not in chain(*removed)}
    for part in changed:
        assert all(current.get(name) != value for name, value in part.items())
        result.update(part)
    assert result == after and [] not in removed and {} not in changed


TRANSITIONS = [
    # start, wanted, exclusive, after, requests that write
    ({}, {"u1": {"city": "Bonn"}}, False, {"u1": {"city": "Bonn"}}, [("set_attr", {"u1": {"city": "Bonn"}})]),
    (
        {"u1": {"city": "Bonn", "role": "x"}, "u2": {"city": "Bonn"}},
        {"u1": {"city": "Köln", "role": "x"}, "u2": {"city": "Bonn"}},
        False,
        {"u1": {"city": "Köln", "role": "x"}, "u2": {"city": "Bonn"}},
        [("set_attr", {"u1": {"city": "Köln"}})],
    ),
    (
        {"u1": {"city": "Bonn", "role": "x"}, "u2": {"role": "x"}},
        {"u1": {"city": None}, "u2": {"city": None, "role": "y"}},
        False,
        {"u1": {"role": "x"}, "u2": {"role": "y"}},
        [("remove_attr", {"u1": ["city"]}), ("set_attr", {"u2": {"role": "y"}})],
    ),
    (
        {"u1": {"city": "Bonn", "role": "x"}, "u2": {"role": "x"}},
        {"u1": {"city": "Köln"}, "u2": {}},
        True,
        {"u1": {"city": "Köln"}, "u2": {}},
        [("remove_attr", {"u1": ["role"], "u2": ["role"]}), ("set_attr", {"u1": {"city": "Köln"}})],
    ),
]


@APIS
@pytest.mark.parametrize(("start", "wanted", "exclusive", "after", "writes"), TRANSITIONS)
def test_each_transition(simulator, app, connect, api, start, wanted, exclusive, after, writes):
    """In check mode twice, for real, again, and again in check mode."""
    before = {account: start.get(account, {}) for account in wanted}
    app.users = {account: {"attrs": attrs, "tags": ["kept"]} for account, attrs in before.items()}
    changed = [account for account in wanted if before[account] != after[account]]
    diff = {
        "before": {account: before[account] for account in changed},
        "after": {account: after[account] for account in changed},
    }
    for check_mode in (True, True, False):
        simulator.log.clear()
        result = run(ENSURE, connect(), check_mode, users=wanted, api=api, exclusive=exclusive)
        assert result == {"changed": True, "users": after, "diff": diff}
        assert ATTRS.held(app) == (before if check_mode else after)
        assert len(simulator.log) == 2 + (0 if check_mode else len(writes) + 1)
    prefix = "im_" if api == "all_member_push" else ""
    assert sent(simulator) == [(prefix + command, values) for command, values in writes]
    for check_mode in (False, True):
        simulator.log.clear()
        result = run(ENSURE, connect(), check_mode, users=wanted, api=api, exclusive=exclusive)
        assert result == {"changed": False, "users": after, "diff": {"before": {}, "after": {}}}
        assert [entry["command"] for entry in simulator.log] == [prefix + "get_attr_name", prefix + "get_attr"]
    assert all(user["tags"] == ["kept"] for user in app.users.values())


@APIS
@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("value", ["x", None])
def test_an_undeclared_name_is_rejected_before_users_are_read(simulator, app, connect, api, check_mode, value):
    app.users = {"u1": {}}
    result = run(ENSURE, connect(), check_mode, users={"u1": {"city": "x", "town": value, "colour": value}}, api=api)
    assert result["failed"] and result["changed"] is False
    assert result["msg"] == (
        "users: the app has not declared these attributes: 'colour', 'town'. It has declared: 'city', 'orphan', 'role'."
        " Correct the names, or declare them with chat_push_attr_names."
    )
    assert [entry["command"].removeprefix("im_") for entry in simulator.log] == ["get_attr_name"]


def test_values_under_names_that_are_no_longer_declared_are_kept(app, connect):
    app.users = {"u1": {"attrs": {"old name": "1", "city": "x"}}}
    result = run(ENSURE, connect(), users={"u1": {"city": "y"}})
    assert result["users"] == ATTRS.held(app) == {"u1": {"old name": "1", "city": "y"}}


@pytest.mark.parametrize("code", [0, 90033])
def test_exclusive_removes_values_if_the_service_allows_it(app, connect, code):
    app.codes = {"remove_undeclared": code}
    app.users = {"u1": {"attrs": {"old name": "1"}}}
    result = run(ENSURE, connect(), users={"u1": {}}, exclusive=True)
    assert ATTRS.held(app) == result["users"] == {"u1": {"old name": "1"} if code else {}}
    assert result.get("error_code", 0) == code
    assert not code or "Declare the attribute with chat_push_attr_names." in result["msg"]


def test_null_in_a_response_means_no_value(app, connect):
    app.users = {"u1": {"attrs": {"city": None, "role": ""}}}
    assert run(INFO, connect(), users=["u1"])["users"] == {"u1": {"role": ""}}


def test_info_reads_the_attributes_alone(simulator, app, connect):
    app.users = {"u1": {"attrs": {"city": "x"}}}
    assert run(INFO, connect(), users=["u1"], api="timpush") == {"changed": False, "users": {"u1": {"city": "x"}}}
    assert [entry["path"] for entry in simulator.log] == ["v4/timpush/get_attr"]


@pytest.mark.parametrize("text", VISIBLE)
def test_names_and_values_of_any_language(app, connect, text):
    app.names, app.users = {"0": text}, {"u1": {}}
    assert run(ENSURE, connect(), users={"u1": {text: text}})["users"] == ATTRS.held(app) == {"u1": {text: text}}


CODES = [(90030, "an attribute value or name is empty or longer than 50 bytes")]
CODES += [(90033, "the app has not declared the attribute, or the user does not have the attribute")]
CODES += [(90035, "the type of the attribute or tag does not match the user, or the user is not valid")]
CODES += [(code, "account does not exist") for code in (70107, 90012, 90048)]


def test_null_in_place_of_attributes_is_none(simulator, app, connect):
    body = {"ActionStatus": "OK", "ErrorCode": 0, "UserAttrs": [{"To_Account": "u1", "Attrs": None}]}
    simulator.fail(app.sdkappid, "garbage", body=json.dumps(body))
    assert run(user_attrs.INFO, connect(), users=["u1"])["users"] == {"u1": {}}
