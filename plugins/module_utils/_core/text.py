# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Strings, maps and lists as YAML delivers them: what YAML read as something else is rejected, never converted."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import date
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


def kind(value: Any) -> str:
    """Return what YAML made of a value. By isinstance, because Ansible's templates deliver subclasses."""
    if value is None:
        return "null"
    return next((name for types, name in _KINDS if isinstance(value, types)), "another type")


def require_text(label: str, value: Any, max_bytes: int = 0, empty: str = "Set it") -> str:
    """Return *value* if it is a string that is not blank, and of at most *max_bytes* bytes in UTF-8 (0: any).

    label -- what messages call the value, such as "the name of attribute 3"
    empty -- what to do if the value is null or an empty string
    Raises OptionError, which shows the value.
    """
    if not isinstance(value, str):
        raise OptionError(f"{label} must be a string, not {_shown(value)}", _string_hint(value, empty))
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise OptionError(f"{label} is not valid Unicode: {value!a}", "Correct it") from None
    if not value.strip():
        raise OptionError(f"{label} is empty: {value!r}", empty)
    if max_bytes and size > max_bytes:
        what = f"{label} has {size} bytes in UTF-8, but at most {max_bytes} are allowed: {value!r}"
        raise OptionError(what, "Shorten it")
    return value


def _string_hint(value: Any, empty: str) -> str:
    """Return what to do with a value that is not a string."""
    if value is None:
        return empty
    return "Write one string" if isinstance(value, (list, tuple, Mapping)) else "Quote it"


def _shown(value: Any) -> str:
    found = kind(value)
    return found if value is None else f"{found}: {value}"


def require_map(option: str, value: Any, example: str) -> Mapping[Any, Any]:
    """Return *value* as a map. A string may be JSON, or key=value pairs, as Ansible allows for every map.

    example -- a map that is right, such as "{0: sex}"
    Raises OptionError.
    """
    if isinstance(value, str):
        with contextlib.suppress(TypeError):
            value = check_type_dict(value)
    if isinstance(value, Mapping):
        return value
    shown = "" if value is None else f": {value!r}"
    raise OptionError(
        f"{option} must be a map, not {kind(value)}{shown}",
        f"Write a map such as {example}, with a space after each colon",
    )
