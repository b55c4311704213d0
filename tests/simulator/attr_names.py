# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The names of an app's push attributes, and their types."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from .core import INFERRED, BaseApp, Call, Rejected, command

Names = dict[str, str]

INFERRED.update(names_empty=90001, name_empty=90030, name_too_long=90030, name_not_text=90001)
INFERRED.update(attribute_number=70402, attribute_type=70402)


@dataclass
class AttrNames(BaseApp):
    """The settings of this subject."""

    names: Names = field(default_factory=dict)
    mode: Literal["merge", "replace"] = "merge"
    no_names: Literal["missing", "null", "empty", "text", "blank"] = "missing"
    refuse_swaps: bool = False
    shared: bool = True
    timpush_names: Names = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    no_type: Literal["missing", "zero"] = "missing"

    def store_of(self, family: str) -> str:
        """Return which of our fields contains the names of *family*."""
        return "names" if self.shared or family == "all_member_push" else "timpush_names"

    def declared(self, family: str) -> Names:
        """Return the names that *family* has now."""
        return getattr(self, self.store_of(family))

    def store_names(self, **fields: dict[str, Any]) -> None:
        """Replace these fields, as one write."""
        for what in ("names", "timpush_names", "types"):
            self.remember(what, getattr(self, what))
        for what, value in fields.items():
            setattr(self, what, value)
        self.writes += 1


@command("all_member_push/im_get_attr_name", "timpush/get_attr_name")
def get(call: Call) -> dict[str, Any]:
    """Return the names; with timpush also the types."""
    call.allow_fields()
    app = call.app
    store = app.store_of(call.family)
    names = app.shown(store, getattr(app, store), call.stale)
    return {**_names_shown(app, names), **(_types_shown(app, names, call.stale) if call.family == "timpush" else {})}


def _names_shown(app: AttrNames, names: Names) -> dict[str, Any]:
    if app.no_names == "blank":
        return {"AttrNames": {number: names.get(number, "") for number in "0123456789"}}
    if names:
        return {"AttrNames": dict(names)}
    return {"missing": {}, "null": {"AttrNames": None}, "empty": {"AttrNames": {}}, "text": {"AttrNames": ""}}[
        app.no_names
    ]


def _types_shown(app: AttrNames, names: Names, stale: bool) -> dict[str, Any]:
    types = app.shown("types", app.types, stale)
    if app.no_type == "zero":
        return {"AttrTypes": {number: types.get(number, 0) for number in names}}
    shown = {number: types[number] for number in names if number in types}
    return {"AttrTypes": shown} if shown else {}


@command("all_member_push/im_set_attr_name", "timpush/set_attr_name")
def set_names(call: Call) -> dict[str, Any]:
    """Store names; with timpush also types."""
    app, names = call.app, call.body.get("AttrNames")
    typed = call.family == "timpush"
    call.allow_fields("AttrNames", *(["AttrTypes"] if typed else []))
    if not isinstance(names, dict):
        raise Rejected(90001, "AttrNames is missing or not a map")
    if not names:
        app.reject("names_empty", "AttrNames is empty")
    names = app.normalized(names)
    for number, name in names.items():
        _check_name(app, number, name)
    store = app.store_of(call.family)
    present = getattr(app, store)
    result = {**present, **names} if app.mode == "merge" else dict(names)
    _check_unique(present if app.refuse_swaps else {key: result[key] for key in result if key not in names}, names)
    types = _types_after(app, call.body.get("AttrTypes", {}), set(names) - set(present), result) if typed else {}
    if not app.ignore_writes:
        app.store_names(**{store: result}, **({"types": types} if types else {}))
    return {}


def _types_after(app: AttrNames, types: Any, new: set[str], names: Names) -> dict[str, int]:
    """Return the types after a set: a new name without one gets 0, and none that is set can change."""
    if not isinstance(types, dict):
        raise Rejected(90001, "AttrTypes is not a map")
    for number, kind in types.items():
        if number not in names or isinstance(kind, bool) or kind not in (0, 1):
            app.reject("attribute_type", f"invalid type at index:{number}", always=True)
        if app.types.get(number, kind) != kind:
            raise Rejected(90033, f"attrType at index:{number} cannot change")
    return {**dict.fromkeys(new, 0), **app.types, **types}


def _check_name(app: AttrNames, number: str, name: Any) -> None:
    if len(number) != 1 or number not in "0123456789":
        app.reject("attribute_number", f"invalid index:{number}")
    if not isinstance(name, str):
        app.reject("name_not_text", f"the name at index:{number} is not a string", always=True)
    app.check_length("name", name, f"the name at index:{number}")


def _check_unique(others: Names, names: Names) -> None:
    """Reject a name that another number has: in *others*, or earlier in the same request."""
    owners = {name: number for number, name in others.items()}
    for number, name in names.items():
        if owners.setdefault(name, number) != number:
            raise Rejected(90033, f"attrName:{name} already exists at index:{owners[name]}")
