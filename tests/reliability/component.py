# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server from Debian in the foreground, with a configuration and a directory of its own."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from parts import program

PORTS = range(20000, 30000)  # below those that the kernel gives to clients
PATIENCE = 10  # seconds for a start
# Runs a command until its standard input ends, which it does when the process that holds the other end is killed.
WHILE_OPEN = 'exec 3<&0 </dev/null; (read -r _ <&3; kill $$) & exec 3<&- "$@"'


class Component:
    """A server that runs until the end of a ``with`` block, on a free port of *host*.

    backend -- the URL of the server behind it
    within -- the link in whose network namespace it runs
    ca, address -- for TLS: who issues its certificate, and for which address
    password, addresses -- for those that need them
    """

    name, port = "", 0

    def __init__(
        self,
        backend: str = "",
        host: str = "127.0.0.1",
        within=None,
        ca=None,
        address: str = "",
        password: str = "",
        addresses: Iterable[str] = (),
    ) -> None:
        self.backend, self.host, self.within, self.ca = backend, host, within, ca
        self.password, self.addresses = password, addresses
        self._process: subprocess.Popen | None = None
        self._temporary = tempfile.TemporaryDirectory(prefix="chat-reliability-")
        self.folder = Path(self._temporary.name)
        self.folder.chmod(0o777)  # some servers give up their rights
        if ca:
            ca.issue_cert(address or host).private_key_and_cert_chain_pem.write_to_path(str(self.folder / "cert.pem"))

    def arguments(self) -> list[str]:
        """Write the configuration, and return the arguments of the command."""
        raise NotImplementedError

    def write(self, name: str, text: str) -> str:
        file = self.folder / name
        file.write_text(text)
        file.chmod(0o644)
        return str(file)

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text(errors="replace")

    def __enter__(self):
        for _attempt in range(5):  # somebody else can take the port first
            self.port = self.port or inside(self.within, lambda: free_port(self.host))
            if self.start():
                return self
            self.port = 0
        raise RuntimeError(f"{self.name} does not start: {self.output}")

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._temporary.cleanup()

    def start(self) -> bool:
        """Start the server, and return whether it listens."""
        prefix = self.within.prefix if self.within else ()
        command = [*prefix, "sh", "-c", WHILE_OPEN, "sh", str(program(self.name)), *self.arguments()]
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
            )
        until = time.monotonic() + PATIENCE
        while self._process.poll() is None and time.monotonic() < until:
            if inside(self.within, lambda: listens(self.host, self.port)):
                return True
            time.sleep(0.02)
        self.stop()
        return False

    def stop(self) -> None:
        """End the server and its children."""
        if self._process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        self._process.stdin.close()
        self._process = None

    def restart(self) -> None:
        self.stop()
        assert self.start(), self.output


def inside(within, function):
    """Call *function* in a network namespace, or here."""
    return within.run(function) if within else function()


def listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def free_port(host: str) -> int:
    """Return a port that nobody uses now."""
    return next(port for port in random.sample(PORTS, 50) if not listens(host, port))
