# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Reads, plans, writes and reads back the attributes or the tags of users.

A state maps each account of the task to what the user has. A user whom the service does not return is not in it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from .._core.client import Client
from .._core.codes import Code
from .._core.converge import Written
from .._core.errors import ChatError, Failure
from .._core.retry import Call
from .._core.values import listed
from .._many import outcome
from .._many.exchange import NO_ACCOUNT, Batch, Step, batches, exchange
from .._many.outcome import Refused
from . import api

T = TypeVar("T")

# A user has up to 100 tags, each of up to 50 bytes, which JSON may escape as 6 bytes each.
LARGEST = 4 * 1024 * 1024  # bytes of a response
_NO_ACCOUNT = Code("account does not exist", "Check the spelling, and import missing accounts with chat_accounts")
CODES = {
    70107: _NO_ACCOUNT,
    90012: _NO_ACCOUNT,
    90035: Code(
        "the type of the attribute or tag does not match the user, or the user is not valid",
        "Use user IDs with type 0, and registration IDs with type 1",
    ),
    90048: _NO_ACCOUNT,
}


class Unreadable(ChatError):
    """The service does not return all users."""

    def __init__(self, found: outcome.Outcome[Any], failure: Failure) -> None:
        super().__init__(failure)
        self.found = found


@dataclass(frozen=True)
class UsersWritten(Written):
    """The outcome of the requests that write users.

    sent -- the outcome by account
    """

    sent: outcome.Outcome[Any] = field(default_factory=outcome.Outcome)


# -- the calls ----------------------------------------------------------------------------------------------------


