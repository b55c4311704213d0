# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches and recalls in the simulator."""

from __future__ import annotations

import time

import pytest

INFO = {"PushFlag": 0, "Title": "t", "Desc": "d"}
ADMIN = "administrator"
RECALL = {"Title": "sorry", "Desc": "d", "Ext": "{}"}


@pytest.fixture(autouse=True)
def users(app):
    app.users = {"ann": {}, "bob": {"online": False}, "cid": {"device": False}}
    app.push_interval, app.recall_interval, app.batches_per_second = 0, 0, 100


def batch(*accounts: object, **more: object) -> dict:
    fields = {"From_Account": ADMIN, "To_Account": accounts or ["ann"], "MsgRandom": 7, "OfflinePushInfo": INFO, **more}
    return {name: value for name, value in fields.items() if value is not ...}


def message(**more: object) -> dict:
    return {"MsgRandom": 7, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}], **more}


def test_a_batch_reaches_those_who_exist(simulator, app, api):
    app.answers, app.failing_users = "documented", {"cid": 90035}
    code, answer = api("batch", batch("bob", "eve", "cid", "ann"))
    assert (code, set(answer)) == (0, {"ActionStatus", "ErrorInfo", "ErrorCode", "TaskId", "ErrorList"})
    assert {one["To_Account"]: one["ErrorCode"] for one in answer["ErrorList"]} == {"eve": 70107, "cid": 90035}
    (push,) = app.pushes
    assert {name: push[name] for name in ("task_id", "random", "family", "condition", "recipients", "batch")} == {
        "task_id": answer["TaskId"],
        "random": 7,
        "family": "timpush",
        "condition": {},
        "recipients": ["bob", "ann"],
        "batch": True,
    }
    assert answer["TaskId"].startswith("batch_") and app.deliveries("ann") == [push] and app.deliveries("cid") == []
    assert "ErrorList" not in api("batch", batch("ann", MsgRandom=8, DataId="x"))[1]
    assert [entry["command"] for entry in simulator.requests(app.sdkappid)] == ["batch", "batch"] and app.writes == 0


MANY = [f"u{index}" for index in range(501)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"From_Account": "ann"}, 0),
        ({"From_Account": ...}, 90048),
        ({"From_Account": "eve"}, 70107),
        ({"From_Account": 7}, 70107),
        ({"To_Account": ...}, 90001),
        ({"To_Account": "ann"}, 90001),
        ({"To_Account": [7]}, 60015),
        ({"To_Account": ["ann", "ann"]}, 70402),
        ({"To_Account": MANY[:500]}, 0),
        ({"To_Account": MANY}, 90018),
        ({"MsgRandom": ...}, 90005),
        ({"OfflinePushInfo": ...}, 90043),
        ({"OfflinePushInfo": {}}, 90043),
        ({"OfflinePushInfo": {"PushFlag": 0, "Title": "t"}}, 90043),
        ({"OfflinePushInfo": {"PushFlag": 0, "Desc": "d"}}, 90043),
        ({"OfflinePushInfo": {"Title": "t", "Desc": "d"}}, 90043),
        ({"OfflinePushInfo": {**INFO, "Title": None}}, 90043),
        ({"OfflinePushInfo": {**INFO, "Ext": "{}"}}, 0),
        ({"DataId": "城" * 22}, 90057),
        ({"DataId": 7}, 90001),
        ({"MsgBody": message()["MsgBody"]}, 90001),
        ({"Condition": {}}, 90001),
    ],
)
def test_a_batch_is_checked(app, api, more, code):
    answered, answer = api("batch", batch(**more))
    assert answered == code, answer
    assert len(app.pushes) == (code == 0) and (answer["TaskId"] == "") is (code != 0)


def test_a_batch_with_unknown_fields_or_a_missing_part_can_be_tolerated(app, api):
    app.unknown_fields, app.codes = "tolerated", {"offline_part_missing": 0, "sender_missing": 0}
    assert api("batch", batch(TaskName="x", OfflinePushInfo=..., From_Account=...))[0] == 0


@pytest.mark.parametrize(("setting", "code", "batches"), [("same", 0, 1), ("exists", 90025, 1), ("again", 0, 2)])
def test_a_repeated_random_of_a_batch(app, api, setting, code, batches):
    app.random_repeats = setting
    assert api("push", message())[0] == 0  # a push is not a batch
    first = api("batch", batch("ann", "eve"))[1]["TaskId"]
    answered, again = api("batch", batch("ann", "eve"))
    assert (answered, sum(push["batch"] for push in app.pushes)) == (code, batches)
    assert (again["TaskId"] == first) is (setting == "same") and ("ErrorList" in again) is (code == 0)


