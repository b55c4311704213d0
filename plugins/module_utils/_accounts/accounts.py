# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The tasks about accounts: import, set profiles, delete, read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.client import Client
from .._core.codes import Code
from .._core.converge import Convergence, converge
from .._core.errors import Failure
from .._core.operation import Operation, Options, Outcome
from .._core.values import optional
from .._many.outcome import Refusals, failure_of, shown
from . import rules
from .calls import CODES
from .reader import Reader, State
from .rules import Profile
from .subjects import Accounts, AccountsWritten, Deletions, Imports, Profiles

PRESENT, ABSENT = "present", "absent"

_NO_REASON = Code(
    "the service rejected the import, without a reason,",
    "Check the user IDs, nicknames and URLs. An account that was deleted can be blocked for three months",
)
_NO_DATA = Code("the service returned no data", "Run the task again later. If it fails again, check the user IDs")
_AGAIN = "Run the task again for the remaining accounts"

Phase = Convergence[State, AccountsWritten]


def _ensure(client: Client, options: Options, check_mode: bool) -> Outcome:
    wanted: Mapping[str, Profile] = options["accounts"]
    if options["state"] == ABSENT:
        rules.require_deletable(wanted, client.account.identifier, options["confirm_deletion"])
        deletions = Deletions(client, {account: {} for account in wanted})
        return _outcome([converge(client, deletions, check_mode)], deletions)
    phases = [converge(client, Imports(client, wanted), check_mode)]
    profiles = Profiles(client, wanted, phases[0].found or phases[0].before)
    if phases[0].failure is None and phases[0].found is not None:
        phases.append(converge(client, profiles, check_mode))
    return _outcome(phases, profiles)


def _outcome(phases: list[Phase], goal: Accounts) -> Outcome:
    """Return the outcome of a task of one or two *phases*. After a failure, it tells what was done and what was not.

    goal -- knows whether an account is as the task wants it
    """
    last, changed = phases[-1], any(_has_changed(phase) for phase in phases)
    unreadable, rejected = _refused(phases, goal)
    failure = last.failure or _failure_of(goal.client, unreadable, rejected)
    found = last.found.known if last.found else {}
    if failure is None:
        sides = {"before": phases[0].before.known, "after": last.after.known}
        changes = [account for account, profile in sides["after"].items() if sides["before"][account] != profile]
        diff = {side: rules.existing({one: known[one] for one in changes}) for side, known in sides.items()}
        return Outcome(changed, {"accounts": rules.existing(found), "diff": diff})
    refused = {**unreadable, **rejected}
    keys: dict[str, Any] = {"failed_accounts": shown(refused)} if refused else {}
    if last.found is not None:
        keys["accounts"] = rules.existing(found)
    if changed and not last.is_unconfirmed:
        failure = failure._replace(hint=". ".join(filter(None, [failure.hint, _AGAIN])))
    return Outcome(changed, keys, failure)


def _has_changed(phase: Phase) -> bool:
    """Return whether this task changed something in *phase*, and not another job at the same time."""
    return phase.changed and (phase.written is None or phase.written.may_have_changed)


def _refused(phases: list[Phase], goal: Accounts) -> tuple[Refusals, Refusals]:
    """Return the accounts that could not be read, and those that were rejected and are not as they should be."""
    found = phases[-1].found
    rejected = {
        account: why for phase in phases if phase.written for account, why in phase.written.sent.refused.items()
    }
    left = {
        account: why
        for account, why in rejected.items()
        if found is None or not goal.is_done(account, found.known[account])
    }
    return (found or phases[0].before).refused, left


def _failure_of(client: Client, unreadable: Refusals, rejected: Refusals) -> Failure | None:
    """Return the failure that names the accounts that failed, or None if there are none."""
    parts = [failure_of(unreadable, CODES, client.where, _NO_DATA)] if unreadable else []
    parts += [failure_of(rejected, CODES, client.where, _NO_REASON)] if rejected else []
    if not parts:
        return None
    what, hint = "; ".join(part.what for part in parts), ". ".join(part.hint for part in parts)
    return parts[0]._replace(what=what, hint=hint)


def _info(client: Client, options: Options, check_mode: bool) -> Outcome:
    asked = options["accounts"]
    read = Reader(client, dict.fromkeys(asked, rules.FIELDS), check_decides=False).accounts(asked)
    keys: dict[str, Any] = {
        "accounts": rules.existing(read.known),
        "missing": [account for account, profile in read.known.items() if profile is None],
    }
    if read.refused:
        keys["failed_accounts"] = shown(read.refused)
        return Outcome(False, keys, failure_of(read.refused, CODES, client.where, _NO_DATA))
    return Outcome(False, keys)


ENSURE = Operation(
    _ensure,
    {
        "accounts": {"type": "dict", "required": True},
        "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
        "confirm_deletion": {"type": "bool", "default": False},
    },
    {"accounts": optional(rules.parse_option)},
)
INFO = Operation(
    _info,
    {"accounts": {"type": "list", "elements": "str", "required": True}},
    {"accounts": optional(rules.parse_list)},
)