class Users(ABC, Generic[T]):
    """The users of a task, as a subject of converge(). T is what each of them has.

    FIELD, PART -- the list of users in a body, and the key of an entry besides To_Account
    GET, REMOVE, ADD -- the commands. Removals are sent first, so that no limit is exceeded in between
    CODES -- what ErrorCodes mean for these commands
    """

    FIELD: str
    PART: str
    GET: str
    REMOVE: str
    ADD: str
    CODES: ClassVar[Mapping[int, Code]] = CODES

    def __init__(self, client: Client, family: str, listed_users: Iterable[str]) -> None:
        self.client = client
        self.family = family
        self.accounts = tuple(listed_users)

    @abstractmethod
    def parse_user(self, value: Any) -> T:
        """Return what a user has. Raises ChatError if *value*, from a response, has another shape."""

    @abstractmethod
    def plan_user(self, account: str, current: T) -> T:
        """Return what the user should have, or *current* itself. Pure. Raises OptionError if it is impossible."""

    @abstractmethod
    def steps(self, before: T, after: T) -> tuple[list[Any], list[Any]]:
        """Return what to remove from a user, and what to add, each in parts that fit in one request. Pure."""

    def failure_of(self, refused: outcome.Refusals) -> Failure:
        """Return the failure that names the users who were *refused*."""
        return outcome.failure_of(refused, self.CODES, self.client.where)

    # -- for exchange() --------------------------------------------------------------------------------------------

    def is_about_accounts(self, step: Step, failure: Failure) -> bool:
        return failure.error_code in NO_ACCOUNT

    def call(self, step: Step) -> Call:
        body: dict[str, Any] = {"To_Account": list(step.parts)}
        if step.command != self.GET:
            body = {self.FIELD: [{"To_Account": account, self.PART: part} for account, part in step.parts.items()]}
        return Call(api.path(self.family, step.command), body, largest=LARGEST, codes=self.CODES)

    def parse(self, step: Step, response: dict[str, Any]) -> tuple[Mapping[str, T], Mapping[str, Refused]]:
        """Return the users in a response, and those who failed: after a read, also those whom it does not contain."""
        asked = step.parts
        refused = outcome.refusals(response, asked, self.client.redact_foreign.text)
        if step.command != self.GET:
            return {}, refused
        found = outcome.entry_by_account(response, self.FIELD, asked)
        values = {
            account: self.parse_user(found[account].get(self.PART))
            for account in asked
            if account in found and account not in refused
        }
        return values, {**{account: Refused() for account in asked if account not in values}, **refused}

    def may_be_done(self, step: Step, failure: Failure) -> bool:
        """Accept a removal that was rejected after an earlier attempt that may have been applied.

        The documentation does not say whether a second removal is an error. Reading back decides.
        """
        return step.command == self.REMOVE and failure.is_doubtful

    # -- for converge() --------------------------------------------------------------------------------------------

    def read(self) -> dict[str, T]:
        """Return what each user has. Raises ChatError if the service does not return it for all of them."""
        found = self._fetch(self.accounts)
        failure = found.failure or (self.failure_of(found.refused) if found.refused else None)
        if failure:
            raise Unreadable(found, failure)
        return {account: found.values[account] for account in self.accounts}

    def _fetch(self, accounts: Iterable[str]) -> outcome.Outcome[T]:
        work = (Batch(batch, (Step(self.GET, dict.fromkeys(batch)),)) for batch in batches(accounts))
        return exchange(self.client, self, work)

    def plan(self, before: dict[str, T]) -> dict[str, T]:
        return {account: self.plan_user(account, current) for account, current in before.items()}

    def write(self, before: dict[str, T], after: dict[str, T]) -> UsersWritten:
        """Write the users who differ. A user whom the service rejects is left out from then on."""
        changed = (account for account, current in before.items() if after[account] != current)
        work = (self._batch(batch, before, after) for batch in batches(changed))
        sent = exchange(self.client, self, work)
        return UsersWritten(bool(sent.accepted), bool(sent.uncertain), sent.failure, sent.doubt, sent)

    def _batch(self, accounts: tuple[str, ...], before: dict[str, T], after: dict[str, T]) -> Batch:
        """Return all that is to be sent about at most 100 users."""
        steps: list[Step] = []
        both = {account: self.steps(before[account], after[account]) for account in accounts}
        for number, command in enumerate((self.REMOVE, self.ADD)):
            parts = {account: pair[number] for account, pair in both.items()}
            for turn in range(max(map(len, parts.values()))):
                steps.append(Step(command, {one: some[turn] for one, some in parts.items() if turn < len(some)}))
        return Batch(accounts, tuple(steps))

    def read_back(self, before: dict[str, T], written: UsersWritten, found: dict[str, T] | None) -> dict[str, T]:
        """Read the users that may have been written; the next time, only those whose writes are not confirmed.

        Omits those whom the service no longer returns.
        """
        if found is None:
            again = [one for one in self.accounts if one in written.sent.accepted or one in written.sent.uncertain]
        else:
            again = self.missing(written, found)
        read = self._fetch(again)
        if read.failure:
            raise ChatError(read.failure)
        gone = set(again).difference(read.values)
        known = {**(before if found is None else found), **read.values}
        return {one: known[one] for one in self.accounts if one in known and one not in gone}

    def shows(self, written: UsersWritten, found: dict[str, T], after: dict[str, T]) -> bool:
        return not self.missing(written, found)

    def missing(self, written: UsersWritten, found: Mapping[str, T]) -> list[str]:
        """Return the accounts whose writes were accepted, and which *found* does not show.

        Another job may add other attributes or tags to a user at the same time: they are not missing.
        """
        done = (one for one in self.accounts if one in written.sent.done)
        return [one for one in done if one not in found or self.plan_user(one, found[one]) != found[one]]

    def not_confirmed(self, written: UsersWritten, found: dict[str, T], after: dict[str, T]) -> Failure:
        return Failure(
            "the service accepted the writes but does not return them when read back, for:"
            f" {listed(self.missing(written, found))}",
            "Check that the app contains these accounts. If another job changed them at the same time, run the task"
            " again",
        )
