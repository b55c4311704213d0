# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The delivery of pushes: how many devices got them, and why others did not.

Follows https://www.tencentcloud.com/document/product/1047/71894 (statistics) and
https://www.tencentcloud.com/document/product/1047/71895 (losses).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .._core.client import Client
from .._core.codes import Code, as_code
from .._core.errors import OptionError, invalid_response
from .._core.operation import Operation, Options, Outcome
from .._core.options import check_range
from .._core.response import foreign_text, list_in
from .._core.retry import Call
from .._core.values import is_absent, require_list
from . import api
from .task_ids import is_task_id, parse_task_id

MAX_TASKS = 5  # in a request
MAX_DAYS = 30
MAX_DAYS_OF_LOSSES = 7
ALL = "all"  # stands for all pushes together, in place of a task ID

_DAY = 24 * 60 * 60  # seconds
_MARGIN = 600  # seconds that the time begins later than it could: clocks differ, and a call can be throttled
_COUNTS = {"total": "TotalCount", "sent": "SentCount", "delivered": "DeliveredCount", "clicked": "ClickCount"}
_PLATFORM = {"platform": "PushPlatform", "event_type": "EventType", **_COUNTS}
_LOSSES = {"before_sending": "ReadyToSendLoss", "after_sending": "PostSendDeliveredLoss"}

CODES = {90001: Code("the time or the task IDs were rejected", "Check the clock of this machine, and task_ids")}

Document = Mapping[str, Any]


# -- the rules, without the network -------------------------------------------------------------------------------


def _parse_task_ids(value: Any) -> list[str]:
    given = [] if value is None else require_list("task_ids", value, '["{{ push.task_id }}"]')
    task_ids = list(dict.fromkeys(parse_task_id(f"task_ids: ID number {at}", one) for at, one in enumerate(given, 1)))
    if len(task_ids) > MAX_TASKS:
        what = f"task_ids has {len(task_ids)} IDs, but at most {MAX_TASKS} are allowed"
        raise OptionError(what, "Read the pushes in several tasks")
    return task_ids


def _check_days(days: int, reasons: bool) -> None:
    check_range("days", days, 1, MAX_DAYS)
    if reasons and days > MAX_DAYS_OF_LOSSES:
        what = f"days must be at most {MAX_DAYS_OF_LOSSES} if reasons is true, not {days}"
        raise OptionError(what, f"Set days: {MAX_DAYS_OF_LOSSES}, or remove reasons")


# -- the calls ----------------------------------------------------------------------------------------------------


def _run(client: Client, options: Options, check_mode: bool) -> Outcome:
    task_ids, days, reasons = options["task_ids"], options["days"], options["reasons"]
    _check_days(days, reasons)
    pushes = _read(client, "all_member_push_statistics", options, counts)
    keys: dict[str, Any] = {"pushes": pushes, "missing": [task_id for task_id in task_ids if task_id not in pushes]}
    if reasons:
        mask = client.redact_foreign.text
        keys["losses"] = _read(client, "all_member_push_loss", options, lambda entry: losses(entry, mask))
    return Outcome(False, keys)


def _read(client: Client, command: str, options: Options, parse: Callable[[Document], Any]) -> dict[str, Any]:
    """Return what *parse* returns for each push in the response, by task ID. Raises ChatError."""
    now, asked = int(time.time()), options["task_ids"]
    body = {"StartTime": now - options["days"] * _DAY + _MARGIN, "EndTime": now, "TaskID": asked}
    call = Call(api.path(api.NEW, command), body, codes=CODES, per_second=1)
    return client.call(call, lambda found: {task: parse(entry) for task, entry in entries(found, asked)})


def entries(response: Document, asked: Sequence[str]) -> Iterator[tuple[str, Document]]:
    """Return the entries of a response with their task IDs. If none were *asked* for, one entry is about all pushes."""
    for entry in list_in(response, "Results", dict):
        task_id = entry.get("TaskID")
        if not asked and is_absent(task_id):
            yield ALL, entry
        elif not isinstance(task_id, str) or not is_task_id(task_id):
            raise invalid_response("Results contains an entry without TaskID")
        elif task_id in asked or not asked:
            yield task_id, entry


def counts(entry: Document) -> dict[str, Any]:
    platforms = [_numbers(one, _PLATFORM) for one in list_in(entry, "PlatformStatistics", dict)]
    return {**_numbers(entry, _COUNTS), "platforms": platforms}


def losses(entry: Document, mask: Callable[[str], str]) -> dict[str, Any]:
    return {key: [_loss(one, mask) for one in list_in(entry, field, dict)] for key, field in _LOSSES.items()}


def _loss(entry: Document, mask: Callable[[str], str]) -> dict[str, Any]:
    code = entry.get("ErrCode")
    if not isinstance(code, (str, int)) or isinstance(code, bool):
        raise invalid_response("ErrCode is neither a string nor an integer")
    shown = foreign_text(str(code), mask)
    return {"code": shown, **_numbers(entry, {"count": "ErrCount"}), "text": foreign_text(entry.get("ErrInfo"), mask)}


def _numbers(entry: Document, fields: Mapping[str, str]) -> dict[str, int | None]:
    """Return the numbers in *entry*; None for those that it does not contain. Raises ChatError."""
    found = {key: (entry.get(field), as_code(entry.get(field))) for key, field in fields.items()}
    for key, (given, number) in found.items():
        if given is not None and number is None:
            raise invalid_response(f"{fields[key]} is not a number")
    return {key: number for key, (_given, number) in found.items()}


INFO = Operation(
    _run,
    {
        "task_ids": {"type": "list", "elements": "str", "default": []},
        "days": {"type": "int", "default": 7},
        "reasons": {"type": "bool", "default": False},
    },
    {"task_ids": _parse_task_ids},
)
