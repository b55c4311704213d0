# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The outcome of requests about many accounts: a value, which is never changed. Without the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from .._core.codes import Code, as_code, service_failure
from .._core.errors import Failure, invalid_response
from .._core.response import foreign_text, list_in
from .._core.values import listed

T = TypeVar("T")

_NO_DATA = Code(
    "the service returned no data",
    "Check the spelling, and import missing accounts with chat_accounts",
)


class Refused(NamedTuple):
    """Why the service rejected an account.

    error_code, error_info -- the code and the text of the service, or None and "" if it returned no data
    command -- the API command, as soon as it is known
    """

    error_code: int | None = None
    error_info: str = ""
    command: str = ""


Refusals = Mapping[str, Refused]  # by account


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """The outcome of many requests.

    values -- what the service returned, by account
    refused -- the accounts that failed although their request did not
    done -- the accounts of which all requests were accepted, or may have been
    accepted -- the accounts of which the service accepted a request
    uncertain -- the accounts of which the service may have accepted a request that failed
    failure -- the failure that ended the work: then some accounts are in none of these
    doubt -- the last failure of a request that counts as done until reading back decides
    """

    values: Mapping[str, T] = field(default_factory=dict)
    refused: Refusals = field(default_factory=dict)
    done: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    uncertain: frozenset[str] = frozenset()
    failure: Failure | None = None
    doubt: Failure | None = None


def failure_of(
    refused: Refusals, codes: Mapping[int, Code], where: Callable[[str], str], without_code: Code = _NO_DATA
) -> Failure:
    """Return the failure that names the accounts that were *refused*, by error code. Its fields are about the first.

    codes -- what codes mean for these calls
    where -- returns what messages call a command of the app
    without_code -- what it means that the service returned no error code for an account
    """
    by_code: dict[int | None, list[str]] = {}
    for account, why in refused.items():
        by_code.setdefault(why.error_code, []).append(account)
    parts, hints = [], []
    for code, accounts in by_code.items():
        if code is None:
            parts.append(f"{without_code.meaning} for: {listed(accounts)}")
            hints.append(without_code.hint)
        else:
            one = service_failure(code, refused[accounts[0]].error_info, "OK", codes)
            parts.append(f"{one.what}, for: {listed(accounts)}")
            hints.append(one.hint)
    first = next(iter(refused.values()))
    failure = Failure("; ".join(parts), ". ".join(dict.fromkeys(hints)), where=where(first.command))
    failure = failure._replace(command=first.command, error_code=first.error_code)
    return failure if first.error_code is None else failure._replace(error_info=first.error_info)


def shown(refused: Refusals) -> dict[str, dict[str, Any]]:
    """Return *refused* as a key of a result."""
    return {account: {"error_code": why.error_code, "error_info": why.error_info} for account, why in refused.items()}


def stamped(refused: Refusals, command: str) -> dict[str, Refused]:
    """Return *refused* with the *command* that the service rejected."""
    return {account: why._replace(command=command) for account, why in refused.items()}


# -- what a response contains -------------------------------------------------------------------------------------


def entries(
    response: Mapping[str, Any], field: str, asked: Iterable[str], key: str = "To_Account"
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the entries in the list *field* of a response with their accounts, for the accounts that were *asked*
    for. Their order is not that of the request.

    key -- the field of an entry that contains its account
    Raises ChatError if the list has another shape.
    """
    asked = set(asked)
    for entry in list_in(response, field):
        account = entry.get(key) if isinstance(entry, dict) else None
        if not isinstance(account, str):
            raise invalid_response(f"{field} contains an entry without {key}")
        if account in asked:
            yield account, entry


def entry_by_account(
    response: Mapping[str, Any], field: str, asked: Iterable[str], key: str = "To_Account"
) -> dict[str, dict[str, Any]]:
    """Return the entries in the list *field* by account. Raises ChatError if they contradict each other."""
    found: dict[str, dict[str, Any]] = {}
    for account, entry in entries(response, field, asked, key):
        if found.setdefault(account, entry) != entry:
            raise invalid_response(f"{field} contains different entries for {account[:50]!a}")
    return found


def refusals(response: Mapping[str, Any], asked: Iterable[str], mask: Callable[[str], str]) -> dict[str, Refused]:
    """Return the accounts in ErrorList, which failed although the request did not. Raises ChatError.

    An account can have several entries, such as one for each tag. The first error counts.
    mask -- masks the secrets in a text
    """
    found: dict[str, Refused] = {}
    for account, entry in entries(response, "ErrorList", asked):
        code = as_code(entry.get("ErrorCode"))
        if code is None:
            raise invalid_response("the ErrorCode of an entry in ErrorList is not a number")
        if code and account not in found:
            found[account] = Refused(code, foreign_text(entry.get("ErrorInfo"), mask) or "")
    return found
