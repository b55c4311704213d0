# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The names of push attributes, without the network: what is wanted, what is there, what should result.

A map of names has the attributes' numbers as text, "0" to "9", and holds no empty name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from .client import unexpected
from .errors import OptionError

NUMBERS = tuple("0123456789")
LONGEST_NAME = 50  # bytes of UTF-8

Names = dict[str, str]


def parse_wanted(option: Mapping[Any, Any]) -> Names:
    """The map that the option attr_names asks for. Raises OptionError, which names the value."""
    wanted = {number: _name(number, value) for number, value in by_number("attr_names", option).items()}
    for number, name in wanted.items():
        _refuse_second(number, name, wanted)
    return wanted


def by_number(option: str, given: Mapping[Any, Any]) -> dict[str, Any]:
    """What is *given* to *option*, with the attributes' numbers as text and in their order. Raises OptionError."""
    found: dict[str, Any] = {}
    for key, value in given.items():
        number = _number(option, key)
        if number in found:
            raise OptionError(f"{option}: number {number} stands there twice", "Give each number once")
        found[number] = value
    return dict(sorted(found.items()))


def _refused(what: str, hint: str) -> OptionError:
    return OptionError(f"attr_names: {what}", hint)


def _number(option: str, key: Any) -> str:
    """The attribute's number as text. A boolean is an int to Python, and no number here."""
    text = str(key) if isinstance(key, (int, str)) and not isinstance(key, bool) else ""
    if text in NUMBERS:
        return text
    raise OptionError(f"{option}: {key!r} is no number of an attribute", "Use 0 to 9, without sign or leading zero")


_YAML_KINDS = ((bool, "a boolean"), ((int, float), "a number"), (list, "a list"), (dict, "a map"), (date, "a date"))


def _kind(value: Any) -> str:
    """What YAML made of a value that is no text. By isinstance: Ansible's templates deliver subclasses."""
    if value is None:
        return "null"
    return next((kind for types, kind in _YAML_KINDS if isinstance(value, types)), "of another type")


def _name(number: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _refused(f"the name of number {number} is not text but {_kind(value)}: {value}", "Quote it")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise _refused(f"the name of number {number} is no valid Unicode: {value!a}", "Correct it") from None
    if not value.strip():
        hint = "A name cannot be cleared; leave the number out to keep its name"
        raise _refused(f"the name of number {number} is empty: {value!r}", hint)
    if size > LONGEST_NAME:
        what = f"the name of number {number} has {size} bytes in UTF-8, more than {LONGEST_NAME}: {value!r}"
        raise _refused(what, "Shorten it")
    return value


def _refuse_second(number: str, name: str, names: Names) -> None:
    """Raise OptionError if another number of *names* has *name* too."""
    for other, taken in names.items():
        if taken == name and other != number:
            hint = "Give each name once; to move it, name the other number too"
            raise _refused(f"the name {name!r} of number {number} is also that of number {other}", hint)


def parse_answer(answer: Mapping[str, Any]) -> Names:
    """The names in an answer to a get. Raises ChatError where it has another shape.

    For an app without names the vendor documents no answer: a missing map, null, {}, and
    null or "" for a map or a name, all mean "no name".
    """
    names = answer.get("AttrNames") or {}
    if not isinstance(names, dict):
        raise unexpected("AttrNames is no map")
    return dict(sorted((number, name) for number, name in names.items() if _is_name(number, name)))


def _is_name(number: str, name: Any) -> bool:
    if number not in NUMBERS:
        raise unexpected(f"AttrNames has the number {number[:20]!a}")
    if name is None or name == "":
        return False
    if not isinstance(name, str) or any("\ud800" <= char <= "\udfff" for char in name):
        raise unexpected(f"AttrNames has no text for number {number}")
    return True


def plan(current: Names, wanted: Names) -> Names:
    """The map that should result: *current* with *wanted* over it. Pure.

    Raises OptionError where a wanted name is already that of a number that stays as it is.
    """
    after = dict(sorted({**current, **wanted}.items()))
    for number, name in wanted.items():
        _refuse_second(number, name, after)
    return after


def renames(before: Names, after: Names) -> list[str]:
    """A warning for each number that had another name."""
    return [
        f"Attribute {number} is renamed from {before[number]!r} to {name!r}: values that users already have"
        f" stay under {before[number]!r}, and push conditions on it no longer match."
        for number, name in after.items()
        if before.get(number, name) != name
    ]
