# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes in the simulator: what it accepts, and who gets them."""

from __future__ import annotations

import pytest

TEXT = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}]
USERS = {
    "ann": {"attrs": {"sex": "f", "city": "Oslo"}, "tags": ["staff", "canary"]},
    "bob": {"attrs": {"sex": "m", "city": "Oslo"}, "tags": ["staff"]},
    "cid": {"attrs": {"sex": "m", "size": "s"}},
    "dan": {"attrs": {"city": "Rome"}, "tags": ["canary"], "online": False},
}


@pytest.fixture(autouse=True)
def users(app):
    app.names, app.push_interval = {"0": "sex", "1": "city"}, 0
    app.users = {account: dict(user) for account, user in USERS.items()}


def message(**more) -> dict:
    fields = {"MsgRandom": 7, "MsgBody": TEXT, **more}
    return {name: value for name, value in fields.items() if value is not ...}


def test_a_push_has_a_task_id_and_recipients(simulator, app, push_api):
    app.answers = "documented"
    code, answer = push_api("im_push", message(MsgLifeTime=60))
    assert (code, set(answer)) == (0, {"ActionStatus", "ErrorCode", "ErrorInfo", "TaskId"})
    app_id, *others = answer["TaskId"].split("_")
    assert app_id == str(app.sdkappid) and len(others) == 3 and all(part.isdigit() for part in others)
    (push,) = app.pushes
    assert {name: push[name] for name in ("task_id", "random", "family", "condition", "recipients", "body")} == {
        "task_id": answer["TaskId"],
        "random": 7,
        "family": "all_member_push",
        "condition": {},
        "recipients": sorted(USERS),
        "body": message(MsgLifeTime=60),
    }
    assert app.deliveries("dan") == [push] and app.deliveries("eve") == []
    assert simulator.commands(app.sdkappid) == ["push"] and app.writes == 0


@pytest.mark.parametrize(
    ("condition", "recipients"),
    [
        ({"AttrsOr": {"sex": "f", "city": "Rome"}}, ["ann", "dan"]),
        ({"AttrsAnd": {"sex": "m", "city": "Oslo"}}, ["bob"]),
        ({"AttrsOr": {"sex": "m"}, "AttrsAnd": {"city": "Oslo"}}, ["bob"]),
        ({"AttrsOr": {"size": "s"}}, []),
        ({"AttrsAnd": {"0": "m"}}, []),
        ({"TagsOr": ["staff", "canary"]}, ["ann", "bob", "dan"]),
        ({"TagsAnd": ["staff", "canary"]}, ["ann"]),
        ({"TagsOr": ["staff"], "TagsAnd": ["canary"]}, ["ann"]),
        ({"TagsOr": ["nobody"]}, []),
        ({}, ["ann", "bob", "cid", "dan"]),
        ({"TagsOr": []}, ["ann", "bob", "cid", "dan"]),
    ],
)
@pytest.mark.parametrize("command", ["im_push", "push"])
def test_a_condition_selects_users(app, push_api, command, condition, recipients):
    lifetime = {"MsgLifeTime": 60} if command == "im_push" else {}
    assert push_api(command, message(Condition=condition, **lifetime))[0] == 0
    assert app.pushes[-1]["recipients"] == recipients


def test_tags_not_requires_timpush(app, push_api):
    assert push_api("push", message(Condition={"TagsNot": ["staff"]}))[0] == 0
    assert app.pushes[-1]["recipients"] == ["cid", "dan"]
    assert push_api("im_push", message(Condition={"TagsNot": ["staff"]}))[0] == 90001


@pytest.mark.parametrize(
    ("command", "more", "all_users"),
    [
        ("im_push", {}, False),
        ("im_push", {"MsgLifeTime": 0}, False),
        ("im_push", {"MsgLifeTime": 604800}, True),
        ("push", {}, True),
        ("push", {"OnlineOnlyFlag": 0}, True),
        ("push", {"OnlineOnlyFlag": 1}, False),
    ],
)
def test_users_who_are_offline_get_stored_pushes(app, push_api, command, more, all_users):
    assert push_api(command, message(**more))[0] == 0
    assert ("dan" in app.pushes[-1]["recipients"]) is all_users
    assert "ann" in app.pushes[-1]["recipients"]


TEN = [str(index) for index in range(10)]


