# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The recall of a push: what is not delivered yet is not delivered, and notifications are overwritten.

Follows https://www.tencentcloud.com/document/product/269/105123. Sending it twice is safe.
"""

from __future__ import annotations

from .._core.client import Client
from .._core.codes import Code, throttled
from .._core.errors import REPORT_BUG, ChatError
from .._core.operation import Operation, Options, Outcome
from .._core.retry import Call
from . import api, message, task_ids

PER_SECOND = 1

_RECALLED = 90050
CODES = {
    90049: Code(
        "the push does not exist", "Check task_id and sdkappid. Only pushes of the API family timpush can be recalled"
    ),
    _RECALLED: Code("the push was recalled before"),
    90051: throttled("more than one recall within a second"),
    90052: Code("the push is more than 24 hours old", "The push can no longer be recalled"),
    90053: Code("OfflinePushInfo is missing", REPORT_BUG),
}


def _run(client: Client, options: Options, check_mode: bool) -> Outcome:
    if check_mode:
        return Outcome(True)
    body = {"TaskId": options["task_id"], "OfflinePushInfo": options["offline_push"]}
    call = Call(api.path(api.NEW, "revoke"), body, codes=CODES, per_second=PER_SECOND)
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
        "task_id": lambda value: task_ids.parse_task_id("task_id", value),
        "offline_push": message.parse_offline_push,
    },
)
