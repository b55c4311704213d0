# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports on pushes in the simulator."""

from __future__ import annotations

import time

import pytest

STATISTICS, LOSS = "all_member_push_statistics", "all_member_push_loss"
COUNTS = ("TotalCount", "SentCount", "DeliveredCount", "ClickCount")
USERS = {f"u{index}": {"device": index >= 3} for index in range(13)}
DAY = 86400


@pytest.fixture(autouse=True)
def users(app):
    app.users = {account: dict(user) for account, user in USERS.items()}
    app.push_interval, app.recall_interval, app.reports_per_second, app.batches_per_second = 0, 0, 100, 100


@pytest.fixture
def sent(api):
    """Sends a push and returns its TaskId."""

    def send(command: str = "push", random: int = 7) -> str:
        if command == "batch":
            to = {"From_Account": "administrator", "To_Account": ["u0", "u3", "u4"]}
            body = {**to, "MsgRandom": random, "OfflinePushInfo": {"PushFlag": 0, "Title": "t", "Desc": "d"}}
        else:
            element = {"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}
            body = {"MsgRandom": random, "MsgBody": [element]}
        code, answer = api(command, body)
        assert code == 0
        return answer["TaskId"]

    return send


def period(*tasks: object, start: object = -3600, end: object = 60, **more: object) -> dict:
    """Return a request; integers are relative to now."""
    now = int(time.time())
    first, last = (now + at if isinstance(at, int) and not isinstance(at, bool) else at for at in (start, end))
    fields = {"StartTime": first, "EndTime": last, "TaskID": list(tasks), **more}
    return {name: value for name, value in fields.items() if value is not ...}


def counts(entry: dict) -> tuple:
    """Return the four counts, and verify that the platforms add up to them."""
    found = tuple(entry[name] for name in COUNTS)
    platforms = entry["PlatformStatistics"]
    assert found == tuple(sum(platform[name] for platform in platforms) for name in COUNTS)
    assert {(one["EventType"], one["PushPlatform"]) for one in platforms} <= {(1, 1), (1, 2)}
    return found


def test_pushes_are_counted(app, api, sent):
    app.answers = "documented"
    push, batch = sent(), sent("batch")
    code, answer = api(STATISTICS, period(batch, "unknown", push, batch))
    assert (code, answer["ErrorInfo"], list(answer)[-1]) == (0, "sucess", "Results")
    assert [entry["TaskID"] for entry in answer["Results"]] == [batch, push]
    assert [counts(entry) for entry in answer["Results"]] == [(3, 2, 2, 1), (13, 10, 10, 5)]
    assert len(answer["Results"][1]["PlatformStatistics"]) == 2
    (total,) = api(STATISTICS, period())[1]["Results"]
    assert (total["TaskID"], counts(total)) == ("", (16, 12, 12, 6))
    del app.users["u0"]  # what was sent stays
    assert counts(api(STATISTICS, period(push))[1]["Results"][0]) == (13, 10, 10, 5)


def test_an_app_without_pushes_has_an_empty_report(api):
    (total,) = api(STATISTICS, period())[1]["Results"]
    assert counts(total) == (0, 0, 0, 0) and total["PlatformStatistics"] == []
    assert api(STATISTICS, period("x"))[1]["Results"] == []


@pytest.mark.parametrize(("age", "expected"), [(0, (0, 0)), (35, (3, 1)), (99, (9, 4)), (100, (10, 5)), (999, (10, 5))])
def test_counts_grow_until_a_recall(app, api, sent, age, expected):
    app.delivery_seconds = 100.0
    task = sent()
    app.pushes[0]["at"] -= age
    assert counts(api(STATISTICS, period(task))[1]["Results"][0]) == (13, 10, *expected)
    assert api("revoke", {"TaskId": task, "OfflinePushInfo": {"Title": "sorry"}})[0] == 0
    app.pushes[0]["at"] -= 999
    app.pushes[0]["recalled"] -= 999
    assert counts(api(STATISTICS, period(task))[1]["Results"][0]) == (13, 10, *expected)


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
def test_which_tasks_a_report_contains_is_a_setting(app, api, sent, settings, listed, total):
    app.change(settings)
    tasks = {}
    for command in ("push", "batch", "im_push"):
        tasks[command] = sent(command, random=len(tasks))
    entries = api(STATISTICS, period(*tasks.values()))[1]["Results"]
    assert [entry["TaskID"] for entry in entries] == [tasks[command] for command in listed]
    (entry,) = api(STATISTICS, period())[1]["Results"]
    assert (entry["TotalCount"], entry.get("TaskID")) == total


@pytest.mark.parametrize(("setting", "tasks"), [("all", [0, 1, 2]), ("period", [1])])
def test_the_period_of_a_report_is_applied_or_not(app, api, sent, setting, tasks):
    app.report_scope = setting
    ids = [sent(random=random) for random in range(3)]
    for index, age in enumerate((7200, 1800, 10)):
        app.pushes[index]["at"] -= age
    entries = api(STATISTICS, period(*ids, end=-60))[1]["Results"]
    assert [entry["TaskID"] for entry in entries] == [ids[index] for index in tasks]


@pytest.mark.parametrize("command", [STATISTICS, LOSS])
@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({}, 0),
        ({"start": ...}, 90001),
        ({"end": ...}, 90001),
        ({"end": 1e9}, 90001),
        ({"start": 60}, 90001),
        ({"start": 61}, 90001),
        ({"start": 59}, 0),
        ({"TaskID": ...}, 90001),
        ({"TaskID": [7]}, 90001),
        ({"TaskID": None}, 90001),
        ({"TaskID": list("abcde")}, 0),
        ({"TaskID": list("abcdef")}, 90001),
        ({"TaskId": "x"}, 90001),
    ],
)
def test_a_report_is_checked(api, command, request_, code):
    answered, answer = api(command, period(**request_))
    assert answered == code and ("Results" in answer) is (code == 0)


