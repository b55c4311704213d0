# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags of users: what is rejected, what is planned, and each transition against the simulator."""

from __future__ import annotations

import json
from itertools import chain

import pytest
import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import user_tags
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.user_tags import (
    ENSURE,
    INFO,
    parse_option,
    plan_tags,
)
from hypothesis import given
from hypothesis import strategies as st
from tasks import run
from test_texts import INVISIBLE, VISIBLE
from test_users import APIS, TAGS

REJECTED = [
    ({"u1": None}, "users: the tags of user 'u1' must be a list, not null"),
    ({"u1": "staff"}, "users: the tags of user 'u1' must be a list, not a string: 'staff'."),
    ({"u1": [7]}, "users: a tag of user 'u1' must be a string, not a number: 7"),
    ({"u1": [""]}, "users: a tag of user 'u1' is empty: ''"),
    ({"u1": [f"t{n}" for n in range(101)]}, "users: user 'u1' would have 101 tags, but at most 100 are allowed."),
    *(({"u1": ["a", text]}, f"users: a tag of user 'u1' {part}") for text, part in INVISIBLE),
]


def many(count: int, start: int = 0) -> list[str]:
    return [f"t{number:03}" for number in range(start, start + count)]


def sent(simulator) -> list:
    """Return the requests that write: the command, and its content for each user."""
    found = []
    for entry in simulator.log:
        body = json.loads(entry["body"])
        if "get" not in entry["command"]:
            assert set(body) == {"UserTags"}
            found.append((entry["command"], {one["To_Account"]: one["Tags"] for one in body["UserTags"]}))
    return found


@pytest.mark.parametrize(("option", "part"), REJECTED)
def test_reject_before_the_first_request(simulator, app, connect, option, part):
    assert part in run(ENSURE, connect(), users=option)["msg"]
    assert simulator.log == []


def test_tags_are_a_set():
    assert parse_option({"u1": ["b", "a", "b"], "u2": (), "u3": ["é" * 25]}) == {
        "u1": ["a", "b"],
        "u2": [],
        "u3": ["é" * 25],
    }
    assert len(parse_option({"u1": many(100) * 2})["u1"]) == 100


def test_more_tags_than_a_user_can_have_may_be_absent(app, connect):
    app.users = {"u1": {"tags": many(3)}}
    assert run(ENSURE, connect(), users={"u1": many(101)}, state="absent")["users"] == {"u1": []}


def test_exclusive_is_for_tags_that_are_present(simulator, app, connect):
    result = run(ENSURE, connect(), users={"u1": ["a"]}, state="absent", exclusive=True)
    assert result["msg"].startswith("exclusive must be false if state is absent.")
    assert simulator.log == []


TAG = st.sampled_from([f"t{n}" for n in range(30)])
SORTED = st.lists(TAG, unique=True).map(sorted)


@given(current=SORTED, listed=SORTED, state=st.sampled_from(["present", "absent"]), exclusive=st.booleans())
def test_the_steps_of_a_plan_lead_to_the_declared_attributes(current, listed, state, exclusive):
    exclusive = exclusive and state == "present"
    before = list(current)
    after = plan_tags(current, listed, state, exclusive)
    expected = {
        "present": set(listed) if exclusive else {*current, *listed},
        "absent": set(current) - set(listed),
    }[state]
    assert after == sorted(expected) and current == before
    assert plan_tags(after, listed, state, exclusive) is after
    removed, added = user_tags.UserTags(None, "", {}).steps(current, after)
    assert all(0 < len(part) <= 10 for part in [*removed, *added])
    assert sorted(chain(*removed)) == sorted(set(current) - set(after))
    assert sorted(chain(*added)) == sorted(set(after) - set(current))


