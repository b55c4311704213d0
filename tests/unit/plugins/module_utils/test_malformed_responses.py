# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Valid responses with one part changed, for each call of each subject: a task fails rather than guess."""

from __future__ import annotations

import copy
import functools
import json
import operator
from collections.abc import Iterator
from typing import Any

import pytest
import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts import accounts
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.response import Reply
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_names, recall, user_attrs, user_tags
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.statistics import INFO
from memory import WRITES, Memory
from simulator.core import COMMANDS

USERS = {"u1": {"tags": ["a", "b"], "attrs": {"sex": "m", "city": "y"}, "nick": "A"}, "u2": {"tags": ["a"]}}
NOTE = {"title": "Alert", "desc": "The database is down"}
OLD, NEW = {"api": "all_member_push"}, {"api": "timpush"}
TASK_ID = "1400000001_144115212910570789_7_15723514"
CASES = {  # the options of an operation
    "names": (attr_names.ENSURE, {"attr_names": {"0": "gender"}, **NEW}),
    "names info": (attr_names.INFO, NEW),
    "attrs": (user_attrs.ENSURE, {"users": {"u1": {"sex": "f"}, "u2": {"city": "x"}}, "exclusive": True, **NEW}),
    "attrs info": (user_attrs.INFO, {"users": ["u1", "u2"], **NEW}),
    "tags": (user_tags.ENSURE, {"users": {"u1": ["c"], "u2": ["c"]}, "exclusive": True, **NEW}),
    "tags info": (user_tags.INFO, {"users": ["u1", "u2"], **NEW}),
    "accounts": (accounts.ENSURE, {"accounts": {"u1": {"nick": "B"}, "u3": {"nick": "C"}}}),
    "deletion": (accounts.ENSURE, {"accounts": {"u1": None}, "state": "absent", "confirm_deletion": True}),
    "accounts info": (accounts.INFO, {"accounts": ["u1", "u3"]}),
    "push": (PUSH, {"text": "hi", "attrs_or": {"sex": "m"}, "msg_random": 7, **NEW}),
    "listed push": (PUSH, {"users": ["u1", "nobody"], "offline_push": NOTE, "msg_random": 7, **NEW}),
    "recall": (recall.RECALL, {"task_id": TASK_ID, "offline_push": NOTE}),
    "delivery": (INFO, {"task_ids": [TASK_ID]}),
    "days": (INFO, {"days": 3, "reasons": True}),
}
CASES |= {f"{case}, old API": (CASES[case][0], CASES[case][1] | OLD) for case in ("names", "attrs", "tags", "push")}
# No task needs to know these.
FREE = {"ErrorInfo", "ErrorDisplay", "ActionStatus", "RequestId", "ResultInfo", "TaskId", "ErrInfo"}
FREE |= {"PlatformReadyToSendLoss", "PlatformPostSendDeliveredLoss"}
# The entries of these may lack each field.
SPARSE = {"Results", "PlatformStatistics"}
# Commands of the simulator that the collection does not send.
UNUSED = {"v4/all_member_push/im_remove_all_tags", "v4/timpush/clear_all_tags", "v4/im_open_login_svc/account_import"}
WRONG = [True, 7.5, "\x00x", [[7]], {"x": {"y": []}}]
MISSING = object()


def some_app(case: str) -> Memory:
    losses = [{"ErrCode": "-1", "ErrCount": 1, "ErrInfo": "offline"}]
    names = {"0": "sex", "1": "city"}
    service = Memory(names=names, types={"0": 0}, users=copy.deepcopy(USERS), push_interval=0.0, losses=losses)
    if case in ("recall", "delivery", "days"):
        tasks.run(PUSH, service.task(), text="hi", all_users=True, msg_random=7, **NEW)
    return service


def spots(document: Any, path: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    """Return each part of *document* with its path, except the document itself."""
    parts = dict(enumerate(document)) if isinstance(document, list) else document
    for key, value in parts.items() if isinstance(parts, dict) else ():
        yield (*path, key), value
        yield from spots(value, (*path, key))


def changes(document: Any) -> Iterator[tuple[tuple, Any, Any]]:
    """Return each document that differs from *document* in one part, with the path and the new value."""
    for path, here in spots(document):
        others = [one for one in WRONG if type(one) is not type(here) or isinstance(one, dict)]
        deep = functools.reduce(lambda inner, _level: [inner], range(400), here)
        doubled = here * 2 if isinstance(here, (list, str)) else MISSING
        for value in (*others, MISSING, None, [], {}, "", -1, 10**30, "x" * 100_000, deep, doubled):
            found = copy.deepcopy(document)
            parent = functools.reduce(operator.getitem, path[:-1], found)
            parent[path[-1]] = value
            if value is MISSING:
                del parent[path[-1]]
            yield path, value, found


def run(case: str, service: Memory, number: int, document: Any = None) -> tuple[dict[str, Any], Any]:
    """Run the task; the response to its request *number* is *document*. Return its result, and that response."""
    originals: list[Any] = [None]
    respond = service.respond

    def replace(sent, at_request):
        got = respond(sent, at_request)
        if at_request != number:
            return got
        originals.append(json.loads(got.body))
        return got if document is None else Reply(200, json.dumps(document).encode())

    service.respond = replace
    operation, options = CASES[case]
    return tasks.run(operation, service.task(), **options), originals[-1]


def is_wrong(path: tuple, value: Any) -> bool:
    """Return whether no response can have this *value* there."""
    field = [key for key in path if isinstance(key, str)][-1]
    if field == "AccountStatus":  # the only text of which all values are known
        return value not in ("Imported", "NotImported")
    return value in WRONG and field not in FREE and not (field in SPARSE and isinstance(value, dict))


@pytest.mark.parametrize("case", CASES)
def test_a_task_fails_rather_than_guess(case):
    done, pushes = some_app(case), "push" in case
    run(case, done, -1)
    for number, (command, _fault) in enumerate(done.log):
        _result, document = run(case, some_app(case), number)
        for path, value, other in changes(document):
            service = some_app(case)
            result, _document = run(case, service, number, other)
            about = f"{command}: {path} is {json.dumps(value, default=str)[:40]}: {str(result)[:300]}"
            assert "Report this as a bug" not in result.get("msg", ""), about
            assert len(service.app.pushes) <= len(done.app.pushes), about
            if pushes and service.app.pushes:
                assert result.get("sent") in (None, "partly", "unknown"), about
            if command.startswith(WRITES) and not pushes:  # reading back decides
                assert result.get("failed") or service.app.users == done.app.users, about
                assert result.get("failed") or service.app.names == done.app.names, about
            elif is_wrong(path, value):
                assert result.get("failed"), about
    assert done.log


def test_each_command_is_in_a_case():
    services = {case: some_app(case) for case in CASES}
    for case, service in services.items():
        run(case, service, -1)
    assert {sent.path for service in services.values() for sent in service.sent} == {*COMMANDS} - UNUSED
