# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Reads which accounts exist, and the profiles of those that a task is about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from .._core.client import Client
from .._core.errors import ChatError
from .._many.exchange import Batch, Step, batches, exchange
from .._many.outcome import Outcome, Refusals
from .calls import CHECK, GET, MISSING, AccountCalls
from .rules import FIELDS, Known, Profile, existing


class State(NamedTuple):
    """The accounts of a task.

    known -- what the service returned about each account
    refused -- the accounts about which it returned an error, or nothing
    """

    known: Known
    refused: Refusals

    def updated(self, later: State) -> State:
        """Return this state with what was read *later* about some of its accounts."""
        known = {account: later.known.get(account, now) for account, now in self.known.items()}
        refused = {account: why for account, why in self.refused.items() if account not in later.known}
        return State(known, {**refused, **later.refused})


class Reader:
    """Reads accounts.

    profiles -- the fields of each profile that are to be read; accounts that are not in it have none
    check_decides -- an account that exists according to account_check exists, whatever portrait_get returns
    """

    def __init__(self, client: Client, profiles: Mapping[str, Collection[str]], check_decides: bool = True) -> None:
        self._client = client
        self._profiles = profiles
        self._check_decides = check_decides
        self._fields = [field for field in FIELDS if any(field in fields for fields in profiles.values())]

    def accounts(self, accounts: Iterable[str]) -> State:
        """Return which *accounts* exist, with their profiles. Raises ChatError."""
        checked = self._state(accounts, self._read(CHECK, accounts))
        read = self.profiles(existing(checked.known))
        if self._check_decides:
            read = read._replace(known={account: now or {} for account, now in read.known.items()})
        return self._merged(checked, read)

    def profiles(self, accounts: Iterable[str]) -> State:
        """Return *accounts* of which all should exist, with their profiles. Raises ChatError."""
        asked = [account for account in accounts if self._profiles.get(account)]
        return self._state(asked, self._read(GET, asked))

    def imported(self, accounts: Iterable[str]) -> State:
        """Return *accounts* that were just imported, with their profiles. Raises ChatError.

        A profile also shows that its account exists. So accounts are checked only if some do not show yet.
        """
        asked = list(accounts)
        if not self._fields:
            return self.accounts(asked)
        read = self._read(GET, asked, seeks=False)
        shown = self._state(asked, read)
        rest = [account for account in asked if shown.known.get(account) is None and account not in shown.refused]
        return self._merged(shown, self.accounts(rest)) if rest else shown

    def _read(self, command: str, accounts: Iterable[str], seeks: bool = True) -> Outcome[Profile | None]:
        work = (Batch(batch, (Step(command, dict.fromkeys(batch)),)) for batch in batches(accounts))
        found = exchange(self._client, AccountCalls(self._client, self._fields, seeks), work)
        if found.failure and (seeks or found.failure.error_code not in MISSING):
            raise ChatError(found.failure)
        return found

    def _state(self, asked: Iterable[str], read: Outcome[Profile | None]) -> State:
        missing = {account for account, why in read.refused.items() if why.error_code in MISSING}
        known: Known = {}
        for account in asked:
            if account in missing:
                known[account] = None
            elif account in read.values:
                profile = read.values[account]
                is_asked = bool(self._profiles.get(account))
                known[account] = profile if profile is None or is_asked else {}
        return State(known, {account: why for account, why in read.refused.items() if account not in missing})

    def _merged(self, first: State, later: State) -> State:
        refused = {**first.refused, **later.refused}
        known = {**first.known, **later.known}
        return State({account: now for account, now in known.items() if account not in refused}, refused)
