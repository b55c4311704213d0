# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Attribute names, values and tags: 1 to 50 bytes, all visible. Without the network."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from .._core.errors import OptionError
from .._core.values import listed, require_text, require_visible

MAX_BYTES = 50  # in UTF-8


def require(label: str, value: Any, empty: str, several: str = "Write one string") -> str:
    """Return *value* if it can be an attribute name, a value or a tag. Raises OptionError.

    label -- what messages call the value
    empty, several -- what to do if the value is null or an empty string, or is a list or a map
    """
    return require_visible(label, require_text(label, value, MAX_BYTES, empty, several))


def shared(text: str) -> str:
    """Return *text*, as one object in memory: the same names, values and tags recur in thousands of users."""
    return sys.intern(text)


def require_declared(option: str, names: Iterable[str], declared: Iterable[str]) -> None:
    """Raise OptionError if one of the *names* in *option* is not among those that the app has *declared*."""
    known = list(declared)
    unknown = [name for name in names if name not in known]
    if unknown:
        shown = f"It has declared: {listed(known)}" if known else "It has not declared any"
        what = f"{option}: the app has not declared these attributes: {listed(unknown)}. {shown}"
        raise OptionError(what, "Correct the names, or declare them with chat_push_attr_names")
