# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Batches: pushes to the accounts that the request lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .core import INFERRED, Call, Rejected, command
from .push import Pushes, accept, check_data_id, check_offline, check_quota, check_random, check_sender, same
from .users import Limits, error_list, listed_accounts, sift

MOST_ACCOUNTS = 500
REQUIRED = {"PushFlag", "Title", "Desc"}  # in OfflinePushInfo

INFERRED.update(sender_missing=90048, offline_part_missing=90043)


@dataclass
class Batches(Pushes):
    """The settings of this subject."""

    batches_per_second: int = 10


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
    check_random(body)
    asked = listed_accounts(call, "To_Account", Limits(most=MOST_ACCOUNTS))
    if not set(check_offline(app, body.get("OfflinePushInfo", {}))) >= REQUIRED:
        app.reject("offline_part_missing", "OfflinePushInfo lacks PushFlag, Title or Desc")
    check_data_id(app, body.get("DataId", ""))
    if "From_Account" in body:
        check_sender(app, body["From_Account"])
    else:
        app.reject("sender_missing", "From_Account is missing")
    served, failed = sift(call, asked)
    earlier = same(app, body["MsgRandom"], batch=True)
    if not earlier and app.batch_counts:
        check_quota(app)
    task_id = earlier["task_id"] if earlier else accept(call, served, {}, batch=True)
    return {"TaskId": task_id, **error_list(call, failed)}
