# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator without a network and in virtual time, so that a test need not wait."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.tencentcloud.chat.plugins.module_utils._core import client, transport
from simulator import core, push, service

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
        for module in (core, push, service):
            stack.enter_context(mock.patch.object(module, "time", clock))
        yield


class Direct:
    """Stands in for transport.post: asks a simulated service without a network."""

    def __init__(self, asked: service.Service) -> None:
        self.asked = asked

    def __call__(self, request: transport.Request, route: transport.Route) -> transport.Reply:
        path = urlsplit(request.url).path.lstrip("/")
        answer = self.asked.answer(path, parse_qsl(request.query, keep_blank_values=True), request.body)
        return transport.Reply(200, json.dumps(answer).encode(), True)


def client_of(sdkappid: int = APP, secret_key: str = KEY, identifier: str = ADMIN) -> client.Client:
    """Return a client for an app of a simulator that is asked directly."""
    account = client.Account(sdkappid, identifier, secret_key=secret_key)
    return client.Client(client.Endpoint("http://127.0.0.1", "loopback", transport.Route()), account)
