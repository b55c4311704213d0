# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Read, plan, write unless in check mode, read back: the one way in which this collection changes something."""

from __future__ import annotations

from typing import Protocol, TypeVar

from .client import Client
from .errors import ChatError

S = TypeVar("S")

# Seconds to wait before each further read of a write that does not show yet.
_DELAYS = (0.25, 0.5, 1.0, 2.0)


class Subject(Protocol[S]):
    """The subject that a task changes. S is its state: what is compared, and shown before and after."""

    def read(self) -> S:
        """Return the current state."""

    def plan(self, before: S) -> S:
        """Return the state that should result. Pure. Raises OptionError if it is impossible."""

    def write(self, before: S, after: S) -> S:
        """Change *before* to *after*. Return what read_back() must find."""

    def read_back(self, expected: S) -> S:
        """Return what there is now of *expected*."""

    def not_confirmed(self, found: S, expected: S) -> ChatError:
        """Return the error for a write that the service accepted, but still returns as *found*."""


def converge(client: Client, subject: Subject[S], check_mode: bool) -> tuple[S, S]:
    """Change what *subject* plans, and return the states before and after.

    check_mode -- leave out the calls that write, and nothing else
    Raises ChatError. Its fact ``changed`` is true if a write was accepted.
    """
    before = subject.read()
    after = subject.plan(before)
    if after != before and not check_mode:
        expected = subject.write(before, after)
        try:
            _confirm(client, subject, expected)
        except ChatError as error:
            error.facts["changed"] = True
            raise
    return before, after


def _confirm(client: Client, subject: Subject[S], expected: S) -> None:
    """Read back until *expected* shows, for a bounded time: how soon a write shows is not documented."""
    found = subject.read_back(expected)
    client.stop_extending()
    for delay in _DELAYS:
        if found == expected or client.time_left() <= delay:
            break
        client.sleep(delay)
        found = subject.read_back(expected)
    if found != expected:
        raise subject.not_confirmed(found, expected)
