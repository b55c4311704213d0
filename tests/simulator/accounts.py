# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The accounts of an app: which exist, their import and their deletion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from .core import INFERRED, Call, Rejected, command, size
from .users import Limits, Users, check_account, entries, failure_of, in_order, listed_accounts

LISTED = Limits(key="UserID", too_many=70206, malformed=70402, empty="account_list_empty", longest=32)
LONGEST_VALUE = 500  # bytes of a nickname, or of the address of an image
PARTS = {"Nick": "nick", "FaceUrl": "face_url"}  # of a profile: as an import calls them -> key of a user
ABSENT = "Err_TLS_PT_Open_Login_Account_Not_Exist"
INFOS = {40003: "account does not exist", 40005: "sensitive word", 70107: ABSENT}

INFERRED.update(account_list_empty=70402, admin_deleted=70402)
INFERRED.update(import_form=70402, import_value=70402, import_value_too_long=40601, import_blocked=70402)

Profile = dict[str, str]


@dataclass
class Accounts(Users):
    """The settings of this subject."""

    import_profiles: Literal["keep", "drop"] = "keep"
    import_again: Literal["updates", "keeps", "replaces"] = "updates"
    trial_limit: int = 0
    reimport: Literal["allowed", "blocked"] = "allowed"
    deletion: Literal["allowed", "refused"] = "allowed"
    sensitive_words: list[str] = field(default_factory=list)
    fail_fields: Literal["documented", "empty", "null"] = "documented"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.deleted: set[str] = set()  # the accounts that were deleted at any time

    def imported(self, account: str, stale: bool) -> bool:
        """Return whether a read shows that there is such an account."""
        return bool(self.shown(("account", account), self.exists(account), stale))

    def profile(self, account: str) -> Profile:
        """Return what is set in the profile of an account: "nick", "face_url"."""
        user = self.users.get(account, {})
        return {part: user[part] for part in PARTS.values() if user.get(part)}

    def store_profiles(self, profiles: dict[str, Profile]) -> None:
        """Replace the profiles of these accounts, as one write; those that do not exist do so from now on."""
        if self.ignore_writes or not profiles:
            return
        for account, profile in profiles.items():
            self._remember_account(account)
            others = {key: of for key, of in self.users.get(account, {}).items() if key not in PARTS.values()}
            self.users[account] = {**others, **{part: value for part, value in profile.items() if value}}
        self.writes += 1

    def remove_accounts(self, accounts: Iterable[str]) -> None:
        """Remove all that these accounts have, as one write."""
        removed = set(accounts)
        if self.ignore_writes or not removed:
            return
        for account in removed:
            self._remember_account(account)
            for what, value in (("attrs", self.attrs(account)), ("tags", self.tags(account))):
                self.remember((what, account), value)
            self.users.pop(account, None)
        self.admins = [account for account in self.admins if account not in removed]
        self.deleted |= removed
        self.writes += 1

    def _remember_account(self, account: str) -> None:
        self.remember(("account", account), self.exists(account))
        self.remember(("profile", account), self.profile(account))

    def is_sensitive(self, text: str) -> bool:
        """Return whether *text* contains a sensitive word."""
        return any(word in text for word in self.sensitive_words)

    def fail_field(self, name: str, accounts: list[str]) -> dict[str, Any]:
        """Return the field *name* with the accounts that failed, as the app shows it."""
        if accounts:
            return {name: in_order(self, accounts)}
        if self.fail_fields == "documented":
            return {}
        return {name: [] if self.fail_fields == "empty" else None}


def result(account: str, code: int, name: str = "UserID", **more: Any) -> dict[str, Any]:
    """Return the entry of an account in a response; *more* is there unless it failed."""
    shown = {name: account, "ResultCode": code, "ResultInfo": INFOS.get(code, "simulated") if code else ""}
    return shown if code else {**shown, **more}


@command("im_open_login_svc/account_check")
def check(call: Call) -> dict[str, Any]:
    """Return which accounts exist."""
    app = call.app
    call.allow_fields("CheckItem")
    items = []
    for account in entries(call, "CheckItem", limits=LISTED):
        status = "Imported" if app.imported(account, call.stale) else "NotImported"
        items.append(result(account, failure_of(call, account, read=True), AccountStatus=status))
    return {"ResultItem": items}


