# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The recall of pushes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal

from .core import INFERRED, Call, Rejected, command
from .push import DAY, Pushes, check_offline

INFERRED.update(task_id=90001)


@dataclass
class Recalls(Pushes):
    """The settings of this subject."""

    recall_info: Literal["required", "optional"] = "required"
    recall_interval: float = 1.0
    recall_old: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._recalled_at = 0.0

    def check_recall_rate(self) -> None:
        """Reject a recall that comes too soon after another, whatever its result was."""
        now = time.time()
        if now < self._recalled_at + self.recall_interval:
            raise Rejected(90051, "recalls are too frequent")
        self._recalled_at = now


@command("timpush/revoke")
def recall(call: Call) -> dict[str, Any]:
    """Recall a push, once."""
    app, task_id = call.app, call.body.get("TaskId")
    app.check_recall_rate()
    call.allow_fields("TaskId", "OfflinePushInfo")
    if not isinstance(task_id, str):
        app.reject("task_id", "TaskId is missing or not a string", always=True)
    info = check_offline(app, call.body.get("OfflinePushInfo", {}))
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
