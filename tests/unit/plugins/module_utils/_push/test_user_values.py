# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the attributes and the tags of users: what is rejected, what is planned, and the limits."""

from __future__ import annotations

from functools import partial
from itertools import chain

import pytest
import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import user_attrs, user_tags
from hypothesis import given
from hypothesis import strategies as st
from names import APIS, NEW, OLD
from rejected import USER_ATTRS, USER_TAGS
from tasks import run, some
from user_kinds import ATTRS, TAGS, requests


@pytest.fixture
def app(app):
    app.names = {"0": "city", "1": "role", "2": "orphan"}
    return app


@pytest.mark.parametrize(
    ("kind", "option", "part"),
    [*((ATTRS, *row) for row in USER_ATTRS), *((TAGS, *row) for row in USER_TAGS)],
)
def test_reject_before_the_first_request(simulator, app, connect, kind, option, part):
    assert part in run(kind.ensure, connect(), users=option)["msg"]
    assert simulator.log == []


ABSENT = {"state": "absent"}
UNUSUAL = {
    "values under names that are no longer declared are kept": (
        *(ATTRS, {"old name": "1", "city": "x"}, {"city": "y"}, {}, {"old name": "1", "city": "y"}),
    ),
    "more tags than a user can have may be absent": (TAGS, some(3), some(101), ABSENT, []),
    "a user can have too many tags": (TAGS, some(105), ["u00000"], {}, some(105)),
    "a user who has too many tags can lose some": (TAGS, some(105), ["u00000"], ABSENT, some(104, 1)),
    "tags that others set can be removed": (TAGS, [" a", "b\u200b", "c\n", "d"], ["d"], {"exclusive": True}, ["d"]),
}


@pytest.mark.parametrize(("kind", "start", "wanted", "options", "after"), UNUSUAL.values(), ids=UNUSUAL)
def test_a_user_who_has_what_a_task_cannot_set(app, connect, kind, start, wanted, options, after):
    app.users = {"u1": {kind.name: start}}
    result = run(kind.ensure, connect(), users={"u1": wanted}, **options)
    assert result["users"] == kind.held(app) == {"u1": after} and result["changed"] is (after != start)


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
    users = {"u1": {"city": "x", "town": value, "colour": value}}
    result = run(ATTRS.ensure, connect(), check_mode, users=users, api=api)
    assert result["failed"] and result["changed"] is False
    assert result["msg"] == (
        "users: the app has not declared these attributes: 'colour', 'town'. It has declared: 'city', 'orphan', 'role'."
        " Correct the names, or declare them with chat_push_attr_names."
    )
    assert [entry["command"].removeprefix("im_") for entry in simulator.log] == ["get_attr_name"]


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


def test_texts_of_50_bytes_are_accepted_an_attribute_may_be_null_and_tags_are_a_set():
    attrs = {"u1": {"é" * 25: "x" * 50, "role": None}, "u2": {}}
    assert user_attrs.parse_option(attrs) == attrs
    given = {"u1": ["b", "a", "b"], "u2": (), "u3": ["é" * 25]}
    assert user_tags.parse_option(given) == {"u1": ["a", "b"], "u2": [], "u3": ["é" * 25]}
    assert len(user_tags.parse_option({"u1": some(100) * 2})["u1"]) == 100


def test_exclusive_is_for_tags_that_are_present(simulator, app, connect):
    result = run(TAGS.ensure, connect(), users={"u1": ["a"]}, state="absent", exclusive=True)
    assert result["msg"].startswith("exclusive must be false if state is absent.")
    assert simulator.log == []


TAG = st.sampled_from([f"t{n}" for n in range(30)])
SORTED = st.lists(TAG, unique=True).map(sorted)


@given(current=SORTED, listed=SORTED, state=st.sampled_from(["present", "absent"]), exclusive=st.booleans())
def test_the_steps_of_a_plan_lead_to_the_declared_tags(current, listed, state, exclusive):
    exclusive = exclusive and state == "present"
    before = list(current)
    after = user_tags.plan_tags(current, listed, state, exclusive)
    present = set(listed) if exclusive else {*current, *listed}
    assert after == sorted(present if state == "present" else {*current} - {*listed}) and current == before
    assert user_tags.plan_tags(after, listed, state, exclusive) is after
    removed, added = user_tags.UserTags(None, "", {}).steps(current, after)
    assert all(0 < len(part) <= 10 for part in [*removed, *added])
    assert sorted(chain(*removed)) == sorted(set(current) - set(after))
    assert sorted(chain(*added)) == sorted(set(after) - set(current))


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_user_who_would_have_too_many_tags_is_rejected_before_any_write(simulator, app, connect, check_mode):
    app.users = {"u1": {"tags": []}, "u2": {"tags": some(95)}}
    result = run(TAGS.ensure, connect(), check_mode, users={"u1": ["a"], "u2": [*some(5), *some(6, 200)]})
    assert result["failed"] and result["changed"] is False and "users" not in result
    assert "'u2' would have 101 tags, but at most 100 are allowed. Remove tags from this user" in result["msg"]
    assert simulator.commands() == ["get"]
    assert run(TAGS.ensure, connect(), check_mode, users={"u2": some(5, 200)})["changed"] is True


def test_the_result_contains_what_another_job_adds_at_the_same_time(app, connect):
    app.users, client = {"u1": {"tags": ["a"]}}, connect()
    tasks.before(client, "add_tag", lambda: app.users.update(u1={"tags": ["a", "theirs"]}))
    result = run(TAGS.ensure, client, users={"u1": ["mine"]})
    assert result["users"] == {"u1": ["a", "mine", "theirs"]} and result["diff"]["after"] == result["users"]


def test_all_hundred_tags_of_a_hundred_users(app, connect):
    """The largest response: each character takes 6 bytes in JSON. The service may contain what a task cannot set."""
    tags = sorted(chr(1 + number % 31) * 48 + f"{number:02}" for number in range(100))
    app.users = {f"u{number}": {"tags": tags} for number in range(100)}
    assert run(TAGS.info, connect(), users=list(app.users))["users"] == dict.fromkeys(app.users, tags)


def test_a_user_fails_after_some_of_the_tags(simulator, app, connect):
    app.users = {"u1": {}, "u2": {}}
    client = connect()
    reject = partial(app.failing_users.update, u1=90035)
    tasks.before(client, "add_tag", lambda: tasks.before(client, "add_tag", reject))  # the second part
    result = run(TAGS.ensure, client, users={"u1": some(25), "u2": some(25)})
    assert result["users"] == TAGS.held(app) == {"u1": some(10), "u2": some(25)}
    assert result["failed"] and result["changed"] is True and set(result["failed_users"]) == {"u1"}
    assert [users for command, users in requests(simulator, app) if command == "add_tag"] == [2, 2, 1]


@pytest.mark.parametrize(("api", "code"), [(OLD, 90046), (NEW, 90032)])
def test_too_many_tags_of_a_user_whom_another_job_gave_some(app, connect, api, code):
    app.users = {"u1": {"tags": some(95)}}
    client = connect()
    tasks.before(client, "add_tag", lambda: app.users.update(u1={"tags": some(100)}))
    result = run(TAGS.ensure, client, users={"u1": some(5, 200)}, api=api)
    assert (result["error_code"], result["changed"]) == (code, False) and "at most 100 tags for a user" in result["msg"]
