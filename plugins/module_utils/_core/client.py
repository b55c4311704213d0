# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A client of the Chat REST API: signs, sends, retries as the call allows, and reads the response.

Follows https://www.tencentcloud.com/document/product/1047/34620.
"""

from __future__ import annotations

import email.utils
import json
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from . import transport, usersig
from .errors import ChatError, Code, invalid_response, service_error
from .redaction import Redactor

T = TypeVar("T")

LONGEST_DELAY = 5.0  # seconds between two attempts
CALLS_PER_SECOND = 100  # of one command; the service rejects more
_CLOCK_IS_RIGHT = 30.0  # seconds by which the header Date may differ


def backoff(attempt: int, chance: float) -> float:
    """Return the seconds to wait after the failed *attempt* (1, 2, ...): 1, 2, 4, at most 5, less up to half of it.

    chance -- 0.0 to 1.0, random, so that many hosts do not return at the same moment
    """
    return min(LONGEST_DELAY, 2.0 ** min(attempt - 1, 10)) * (1.0 - chance / 2)


def max_duration(timeout: int, retries: int) -> float:
    """Return the seconds that one call of a task may take, whatever the service does."""
    return (retries + 1) * (2 * timeout + LONGEST_DELAY)


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
    """Where the calls go. Messages call it *name*: the region, or the host."""

    base_url: str
    name: str
    route: transport.Route


class Call(NamedTuple):
    """One API command, as a task uses it.

    path -- such as "v4/all_member_push/im_get_attr_name"
    body -- the JSON object to send
    idempotent -- sending it twice has the effect of sending it once, so that it may be sent again after any failure;
                  if not, it is sent again only if it is certain that the service did not accept it
    largest -- bytes that a response may have
    codes -- what an ErrorCode means for this command, if that is not what errors.CODES says
    """

    path: str
    body: Mapping[str, Any]
    idempotent: bool = True
    largest: int = 1024 * 1024
    codes: Mapping[int, Code] = {}


@dataclass
class Client:
    """The calls of one task. Not for use by several threads.

    timeout -- seconds for connecting and for reading
    retries -- additional attempts after the first
    """

    endpoint: Endpoint
    account: Account
    timeout: int = 10
    retries: int = 3
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        known = [self.account.usersig or "", self.account.secret_key or ""]
        self.redact = Redactor([*known, *transport.proxy_secrets(self.endpoint.route.proxy)])
        self._signature = ""
        self._renewed = False
        self._ended: dict[str, deque[float]] = {}  # when the latest requests ended, by path
        self._end = self.clock()
        self._extends = True

    def sign(self) -> str:
        """Return the UserSig of this task, generated on first use."""
        if not self._signature:
            self._signature = self.account.signature(time.time())
            self.redact.learn(self._signature)
        return self._signature

    def time_left(self) -> float:
        """Return the seconds until the task is given up. Each call adds max_duration() to them."""
        return self._end - self.clock()

    def stop_extending(self) -> None:
        """Let all further calls share the time that is left, so that polling is bounded."""
        self._extends = False

    def call(self, call: Call, parse: Callable[[dict[str, Any]], T]) -> T:
        """Send *call* until it succeeds or may not be sent again. Return what *parse* makes of the response.

        Raises ChatError: that of the last attempt, with the number of attempts.
        """
        if self._extends:
            self._end += max_duration(self.timeout, self.retries)
        tries = failures = 0
        while True:
            tries += 1
            try:
                return parse(self._attempt(call))
            except ChatError as error:
                self._locate(error, call.path, tries)
                may_repeat = call.idempotent or error.not_accepted
                if may_repeat and self._renews(error):
                    continue
                failures += 1
                delay = backoff(failures, secrets.randbelow(1001) / 1000)
                if not (may_repeat and error.is_transient) or failures > self.retries or self.time_left() <= delay:
                    raise
            self.sleep(delay)

    def _attempt(self, call: Call) -> dict[str, Any]:
        self._keep_rate(call.path)
        query = urlencode(
            {
                "sdkappid": self.account.sdkappid,
                "identifier": self.account.identifier,
                "usersig": self.sign(),
                "random": secrets.randbelow(2**32),
                "contenttype": "json",
            }
        )
        url = f"{self.endpoint.base_url}/{call.path}"
        limit = max(0.1, min(2 * self.timeout, self.time_left()))
        body = json.dumps(call.body).encode()
        request = transport.Request(url, query, body, self.timeout, limit, call.largest)
        try:
            reply = transport.post(request, self.endpoint.route)
        finally:
            self._ended[call.path].append(self.clock())
        try:
            return read_response(reply, call.codes, self.account.secret_key is not None)
        except ChatError as error:
            if error.needs_new_usersig and self.account.secret_key is not None:
                error.hint = _clock_hint(reply.date) or error.hint
            raise

    def _keep_rate(self, path: str) -> None:
        """Wait until the next request for *path* is within CALLS_PER_SECOND.

        The service counts when requests arrive, which is before they end here.
        """
        ended = self._ended.setdefault(path, deque(maxlen=CALLS_PER_SECOND))
        if len(ended) == CALLS_PER_SECOND:
            wait = ended[0] + 1.0 - self.clock()
            if wait > 0:
                self.sleep(wait)

    def _renews(self, error: ChatError) -> bool:
        """Return whether to try once more with a new signature. That is done once, if there is a key."""
        if not error.needs_new_usersig or self._renewed or not self.account.secret_key:
            return False
        self._renewed = True
        self._signature = ""
        return True

    def _locate(self, error: ChatError, path: str, tries: int) -> None:
        command = path.rpartition("/")[2]
        error.where = f"{command} for app {self.account.sdkappid} at {self.endpoint.name}"
        error.facts.update(command=command, tries=tries)
        if "error_info" in error.facts:
            error.facts["error_info"] = self.redact.text(error.facts["error_info"])


def _clock_hint(date: str) -> str:
    """Return what to do if the clock of this machine differs from *date*, the header of a response."""
    try:
        ahead = time.time() - email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return ""
    if abs(ahead) < _CLOCK_IS_RIGHT:
        return ""
    direction = "ahead of" if ahead > 0 else "behind"
    return f"Correct the clock of this machine: it is {abs(ahead):.0f} seconds {direction} that of the service"


def read_response(
    reply: transport.Reply, codes: Mapping[int, Code] | None = None, has_key: bool = False
) -> dict[str, Any]:
    """Return the JSON object in *reply* if it reports success. Raises ChatError for everything else."""
    if reply.status != 200:
        raise _http_error(reply.status)
    response = _parse(reply)
    code = _error_code(response.get("ErrorCode"))
    status = response.get("ActionStatus")
    info = response.get("ErrorInfo")
    if code is None or status not in ("OK", "FAIL"):
        raise invalid_response("ErrorCode or ActionStatus is missing or of the wrong type")
    if code == 0 and status == "OK":
        return response
    raise service_error(code, info if isinstance(info, str) else "", status, codes, has_key)


def _http_error(status: int) -> ChatError:
    if 300 <= status <= 399:
        what = f"HTTP {status}, a redirect, which is not followed because it would receive the signature"
        return ChatError(what, "Set api_url to the final address", http_status=status)
    return ChatError(
        f"HTTP {status}",
        "Check api_url, and any proxy or gateway in between",
        is_transient=transport.is_transient_status(status),
        not_accepted=status == 429,
        http_status=status,
    )


def _parse(reply: transport.Reply) -> dict[str, Any]:
    text = reply.body.decode("utf-8", "replace").strip()
    truncated = text.startswith("{") and not text.endswith("}")
    if not reply.complete or truncated:
        raise ChatError("the response is truncated", "Check the network", is_transient=True, http_status=200)
    try:
        response = json.loads(text)
    except (ValueError, RecursionError):
        kind = "empty" if not text else "an HTML page" if text.startswith("<") else "not JSON"
        raise invalid_response(f"it is {kind}") from None
    if not isinstance(response, dict):
        raise invalid_response("it is not a JSON object")
    return response


def _error_code(value: Any) -> int | None:
    """Return ErrorCode as a number, also if it came as a string."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
