# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The option api: the two families of API commands for pushes, all_member_push and the newer timpush."""

from __future__ import annotations

from typing import Any

OLD, NEW = "all_member_push", "timpush"

# The option that each of these modules has.
OPTION: dict[str, dict[str, Any]] = {"api": {"type": "str", "choices": [OLD, NEW], "default": OLD}}


def path(family: str, command: str) -> str:
    """Return the path of *command*, such as "get_attr_name", in the API *family*."""
    return f"v4/{NEW}/{command}" if family == NEW else f"v4/{OLD}/im_{command}"
