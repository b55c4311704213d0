# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes, batches and recalls in the simulator: who gets them, and how often."""

from __future__ import annotations

import pytest
from live.contract import BATCH, INFO, PUSH, RANDOM


def recall(task: str) -> dict:
    return {"TaskId": task, "OfflinePushInfo": INFO}


def test_a_push_has_a_task_id_and_recipients(api):
    code, answer = api("im_push", PUSH | {"MsgLifeTime": 60})
    assert (code, set(answer)) == (0, {"ActionStatus", "ErrorCode", "ErrorInfo", "TaskId"})
    app_id, *others = answer["TaskId"].split("_")
    assert app_id == str(api.app.sdkappid) and len(others) == 3 and all(part.isdigit() for part in others)
    (push,) = api.app.pushes
    assert push == {
        "task_id": answer["TaskId"],
        "random": RANDOM,
        "family": "all_member_push",
        "condition": {},
        "recipients": ["ann", "bob", "cid", "dan"],
        "no_device": [],
        "body": PUSH | {"MsgLifeTime": 60},
        "batch": False,
        "at": api.clock.time(),
    }
    assert api.app.deliveries("dan") == [push] and api.app.deliveries("eve") == []


@pytest.mark.parametrize(
    ("condition", "recipients"),
    [
        ({"AttrsOr": {"sex": "f", "city": "Rome"}}, ["ann", "dan"]),
        ({"AttrsAnd": {"sex": "m", "city": "Oslo"}}, ["bob"]),
        ({"AttrsOr": {"sex": "m"}, "AttrsAnd": {"city": "Oslo"}}, ["bob"]),
        ({"AttrsOr": {"size": "s"}}, []),
        ({"AttrsAnd": {"0": "m"}}, []),
        ({"TagsOr": ["a", "c"]}, ["ann", "bob", "dan"]),
        ({"TagsAnd": ["a", "c"]}, ["ann"]),
        ({"TagsOr": ["c"], "TagsAnd": ["a"]}, ["ann"]),
        ({"TagsOr": ["nobody"]}, []),
        ({"TagsNot": ["a"]}, ["cid", "dan"]),
        ({}, ["ann", "bob", "cid", "dan"]),
        ({"TagsOr": []}, ["ann", "bob", "cid", "dan"]),
        ({"AttrsOr": {"sex": "m"}, "Colours": ["red"]}, ["bob", "cid"]),
    ],
)
@pytest.mark.parametrize("command", ["im_push", "push"])
def test_a_condition_selects_users(serve, command, condition, recipients):
    api = serve(unknown_fields="tolerated")
    api.app.users["cid"] = {**api.app.users["cid"], "attrs": {"sex": "m", "size": "s"}}  # size is not declared
    lifetime = {"MsgLifeTime": 60} if command == "im_push" else {}
    assert api(command, PUSH | {"Condition": condition} | lifetime)[0] == 0
    not_known = command == "im_push" and "TagsNot" in condition
    assert api.app.pushes[-1]["recipients"] == (sorted(api.app.users) if not_known else recipients)


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
def test_users_who_are_offline_get_stored_pushes(api, command, more, all_users):
    assert api(command, PUSH | more)[0] == 0
    assert api.app.pushes[-1]["recipients"] == ["ann", "bob", "cid", *(["dan"] if all_users else [])]


def test_a_batch_reaches_those_whom_it_lists(api):
    code, answer = api("batch", BATCH | {"To_Account": ["bob", "dan"]})
    assert (code, set(answer)) == (0, {"ActionStatus", "ErrorInfo", "ErrorCode", "TaskId"})
    (push,) = api.app.pushes
    assert answer["TaskId"] == push["task_id"] and push["task_id"].startswith("batch_")
    assert (push["family"], push["recipients"], push["batch"]) == ("timpush", ["bob", "dan"], True)
    assert api.app.deliveries("dan") == [push] and api.app.deliveries("ann") == []


def test_two_pushes_must_be_more_than_a_second_apart_and_batches_need_not(api):
    api.app.push_interval = 1.0
    codes = [api("im_push", PUSH | {"MsgRandom": random})[0] for random in (1, 2)]
    codes += [api("batch", BATCH | {"MsgRandom": random})[0] for random in (3, 4)]
    api.clock.sleep(1)
    assert [*codes, *(api("push", PUSH | {"MsgRandom": random})[0] for random in (5, 6))] == [0, 90024, 0, 0, 0, 90024]


@pytest.mark.parametrize(("counts", "codes"), [(False, [0, 0, 0, 0, 90047]), (True, [0, 0, 90047, 90047, 90047])])
def test_the_pushes_of_a_day_are_limited_and_batches_count_or_not(serve, counts, codes):
    api = serve(pushes_per_day=2, batch_counts=counts)
    requests = [("batch", BATCH), ("push", PUSH), ("batch", BATCH), ("im_push", PUSH), ("push", PUSH)]
    assert [api(command, body | {"MsgRandom": at})[0] for at, (command, body) in enumerate(requests)] == codes
    api.clock.sleep(86401)
    assert api("push", PUSH | {"MsgRandom": 9})[0] == 0


@pytest.mark.parametrize(("command", "body"), [("im_push", PUSH), ("batch", BATCH)])
@pytest.mark.parametrize(("setting", "code", "pushes"), [("same", 0, 1), ("exists", 90025, 1), ("again", 0, 2)])
def test_a_repeated_random_is_the_same_push_an_error_or_another_push(serve, command, body, setting, code, pushes):
    api = serve(random_repeats=setting, pushes_per_day=1, push_interval=1)
    first = api(command, body)[1]["TaskId"]
    if setting == "again":
        api.app.pushes_per_day, api.app.push_interval = 9, 0  # a push that was accepted already needs neither
    answered, again = api(command, body)
    assert (answered, len(api.app.pushes), again.get("TaskId") == first) == (code, pushes, setting == "same")
    api.clock.sleep(7 * 86400)
    assert api(command, body)[0] == 0 and len(api.app.pushes) == pushes + 1


def test_a_batch_does_not_repeat_the_random_of_a_push(api):
    assert [api(command, body)[0] for command, body in (("push", PUSH), ("batch", BATCH))] == [0, 0]
    assert len(api.app.pushes) == 2


def test_a_push_is_recalled_once_and_within_a_day(api):
    task, other = api("push", PUSH)[1]["TaskId"], api("batch", BATCH)[1]["TaskId"]
    assert api("revoke", recall(task))[0] == 0
    first, second = api.app.pushes
    assert (first["recall"], first["recalled"], "recalled" in second) == (INFO, api.clock.time(), False)
    assert api.app.deliveries("ann") == [first, second]
    assert api("revoke", recall(task))[0] == 90050
    api.clock.sleep(86399)
    assert api("revoke", recall(other))[0] == 0
    late = api("push", PUSH | {"MsgRandom": 9})[1]["TaskId"]
    api.clock.sleep(86401)
    assert api("revoke", recall(late))[0] == 90052


def test_recalls_must_be_a_second_apart(api):
    task, api.app.recall_interval = api("push", PUSH)[1]["TaskId"], 1
    assert [api("revoke", recall(task))[0] for _turn in range(2)] == [0, 90051]
    api.clock.sleep(1)
    assert api("revoke", recall(task))[0] == 90050
