# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The recall of a push: what is not delivered yet is not delivered, and notifications are overwritten.

Follows https://www.tencentcloud.com/document/product/269/105123. Sending it twice is safe.
"""

from __future__ import annotations

from typing import Any

from .._core.client import Client
from .._core.codes import Code, throttled
from .._core.errors import REPORT_BUG, ChatError, OptionError
from .._core.operation import Operation, Options, Outcome
from .._core.retry import Call
from .._core.values import is_account, is_text, require_text
from . import api, message

PER_SECOND = 1
LONGEST_ID = 200  # characters

_RECALLED = 90050
CODES = {
    90049: Code(
        "the push does not exist", "Check task_id and sdkappid. Only pushes of the API family timpush can be recalled"
    ),
    _RECALLED: Code("the push was recalled before"),
    90051: throttled("more than one recall within a second"),
    90052: Code("the push is more than 24 hours old", "It can no longer be recalled"),
    90053: Code("OfflinePushInfo is missing", REPORT_BUG),
}


def is_task_id(value: Any) -> bool:
    """Return whether *value* can be the ID of a push: one line, not too long, and all of it can be shown."""
    return is_text(value) and 0 < len(value) <= LONGEST_ID and is_account(value)


def parse_task_id(label: str, value: Any) -> str:
    """Return *value* if it can be the ID of a push. Raises OptionError."""
    hint = "Set the task_id that chat_push returned"
    task_id = require_text(label, value, empty=hint)
    if not is_task_id(task_id):
        raise OptionError(f"{label} is not a task ID: {task_id[:LONGEST_ID]!r}", hint)
    return task_id


def _run(client: Client, options: Options, check_mode: bool) -> Outcome:
    if check_mode:
        return Outcome(True)
    body = {"TaskId": options["task_id"], "OfflinePushInfo": options["offline_push"]}
    call = Call(api.path(api.NEW, "revoke"), body, codes=CODES, spacing=1.0 / PER_SECOND, per_second=PER_SECOND)
    try:
        client.call(call, lambda _response: None)
    except ChatError as error:
        if error.failure.error_code != _RECALLED:
            raise
        return Outcome(error.failure.is_doubtful)  # by an earlier attempt of this task, or before
    return Outcome(True)


RECALL = Operation(
    _run,
    {"task_id": {"type": "str", "required": True}, "offline_push": {**message.OFFLINE_PUSH, "required": True}},
    {
        "task_id": lambda value: parse_task_id("task_id", value),
        "offline_push": message.parse_offline_push,
    },
)
