# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The types of push attributes, without the network. Only the timpush family of API calls knows them.

A map of types has the attributes' numbers as text, "0" to "9". What a service shows need not
have a type for each name; a type that is not shown counts as USER_ID, but is not known to be set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .attr_names import NUMBERS, Names, by_number
from .client import unexpected
from .errors import OptionError

USER_ID = 0
TYPES = {USER_ID: "user ID", 1: "registration ID"}

Types = dict[str, int]


def parse_wanted(option: Mapping[Any, Any]) -> Types:
    """The map that the option attr_types asks for. Raises OptionError, which names the value."""
    wanted = by_number("attr_types", option)
    for number, value in wanted.items():
        if isinstance(value, bool) or str(value) not in map(str, TYPES):
            hint = "Use " + " or ".join(f"{known} ({text})" for known, text in TYPES.items())
            raise OptionError(f"attr_types: the type of number {number} is none: {value!r}", hint)
    return {number: int(value) for number, value in wanted.items()}


def parse_answer(answer: Mapping[str, Any]) -> Types:
    """The types in an answer to a get. Raises ChatError where it has another shape."""
    types = answer.get("AttrTypes") or {}
    if not isinstance(types, dict):
        raise unexpected("AttrTypes is no map")
    return {number: _type(number, value) for number, value in types.items() if value not in (None, "")}


def _type(number: str, value: Any) -> int:
    """A type that is not among TYPES is taken too: it is to be kept, not to be understood."""
    if number not in NUMBERS:
        raise unexpected(f"AttrTypes has the number {number[:20]!a}")
    if isinstance(value, bool) or not isinstance(value, int):
        raise unexpected(f"AttrTypes has no type for number {number}")
    return value


def complete(types: Types, numbers: Iterable[str]) -> Types:
    """A type for each of *numbers*."""
    return {number: types.get(number, USER_ID) for number in numbers}


def plan(names: Names, shown: Types, wanted: Types, after: Names) -> Types:
    """The types that should result, for each name of *after*: *shown* with *wanted* over it. Pure.

    names -- the names that the app has now
    Raises OptionError where a wanted type belongs to no name, or is not the one that the number has.
    """
    for number, kind in wanted.items():
        if number not in after:
            raise OptionError(f"attr_types: number {number} has no name", "Name it in attr_names")
        current = shown.get(number, kind) if number in names else kind
        if current != kind:
            what = f"attr_types: number {number} has type {current}, and cannot get {kind}"
            raise OptionError(what, "A type cannot change once it is set; use another number")
    return complete({**shown, **wanted}, after)
