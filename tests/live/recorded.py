# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Binds the simulator to what was seen: sends it each recorded request again, and compares code and shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.app import App
from simulator.profiles import TAGS
from simulator.service import Service

from .calls import Caller
from .report import ADMIN, NOT_ADMIN, VERSION
from .virtual import APP, KEY, Clock, Direct, virtual_time

# The collection reads these fields of a response; others may appear or be missing.
_FIELDS = (
    *("ActionStatus", "ErrorCode", "AttrNames", "AttrTypes", "UserAttrs", "UserTags", "ErrorList", "TaskId"),
    *("ResultItem", "UserProfileItem", "FailAccounts", "Fail_Account"),
)
_EXACT = ("ActionStatus", "ErrorCode")
_ENTRY = ("To_Account", "UserID", "ErrorCode", "ResultCode")  # exact in the entry of an account
_MAPS = ("AttrNames", "AttrTypes", "Attrs")  # maps whose keys are data


def simulated_app(made: Mapping[str, Any]) -> App:
    """Return an app of the simulator in the state, and with the behavior, that the report *made* describes."""
    before = made["before"]
    users = {
        user["To_Account"]: {"attrs": user.get("Attrs", {}), "tags": user.get("Tags", [])} for user in before["users"]
    }
    profile = {TAGS[tag]: value for tag, value in before["profile"].items()}
    if profile:
        users[ADMIN] = {**users.get(ADMIN, {}), **profile}
    state = {
        "names": _named(before["names"]),
        "timpush_names": _named(before["timpush_names"]),
        "types": before["types"],
    }
    return App(APP, KEY, admins=[ADMIN], users=users, **state, **made["simulator"])


def _named(names: Mapping[str, Any]) -> dict[str, str]:
    return {number: name for number, name in names.items() if name}


def differences(made: Mapping[str, Any]) -> list[str]:
    """Return how the simulator, set as the report *made* says, answers otherwise than was recorded."""
    if made["version"] != VERSION:
        return [f"the report has version {made['version']}, not {VERSION}"]
    clock, service = Clock(), Service()
    service.add(simulated_app(made))
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
                label = f"exchange {at} ({exchange['fact']}, {exchange['path']})"
                found += _compare(label, exchange["answered"], answer.document)
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


def _compare(label: str, recorded: Mapping[str, Any], simulated: Mapping[str, Any]) -> list[str]:
    found = []
    for field in _FIELDS:
        one, other = (_shape(document.get(field, ...), field) for document in (recorded, simulated))
        if not _alike(one, other):
            found.append(f"{label}: {field} was {one!r}, and is {other!r} in the simulator")
    return found


def _shape(value: Any, field: str) -> Any:
    """Return what is compared: the exact value of a code, and otherwise types, and the accounts of a list."""
    if field in _EXACT or value is ... or value is None:
        return "missing" if value is ... else value
    if field in _MAPS and isinstance(value, dict):
        return {"map of": sorted({type(item).__name__ for item in value.values()})}
    if isinstance(value, dict):
        return {key: item if key in _ENTRY else _shape(item, key) for key, item in value.items() if key != "ErrorInfo"}
    if isinstance(value, list) and field in ("Tags", "ProfileItem"):
        return {"list of": sorted({type(item).__name__ for item in value})}
    if isinstance(value, list):
        shapes = [_shape(item, "") for item in value]
        return sorted(shapes, key=lambda one: str([one.get(key) for key in _ENTRY] if isinstance(one, dict) else one))
    return type(value).__name__


def _alike(one: Any, other: Any) -> bool:
    """Compare shapes; an empty map or list may be one of anything, because a write may show a little later."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if not isinstance(one, dict) or not isinstance(other, dict):
        return bool(type(one) is type(other) and one == other)
    for key in ("map of", "list of"):
        if key in one and key in other:
            return not one[key] or not other[key] or bool(one[key] == other[key])
    return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
