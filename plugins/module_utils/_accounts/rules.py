# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What an account and its profile can be, and what a task plans for them. Without the network.

Follows https://www.tencentcloud.com/document/product/1047/34953 (import) and
https://www.tencentcloud.com/document/product/1047/34916 (profiles).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, Optional

from .._core.errors import OptionError
from .._core.values import kind, require_text, require_visible
from .._many import accounts

MAX_ID_BYTES = 32
MAX_TEXT_BYTES = 500  # of a nickname or a URL, in UTF-8

FIELDS = ("nick", "face_url")
_RESERVED = {"@RBT#": "robots", "@TOA#_": "official accounts"}
_EXAMPLE = '{"1001": {nick: Ann}, "1002": {}}'

Profile = dict[str, str]  # the fields that are known, or declared
Known = dict[str, Optional[Profile]]  # by account; None: the account does not exist


def parse_option(option: Any) -> dict[str, Profile]:
    """Return the map in the option accounts. Raises OptionError, which shows the value."""
    return accounts.parse_map("accounts", option, _EXAMPLE, _declared)


def parse_list(option: Any) -> list[str]:
    """Return the list in the option accounts, each account once. Raises OptionError."""
    return [_user_id(account) for account in accounts.parse_list("accounts", option)]


def _declared(account: str, given: Any) -> Profile:
    _user_id(account)
    reserved = next((begin for begin in _RESERVED if account.startswith(begin)), None)
    if reserved:
        what = f"accounts: user ID {account!r} begins with {reserved}, which is reserved for {_RESERVED[reserved]}"
        raise OptionError(what, "Use another user ID")
    label = f"accounts: the profile of {account!r}"
    if given is not None and not isinstance(given, Mapping):
        raise OptionError(f"{label} must be a map, not {kind(given)}: {given!r}", f"Write a map such as {_EXAMPLE}")
    profile: Profile = {}
    for key, value in (given or {}).items():
        if key not in FIELDS:
            raise OptionError(f"{label} has the unknown key {key!r}", f"Use {' and '.join(FIELDS)}")
        if value is not None:
            profile[key] = _text(f"accounts: the {key} of {account!r}", value)
    return profile


def _text(label: str, value: Any) -> str:
    return require_visible(label, require_text(label, value, MAX_TEXT_BYTES, "Set a value, or remove the key"))


def _user_id(account: str) -> str:
    """Return *account* if it can be a user ID. Raises OptionError."""
    if not account.isascii():
        what = f"accounts: user ID {account!r} contains characters other than printable ASCII"
        raise OptionError(what, "Use only printable ASCII, because the client SDK cannot log in other accounts")
    if len(account) > MAX_ID_BYTES:
        what = f"accounts: user ID {account!r} has {len(account)} bytes, but at most {MAX_ID_BYTES} are allowed"
        raise OptionError(what, "Use a shorter user ID")
    return account


def require_deletable(wanted: Mapping[str, Profile], identifier: str, confirmed: bool) -> None:
    """Raise OptionError unless a task may delete the accounts in *wanted*."""
    if not confirmed:
        what = "state is absent, but confirm_deletion is not true"
        hint = (
            "A deletion cannot be undone. It also deletes the contacts, the profile, the groups and the conversations"
            " of an account, and its user ID may be blocked for three months. To delete the accounts, set"
            " confirm_deletion: true"
        )
        raise OptionError(what, hint)
    if identifier in wanted:
        what = f"accounts: {identifier!r} is the account in identifier, which is never deleted"
        raise OptionError(what, f"Remove {identifier!r} from accounts")


def imported(before: Known, wanted: Mapping[str, Profile]) -> Known:
    """Return the state in which each missing account is imported with its profile. Pure."""
    return {account: dict(wanted[account]) if now is None else now for account, now in before.items()}


def with_profiles(before: Known, wanted: Mapping[str, Profile]) -> Known:
    """Return the state in which each account that exists has what *wanted* declares. Pure."""
    return {account: None if now is None else {**now, **wanted[account]} for account, now in before.items()}


def is_normalized(wanted: Profile | None, found: Profile | None) -> bool:
    """Return whether *found* is *wanted* in normalization form C of Unicode, and not *wanted* itself."""
    if not wanted or not found or wanted.items() <= found.items():
        return False
    return all(unicodedata.normalize("NFC", text) == found.get(field) for field, text in wanted.items())


def existing(known: Mapping[str, Profile | None]) -> dict[str, Profile]:
    """Return the accounts in *known* that exist."""
    return {account: profile for account, profile in known.items() if profile is not None}
