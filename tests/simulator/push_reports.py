# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What the service reports of pushes after they were sent: how many users they reached, and why not more."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from .core import INFERRED, Call, command, is_integer
from .push import DAY, Pushes

MOST_TASKS = 5
EVENT = 1  # the only EventType
PLATFORMS = (1, 2)  # of PushPlatform

INFERRED.update(report_times=90001, report_period=90001, report_tasks=90001, report_too_many=90001)

Push = dict[str, Any]
COUNTS = ("TotalCount", "SentCount", "DeliveredCount", "ClickCount")


@dataclass
class Reports(Pushes):
    """The settings of this subject."""

    reports_per_second: int = 1
    report_scope: Literal["all", "period"] = "all"
    old_statistics: bool = False
    batch_statistics: bool = True
    total_task_id: str = ""
    delivery_seconds: float = 0.0
    losses: list[dict[str, Any]] = field(default_factory=list)

    def stages(self, push: Push) -> list[list[str]]:
        """Return the users in each of the counts of a push, as they are now or were when it was recalled."""
        without = set(push["no_device"])
        sent = [account for account in push["recipients"] if account not in without]
        age = push.get("recalled", time.time()) - push["at"]
        share = min(1.0, age / self.delivery_seconds) if self.delivery_seconds else 1.0
        delivered = sent[: int(len(sent) * share)]
        return [push["recipients"], sent, delivered, delivered[: len(delivered) // 2]]

    def reported(self, push: Push, first: int, last: int) -> bool:
        """Return whether the reports on the time from *first* to *last* contain a push."""
        if (push["batch"] and not self.batch_statistics) or (push["family"] != "timpush" and not self.old_statistics):
            return False
        return self.report_scope == "all" or first <= push["at"] < last + 1


@command("timpush/all_member_push_statistics", per_second="reports_per_second")
def statistics(call: Call) -> dict[str, Any]:
    """Return how many users pushes reached."""
    return _report(call, 30, _statistics)


@command("timpush/all_member_push_loss", per_second="reports_per_second")
def loss(call: Call) -> dict[str, Any]:
    """Return how many users pushes did not reach, and why."""
    return _report(call, 7, _loss)


def _report(call: Call, days: int, entry: Callable[[Reports, list[Push]], dict[str, Any]]) -> dict[str, Any]:
    """Serve a report on at most the last *days*; *entry* returns what it contains on pushes."""
    app = call.app
    call.allow_fields("StartTime", "EndTime", "TaskID")
    first, last = _period(call, days)
    tasks = _tasks(call)
    pushes = {push["task_id"]: push for push in app.pushes if app.reported(push, first, last)}
    if tasks:
        results = [{"TaskID": task, **entry(app, [pushes[task]])} for task in dict.fromkeys(tasks) if task in pushes]
    else:
        name = {} if app.total_task_id == "missing" else {"TaskID": app.total_task_id}
        results = [{**name, **entry(app, list(pushes.values()))}]
    return {"ErrorInfo": "sucess", "Results": results}


def _period(call: Call, days: int) -> tuple[int, int]:
    app, first, last = call.app, call.body.get("StartTime"), call.body.get("EndTime")
    if not is_integer(first) or not is_integer(last):
        app.reject("report_times", "StartTime or EndTime is missing or not an integer", always=True)
    if not time.time() - days * DAY <= first < last:  # type: ignore[operator]
        app.reject("report_period", f"StartTime is not before EndTime, or more than {days} days ago")
    return first, last  # type: ignore[return-value]


def _tasks(call: Call) -> list[str]:
    app, tasks = call.app, call.body.get("TaskID")
    if not isinstance(tasks, list) or not all(isinstance(task, str) for task in tasks):
        app.reject("report_tasks", "TaskID is not an array of strings", always=True)
    if len(tasks) > MOST_TASKS:  # type: ignore[arg-type]
        app.reject("report_too_many", f"TaskID lists more than {MOST_TASKS} tasks")
    return tasks  # type: ignore[return-value]


def _platform(account: str) -> int:
    """Return the platform of a user; it is always the same."""
    return PLATFORMS[zlib.crc32(account.encode()) % len(PLATFORMS)]


def _statistics(app: Reports, pushes: list[Push]) -> dict[str, Any]:
    counted = {platform: Counter(dict.fromkeys(COUNTS, 0)) for platform in PLATFORMS}
    for push in pushes:
        for count, users in zip(COUNTS, app.stages(push)):
            for account in users:
                counted[_platform(account)][count] += 1
    platforms = [
        {"EventType": EVENT, "PushPlatform": platform, **counts}
        for platform, counts in counted.items()
        if counts["TotalCount"]
    ]
    total = {count: sum(counts[count] for counts in counted.values()) for count in COUNTS}
    return {**total, "PlatformStatistics": platforms}


def _no_token(users: int) -> dict[str, Any]:
    return {"ErrCode": "-2", "ErrCount": users, "ErrInfo": "token not uploaded"}


def _loss(app: Reports, pushes: list[Push]) -> dict[str, Any]:
    lost = Counter(_platform(account) for push in pushes for account in push["no_device"])
    return {
        "ReadyToSendLoss": [_no_token(sum(lost.values()))] if lost else [],
        "PostSendDeliveredLoss": app.losses,
        "PlatformReadyToSendLoss": [
            {"EventType": EVENT, "PushPlatform": platform, **_no_token(lost[platform])} for platform in sorted(lost)
        ],
        "PlatformPostSendDeliveredLoss": [],
    }
