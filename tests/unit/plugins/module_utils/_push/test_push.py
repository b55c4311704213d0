# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes: what is sent to whom, what is rejected before that, what is retried, and who did not get it."""

from __future__ import annotations

import json
import socket
import threading

import pytest
import tasks
import virtual
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import response
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import push
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH
from memory import Memory
from rejected import EVERYONE, LISTED_PUSHES, NOTE, PUSHES, TEXT, to_listed

USERS = {
    "ann": {"attrs": {"sex": "f", "city": "Oslo"}, "tags": ["staff", "canary"]},
    "bob": {"attrs": {"sex": "m", "city": "Oslo"}, "tags": ["staff"]},
    "dan": {"attrs": {"sex": "m", "city": "Rome"}, "tags": ["canary"], "online": False},
}
CUSTOM = [{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "{}", "Level": 1}}]
NEW = {"api": "timpush"}
SHOWN = {"PushFlag": 0, "Title": "Alert", "Desc": "The database is down"}
ONLINE = (
    "Only users who are online receive this push, because lifetime is not set. To reach users who are offline, set"
    " lifetime to the seconds for which the service stores the push. To reach only users who are online, set"
    " lifetime: 0."
)


@pytest.fixture(autouse=True)
def users(app):
    app.names, app.push_interval = {"0": "sex", "1": "city"}, 0
    app.users = {account: dict(user) for account, user in USERS.items()}


def perform(client, check_mode=False, **options) -> dict:
    return tasks.run(PUSH, client, check_mode, **options)


def bodies(simulator) -> list[dict]:
    return [json.loads(entry["body"]) for entry in simulator.log if entry["command"].endswith("push")]


@pytest.mark.parametrize(
    ("options", "body", "recipients"),
    [
        (EVERYONE, {"MsgLifeTime": 0}, ["ann", "bob"]),
        ({**EVERYONE, "lifetime": 0}, {"MsgLifeTime": 0}, ["ann", "bob"]),
        ({**EVERYONE, "lifetime": 604800, "msg_random": 2**32 - 1}, {"MsgLifeTime": 604800}, ["ann", "bob", "dan"]),
        (
            {"msg_body": CUSTOM, "tags_or": ["staff"], "from_account": "ann"},
            {"MsgBody": CUSTOM, "MsgLifeTime": 0, "Condition": {"TagsOr": ["staff"]}, "From_Account": "ann"},
            ["ann", "bob"],
        ),
        (
            {"text": "hi", "attrs_and": {"sex": "m", "city": "Rome"}, "lifetime": 1},
            *({"MsgLifeTime": 1, "Condition": {"AttrsAnd": {"sex": "m", "city": "Rome"}}}, ["dan"]),
        ),
        ({**EVERYONE, **NEW}, {"OnlineOnlyFlag": 0}, ["ann", "bob", "dan"]),
        ({**EVERYONE, **NEW, "online_only": True}, {"OnlineOnlyFlag": 1}, ["ann", "bob"]),
        (
            {"text": "hi", **NEW, "attrs_and": {"city": "Oslo"}},
            *({"OnlineOnlyFlag": 0, "Condition": {"AttrsAnd": {"city": "Oslo"}}}, ["ann", "bob"]),
        ),
        (
            {"text": "hi", **NEW, "online_only": False, "tags_or": ["canary"], "tags_not": ["staff"]},
            *({"OnlineOnlyFlag": 0, "Condition": {"TagsOr": ["canary"], "TagsNot": ["staff"]}}, ["dan"]),
        ),
        (
            {**NEW, "offline_push": {"title": "城", "desc": "d", "ext": {"a": {"b": [1]}}}, "all_users": True},
            {"OnlineOnlyFlag": 0, "OfflinePushInfo": {"Title": "城", "Desc": "d", "Ext": '{"a": {"b": [1]}}'}},
            ["ann", "bob", "dan"],
        ),
        (
            {**EVERYONE, "offline_push": '{"desc": "城", "ext": {"a": "城"}}'},
            *({"MsgLifeTime": 0, "OfflinePushInfo": {"Desc": "城", "Ext": '{"a": "城"}'}}, ["ann", "bob"]),
        ),
    ],
)
def test_a_push_reaches_the_users_whom_it_selects(simulator, app, connect, options, body, recipients):
    """The task in check mode, which sends nothing, and then really."""
    options = {"msg_random": 0, **options}
    checked = perform(connect(), True, **options)
    prefix = "" if "api" in options else "im_"
    reads = [f"{prefix}get_attr_name"] * ("attrs_and" in options)
    assert [entry["command"] for entry in simulator.log] == reads and not app.pushes
    simulator.log.clear()
    result = perform(connect(), **options)
    assert [entry["command"] for entry in simulator.log] == [*reads, f"{prefix}push"]
    (sent,) = app.pushes
    assert [account for account in USERS if app.deliveries(account)] == sent["recipients"] == recipients
    assert result == {**checked, "task_id": sent["task_id"]} and bodies(simulator) == [result["body"]]
    assert checked == {
        "changed": True,
        "msg_random": options["msg_random"],
        "body": {"MsgRandom": options["msg_random"], **({"MsgBody": TEXT} if "text" in options else {}), **body},
        "condition": body.get("Condition", {}),
        **({"warnings": [ONLINE]} if "MsgLifeTime" in body and "lifetime" not in options else {}),
    }


