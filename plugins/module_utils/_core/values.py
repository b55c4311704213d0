# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Strings, maps and lists as YAML delivers them: a value of another type is rejected, never converted."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import islice
from typing import Any

from ansible.module_utils.common.validation import check_type_dict

from .errors import OptionError

_KINDS = (
    (str, "a string"),
    (bool, "a boolean"),
    ((int, float), "a number"),
    ((list, tuple), "a list"),
    (Mapping, "a map"),
    (date, "a date"),
)


_MOST_SHOWN = 20  # items in a message
_UNQUOTE = "Remove the quotes, or use | from_yaml"
_JOINERS = "\u200c\u200d"  # they shape the characters around them, as in Persian words and in emojis


def kind(value: Any) -> str:
    """Return the kind of a value. Use isinstance, because Ansible's templates deliver subclasses."""
    if value is None:
        return "null"
    return next((name for types, name in _KINDS if isinstance(value, types)), "another type")


def require_text(
    label: str, value: Any, max_bytes: int = 0, empty: str = "Set a value", several: str = "Write one string"
) -> str:
    """Return *value* if it is a string that is not blank, and of at most *max_bytes* bytes in UTF-8 (0: any).

    label -- what messages call the value, such as "the name of attribute 3"
    empty -- what to do if the value is null or an empty string
    several -- what to do if the value is a list or a map
    Raises OptionError, which shows the value.
    """
    if not isinstance(value, str):
        hint = several if isinstance(value, (list, tuple, Mapping)) else empty if value is None else "Quote the value"
        raise OptionError(f"{label} must be a string, not {_shown(value)}", hint)
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise OptionError(f"{label} is not valid Unicode: {value!a}", "Remove the invalid characters") from None
    if not value.strip():
        raise OptionError(f"{label} is empty: {value!r}", empty)
    if max_bytes and size > max_bytes:
        what = f"{label} has {size} bytes in UTF-8, but at most {max_bytes} are allowed: {value!r}"
        raise OptionError(what, "Shorten the text")
    return value


def require_visible(label: str, value: str) -> str:
    """Return *value* if all of it is visible: no control or format character, no blank at an end.

    Raises OptionError, which names the character.
    """
    for char in value:
        inside = char in _JOINERS and char not in (value[0], value[-1])
        if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and not inside:
            what = f"{label} contains the invisible character U+{ord(char):04X}: {value!a}"
            raise OptionError(what, "Remove the character")
    for char, end in ((value[:1], "starts"), (value[-1:], "ends")):
        if char.isspace():
            raise OptionError(f"{label} {end} with a space (U+{ord(char):04X}): {value!a}", "Remove the space")
    return value


def is_account(value: str) -> bool:
    """Return whether *value* can be an account: one line, without a blank at either end."""
    return not flaw_of_account(value)


def flaw_of_account(value: str) -> str:
    """Return what prevents *value* from being an account, or an empty string."""
    for char, end in ((value[:1], "starts"), (value[-1:], "ends")):
        if char.isspace():
            return f"{end} with a space (U+{ord(char):04X})"
    hidden = next((char for char in value if not char.isprintable()), "")
    return f"contains the invisible character U+{ord(hidden):04X}" if hidden else ""


def is_text(value: Any) -> bool:
    """Return whether a *value* from a response is a string that can be shown: JSON can contain half a character."""
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


def listed(items: Iterable[str]) -> str:
    """Return *items* as a message shows them: not all, if there are many."""
    rest = iter(items)
    shown = ", ".join(repr(item) for item in islice(rest, _MOST_SHOWN))
    more = sum(1 for _item in rest)
    return f"{shown} and {more} more" if more else shown


def is_absent(value: Any) -> bool:
    """Return whether *value*, of a response, means that there is nothing. False and 0 are of the wrong type."""
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def optional(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a parser that lets an option be unset with null, and does what *parse* does otherwise."""
    return lambda value: None if value is None else parse(value)


def require_list(label: str, value: Any, example: str) -> list[Any]:
    """Return *value* if it is a list. A string is rejected: Ansible would split it at each comma."""
    if isinstance(value, (list, tuple)):
        return list(value)
    shown = "" if value is None else f": {value!r}"
    hint = _UNQUOTE if _is_quoted(value, "[") else f"Write a list such as {example}"
    raise OptionError(f"{label} must be a list, not {kind(value)}{shown}", hint)


def _is_quoted(value: Any, opening: str) -> bool:
    """Return whether *value* is a string that contains YAML, which begins with *opening*."""
    return isinstance(value, str) and value.lstrip().startswith(opening)


def _shown(value: Any) -> str:
    found = kind(value)
    return found if value is None else f"{found}: {value}"


def require_map(option: str, value: Any, example: str) -> Mapping[Any, Any]:
    """Return *value* as a map. A string may be JSON, or key=value pairs, as Ansible allows for every map.

    example -- a map that is right, such as "{0: sex}"
    Raises OptionError.
    """
    if isinstance(value, str):
        try:
            value = check_type_dict(value)
        except Exception:  # a TypeError, in ansible-core 2.16 also a ValueError
            return _no_map(option, value, example)
    return value if isinstance(value, Mapping) else _no_map(option, value, example)


def _no_map(option: str, value: Any, example: str) -> Mapping[Any, Any]:
    shown = "" if value is None else f": {value!r}"
    hint = f"Write a map such as {example}, with a space after each colon"
    raise OptionError(f"{option} must be a map, not {kind(value)}{shown}", _UNQUOTE if _is_quoted(value, "{") else hint)
