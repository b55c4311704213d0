# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The import of accounts."""

from __future__ import annotations

from typing import Any

from .accounts import INFOS, LISTED, LONGEST_VALUE, PARTS, Accounts, Profile
from .core import INFERRED, Call, Rejected, command, size
from .users import check_account, entries, failure_of, listed_accounts

INFERRED.update(import_form=70402, import_value=70402, import_value_too_long=40601, import_blocked=70402)


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
