# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Options that list accounts: a map of accounts to what they should have, or a list. Without the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .._core.errors import OptionError
from .._core.values import flaw_of_account, require_list, require_map, require_text

T = TypeVar("T")


def parse_map(option: str, given: Any, example: str, parse: Callable[[str, Any], T]) -> dict[str, T]:
    """Return the map *given* as *option*, with what *parse* returns for each account and its value.

    example -- a map that is right
    Raises OptionError, which shows the value.
    """
    found = require_map(option, given, example)
    names = (_account(option, account) for account in found)
    return {account: parse(account, value) for account, value in zip(names, found.values())}


def parse_list(option: str, given: Any) -> list[str]:
    """Return the accounts in the list *given* as *option*, each once. Raises OptionError."""
    return list(dict.fromkeys(_account(option, one) for one in require_list(option, given, '["1001", "1002"]')))


def _account(option: str, value: Any) -> str:
    account = require_text(f"{option}: a user ID", value, empty="Set a user ID, or remove the entry")
    flaw = flaw_of_account(account)
    if flaw:
        raise OptionError(f"{option}: user ID {account!r} {flaw}", "Remove the character")
    return account
