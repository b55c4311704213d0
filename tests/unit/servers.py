# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers on loopback for the tests of the network, and what these tests share."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
import time
import traceback

from ansible_collections.tencentcloud.chat.plugins.module_utils._core import tls, wire
from simulator import Simulator

OK = b'{"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}'


def answer(body: bytes = OK, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return a response with its Content-Length, which is *length* if the test lies."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "\r\n"]).encode() + body


def last(content: bytes):
    """Return an answer of these bytes, after which the server closes the connection."""

    def send_and_close(connection: socket.socket) -> None:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_RDWR)

    return send_and_close


class Late(threading.Event):
    """An answer, perhaps after another one, that is held back until this event is set."""

    def __init__(self, before: bytes = b"", content: bytes = answer()) -> None:
        super().__init__()
        self._before, self._content = before, content
        self.is_sent = False

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self._before)
        self.wait(60)
        connection.sendall(self._content)
        self.is_sent = True


class Server:
    """Answers each request with the next of *answers*, the last one again and again, on a thread per connection.

    An answer is bytes, or a function that gets the connection. After empty bytes the connection is closed.
    """

    def __init__(self, *answers, context: ssl.SSLContext | None = None, greet=lambda connection: None) -> None:
        self._answers, self._context, self._greet, self._lock = answers, context, greet, threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._connections: list[socket.socket] = []
        self.used: list[int] = []  # for each request, when its body had arrived: the number of its connection
        self.heads: list[bytes] = []  # the headers of each request
        self.pieces: list[int] = []  # in how many pieces each request arrived
        self.closed = 0  # how many of the connections that were opened have ended
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"{'https' if context else 'http'}://{self.address}"

    @property
    def opened(self) -> int:
        return len(self._connections)

    def __enter__(self) -> Server:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                self._connections.append(self._listener.accept()[0])
                threading.Thread(target=self._serve, args=(self.opened,), daemon=True).start()

    def _serve(self, number: int) -> None:
        connection = self._connections[number - 1]
        with contextlib.suppress(OSError):
            self._greet(connection)
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            while self._answer(connection, number):
                pass
        connection.close()
        with self._lock:
            self.closed += 1

    def _answer(self, connection: socket.socket, number: int) -> bool:
        received, pieces = b"", 0
        while b"\r\n\r\n" not in received or (received.startswith(b"POST") and not received.endswith(b"}")):
            if not (piece := connection.recv(65536)):
                return False
            received, pieces = received + piece, pieces + 1
        with self._lock:
            found = self._answers[min(len(self.used), len(self._answers) - 1)]
            self.used.append(number)
            self.heads.append(received.partition(b"\r\n\r\n")[0])
            self.pieces.append(pieces)
        if callable(found):
            found(connection)
        else:
            connection.sendall(found)
        return bool(found)


def tls_server(simulator) -> ssl.SSLContext:
    """Return the context of a server whose certificate comes from the CA of the simulator."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    simulator.ca.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@contextlib.contextmanager
def another_simulator(connect, **settings):
    """Start a simulator, and make its clients with ``client(...)``."""
    with Simulator(**settings) as running:
        app = running.add()

        def client(url, route=None):
            account = {"sdkappid": app.sdkappid, "secret_key": app.secret_key}
            return connect(account, url, {"ca_path": running.ca_file, **(route or {})})

        running.client = client
        yield running


def request(url: str, **settings) -> wire.Request:
    return wire.Request(f"{url}/v4/command", "usersig=x", b"{}", tls.Route(), 10.0)._replace(**settings)


def send(workers, url: str, limit: float = 30.0, is_wanted=lambda: True, ready=lambda: True, **settings):
    """Send one request, and return its outcome. *limit* matters only after *ready*, however slow the machine is."""
    sending = workers.start(request(url, **settings), is_wanted, limit)
    assert until(ready)
    ((ended, got),) = workers.wait()
    assert ended is sending
    return got


def until(condition, seconds: float = 30.0) -> bool:
    """Wait until *condition* holds. Return whether it does."""
    ends = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends:
        time.sleep(0.01)
    return bool(condition())


def in_a_fork(work) -> None:
    """Let a child process do *work*, wait for it, and make sure that it succeeded."""
    if not (child := os.fork()):
        try:
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def lanes() -> int:
    """Return how many threads of workers there are."""
    return sum(thread.name == "tencentcloud.chat" for thread in threading.enumerate())


def sockets() -> int:
    """Return how many sockets this process has open."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # closed meanwhile
            count += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
    return count
