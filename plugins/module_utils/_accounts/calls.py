# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The calls about accounts and their profiles, and what their responses contain about each account.

Follows https://www.tencentcloud.com/document/product/1047/34953 to 34956 (accounts), and
https://www.tencentcloud.com/document/product/1047/34916 and 34917 (profiles).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, Optional

from .._core.client import Client
from .._core.codes import Code, as_code, unclear
from .._core.errors import REPORT_BUG, Failure, invalid_response
from .._core.pace import PER_SECOND
from .._core.response import foreign_text, list_in
from .._core.retry import Call
from .._core.values import is_text
from .._many.exchange import NO_ACCOUNT, Step
from .._many.outcome import Refused, entry_by_account
from .rules import FIELDS, Profile

CHECK, IMPORT, DELETE = "account_check", "multiaccount_import", "account_delete"
GET, SET = "portrait_get", "portrait_set"

TAGS = {"nick": "Tag_Profile_IM_Nick", "face_url": "Tag_Profile_IM_Image"}
_IMPORT_FIELDS = {"nick": "Nick", "face_url": "FaceUrl"}
_PROFILES_PER_SECOND = 200

_NO_ACCOUNT = Code("account does not exist", "If another job deletes accounts at the same time, run the task again")
_CORRECT = "Correct nick and face_url"
CODES: Mapping[int, Code] = {
    30006: unclear("the contacts of the account could not be deleted"),
    30007: unclear("deleting the contacts of the account timed out"),
    30008: unclear("deleting the contacts of the account conflicted with another request"),
    40001: Code("the profile request is malformed", REPORT_BUG),
    40003: _NO_ACCOUNT,
    40004: Code("an app admin account is required", "Set identifier to an app admin account"),
    40005: Code("the profile contains a sensitive word", "Choose another nick or face_url"),
    40006: unclear("the profile could not be read or written"),
    40007: Code("no permission to read the profile field", REPORT_BUG),
    40008: Code("no permission to write the profile field", REPORT_BUG),
    40009: Code("the profile field does not exist", REPORT_BUG),
    40601: Code("a profile value is longer than 500 bytes", _CORRECT),
    40605: Code("a profile value is not one of the values of its field", _CORRECT),
    40610: Code("a profile value has the wrong type", _CORRECT),
    70202: unclear("timeout inside the service"),
    70206: Code("too many accounts in the request", REPORT_BUG),
    70398: Code("the trial edition allows at most 100 accounts", "Upgrade the app, or delete accounts"),
    71000: Code("the app does not allow the deletion of accounts", "Enable the deletion in the console"),
}
MISSING = NO_ACCOUNT | {40003}  # of one account in a response
# For each command, the codes that reject a whole request because of some of its accounts.
_BAD_PROFILE = frozenset({40005, 40601, 40605, 40610})
_ABOUT_ACCOUNTS = {IMPORT: _BAD_PROFILE, GET: frozenset({40003}), SET: _BAD_PROFILE | {40003}}

Refusals = dict[str, Refused]
Found = dict[str, Optional[Profile]]


class AccountCalls:
    """The calls of a task about accounts, for exchange().

    fields -- the fields of a profile that are read
    seeks -- whether a request that was rejected because of some accounts is sent again in smaller parts
    """

    def __init__(self, client: Client, fields: Iterable[str] = (), seeks: bool = True) -> None:
        self.mask: Callable[[str], str] = client.redact_foreign.text
        self.fields = tuple(field for field in FIELDS if field in set(fields))
        self.seeks = seeks

    def call(self, step: Step) -> Call:
        is_profile = step.command in (GET, SET)
        path = f"v4/{'profile' if is_profile else 'im_open_login_svc'}/{step.command}"
        per_second = _PROFILES_PER_SECOND if is_profile else PER_SECOND
        return Call(path, self._body(step), codes=CODES, per_second=per_second)

    def _body(self, step: Step) -> dict[str, Any]:
        if step.command == GET:
            return {"To_Account": list(step.parts), "TagList": [TAGS[field] for field in self.fields]}
        if step.command == SET:
            ((account, profile),) = step.parts.items()
            return {"From_Account": account, "ProfileItem": [_item(*one) for one in profile.items()]}
        if step.command == IMPORT:
            return {"AccountList": [_entry(*one) for one in step.parts.items()]}
        return {"CheckItem" if step.command == CHECK else "DeleteItem": [{"UserID": one} for one in step.parts]}

    def parse(self, step: Step, response: dict[str, Any]) -> tuple[Found, Refusals]:
        """Return the accounts in a response: the known fields of their profiles, or None for a missing account."""
        if step.command == SET:
            return {}, {}
        if step.command == IMPORT:
            return {}, dict.fromkeys(_listed(response, "FailAccounts", step.parts), Refused())
        field, key = ("UserProfileItem", "To_Account") if step.command == GET else ("ResultItem", "UserID")
        entries = entry_by_account(response, field, step.parts, key)
        refused = {account: why for account, entry in entries.items() if (why := self._refusal(entry))}
        if step.command == DELETE:
            return {}, refused
        if step.command == GET:
            refused = {**dict.fromkeys(_listed(response, "Fail_Account", step.parts), Refused()), **refused}
        found = {
            account: self._profile(entries[account]) if step.command == GET else _existence(entries[account])
            for account in step.parts
            if account in entries and account not in refused
        }
        return found, {**{one: Refused() for one in step.parts if one not in found}, **refused}

    def is_about_accounts(self, step: Step, failure: Failure) -> bool:
        return self.seeks and failure.error_code in _ABOUT_ACCOUNTS.get(step.command, ())

    def may_be_done(self, step: Step, failure: Failure) -> bool:
        """Accept an import or a deletion that was rejected after an earlier attempt that may have been applied.

        The documentation does not say what a second one returns. Reading back decides.
        """
        return step.command in (IMPORT, DELETE) and failure.is_doubtful

    def _refusal(self, entry: Mapping[str, Any]) -> Refused | None:
        code = 0 if entry.get("ResultCode") is None else as_code(entry["ResultCode"])
        if code is None:
            raise invalid_response("the ResultCode of an entry is not a number")
        return Refused(code, foreign_text(entry.get("ResultInfo"), self.mask) or "") if code else None

    def _profile(self, entry: Mapping[str, Any]) -> Profile:
        """Accept null, an empty string and a missing entry for a field that is not set."""
        items = list_in(entry, "ProfileItem", dict)
        if not all(isinstance(item.get("Tag"), str) for item in items):
            raise invalid_response("ProfileItem contains an entry without Tag")
        values = {item["Tag"]: item.get("Value") for item in items}
        found = {field: values.get(TAGS[field]) for field in self.fields}
        if not all(value is None or is_text(value) for value in found.values()):
            raise invalid_response("ProfileItem contains a value that is not a string")
        return {field: value for field, value in found.items() if value}


def _item(field: str, value: str) -> dict[str, str]:
    return {"Tag": TAGS[field], "Value": value}


def _entry(account: str, profile: Profile) -> dict[str, str]:
    return {"UserID": account, **{_IMPORT_FIELDS[field]: value for field, value in profile.items()}}


def _existence(entry: Mapping[str, Any]) -> Profile | None:
    status = entry.get("AccountStatus")
    if status not in ("Imported", "NotImported"):
        raise invalid_response("AccountStatus is neither Imported nor NotImported")
    return {} if status == "Imported" else None


def _listed(response: Mapping[str, Any], field: str, asked: Container[str]) -> list[str]:
    """Return the accounts in the list *field* of a response. Raises ChatError."""
    return [one for one in list_in(response, field, str) if one in asked]