def test_each_push_has_another_msg_random_by_default(app, connect):
    results = [perform(connect(), **EVERYONE) for _turn in range(20)]
    assert len({result["msg_random"] for result in results}) == len(app.pushes) == 20
    assert max(result["msg_random"] for result in results) > 2**31  # all 32 bits are used


IDS = ["1400000001_144115212910570789_7_15723514", "another form", "1400000002", "14_1_2"]


@pytest.mark.parametrize(
    ("found", "task_id"),
    [({}, None), *(({"TaskId": one}, None) for one in (None, "", [1])), *(({"TaskId": one}, one) for one in IDS)],
)
def test_a_push_with_any_task_id_or_none_was_accepted(simulator, app, connect, found, task_id):
    tasks.queue(simulator, app, "im_push", found)
    result = perform(connect(), **EVERYONE)
    assert result["changed"] and result["task_id"] == task_id and not result.get("failed") and len(app.pushes) == 1


@pytest.mark.parametrize("api", ["all_member_push", "timpush"])
def test_a_response_to_another_app_leaves_it_unknown(simulator, app, connect, api):
    command = "im_push" if api == "all_member_push" else "push"
    tasks.queue(simulator, app, command, {"TaskId": "1400000002_144115212910570789_7_15723514"})
    client = connect()
    result = perform(client, **EVERYONE, msg_random=7, api=api)
    assert (result["failed"], result["changed"], result["sent"], result["tries"]) == (True, False, "unknown", 1)
    assert "the response is not to this request: its TaskId is that of app 1400000002" in result["msg"]
    assert "task_id" not in result and "The push may have been sent" in result["msg"] and result["http_status"] == 200
    assert len(simulator.log) == 1 and client.pauses == []


# -- what is rejected before anything is sent ---------------------------------------------------------------------


def push_to(client, users, check_mode=False, **more) -> dict:
    return perform(client, check_mode, **to_listed(users, **more))


