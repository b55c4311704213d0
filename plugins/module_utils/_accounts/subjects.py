# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What a task can change about accounts, each as a subject of converge(): import, profiles, deletion."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.client import Client
from .._core.converge import Written
from .._core.errors import Failure
from .._core.values import listed
from .._many.exchange import PER_REQUEST, Batch, Step, batches, exchange
from .._many.outcome import Outcome
from . import rules
from .calls import DELETE, IMPORT, MISSING, SET, AccountCalls
from .reader import Reader, State
from .rules import Known, Profile


@dataclass(frozen=True)
class AccountsWritten(Written):
    """The outcome of the requests that write accounts.

    sent -- the outcome by account
    wanted -- the state that was planned
    retried -- a request was sent again, so that an earlier attempt may have done what the last one rejects
    """

    sent: Outcome[Any] = field(default_factory=Outcome)
    wanted: Known = field(default_factory=dict)
    retried: bool = False

    @property
    def may_have_changed(self) -> bool:
        """Whether this task may have changed an account."""
        return self.accepted or self.retried or bool(self.sent.uncertain)


class Accounts(ABC):
    """The accounts of a task, as a subject of converge().

    COMMAND -- the command that writes
    PER_REQUEST -- the accounts that one request writes at most
    """

    COMMAND: str
    PER_REQUEST = PER_REQUEST

    def __init__(self, client: Client, wanted: Mapping[str, Profile]) -> None:
        self.client = client
        self.wanted = wanted
        self.reader = Reader(client, wanted)

    @abstractmethod
    def planned(self, known: Known) -> Known:
        """Return what *known* should become. Pure."""

    @abstractmethod
    def part(self, now: Profile | None, planned: Profile | None) -> Any:
        """Return what a request contains about an account. Pure."""

    @abstractmethod
    def is_done(self, account: str, now: Profile | None) -> bool:
        """Return whether the write of *account* shows. Pure."""

    def may_be_done(self, written: AccountsWritten, account: str) -> bool:
        """Return whether the change of *account* may show, sooner or later. Pure."""
        return account in written.sent.done or (written.retried and account in written.sent.refused)

    # -- for converge() --------------------------------------------------------------------------------------------

    def read(self) -> State:
        return self.reader.accounts(self.wanted)

    def plan(self, before: State) -> State:
        return before._replace(known=self.planned(before.known))

    def write(self, before: State, after: State) -> AccountsWritten:
        parts = {
            account: self.part(now, after.known[account])
            for account, now in before.known.items()
            if after.known[account] != now
        }
        work = (
            Batch(batch, (Step(self.COMMAND, {account: parts[account] for account in batch}),))
            for batch in batches(parts, self.PER_REQUEST)
        )
        retries = len(self.client.retried)
        sent = exchange(self.client, AccountCalls(self.client), work)
        retried = len(self.client.retried) > retries
        # What the service rejects without a reason may be done all the same: reading back decides.
        uncertain = bool(sent.uncertain or sent.refused)
        return AccountsWritten(bool(sent.accepted), uncertain, sent.failure, sent.doubt, sent, after.known, retried)

    def read_back(self, before: State, written: AccountsWritten, found: State | None) -> State:
        if found is None:
            sent = written.sent
            again = [one for one in before.known if one in sent.accepted | sent.uncertain | sent.refused.keys()]
            return before.updated(self.reader.imported(again) if self.COMMAND == IMPORT else self._read_again(again))
        return found.updated(self._read_again(self._missing(written, found)))

    def _read_again(self, accounts: list[str]) -> State:
        return self.reader.profiles(accounts) if self.COMMAND == SET else self.reader.accounts(accounts)

    def shows(self, written: AccountsWritten, found: State, after: State) -> bool:
        return not self._missing(written, found)

    def not_confirmed(self, written: AccountsWritten, found: State, after: State) -> Failure:
        missing = self._missing(written, found)
        hint = "If another job changed these accounts at the same time, run the task again"
        if all(rules.is_normalized(written.wanted[account], found.known[account]) for account in missing):
            hint = "The service stores text in Unicode normalization form C: use that form in accounts"
        what = f"the service does not return the change of {self.COMMAND} when read back, for: {listed(missing)}"
        return Failure(what, hint)

    def _missing(self, written: AccountsWritten, found: State) -> list[str]:
        """Return the accounts whose changes may still show, and are not in *found*.

        Those that cannot be read are left out: *found* names them.
        """
        return [
            account
            for account in written.wanted
            if self.may_be_done(written, account)
            and account not in found.refused
            and not self.is_done(account, found.known[account])
        ]


class Imports(Accounts):
    """Imports the accounts that are missing, with their profiles. Whether a profile is stored, Profiles finds out."""

    COMMAND = IMPORT

    def planned(self, known: Known) -> Known:
        return rules.imported(known, self.wanted)

    def part(self, now: Profile | None, planned: Profile | None) -> Any:
        return planned

    def is_done(self, account: str, now: Profile | None) -> bool:
        return now is not None


class Profiles(Accounts):
    """Sets the declared fields of profiles that differ. *start* is the state, which was just read."""

    COMMAND = SET
    PER_REQUEST = 1

    def __init__(self, client: Client, wanted: Mapping[str, Profile], start: State) -> None:
        super().__init__(client, wanted)
        self.start = start

    def read(self) -> State:
        return self.start

    def planned(self, known: Known) -> Known:
        return rules.with_profiles(known, self.wanted)

    def part(self, now: Profile | None, planned: Profile | None) -> Any:
        return {name: value for name, value in (planned or {}).items() if (now or {}).get(name) != value}

    def is_done(self, account: str, now: Profile | None) -> bool:
        return now is not None and self.wanted[account].items() <= now.items()


class Deletions(Accounts):
    """Deletes the accounts that exist."""

    COMMAND = DELETE

    def planned(self, known: Known) -> Known:
        return dict.fromkeys(known)

    def part(self, now: Profile | None, planned: Profile | None) -> Any:
        return None

    def is_done(self, account: str, now: Profile | None) -> bool:
        return now is None

    def may_be_done(self, written: AccountsWritten, account: str) -> bool:
        """Count an account that is gone already: another job may have deleted it."""
        refused = written.sent.refused.get(account)
        return super().may_be_done(written, account) or (refused is not None and refused.error_code in MISSING)
