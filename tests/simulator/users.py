# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The users of an app, and what the calls about their attributes and tags have in common."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from .core import INFERRED, BaseApp, Call, Rejected

INFOS = {70107: "account does not exist", 90035: "illegal user"}
TIMPUSH_INFOS = {**INFOS, 90035: "account is of the other kind"}

INFERRED.update(accounts_empty=90001, account_repeated=70402, account_not_text=60015)
INFERRED.update(userid_empty=70402, userid_too_long=70402)


@dataclass
class Users(BaseApp):
    """The settings of users. *users* alone is stored; the others say how the service behaves."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    unknown_accounts: Literal["error", "skip", "empty", "list"] = "error"
    answer_order: Literal["shuffled", "request"] = "shuffled"
    remove_missing: Literal["ok", "error"] = "ok"
    account_error: int = 70107
    failing_users: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.users = dict(self.users)  # requests replace the users in it

    def exists(self, account: str) -> bool:
        """Return whether there is such an account."""
        return account in self.users or account in self.admins

    def attrs(self, account: str) -> dict[str, str]:
        """Return the attributes of a user."""
        return self.users.get(account, {}).get("attrs", {})

    def tags(self, account: str) -> list[str]:
        """Return the tags of a user, in the order in which they were added."""
        return self.users.get(account, {}).get("tags", [])

    def store_users(self, what: str, values: dict[str, Any]) -> None:
        """Replace the *what* ("attrs" or "tags") of these users, as one write."""
        if self.ignore_writes or not values:
            return
        for account, value in values.items():
            user = self.users[account]
            self.remember((what, account), user.get(what, type(value)()))
            self.users[account] = {**user, what: value}
        self.writes += 1


@dataclass(frozen=True)
class Limits:
    """What a list of accounts may be, and the codes if it is something else."""

    key: str = "To_Account"  # of an entry, if each is a map
    most: int = 100
    too_many: int = 90018
    malformed: int = 90001
    empty: str = "accounts_empty"  # a case of INFERRED
    longest: int = 0  # bytes of an account that is not empty; 0: any


USERS = Limits()


def check_account(app: BaseApp, account: Any, longest: int) -> None:
    """Reject what no account can be."""
    if not isinstance(account, str):
        app.reject("account_not_text", "body account invalid", always=True)
    if longest:
        app.check_length("userid", account, "a UserID", longest)


def listed_accounts(
    call: Call, field_name: str, limits: Limits = USERS, account_of: Callable[[Any], Any] = lambda one: one
) -> list[str]:
    """Return the accounts in the list *field_name*, where *account_of* returns that of an entry."""
    listed = call.listed(field_name, limits.malformed, limits.empty)
    if len(listed) > limits.most:
        raise Rejected(limits.too_many, f"more than {limits.most} accounts")
    found = [account_of(one) for one in listed]
    for account in found:
        check_account(call.app, account, limits.longest)
    if len(set(found)) < len(found):
        call.app.reject("account_repeated", "an account is repeated")
    return list(dict.fromkeys(found))


def entries(
    call: Call, field_name: str, *needed: str, optional: Iterable[str] = (), limits: Limits = USERS
) -> dict[str, dict[str, Any]]:
    """Return the entries in the list *field_name*, which contain what is *needed*: account -> entry."""

    def account_of(entry: Any) -> Any:
        if not isinstance(entry, dict) or not {limits.key, *needed} <= set(entry):
            raise Rejected(limits.malformed, f"an entry lacks {' or '.join((limits.key, *needed))}")
        call.app.reject_unknown("field_unknown", call.app.present(entry), (limits.key, *needed, *optional))
        return entry[limits.key]

    listed_accounts(call, field_name, limits, account_of)
    return {entry[limits.key]: entry for entry in call.body[field_name]}


def wanted_values(call: Call, field_name: str, part: str, *others: str) -> dict[str, Any]:
    """Return the *part* of each entry in the list *field_name*; the body may contain *others* besides."""
    call.allow_fields(field_name, *others)
    return {account: call.app.normalized(of[part]) for account, of in entries(call, field_name, part).items()}


def sift(call: Call, asked: Iterable[str], read: bool = False) -> tuple[list[str], dict[str, int]]:
    """Return the users whom the call serves, and the codes of those whom it rejects."""
    app = call.app
    unknown = {account for account in asked if account not in app.users}
    how = "list" if call.family == "timpush" else app.unknown_accounts
    if unknown and how == "error":
        raise Rejected(app.account_error, f"account {min(unknown)} does not exist")
    failed = {account: code for account in asked if (code := failure_of(call, account, read))}
    if how == "list":
        failed.update(dict.fromkeys(unknown, 70107))
    out = set(failed) if how == "empty" and read else unknown | set(failed)
    return [account for account in asked if account not in out], failed


def failure_of(call: Call, account: str, read: bool = False) -> int:
    """Return the code with which the call rejects this user; 0 if it does not."""
    failure = call.app.failing_users.get(account, 0)
    if isinstance(failure, dict):
        return failure["code"] if call.command in failure.get("commands", [call.command]) else 0
    return 0 if read else failure


def in_order(app: Users, asked: list[str]) -> list[str]:
    """Return these accounts in the order in which a response has them."""
    if app.answer_order == "request" or len(asked) < 2:
        return asked
    shuffled = sorted(asked, key=lambda account: zlib.crc32(account.encode()))
    return shuffled if shuffled != asked else shuffled[::-1]


def error_list(call: Call, failed: dict[str, int]) -> dict[str, Any]:
    """Return ErrorList for the users who failed; nothing if there are none."""
    infos = TIMPUSH_INFOS if call.family == "timpush" else INFOS
    listed = [
        {"To_Account": account, "ErrorCode": failed[account], "ErrorInfo": infos.get(failed[account], "simulated")}
        for account in in_order(call.app, list(failed))
    ]
    return {"ErrorList": listed} if listed else {}


def read(call: Call, field_name: str, entry: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Serve a read: for each user its *entry*."""
    call.allow_fields("To_Account")
    served, failed = sift(call, listed_accounts(call, "To_Account"), read=True)
    shown = [{"To_Account": account, **entry(account)} for account in in_order(call.app, served)]
    return {field_name: shown, **error_list(call, failed)}


def reject_missing(app: Users, code: int, what: str, wanted: Iterable[str], present: Iterable[str]) -> None:
    """Reject a request to remove what is not there, if the app is set to do so."""
    missing = sorted(set(wanted).difference(present)) if app.remove_missing == "error" else []
    if missing:
        raise Rejected(code, f"the account does not have {what} {missing[0]}")
