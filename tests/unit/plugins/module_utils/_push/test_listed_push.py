# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes to listed users: as careful as any push, and exact about who did not get it."""

from __future__ import annotations

import json

import pytest
import virtual
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH
from tasks import queue, run

USERS = {account: {} for account in ("ann", "bob", "cid")}
NOTE = {"title": "Alert", "desc": "The database is down"}
INFO = {"PushFlag": 0, "Title": "Alert", "Desc": "The database is down"}


@pytest.fixture(autouse=True)
def users(app):
    app.users = {account: dict(user) for account, user in USERS.items()}


def push(client, users, check_mode=False, **more) -> dict:
    given = {"api": "timpush", "users": users, "offline_push": NOTE, **more}
    return run(PUSH, client, check_mode, **{name: value for name, value in given.items() if value is not ...})


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({}, {}),
        ({"from_account": "ann"}, {"From_Account": "ann"}),
        ({"offline_push": {**NOTE, "ext": {"page": "状"}}}, {"OfflinePushInfo": {**INFO, "Ext": '{"page": "状"}'}}),
    ],
)
def test_a_push_reaches_the_listed_users_alone(simulator, app, connect, options, fields):
    checked = push(connect(), ["bob", "ann"], check_mode=True, msg_random=7, **options)
    assert simulator.log == [] and app.pushes == []
    result = push(connect(), ["bob", "ann"], msg_random=7, **options)
    usual = {"From_Account": "administrator", "OfflinePushInfo": INFO}
    body = {"MsgRandom": 7, "To_Account": ["bob", "ann"], **usual, **fields}
    (sent,) = app.pushes
    assert [entry["command"] for entry in simulator.log] == ["batch"] and json.loads(simulator.log[0]["body"]) == body
    assert sorted(sent["recipients"]) == ["ann", "bob"] and not app.deliveries("cid")
    assert result == {"changed": True, "msg_random": 7, "body": body, "task_id": sent["task_id"]}
    assert checked == {"changed": True, "msg_random": 7, "body": body}


REJECTED = [
    ({"users": []}, "users is empty"),
    ({"users": None}, "users must be a list, not null."),
    ({"users": ["ann", "bob", "ann"]}, "users: 'ann' is listed more than once"),
    ({"users": [f"u{number}" for number in range(501)]}, "users has 501 user IDs, but at most 500 are allowed."),
    ({"users": "ann"}, "users must be a list, not a string: 'ann'."),
    ({"users": [7]}, "users: a user ID must be a string, not a number: 7"),
    ({"api": ...}, "users: the API family all_member_push does not support this option"),
    ({"text": "hi"}, "text: a push to listed users does not support this option"),
    ({"msg_body": [{"MsgType": "TIMTextElem", "MsgContent": {}}]}, "msg_body: a push to listed users does not"),
    ({"online_only": False}, "online_only: a push to listed users does not support this option."),
    ({"lifetime": 60}, "lifetime: a push to listed users does not support this option."),
    ({"offline_push": ...}, "a push to listed users needs a title and a desc"),
    ({"offline_push": {"desc": "x"}}, "needs a title and a desc"),
    (
        {"all_users": True},
        "the audience of the push is set more than once: all_users, users. Keep one of: all_users, u",
    ),
    ({"tags_or": ["x"]}, "the audience of the push is set more than once: users, tags_or. Keep one of: users, tags."),
]


@pytest.mark.parametrize(("options", "part"), REJECTED)
def test_what_is_rejected_before_any_request(simulator, connect, options, part):
    result = push(connect(), **{"users": ["ann"], **options})
    assert part in result["msg"] and result["failed"] and result["sent"] == "no" and not result["changed"]
    assert simulator.log == []


def test_500_users_are_one_request(simulator, app, connect):
    app.users = {f"u{number}": {} for number in range(500)}
    assert push(connect(), list(app.users))["changed"] and len(simulator.log) == 1


def test_some_users_do_not_exist(app, connect):
    result = push(connect(), ["ann", "eve", "bob", "mal"])
    (sent,) = app.pushes
    assert result["failed"] and result["changed"] and result["sent"] == "partly"
    assert result["task_id"] == sent["task_id"] and sorted(sent["recipients"]) == ["ann", "bob"]
    why = {"error_code": 70107, "error_info": "account does not exist"}
    assert result["failed_users"] == {"eve": why, "mal": why}
    assert result["command"] == "batch" and "for: 'eve', 'mal'. The push was sent to 2 of 4 users." in result["msg"]
    assert "Do not run the task again for all users" in result["msg"] and "chat_accounts" in result["msg"]


@pytest.mark.parametrize("fault", ["cut_after", "http_after"])
def test_a_push_whose_response_is_lost_is_not_sent_again(simulator, app, connect, fault):
    simulator.fail(app.sdkappid, fault, command="batch")
    result = push(connect(), ["ann"])
    assert (result["sent"], result["tries"], len(app.pushes), len(simulator.log)) == ("unknown", 1, 1, 1)


def test_pushes_to_listed_users_keep_the_limit_of_their_call():
    service = virtual.Service()
    client = service.client()
    for _push in range(25):
        assert push(client, ["ann"])["changed"]
    assert service.busiest() == 10


def test_a_sender_that_does_not_exist(app, connect):
    result = push(connect(), ["ann"], from_account="eve")
    assert (result["sent"], result["error_code"]) == ("no", 70107) and not app.pushes
    assert "Check from_account and users, and import missing accounts with chat_accounts" in result["msg"]


@pytest.mark.parametrize("listed", ["x", [7], [{"To_Account": "ann"}], [{"To_Account": 7, "ErrorCode": 1}]])
def test_a_malformed_list_of_errors_after_the_push_was_accepted(simulator, app, connect, listed):
    queue(simulator, app, "batch", {"ErrorList": listed, "TaskId": "batch_1"})
    result = push(connect(), ["ann"])
    assert result["failed"] and result["sent"] == "unknown" and len(app.pushes) == 1 == len(simulator.log)
    assert result["task_id"] == "batch_1"


@pytest.mark.parametrize(("code", "sent"), [(70107, "no"), (90047, "no"), (91000, "unknown"), (90025, "unknown")])
def test_the_code_tells_whether_a_push_that_no_listed_user_gets_was_sent(app, connect, code, sent):
    app.failing_users = {"ann": {"code": code, "commands": ["batch"]}}
    result = push(connect(), ["ann"])
    assert result["failed"] and result["sent"] == sent and list(result["failed_users"]) == ["ann"]
    assert ("The push was not sent to any user" in result["msg"]) is (sent == "no") and not result["changed"]
