# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link in a network namespace that loses and delays packets, and a gateway that sends more than one response."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import heapq
import http.client
import os
import random
import select
import socketserver
import struct
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from parts import program
from simulator import Simulator

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
TCP, SYN = 6, 2  # of an IP header and of a TCP header
LOCAL, PEER = "10.77.0.1", "10.77.0.5"  # the addresses of the two sides of a link

LIBC = ctypes.CDLL(None, use_errno=True)


def _why_no_link() -> str:
    if os.geteuid():
        return "needs root, for a network namespace"
    if not os.access("/dev/net/tun", os.W_OK):
        return "needs /dev/net/tun"
    return "" if program("ip") else "needs the Debian package iproute2"


needs_link = pytest.mark.skipif(bool(_why_no_link()), reason=_why_no_link() or "-")


def _check(status: int) -> None:
    if status:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _in_thread(function):
    """Call *function* in a thread of its own, and return or raise what it does."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def _namespace() -> int:
    _check(LIBC.unshare(CLONE_NEWNET))
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


class Link:
    """A network namespace with a link: what goes to PEER arrives at LOCAL, and nothing at other addresses.

    prefix -- what to put in front of a command, so that it runs in the namespace
    delay -- seconds that each packet takes
    loss -- how many of 1 are lost, at random from *seed*
    forgets -- seconds after which packets of an idle connection are lost, as a NAT does; 0: never
    """

    def __init__(self, delay: float = 0.0, loss: float = 0.0, seed: int = 1, forgets: float = 0.0) -> None:
        self.delay, self.loss, self.forgets = delay, loss, forgets
        self._used: dict[frozenset[bytes], float] = {}  # when each connection, known by its ports, was last used
        self.lost = self.passed = 0
        self._random = random.Random(seed)
        self._waiting: list[tuple[float, int, bytes]] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Link:
        self._handle = _in_thread(_namespace)
        self.prefix = ("nsenter", f"--net=/proc/{os.getpid()}/fd/{self._handle}")
        self._device = self.run(_device)
        for words in ("link set lo up", f"address add {LOCAL}/24 dev link0", "link set link0 up"):
            subprocess.run([*self.prefix, "ip", *words.split()], check=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        os.close(self._device)
        os.close(self._handle)

    def run(self, function):
        """Call *function* in a thread that is in the namespace. The threads and sockets that it creates are, too."""

        def call():
            _check(LIBC.setns(self._handle, CLONE_NEWNET))
            return function()

        return _in_thread(call)

    def _work(self) -> None:
        while not self._stopped.is_set():
            due = self._waiting[0][0] - time.monotonic() if self._waiting else 0.1
            if select.select([self._device], [], [], min(max(due, 0), 0.1))[0]:
                self._take(os.read(self._device, 65536))
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                os.write(self._device, heapq.heappop(self._waiting)[2])

    def _take(self, packet: bytes) -> None:
        """Send a packet back with its two addresses exchanged, which does not change its checksums."""
        if packet[0] >> 4 != 4:
            return
        source, target = packet[12:16], packet[16:20]
        if target != bytes(map(int, PEER.split("."))) or self._random.random() < self.loss or self._forgotten(packet):
            self.lost += 1
            return
        self.passed += 1
        turned = packet[:12] + target + source + packet[20:]
        heapq.heappush(self._waiting, (time.monotonic() + self.delay, self.passed, turned))

    def _forgotten(self, packet: bytes) -> bool:
        start = 4 * (packet[0] & 15)
        ports = frozenset((packet[start : start + 2], packet[start + 2 : start + 4]))
        opens = packet[9] == TCP and packet[start + 13] & SYN
        now = time.monotonic()
        if self.forgets and not opens and now - self._used.get(ports, 0) > self.forgets:
            return True
        self._used[ports] = now
        return False


def _device() -> int:
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"link0", IFF_TUN | IFF_NO_PI))
    return device


@contextlib.contextmanager
def far_simulator(name: str = PEER, **settings):
    """Run a simulator, which clients know by *name*, at the far end of a link with these *settings*.

    link, options -- the link, and the options of a task that calls the simulator through it
    """
    with Link(**settings) as link:
        simulator = Simulator(hostnames=[name], host=LOCAL)
        link.run(simulator.__enter__)
        simulator.link, port = link, simulator.https_url.rpartition(":")[2]
        simulator.options = {"api_url": f"https://{name}:{port}", "ca_path": simulator.ca_file}
        try:
            yield simulator
        finally:
            simulator.__exit__()


def with_resolver(folder: Path, text: str) -> tuple[str, ...]:
    """Return what to put in front of a command, so that it has a resolv.conf of its own."""
    file = folder / "resolv.conf"
    file.write_text(text)
    script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", script, str(file))


class Gateway(socketserver.ThreadingTCPServer):
    """Passes requests on to *backend*, and sends interim responses or another response besides.

    interim -- the statuses of the responses before the final one
    again -- seconds after which the final response is sent once more; None: it is not
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, backend: str, interim: tuple[int, ...] = (), again: float | None = None) -> None:
        self.backend, self.interim, self.again = urlsplit(backend).netloc, interim, again
        super().__init__(("127.0.0.1", 0), _Passes)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Gateway:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()  # and wait until it has
        self.server_close()

    def response(self, target: str, body: bytes) -> bytes:
        """Return the response of the backend."""
        connection = http.client.HTTPConnection(self.backend, timeout=10)
        with contextlib.closing(connection):
            connection.request("POST", target, body, {"Content-Type": "application/json"})
            content = connection.getresponse().read()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        return head.encode() + content


class _Passes(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while line := self.rfile.readline():
                self._pass(line.split()[1].decode())

    def _pass(self, target: str) -> None:
        headers = http.client.parse_headers(self.rfile)
        body = self.rfile.read(int(headers.get("Content-Length", 0)))
        for status in self.server.interim:
            self.request.sendall(f"HTTP/1.1 {status} Interim\r\nLink: </style.css>\r\n\r\n".encode())
        response = self.server.response(target, body)
        if self.server.again == 0:
            response *= 2
        self.request.sendall(response)
        if self.server.again:
            time.sleep(self.server.again)
            self.request.sendall(response)
