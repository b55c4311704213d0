# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The parts that the subjects about many users share: accounts, requests of at most 100 users, and users who fail.

A state maps each account of the task to what the user has. Responses are matched by account: the documentation
shows that their order is not that of the request.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, ClassVar, Generic, TypeVar

from .._core.client import Call, Client
from .._core.converge import converge
from .._core.errors import ChatError, Code, NotConfirmed, OptionError, invalid_response, printable, service_error
from .._core.operation import Result
from .._core.text import kind, require_map, require_text
from . import family

T = TypeVar("T")
R = TypeVar("R")

MAX_BYTES = 50  # of an attribute name, a value or a tag, in UTF-8
PER_REQUEST = 100  # users
# A user has up to 100 tags, each of up to 50 bytes, which JSON may escape as 6 bytes each.
LARGEST = 4 * 1024 * 1024  # bytes of a response
NO_ACCOUNT = 70107
CODES = {
    NO_ACCOUNT: Code("account does not exist", "Import the accounts into the app, and check the spelling in users"),
    90035: Code(
        "the attribute or tag belongs to the other kind of account",
        "Use user IDs with type 0, and registration IDs with type 1",
    ),
}
_NO_DATA = "Check that the app contains the accounts, and import them if it does not"
_AGAIN = "Run the task again to write the remaining users"
_MOST_SHOWN = 20  # accounts in a message
_MOST_UNKNOWN = 100  # accounts that are searched for in requests that the service rejects as a whole

Failures = dict[str, dict[str, Any]]  # account -> error_code (None if the service returned none) and error_info


# -- the rules, without the network -------------------------------------------------------------------------------


def parse_option(given: Any, example: str, parse: Callable[[str, Any], T]) -> dict[str, T]:
    """Return the map in the option users, with what *parse* makes of each account and its value.

    example -- a map that is right
    Raises OptionError, which shows the value.
    """
    found = require_map("users", given, example)
    return {account: parse(account, value) for account, value in zip(map(_account, found), found.values())}


def parse_accounts(given: Any) -> list[str]:
    """Return the accounts in the list *given* as the option users, each once. Raises OptionError."""
    return list(dict.fromkeys(map(_account, require_list("users", given, '["u1", "u2"]'))))


def _account(value: Any) -> str:
    account = require_text("users: an account", value, empty="Set an account, or remove the entry")
    if account != account.strip() or not account.isprintable():
        what = f"users: the account {account!r} starts or ends with a space, or contains control characters"
        raise OptionError(what, "Correct it")
    return account


def require_list(label: str, value: Any, example: str) -> list[Any]:
    """Return *value* if it is a list. A string is rejected: Ansible would split it at each comma."""
    if isinstance(value, (list, tuple)):
        return list(value)
    shown = kind(value) if value is None else f"{kind(value)}: {value!r}"
    raise OptionError(f"{label} must be a list, not {shown}", f"Write a list such as {example}")


def listed(accounts: Iterable[str]) -> str:
    """Return *accounts* as a message shows them: not all, if there are many."""
    rest = iter(accounts)
    shown = ", ".join(repr(account) for account in islice(rest, _MOST_SHOWN))
    more = sum(1 for _account in rest)
    return f"{shown} and {more} more" if more else shown


def batches(accounts: Iterable[str]) -> Iterator[list[str]]:
    """Return *accounts* in lists that fit in one request each."""
    rest = iter(accounts)
    while batch := list(islice(rest, PER_REQUEST)):
        yield batch


# -- what a response contains -------------------------------------------------------------------------------------


def is_text(value: Any) -> bool:
    """Return whether *value* is a string that can be shown: JSON can contain half a character."""
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


def shared(text: str) -> str:
    """Return *text*, as one object in memory: the same names, values and tags recur in thousands of users."""
    return sys.intern(text)


