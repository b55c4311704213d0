# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The rules for the types of push attributes, without the network. Only the timpush API has types.

A map of types has attribute numbers as strings, "0" to "9". A service need not return a type for
each name; a type that it does not return counts as USER_ID, but may be another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._core.errors import OptionError, invalid_response
from .._core.values import is_absent
from . import attr_numbers

USER_ID = 0
TYPES = {USER_ID: "user ID", 1: "registration ID"}

Types = dict[str, int]


def parse_option(option: Any) -> Types:
    """Return the map in the option attr_types. Raises OptionError, which shows the value."""
    wanted = attr_numbers.parse_option("attr_types", option, "{0: 1}")
    for number, value in wanted.items():
        if isinstance(value, bool) or str(value) not in map(str, TYPES):
            hint = "Use " + " or ".join(f"{known} ({text})" for known, text in TYPES.items())
            raise OptionError(f"attr_types: {value!r} is not a valid type for attribute {number}", hint)
    return {number: int(value) for number, value in wanted.items()}


def parse_response(response: Mapping[str, Any]) -> Types:
    """Return the types in the response to a get. Raises ChatError if it has another shape."""
    types = response.get("AttrTypes")
    types = {} if is_absent(types) else types
    if not isinstance(types, dict):
        raise invalid_response("AttrTypes is not a map")
    return {number: _type(number, value) for number, value in types.items() if value not in (None, "")}


def _type(number: str, value: Any) -> int:
    """Accept a type that is not in TYPES too: it is to be kept, not to be understood."""
    attr_numbers.check_response("AttrTypes", number)
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_response(f"the AttrTypes value of attribute {number} is not an integer")
    return value


def complete(types: Types, numbers: Iterable[str]) -> Types:
    """Return a type for each of *numbers*."""
    return {number: types.get(number, USER_ID) for number in numbers}


def plan(named: Iterable[str], returned: Types, wanted: Types, after: Iterable[str]) -> Types:
    """Return the types that should result, for each number in *after*. Pure.

    named -- the attributes that have a name now
    returned -- the types that the service returned for them
    Raises OptionError if a wanted type is for an attribute without a name, or differs from the type that it has.
    """
    named, after = set(named), sorted(after)
    for number, kind in wanted.items():
        if number not in after:
            raise OptionError(
                f"attr_types: attribute {number} has no name", f"List {number} in attr_names, with a name"
            )
        current = returned.get(number, kind) if number in named else kind
        if current != kind:
            what = f"attr_types: attribute {number} has type {current}, and cannot change to {kind}"
            raise OptionError(what, f"Set type {current}, or use another attribute")
    return complete({**returned, **wanted}, after)