@pytest.mark.parametrize(("command", "days"), [(STATISTICS, 30), (LOSS, 7)])
def test_a_report_does_not_reach_far_back(app, api, command, days):
    assert api(command, period(start=-days * DAY + 60))[0] == 0
    assert api(command, period(start=-days * DAY - 60))[0] == 90001
    app.codes = {"report_period": 0}
    assert api(command, period(start=-days * DAY - 60))[0] == 0
    app.codes = {"report_too_many": 0}
    assert api(command, period(*"abcdef"))[0] == 0


def test_losses_are_counted(app, api, sent):
    app.losses = [{"ErrCode": "-1", "ErrCount": 1, "ErrInfo": "offline"}]
    push, batch = sent(), sent("batch")
    for tasks, lost in (([push], 3), ([batch], 1), ([], 4)):
        code, answer = api(LOSS, period(*tasks))
        (entry,) = answer["Results"]
        assert code == 0 and entry["TaskID"] == (tasks[0] if tasks else "")
        assert entry["ReadyToSendLoss"] == [{"ErrCode": "-2", "ErrCount": lost, "ErrInfo": "token not uploaded"}]
        assert (entry["PostSendDeliveredLoss"], entry["PlatformPostSendDeliveredLoss"]) == (app.losses, [])
        platforms = entry["PlatformReadyToSendLoss"]
        assert sum(one["ErrCount"] for one in platforms) == lost
        assert {(one["EventType"], one["ErrCode"], one["ErrInfo"]) for one in platforms} == {
            (1, "-2", "token not uploaded")
        }
        assert {one["PushPlatform"] for one in platforms} <= {1, 2}
    app.users, app.losses = {"ann": {}}, []
    (entry,) = api(LOSS, period(sent(random=9)))[1]["Results"]
    assert set(map(str, (entry[name] for name in entry if name != "TaskID"))) == {"[]"}