@pytest.mark.parametrize(
    ("command", "more", "code"),
    [
        ("im_push", {"MsgRandom": 4294967295}, 0),
        ("im_push", {"MsgRandom": ...}, 90005),
        ("im_push", {"MsgRandom": True}, 90005),
        ("im_push", {"MsgRandom": -1}, 90005),
        ("im_push", {"MsgRandom": 2**32}, 90005),
        ("im_push", {"MsgBody": ...}, 90002),
        ("im_push", {"MsgBody": ..., "OfflinePushInfo": {"Title": "t"}}, 90002),
        ("push", {"MsgBody": ...}, 90002),
        ("push", {"MsgBody": ..., "OfflinePushInfo": {"Title": "t"}}, 0),
        ("im_push", {"MsgBody": []}, 90002),
        ("im_push", {"MsgBody": TEXT[0]}, 90007),
        ("im_push", {"MsgBody": "hi"}, 90007),
        ("im_push", {"MsgBody": ["hi"]}, 90010),
        ("im_push", {"MsgBody": [{"MsgType": "TIMTextElem"}]}, 90010),
        ("im_push", {"MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"text": "hi"}}]}, 90010),
        ("im_push", {"MsgBody": [{"MsgType": "Text", "MsgContent": {"Text": "hi"}}]}, 90010),
        ("im_push", {"MsgBody": [{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "d"}}]}, 0),
        ("im_push", {"MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x" * 10000}}]}, 0),
        ("im_push", {"MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x" * 10240}}]}, 90056),
        ("im_push", {"MsgLifeTime": 604801}, 90026),
        ("im_push", {"MsgLifeTime": -1}, 90026),
        ("im_push", {"MsgLifeTime": "60"}, 90044),
        ("push", {"MsgLifeTime": 60}, 90001),
        ("push", {"OnlineOnlyFlag": 2}, 90001),
        ("im_push", {"OnlineOnlyFlag": 1}, 90001),
        ("im_push", {"OfflinePushInfo": {"Title": "t", "Desc": "d", "Ext": "{}", "PushFlag": 1}}, 0),
        ("im_push", {"OfflinePushInfo": {"Ext": {}}}, 90043),
        ("im_push", {"OfflinePushInfo": {"PushFlag": 2}}, 90043),
        ("im_push", {"OfflinePushInfo": []}, 90043),
        ("im_push", {"From_Account": "ann"}, 0),
        ("im_push", {"From_Account": "administrator"}, 0),
        ("im_push", {"From_Account": "eve"}, 70107),
        ("im_push", {"Condition": []}, 90001),
        ("im_push", {"Condition": {"Tags": ["a"]}}, 90001),
        ("im_push", {"Condition": {"AttrsOr": {"sex": "m"}, "TagsOr": ["a"]}}, 90039),
        ("push", {"Condition": {"AttrsAnd": {"sex": "m"}, "TagsNot": ["a"]}}, 90039),
        ("im_push", {"Condition": {"AttrsOr": ["sex"]}}, 90001),
        ("im_push", {"Condition": {"AttrsOr": {"sex": 1}}}, 90001),
        ("im_push", {"Condition": {"AttrsOr": {"sex": "x" * 51}}}, 90030),
        ("im_push", {"Condition": {"AttrsOr": {"sex": ""}}}, 90030),
        ("im_push", {"Condition": {"AttrsOr": {"x" * 51: "m"}}}, 90030),
        ("im_push", {"Condition": {"AttrsOr": {"": "m"}}}, 90030),
        ("push", {"DataId": "x" * 64}, 0),
        ("push", {"DataId": "x" * 65}, 90057),
        ("push", {"DataId": 7}, 90001),
        ("im_push", {"DataId": "x"}, 90001),
        ("im_push", {"Condition": {"TagsOr": "a"}}, 90001),
        ("im_push", {"Condition": {"TagsOr": [1]}}, 90001),
        ("im_push", {"Condition": {"TagsOr": [""]}}, 90040),
        ("im_push", {"Condition": {"TagsOr": ["x" * 51]}}, 90020),
        ("im_push", {"Condition": {"TagsOr": ["a", "a"]}}, 90022),
        ("im_push", {"Condition": {"TagsOr": ["a"], "TagsAnd": ["a"]}}, 90022),
        ("im_push", {"Condition": {"TagsOr": TEN}}, 0),
        ("im_push", {"Condition": {"TagsOr": [*TEN, "10"]}}, 90032),
        ("im_push", {"To_All": True}, 90001),
    ],
)
def test_a_push_is_checked(app, push_api, command, more, code):
    answered, answer = push_api(command, message(**more))
    assert answered == code, answer
    assert len(app.pushes) == (code == 0)


