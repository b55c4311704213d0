# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The threads that wait for the network: how many there are, what they do, and that none outlives its task."""

from __future__ import annotations

import signal
import threading
from unittest import mock

import names
import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import wire
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.connection import Line
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.response import Reply
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.tls import Route
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import MOST, Workers
from servers import OK, Late, Server, answer, in_a_fork, lanes, request, send, sockets, until
from virtual import each


class Held:
    """Holds each request back when its connection is there, until it may go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.waiting: list[threading.Thread] = []

    def __call__(self) -> bool:
        if threading.current_thread() is not threading.main_thread():  # which asks before it begins a request
            self.waiting.append(threading.current_thread())
            self.go_on.wait(60)
        return True


@pytest.fixture
def held():
    made = Held()
    yield made
    made.go_on.set()


@pytest.fixture(autouse=True)
def nothing_is_left(workers):
    """After each test, no thread and no socket is left that was not there before."""
    assert until(lambda: lanes() == 0)
    before = sockets()
    yield
    workers.close()
    assert until(lambda: lanes() == 0) and until(lambda: sockets() <= before)


def test_one_call_at_a_time_uses_one_thread_and_one_connection(app, connect):
    with Server(answer()) as server:
        client = connect(url=server.url)
        threads = set()
        client.is_wanted = lambda: threads.add(threading.current_thread()) or True
        for _turn in range(3):
            assert [found for _job, found in each(client, range(1))] == [0]
        assert server.used == [1, 1, 1] and lanes() == 1
        (lane,) = threads - {threading.main_thread()}
        assert lane.daemon, "a thread that waits must not hold the process"


def test_many_requests_are_under_way_at_once_each_on_its_own_connection(app, connect, workers):
    together = threading.Barrier(MOST)

    def all_at_once(connection):
        if len(server.used) <= 3 * MOST:
            together.wait(60)
        connection.sendall(answer())

    with Server(all_at_once) as server:
        client = connect(url=server.url)
        assert [found for _job, found in each(client, range(3 * MOST))] == [0] * 3 * MOST
        assert sorted(server.used) == sorted([*range(1, MOST + 1)] * 3) and lanes() == MOST
        workers.settle()
        assert until(lambda: lanes() == 1 == server.opened - server.closed), "one is kept for the next task"
        assert [found for _job, found in each(client, range(1))] == [0] and server.opened == MOST


def test_without_room_nothing_starts(workers, held):
    with Server(answer()) as server:
        started = 0
        while workers.has_room():
            workers.start(request(server.url), held, 30.0)
            started += 1
        assert started == MOST and workers.wait(0.01) == []
        held.go_on.set()
        assert [got for _turn in range(MOST) for _sending, got in workers.wait()] == [Reply(200, OK)] * MOST
        assert workers.has_room() and workers.wait(0.0) == []


def test_settle_keeps_one_idle_thread_with_its_connection(workers, held):
    with Server(answer()) as server:
        for turn in (1, 2):
            workers.start(request(server.url), lambda: True, 30.0)
            workers.start(request(server.url), held, 30.0)
            ((_sending, got),) = workers.wait()
            assert got == Reply(200, OK)
            workers.settle()
            held.go_on.set()
            assert until(lambda: lanes() == 1) and server.used == [server.used[0]] * turn
            assert until(lambda: server.opened - server.closed == 1), "only the idle connection is left"
            held.go_on.clear()
        assert send(workers, server.url) == Reply(200, OK) and len(set(server.used)) == 1


def test_requests_that_are_given_up_leave_nothing(workers):
    """Neither a thread, nor a socket, nor a second outcome."""
    with Server(lambda _connection: None) as server:
        for number, sent in ((1, 1), (1, 2), (8, 10)):
            started = {workers.start(request(server.url), lambda: True, 0.1) for _turn in range(number)}
            assert until(lambda sent=sent: len(server.used) == sent)
            while started:
                for sending, got in workers.wait():
                    started.remove(sending)
                    assert got.what == "no complete response within 0.1 seconds"
                    assert got.is_transient and not got.not_accepted
        assert until(lambda: lanes() == 0) and until(lambda: server.closed == server.opened == 10)
        assert workers.wait(0.0) == [] and workers.has_room()


def test_a_request_that_is_given_up_before_its_body_is_sent_is_never_sent(workers, held):
    """Its thread goes on at last, but nobody waits for the response any more."""
    with Server(answer()) as server:
        found = send(workers, server.url, limit=0.1, is_wanted=held, ready=lambda: held.waiting)
        assert found.not_accepted and found.is_transient
        held.go_on.set()
        assert until(lambda: lanes() == 0) and until(lambda: server.closed == 1)
        assert server.used == []


def test_a_request_that_counts_as_not_sent_cannot_begin_any_more(monkeypatch, workers, held):
    """The thread may get as far as the body at the very moment in which the task looks whether it began."""
    began = []

    class Racing(wire.Body):
        @property
        def begun(self) -> bool:
            if threading.current_thread() is threading.main_thread() and not self.withdrawn:
                began.append(self)
            return False

        @begun.setter
        def begun(self, value: bool) -> None:
            """The getter decides."""

    monkeypatch.setattr(wire, "Body", Racing)
    with Server(answer()) as server:
        assert send(workers, server.url, limit=0.1, is_wanted=held, ready=lambda: held.waiting).not_accepted
    assert began == []


# -- what ends a task ------------------------------------------------------------------------------


def test_requests_of_a_task_that_is_ended_are_never_sent(app, connect, held):
    """A real signal arrives while the main thread waits for many requests."""

    def interrupt():
        if until(lambda: len(held.waiting) == MOST):
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    previous = signal.signal(signal.SIGINT, mock.Mock(side_effect=KeyboardInterrupt))
    try:
        with Server(answer()) as server:
            threading.Thread(target=interrupt, daemon=True).start()
            with pytest.raises(KeyboardInterrupt):
                list(each(connect(url=server.url, is_wanted=held), range(2 * MOST)))
            held.go_on.set()
            assert until(lambda: lanes() == 0) and until(lambda: server.closed == server.opened == MOST)
            assert server.used == []
    finally:
        signal.signal(signal.SIGINT, previous)


def test_outcomes_that_nobody_takes_any_more_end_what_is_under_way(app, connect):
    with Server(answer(), lambda _connection: None) as server:
        outcomes = each(connect(url=server.url), range(2 * MOST))
        assert next(outcomes)[1] == 0
        outcomes.close()
        assert until(lambda: lanes() == 0) and until(lambda: server.closed == server.opened)


def test_an_error_of_a_thread_is_a_failure_of_its_request(monkeypatch, tmp_path, workers):
    found = send(workers, "http://127.0.0.1:1", route=Route(ca_path=str(tmp_path / "missing")))
    assert "the file does not exist" in found.what and found.not_accepted
    with monkeypatch.context() as patched:
        patched.setattr(Line, "adapter", mock.Mock(side_effect=MemoryError))
        found = send(workers, "http://127.0.0.1:1")
    assert found.what.startswith("MemoryError at ") and found.not_accepted
    with Server(answer()) as server:
        assert send(workers, server.url) == Reply(200, OK), "the thread goes on"


def test_threads_block_all_signals_so_that_the_task_gets_them(workers):
    """A signal that a thread took would not wake the main thread that has to handle it."""
    blocked = []
    with Server(answer()) as server:
        send(workers, server.url, is_wanted=lambda: blocked.append(signal.pthread_sigmask(signal.SIG_BLOCK, ())))
    assert blocked[0] >= {signal.SIGINT, signal.SIGALRM, signal.SIGTERM}
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


# -- limits of the machine -------------------------------------------------------------------------


NO_THREAD = mock.Mock(side_effect=RuntimeError("can't start new thread"))


def test_a_machine_that_cannot_start_a_thread(monkeypatch, app, connect, workers):
    monkeypatch.setattr(threading.Thread, "start", NO_THREAD)
    found = names.failure(connect(url="http://127.0.0.1:1", retries=1))
    assert found.what == "this machine cannot start a thread" and "fewer forks" in found.hint
    assert found.not_accepted and found.tries == 2
    workers.start(request("http://127.0.0.1:1"), lambda: True, 30.0)
    assert not workers.has_room(), "nothing else would start either"
    workers.close()
    assert workers.wait(0.0) == [], "the next task gets no outcome of the one before"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_without_further_threads_the_work_goes_on_with_fewer(monkeypatch, simulator, app, connect, workers):
    names.read(connect())
    monkeypatch.setattr(threading.Thread, "start", NO_THREAD)
    assert [found for _job, found in each(connect(), range(5), names.CALL)] == [0] * 5
    assert lanes() == 1 == len({entry["connection"] for entry in simulator.log})


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_fork_starts_afresh(simulator, app, connect, workers):
    """It takes no thread along, and must not use the connection of its parent."""
    client = connect()
    names.read(client)
    for work in (lambda: names.read(client), workers.close, workers.settle):
        in_a_fork(work)
        names.read(client)
    first, *others = (entry["connection"] for entry in simulator.log)
    assert others[0] != first and others[1:] == [first] * 3 and lanes() == 1


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
@pytest.mark.parametrize("end", [Workers.close, Workers.settle, Workers.has_room])
def test_a_fork_does_not_end_the_requests_of_its_parent(workers, end):
    late = Late()
    with Server(late) as server:
        workers.start(request(server.url), lambda: True, 60.0)
        assert until(lambda: server.used)
        in_a_fork(lambda: end(workers))
        late.set()
        ((_sending, got),) = workers.wait()
        assert not isinstance(got, Failure)