def parse_entries(response: Mapping[str, Any], field: str, asked: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the entries in the list *field* by account, for the accounts that were *asked* for.

    Raises ChatError if the list has another shape, or contradicts itself.
    """
    found: dict[str, dict[str, Any]] = {}
    for account, entry in _listed_entries(response, field, asked):
        if found.setdefault(account, entry) != entry:
            raise invalid_response(f"{field} contains different entries for {account[:50]!a}")
    return found


def _listed_entries(
    response: Mapping[str, Any], field: str, asked: Iterable[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    entries = response.get(field) or []
    if not isinstance(entries, list):
        raise invalid_response(f"{field} is not a list")
    asked = set(asked)
    for entry in entries:
        account = entry.get("To_Account") if isinstance(entry, dict) else None
        if not isinstance(account, str):
            raise invalid_response(f"{field} contains an entry without To_Account")
        if account in asked:
            yield account, entry


def parse_failures(response: Mapping[str, Any], asked: Iterable[str], mask: Callable[[str], str]) -> Failures:
    """Return the users in ErrorList, who failed although the request did not. Raises ChatError.

    A user can have several entries, such as one for each tag. The first error counts.
    mask -- masks the secrets in a text
    """
    failed: Failures = {}
    for account, entry in _listed_entries(response, "ErrorList", asked):
        code, info = entry.get("ErrorCode"), entry.get("ErrorInfo")
        if isinstance(code, str) and code.isascii() and code.isdecimal() and len(code) < 12:
            code = int(code)
        if isinstance(code, bool) or not isinstance(code, int):
            raise invalid_response("the ErrorCode of an entry in ErrorList is not a number")
        if code and account not in failed:
            failed[account] = _failure(code, printable(mask(info)) if isinstance(info, str) else "")
    return failed


def _failure(code: int | None, info: str) -> dict[str, Any]:
    return {"error_code": code, "error_info": info}


def failed_users(failed: Failures, codes: Mapping[int, Code]) -> ChatError:
    """Return the error that names the users who *failed*, by error code.

    codes -- what codes mean for these calls
    """
    by_code: dict[int | None, list[str]] = {}
    for account, failure in failed.items():
        by_code.setdefault(failure["error_code"], []).append(account)
    parts, hints = [], []
    for code, accounts in by_code.items():
        if code is None:
            parts.append(f"the service returned no data for: {listed(accounts)}")
            hints.append(_NO_DATA)
        else:
            error = service_error(code, failed[accounts[0]]["error_info"], "OK", codes)
            parts.append(f"{error.what}, for: {listed(accounts)}")
            hints.append(error.hint)
    return ChatError("; ".join(parts), ". ".join(dict.fromkeys(hints)))


# -- the calls ----------------------------------------------------------------------------------------------------


class Users(ABC, Generic[T]):
    """The users of a task, as a subject of converge(). T is what each of them has.

    FIELD, PART -- the list of users in a body, and the key of an entry besides To_Account
    GET, REMOVE, ADD -- the commands. What a user loses is removed first, so that no limit is exceeded in between
    CODES -- what ErrorCodes mean for these commands
    """

    FIELD: str
    PART: str
    GET: str
    REMOVE: str
    ADD: str
    CODES: ClassVar[Mapping[int, Code]] = CODES

    def __init__(self, client: Client, api: str, accounts: Iterable[str]) -> None:
        self.client = client
        self.api = api
        self.accounts = list(accounts)
        self.failed: Failures = {}
        self.error: ChatError | None = None  # why writing ended early
        self.doubt: ChatError | None = None  # about a removal; reading back shows whether it counts
        self._before: dict[str, T] = {}
        self._now: dict[str, T] = {}  # what the service returned last
        self._unread: dict[str, None] = {}  # the accounts that may have been written since
        self._accepted: set[str] = set()  # the accounts of which the service accepted a write
        self._started = False  # whether a write was sent

    @abstractmethod
    def parse(self, value: Any) -> T:
        """Return what a user has. Raises ChatError if *value*, from a response, has another shape."""

    @abstractmethod
    def plan_user(self, account: str, current: T) -> T:
        """Return what the user should have, or *current* itself. Pure. Raises OptionError if it is impossible."""

    @abstractmethod
    def steps(self, before: T, after: T) -> tuple[list[Any], list[Any]]:
        """Return what to remove from a user, and what to add, each in parts that fit in one request. Pure."""

    def read(self) -> dict[str, T]:
        """Return what each user has. Raises ChatError if the service does not return it for all of them."""
        try:
            self._now = self._before = self._fetch(self.accounts, self.failed)
        except ChatError as error:
            if error.facts.get("error_code") != NO_ACCOUNT:
                raise
        if self.failed:
            raise failed_users(self.failed, self.CODES)
        return self._before

    def plan(self, before: dict[str, T]) -> dict[str, T]:
        return {account: self.plan_user(account, current) for account, current in before.items()}

    def write(self, before: dict[str, T], after: dict[str, T]) -> dict[str, T]:
        """Write the users who differ. Return those of whom the service accepted everything.

        A user whom it rejects is left out from then on. After a request that it rejects, nothing more is sent.
        """
        done: dict[str, T] = {}
        for batch in batches(account for account, current in before.items() if after[account] != current):
            self._started = True
            self._unread.update(dict.fromkeys(batch))
            try:
                self._write_batch({account: self.steps(before[account], after[account]) for account in batch})
            except ChatError as error:
                self.error = error
                break
            done.update((account, after[account]) for account in batch if account not in self.failed)
        return done

    def read_back(self, expected: dict[str, T]) -> dict[str, T]:
        """Return what the users in *expected* have. Only those who do not have it yet are read again."""
        self._refresh([account for account, value in expected.items() if self._now.get(account) != value])
        return {account: self._now[account] for account in expected if account in self._now}

    def not_confirmed(self, found: dict[str, T], expected: dict[str, T]) -> ChatError:
        wanted = {account: value for account, value in expected.items() if found.get(account) != value}
        return NotConfirmed(
            f"the service accepted the writes but does not return them when read back, for: {listed(wanted)}",
            "Check that the app contains these accounts. If another job changed them at the same time, run the task"
            " again",
            users_wanted=wanted,
        )

    def explain(self, error: ChatError) -> ChatError:
        """Add to *error* what was done and what was not, and return it."""
        if self.failed:
            error.facts["failed_users"] = self.failed
        self.client.stop_extending()
        with contextlib.suppress(ChatError):  # *error* is what matters
            self._refresh(list(self._unread))
            if self._started or (self.failed and self._now):
                error.facts["users"] = self._now
        error.facts["changed"] = bool(self._accepted) or self._now != self._before
        if error.facts["changed"] and not isinstance(error, NotConfirmed):
            error.hint = ". ".join(filter(None, [error.hint, _AGAIN]))
        return error

    def _refresh(self, accounts: list[str]) -> None:
        """Read these users again. Omit those whom the service no longer returns."""
        found = self._fetch(accounts, {})
        again = set(accounts)
        self._now = {account: value for account, value in self._now.items() if account not in again}
        self._now.update(found)
        self._unread = {account: None for account in self._unread if account not in again}

    def _fetch(self, accounts: Iterable[str], failed: Failures) -> dict[str, T]:
        """Return what these users have. Adds those whom the service does not return to *failed*."""
        found: dict[str, T] = {}

        def send(batch: Mapping[str, str]) -> None:
            values, failures = self._call(
                self.GET, {"To_Account": list(batch)}, lambda response: self._found(response, batch)
            )
            found.update(values)
            failed.update(failures)

        for accounts_of_request in batches(accounts):
            _divide(send, dict.fromkeys(accounts_of_request, ""), failed)
        return found

    def _found(self, response: Mapping[str, Any], asked: Iterable[str]) -> tuple[dict[str, T], Failures]:
        """Return what a read returned: the users, and those whom it did not return."""
        failed = self._failures(response, asked)
        entries = parse_entries(response, self.FIELD, asked)
        found = {account: entries[account] for account in asked if account in entries and account not in failed}
        missing = {account: _failure(None, "") for account in asked if account not in found}
        values = {account: self.parse(entry.get(self.PART)) for account, entry in found.items()}
        return values, {**missing, **failed}

    def _failures(self, response: Mapping[str, Any], asked: Iterable[str]) -> Failures:
        return parse_failures(response, asked, self.client.redact.text)

    def _write_batch(self, steps: Mapping[str, tuple[list[Any], list[Any]]]) -> None:
        """Send all *steps* of at most 100 users."""
        for number, command in enumerate((self.REMOVE, self.ADD)):
            parts = {account: both[number] for account, both in steps.items()}
            for turn in range(max(map(len, parts.values()))):
                items = {
                    account: listed[turn]
                    for account, listed in parts.items()
                    if turn < len(listed) and account not in self.failed
                }
                if items:
                    _divide(functools.partial(self._send_writes, command), items, self.failed)

    def _send_writes(self, command: str, items: Mapping[str, Any]) -> None:
        body = {self.FIELD: [{"To_Account": account, self.PART: part} for account, part in items.items()]}
        try:
            failed = self._call(command, body, lambda response: self._failures(response, items))
        except ChatError as error:
            if command != self.REMOVE or not _may_be_removed(error):
                raise
            self.doubt = error
            return
        self.failed.update(failed)
        self._accepted.update(account for account in items if account not in failed)

    def _call(self, command: str, body: Mapping[str, Any], parse: Callable[[dict[str, Any]], R]) -> R:
        call = Call(family.path(self.api, command), body, largest=LARGEST, codes=self.CODES)
        return self.client.call(call, parse)


def _may_be_removed(error: ChatError) -> bool:
    """Return whether an earlier attempt may have removed what the service now reports as missing.

    Whether it is an error to remove what is not there is not documented. Reading back decides.
    """
    return error.facts["tries"] > 1 and "error_code" in error.facts and not error.is_transient


def _divide(send: Callable[[Mapping[str, T]], None], items: Mapping[str, T], failed: Failures) -> None:
    """Send *items*, by account, in one request.

    If the service rejects the whole request because an account does not exist, without saying which one, send
    ever smaller parts of it, so that only these accounts are left, and add them to *failed*.
    """
    try:
        send(items)
    except ChatError as error:
        if error.facts.get("error_code") != NO_ACCOUNT or len(failed) >= _MOST_UNKNOWN:
            raise
        if len(items) == 1:
            failed[next(iter(items))] = _failure(NO_ACCOUNT, error.facts["error_info"])
            return
        for start, end in ((0, len(items) // 2), (len(items) // 2, len(items))):
            _divide(send, dict(islice(items.items(), start, end)), failed)


# -- the operations -----------------------------------------------------------------------------------------------

OPTION: dict[str, dict[str, Any]] = {"users": {"type": "dict", "required": True}, **family.OPTION}
INFO_OPTION: dict[str, dict[str, Any]] = {
    "users": {"type": "list", "elements": "str", "required": True},
    **family.OPTION,
}


def ensure(client: Client, subject: Users[T], check_mode: bool) -> Result:
    """Return the result of a task that changes users. Raises ChatError, with what was done and what was not."""
    try:
        before, after = converge(client, subject, check_mode)
    except ChatError as error:
        raise subject.explain(subject.error or subject.doubt or error) from None
    if subject.error or subject.failed:
        raise subject.explain(subject.error or failed_users(subject.failed, subject.CODES))
    changed = [account for account, current in before.items() if after[account] != current]
    sides = {"before": before, "after": after}
    return {
        "changed": bool(changed),
        "users": after,
        "diff": {side: {account: users[account] for account in changed} for side, users in sides.items()},
    }


def info(subject: Users[T]) -> Result:
    """Return the result of a task that reads users. Raises ChatError."""
    try:
        return {"changed": False, "users": subject.read()}
    except ChatError as error:
        raise subject.explain(error) from None


def check_yaml_of_info(options: Mapping[str, Any]) -> None:
    """Raise OptionError if YAML misread the accounts of a task that reads users."""
    if options.get("users") is not None:
        parse_accounts(options["users"])
