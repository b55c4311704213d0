# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks about accounts and profiles. Imports and deletes one account, the scratch account, if it does not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts import calls
from ansible_collections.tencentcloud.chat.plugins.module_utils._many.exchange import PER_REQUEST

from .calls import WAITS, Answer, Caller, Unanswered, form_of, fresh
from .facts import NotObservable

NICK, IMAGE = calls.TAGS.values()
EXISTS, MISSING = "Imported", "NotImported"
_NOT_ALLOWED = 71000  # without the switch in the console

Profile = dict[str, str]  # tag -> value, without those that are not set


class Accounts:
    """The app admin account, an account that does not exist, and *account*, the scratch account."""

    def __init__(self, caller: Caller, account: str, save: Callable[[], None]) -> None:
        self.caller = caller
        self.findings = caller.findings
        self.account = account
        self.save = save
        self.admin = caller.client.account.identifier
        self.ghost = caller.words["GHOST"]
        self.before: Profile = {}  # of the app admin account
        self.profile: Profile = {}  # of the scratch account
        self.is_ours = False  # whether an import of this run may have created the scratch account

    def check(self, accounts: Iterable[str]) -> Answer:
        return self.caller.ask(calls.CHECK, {"CheckItem": [{"UserID": account} for account in accounts]})

    def status(self, account: str) -> Any:
        """Return the AccountStatus of an account. Raises Unanswered without it."""
        answer = self.check([account])
        entry = answer.entries("ResultItem", "UserID").get(account)
        if answer.code != 0 or entry is None:
            raise Unanswered(f"{answer} to a read of the scratch account")
        return entry.get("AccountStatus")

    def profiles(self, accounts: Iterable[str]) -> Answer:
        return self.caller.ask(calls.GET, {"To_Account": list(accounts), "TagList": [NICK, IMAGE]})

    def look(self) -> None:
        answer = self.check([self.admin, self.ghost])
        answer.require("the call")
        found = answer.entries("ResultItem", "UserID").items()
        shown = {account: (one.get("ResultCode"), one.get("AccountStatus")) for account, one in found}
        is_right = shown == {self.admin: (0, EXISTS), self.ghost: (0, MISSING)}
        statuses = ", ".join(str(status) for _code, status in shown.values())
        self.findings.check("account_status", is_right, f"AccountStatus: {statuses}.")
        self.caller.fact = "account_twice"
        answer = self.check([self.ghost, self.ghost])
        verdict = "accepted" if answer.code == 0 else "rejected"
        self.findings.settle("account_twice", verdict, f"{answer}.", codes={"account_repeated": answer.code or 0})
        self.caller.fact = "accounts_in_request"
        answer = self.check(f"{self.ghost}_{number}" for number in range(PER_REQUEST + 1))
        self.findings.check("accounts_in_request", answer.code not in (0, None), f"{answer}.")
        self.caller.judge_contract("accounts_checked")

    def look_at_profiles(self) -> None:
        answer = self.profiles([self.admin])
        items = self._items(answer, self.admin)
        if items is None:
            raise NotObservable(f"The service does not return the profile of the app admin account: {answer}.")
        self.before = self._values(items)
        forms = {"missing": "documented", "null": "null"}
        self.findings.set(fail_fields=forms.get(form_of(answer.document.get("Fail_Account", ...)), "empty"))
        strings = all(isinstance(item.get("Value"), (str, type(None))) for item in items)
        self.findings.check("profile_shape", strings, f"Number of fields: {len(items)}.")
        values = {item.get("Tag"): item.get("Value") for item in items}
        form = form_of(values.get(NICK, ...), blank="") or form_of(values.get(IMAGE, ...), blank="")
        if form:
            self.findings.name("unset_profile", form, "One field of a profile is not set.")
        else:
            self.findings.skip("unset_profile", "The profile of the app admin account has both fields.")
        self.caller.fact = "unknown_profile"
        answer = self.profiles([self.admin, self.ghost])
        code = answer.entries("UserProfileItem").get(self.ghost, {}).get("ResultCode")
        self.findings.name("unknown_profile", "whole" if answer.code else "item", f"{answer}, for the account {code}.")
        self.caller.judge_contract("profile_field")
        self.caller.judge_contract("profiles_checked")

    def _items(self, answer: Answer, account: str) -> list[Mapping[str, Any]] | None:
        entry = answer.entries("UserProfileItem").get(account, {})
        items = entry.get("ProfileItem", [])
        is_right = answer.code == 0 and entry.get("ResultCode") == 0 and isinstance(items, list)
        return items if is_right and all(isinstance(item, dict) for item in items) else None

    @staticmethod
    def _values(items: Iterable[Mapping[str, Any]]) -> Profile:
        return {item["Tag"]: item["Value"] for item in items if item.get("Value") and item.get("Tag")}

    def add(self, profile: Mapping[str, str]) -> Answer:
        self.is_ours = True
        self.save()
        return self.caller.ask(calls.IMPORT, {"AccountList": [{"UserID": self.account, **profile}]})

    def set_profile(self, profile: Profile) -> Answer:
        items = [{"Tag": tag, "Value": value} for tag, value in profile.items()]
        return self.caller.ask(calls.SET, {"From_Account": self.account, "ProfileItem": items})

    def has(self, profile: Profile) -> bool:
        self.profile = self._values(self._items(self.profiles([self.account]), self.account) or [])
        return profile.items() <= self.profile.items()

    def put(self, profile: Profile) -> None:
        """Set *profile*, and wait until it shows. Raises NotObservable."""
        self.set_profile(profile).require("a profile")
        self.caller.require(lambda: self.has(profile))

    def import_it(self) -> None:
        """Import the scratch account, unless it exists: then this run must not touch it. Raises NotObservable."""
        if not self.account:
            raise NotObservable("This needs TENCENT_CHAT_SCRATCH_ACCOUNT.")
        if self.status(self.account) != MISSING:
            raise NotObservable("The scratch account exists already, so the probe does not touch it.")
        profile = {NICK: fresh(), IMAGE: f"https://example.com/{fresh()}"}
        answer = self.add({"Nick": profile[NICK], "FaceUrl": profile[IMAGE]})
        answer.require("the import (an account that was deleted can be blocked for three months)")
        self.caller.judge_delay("import_delay", lambda: self.status(self.account) == EXISTS)
        self.caller.fact = "import_profile"
        self.caller.wait(lambda: self.has(profile), WAITS)
        stored = len(profile.items() & self.profile.items())
        if stored == 1:
            self.findings.settle("import_profile", "in part", "It stored one of two fields.")
        else:
            self.findings.name("import_profile", "keep" if stored else "drop", f"It stored {stored} of 2 fields.")

    def change_profile(self) -> None:
        self.put({NICK: fresh(), IMAGE: f"https://example.com/{fresh()}"})
        image = self.profile[IMAGE]
        self.put({NICK: fresh()})
        kept = self.profile.get(IMAGE) == image
        self.findings.check("profile_merge", kept, f"Number of fields: {len(self.profile)}.")

    def import_again(self) -> None:
        before, nick = dict(self.profile), fresh()
        answer = self.add({"Nick": nick})
        if answer.code != 0 or answer.document.get("FailAccounts"):
            self.findings.settle("import_again", "rejected", f"{answer}.")
            return
        self.caller.wait(lambda: self.has({NICK: nick}), WAITS)
        how = "updates" if self.profile.get(IMAGE) == before.get(IMAGE) else "replaces"
        how = how if self.profile.get(NICK) == nick else "keeps"
        self.findings.name("import_again", how, f"Number of fields: {len(self.profile)}.")

    def clear_profile(self) -> None:
        self.put({NICK: fresh()})
        answer = self.set_profile({NICK: ""})
        if answer.code != 0:
            self.findings.settle("clear_profile", "rejected", f"{answer}.")
            return
        self.caller.wait(lambda: self.has({}) and NICK not in self.profile, WAITS)
        self.findings.name("clear_profile", "ignored" if NICK in self.profile else "clears", "It was accepted.")

    def delete_it(self) -> None:
        answer, code, detail = self._delete()
        if answer.code == _NOT_ALLOWED:
            self.findings.check("deletion", True, detail)
            self.findings.set(deletion="refused")
            raise NotObservable("The app does not allow the deletion of accounts.")
        self.findings.check("deletion", answer.code == 0 and not code, detail)
        self.caller.require(lambda: self.status(self.account) == MISSING)
        self.caller.fact = "delete_again"
        answer, code, detail = self._delete()
        self.findings.check("delete_again", answer.code == 0 and code == 70107, detail)
        self.is_ours = False

    def _delete(self) -> tuple[Answer, Any, str]:
        answer = self.caller.ask(calls.DELETE, {"DeleteItem": [{"UserID": self.account}]})
        code = answer.entries("ResultItem", "UserID").get(self.account, {}).get("ResultCode")
        return answer, code, f"{answer}, for the account {code}."

    def restore(self) -> dict[str, Any]:
        """Delete the scratch account if this run may have created it. Return it if it is still there."""
        if not self.is_ours:
            return {}
        self._delete()  # without a look: a read may still return what was there before an earlier write
        self.caller.settle()
        is_gone = self.caller.wait(lambda: self.status(self.account) == MISSING, WAITS)
        return {} if is_gone else {"UserID": self.account}