@pytest.mark.parametrize(
    ("options", "message"),
    [*PUSHES, *((to_listed(**{"users": ["ann"], **options}), message) for options, message in LISTED_PUSHES)],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_a_wrong_option_is_rejected_before_the_first_request(simulator, app, connect, options, message, check_mode):
    result = perform(connect(), check_mode, **options)
    assert result["msg"].startswith(message) and "msg_random" in result
    assert (result["failed"], result["changed"], result["sent"]) == (True, False, "no")
    assert simulator.log == [] and not app.pushes


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_undeclared_attribute_is_rejected_with_the_declared_ones(simulator, app, connect, check_mode):
    result = perform(connect(), check_mode, text="hi", attrs_or={"sex": "m", "town": "Oslo"}, msg_random=7)
    assert result["msg"] == (
        "attrs_or: the app has not declared these attributes: 'town'. It has declared: 'sex', 'city'."
        " Correct the names, or declare them with chat_push_attr_names."
    )
    assert (result["sent"], result["msg_random"], result["changed"]) == ("no", 7, False)
    assert simulator.commands() == ["get"] and not app.pushes


def test_a_failed_read_of_the_names_sends_nothing(simulator, app, connect):
    simulator.fail(app.sdkappid, "cut_after", times=4)
    client = connect()
    result = perform(client, text="hi", attrs_or={"sex": "m"}, msg_random=7)
    assert (result["sent"], result["msg_random"], result["tries"]) == ("no", 7, 4)
    assert "may have been sent" not in result["msg"]
    assert simulator.commands() == ["get"] * 4 and len(client.pauses) == 3 and not app.pushes


# -- never twice --------------------------------------------------------------------------------------------------

MAY_BE_ACCEPTED = [60008, 60013, 60014, 70169, 70500, 91000, 99999]
AGAIN = [60007, 60011, 60018, 60019, 90024]
THROTTLED = {"kind": "http", "status": 429}
REJECTED_BEFORE = [301, 302, 303, 307, 308, 399, 401, 403, 404, 405, 407, 411, 413, 414, 415, 426, 431]  # by a gateway
UNKNOWN = [
    *({"kind": kind, "code": code} for code in MAY_BE_ACCEPTED for kind in ("code", "code_after")),
    *({"kind": "http", "status": status} for status in (400, 500, 502, 503)),
    *({"kind": kind} for kind in ("http_after", "cut", "cut_after", "truncated", "garbage")),
    {"kind": "garbage", "body": '{"ActionStatus": "OK", "ErrorCode": 70169}'},
    {"kind": "garbage", "body": '{"ActionStatus": "FAIL", "ErrorCode": 0}'},
    {"kind": "garbage", "body": ""},
    {"kind": "slow", "seconds": 1.5},
    {"kind": "trickle", "interval": 0.3},
]
NOT_SENT = [
    *({"kind": "redirect" if status < 400 else "http", "status": status} for status in REJECTED_BEFORE),
    *({"kind": "code", "code": code} for code in sorted({*push.PUSH_CODES} - {*MAY_BE_ACCEPTED, *AGAIN, 90025})),
]


@pytest.mark.parametrize("fault", [*UNKNOWN, *NOT_SENT], ids=str)
def test_a_push_that_fails_is_not_retried_and_tells_whether_it_was_sent(simulator, app, connect, fault):
    sent = "unknown" if fault in UNKNOWN else "no"
    simulator.fail(app.sdkappid, **fault)
    client = connect(timeout=1 if fault["kind"] in ("slow", "trickle") else 10)
    result = perform(client, **EVERYONE, msg_random=7)
    assert result["failed"] and (result["changed"], result["sent"], result["msg_random"]) == (False, sent, 7)
    assert result["tries"] == 1 == len(simulator.log) and client.pauses == [] and bodies(simulator) == [result["body"]]
    assert (
        "The push may have been sent: check this with a recipient or in the console before you run the task again,"
        " because each run sends a push." in result["msg"]
    ) is (sent == "unknown")
    assert sent == "no" or "Run the task again later" not in result["msg"]
    assert "code" not in fault or result["error_code"] == fault["code"]
    assert "status" not in fault or f"HTTP {fault['status']}" in result["msg"]
    assert len(app.deliveries("ann")) == (fault["kind"] not in ("code", "http", "redirect", "cut"))


@pytest.mark.parametrize("after", [[], [{"kind": "code", "code": 60007}], [THROTTLED]], ids=str)
@pytest.mark.parametrize("api", ["all_member_push", "timpush"])
def test_a_push_that_the_service_already_has_is_never_sent_again(simulator, app, connect, api, after):
    """The service has accepted a push of this MsgRandom, which may be this one: for the task, it is unknown."""
    app.random_repeats = "exists"
    assert perform(connect(), **EVERYONE, msg_random=7, api=api)["changed"]
    simulator.log.clear()
    for fault in after:
        simulator.fail(app.sdkappid, **fault)
    result = perform(connect(), **EVERYONE, msg_random=7, api=api)
    assert result["failed"] and (result["changed"], result["sent"], result["error_code"]) == (False, "unknown", 90025)
    assert result["tries"] == len(simulator.log) == 1 + len(after) and len(app.pushes) == 1
    assert "error 90025, the service already has this push" in result["msg"]
    assert "The push may have been sent" in result["msg"]


@pytest.mark.parametrize("fault", [*({"kind": "code", "code": code} for code in AGAIN), THROTTLED], ids=str)
def test_a_push_that_was_not_accepted_is_retried_with_the_same_msg_random(simulator, app, connect, fault):
    simulator.fail(app.sdkappid, **fault, times=3)
    client = connect()
    result = perform(client, **EVERYONE)
    assert result["changed"] and result["task_id"] and result["retried"]["times"] == 3
    assert {body["MsgRandom"] for body in bodies(simulator)} == {result["msg_random"]} and len(simulator.log) == 4
    assert len(app.deliveries("ann")) == 1
    assert len(client.pauses) == 3 and min(client.pauses) > 0.999  # rounded


@pytest.mark.parametrize("url", ["", "https://chat.invalid"])
def test_a_failed_connection_sends_nothing_and_is_retried(simulator, app, connect, refused_url, url):
    result = perform(connect(url=url or refused_url), **EVERYONE, msg_random=7)
    assert (result["sent"], result["msg_random"], result["tries"]) == ("no", 7, 4)
    assert "may have been sent" not in result["msg"] and simulator.log == []


def test_a_handshake_that_breaks_is_retried(simulator, app, connect):
    """The server accepts the connection, and closes it before TLS is established."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: [server.accept()[0].close() for _turn in range(2)])
        thread.start()
        result = perform(connect(url=f"https://127.0.0.1:{server.getsockname()[1]}", retries=1), **EVERYONE)
        thread.join()
    assert (result["sent"], result["tries"]) == ("no", 2)


def test_a_bug_during_the_call_leaves_it_unknown(app, connect, monkeypatch):
    def broken(*_):
        raise KeyError("secret")

    monkeypatch.setattr(response, "read", broken)  # when the response has arrived
    result = perform(connect(), **EVERYONE, msg_random=7)
    assert (result["sent"], result["msg_random"], len(app.pushes)) == ("unknown", 7, 1)
    assert result["msg"].startswith("KeyError at ") and "The push may have been sent" in result["msg"]
    assert "secret" not in result["msg"]


def test_two_pushes_in_a_row_succeed_with_the_interval_of_the_service():
    service = Memory(push_interval=1.0, users={"ann": {}})
    service.task()
    with service.running():
        first, second = (perform(service.client(), **EVERYONE) for _process in range(2))
    assert first["changed"] and second["changed"] and first["msg_random"] != second["msg_random"]
    assert [command for command, _fault in service.log] == ["push"] * 3, "the service rejects one of them"
    assert len(service.app.deliveries("ann")) == 2 and service.app.pushes[1]["at"] - service.app.pushes[0]["at"] > 1


# -- to listed users ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({}, {}),
        ({"from_account": "ann"}, {"From_Account": "ann"}),
        ({"offline_push": {**NOTE, "ext": {"page": "状"}}}, {"OfflinePushInfo": {**SHOWN, "Ext": '{"page": "状"}'}}),
    ],
)
def test_a_push_reaches_the_listed_users_alone(simulator, app, connect, options, fields):
    checked = push_to(connect(), ["bob", "ann"], check_mode=True, msg_random=7, **options)
    assert simulator.log == [] and app.pushes == []
    result = push_to(connect(), ["bob", "ann"], msg_random=7, **options)
    usual = {"From_Account": "administrator", "OfflinePushInfo": SHOWN}
    body = {"MsgRandom": 7, "To_Account": ["bob", "ann"], **usual, **fields}
    (sent,) = app.pushes
    assert [entry["command"] for entry in simulator.log] == ["batch"] and json.loads(simulator.log[0]["body"]) == body
    assert sorted(sent["recipients"]) == ["ann", "bob"] and not app.deliveries("dan")
    assert result == {"changed": True, "msg_random": 7, "body": body, "task_id": sent["task_id"]}
    assert checked == {"changed": True, "msg_random": 7, "body": body}


def test_500_users_are_one_request(simulator, app, connect):
    app.users = {f"u{number}": {} for number in range(500)}
    assert push_to(connect(), list(app.users))["changed"] and len(simulator.log) == 1


def test_some_users_do_not_exist(app, connect):
    result = push_to(connect(), ["ann", "eve", "bob", "mal"])
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
    result = push_to(connect(), ["ann"])
    assert (result["sent"], result["tries"], len(app.pushes), len(simulator.log)) == ("unknown", 1, 1, 1)


def test_pushes_to_listed_users_keep_the_limit_of_their_call():
    service = virtual.Service()
    client = service.client()
    for _push in range(25):
        assert push_to(client, ["ann"])["changed"]
    assert service.busiest() == 10


def test_a_sender_that_does_not_exist(app, connect):
    result = push_to(connect(), ["ann"], from_account="eve")
    assert (result["sent"], result["error_code"]) == ("no", 70107) and not app.pushes
    assert "Check from_account and users, and import missing accounts with chat_accounts" in result["msg"]


@pytest.mark.parametrize("listed", ["x", [7], [{"To_Account": "ann"}], [{"To_Account": 7, "ErrorCode": 1}]])
def test_a_malformed_list_of_errors_after_the_push_was_accepted(simulator, app, connect, listed):
    tasks.queue(simulator, app, "batch", {"ErrorList": listed, "TaskId": "batch_1"})
    result = push_to(connect(), ["ann"])
    assert result["failed"] and result["sent"] == "unknown" and len(app.pushes) == 1 == len(simulator.log)
    assert result["task_id"] == "batch_1"


@pytest.mark.parametrize(("code", "sent"), [(70107, "no"), (90047, "no"), (91000, "unknown"), (90025, "unknown")])
def test_the_code_tells_whether_a_push_that_no_listed_user_gets_was_sent(app, connect, code, sent):
    app.failing_users = {"ann": {"code": code, "commands": ["batch"]}}
    result = push_to(connect(), ["ann"])
    assert result["failed"] and result["sent"] == sent and list(result["failed_users"]) == ["ann"]
    assert ("The push was not sent to any user" in result["msg"]) is (sent == "no") and not result["changed"]
