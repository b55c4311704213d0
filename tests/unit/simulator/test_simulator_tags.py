# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of users in the simulator."""

from __future__ import annotations

import pytest

USERS = {"ann": {"tags": ["b", "a", "c"]}, "bob": {"tags": ["a"]}, "cid": {}}


@pytest.fixture(autouse=True)
def users(app):
    app.users = {account: dict(user) for account, user in USERS.items()}


def shown(answer: dict) -> dict:
    return {entry["To_Account"]: entry["Tags"] for entry in answer["UserTags"]}


def tags(**of) -> dict:
    return {"UserTags": [{"To_Account": account, "Tags": value} for account, value in of.items()]}


@pytest.mark.parametrize("prefix", ["im_", ""])
def test_tags_are_read_added_and_removed(app, push_api, prefix):
    app.answers = "documented"
    code, answer = push_api(f"{prefix}get_tag", {"To_Account": list(USERS)})
    assert code == 0 and set(answer) == {"ActionStatus", "ErrorCode", "ErrorInfo", "UserTags"}
    assert {account: set(of) for account, of in shown(answer).items()} == {"ann": {*"abc"}, "bob": {"a"}, "cid": set()}
    assert push_api(f"{prefix}add_tag", tags(bob=["x", "a"], cid=["x", "x"]))[0] == 0
    assert push_api(f"{prefix}remove_tag", tags(ann=["a", "z"], cid=["z"]))[0] == 0
    assert [app.tags(account) for account in USERS] == [["b", "c"], ["a", "x"], ["x"]]
    assert app.writes == 2


@pytest.mark.parametrize(
    ("command", "body", "code"),
    [
        ("add_tag", tags(ann=["x" * 50]), 0),
        ("add_tag", tags(ann=[str(index) for index in range(10)]), 0),
        ("add_tag", tags(ann=["x" * 51]), 90020),
        ("add_tag", tags(ann=["城" * 17]), 90020),
        ("add_tag", tags(ann=[""]), 90040),
        ("add_tag", tags(ann=[str(index) for index in range(11)]), 90032),
        ("add_tag", tags(ann=[]), 90001),
        ("add_tag", tags(ann="x"), 90001),
        ("add_tag", tags(ann=[1]), 90001),
        ("add_tag", {"UserTags": []}, 90001),
        ("add_tag", {"Tags": [{"To_Account": "ann", "Tags": ["x"]}]}, 90001),
        ("add_tag", tags(**{f"u{index}": ["x"] for index in range(101)}), 90018),
        ("remove_tag", tags(ann=["a"]), 0),
        ("remove_tag", tags(ann=[str(index) for index in range(11)]), 90032),
        ("remove_tag", tags(ann=[""]), 90040),
        ("get_tag", {"To_Account": "ann"}, 90001),
    ],
)
@pytest.mark.parametrize("prefix", ["im_", ""])
def test_a_request_about_tags_is_checked(app, push_api, prefix, command, body, code):
    answered, answer = push_api(prefix + command, body)
    assert answered == code, answer
    assert app.writes == (code == 0)
    if code:
        assert app.users == USERS


def test_an_app_has_at_most_a_thousand_tags(app, push_api):
    app.users.update({f"u{index}": {"tags": [f"t{index}.{one}" for one in range(99)]} for index in range(10)})
    app.users["dan"] = {"tags": ["d1", "d2", "d3", "d4"]}  # 997 with a, b and c
    assert push_api("im_add_tag", tags(bob=["n1", "n2", "n3"]))[0] == 0
    assert push_api("im_add_tag", tags(cid=["n4"]))[0] == 90032
    assert push_api("im_add_tag", tags(cid=["n1", "a"]))[0] == 0
    assert push_api("im_remove_tag", tags(dan=["d1"]))[0] == 0
    assert push_api("im_add_tag", tags(cid=["n4"]))[0] == 0
    assert push_api("im_add_tag", tags(cid=["n5"]))[0] == 90032


