# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A call through all of its attempts: whether it is sent again, and when. Without the network, and without a clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from .codes import Code
from .errors import Failure
from .pace import PER_SECOND

J = TypeVar("J")

LONGEST_DELAY = 5.0  # seconds between two attempts


def longest_delay(attempt: int) -> float:
    """Return the seconds to wait at most after the failed *attempt* (1, 2, ...): 1, 2, 4, 5, 5, ..."""
    return min(LONGEST_DELAY, 2.0 ** min(attempt - 1, 10))


def backoff(attempt: int, chance: float) -> float:
    """Return the seconds to wait after the failed *attempt*: the longest delay, less up to half of it.

    chance -- 0.0 to 1.0, random, so that many hosts do not retry at the same moment
    """
    return longest_delay(attempt) * (1.0 - chance / 2)


def max_duration(timeout: int, retries: int) -> float:
    """Return the seconds that one call of a task may take, whatever the service does."""
    return (retries + 1) * (2 * timeout + LONGEST_DELAY)


class Call(NamedTuple):
    """One API command, as a task uses it.

    path -- such as "v4/all_member_push/im_get_attr_name"
    body -- the JSON object to send
    idempotent -- sending it twice has the effect of sending it once, so that it may be sent again after any failure;
                  if not, it is sent again only if it is certain that the service did not accept it, and always on a
                  connection of its own
    largest -- the largest size of a response, in bytes
    codes -- the ErrorCodes that codes.CODES does not contain, or that have another meaning for this command
    spacing -- seconds that must lie between two attempts, beyond the delay
    per_second -- calls of this command within a second that the service accepts
    """

    path: str
    body: Mapping[str, Any]
    idempotent: bool = True
    largest: int = 1024 * 1024
    codes: Mapping[int, Code] = {}
    spacing: float = 0.0
    per_second: int = PER_SECOND

    @property
    def command(self) -> str:
        return self.path.rpartition("/")[2]


class Errand(Generic[J]):
    """The call for one job, and its attempts so far."""

    def __init__(self, job: J, call: Call) -> None:
        self.job = job
        self.call = call
        self.tries = 0
        self.due = float("-inf")  # when the next attempt may begin, by the clock of the client
        self.usersig = ""  # of the last attempt
        self.failure: Failure | None = None  # of the last attempt, with all that is known of the call
        self._failures = 0  # that used up retries
        self._throttled = 0
        self._renewed = False
        self._not_accepted = True  # none of its attempts was

    def failed(self, failure: Failure, where: str) -> Failure:
        """Return the failure of the call, now that its last attempt had this *failure*."""
        self._not_accepted = self._not_accepted and failure.not_accepted
        command, tries = self.call.command, self.tries
        self.failure = failure._replace(where=where, command=command, tries=tries, not_accepted=self._not_accepted)
        return self.failure

    def delay(self, failure: Failure, retries: int, has_key: bool, chance: float) -> float | None:
        """Return the seconds until the call may be sent again after *failure*, or None if it may not.

        retries -- additional attempts after transient failures
        has_key -- whether a new UserSig can be generated. That is done once for each call.
        chance -- 0.0 to 1.0, random
        """
        if not (self.call.idempotent or failure.not_accepted):
            return None
        if failure.needs_new_usersig and has_key and not self._renewed:
            self._renewed = True
            return 0.0
        if failure.is_throttled:
            self._throttled += 1
            delay = longest_delay(self._throttled) * chance
        elif failure.is_transient and self._failures < retries:
            self._failures += 1
            delay = backoff(self._failures, chance)
        else:
            return None
        return max(delay, failure.retry_after) + self.call.spacing