@command("im_open_login_svc/account_delete")
def delete(call: Call) -> dict[str, Any]:
    """Delete accounts, except those that fail."""
    app = call.app
    call.allow_fields("DeleteItem")
    codes = {account: _delete_failure(call, account) for account in entries(call, "DeleteItem", limits=LISTED)}
    if app.deletion == "refused":
        raise Rejected(71000, "deletion of accounts is not allowed")
    app.remove_accounts(account for account, code in codes.items() if not code)
    return {"ResultItem": [result(account, codes[account]) for account in in_order(app, list(codes))]}


def _delete_failure(call: Call, account: str) -> int:
    if code := failure_of(call, account):
        return code
    if account in call.app.admins:
        return int(call.app.code_of("admin_deleted"))
    return 0 if call.app.exists(account) else 70107


# -- imports ---------------------------------------------------------------------------------------------------


@command("im_open_login_svc/multiaccount_import")
def import_many(call: Call) -> dict[str, Any]:
    """Import accounts, except those that fail."""
    call.allow_fields("AccountList", "Accounts")
    if _only_one(call, "AccountList", "Accounts") == "Accounts":
        wanted: dict[str, Profile] = {account: {} for account in listed_accounts(call, "Accounts", LISTED)}
    else:
        listed = entries(call, "AccountList", optional=PARTS, limits=LISTED)
        wanted = {account: _profile_in(call, entry) for account, entry in listed.items()}
    failed = [account for account, profile in wanted.items() if _import_failure(call, account, profile)]
    _import(call.app, {account: wanted[account] for account in wanted if account not in failed})
    return call.app.fail_field("FailAccounts", failed)  # type: ignore[no-any-return]


@command("im_open_login_svc/account_import", per_second=200)
def import_one(call: Call) -> dict[str, Any]:
    """Import one account, or fail."""
    call.allow_fields("UserID", "Identifier", *PARTS)
    account = call.body[_only_one(call, "UserID", "Identifier")]
    check_account(call.app, account, LISTED.longest)
    profile = _profile_in(call, call.body)
    code = _import_failure(call, account, profile)
    if code:
        raise Rejected(code, INFOS.get(code, "simulated"))
    _import(call.app, {account: profile})
    return {}


def _profile_in(call: Call, entry: dict[str, Any]) -> Profile:
    """Return the profile that an import contains; "" is unset."""
    app, entry = call.app, call.app.normalized(call.app.present(entry))
    for name in PARTS:
        value = entry.get(name, "")
        if not isinstance(value, str):
            app.reject("import_value", f"{name} is not a string", always=True)
        if size(value) > LONGEST_VALUE:
            app.reject("import_value_too_long", f"{name} is longer than {LONGEST_VALUE} bytes")
    return {part: entry[name] for name, part in PARTS.items() if entry.get(name)}


def _import_failure(call: Call, account: str, profile: Profile) -> int:
    app = call.app
    if code := failure_of(call, account):
        return code
    if app.reimport == "blocked" and account in app.deleted and not app.exists(account):
        return int(app.code_of("import_blocked"))
    return 40005 if app.is_sensitive(profile.get("nick", "")) else 0


def _import(app: Accounts, wanted: dict[str, Profile]) -> None:
    new = sum(not app.exists(account) for account in wanted)
    if app.trial_limit and new and len(app.users) + new > app.trial_limit:
        raise Rejected(70398, f"more than {app.trial_limit} accounts")
    app.store_profiles({account: _profile_after(app, account, profile) for account, profile in wanted.items()})


def _profile_after(app: Accounts, account: str, profile: Profile) -> Profile:
    present = app.profile(account)
    if app.import_profiles == "drop" or (app.exists(account) and app.import_again == "keeps"):
        return present
    return profile if app.import_again == "replaces" else {**present, **profile}


def _only_one(call: Call, *names: str) -> str:
    """Return which one of these fields the body contains."""
    given = [name for name in names if name in call.body]
    if len(given) != 1:
        call.app.reject("import_form", f"not exactly one of {', '.join(names)}", always=True)
    return given[0]