@pytest.mark.parametrize(
    ("order", "ann"), [("kept", ["b", "a", "c"]), ("sorted", ["a", "b", "c"]), ("reversed", ["c", "a", "b"])]
)
def test_the_order_of_tags_is_a_setting(app, push_api, order, ann):
    app.tag_order = order
    assert shown(push_api("im_get_tag", {"To_Account": ["ann"]})[1]) == {"ann": ann}


@pytest.mark.parametrize(("shape", "entry"), [("empty", {"Tags": []}), ("null", {"Tags": None}), ("missing", {})])
def test_the_shapes_of_no_tags(app, push_api, shape, entry):
    app.no_tags = shape
    assert push_api("im_get_tag", {"To_Account": ["cid"]})[1]["UserTags"] == [{"To_Account": "cid", **entry}]


def test_removing_a_missing_tag_can_be_an_error(app, push_api):
    app.remove_missing = "error"
    assert push_api("im_remove_tag", tags(ann=["a"], bob=["z"]))[0] == 70402
    assert app.users == USERS


def test_unknown_and_failing_users_and_stale_reads(simulator, app, push_api):
    assert push_api("im_add_tag", tags(ann=["x"], eve=["x"]))[0] == 70107
    assert app.users == USERS
    app.failing_users = {"bob": {"code": 90035, "commands": ["add_tag"]}}
    code, answer = push_api("add_tag", tags(ann=["x"], bob=["x"], eve=["x"]))
    assert (code, {one["To_Account"]: one["ErrorCode"] for one in answer["ErrorList"]}) == (
        0,
        {"bob": 90035, "eve": 70107},
    )
    assert (app.tags("ann"), app.tags("bob")) == (["b", "a", "c", "x"], ["a"])
    simulator.fail(app.sdkappid, "stale")
    assert shown(push_api("im_get_tag", {"To_Account": ["ann"]})[1]) == {"ann": ["c", "a", "b"]}


def test_calls_that_overwrite_or_clear_tags_leave_a_trace(simulator, app, push_api):
    twenty = [str(index) for index in range(20)]
    assert push_api("add_tag", {**tags(ann=twenty), "Replace": 1})[0] == 0
    assert app.tags("ann") == twenty
    assert push_api("add_tag", {**tags(ann=["x"]), "Replace": 2})[0] == 90001
    assert push_api("im_add_tag", {**tags(ann=["x"]), "Replace": 1})[0] == 90001
    assert push_api("im_remove_all_tags", {"To_Account": ["ann"]})[0] == 0
    assert push_api("clear_all_tags", {"To_Account": ["bob", "eve"]})[1]["ErrorList"][0]["To_Account"] == "eve"
    assert [app.tags(account) for account in USERS] == [[], [], []]
    assert [entry["command"] for entry in simulator.requests(app.sdkappid)][-2:] == [
        "im_remove_all_tags",
        "clear_all_tags",
    ]


def test_a_tag_that_is_too_long_gets_the_code_of_newer_or_older_documents(app, push_api):
    assert push_api("im_add_tag", tags(ann=["x" * 51]))[0] == 90020
    app.codes = {"tag_too_long": 90034}
    assert push_api("im_add_tag", tags(ann=["x" * 51]))[0] == 90034


@pytest.mark.parametrize(("command", "code"), [("im_add_tag", 90046), ("add_tag", 90032)])
def test_a_user_with_too_many_tags_gets_the_code_of_the_family(app, push_api, command, code):
    app.users["cid"] = {"tags": [str(index) for index in range(100)]}
    assert push_api(command, tags(cid=["0", "x"]))[0] == code
    assert push_api(command, tags(cid=["0", "1"]))[0] == 0


def test_null_in_replace_is_absent_or_rejected(app, push_api):
    assert push_api("add_tag", {**tags(ann=["x"]), "Replace": None})[0] == 0
    app.nulls = "rejected"
    assert push_api("add_tag", {**tags(ann=["x"]), "Replace": None})[0] == 90001
