# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Threads that send requests and wait for the network, each with connections of its own.

A read timeout starts again with each byte, and name resolution has none, so a service that sends single bytes would
block the task forever. So these threads wait for the network, and the main thread waits for them. Only the main thread
calls the methods here.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from typing import Union

from . import wire
from .connection import Line
from .errors import Failure, bug
from .network_errors import NO_THREAD, given_up
from .pace import Pace
from .response import Reply

MOST = 12  # requests under way at once, each on its own connection

Got = Union[Reply, Failure, BaseException]


class Sending:
    """A request that is under way, until *ends* (of time.monotonic())."""

    def __init__(self, request: wire.Request, is_wanted: Callable[[], bool], limit: float) -> None:
        self.request = request
        self.body = wire.Body(request.body, is_wanted)
        self.limit = limit
        self.ends = time.monotonic() + limit


class _Lane:
    """A thread, and the connections that it alone uses."""

    def __init__(self, finished: queue.SimpleQueue[tuple[_Lane, Sending, Got]]) -> None:
        self.line = Line()
        self.sending: Sending | None = None
        self._finished = finished
        self._inbox: queue.SimpleQueue[Sending | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._run, name="tencentcloud.chat", daemon=True)
        # A new thread inherits the blocked signals. If it took one, the waiting main thread would not wake up
        # to handle it, and Ctrl-C would have no effect until the response arrives.
        allowed = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            self.thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, allowed)

    def start(self, sending: Sending) -> None:
        self.sending = sending
        self._inbox.put(sending)

    def end(self) -> None:
        """Let the thread end: at once, or when the connection of its request is interrupted."""
        self._inbox.put(None)
        if self.sending is not None:
            self.sending.body.withdrawn = True  # what has not begun by now never begins
            self.line.interrupt()
            self.sending = None  # what the thread still returns is not waited for

    def _run(self) -> None:
        while True:
            sending = self._inbox.get()
            if sending is None:
                break
            got: Got
            try:
                got = wire.post(self.line, sending.request, sending.body)
            except BaseException as error:  # every exception goes to the task
                got = error
            self._finished.put((self, sending, got))
            del sending, got  # a response may be large
        self.line.close()


class Workers:
    """The threads of one process. The code that runs the tasks creates and ends them."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._lanes: list[_Lane] = []
        self._finished: queue.SimpleQueue[tuple[_Lane, Sending, Got]] = queue.SimpleQueue()
        self._not_started: list[Sending] = []  # because this machine cannot start a thread
        self.paces: dict[tuple[str, int, str], Pace] = {}  # of each command: its endpoint, app and path

    def _check_process(self) -> None:
        """Reset in a fork: it does not inherit threads, and must not use or end the connections of its parent."""
        if self._process != os.getpid():
            self._reset()

    def has_room(self) -> bool:
        """Return whether a request can start now."""
        return self._idle() is not None or not (self._lanes or self._not_started)

    def _idle(self) -> _Lane | None:
        self._check_process()
        for lane in self._lanes:
            if lane.sending is None:
                return lane
        if len(self._lanes) >= self.most:
            return None
        try:
            self._lanes.append(_Lane(self._finished))
        except RuntimeError:  # this machine cannot start another thread
            return None
        return self._lanes[-1]

    def start(self, request: wire.Request, is_wanted: Callable[[], bool], limit: float) -> Sending:
        """Begin *request* if there is room, and give it up after *limit* seconds.

        is_wanted -- called when the connection is open; returns whether the request is still to be sent
        """
        lane, sending = self._idle(), Sending(request, is_wanted, limit)
        if lane is None:
            self._not_started.append(sending)
        else:
            lane.start(sending)
        return sending

    def wait(self, seconds: float | None = None) -> list[tuple[Sending, Reply | Failure]]:
        """Wait until a request has ended, for at most *seconds*. Return those that have.

        The Failure of a request is not_accepted if its body was not sent. Raises what a thread raised.
        """
        if self._not_started:
            return [(self._not_started.pop(), NO_THREAD)]
        until = time.monotonic() + seconds if seconds is not None else float("inf")
        while True:
            under_way = [lane.sending.ends for lane in self._lanes if lane.sending is not None]
            now = time.monotonic()
            try:
                lane, sending, got = self._finished.get(timeout=max(0.0, min([until, *under_way]) - now))
            except queue.Empty:
                overdue = self._give_up(time.monotonic())
                if overdue or not under_way or time.monotonic() >= until:
                    return overdue
                continue
            if lane.sending is sending:  # else it was given up before
                lane.sending = None
                return [(sending, _checked(sending, got))]

    def _give_up(self, now: float) -> list[tuple[Sending, Reply | Failure]]:
        found: list[tuple[Sending, Reply | Failure]] = []
        for lane in [lane for lane in self._lanes if lane.sending is not None and lane.sending.ends <= now]:
            sending, stage = lane.sending, lane.line.stage
            self._end(lane)
            if sending is not None:
                failure = given_up("" if sending.body.begun else stage, sending.limit)
                found.append((sending, _checked(sending, failure)))
        return found

    def _end(self, lane: _Lane) -> None:
        self._lanes.remove(lane)
        lane.end()

    def settle(self) -> None:
        """Keep one idle thread with its connection for the next task of this process; end all others."""
        self._check_process()
        idle = [lane for lane in self._lanes if lane.sending is None]
        for lane in [lane for lane in self._lanes if lane not in idle[:1]]:
            self._end(lane)

    def close(self) -> None:
        """End all threads, and give up what is under way."""
        self._check_process()
        self._not_started.clear()
        self.paces.clear()  # they count what was under way
        for lane in list(self._lanes):
            self._end(lane)


def _checked(sending: Sending, got: Got) -> Reply | Failure:
    if isinstance(got, BaseException):
        got = bug(got)
    return got._replace(not_accepted=not sending.body.begun) if isinstance(got, Failure) else got
