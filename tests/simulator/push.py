# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Pushes: what the service accepts, who gets it, and what it recalls. A batch is a push to listed accounts."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, Literal

from . import conditions
from .attr_names import AttrNames
from .core import INFERRED, Call, Rejected, command, is_integer, size
from .user_tags import UserTags
from .users import Limits, error_list, listed_accounts, sift

DAY = 86400.0  # seconds
LONGEST_LIFETIME = 7 * 86400  # seconds; a repeated MsgRandom is the same push for as long
LARGEST_MESSAGE = 10 * 1024  # bytes of MsgBody
BATCH = Limits(most=500)
IN_BATCH = {"PushFlag", "Title", "Desc"}  # in its OfflinePushInfo
LONGEST_DATA_ID = 64  # bytes
ELEMENTS = {f"TIM{kind}Elem" for kind in ("Text", "Location", "Face", "Custom", "Sound", "Image", "File", "VideoFile")}
FIELDS = {"From_Account", "MsgRandom", "MsgBody", "Condition", "OfflinePushInfo"}
OWN_FIELDS = {"all_member_push": {"MsgLifeTime"}, "timpush": {"OnlineOnlyFlag", "DataId"}}

INFERRED.update(body_missing=90002, body_element=90010, online_flag=90001, data_id=90001, offline_push=90043)
INFERRED.update(sender_missing=90048, offline_part_missing=90043, task_id=90001)


@dataclass
class Pushes(UserTags, AttrNames):
    """The settings of this subject."""

    pushes_per_day: int = 100
    push_interval: float = 1.0
    random_repeats: Literal["same", "exists", "again"] = "same"
    empty_condition: Literal["everyone", "rejected"] = "everyone"
    batches_per_second: int = 10
    batch_counts: bool = False
    recall_info: Literal["required", "optional"] = "required"
    recall_interval: float = 1.0
    recall_old: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.pushes: list[dict[str, Any]] = []  # those that were accepted, in their order
        self._recalled_at = 0.0

    def deliveries(self, account: str) -> list[dict[str, Any]]:
        """Return the pushes that reach *account*."""
        return [push for push in self.pushes if account in push["recipients"]]

    def recipients(self, condition: conditions.Condition, family: str, online_only: bool) -> list[str]:
        """Return the users whom *condition* selects, sorted."""
        declared = set(self.declared(family).values())
        return sorted(
            account
            for account, user in self.users.items()
            if (user.get("online", True) or not online_only) and conditions.selected(condition, user, declared)
        )

    def check_recall_rate(self) -> None:
        """Reject a recall that comes too soon after another, whatever its result was."""
        now = time.time()
        if now < self._recalled_at + self.recall_interval:
            raise Rejected(90051, "recalls are too frequent")
        self._recalled_at = now


@command("all_member_push/im_push", "timpush/push")
def push(call: Call) -> dict[str, Any]:
    """Accept a push, once."""
    app, body = call.app, call.body
    call.allow_fields(*FIELDS, *OWN_FIELDS[call.family])
    _check_random(body)
    _check_message(call)
    _check_offline(app, body.get("OfflinePushInfo", {}))
    _check_data_id(app, body.get("DataId", ""))
    online_only = _online_only(call)
    condition = _condition(call)
    if "From_Account" in body:
        _check_sender(app, body["From_Account"])
    return {"TaskId": _accepted(call, app.recipients(condition, call.family, online_only), condition)}


def _check_random(body: dict[str, Any]) -> None:
    if not is_integer(body.get("MsgRandom"), 0, 2**32 - 1):
        raise Rejected(90005, "MsgRandom is missing or not an unsigned 32-bit integer")


def _check_message(call: Call) -> None:
    app, message = call.app, call.body.get("MsgBody")
    if "MsgBody" not in call.body and call.family == "timpush" and call.body.get("OfflinePushInfo"):
        return
    if "MsgBody" in call.body and not isinstance(message, list):
        raise Rejected(90007, "MsgBody is not an array")
    if not message:
        app.reject("body_missing", "MsgBody is missing or empty")
    for element in message or []:
        if not _is_element(element):
            app.reject("body_element", "an element of MsgBody is malformed")
    if len(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()) > LARGEST_MESSAGE:
        raise Rejected(90056, "the message is larger than 10 KB")


def _is_element(element: Any) -> bool:
    if not isinstance(element, dict) or not isinstance(element.get("MsgContent"), dict):
        return False
    kind, content = element.get("MsgType"), element["MsgContent"]
    if not isinstance(kind, str) or kind not in ELEMENTS:
        return False
    return kind != "TIMTextElem" or isinstance(content.get("Text"), str)


def _check_offline(app: Pushes, info: Any) -> dict[str, Any]:
    """Return the parts of OfflinePushInfo that are not null; reject those that are not what they should be."""
    if not isinstance(info, dict):
        app.reject("offline_push", "OfflinePushInfo is not a map", always=True)
    info = app.present(info)
    if not all(isinstance(info.get(name, ""), str) for name in ("Title", "Desc", "Ext")):
        app.reject("offline_push", "Title, Desc or Ext is not a string")
    if not is_integer(info.get("PushFlag", 0), 0, 1):
        app.reject("offline_push", "PushFlag is not 0 or 1")
    return dict(info)


