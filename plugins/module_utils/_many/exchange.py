# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Requests about many accounts: a hundred in each, several under way at once, halved if some accounts are at fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple, Protocol, TypeVar

from .._core.client import Client
from .._core.errors import Failure
from .._core.retry import Call
from .._core.schedule import Jobs
from .._core.worker import MOST
from .outcome import Outcome, Refused, stamped

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

PER_REQUEST = 100  # accounts
NO_ACCOUNT = frozenset({70107, 90012, 90048})  # codes for an account that does not exist
_MOST_SOUGHT = 100  # accounts that are searched for in requests that the service rejects as a whole


class Step(NamedTuple):
    """A request: its command, and what it contains about each account."""

    command: str
    parts: Mapping[str, Any]

    def only(self, accounts: Iterable[str]) -> Step:
        """Return the part of it that is about *accounts*."""
        return Step(self.command, {account: self.parts[account] for account in accounts if account in self.parts})


class Batch(NamedTuple):
    """Accounts, and the steps that are still to be taken for them, one after another."""

    accounts: tuple[str, ...]
    steps: tuple[Step, ...]

    def only(self, accounts: Iterable[str]) -> Batch:
        """Return the part of it that is about *accounts*, without the steps that are about none of them."""
        kept = tuple(accounts)
        return Batch(kept, tuple(step for step in (step.only(kept) for step in self.steps) if step.parts))

    def halves(self) -> Iterator[Batch]:
        """Return the two halves of what the next step is about; the first half also has all other accounts."""
        about = list(self.steps[0].parts)
        second = set(about[len(about) // 2 :])
        yield self.only(account for account in self.accounts if account not in second)
        yield self.only(account for account in self.accounts if account in second)


class Calls(Protocol[T_co]):
    """The calls of a subject about many accounts."""

    def is_about_accounts(self, step: Step, failure: Failure) -> bool:
        """Return whether the service rejected the request of *step* because of some of its accounts."""

    def call(self, step: Step) -> Call:
        """Return the call for *step*."""

    def parse(self, step: Step, response: dict[str, Any]) -> tuple[Mapping[str, T_co], Mapping[str, Refused]]:
        """Return what a response contains by account, and the accounts that it rejects. Raises ChatError."""

    def may_be_done(self, step: Step, failure: Failure) -> bool:
        """Return whether a step that failed counts as done until reading back decides."""


def batches(accounts: Iterable[str], most: int = PER_REQUEST) -> Iterator[tuple[str, ...]]:
    """Return *accounts* in parts of at most *most*, one for each request."""
    rest = iter(accounts)
    while batch := tuple(islice(rest, most)):
        yield batch


def exchange(client: Client, calls: Calls[T], work: Iterable[Batch]) -> Outcome[T]:
    """Take all steps of all batches in *work*, and return the outcome.

    After a request that the service rejects as a whole, no further request begins, and those under way are awaited.
    Raises ChatError only if the processes that started the task have ended.
    """
    return _Exchange(client, calls).run(work)


class _Exchange:
    """An exchange that is under way, and its outcome so far."""

    def __init__(self, client: Client, calls: Calls[Any]) -> None:
        self.client = client
        self.calls = calls
        self.jobs: Jobs[Batch] = Jobs()
        self._work: Iterator[Batch] = iter(())
        self._order: list[str] = []  # of the accounts
        self.values: dict[str, Any] = {}
        self.refused: dict[str, Refused] = {}
        self.done: set[str] = set()
        self.accepted: set[str] = set()
        self.uncertain: set[str] = set()
        self.failure: Failure | None = None
        self.doubt: Failure | None = None

    def run(self, work: Iterable[Batch]) -> Outcome[Any]:
        self._work = iter(work)
        self._top_up()
        outcomes = self.client.each(
            self.jobs,
            lambda batch: self.calls.call(batch.steps[0]),
            lambda batch, response: self.calls.parse(batch.steps[0], response),
        )
        for batch, outcome in outcomes:
            if isinstance(outcome, Failure):
                self._failed(batch, outcome)
            else:
                self._succeeded(batch, *outcome)
            self._top_up()
        order = self._order
        values, refused = ({one: found[one] for one in order if one in found} for found in (self.values, self.refused))
        done, accepted, uncertain = (frozenset(found) for found in (self.done, self.accepted, self.uncertain))
        return Outcome(values, refused, done, accepted, uncertain, self.failure, self.doubt)

    def _top_up(self) -> None:
        """Have as many batches ready as requests can be under way. Those to come take no memory yet."""
        while len(self.jobs) < MOST and not self.jobs.stopped:
            batch = next(self._work, None)
            if batch is None:
                break
            self._order.extend(batch.accounts)
            if batch.steps:
                self.jobs.append(batch)

    def _succeeded(self, batch: Batch, values: Mapping[str, Any], refused: Mapping[str, Refused]) -> None:
        self.values.update(values)
        if refused:
            self.refused.update(stamped(refused, self.calls.call(batch.steps[0]).command))
        self.accepted.update(account for account in batch.steps[0].parts if account not in refused)
        self._go_on(batch, refused)

    def _go_on(self, batch: Batch, without: Iterable[str] = ()) -> None:
        """Take the next step of *batch*, for all accounts but those in *without*."""
        left_out = set(without)
        rest = Batch(batch.accounts, batch.steps[1:]).only(one for one in batch.accounts if one not in left_out)
        later = {account for step in rest.steps for account in step.parts}
        self.done.update(account for account in rest.accounts if account not in later)
        if later and not self.jobs.stopped:
            self.jobs.appendleft(rest.only(account for account in rest.accounts if account in later))

    def _failed(self, batch: Batch, failure: Failure) -> None:
        accounts = list(batch.steps[0].parts)
        doubted = failure
        if not self.uncertain.isdisjoint(accounts):  # such as an earlier attempt of the request that was halved
            doubted = failure._replace(not_accepted=False, tries=max(2, failure.tries or 1))
        if not failure.not_accepted:
            self.uncertain.update(accounts)
        seeks = len(self.refused) < _MOST_SOUGHT and not self.jobs.stopped
        if seeks and self.calls.is_about_accounts(batch.steps[0], failure):
            self._halve(batch, failure, accounts)
        elif self.calls.may_be_done(batch.steps[0], doubted):
            self.doubt = failure
            self._go_on(batch)
        else:
            self.failure = self.failure or failure
            self.jobs.stop()
            if not failure.not_accepted:
                self._go_on(batch)

    def _halve(self, batch: Batch, failure: Failure, accounts: list[str]) -> None:
        """Send smaller parts, because some accounts are at fault, and the service does not report which."""
        if len(accounts) == 1:
            self.refused[accounts[0]] = Refused(failure.error_code, failure.error_info or "", failure.command or "")
            self._go_on(batch, accounts)
        else:
            self.jobs.extendleft(batch.halves())
