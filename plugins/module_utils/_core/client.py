# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A client of the Chat REST API: signs calls, sends one or many, and retries them as each call allows.

Follows https://www.tencentcloud.com/document/product/1047/34620.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from . import response, tls, usersig
from .errors import ChatError, Failure
from .pace import Pace
from .redaction import Redactor
from .response import Reply, Response
from .retry import Call, Errand, max_duration
from .schedule import Jobs, Schedule
from .wire import Request
from .worker import MOST, Sending, Workers

T = TypeVar("T")
J = TypeVar("J")

GONE = Failure("the job that started this task has ended, so nothing more is sent", not_accepted=True)


class Account(NamedTuple):
    """The caller: an app, its app admin account, and a pre-generated UserSig or the key to generate one."""

    sdkappid: int
    identifier: str
    usersig: str | None = None
    secret_key: str | None = None
    usersig_expire: int = 3600  # seconds

    def signature(self, now: float) -> str:
        """Return the pre-generated UserSig, or generate one at UNIX time *now*."""
        if self.usersig is not None or self.secret_key is None:
            return self.usersig or ""
        return usersig.sign(self.secret_key, self.sdkappid, self.identifier, int(now), self.usersig_expire)


class Endpoint(NamedTuple):
    """The address of the calls. Messages call it *name*: the region, or the host."""

    base_url: str
    name: str
    route: tls.Route


