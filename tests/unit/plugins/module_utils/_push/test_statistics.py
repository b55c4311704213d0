# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The delivery of pushes: what is asked, and what the numbers of the service become."""

from __future__ import annotations

import json
import time

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.statistics import INFO
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.task_ids import LONGEST
from tasks import Workers as Answers
from tasks import client_of, run

USERS = {f"u{number}": {"device": number != 3} for number in range(10)}
COUNTS = ("total", "sent", "delivered", "clicked")
DAY = 24 * 3600


@pytest.fixture
def pushed(simulator, app, connect) -> list[str]:
    """The IDs of two pushes of the app."""
    app.users, app.push_interval = USERS, 0
    found = [run(PUSH, connect(), api="timpush", text="hi", all_users=True)["task_id"] for _turn in range(2)]
    simulator.log.clear()
    return found


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_numbers_of_pushes(simulator, connect, pushed, check_mode):
    before = int(time.time())
    result = run(INFO, connect(), check_mode, task_ids=[pushed[1], "unknown", pushed[0], pushed[1]])
    assert result["changed"] is False and result["missing"] == ["unknown"] and set(result["pushes"]) == set(pushed)
    numbers = result["pushes"][pushed[0]]
    assert [numbers[name] for name in COUNTS] == [10, 9, 9, 4] and set(numbers) == {*COUNTS, "platforms"}
    assert [platform["platform"] for platform in numbers["platforms"]] == [1, 2]
    for platform in numbers["platforms"]:
        assert set(platform) == {"platform", "event_type", *COUNTS} and platform["event_type"] == 1
    for name in ("total", "sent", "delivered"):
        assert sum(platform[name] for platform in numbers["platforms"]) == numbers[name]
    (entry,) = simulator.log
    body = json.loads(entry["body"])
    assert entry["path"] == "v4/timpush/all_member_push_statistics"
    assert body["TaskID"] == [pushed[1], "unknown", pushed[0]]
    assert before - 7 * DAY <= body["StartTime"] < before - 7 * DAY + 660 and body["EndTime"] >= before


@pytest.mark.parametrize(("total_task_id", "key"), [("", "all"), ("missing", "all"), ("everything", "everything")])
def test_all_pushes_together(simulator, app, connect, pushed, total_task_id, key):
    app.total_task_id = total_task_id
    result = run(INFO, connect(), days=30, reasons=False)
    assert list(result["pushes"]) == [key] and result["pushes"][key]["total"] == 20 and result["missing"] == []
    body = json.loads(simulator.log[0]["body"])
    assert body["TaskID"] == [] and body["EndTime"] - body["StartTime"] == 30 * DAY - 600


def test_reasons_are_read_with_a_second_call(simulator, app, connect, pushed):
    app.losses = [{"ErrCode": "410", "ErrCount": 35, "ErrInfo": "Unregistered"}]
    result = run(INFO, connect(), task_ids=pushed[:1], reasons=True)
    assert result["losses"] == {
        pushed[0]: {
            "before_sending": [{"code": "-2", "count": 1, "text": "token not uploaded"}],
            "after_sending": [{"code": "410", "count": 35, "text": "Unregistered"}],
        }
    }
    assert [entry["command"] for entry in simulator.log] == ["all_member_push_statistics", "all_member_push_loss"]


def test_each_call_is_made_once_a_second(simulator, connect, pushed):
    client = connect(sleep=time.sleep, clock=time.monotonic)
    for _turn in range(2):
        assert not run(INFO, client, task_ids=pushed).get("failed")
    assert simulator.busiest()["all_member_push_statistics"] == 1


REJECTED = [
    ({"task_ids": "t"}, "task_ids must be a list, not a string: 't'."),
    ({"task_ids": [7]}, "task_ids: ID number 1 must be a string, not a number: 7"),
    ({"task_ids": ["t", None]}, "task_ids: ID number 2 must be a string, not null"),
    ({"task_ids": list("abcdef")}, "task_ids has 6 IDs, but at most 5 are allowed"),
    ({"days": 0}, "days must be an integer from 1 to 30, not 0"),
    ({"days": 31}, "days must be an integer from 1 to 30, not 31"),
    ({"days": 8, "reasons": True}, "days must be at most 7 if reasons is true, not 8"),
]


