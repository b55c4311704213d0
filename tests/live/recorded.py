# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Binds the simulator to what was seen: sends it each recorded request again, and compares code and shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.app import App
from simulator.service import Service

from .calls import Caller
from .report import ADMIN, NOT_ADMIN, VERSION
from .virtual import APP, KEY, Clock, Direct, virtual_time

# The collection reads these fields of a response; others may appear or be missing.
_FIELDS = (
    *("ActionStatus", "ErrorCode", "AttrNames", "AttrTypes", "UserAttrs", "UserTags", "ErrorList", "TaskId"),
    *("ResultItem", "UserProfileItem", "FailAccounts", "Fail_Account"),
)
_EXACT = ("ActionStatus", "ErrorCode", "To_Account", "UserID", "ResultCode")
_DATA = ("AttrNames", "AttrTypes", "Attrs", "Tags", "ProfileItem")  # maps whose keys are data, and lists


def differences(made: Mapping[str, Any]) -> list[str]:
    """Return how the simulator, set as the report *made* says, answers otherwise than was recorded."""
    if made["version"] != VERSION:
        return [f"the report has version {made['version']}, not {VERSION}"]
    clock, service = Clock(), Service()
    service.add(App(APP, KEY, admins=[ADMIN], **made["before"], **made["simulator"]))
    found = []
    tasks: dict[str, str] = {}  # the ID of each recorded push -> that of the simulated one
    with virtual_time(clock):
        caller = Caller(Direct(service, clock).client(identifier=ADMIN), NOT_ADMIN)
        began = clock.now
        for at, exchange in enumerate(made["exchanges"]):
            if "answered" in exchange:
                clock.now = max(clock.now, began + exchange["at"])
                sent = _current(exchange["sent"], tasks, clock.time())
                answer = caller.ask(exchange["path"].rpartition("/")[2], sent, exchange["signed"], attempts=1)
                if exchange["answered"].get("TaskId") and answer.document.get("TaskId"):
                    tasks[exchange["answered"]["TaskId"]] = answer.document["TaskId"]
                for field in _FIELDS:
                    was, simulated = (document.get(field, ...) for document in (exchange["answered"], answer.document))
                    if not _alike(was, simulated, field):
                        label = f"exchange {at} ({exchange['fact']}, {exchange['path']}): {field}"
                        found.append(f"{label} was {was!r}, and is {simulated!r} in the simulator")
    return found


def _current(sent: Mapping[str, Any], tasks: Mapping[str, str], now: float) -> dict[str, Any]:
    """Return what was *sent*, about the simulated pushes, and about the time that ends now."""
    made = dict(sent)
    if all(isinstance(made.get(name), int) for name in ("StartTime", "EndTime")):
        made.update(StartTime=int(now) - made["EndTime"] + made["StartTime"], EndTime=int(now))
    if isinstance(made.get("TaskID"), list):
        made["TaskID"] = [tasks.get(task, task) for task in made["TaskID"]]
    if "TaskId" in made:
        made["TaskId"] = tasks.get(made["TaskId"], made["TaskId"])
    return made


def _alike(one: Any, other: Any, field: str = "") -> bool:
    """Compare codes and accounts, and otherwise types.

    An empty map or list may be one of anything, because a write may show a little later.
    """
    if type(one) is not type(other):
        return False
    if field in _EXACT:
        return one == other
    if field in _DATA and isinstance(one, (dict, list)):
        kinds = [{type(item) for item in (data.values() if isinstance(data, dict) else data)} for data in (one, other)]
        return not all(kinds) or kinds[0] == kinds[1]
    if isinstance(one, dict):
        names = {*one, *other} - {"ErrorInfo"}
        return all(_alike(one.get(name, ...), other.get(name, ...), name) for name in names)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_alike, sorted(one, key=_account), sorted(other, key=_account)))
    return True


def _account(entry: Any) -> str:
    return str([entry.get(key) for key in _EXACT] if isinstance(entry, dict) else entry)
