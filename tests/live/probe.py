# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks one question after the other, and sets back what it changed, whatever happens."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import bug

from . import calls
from .accounts import Accounts
from .calls import Caller, Unanswered
from .facts import AS_DOCUMENTED, NotObservable, NotShown
from .names import AttrNames
from .pushes import Pushes
from .users import Users

IN_FLIGHT = 2.0  # seconds in which a request that nobody waits for any more arrives
_GET = "im_get_attr_name"
# How a request is signed in a wrong way, what has to be known for that, and the codes that are documented.
_SIGNATURES = {
    "bad_key": (calls.ANOTHER_KEY, "", {70009, 70003, 70005}),
    "other_app": (calls.ANOTHER_APP, "key", {70014}),
    "other_account": (calls.ANOTHER_ACCOUNT, "key", {70013}),
    "expired": (calls.EXPIRED, "key", {70001}),
    "not_admin": (calls.NOT_ADMIN, "not_admin", {90009, 60010, 70403}),
}


@dataclass
class Probe:
    """One run against one app.

    scratch -- whether the app may be written to
    account -- the scratch user, or ""
    throwaway -- the scratch account, which is imported and deleted, or ""
    save -- keeps the playbook that sets everything back; called before the first write, and again before an import
    """

    caller: Caller
    scratch: bool = False
    account: str = ""
    throwaway: str = ""
    save: Callable[[str], object] = str
    stopped: str = ""  # why the run ended early
    left: dict[str, Any] = field(default_factory=dict)  # what differs from before, and stays so
    unrestored: list[str] = field(default_factory=list)  # the parts that could not be set back

    def __post_init__(self) -> None:
        self.findings = self.caller.findings
        self.caller.words.update(USER=self.account, ACCOUNT=self.throwaway)
        self.names = AttrNames(self.caller)
        self.users = Users(self.caller, self.account)
        self.accounts = Accounts(self.caller, self.throwaway, self._save)
        self.pushes = Pushes(self.caller, self.users)
        self._may_stop = False

    def run(self) -> None:
        """Ask everything that may be asked, then set back. Raises nothing that the service or Ctrl-C causes."""
        # A script that starts this in the background may have made it ignore SIGINT.
        before = {number: signal.signal(number, self._interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            try:
                self._question()
            except KeyboardInterrupt:
                self.stopped = "The probe was interrupted"
            if self.stopped:
                self.caller.sleep(IN_FLIGHT)
            self._restore()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self.findings.finish(f"{self.stopped}." if self.stopped else "")

    def _interrupt(self, *_: Any) -> None:
        """Stop the questions on the first Ctrl-C or SIGTERM. While something is restored, they have no effect."""
        if self._may_stop:
            self._may_stop = False
            raise KeyboardInterrupt
        print("Restoring the app; this ends by itself.", flush=True)

    def _question(self) -> None:
        try:
            self._may_stop = True
            self._first()
            self._signatures()
            self._read()
            if self.scratch:
                self._write()
                self._write_account()
        except Unanswered as why:
            self.stopped = f"The service could not be asked further: {why}"
        except Exception as error:  # what was written is set back, whatever happens
            self.stopped = bug(error).what
        finally:
            self._may_stop = False

    def _ask(self, step: Callable[..., None], *facts: str, given: Sequence[Any] = ()) -> bool:
        """Let *step* answer the questions about *facts*. Return whether it could."""
        self.caller.fact = facts[0]
        try:
            step(*given)
        except NotObservable as why:
            self.names.is_stuck = self.names.is_stuck or isinstance(why, NotShown)
            for fact in facts:
                self.findings.skip(fact, str(why))
            return False
        return True

    def _reject(self, send: Callable[..., calls.Answer], timpush: bool, *facts: str) -> None:
        """Ask about each of *facts* whether the service rejects what it must reject."""
        for fact in facts:
            self._ask(self.caller.judge_contract, fact, given=(fact, send, timpush))

    def _first(self) -> None:
        """The first call: if it fails, nothing can be asked. Raises Unanswered."""
        self.caller.fact = "success_shape"
        answer = self.caller.ask(_GET, {})
        document, info = answer.document, "ErrorInfo" in answer.document
        if answer.code is None:
            self.findings.differs("success_shape", f"The collection cannot read it: {answer.problem}.")
            raise Unanswered(answer.problem)
        if answer.code != 0:
            raise Unanswered(f"{answer} ({self.caller.client.redact_foreign.text(str(document.get('ErrorInfo')))})")
        detail = f"ActionStatus, ErrorCode{' and ErrorInfo' if info else ', but no ErrorInfo'}."
        self.findings.check("success_shape", document.get("ActionStatus") == "OK", detail)
        self.findings.set(error_info=info)

    def _signatures(self) -> None:
        has = {"": True, "key": bool(self.caller.client.account.secret_key)}
        has["not_admin"] = has["key"] and bool(self.caller.not_admin)
        for fact, (signed, needs, codes) in _SIGNATURES.items():
            if not has[needs]:
                continue
            self.caller.fact = fact
            answer = self.caller.ask(_GET, {}, signed)
            if answer.code == 70050:
                self.findings.skip(fact, "The service does not accept more invalid signatures for a minute.")
                continue
            self.findings.check(fact, answer.code in codes, f"{answer}.")
            if fact == "not_admin" and answer.code in codes:
                self.findings.set(admin_error=answer.code)
        answered = [exchange for exchange in self.caller.exchanges if "answered" in exchange]
        is_200 = all(exchange["status"] == 200 for exchange in answered)
        self.findings.check("http_status", is_200, "Every response had HTTP status 200.")
        are_numbers = {type(exchange["answered"].get("ErrorCode")) for exchange in answered} == {int}
        detail = f"It is {'' if are_numbers else 'not '}a number in every response."
        self.findings.check("error_code_number", are_numbers, detail)
        self.findings.set(code_as_text=not are_numbers)

    def _read(self) -> None:
        accounts, pushes = self.accounts, self.pushes
        self._ask(accounts.look, "account_status", "account_twice", "accounts_in_request", "accounts_checked")
        profiles = ("profile_shape", "unset_profile", "unknown_profile", "profile_field", "profiles_checked")
        self._ask(accounts.look_at_profiles, *profiles)
        self._ask(pushes.statistics, "statistics_shape", "statistics_codes", "statistics_total")
        self._ask(pushes.losses, "losses_shape")
        self._ask(self.names.look, "no_names", "names_shape")
        if not self.scratch and "shared_names" not in self.findings.found:
            self.findings.skip("shared_names", "Both returned the same names; only a write can show this.")
        self._ask(self.users.look, "attrs_shape", "tags_shape", "no_tags")
        self._ask(self.users.order, "answer_order")
        self._ask(self.users.unknown, "unknown_account")
        self._ask(self.users.unknown_timpush, "unknown_account_timpush")

    def _save(self) -> None:
        playbook = self.playbook()
        if playbook:
            self.save(playbook)

    def _write(self) -> None:
        names = self.names
        names.prepare()
        self._save()
        if not self._ask(names.rename, "merge", "write_delay", "shared_names"):
            return
        self._ask(names.swap, "swap")
        checked = ("repeated_name", "repeated_name_timpush", "name_51_bytes", "eleventh_number", "names_checked")
        self._reject(names.send_malformed, names.shared, *checked)
        self._ask(names.longest, "name_50_bytes")
        self._ask(names.clear, "clear_name")
        if self.account in self.users.known:
            self._write_users()

    def _write_users(self) -> None:
        users, pushes, shared = self.users, self.pushes, self.names.shared
        self._ask(self.names.put, "user_write_delay", given=[self.names.base])
        if self._ask(users.write, "user_write_delay", "attrs_merge"):
            self._reject(users.send, shared, "undeclared_attr", "value_51_bytes", "attrs_checked")
            self._ask(users.remove_missing_attr, "remove_missing_attr")
        if self._ask(users.order_of_tags, "tag_order"):
            self._reject(users.send, shared, "tag_51_bytes", "eleven_tags", "tags_checked")
        self._ask(users.remove_missing_tag, "remove_missing_tag")
        is_pushed = self._ask(pushes.ask, "task_id", "random_repeats")
        self._ask(pushes.listed, "listed_push", "listed_statistics", "old_statistics", "recall", "recall_again")
        self._ask(pushes.recall_old, "recall_old")
        if is_pushed:
            has_timpush = "listed_push" in self.findings.with_verdict(AS_DOCUMENTED)
            self._reject(pushes.send_malformed, has_timpush, "pushes_checked", "recalls_checked")

    def _write_account(self) -> None:
        accounts = self.accounts
        if self._ask(accounts.import_it, "import_delay", "import_profile"):
            self._ask(accounts.change_profile, "profile_merge")
            self._ask(accounts.import_again, "import_again")
            self._ask(accounts.clear_profile, "clear_profile")
            self.caller.judge_contract("imports_checked")
            self._ask(accounts.delete_it, "deletion", "delete_again")

    def _restore(self) -> None:
        """The user first: attributes can be removed only while their names are declared."""
        self.caller.fact, self.caller.attempts = "restore", 6
        restores = {"user": self.users.restore, "names": self.names.restore, "account": self.accounts.restore}
        for part, restore in restores.items():
            try:
                left = restore()
            except Exception as error:
                why = str(error) if isinstance(error, Unanswered) else bug(error).what
                self.unrestored.append(part)
                self.stopped = self.stopped or f"The app could not be restored: {why}"
            else:
                self.left.update({part: left} if left else {})

    def playbook(self) -> str:
        """Return the playbook that sets back everything that the questions may change, or "" if it could do nothing.

        An attribute of a user can be set and removed only while its name is declared.
        """
        user, names, tasks = self.users, self.names, []
        if self.account in user.known:
            attrs = {name: user.before_attrs.get(name) for name in map(names.base.get, names.numbers)}
            tasks.append(_task("names for the user", "chat_push_attr_names", attr_names=names.base))
            tasks.append(_task("attributes", "chat_push_user_attrs", users={self.account: attrs}))
            tasks.append(_task("tags", "chat_push_user_tags", users={self.account: user.before_tags}, exclusive=True))
        if names.before:
            tasks.append(_task("names", "chat_push_attr_names", attr_names=names.before))
        if self.accounts.is_ours:
            gone = {"accounts": {self.throwaway: None}, "state": "absent", "confirm_deletion": True}
            tasks.append(_task("accounts", "chat_accounts", **gone))
        play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
        return "---\n" + yaml.safe_dump([play], allow_unicode=True, sort_keys=False) if tasks else ""


def _task(what: str, module: str, **options: Any) -> Mapping[str, Any]:
    return {"name": f"Restore the {what}", f"tencentcloud.chat.{module}": options}