@pytest.mark.parametrize(("options", "part"), REJECTED)
def test_what_is_rejected_before_any_request(simulator, connect, options, part):
    result = run(INFO, connect(), **options)
    assert result["failed"] and part in result["msg"] and simulator.log == []


def test_a_long_wait_for_the_first_call_does_not_make_the_second_too_long(simulator, app, connect, monkeypatch, pushed):
    real, client = time.time, connect()
    monkeypatch.setattr(time, "time", lambda: real() + sum(client.pauses))
    simulator.fail(app.sdkappid, "code", code=60011, command="all_member_push_statistics", times=30)
    result = run(INFO, client, task_ids=pushed, reasons=True)
    assert not result.get("failed") and set(result["losses"]) == set(pushed)


def test_null_is_left_to_ansible_which_rejects_it_in_both_modes():
    assert INFO.parse({"task_ids": None}) == {"task_ids": []}


def test_as_many_task_ids_as_the_service_accepts_are_sent(simulator, connect, pushed):
    asked = [*pushed, "x", "y", "z" * LONGEST]
    result = run(INFO, connect(), task_ids=asked)
    assert set(result["pushes"]) == set(pushed) and result["missing"] == asked[2:]
    assert run(INFO, connect(), task_ids=["z" * (LONGEST + 1)])["failed"]


def test_a_rejected_time_points_to_the_clock(simulator, app, connect):
    simulator.fail(app.sdkappid, "code", code=90001)
    message = run(INFO, connect())["msg"]
    assert "the time or the task IDs were rejected" in message and "Check the clock of this machine" in message


def answered(response: dict, **options) -> dict:
    """Return the result for a service that gives this response to both calls."""
    return run(INFO, client_of(Answers(lambda command, body: response)), **options)


def test_what_the_service_may_leave_out():
    assert answered({})["pushes"] == answered({"Results": None})["pushes"] == answered({"Results": []})["pushes"] == {}
    results = [{"TaskID": "t", "SentCount": "9"}, {"TaskID": "other"}]
    found = answered({"Results": results}, task_ids=["t"], reasons=True)
    counts = {"total": None, "sent": 9, "delivered": None, "clicked": None, "platforms": []}
    assert found["pushes"] == {"t": counts} and found["losses"] == {"t": {"before_sending": [], "after_sending": []}}
    assert answered({"ErrorInfo": "sucess", "Results": []})["changed"] is False


def test_the_texts_of_the_service_are_masked_and_bounded():
    loss = {"ErrCode": 7, "ErrCount": 1, "ErrInfo": "the-secret " + "x" * 600}
    found = answered({"Results": [{"TaskID": "t", "PostSendDeliveredLoss": [loss]}]}, reasons=True)["losses"]["t"]
    ((reason,), before) = found["after_sending"], found["before_sending"]
    assert reason["code"] == "7" and "the-secret" not in reason["text"] and len(reason["text"]) < 520 and before == []


RESPONSES = [
    ("x", "Results is not a list of maps"),
    ([7], "Results is not a list of maps"),
    ([{}], "Results contains an entry without TaskID"),
    ([{"TaskID": 7}], "Results contains an entry without TaskID"),
    ([{"TaskID": "\ud800"}], "Results contains an entry without TaskID"),
    ([{"TaskID": "\x1b[1m"}], "Results contains an entry without TaskID"),
    ([{"TaskID": "t", "SentCount": "many"}], "SentCount is not a number"),
    ([{"TaskID": "t", "SentCount": True}], "SentCount is not a number"),
    ([{"TaskID": "t", "PlatformStatistics": {"a": 1}}], "PlatformStatistics is not a list of maps"),
    ([{"TaskID": "t", "ReadyToSendLoss": [7]}], "ReadyToSendLoss is not a list of maps"),
    ([{"TaskID": "t", "ReadyToSendLoss": [{"ErrCode": None}]}], "ErrCode is neither a string nor an integer"),
]


@pytest.mark.parametrize(("results", "part"), RESPONSES)
def test_a_response_of_another_shape(results, part):
    result = answered({"Results": results}, task_ids=["t"], reasons=True)
    assert result["failed"] and f"not a valid Chat API response: {part}" in result["msg"]
