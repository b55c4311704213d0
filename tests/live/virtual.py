# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator without a network and in virtual time, so that a test need not wait."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.tencentcloud.chat.plugins.module_utils._core import tls
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.client import Account, Client, Endpoint
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.response import Reply
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.wire import Request
from simulator import core, push, push_reports, service

APP, KEY, ADMIN = 1400000001, "0f" * 32, "administrator"


class Clock:
    """Stands in for the module time: it moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0  # seconds
        self._start = time.time()

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self._start + self.now


@contextlib.contextmanager
def virtual_time(clock: Clock) -> Iterator[None]:
    """Let the simulator live in the time of *clock*."""
    with contextlib.ExitStack() as stack:
        for module in (core, push, push_reports, service):
            stack.enter_context(mock.patch.object(module, "time", clock))
        yield


class Direct:
    """Stands in for the workers of a client: asks a simulated service without a network."""

    def __init__(self, asked: service.Service, clock: Clock) -> None:
        self.asked = asked
        self.clock = clock
        self.network = {"workers": self, "sleep": clock.sleep, "clock": clock.monotonic}  # for a client

    def client(self, **account: Any) -> Client:
        """Return a client for an app of the simulated service."""
        given = {"sdkappid": APP, "identifier": ADMIN, "secret_key": KEY, **account}
        endpoint = Endpoint("http://127.0.0.1", "loopback", tls.Route())
        return Client(endpoint, Account(**given), **self.network)

    def answer(self, request: Request) -> Any:
        """Return the reply to *request*, or a failure."""
        path = urlsplit(request.url).path.lstrip("/")
        answer = self.asked.answer(path, parse_qsl(request.query, keep_blank_values=True), request.body)
        return Reply(200, json.dumps(answer).encode())

    def start(self, request: Request, *_limits: Any) -> Request:
        self._sent = request
        return request

    def wait(self) -> list[tuple[Request, Any]]:
        return [(self._sent, self.answer(self._sent))]

    def close(self) -> None:
        """Nothing is under way."""
