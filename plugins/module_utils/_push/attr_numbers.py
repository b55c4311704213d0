# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Attribute numbers, "0" to "9": the keys of names and of types."""

from __future__ import annotations

from typing import Any

from .._core.errors import OptionError, invalid_response
from .._core.values import require_map

NUMBERS = tuple("0123456789")


def parse_option(option: str, given: Any, example: str) -> dict[str, Any]:
    """Return the map *given* as *option*, in the order of its attribute numbers, which become strings.

    example -- a map that is right
    Raises OptionError.
    """
    found: dict[str, Any] = {}
    for key, value in require_map(option, given, example).items():
        number = _number(option, key)
        if number in found:
            raise OptionError(f"{option}: attribute {number} is listed more than once", "List each attribute once")
        found[number] = value
    return dict(sorted(found.items()))


def _number(option: str, key: Any) -> str:
    """Return an attribute number as a string. To Python a boolean is an int."""
    text = str(key) if isinstance(key, (int, str)) and not isinstance(key, bool) else ""
    if text in NUMBERS:
        return text
    hint = "Use 0 to 9, without a sign or a leading zero"
    if ":" in text:
        hint += ", and put a space after the colon"
    raise OptionError(f"{option}: {key!r} is not an attribute number", hint)


def check_response(field: str, number: str) -> None:
    """Raise ChatError if a response has a key in *field* that is not an attribute number."""
    if number not in NUMBERS:
        raise invalid_response(f"{field} contains a key that is not an attribute number")
