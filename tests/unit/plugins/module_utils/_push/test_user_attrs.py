# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes of users: what is rejected, what is planned, and what differs from tags."""

from __future__ import annotations

from itertools import chain

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import user_attrs
from hypothesis import given
from hypothesis import strategies as st
from tasks import run
from test_texts import INVISIBLE
from test_users import APIS, ATTRS

REJECTED = [
    ({"u1": None}, "users: the attributes of user 'u1' must be a map, not null"),
    ({"u1": "city"}, "users: the attributes of user 'u1' must be a map, not a string: 'city'."),
    ({"u1": {1: "x"}}, "users: an attribute name of user 'u1' must be a string, not a number: 1"),
    ({"u1": {"": "x"}}, "an attribute name of user 'u1' is empty: ''"),
    ({"u1": {"city": 2024}}, "users: attribute 'city' of user 'u1' must be a string, not a number: 2024"),
    ({"u1": {"city": ""}}, "is empty: ''"),
    *(({"u1": {text: "x"}}, f"users: an attribute name of user 'u1' {part}") for text, part in INVISIBLE),
    *(({"u1": {"city": text}}, f"users: attribute 'city' of user 'u1' {part}") for text, part in INVISIBLE),
]


@pytest.fixture
def app(app):
    app.names = {"0": "city", "1": "role", "2": "orphan"}
    return app


@pytest.mark.parametrize(("option", "part"), REJECTED)
def test_reject_before_the_first_request(simulator, app, connect, option, part):
    assert part in run(ATTRS.ensure, connect(), users=option)["msg"]
    assert simulator.log == []


def test_accept_values_of_50_bytes_and_null():
    option = {"u1": {"é" * 25: "x" * 50, "role": None}, "u2": {}}
    assert user_attrs.parse_option(option) == option


NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.sampled_from(["1", "2", "城市"])


@given(st.dictionaries(NAMES, VALUES), st.dictionaries(NAMES, st.none() | VALUES), st.booleans())
def test_the_steps_of_a_plan_lead_to_the_declared_attributes(current, wanted, exclusive):
    before = dict(current)
    after = user_attrs.plan_attrs(current, wanted, exclusive)
    merged = {**({} if exclusive else current), **wanted}
    assert after == {name: value for name, value in merged.items() if value is not None}
    assert user_attrs.plan_attrs(after, wanted, exclusive) is after
    assert current == before
    removed, changed = user_attrs.UserAttrs(None, "", {}).steps(current, after)
    result = {name: value for name, value in current.items() if name not in chain(*removed)}
    for part in changed:
        assert all(current.get(name) != value for name, value in part.items())
        result.update(part)
    assert result == after and [] not in removed and {} not in changed


@APIS
@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("value", ["x", None])
def test_an_undeclared_name_is_rejected_before_users_are_read(simulator, app, connect, api, check_mode, value):
    app.users = {"u1": {}}
    result = run(
        ATTRS.ensure, connect(), check_mode, users={"u1": {"city": "x", "town": value, "colour": value}}, api=api
    )
    assert result["failed"] and result["changed"] is False
    assert result["msg"] == (
        "users: the app has not declared these attributes: 'colour', 'town'. It has declared: 'city', 'orphan', 'role'."
        " Correct the names, or declare them with chat_push_attr_names."
    )
    assert [entry["command"].removeprefix("im_") for entry in simulator.log] == ["get_attr_name"]


def test_values_under_names_that_are_no_longer_declared_are_kept(app, connect):
    app.users = {"u1": {"attrs": {"old name": "1", "city": "x"}}}
    result = run(ATTRS.ensure, connect(), users={"u1": {"city": "y"}})
    assert result["users"] == ATTRS.held(app) == {"u1": {"old name": "1", "city": "y"}}


@pytest.mark.parametrize("code", [0, 90033])
def test_exclusive_removes_values_if_the_service_allows_it(app, connect, code):
    app.codes = {"remove_undeclared": code}
    app.users = {"u1": {"attrs": {"old name": "1"}}}
    result = run(ATTRS.ensure, connect(), users={"u1": {}}, exclusive=True)
    assert ATTRS.held(app) == result["users"] == {"u1": {"old name": "1"} if code else {}}
    assert result.get("error_code", 0) == code
    assert not code or "Declare the attribute with chat_push_attr_names." in result["msg"]


def test_null_in_a_response_means_no_value(app, connect):
    app.users = {"u1": {"attrs": {"city": None, "role": ""}}}
    assert run(ATTRS.info, connect(), users=["u1"])["users"] == {"u1": {"role": ""}}
