# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The rules for push attribute names, without the network.

A map of names has attribute numbers as strings, "0" to "9", and contains no empty name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.errors import ChatError, Failure, OptionError, invalid_response
from .._core.values import is_absent, is_text
from . import attr_numbers, texts
from .attr_types import Types

Names = dict[str, str]


@dataclass(frozen=True)
class State:
    """The names and types that an app has, or should have. Without types for the API that has none.

    returned_types -- the types that the service returned; it need not return one for each name
    """

    names: Names
    types: Types = field(default_factory=dict)
    returned_types: Types = field(default_factory=dict, compare=False)


def parse_option(option: Any) -> Names:
    """Return the map in the option attr_names. Raises OptionError, which shows the value."""
    given = attr_numbers.parse_option("attr_names", option, "{0: sex}")
    wanted = {number: _name(number, value) for number, value in given.items()}
    for number, name in wanted.items():
        _reject_duplicate(number, name, wanted)
    return wanted


def _name(number: str, value: Any) -> str:
    empty = "Set a name, or omit the attribute to keep its name. A name cannot be removed"
    return texts.require(f"attr_names: the name of attribute {number}", value, empty)


def _reject_duplicate(number: str, name: str, names: Names) -> None:
    """Raise OptionError if another attribute in *names* has *name* too."""
    for other, taken in names.items():
        if taken == name and other != number:
            hint = "Use each name once. To move a name, rename the attribute that has it in the same task"
            raise OptionError(f"attr_names: name {name!r} is used for attributes {number} and {other}", hint)


def parse_response(response: Mapping[str, Any]) -> Names:
    """Return the names in the response to a get. Raises ChatError if it has another shape.

    The response for an app without names is not documented. Treat a missing map, null, {}, and
    null or "" for a map or a name, as no name.
    """
    names = response.get("AttrNames")
    names = {} if is_absent(names) else names
    if not isinstance(names, dict):
        raise invalid_response("AttrNames is not a map")
    return dict(sorted((number, name) for number, name in names.items() if _is_name(number, name)))


def _is_name(number: str, name: Any) -> bool:
    attr_numbers.check_response("AttrNames", number)
    if name is None or name == "":
        return False
    if not is_text(name):
        raise invalid_response(f"the AttrNames value of attribute {number} is not a string")
    return True


def plan_names(current: Names, wanted: Names) -> Names:
    """Return the names that should result: *current* with *wanted* over it. Pure.

    Raises OptionError if a wanted name belongs to an attribute that keeps it.
    """
    after = dict(sorted({**current, **wanted}.items()))
    for number, name in wanted.items():
        _reject_duplicate(number, name, after)
    return after


def rename_warnings(before: Names, after: Names) -> list[str]:
    """Return a warning for each name that the app no longer has. Values follow a name that moves."""
    return [
        f"Attribute {number} is renamed from {name!r} to {after[number]!r}: values that users already have"
        f" stay under {name!r}, and push conditions that use {name!r} no longer match."
        for number, name in before.items()
        if number in after and name not in after.values()
    ]


class Undeclared(ChatError):
    """The app has *names* that the task does not list, and must not have."""

    def __init__(self, names: Names) -> None:
        listed = ", ".join(f"{number}: {name!r}" for number, name in names.items())
        what = f"the app has names that attr_names does not list: {{{listed}}}"
        super().__init__(Failure(what, "Add the names to attr_names, or set undeclared: keep"))
        self.names = names


def difference(expected: Names, found: Names) -> str:
    """Return why the service may return *found* in place of the names *expected*, as a hint. Pure."""
    other = [number for number in sorted({*expected, *found}) if expected.get(number) != found.get(number)]
    if other and all(_is_normalized(expected.get(number), found.get(number)) for number in other):
        return "The service stores names in Unicode normalization form C: use that form in attr_names"
    gone = [number for number in other if number not in found]
    if gone:
        return f"Another job may have removed the names of attributes {', '.join(gone)}; run the task again"
    return "Another job may have set names at the same time; run the task again"


def _is_normalized(expected: str | None, found: str | None) -> bool:
    return expected is not None and unicodedata.normalize("NFC", expected) == found