TRANSITIONS = [
    # start, listed, options, after, requests that write
    ({}, {"u1": ["b", "a"]}, {}, {"u1": ["a", "b"]}, [("add_tag", {"u1": ["a", "b"]})]),
    (
        {"u1": ["x", "b"], "u2": ["a"]},
        {"u1": ["a", "b"], "u2": ["a"]},
        {},
        {"u1": ["a", "b", "x"], "u2": ["a"]},
        [("add_tag", {"u1": ["a"]})],
    ),
    (
        {"u1": ["x", "b"], "u2": ["c"], "u3": []},
        {"u1": ["a", "b"], "u2": [], "u3": ["a"]},
        {"exclusive": True},
        {"u1": ["a", "b"], "u2": [], "u3": ["a"]},
        [("remove_tag", {"u1": ["x"], "u2": ["c"]}), ("add_tag", {"u1": ["a"], "u3": ["a"]})],
    ),
    (
        {"u1": ["x", "b"], "u2": ["c"]},
        {"u1": ["b", "nothing"], "u2": ["nothing"]},
        {"state": "absent"},
        {"u1": ["x"], "u2": ["c"]},
        [("remove_tag", {"u1": ["b"]})],
    ),
    (
        {"u1": [], "u2": ["t000"]},
        {"u1": many(25), "u2": many(12)},
        {},
        {"u1": many(25), "u2": many(12)},
        [
            ("add_tag", {"u1": many(10), "u2": many(10, 1)}),
            ("add_tag", {"u1": many(10, 10), "u2": many(1, 11)}),
            ("add_tag", {"u1": many(5, 20)}),
        ],
    ),
    (
        {"u1": many(100)},
        {"u1": many(12, 90)},
        {"exclusive": True},
        {"u1": many(12, 90)},
        [("remove_tag", {"u1": many(10, start)}) for start in range(0, 90, 10)] + [("add_tag", {"u1": many(2, 100)})],
    ),
]


@APIS
@pytest.mark.parametrize("shown", ["kept", "sorted", "reversed"])
@pytest.mark.parametrize("no_tags", ["empty", "null", "missing"])
@pytest.mark.parametrize(("start", "listed", "options", "after", "writes"), TRANSITIONS)
def test_each_transition(simulator, app, connect, api, shown, no_tags, start, listed, options, after, writes):
    """In check mode twice, for real, again, and again in check mode."""
    app.tag_order, app.no_tags = shown, no_tags
    before = {account: sorted(start.get(account, [])) for account in listed}
    app.users = {account: {"attrs": {"a": "kept"}, "tags": start.get(account, [])} for account in listed}
    changed = [account for account in listed if before[account] != after[account]]
    diff = {
        "before": {account: before[account] for account in changed},
        "after": {account: after[account] for account in changed},
    }
    prefix = "im_" if api == "all_member_push" else ""
    for check_mode in (True, True, False):
        simulator.log.clear()
        result = run(ENSURE, connect(), check_mode, users=listed, api=api, **options)
        assert result == {"changed": True, "users": after, "diff": diff}
        assert TAGS.held(app) == (before if check_mode else after)
        assert sent(simulator) == ([] if check_mode else [(prefix + command, values) for command, values in writes])
    for check_mode in (False, True):
        simulator.log.clear()
        result = run(ENSURE, connect(), check_mode, users=listed, api=api, **options)
        assert result == {"changed": False, "users": after, "diff": {"before": {}, "after": {}}}
        assert [entry["command"] for entry in simulator.log] == [prefix + "get_tag"]
    assert all(user["attrs"] == {"a": "kept"} for user in app.users.values())


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_user_who_would_have_too_many_tags_is_rejected_before_any_write(simulator, app, connect, check_mode):
    app.users = {"u1": {"tags": []}, "u2": {"tags": many(95)}}
    result = run(ENSURE, connect(), check_mode, users={"u1": ["a"], "u2": [*many(5), *many(6, 200)]})
    assert result["failed"] and result["changed"] is False and "users" not in result
    assert "'u2' would have 101 tags, but at most 100 are allowed. Remove tags from this user" in result["msg"]
    assert sent(simulator) == []
    assert run(ENSURE, connect(), check_mode, users={"u2": many(5, 200)})["changed"] is True


