# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The tasks about users: their option users, and what they return about each user."""

from __future__ import annotations

import functools
from typing import Any, TypeVar

from .._core.client import Client
from .._core.converge import Convergence, converge
from .._core.errors import Failure
from .._core.operation import Outcome
from .._core.values import optional
from .._many import accounts, outcome
from .._many.exchange import NO_ACCOUNT
from . import api
from .users import Unreadable, Users, UsersWritten

T = TypeVar("T")
Done = Convergence[dict[str, T], UsersWritten]

OPTION: dict[str, dict[str, Any]] = {"users": {"type": "dict", "required": True}, **api.OPTION}
INFO_OPTION: dict[str, dict[str, Any]] = {
    "users": {"type": "list", "elements": "str", "required": True},
    **api.OPTION,
}
INFO_PARSERS = {"users": optional(functools.partial(accounts.parse_list, "users"))}
_AGAIN = "Run the task again to write the remaining users"


def ensure(client: Client, subject: Users[T], check_mode: bool) -> Outcome:
    """Return the outcome of a task that changes users. After a failure, it lists what was done and what was not."""
    try:
        done = converge(client, subject, check_mode)
    except Unreadable as error:
        return _unreadable(error)
    refused = done.written.sent.refused if done.written else {}
    failure = done.failure
    if failure is None and refused and done.found != done.after:
        failure = subject.failure_of(refused)
    return _succeeded(done) if failure is None else _failed(subject, done, refused, failure)


def _succeeded(done: Done[T]) -> Outcome:
    found = done.after if done.found is None else done.found  # with what other jobs wrote at the same time
    changed = [account for account, current in done.before.items() if found[account] != current]
    sides = {"before": done.before, "after": found}
    diff = {side: {account: users[account] for account in changed} for side, users in sides.items()}
    return Outcome(done.changed, {"users": found, "diff": diff})


def _failed(subject: Users[T], done: Done[T], refused: outcome.Refusals, failure: Failure) -> Outcome:
    """Return the outcome of a failed task, which may have changed some users."""
    keys: dict[str, Any] = {"failed_users": outcome.shown(refused)} if refused else {}
    changed = done.changed
    if done.found is not None and done.written:
        unknown = {account for account, why in refused.items() if why.error_code in NO_ACCOUNT}
        keys["users"] = {account: value for account, value in done.found.items() if account not in unknown}
        if not done.written.accepted:  # a user who is gone was not changed by this task
            changed = any(done.before[account] != value for account, value in done.found.items())
        if done.is_unconfirmed:
            missing = subject.missing(done.written, done.found)
            keys["users_wanted"] = {account: done.after[account] for account in missing}
    if changed and not done.is_unconfirmed:
        failure = failure._replace(hint=". ".join(filter(None, [failure.hint, _AGAIN])))
    return Outcome(changed, keys, failure)


def _unreadable(error: Unreadable) -> Outcome:
    found = error.found
    keys: dict[str, Any] = {"failed_users": outcome.shown(found.refused)} if found.refused else {}
    if found.refused and found.values and not found.failure:
        keys["users"] = found.values
    return Outcome(False, keys, error.failure)


def info(subject: Users[T]) -> Outcome:
    """Return the outcome of a task that reads users."""
    try:
        return Outcome(False, {"users": subject.read()})
    except Unreadable as error:
        return _unreadable(error)
