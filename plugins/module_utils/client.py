# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A client of the Chat REST API: signs, sends, tries again, and reads the answer.

Follows the vendor's page https://www.tencentcloud.com/document/product/1047/34620.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from . import transport, usersig
from .errors import ChatError, service_error
from .redaction import Redactor

T = TypeVar("T")

LONGEST_PAUSE = 5.0  # seconds between two attempts


def backoff(attempt: int, chance: float) -> float:
    """Seconds to pause after the failed *attempt* (1, 2, ...): 1, 2, 4, at most 5, less up to half of it.

    chance -- 0.0 to 1.0, so that many hosts do not come back at the same moment
    """
    return min(LONGEST_PAUSE, 2.0 ** min(attempt - 1, 10)) * (1.0 - chance / 2)


def longest_task(timeout: int, retries: int) -> float:
    """Seconds after which a task is given up, whatever the service does: three calls, each at its worst."""
    return 3 * (retries + 1) * (2 * timeout + LONGEST_PAUSE)


@dataclass(frozen=True)
class Account:
    """Who calls: an app, its admin, and either a ready UserSig or the key to make one."""

    sdkappid: int
    identifier: str
    usersig: str | None = None
    secret_key: str | None = None
    usersig_expire: int = 3600  # seconds

    def signature(self, now: float) -> str:
        """The ready UserSig, or one made at UNIX time *now*."""
        if self.usersig is not None or self.secret_key is None:
            return self.usersig or ""
        return usersig.sign(self.secret_key, self.sdkappid, self.identifier, int(now), self.usersig_expire)


@dataclass(frozen=True)
class Endpoint:
    """Where the calls go. *name* is what messages call it: the region, or the host."""

    base_url: str
    name: str
    route: transport.Route


@dataclass
class Client:
    """Calls of one task. Not for use by several threads.

    timeout -- seconds for connecting and for reading
    retries -- further attempts after the first
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
        self._end = self.clock() + longest_task(self.timeout, self.retries)

    def sign(self) -> str:
        """The UserSig of this task, made when it is first needed."""
        if not self._signature:
            self._signature = self.account.signature(time.time())
            self.redact.learn(self._signature)
        return self._signature

    def time_left(self) -> float:
        """Seconds until the task is given up."""
        return self._end - self.clock()

    def call(self, path: str, body: dict[str, Any], read: Callable[[dict[str, Any]], T]) -> T:
        """Send *body* to the API *path*, such as "v4/all_member_push/im_get_attr_name".

        Returns what *read* makes of the answer.
        Raises ChatError: that of the last attempt, with the number of attempts.
        """
        attempts = failures = 0
        while True:
            attempts += 1
            try:
                return read(self._attempt(path, body))
            except ChatError as error:
                self._locate(error, path, attempts)
                if self._renews(error):
                    continue
                failures += 1
                pause = backoff(failures, secrets.randbelow(1001) / 1000)
                if not error.retry or failures > self.retries or self.time_left() <= pause:
                    raise
            self.sleep(pause)

    def _attempt(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        query = urlencode(
            {
                "sdkappid": self.account.sdkappid,
                "identifier": self.account.identifier,
                "usersig": self.sign(),
                "random": secrets.randbelow(2**32),
                "contenttype": "json",
            }
        )
        url = f"{self.endpoint.base_url}/{path}"
        limit = max(0.1, min(2 * self.timeout, self.time_left()))
        reply = transport.post(url, query, json.dumps(body).encode(), self.endpoint.route, self.timeout, limit)
        return read_answer(reply)

    def _renews(self, error: ChatError) -> bool:
        """Whether a new signature is worth one more attempt. It is, once, where we can make one."""
        if not error.renew or self._renewed or not self.account.secret_key:
            return False
        self._renewed = True
        self._signature = ""
        return True

    def _locate(self, error: ChatError, path: str, attempts: int) -> None:
        command = path.rpartition("/")[2]
        error.where = f"{command} for app {self.account.sdkappid} at {self.endpoint.name}"
        error.facts.update(command=command, attempts=attempts)
        if "error_info" in error.facts:
            error.facts["error_info"] = self.redact.text(error.facts["error_info"])


def read_answer(reply: transport.Reply) -> dict[str, Any]:
    """The answer in *reply* if it reports success. Raises ChatError for everything else, whatever it is."""
    if reply.status != 200:
        raise _http_error(reply.status)
    answer = _parse(reply)
    code = _error_code(answer.get("ErrorCode"))
    status = answer.get("ActionStatus")
    info = answer.get("ErrorInfo")
    if code is None or status not in ("OK", "FAIL"):
        raise unexpected("ErrorCode or ActionStatus is missing or of another kind")
    if code == 0 and status == "OK":
        return answer
    error = service_error(code, info if isinstance(info, str) else "", status)
    error.facts["http_status"] = 200
    raise error


def _http_error(status: int) -> ChatError:
    if 300 <= status <= 399:
        what = f"HTTP {status}, a redirect, which is not followed since the signature would travel with it"
        return ChatError(what, "Give the final address as api_url", http_status=status)
    return ChatError(
        f"HTTP {status}",
        "Check api_url, and the proxy or gateway on the way",
        retry=transport.may_pass(status),
        http_status=status,
    )


def _parse(reply: transport.Reply) -> dict[str, Any]:
    text = reply.body.decode("utf-8", "replace").strip()
    broken_off = text.startswith("{") and not text.endswith("}")
    if not reply.complete or broken_off:
        raise ChatError("the answer broke off", "Check the network", retry=True, http_status=200)
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        kind = "empty" if not text else "an HTML page" if text.startswith("<") else "not JSON"
        raise unexpected(f"it is {kind}") from None
    if not isinstance(answer, dict):
        raise unexpected("it is no JSON object")
    return answer


def _error_code(value: Any) -> int | None:
    """ErrorCode as a number, also where it came as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def unexpected(why: str) -> ChatError:
    """The error for an answer that has not the shape that the API promises."""
    return ChatError(
        f"the answer is not one of the Chat service: {why}",
        "Check api_url, and the proxy or gateway on the way",
        http_status=200,
    )
