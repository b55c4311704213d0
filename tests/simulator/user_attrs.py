# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The attributes of users."""

from __future__ import annotations

from typing import Any

from .core import INFERRED, BaseApp, Call, Rejected, command
from .users import error_list, read, reject_missing, sift, wanted_values

INFERRED.update(values_empty=90001, value_not_text=90001, value_empty=90030, value_too_long=90030)
INFERRED.update(remove_undeclared=90033)


@command("all_member_push/im_get_attr", "timpush/get_attr")
def get(call: Call) -> dict[str, Any]:
    """Return the attributes of users."""
    app = call.app
    return read(
        call,
        "UserAttrs",
        lambda account: {"Attrs": dict(app.shown(("attrs", account), app.attrs(account), call.stale))},
    )


@command("all_member_push/im_set_attr", "timpush/set_attr")
def set_attrs(call: Call) -> dict[str, Any]:
    """Set attributes of users; those that are not listed stay."""
    app = call.app
    wanted = wanted_values(call, "UserAttrs", "Attrs")
    declared = {name: number for number, name in app.declared(call.family).items()}
    for attrs in wanted.values():
        _check_values(app, attrs, declared)
    served, failed = sift(call, wanted)
    failed.update({account: 90035 for account in served if _is_other_kind(call, account, wanted[account], declared)})
    served = [account for account in served if account not in failed]
    app.store_users("attrs", {account: {**app.attrs(account), **wanted[account]} for account in served})
    return error_list(call, failed)


def _check_values(app: BaseApp, attrs: Any, declared: dict[str, str]) -> None:
    if not isinstance(attrs, dict):
        raise Rejected(90001, "Attrs is not a map")
    if not attrs:
        app.reject("values_empty", "Attrs is empty")
    for name, value in attrs.items():
        app.check_length("name", name, "the name of an attribute")
        if name not in declared:
            raise Rejected(90033, f"attribute {name} is not declared")
        if not isinstance(value, str):
            app.reject("value_not_text", f"the value of {name} is not a string", always=True)
        app.check_length("value", value, f"the value of {name}")


def _is_other_kind(call: Call, account: str, attrs: dict[str, str], declared: dict[str, str]) -> bool:
    """Return whether an attribute is for registration IDs and *account* is a user ID, or the reverse."""
    if call.family != "timpush":
        return False
    kind = call.app.users[account].get("kind", 0)
    return any(call.app.types.get(declared[name], kind) != kind for name in attrs)


@command("all_member_push/im_remove_attr", "timpush/remove_attr")
def remove(call: Call) -> dict[str, Any]:
    """Remove attributes of users."""
    app = call.app
    wanted = wanted_values(call, "UserAttrs", "Attrs")
    declared = set(app.declared(call.family).values())
    for names in wanted.values():
        _check_names(app, names, declared)
    served, failed = sift(call, wanted)
    for account in served:
        reject_missing(app, 90033, "attribute", wanted[account], app.attrs(account))
    kept = {
        account: {name: value for name, value in app.attrs(account).items() if name not in wanted[account]}
        for account in served
    }
    app.store_users("attrs", kept)
    return error_list(call, failed)


def _check_names(app: BaseApp, names: Any, declared: set[str]) -> None:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Rejected(90001, "Attrs is not an array of names")
    if not names:
        app.reject("values_empty", "Attrs is empty")
    for name in names:
        app.check_length("name", name, "the name of an attribute")
        if name not in declared:
            app.reject("remove_undeclared", f"attribute {name} is not declared")
