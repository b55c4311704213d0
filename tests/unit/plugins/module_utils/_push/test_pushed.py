# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of pushes that were sent: their recall, and the numbers of their delivery."""

from __future__ import annotations

import json
import time

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.recall import RECALL
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.statistics import INFO
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.task_ids import LONGEST
from rejected import RECALLS, STATISTICS, STATISTICS_FOUND
from tasks import Workers as Answers
from tasks import client_of, run

USERS = {f"u{number}": {"device": number != 3} for number in range(10)}
NOTE = {"title": "Recalled", "desc": "Ignore it", "ext": {"page": "news"}}
NOTE_SENT = {"Title": "Recalled", "Desc": "Ignore it", "Ext": '{"page": "news"}'}
COUNTS = ("total", "sent", "delivered", "clicked")
DAY = 24 * 3600


@pytest.fixture
def ids(simulator, app, connect) -> list[str]:
    """The IDs of two pushes of the app."""
    app.users, app.push_interval, app.recall_interval = USERS, 0, 0.0
    found = [run(PUSH, connect(), api="timpush", text="hi", all_users=True)["task_id"] for _turn in range(2)]
    simulator.log.clear()
    return found


@pytest.fixture
def pushed(app, ids) -> dict:
    """The first of them in the simulator."""
    return app.pushes[0]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("operation", "options", "part"),
    [
        *((RECALL, {"task_id": "t", "offline_push": NOTE, **options}, part) for options, part in RECALLS),
        *((INFO, options, part) for options, part in STATISTICS),
    ],
)
def test_what_is_rejected_before_any_request(simulator, connect, check_mode, operation, options, part):
    result = run(operation, connect(), check_mode, **options)
    assert result["failed"] and part in result["msg"] and simulator.log == []


def recall(client, task_id, check_mode=False) -> dict:
    return run(RECALL, client, check_mode, task_id=task_id, offline_push=NOTE)


def test_a_push_is_recalled_once(simulator, connect, pushed):
    """In check mode, really, again, and in check mode again."""
    assert recall(connect(), pushed["task_id"], check_mode=True) == {"changed": True}
    assert simulator.log == [] and not pushed.get("recalled")
    assert recall(connect(), pushed["task_id"]) == {"changed": True}
    assert [entry["path"] for entry in simulator.log] == ["v4/timpush/revoke"]
    assert json.loads(simulator.log[0]["body"]) == {"TaskId": pushed["task_id"], "OfflinePushInfo": NOTE_SENT}
    assert pushed["recalled"] and pushed["recall"] == NOTE_SENT
    first = pushed["recalled"]
    again = recall(connect(), pushed["task_id"])
    assert again["changed"] is False and not again.get("failed") and pushed["recalled"] == first
    assert recall(connect(), pushed["task_id"], check_mode=True) == {"changed": True}


def test_two_recalls_within_a_second_wait(simulator, app, connect, pushed):
    simulator.fail(app.sdkappid, "code", code=90051, times=2)
    client = connect(retries=0)
    result = recall(client, pushed["task_id"])
    assert result["changed"] and result["retried"]["times"] == 2 and pushed["recalled"]
    assert len(client.pauses) == 2 and min(client.pauses) > 0.999  # rounded


@pytest.mark.parametrize("kind", ["cut_after", "http_after", "truncated", "code_after"])
def test_a_recall_whose_response_is_lost_is_a_change(simulator, app, connect, pushed, kind):
    simulator.fail(app.sdkappid, kind)
    result = recall(connect(), pushed["task_id"])
    assert result["changed"] and not result.get("failed") and len(simulator.log) == 2 and pushed["recalled"]


