# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The names of an app's push attributes: read them, plan, and make them so.

Follows the vendor's pages https://www.tencentcloud.com/document/product/1047/37167 (set)
and https://www.tencentcloud.com/document/product/1047/37168 (get).

A map of names has the attributes' numbers as text, "0" to "9", and holds no empty name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from .client import Client, unexpected
from .errors import OptionError, SetButNotConfirmed

NUMBERS = tuple("0123456789")
LONGEST_NAME = 50  # bytes of UTF-8

_GET = "v4/all_member_push/im_get_attr_name"
_SET = "v4/all_member_push/im_set_attr_name"

# Seconds to wait before each further read of a write that does not show yet.
_READ_BACK_PAUSES = (0.25, 0.5, 1.0, 2.0)

Names = dict[str, str]


class Outcome(NamedTuple):
    """Both maps, and what the user should be warned of."""

    before: Names
    after: Names
    warnings: list[str]


def parse_wanted(option: Mapping[Any, Any]) -> Names:
    """The map that the option attr_names asks for. Raises OptionError, which names the value."""
    wanted: Names = {}
    for key, value in option.items():
        number = _number(key)
        if number in wanted:
            raise _refused(f"number {number} stands there twice", "Give each number once")
        wanted[number] = _name(number, value)
    for number, name in wanted.items():
        _refuse_second(number, name, wanted)
    return dict(sorted(wanted.items()))


def _refused(what: str, hint: str) -> OptionError:
    return OptionError(f"attr_names: {what}", hint)


def _number(key: Any) -> str:
    """The attribute's number as text. A boolean is an int to Python, and no number here."""
    text = str(key) if isinstance(key, (int, str)) and not isinstance(key, bool) else ""
    if text in NUMBERS:
        return text
    raise _refused(f"{key!r} is no number of an attribute", "Use 0 to 9, without sign or leading zero")


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
    """The map in an answer to im_get_attr_name. Raises ChatError where it has another shape.

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


def read(client: Client) -> Names:
    """The names that the app has now."""
    return client.call(_GET, {}, parse_answer)


def ensure(client: Client, wanted: Names, check_mode: bool = False) -> Outcome:
    """Make the app have the *wanted* names, and leave its other names alone.

    check_mode -- leave out the call that writes, and nothing else
    Raises ChatError. SetButNotConfirmed: the service does not hold what it was told.
    """
    before = read(client)
    after = plan(before, wanted)
    if after != before and not check_mode:
        _write(client, after)
    return Outcome(before, after, renames(before, after))


def _write(client: Client, names: Names) -> None:
    """Set the whole map, and read it back until it shows, for a bounded time.

    The vendor does not say whether a set merges or replaces: the whole map is right for both.
    """
    client.call(_SET, {"AttrNames": names}, lambda answer: None)
    found = read(client)
    for pause in _READ_BACK_PAUSES:
        if found == names or client.time_left() <= pause:
            break
        client.sleep(pause)
        found = read(client)
    if found != names:
        raise SetButNotConfirmed(
            f"the service took the names and does not hold them: asked for {names!r}, found {found!r}",
            "Someone else may have set names at the same time; run the task again",
            attr_names=found,
            attr_names_wanted=names,
        )