def _check_data_id(app: Pushes, data_id: Any) -> None:
    if not isinstance(data_id, str):
        app.reject("data_id", "DataId is not a string", always=True)
    if size(data_id) > LONGEST_DATA_ID:
        raise Rejected(90057, f"DataId is longer than {LONGEST_DATA_ID} bytes")


def _online_only(call: Call) -> bool:
    """Return whether users who are offline do not get it."""
    if call.family == "timpush":
        flag = call.body.get("OnlineOnlyFlag", 0)
        if not is_integer(flag, 0, 1):
            call.app.reject("online_flag", "OnlineOnlyFlag is not 0 or 1")
        return flag == 1
    lifetime = call.body.get("MsgLifeTime", 0)
    if not is_integer(lifetime):
        raise Rejected(90044, "MsgLifeTime is not an integer")
    if not 0 <= lifetime <= LONGEST_LIFETIME:
        raise Rejected(90026, f"MsgLifeTime is not from 0 to {LONGEST_LIFETIME}")
    return lifetime == 0


def _condition(call: Call) -> conditions.Condition:
    if "Condition" not in call.body:
        return {}
    condition = conditions.check(call.app, call.family, call.body["Condition"])
    if not condition and call.app.empty_condition == "rejected":
        raise Rejected(90001, "Condition is empty")
    return condition


def _check_sender(app: Pushes, account: Any) -> None:
    if not isinstance(account, str) or not app.exists(account):
        raise Rejected(app.account_error, f"From_Account {account} does not exist")


def _accepted(call: Call, recipients: list[str], condition: conditions.Condition, batch: bool = False) -> str:
    """Store a push, or a batch, unless its MsgRandom means an earlier one. Return its TaskId."""
    app, body, now, count = call.app, call.body, time.time(), len(call.app.pushes)
    alike = [push for push in app.pushes if push["batch"] == batch]
    repeated = (push for push in alike if push["random"] == body["MsgRandom"] and push["at"] > now - LONGEST_LIFETIME)
    earlier = next(repeated, None) if app.random_repeats != "again" else None
    if earlier and app.random_repeats == "exists":
        raise Rejected(90025, "the push task exists already")
    if earlier:
        return str(earlier["task_id"])
    if not batch and alike and now < alike[-1]["at"] + app.push_interval:
        raise Rejected(90024, "pushes are too frequent")
    if app.batch_counts or not batch:
        counted = app.pushes if app.batch_counts else alike
        if sum(push["at"] > now - DAY for push in counted) >= app.pushes_per_day:
            raise Rejected(90047, "the pushes of the day are used up")
    prefix = "batch_" if batch else ""
    task_id = f"{prefix}{app.sdkappid}_{144115212910570789 + count}_{body['MsgRandom']}_{15723514 + count}"
    app.pushes.append(
        {
            "task_id": task_id,
            "random": body["MsgRandom"],
            "family": call.family,
            "condition": condition,
            "recipients": recipients,
            "no_device": [account for account in recipients if not app.users[account].get("device", True)],
            "body": body,
            "batch": batch,
            "at": now,
        }
    )
    return task_id


# -- batches ---------------------------------------------------------------------------------------------------


@command("timpush/batch", per_second="batches_per_second")
def batch(call: Call) -> dict[str, Any]:
    """Accept a batch, once."""
    try:
        return _batch(call)
    except Rejected as rejection:
        rejection.fields = {"TaskId": ""}
        raise


def _batch(call: Call) -> dict[str, Any]:
    app, body = call.app, call.body
    call.allow_fields("From_Account", "To_Account", "MsgRandom", "OfflinePushInfo", "DataId")
    _check_random(body)
    asked = listed_accounts(call, "To_Account", BATCH)
    if not set(_check_offline(app, body.get("OfflinePushInfo", {}))) >= IN_BATCH:
        app.reject("offline_part_missing", "OfflinePushInfo lacks PushFlag, Title or Desc")
    _check_data_id(app, body.get("DataId", ""))
    if "From_Account" in body:
        _check_sender(app, body["From_Account"])
    else:
        app.reject("sender_missing", "From_Account is missing")
    served, failed = sift(call, asked)
    return {"TaskId": _accepted(call, served, {}, batch=True), **error_list(call, failed)}


# -- recalls ---------------------------------------------------------------------------------------------------


@command("timpush/revoke")
def recall(call: Call) -> dict[str, Any]:
    """Recall a push, once."""
    app, task_id = call.app, call.body.get("TaskId")
    app.check_recall_rate()
    call.allow_fields("TaskId", "OfflinePushInfo")
    if not isinstance(task_id, str):
        app.reject("task_id", "TaskId is missing or not a string", always=True)
    info = _check_offline(app, call.body.get("OfflinePushInfo", {}))
    if not info and app.recall_info == "required":
        raise Rejected(90053, "OfflinePushInfo is missing")
    families = ("timpush", "all_member_push") if app.recall_old else ("timpush",)
    push = next((one for one in app.pushes if one["task_id"] == task_id and one["family"] in families), None)
    if not push:
        raise Rejected(90049, "there is no such task")
    if "recalled" in push:
        raise Rejected(90050, "the task was recalled before")
    if push["at"] < time.time() - DAY:
        raise Rejected(90052, "the task is older than 24 hours")
    push.update(recalled=time.time(), recall=info)
    return {}
