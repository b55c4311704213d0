# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Read, plan, write unless in check mode, read back: the one way in which this collection changes something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from .client import Client
from .errors import ChatError, Failure

S = TypeVar("S")
W = TypeVar("W", bound="Written")

# Seconds to wait before each further read, while the service does not return what was written.
DELAYS = (0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Written:
    """The outcome of a write. A subject may derive a class with more fields.

    accepted -- the service accepted at least a part
    uncertain -- the service may have accepted a part of what failed
    failure -- what ended the writing early
    doubt -- a rejection, perhaps because an earlier attempt was applied: reading back decides
    """

    accepted: bool = False
    uncertain: bool = False
    failure: Failure | None = None
    doubt: Failure | None = None


@dataclass(frozen=True)
class Convergence(Generic[S, W]):
    """The outcome of a task.

    before -- the state that was read
    after -- the state that was planned
    found -- the state that was read last, or None if it could not be read after a write
    changed -- the task changed something; in check mode, it would
    written -- the outcome of the write, if there was one
    failure -- why *found* is not *after*, unless the service only rejected parts of the write
    is_unconfirmed -- the service accepted the write, but does not return it
    """

    before: S
    after: S
    found: S | None
    changed: bool
    written: W | None = None
    failure: Failure | None = None
    is_unconfirmed: bool = False


class Subject(Protocol[S, W]):
    """The subject that a task changes. S is its state: what is compared, and shown before and after."""

    def read(self) -> S:
        """Return the current state. Raises ChatError."""

    def plan(self, before: S) -> S:
        """Return the state that should result. Pure. Raises OptionError if it is impossible."""

    def write(self, before: S, after: S) -> W:
        """Change *before* to *after*."""

    def read_back(self, before: S, written: W, found: S | None) -> S:
        """Return the state after the write. Raises ChatError.

        before, found -- the state before the write, and what read_back() returned last
        """

    def shows(self, written: W, found: S, after: S) -> bool:
        """Return whether *found* contains all of *after* that was written. Pure."""

    def not_confirmed(self, written: W, found: S, after: S) -> Failure:
        """Return the failure for a write that the service accepted, but still returns as *found*. Pure."""


def converge(client: Client, subject: Subject[S, W], check_mode: bool) -> Convergence[S, W]:
    """Make the changes that *subject* plans.

    check_mode -- omit only the calls that write
    Raises ChatError if the task fails before the first write.
    """
    before = subject.read()
    after = subject.plan(before)
    if after == before or check_mode:
        return Convergence(before, after, after, after != before)
    written = subject.write(before, after)
    if not (written.accepted or written.uncertain):
        return Convergence(before, after, before, False, written, written.failure or written.doubt)
    try:
        found = _read_back(client, subject, before, after, written)
    except ChatError as error:
        return Convergence(before, after, None, written.accepted, written, written.failure or error.failure)
    if found == after:  # what the service stores decides, even if a response was lost
        return Convergence(before, after, found, True, written)
    changed, shows = written.accepted or found != before, subject.shows(written, found, after)
    failure = written.failure or (None if shows else written.doubt)
    if failure or shows:
        return Convergence(before, after, found, changed, written, failure)
    failure = subject.not_confirmed(written, found, after)
    return Convergence(before, after, found, changed, written, failure, is_unconfirmed=True)


def _read_back(client: Client, subject: Subject[S, W], before: S, after: S, written: W) -> S:
    """Read back, for a bounded time, until the service returns the write: the delay is not documented."""
    found = subject.read_back(before, written, None)
    with client.sharing_time():
        for delay in DELAYS:
            if subject.shows(written, found, after) or client.time_left() <= delay:
                break
            client.sleep(delay)
            try:
                found = subject.read_back(before, written, found)
            except ChatError:  # what an earlier read returned says more
                break
    return found
