# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports on pushes in the simulator."""

from __future__ import annotations

import pytest
from live.contract import BATCH, INFO, PUSH

STATISTICS, LOSS = "all_member_push_statistics", "all_member_push_loss"
COUNTS = ("TotalCount", "SentCount", "DeliveredCount", "ClickCount")


@pytest.fixture
def api(serve):
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


def test_pushes_are_counted(api):
    push, batch = sent(api), sent(api, "batch")
    listed = entries(api, batch, "unknown", push, batch)
    assert [(entry["TaskID"], counts(entry)) for entry in listed] == [(batch, (3, 2, 2, 1)), (push, (13, 10, 10, 5))]
    assert len(listed[1]["PlatformStatistics"]) == 2
    (total,) = entries(api)
    assert (total["TaskID"], counts(total)) == ("", (16, 12, 12, 6))
    del api.app.users["u0"]  # what was sent stays
    assert counts(entries(api, push)[0]) == (13, 10, 10, 5)


def test_an_app_without_pushes_has_an_empty_report(api):
    (total,) = entries(api)
    assert counts(total) == (0, 0, 0, 0) and total["PlatformStatistics"] == entries(api, "x") == []


@pytest.mark.parametrize(("age", "expected"), [(0, (0, 0)), (35, (3, 1)), (99, (9, 4)), (100, (10, 5)), (999, (10, 5))])
def test_counts_grow_until_a_recall(api, age, expected):
    api.app.delivery_seconds = 100.0
    task = sent(api)
    api.clock.sleep(age)
    assert counts(entries(api, task)[0]) == (13, 10, *expected)
    assert api("revoke", {"TaskId": task, "OfflinePushInfo": INFO})[0] == 0
    api.clock.sleep(999)
    assert counts(entries(api, task)[0]) == (13, 10, *expected)


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
def test_which_tasks_a_report_contains_is_a_setting(api, settings, listed, total):
    api.app.change(settings)
    tasks = {sent(api, command, at): command for at, command in enumerate(("push", "batch", "im_push"))}
    assert [tasks[entry["TaskID"]] for entry in entries(api, *tasks)] == listed
    (entry,) = entries(api)
    assert (entry["TotalCount"], entry.get("TaskID")) == total


@pytest.mark.parametrize(("setting", "tasks"), [("all", [0, 1, 2]), ("period", [1])])
def test_the_period_of_a_report_is_applied_or_not(api, setting, tasks):
    api.app.report_scope = setting
    ids = []
    for later in (5400, 1790, 10):
        ids.append(sent(api, random=later))
        api.clock.sleep(later)
    assert [entry["TaskID"] for entry in entries(api, *ids, end=-60)] == [ids[index] for index in tasks]


def test_losses_are_counted(api):
    api.app.losses = [{"ErrCode": "-1", "ErrCount": 1, "ErrInfo": "offline"}]
    push, batch = sent(api), sent(api, "batch")
    no_token = {"ErrCode": "-2", "ErrInfo": "token not uploaded"}
    for tasks, lost in (([push], 3), ([batch], 1), ([], 4)):
        (entry,) = entries(api, *tasks, command=LOSS)
        assert entry["TaskID"] == (tasks[0] if tasks else "")
        assert entry["ReadyToSendLoss"] == [{**no_token, "ErrCount": lost}]
        assert (entry["PostSendDeliveredLoss"], entry["PlatformPostSendDeliveredLoss"]) == (api.app.losses, [])
        platforms = entry["PlatformReadyToSendLoss"]
        assert sum(one["ErrCount"] for one in platforms) == lost
        assert platforms == [{**one, **no_token, "EventType": 1} for one in platforms]
        assert {one["PushPlatform"] for one in platforms} <= {1, 2}
    api.app.users, api.app.losses = {"ann": {}}, []
    (entry,) = entries(api, sent(api, random=9), command=LOSS)
    assert set(map(str, (entry[name] for name in entry if name != "TaskID"))) == {"[]"}
