# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Decides which request begins when. Only the main thread schedules, so that nothing needs a lock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from .errors import Failure
from .response import Reply
from .retry import Call, Errand
from .worker import Sending, Workers

T = TypeVar("T")
J = TypeVar("J")

_LOOK = 1.0  # seconds after which a task that waits for a response checks its owner again


class Jobs(deque[J]):
    """The jobs that are left. The code that gets the outcomes may add jobs, or stop: then no further job begins."""

    stopped = False

    def stop(self) -> None:
        self.stopped = True
        self.clear()


LATE = Failure(
    "the time for the task is up",
    "The service is too slow, or is called too often. Run the task again later, with fewer users at a time",
    not_accepted=True,
)


class Sender(Protocol):
    """The part of a client that the schedule uses."""

    workers: Workers

    @property
    def clock(self) -> Callable[[], float]:
        """The time, in seconds."""

    @property
    def sleep(self) -> Callable[[float], None]:
        """Wait for some seconds."""

    def time_left(self) -> float:
        """Return the seconds that are left for the task."""

    def take_on(self) -> None:
        """Plan the time for one more call."""

    def require_owner(self) -> None:
        """Raise ChatError if the processes that started the task have ended."""

    def pause(self, errand: Errand[Any]) -> float | None:
        """Return the seconds until the next attempt may begin. None: wait until another request has ended."""

    def send(self, errand: Errand[Any]) -> Sending:
        """Begin the next attempt."""

    def finish(self, errand: Errand[J], got: Reply | Failure, parse: Callable[[J, dict[str, Any]], T]) -> T | Failure:
        """Return the outcome of an attempt."""

    def goes_on(self, errand: Errand[Any], failure: Failure) -> bool:
        """Return whether there is another attempt, and set when it is due."""


class Schedule(Generic[J, T]):
    """All requests for *jobs*: those that wait for their next attempt, and those that are under way."""

    def __init__(
        self,
        client: Sender,
        jobs: Jobs[J],
        call_of: Callable[[J], Call],
        parse: Callable[[J, dict[str, Any]], T],
    ) -> None:
        self._client = client
        self._jobs = jobs
        self._call_of = call_of
        self._parse = parse
        self._waiting: list[Errand[J]] = []
        self._under_way: dict[Sending, Errand[J]] = {}

    def run(self) -> Iterator[tuple[J, T | Failure]]:
        """Return each job with its outcome, in the order in which they end."""
        workers = self._client.workers
        try:
            while self._jobs or self._waiting or self._under_way:
                if self._client.time_left() <= 0:
                    yield from self._end()
                pause = self._begin()
                if not self._under_way:
                    self._client.sleep(pause or 0.0)
                for sending, got in self._wait(pause) if self._under_way else ():
                    yield from self._ended(self._under_way.pop(sending), got)
                if self._jobs.stopped:
                    yield from self._stop()
        finally:
            if self._under_way:  # Ctrl-C, the task's own timeout, or an error above
                workers.close()

    def _wait(self, pause: float | None) -> list[tuple[Sending, Reply | Failure]]:
        """Wait for the requests under way, for at most *pause* seconds. Check the owner if none has ended."""
        ended = self._client.workers.wait(_LOOK if pause is None else min(pause, _LOOK))
        if not ended:
            self._client.require_owner()
        return ended

    def _begin(self) -> float | None:
        """Begin what may begin now. Return the seconds until more may. None: wait until a request has ended."""
        while self._jobs or self._waiting:
            errand = self._next()
            pause = self._client.pause(errand)
            if pause is None or pause > 0:
                return pause
            if not self._client.workers.has_room():
                return None
            self._waiting.remove(errand)
            self._under_way[self._client.send(errand)] = errand
        return None

    def _next(self) -> Errand[J]:
        """Return what is due first: an errand that waits, or the next job if no errand is due."""
        first = min(self._waiting, key=lambda errand: errand.due, default=None)
        if first is not None and (not self._jobs or first.due <= self._client.clock()):
            return first
        job = self._jobs.popleft()
        errand = Errand(job, self._call_of(job))
        self._client.take_on()
        self._waiting.append(errand)
        return errand

    def _ended(self, errand: Errand[J], got: Reply | Failure) -> Iterator[tuple[J, T | Failure]]:
        outcome = self._client.finish(errand, got, self._parse)
        if isinstance(outcome, Failure) and self._client.goes_on(errand, outcome):
            self._waiting.append(errand)
        else:
            yield errand.job, outcome

    def _end(self) -> Iterator[tuple[J, T | Failure]]:
        """The time is up: return what waits, and all further jobs, as failed."""
        waiting, self._waiting = self._waiting, []
        for errand in waiting:
            yield errand.job, errand.failure or LATE
        while self._jobs:
            yield self._jobs.popleft(), LATE

    def _stop(self) -> Iterator[tuple[J, T | Failure]]:
        """Return the last failures of calls that were to be sent again, and drop the calls that were never sent."""
        waiting, self._waiting = self._waiting, []
        for errand in waiting:
            if errand.failure is not None:
                yield errand.job, errand.failure