def test_a_user_who_has_too_many_tags_can_lose_some(app, connect):
    app.users = {"u1": {"tags": many(105)}}
    assert run(ENSURE, connect(), users={"u1": ["t000"]})["changed"] is False
    result = run(ENSURE, connect(), users={"u1": ["t000"]}, state="absent")
    assert result["users"] == TAGS.held(app) == {"u1": many(104, 1)}


def test_the_result_contains_what_another_job_adds_at_the_same_time(app, connect):
    app.users, client = {"u1": {"tags": ["a"]}}, connect()
    tasks.before(client, "add_tag", lambda: app.users.update(u1={"tags": ["a", "theirs"]}))
    result = run(ENSURE, client, users={"u1": ["mine"]})
    assert result["users"] == {"u1": ["a", "mine", "theirs"]} and result["diff"]["after"] == result["users"]


def test_info_calls_the_api_family_that_is_set(simulator, app, connect):
    app.users = {"u1": {"tags": ["a"]}}
    for api in ("all_member_push", "timpush"):
        assert run(INFO, connect(), users=["u1"], api=api)["users"] == {"u1": ["a"]}
        assert simulator.log[-1]["path"].startswith(f"v4/{api}/")


def test_all_hundred_tags_of_a_hundred_users(app, connect):
    """The largest response: each character takes 6 bytes in JSON. The service may contain what a task cannot set."""
    tags = sorted(chr(1 + number % 31) * 48 + f"{number:02}" for number in range(100))
    app.users = {f"u{number}": {"tags": tags} for number in range(100)}
    assert run(INFO, connect(), users=list(app.users))["users"] == dict.fromkeys(app.users, tags)


def test_tags_that_others_set_can_be_removed_with_exclusive(app, connect):
    app.users = {"u1": {"tags": [" a", "b\u200b", "c\n", "d"]}}
    assert run(ENSURE, connect(), users={"u1": ["d"]}, exclusive=True)["users"] == TAGS.held(app) == {"u1": ["d"]}


@pytest.mark.parametrize("text", VISIBLE)
def test_tags_of_any_language(app, connect, text):
    app.users = {"u1": {}}
    assert run(ENSURE, connect(), users={"u1": [text]})["users"] == TAGS.held(app) == {"u1": [text]}


CODES = [(90020, "a tag is longer than 50 bytes"), (90034, "a tag is longer than 50 bytes"), (90040, "a tag is empty")]
CODES += [(code, "too many tags") for code in (90032, 90046)]
CODES += [(code, "account does not exist") for code in (70107, 90012, 90048)]
CODES += [(90035, "the type of the attribute or tag does not match the user, or the user is not valid")]


def test_a_user_fails_after_some_of_the_tags(simulator, app, connect):
    app.users = {"u1": {}, "u2": {}}
    client = connect()

    def reject_the_second_part():
        tasks.before(client, "add_tag", lambda: app.failing_users.update(u1=90035))

    tasks.before(client, "add_tag", reject_the_second_part)
    result = run(ENSURE, client, users={"u1": many(25), "u2": many(25)})
    assert result["users"] == TAGS.held(app) == {"u1": many(10), "u2": many(25)}
    assert result["failed"] and result["changed"] is True and set(result["failed_users"]) == {"u1"}
    assert [list(users) for _command, users in sent(simulator)] == [["u1", "u2"], ["u1", "u2"], ["u2"]]


@pytest.mark.parametrize(("api", "code"), [("all_member_push", 90046), ("timpush", 90032)])
def test_too_many_tags_of_a_user_whom_another_job_gave_some(app, connect, api, code):
    app.users = {"u1": {"tags": many(95)}}
    client = connect()
    tasks.before(client, "add_tag", lambda: app.users.update(u1={"tags": many(100)}))
    result = run(ENSURE, client, users={"u1": many(5, 200)}, api=api)
    assert (result["error_code"], result["changed"]) == (code, False) and "at most 100 tags for a user" in result["msg"]
