# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The IDs that the service gives to pushes. Without the network."""

from __future__ import annotations

from typing import Any

from .._core.errors import OptionError
from .._core.values import is_account, is_text, require_text

LONGEST = 200  # characters; about 60 are usual


def is_task_id(value: Any) -> bool:
    """Return whether *value* can be the ID of a push: one line, not too long, and all of it can be shown."""
    return is_text(value) and 0 < len(value) <= LONGEST and is_account(value)


def parse_task_id(label: str, value: Any) -> str:
    """Return *value* if it can be the ID of a push. Raises OptionError."""
    hint = "Set the task_id that chat_push returned"
    task_id = require_text(label, value, empty=hint)
    if not is_task_id(task_id):
        raise OptionError(f"{label} is not a task ID: {task_id[:LONGEST]!r}", hint)
    return task_id
