# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recall of a push: what is sent, what is retried, and what each code means."""

from __future__ import annotations

import json

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.recall import RECALL
from tasks import run

NOTE = {"title": "Recalled", "desc": "Ignore it", "ext": {"page": "news"}}
INFO = {"Title": "Recalled", "Desc": "Ignore it", "Ext": '{"page": "news"}'}


@pytest.fixture
def pushed(simulator, app, connect) -> dict:
    """A push of the app."""
    app.users, app.recall_interval = {"ann": {}}, 0.0
    run(PUSH, connect(), api="timpush", text="hi", all_users=True)
    simulator.log.clear()
    return app.pushes[0]


def recall(client, task_id, check_mode=False, **more) -> dict:
    return run(RECALL, client, check_mode, **{"task_id": task_id, "offline_push": NOTE, **more})


def test_a_push_is_recalled_once(simulator, connect, pushed):
    """In check mode, really, again, and in check mode again."""
    assert recall(connect(), pushed["task_id"], check_mode=True) == {"changed": True}
    assert simulator.log == [] and not pushed.get("recalled")
    assert recall(connect(), pushed["task_id"]) == {"changed": True}
    assert [entry["path"] for entry in simulator.log] == ["v4/timpush/revoke"]
    assert json.loads(simulator.log[0]["body"]) == {"TaskId": pushed["task_id"], "OfflinePushInfo": INFO}
    assert pushed["recalled"] and pushed["recall"] == INFO
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


REJECTED = [
    ({"task_id": ""}, "task_id is empty: ''"),
    ({"task_id": 7}, "task_id must be a string, not a number: 7"),
    ({"task_id": None}, "task_id must be a string, not null."),
    ({"task_id": "a\nb"}, "task_id is not a task ID: 'a\\nb'."),
    ({"task_id": "x" * 201}, "task_id is not a task ID"),
    ({"offline_push": None}, "offline_push must be a map, not null."),
    ({"offline_push": {}}, "offline_push is empty"),
    ({"offline_push": {"body": "x"}}, "offline_push: 'body' is not a valid key"),
]


@pytest.mark.parametrize(("options", "part"), REJECTED)
def test_what_is_rejected_before_any_request(simulator, connect, options, part):
    for check_mode in (False, True):
        result = recall(connect(), **{"task_id": "t", **options}, check_mode=check_mode)
        assert result["failed"] and part in result["msg"] and simulator.log == []