def test_a_recall_that_was_not_accepted_before_changes_nothing(simulator, app, connect, pushed):
    recall(connect(), pushed["task_id"])
    simulator.fail(app.sdkappid, "code", code=60007)
    assert recall(connect(), pushed["task_id"])["changed"] is False


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"task_id": "another"}, 90049, "Check task_id and sdkappid"),
        ({"at": 0}, 90052, "The push can no longer be recalled"),
        ({"family": "all_member_push"}, 90049, "Only pushes of the API family timpush can be recalled"),
    ],
)
def test_what_cannot_be_recalled(simulator, connect, pushed, changes, code, part):
    task_id = pushed["task_id"]
    pushed.update(changes)
    result = recall(connect(), task_id)
    assert result["failed"] and result["error_code"] == code and part in result["msg"] and not pushed.get("recalled")
    assert len(simulator.log) == 1


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_numbers_of_pushes(simulator, connect, ids, check_mode):
    before = int(time.time())
    result = run(INFO, connect(), check_mode, task_ids=[ids[1], "unknown", ids[0], ids[1]])
    assert result["changed"] is False and result["missing"] == ["unknown"] and set(result["pushes"]) == set(ids)
    numbers = result["pushes"][ids[0]]
    assert [numbers[name] for name in COUNTS] == [10, 9, 9, 4] and set(numbers) == {*COUNTS, "platforms"}
    assert [platform["platform"] for platform in numbers["platforms"]] == [1, 2]
    for platform in numbers["platforms"]:
        assert set(platform) == {"platform", "event_type", *COUNTS} and platform["event_type"] == 1
    for name in ("total", "sent", "delivered"):
        assert sum(platform[name] for platform in numbers["platforms"]) == numbers[name]
    (entry,) = simulator.log
    body = json.loads(entry["body"])
    assert entry["path"] == "v4/timpush/all_member_push_statistics"
    assert body["TaskID"] == [ids[1], "unknown", ids[0]]
    assert before - 7 * DAY <= body["StartTime"] < before - 7 * DAY + 660 and body["EndTime"] >= before


@pytest.mark.parametrize(("total_task_id", "key"), [("", "all"), ("missing", "all"), ("everything", "everything")])
def test_all_pushes_together(simulator, app, connect, ids, total_task_id, key):
    app.total_task_id = total_task_id
    result = run(INFO, connect(), days=30, reasons=False)
    assert list(result["pushes"]) == [key] and result["pushes"][key]["total"] == 20 and result["missing"] == []
    body = json.loads(simulator.log[0]["body"])
    assert body["TaskID"] == [] and body["EndTime"] - body["StartTime"] == 30 * DAY - 600


def test_reasons_are_read_with_a_second_call(simulator, app, connect, ids):
    app.losses = [{"ErrCode": "410", "ErrCount": 35, "ErrInfo": "Unregistered"}]
    before = {"code": "-2", "count": 1, "text": "token not uploaded"}
    after = {"code": "410", "count": 35, "text": "Unregistered"}
    result = run(INFO, connect(), task_ids=ids[:1], reasons=True)
    assert result["losses"] == {ids[0]: {"before_sending": [before], "after_sending": [after]}}
    assert [entry["command"] for entry in simulator.log] == ["all_member_push_statistics", "all_member_push_loss"]


def test_each_call_is_made_once_a_second(simulator, connect, ids):
    client = connect(sleep=time.sleep, clock=time.monotonic)
    for _turn in range(2):
        assert not run(INFO, client, task_ids=ids).get("failed")
    assert simulator.busiest()["all_member_push_statistics"] == 1


def test_a_long_wait_for_the_first_call_does_not_make_the_second_too_long(simulator, app, connect, monkeypatch, ids):
    real, client = time.time, connect()
    monkeypatch.setattr(time, "time", lambda: real() + sum(client.pauses))
    simulator.fail(app.sdkappid, "code", code=60011, command="all_member_push_statistics", times=30)
    result = run(INFO, client, task_ids=ids, reasons=True)
    assert not result.get("failed") and set(result["losses"]) == set(ids)


def test_null_is_left_to_ansible_which_rejects_it_in_both_modes():
    assert INFO.parse({"task_ids": None}) == {"task_ids": []}


def test_as_many_task_ids_as_the_service_accepts_are_sent(simulator, connect, ids):
    asked = [*ids, "x", "y", "z" * LONGEST]
    result = run(INFO, connect(), task_ids=asked)
    assert set(result["pushes"]) == set(ids) and result["missing"] == asked[2:]
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


@pytest.mark.parametrize(("results", "part"), STATISTICS_FOUND)
def test_a_response_of_another_shape(results, part):
    result = answered({"Results": results}, task_ids=["t"], reasons=True)
    assert result["failed"] and f"not a valid Chat API response: {part}" in result["msg"]