@pytest.mark.parametrize(("counts", "codes"), [(False, [0, 0, 0, 0, 90047]), (True, [0, 0, 90047, 90047, 90047])])
def test_a_batch_counts_against_the_quota_or_not(app, api, counts, codes):
    app.pushes_per_day, app.batch_counts = 2, counts
    requests = [("batch", batch), ("push", message), ("batch", batch), ("push", message), ("push", message)]
    assert [api(command, body(MsgRandom=at))[0] for at, (command, body) in enumerate(requests)] == codes


def test_a_batch_needs_no_interval(app, api):
    app.push_interval = 60
    assert [api("batch", batch(MsgRandom=random))[0] for random in (1, 2)] == [0, 0]
    assert [api("push", message(MsgRandom=random))[0] for random in (1, 2)] == [0, 90024]
    assert api("batch", batch(MsgRandom=3))[0] == 0


def test_a_push_is_recalled_once(app, api):
    task, other = api("push", message())[1]["TaskId"], api("batch", batch())[1]["TaskId"]
    before = time.time()
    assert api("revoke", {"TaskId": task, "OfflinePushInfo": RECALL})[0] == 0
    assert app.pushes[0]["recall"] == RECALL and before <= app.pushes[0]["recalled"] <= time.time()
    assert "recalled" not in app.pushes[1]
    assert api("revoke", {"TaskId": task, "OfflinePushInfo": RECALL})[0] == 90050
    assert api("revoke", {"TaskId": other, "OfflinePushInfo": RECALL})[0] == 0
    assert app.deliveries("ann") == app.pushes


@pytest.mark.parametrize(
    ("more", "code", "optional"),
    [
        ({}, 0, 0),
        ({"OfflinePushInfo": ...}, 90053, 0),
        ({"OfflinePushInfo": {}}, 90053, 0),
        ({"OfflinePushInfo": {"Title": None}}, 90053, 0),
        ({"OfflinePushInfo": {"Title": 7}}, 90043, 90043),
        ({"OfflinePushInfo": "t"}, 90043, 90043),
        ({"TaskId": ...}, 90001, 90001),
        ({"TaskId": 7}, 90001, 90001),
        ({"TaskId": "x"}, 90049, 90049),
        ({"TaskID": "x"}, 90001, 90001),
    ],
)
def test_a_recall_is_checked(app, api, more, code, optional):
    for setting, expected in (("required", code), ("optional", optional)):
        app.recall_info, app.pushes = setting, []
        fields = {"TaskId": api("push", message())[1]["TaskId"], "OfflinePushInfo": RECALL, **more}
        assert api("revoke", {name: value for name, value in fields.items() if value is not ...})[0] == expected
        assert ("recalled" in app.pushes[0]) is (expected == 0)


def test_a_recall_comes_within_a_day(app, api):
    tasks = [api("push", message(MsgRandom=random))[1]["TaskId"] for random in (1, 2)]
    app.pushes[0]["at"] -= 86401
    app.pushes[1]["at"] -= 86300
    assert [api("revoke", {"TaskId": task, "OfflinePushInfo": RECALL})[0] for task in tasks] == [90052, 0]


def test_recalls_must_be_a_second_apart(app, api):
    app.recall_interval = 60.0
    body = {"TaskId": api("push", message())[1]["TaskId"], "OfflinePushInfo": RECALL}
    assert [api("revoke", body)[0] for _turn in range(2)] == [0, 90051]
    app.recall_interval = 0
    assert api("revoke", body)[0] == 90050


@pytest.mark.parametrize(("setting", "code"), [(False, 90049), (True, 0)])
def test_an_old_push_can_be_recalled_or_not(app, api, setting, code):
    app.recall_old = setting
    body = {"TaskId": api("im_push", message())[1]["TaskId"], "OfflinePushInfo": RECALL}
    assert api("revoke", body)[0] == code


def test_a_lost_response_to_a_recall_is_applied(simulator, app, api):
    body = {"TaskId": api("push", message())[1]["TaskId"], "OfflinePushInfo": RECALL}
    simulator.fail(app.sdkappid, "code_after", code=91000, command="revoke")
    assert [api("revoke", body)[0] for _turn in range(2)] == [91000, 90050]
