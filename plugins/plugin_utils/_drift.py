# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!
"""Decides which apps and users have drifted, and how: the contents of a drift report. It does not use the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..module_utils._core.errors import OptionError
from ..module_utils._push import attr_name_rules, attr_numbers, attr_types
from ..module_utils._push.attr_name_rules import State
from ..module_utils._push.attr_names import wanted_state

VERSION = 1  # of the shape of a report. A further key does not change it

# The states of an app or a user, in the order of the report.
STATES = DRIFTED, UNREADABLE, DECLARED = "drifted", "unreadable", "as_declared"
# The other states of an attribute, or of a user's attribute or tag.
MISSING, OTHER_NAME, UNDECLARED, TYPE = "missing", "other_name", "undeclared", "type_differs"
OTHER_VALUE = "other_value"

Item = dict[str, Any]


class Checked(NamedTuple):
    """What the tasks of the role returned about an app.

    host -- the host that stands for the app
    names -- the registered result of the task that read the names
    attrs, tags -- those of the tasks that compared the attributes and the tags of users; empty if they did not run
    """

    host: str
    names: Mapping[str, Any]
    attrs: Mapping[str, Any] = {}
    tags: Mapping[str, Any] = {}


def report(checked: Iterable[Checked], made_at: str) -> Item:
    """Return the report about the apps that were *checked*.

    made_at -- when, as ISO 8601
    """
    found = list(checked)
    apps = _sorted(_app(one) for one in found)
    users = _sorted(user for one in found for user in _users(one))
    return {
        "version": VERSION,
        "made_at": made_at,
        "summary": _summary(apps),
        "apps": apps,
        **({"users_summary": _summary(users), "users": users} if users else {}),
    }


def _sorted(items: Iterable[Item]) -> list[Item]:
    """Return the *items* by state, region and name."""
    return sorted(items, key=lambda one: (STATES.index(one["state"]), one["region"], one["name"]))


def _summary(items: list[Item]) -> dict[str, int]:
    states = [one["state"] for one in items]
    return {"checked": len(states), **{state: states.count(state) for state in (DECLARED, DRIFTED, UNREADABLE)}}


def message(report: Item) -> str:
    """Return only the differences, and why apps and users could not be read."""
    items = [*report["apps"], *report.get("users", ())]
    return "; ".join(f"{one['name']}: {'; '.join(_what(one))}" for one in items if one["state"] != DECLARED)


def _what(one: Item) -> list[str]:
    return list(one["differences"]) or ([one["error"]["message"]] if one["error"] else [])


# -- the names of an app ------------------------------------------------------------------------------------------


def _app(checked: Checked) -> Item:
    declared, result = _declaration(checked)
    app: Item = {**declared, "state": UNREADABLE, "attributes": [], "differences": [], "error": None, "blocked": None}
    del app["attr_names"], app["attr_types"]
    if "attr_names" not in result:
        return {**app, "error": _error(result)}
    try:
        wanted = _wanted(declared)
    except OptionError as error:
        return {**app, "error": {"code": None, "message": error.failure.message}}
    current = State(result["attr_names"], result.get("attr_types") or {})
    attributes = [
        _attribute(number, wanted, current)
        for number in attr_numbers.NUMBERS
        if number in wanted.names or number in current.names
    ]
    differences = [what for attribute in attributes for what in _differences(attribute)]
    state = DRIFTED if differences else DECLARED
    blocked = _blocked(wanted, current)
    return {**app, "state": state, "attributes": attributes, "differences": differences, "blocked": blocked}


def _declaration(checked: Checked) -> tuple[Item, Mapping[str, Any]]:
    """Return what is declared about an app, and the result about its names."""
    (result,) = checked.names.get("results") or [checked.names]
    given = result.get("drift_report_declared") or {}
    declared = {
        "name": str(given.get("name") or checked.host),
        "host": checked.host,
        "sdkappid": int(given["sdkappid"]) if str(given.get("sdkappid")).isdecimal() else None,
        "region": str(given.get("region") or ""),
        "api": str(given.get("api") or ""),
        "attr_names": given.get("attr_names"),
        "attr_types": given.get("attr_types"),
    }
    return declared, result


def _wanted(declared: Item) -> State:
    names = attr_name_rules.parse_option(declared["attr_names"])
    types = attr_types.parse_option(declared["attr_types"] or {})
    return wanted_state({"attr_names": names, "attr_types": types, "api": declared["api"]})


def _error(result: Mapping[str, Any]) -> Item:
    codes = [why["error_code"] for why in (result.get("failed_users") or {}).values()]
    code = result.get("error_code") or next(iter(codes), None)
    return {"code": code, "message": str(result.get("msg") or "the task did not return a result")}


def _attribute(number: str, wanted: State, current: State) -> Item:
    declared, actual = wanted.names.get(number), current.names.get(number)
    found: Item = {"number": int(number), "state": DECLARED, "declared": declared, "actual": actual}
    if number in wanted.types and actual is not None and current.types.get(number) != wanted.types[number]:
        types = {"declared_type": wanted.types[number], "actual_type": current.types.get(number)}
        found = {**found, "state": TYPE, **types}
    if declared == actual:
        return found
    return {**found, "state": MISSING if actual is None else UNDECLARED if declared is None else OTHER_NAME}


def _differences(attribute: Item) -> list[str]:
    number, declared, actual = attribute["number"], attribute["declared"], attribute["actual"]
    names = {
        MISSING: f"attribute {number} ({declared!r}) is missing",
        OTHER_NAME: f"attribute {number} is {actual!r}, declared as {declared!r}",
        UNDECLARED: f"attribute {number} ({actual!r}) is not declared",
    }
    found = [names[attribute["state"]]] if attribute["state"] in names else []
    if "declared_type" in attribute:
        types = f"{_type(attribute['actual_type'])}, declared as {_type(attribute['declared_type'])}"
        found.append(f"attribute {number} ({actual!r}) has type {types}")
    return found


def _type(number: int | None) -> str:
    return f"{number} ({attr_types.TYPES[number]})" if number in attr_types.TYPES else str(number)


def _blocked(wanted: State, current: State) -> str | None:
    """Return why setting the declared names would fail, as chat_push_attr_names does."""
    try:
        after = attr_name_rules.plan_names(current.names, wanted.names)
        attr_types.plan(current.names, current.types, wanted.types, after)
    except OptionError as error:
        return error.failure.message
    return None


# -- the users of an app ------------------------------------------------------------------------------------------


def _users(checked: Checked) -> list[Item]:
    """Return the users of an app whose attributes or tags are declared."""
    app = {key: value for key, value in _declaration(checked)[0].items() if key in ("name", "region")}
    ran = {"attribute": checked.attrs, "tag": checked.tags}
    results = {kind: result for kind, result in ran.items() if result and not result.get("skipped")}
    accounts: dict[str | None, dict[str, Item]] = {}
    for kind, result in results.items():
        for account, found in _accounts(kind, result).items():
            accounts.setdefault(account, {})[kind] = found
    return [_user(app, account, list(found.values())) for account, found in accounts.items()]


def _user(app: Item, account: str | None, found: list[Item]) -> Item:
    items = [item for one in found for item in one["items"]]
    error = next((one["error"] for one in found if one["error"]), None)
    who = f"{app['name']}, user {account!r}" if account is not None else f"{app['name']}, users"
    return {
        "app": app["name"],
        "region": app["region"],
        "name": who,
        "account": account,
        "state": UNREADABLE if error else DRIFTED if items else DECLARED,
        "items": items,
        "differences": [_difference(item) for item in items],
        "error": error,
    }


def _accounts(kind: str, result: Mapping[str, Any]) -> dict[str | None, Item]:
    """Return what *result* says about each account: the items that differ. None: the task failed, and compared none."""
    if "diff" not in result:
        return {None: {"items": [], "error": _error(result)}}
    before, after = result["diff"]["before"], result["diff"]["after"]
    items = {account: _items(kind, before.get(account), after.get(account)) for account in result["users"]}
    return {account: {"items": found, "error": None} for account, found in items.items()}


def _items(kind: str, before: Any, after: Any) -> list[Item]:
    has, should = (dict.fromkeys(side or ()) if kind == "tag" else dict(side or {}) for side in (before, after))
    return [
        {
            "kind": kind,
            "name": name,
            "state": _state(name, has, should),
            "declared": should.get(name),
            "actual": has.get(name),
        }
        for name in sorted({*has, *should})
        if name not in has or name not in should or has[name] != should[name]
    ]


def _state(name: str, has: Mapping[str, Any], should: Mapping[str, Any]) -> str:
    return MISSING if name not in has else UNDECLARED if name not in should else OTHER_VALUE


def _difference(item: Item) -> str:
    what = f"{item['kind']} {item['name']!r}"
    return {
        MISSING: f"{what} is missing",
        UNDECLARED: f"{what} is to be removed",
        OTHER_VALUE: f"{what} is {item['actual']!r}, declared as {item['declared']!r}",
    }[item["state"]]
