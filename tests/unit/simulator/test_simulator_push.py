# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes, batches, recalls and reports in the simulator: who gets a push, how often, and what is counted."""

from __future__ import annotations

import pytest
from live.contract import BATCH, INFO, LOSS, PUSH, RANDOM, STATISTICS
from simulator.app import App

COUNTS = ("TotalCount", "SentCount", "DeliveredCount", "ClickCount")


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
    api.app.push_interval = App.push_interval
    requests = [("batch", BATCH), ("batch", BATCH), ("push", PUSH), ("im_push", PUSH), ("batch", BATCH)]
    codes = [api(command, body | {"MsgRandom": at})[0] for at, (command, body) in enumerate(requests)]
    api.clock.sleep(1)
    assert api("batch", BATCH | {"MsgRandom": 8})[0] == 0
    assert [*codes, api("push", PUSH)[0]] == [0, 0, 0, 90024, 0, 0]


@pytest.mark.parametrize(("counts", "codes"), [(False, [0, 0, 0, 0, 90047, 0]), (True, [0, 0, *[90047] * 4])])
def test_the_pushes_of_a_day_are_limited_and_batches_count_or_not(serve, counts, codes):
    api = serve(pushes_per_day=2, batch_counts=counts)
    requests = [("batch", BATCH), ("push", PUSH), ("batch", BATCH), ("im_push", PUSH), ("push", PUSH), ("batch", BATCH)]
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
    task, api.app.recall_interval = api("push", PUSH)[1]["TaskId"], App.recall_interval
    assert [api("revoke", recall(task))[0] for _turn in range(2)] == [0, 90051]
    api.clock.sleep(1)
    assert api("revoke", recall(task))[0] == 90050


@pytest.fixture
def thirteen(serve):
    """The API of an app with 13 users, three of them without a device."""
    return serve(users={f"u{index}": {"device": index >= 3} for index in range(13)})


def sent(api, command: str = "push", random: int = 7) -> str:
    """Send a push. Return its TaskId."""
    body = BATCH | {"To_Account": ["u0", "u3", "u4"]} if command == "batch" else PUSH
    return api(command, body | {"MsgRandom": random})[1]["TaskId"]


def entries(api, *tasks: str, command: str = STATISTICS, end: int = 0) -> list:
    """Return the entries of a report on the last hour."""
    now = int(api.clock.time())
    code, answer = api(command, {"StartTime": now - 3600, "EndTime": now + end, "TaskID": list(tasks)})
    assert (code, answer["ErrorInfo"], list(answer)[-1]) == (0, "sucess", "Results")
    return answer["Results"]


def counts(entry: dict) -> tuple:
    """Return the four counts, and verify that the platforms add up to them."""
    found = tuple(entry[name] for name in COUNTS)
    platforms = entry["PlatformStatistics"]
    assert found == tuple(sum(platform[name] for platform in platforms) for name in COUNTS)
    assert {(one["EventType"], one["PushPlatform"]) for one in platforms} <= {(1, 1), (1, 2)}
    return found


def test_pushes_are_counted(thirteen):
    push, batch = sent(thirteen), sent(thirteen, "batch")
    listed = entries(thirteen, batch, "unknown", push, batch)
    assert [(entry["TaskID"], counts(entry)) for entry in listed] == [(batch, (3, 2, 2, 1)), (push, (13, 10, 10, 5))]
    assert len(listed[1]["PlatformStatistics"]) == 2
    (total,) = entries(thirteen)
    assert (total["TaskID"], counts(total)) == ("", (16, 12, 12, 6))
    del thirteen.app.users["u0"]  # what was sent stays
    assert counts(entries(thirteen, push)[0]) == (13, 10, 10, 5)


def test_an_app_without_pushes_has_an_empty_report(thirteen):
    (total,) = entries(thirteen)
    assert counts(total) == (0, 0, 0, 0) and total["PlatformStatistics"] == entries(thirteen, "x") == []


@pytest.mark.parametrize(("age", "expected"), [(0, (0, 0)), (35, (3, 1)), (99, (9, 4)), (100, (10, 5)), (999, (10, 5))])
def test_counts_grow_until_a_recall(thirteen, age, expected):
    thirteen.app.delivery_seconds = 100.0
    task = sent(thirteen)
    thirteen.clock.sleep(age)
    assert counts(entries(thirteen, task)[0]) == (13, 10, *expected)
    assert thirteen("revoke", {"TaskId": task, "OfflinePushInfo": INFO})[0] == 0
    thirteen.clock.sleep(999)
    assert counts(entries(thirteen, task)[0]) == (13, 10, *expected)


@pytest.mark.parametrize(
    ("settings", "listed", "total"),
    [
        ({}, ["push", "batch"], (16, "")),
        ({"batch_statistics": False}, ["push"], (13, "")),
        ({"old_statistics": True}, ["push", "batch", "im_push"], (29, "")),
        ({"total_task_id": "all"}, ["push", "batch"], (16, "all")),
        ({"total_task_id": "missing"}, ["push", "batch"], (16, None)),
    ],
)
def test_which_tasks_a_report_contains_is_a_setting(thirteen, settings, listed, total):
    thirteen.app.change(settings)
    tasks = {sent(thirteen, command, at): command for at, command in enumerate(("push", "batch", "im_push"))}
    assert [tasks[entry["TaskID"]] for entry in entries(thirteen, *tasks)] == listed
    (entry,) = entries(thirteen)
    assert (entry["TotalCount"], entry.get("TaskID")) == total


@pytest.mark.parametrize(("setting", "tasks"), [("all", [0, 1, 2]), ("period", [1])])
def test_the_period_of_a_report_is_applied_or_not(thirteen, setting, tasks):
    thirteen.app.report_scope = setting
    ids = []
    for later in (5400, 1790, 10):
        ids.append(sent(thirteen, random=later))
        thirteen.clock.sleep(later)
    assert [entry["TaskID"] for entry in entries(thirteen, *ids, end=-60)] == [ids[index] for index in tasks]


def test_losses_are_counted(thirteen):
    thirteen.app.losses = [{"ErrCode": "-1", "ErrCount": 1, "ErrInfo": "offline"}]
    push, batch = sent(thirteen), sent(thirteen, "batch")
    no_token = {"ErrCode": "-2", "ErrInfo": "token not uploaded"}
    for tasks, lost in (([push], 3), ([batch], 1), ([], 4)):
        (entry,) = entries(thirteen, *tasks, command=LOSS)
        assert entry["TaskID"] == (tasks[0] if tasks else "")
        assert entry["ReadyToSendLoss"] == [{**no_token, "ErrCount": lost}]
        assert (entry["PostSendDeliveredLoss"], entry["PlatformPostSendDeliveredLoss"]) == (thirteen.app.losses, [])
        platforms = entry["PlatformReadyToSendLoss"]
        assert sum(one["ErrCount"] for one in platforms) == lost
        assert platforms == [{**one, **no_token, "EventType": 1} for one in platforms]
        assert {one["PushPlatform"] for one in platforms} <= {1, 2}
    thirteen.app.users, thirteen.app.losses = {"ann": {}}, []
    (entry,) = entries(thirteen, sent(thirteen, random=9), command=LOSS)
    assert set(map(str, (entry[name] for name in entry if name != "TaskID"))) == {"[]"}
