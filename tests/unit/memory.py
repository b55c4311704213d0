# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated service without a network and in virtual time, for histories of many tasks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ansible_collections.tencentcloud.chat.plugins.module_utils._core.client import Client
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.response import Reply
from live.virtual import virtual_time
from simulator.app import App
from simulator.service import Service
from virtual import BROKEN, KEY, NOT_SENT, Sent, reply
from virtual import Service as Virtual

NUMBER = 1400000001
WRITES = ("set_", "add_", "remove_", "multiaccount_import", "account_delete", "portrait_set", "push", "batch", "revoke")

# The outcome of a request that is not applied.
NOT_APPLIED: dict[str, Any] = {
    "refused": NOT_SENT,
    "cut": BROKEN,
    "502": Reply(502, b"<html>"),
    "429": Reply(429, b"<html>"),
    "rejected": reply(60008, "simulated"),
    "throttled": reply(60011, "simulated"),
}
# The outcome of a request that is applied. None: its response arrives.
APPLIED: dict[str, Any] = {
    "none": None,
    "stale": None,  # a read returns what was there before the last write, if that is one of the same task
    "late": None,  # the response takes longer than those that follow
    "lost": BROKEN,
    "502 after": Reply(502, b"<html>"),
    "rejected after": reply(91000, "simulated"),
    "no JSON": Reply(200, b"\xff\x00"),
    "half": Reply(200, b'{"ActionStatus": "OK", "Err', False),
}


class Met(NamedTuple):
    """The faults that the first requests of a task meet, in turn: those that read, and those that write."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()

    def of(self, command: str, number: int) -> str:
        """Return what the request with this *number* of its kind meets."""
        faults = self.writes if command.startswith(WRITES) else self.reads
        return faults[number] if number < len(faults) else "none"


class Memory(Virtual):
    """One app of the simulated service, with these *settings*, behind clients in virtual time."""

    KINDS = (*NOT_APPLIED, *(kind for kind in APPLIED if kind != "none"))
    CLEAR = ("none", "refused", "throttled", "429", "stale", "late")  # then it is known whether a push was sent

    def __init__(self, **settings: Any) -> None:
        super().__init__(self._respond, self._begin)
        self._service = Service()
        self.app = self._service.add(App(NUMBER, KEY, **settings))
        self.log: list[tuple[str, str]] = []  # of each request of the task the command, and the fault that it met
        self._writes = 0
        self._faults = Met()
        self._between: dict[int, Callable[[], object]] = {}
        self._is_settled = True

    def task(self, faults: Met = Met(), between: dict[int, Callable[[], object]] | None = None) -> Client:
        """Begin a task. Return its client.

        between -- what somebody else does right before one of its requests is applied: number of the request -> work
        """
        assert self._is_settled, "the task before left its threads"
        self.now += 10  # what was written before can be read, and pushes may follow each other
        self._writes = self.app.writes
        self.sent, self.log, self._faults, self._between = [], [], faults, dict(between or {})
        return self.client(timeout=10, retries=2)

    @classmethod
    def of(cls, app: App) -> Memory:
        """Return *app* for another process."""
        other = cls()
        other.app = other._service.add(app)
        return other

    def settle(self) -> None:
        assert not self._under_way, "a request outlives its task"
        self._is_settled = True

    def _begin(self, sent: Sent) -> float:
        self._is_settled = False
        command = sent.command.removeprefix("im_")
        before = [one for one, _fault in self.log if one.startswith(WRITES) is command.startswith(WRITES)]
        fault = self._faults.of(command, len(before))
        self.log.append((command, fault))
        return 0.5 if fault == "late" else 0.01

    def _respond(self, sent: Sent, number: int) -> Any:
        return self.respond(sent, number)  # a test may replace it

    def respond(self, sent: Sent, number: int) -> Any:
        self._between.pop(number, lambda: None)()
        _command, fault = self.log[-1]
        if fault in NOT_APPLIED:
            return NOT_APPLIED[fault]
        body = json.dumps(sent.body).encode()
        stale = fault == "stale" and self.app.writes > self._writes
        answer = self._service.answer(sent.path, parse_qsl(sent.query), body, stale)
        return APPLIED[fault] or Reply(200, json.dumps(answer, ensure_ascii=False).encode())

    def running(self) -> contextlib.AbstractContextManager[None]:
        """Let the time of the simulator be that of the clients. A UserSig has the real time, which does not move."""
        return virtual_time(self)
