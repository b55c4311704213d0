# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service, and the threads that call it, in virtual time: nothing is sent, and nobody waits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ansible_collections.tencentcloud.chat.plugins.module_utils._core import client, tls
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.response import Reply
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.retry import Call
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.schedule import Jobs
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import MOST, Sending
from live.virtual import Clock

URL = "https://service.example"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
GET = Call("v4/test/get", {})
PUSH = Call("v4/test/push", {}, idempotent=False)

BROKEN = Failure("the connection broke", is_transient=True)  # the request may have arrived
NOT_SENT = Failure("the connection was refused", is_transient=True, not_accepted=True)


def reply(code: int = 0, info: str = "", **more: Any) -> Reply:
    """Return the response of the service with an ErrorCode."""
    status = "FAIL" if code else "OK"
    document = {"ActionStatus": status, "ErrorCode": code, "ErrorInfo": info, **more}
    return Reply(200, json.dumps(document).encode())


class Sent(NamedTuple):
    """A request: when it began, for how long it may take, and what it contains."""

    at: float
    limit: float
    path: str
    body: Any
    query: str

    @property
    def command(self) -> str:
        return self.path.rpartition("/")[2]


class Service(Clock):
    """Stands for the threads of a process, and for the service. Its time passes when a client waits.

    answer -- (request, its number: 0, 1, ...) -> what comes back, or a function that returns it when the request ends
    seconds -- that each request takes, or a function of the request that returns them
    """

    def __init__(
        self,
        answer: Callable[[Sent, int], Any] = lambda sent, number: reply(),
        seconds: float | Callable[[Sent], float] = 0.01,
        most: int = MOST,
    ) -> None:
        super().__init__()
        self._start = 1_700_000_000
        self.paces: dict = {}
        self.pauses: list[float] = []
        self.sent: list[Sent] = []
        self.most_under_way = 0
        self.is_closed = False
        self._answer = answer
        self._seconds = seconds if callable(seconds) else lambda sent: seconds
        self._most = most
        self._under_way: dict[Sending, tuple[float, int, Any]] = {}

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.pauses.append(seconds)
        super().sleep(seconds)

    def has_room(self) -> bool:
        return len(self._under_way) < self._most

    def start(self, request: Any, is_wanted: Callable[[], bool], limit: float) -> Sending:
        assert self.has_room() and limit > 0
        assert len(self.sent) < 5000, "there is no end"
        sending = Sending(request, is_wanted, limit)
        path = request.url.removeprefix(f"{URL}/")
        sent, number = Sent(self.now, limit, path, json.loads(request.body), request.query), len(self.sent)
        self.sent.append(sent)
        self._under_way[sending] = (self.now + self._seconds(sent), number, self._answer(sent, number))
        self.most_under_way = max(self.most_under_way, len(self._under_way))
        return sending

    def first(self) -> Sending:
        """Return the request that ends next."""
        return min(self._under_way, key=lambda one: self._under_way[one][:2])

    def wait(self, seconds: float | None = None) -> list[tuple[Sending, Any]]:
        sending = self.first()
        ends, _number, got = self._under_way[sending]
        if seconds is not None and self.now + seconds < ends:
            self.now += seconds
            return []
        self.now = max(self.now, ends)
        del self._under_way[sending]
        if isinstance(got, BaseException):
            raise got
        return [(sending, got() if callable(got) else got)]

    def settle(self) -> None:
        self.close()

    def close(self) -> None:
        self._under_way.clear()
        self.is_closed = True

    def client(self, account: dict[str, Any] | None = None, url: str = URL, **settings: Any) -> client.Client:
        """Return a client of this service."""
        identity = {"sdkappid": 1400000001, "identifier": "administrator", **(account or {"secret_key": KEY})}
        given = {"workers": self, "sleep": self.sleep, "clock": self.monotonic, **settings}
        return client.Client(client.Endpoint(url, "singapore", tls.Route()), client.Account(**identity), **given)

    def busiest(self) -> int:
        """Return the largest number of requests that began in any sliding second."""
        return busiest([sent.at for sent in self.sent])


def busiest(times: list[float]) -> int:
    """Return the largest number of *times* in any sliding second."""
    return max(sum(begin <= at < begin + 1.0 for at in times) for begin in times)


def each(made: client.Client, jobs: Iterable[Any], call: Call | None = None, parse: Any = None, **settings: Any) -> Any:
    """Do *jobs*, with *call* or each with its own of these *settings*. Return what becomes of each, as they end.

    parse -- what becomes of a response, if not its ErrorCode
    """
    jobs = jobs if isinstance(jobs, Jobs) else Jobs(jobs)
    code_of = parse or (lambda job, response: response["ErrorCode"])
    return made.each(jobs, lambda job: call or GET._replace(body={"job": job}, **settings), code_of)


def in_turn(*outcomes: Any) -> Callable[[Sent, int], Any]:
    """Return an *answer* that gives these outcomes one after another, and then successes."""
    return lambda sent, number: outcomes[number] if number < len(outcomes) else reply()