def test_an_empty_condition_can_be_rejected(app, push_api):
    app.empty_condition = "rejected"
    assert push_api("im_push", message(Condition={"TagsOr": []}))[0] == 90001
    assert push_api("im_push", message())[0] == 0


def test_two_pushes_must_be_more_than_a_second_apart(app, push_api):
    app.push_interval = 1.0
    assert push_api("im_push", message())[0] == 0
    assert push_api("im_push", message(MsgRandom=8))[0] == 90024
    app.pushes[-1]["at"] -= 1
    assert push_api("im_push", message(MsgRandom=8))[0] == 0


def test_the_pushes_of_a_day_are_limited(app, push_api):
    app.pushes_per_day = 2
    assert [push_api("im_push", message(MsgRandom=index))[0] for index in range(3)] == [0, 0, 90047]
    app.pushes[0]["at"] -= 86401
    assert push_api("im_push", message(MsgRandom=3))[0] == 0


def test_a_repeated_random_is_the_same_push_or_another(app, push_api):
    app.pushes_per_day, app.push_interval = 1, 1.0  # a push that was accepted already needs neither
    first, again = (push_api("im_push", message())[1] for _turn in range(2))
    assert first["TaskId"] == again["TaskId"] and len(app.deliveries("ann")) == 1
    app.pushes_per_day, app.push_interval, app.random_repeats = 9, 0, "again"
    assert push_api("im_push", message())[1]["TaskId"] != first["TaskId"]
    assert len(app.deliveries("ann")) == 2
    app.random_repeats = "same"
    for push in app.pushes:
        push["at"] -= 7 * 86400
    assert push_api("im_push", message())[0] == 0
    assert len(app.deliveries("ann")) == 3


def test_a_repeated_random_can_be_an_error(app, push_api):
    app.random_repeats = "exists"
    assert [push_api("im_push", message())[0] for _turn in range(2)] == [0, 90025]
    assert push_api("im_push", message(MsgRandom=8))[0] == 0
    assert len(app.deliveries("ann")) == 2


ATTRS = {"AttrsOr": {"sex": "m"}, "AttrsAnd": None, "TagsOr": None, "TagsAnd": None}


@pytest.mark.parametrize(
    ("command", "more", "rejected"),
    [
        ("im_push", {"Condition": None}, 90001),
        ("im_push", {"Condition": ATTRS}, 90039),
        ("im_push", {"Condition": {**ATTRS, "TagsNot": None}}, 90001),
        ("push", {"Condition": {**ATTRS, "TagsNot": None}}, 90039),
        ("im_push", {"From_Account": None}, 70107),
        ("im_push", {"MsgLifeTime": None}, 90044),
        ("im_push", {"OfflinePushInfo": None}, 90043),
        ("im_push", {"OfflinePushInfo": {"Title": None, "PushFlag": None}}, 90043),
        ("im_push", {"TaskName": None}, 90001),
        ("push", {"OnlineOnlyFlag": None}, 90001),
        ("push", {"DataId": None}, 90001),
        ("push", {"MsgBody": None, "OfflinePushInfo": {"Title": "t"}}, 90007),
    ],
)
def test_null_in_an_optional_field_is_absent_or_rejected(app, push_api, command, more, rejected):
    assert push_api(command, message(**more))[0] == 0
    recipients = ["bob", "cid"] if more.get("Condition") else app.pushes[0]["recipients"]
    assert app.pushes[0]["recipients"] == recipients
    app.nulls = "rejected"
    assert push_api(command, message(**{**more, "MsgRandom": 8}))[0] == rejected


@pytest.mark.parametrize("command", ["im_push", "push"])
def test_null_in_a_required_field_is_missing(app, push_api, command):
    assert push_api(command, message(MsgRandom=None))[0] == 90005
    assert push_api(command, message(MsgBody=None))[0] == 90002


def test_unknown_fields_of_a_push_can_be_tolerated(app, push_api):
    app.unknown_fields = "tolerated"
    more = {"TaskName": "t", "Condition": {"AttrsOr": {"sex": "m"}, "Colours": ["red"]}}
    assert push_api("im_push", message(**more))[0] == 0
    assert app.pushes[0]["recipients"] == ["bob", "cid"]


def test_a_condition_can_be_normalized(app, push_api):
    app.normalize, app.users["cid"]["tags"] = "NFC", ["\u00e9"]
    assert push_api("push", message(Condition={"TagsOr": ["e\u0301"]}))[0] == 0
    assert app.pushes[0]["recipients"] == ["cid"]