@dataclass
class Client:
    """The calls of one task. Only the thread that created it may use it.

    timeout -- seconds for connecting and for reading
    retries -- additional attempts after the first
    is_wanted -- returns whether the processes that started the task still exist; other threads call it too
    tell -- shows a line to the user, if the task is verbose
    """

    endpoint: Endpoint
    account: Account
    workers: Workers
    timeout: int = 10
    retries: int = 3
    is_wanted: Callable[[], bool] = lambda: True
    tell: Callable[[str], object] | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        known = [self.account.usersig or "", self.account.secret_key or ""]
        self.redact = Redactor(known)  # for results: masks these secrets everywhere
        # For foreign texts only: in a result, a value that equals the password of a proxy is data.
        self.redact_foreign = Redactor([*known, *tls.proxy_secrets(self.endpoint.route.proxy)])
        self.retried: list[str] = []  # why requests were sent again
        self._usersig = self.account.usersig or ""
        self._renew_at = float("inf") if self._usersig else 0.0  # of time.time()
        self._end = self.clock()
        self._extends = True

    def time_left(self) -> float:
        """Return the seconds that are left for the task. Each call adds max_duration() to them."""
        return self._end - self.clock()

    @contextlib.contextmanager
    def sharing_time(self) -> Iterator[None]:
        """Let all calls within share the time that is left, so that polling is bounded."""
        self._extends = False
        try:
            yield
        finally:
            self._extends = True

    def call(self, call: Call, parse: Callable[[Response], T]) -> T:
        """Send *call* until it succeeds or may not be sent again. Return what *parse* returns for the response.

        Raises ChatError with the failure of the call.
        """
        self._extend(self.retries * call.spacing)
        ((_job, outcome),) = self.each(Jobs([call]), lambda job: job, lambda _job, found: parse(found))
        if isinstance(outcome, Failure):
            raise ChatError(outcome)
        return outcome

    def each(
        self, jobs: Jobs[J], call_of: Callable[[J], Call], parse: Callable[[J, Response], T]
    ) -> Iterator[tuple[J, T | Failure]]:
        """Do all *jobs*, several at once. Return each with its outcome, in the order in which they end.

        call_of -- returns what to send for a job
        parse -- returns what the response means, or raises ChatError
        Raises ChatError if the processes that started the task have ended.
        """
        self._extend(max_duration(self.timeout, self.retries) - self.timeout / MOST)
        return Schedule(self, jobs, call_of, parse).run()

    def _extend(self, seconds: float) -> None:
        if self._extends:
            self._end += seconds

    # -- for the schedule ------------------------------------------------------------------------------------------

    def take_on(self) -> None:
        """Plan the time for one more call."""
        self._extend(self.timeout / MOST)

    def require_owner(self) -> None:
        """Raise ChatError if the processes that started the task have ended. The service may accept what was sent."""
        if not self.is_wanted():
            raise ChatError(GONE._replace(not_accepted=False))

    def pause(self, errand: Errand[Any]) -> float | None:
        """Return the seconds until the next attempt may begin. None: wait until another request has ended."""
        now = self.clock()
        pace = self._pace(errand.call).wait(now)
        return None if pace is None else max(0.0, errand.due - now, pace)

    def send(self, errand: Errand[Any]) -> Sending:
        """Begin the next attempt."""
        call = errand.call
        if not self.is_wanted():
            raise ChatError(errand.failed(GONE, self.where(call.command)) if errand.tries else GONE)
        errand.tries += 1
        errand.usersig = self.sign()
        query = urlencode(
            {
                "sdkappid": self.account.sdkappid,
                "identifier": self.account.identifier,
                "usersig": errand.usersig,
                "random": secrets.randbelow(2**32),
                "contenttype": "json",
            }
        )
        url, body = f"{self.endpoint.base_url}/{call.path}", json.dumps(call.body).encode()
        request = Request(url, query, body, self.endpoint.route, self.timeout, call.largest, fresh=not call.idempotent)
        limit = max(0.1, min(2 * self.timeout, self.time_left()))
        self._pace(call).begin()
        return self.workers.start(request, self.is_wanted, limit)

    def finish(self, errand: Errand[J], got: Reply | Failure, parse: Callable[[J, Response], T]) -> T | Failure:
        """Return the outcome of an attempt: what *parse* returns for the response, or a failure."""
        call, has_key = errand.call, self.account.secret_key is not None
        found = got if isinstance(got, Failure) else response.read(got, self.redact_foreign.text, call.codes, has_key)
        throttled = isinstance(found, Failure) and found.is_throttled
        self._pace(call).end(self.clock(), throttled)
        if not isinstance(found, Failure):
            request_id = response.request_id(found, self.redact_foreign.text) if self.tell else None
            if self.tell and request_id:
                self.tell(f"{self.where(call.command)}: request {request_id}")
            try:
                return parse(errand.job, found)
            except ChatError as error:
                found = error.failure
        return errand.failed(found, self.where(call.command))

    def goes_on(self, errand: Errand[Any], failure: Failure) -> bool:
        """Return whether there is another attempt after *failure*, and set when it is due."""
        has_key = self.account.secret_key is not None
        delay = errand.delay(failure, self.retries, has_key, secrets.randbelow(1001) / 1000)
        if delay is None or self.time_left() <= delay:
            return False
        if failure.needs_new_usersig and errand.usersig == self._usersig:
            self._renew_at = 0.0
        errand.due = self.clock() + delay
        self.retried.append(failure.what)
        if self.tell:
            self.tell(f"{failure.where}: {failure.what}. Attempt {errand.tries + 1} follows in {delay:.1f} seconds")
        return True

    def where(self, command: str) -> str:
        """Return what messages call a *command* of this app."""
        return f"{command} for app {self.account.sdkappid} at {self.endpoint.name}"

    def _pace(self, call: Call) -> Pace:
        key = (self.endpoint.base_url, self.account.sdkappid, call.path)
        return self.workers.paces.setdefault(key, Pace(call.per_second))

    def sign(self) -> str:
        """Return the UserSig for the next request: a new one if the last is about to expire."""
        account, now = self.account, time.time()
        if account.secret_key and now >= self._renew_at:
            lasts = account.usersig_expire
            self._usersig = account.signature(now)
            self._renew_at = int(now) + lasts - min(lasts / 2, 2 * self.timeout)
            self.redact.learn(self._usersig)
            self.redact_foreign.learn(self._usersig)
        return self._usersig
