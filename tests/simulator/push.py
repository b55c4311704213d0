# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Pushes: what the service accepts, and who gets it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, Literal

from . import conditions
from .attr_names import AttrNames
from .core import INFERRED, Call, Rejected, command, is_integer, size
from .user_tags import UserTags

DAY = 86400.0  # seconds
LONGEST_LIFETIME = 7 * 86400  # seconds; a repeated MsgRandom is the same push for as long
LARGEST_MESSAGE = 10 * 1024  # bytes of MsgBody
LONGEST_DATA_ID = 64  # bytes
ELEMENTS = {f"TIM{kind}Elem" for kind in ("Text", "Location", "Face", "Custom", "Sound", "Image", "File", "VideoFile")}
FIELDS = {"From_Account", "MsgRandom", "MsgBody", "Condition", "OfflinePushInfo"}
OWN_FIELDS = {"all_member_push": {"MsgLifeTime"}, "timpush": {"OnlineOnlyFlag", "DataId"}}

INFERRED.update(body_missing=90002, body_element=90010, online_flag=90001, data_id=90001, offline_push=90043)


@dataclass
class Pushes(UserTags, AttrNames):
    """The settings of this subject."""

    pushes_per_day: int = 100
    push_interval: float = 1.0
    random_repeats: Literal["same", "exists", "again"] = "same"
    empty_condition: Literal["everyone", "rejected"] = "everyone"
    batch_counts: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.pushes: list[dict[str, Any]] = []  # those that were accepted, in their order

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


@command("all_member_push/im_push", "timpush/push")
def push(call: Call) -> dict[str, Any]:
    """Accept a push, once."""
    app, body = call.app, call.body
    call.allow_fields(*FIELDS, *OWN_FIELDS[call.family])
    check_random(body)
    _check_message(call)
    check_offline(app, body.get("OfflinePushInfo", {}))
    check_data_id(app, body.get("DataId", ""))
    online_only = _online_only(call)
    condition = _condition(call)
    if "From_Account" in body:
        check_sender(app, body["From_Account"])
    earlier = same(app, body["MsgRandom"], batch=False)
    if earlier:
        return {"TaskId": earlier["task_id"]}
    _check_interval(app)
    check_quota(app)
    return {"TaskId": accept(call, app.recipients(condition, call.family, online_only), condition)}


def check_random(body: dict[str, Any]) -> None:
    """Reject a body without the number that tells a push from others."""
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


def check_offline(app: Pushes, info: Any) -> dict[str, Any]:
    """Return the parts of OfflinePushInfo that are not null; reject those that are not what they should be."""
    if not isinstance(info, dict):
        app.reject("offline_push", "OfflinePushInfo is not a map", always=True)
    info = app.present(info)
    if not all(isinstance(info.get(name, ""), str) for name in ("Title", "Desc", "Ext")):
        app.reject("offline_push", "Title, Desc or Ext is not a string")
    if not is_integer(info.get("PushFlag", 0), 0, 1):
        app.reject("offline_push", "PushFlag is not 0 or 1")
    return dict(info)


def check_data_id(app: Pushes, data_id: Any) -> None:
    """Reject a DataId that is too long."""
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


def check_sender(app: Pushes, account: Any) -> None:
    """Reject a sender that does not exist."""
    if not isinstance(account, str) or not app.exists(account):
        raise Rejected(app.account_error, f"From_Account {account} does not exist")


def same(app: Pushes, random: int, batch: bool) -> dict[str, Any] | None:
    """Return the earlier push, or batch, that a repeated MsgRandom means; reject it if the app does so."""
    since = time.time() - LONGEST_LIFETIME
    repeated = (one for one in app.pushes if (one["random"], one["batch"]) == (random, batch) and one["at"] > since)
    earlier = next(repeated, None) if app.random_repeats != "again" else None
    if earlier and app.random_repeats == "exists":
        raise Rejected(90025, "the push task exists already")
    return earlier


def _check_interval(app: Pushes) -> None:
    last = next((push["at"] for push in reversed(app.pushes) if not push["batch"]), 0.0)
    if time.time() < last + app.push_interval:
        raise Rejected(90024, "pushes are too frequent")


def check_quota(app: Pushes) -> None:
    """Reject what exceeds the quota of the day."""
    since = time.time() - DAY
    if sum(push["at"] > since for push in app.pushes if app.batch_counts or not push["batch"]) >= app.pushes_per_day:
        raise Rejected(90047, "the pushes of the day are used up")


def accept(call: Call, recipients: list[str], condition: conditions.Condition, batch: bool = False) -> str:
    """Store a push, or a batch, and return its TaskId."""
    app, body, count = call.app, call.body, len(call.app.pushes)
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
            "at": time.time(),
        }
    )
    return task_id
