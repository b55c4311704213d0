# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers from Debian, with the least configuration that the tests need."""

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
from urllib.parse import urlsplit

from parts import program

PORTS = range(20000, 30000)  # below those that the kernel gives to clients
PATIENCE = 10  # seconds for a start
# Runs a command until its standard input ends, which it does when the process that holds the other end is killed.
WHILE_OPEN = 'exec 3<&0 </dev/null; (read -r _ <&3; kill $$) & exec 3<&- "$@"'


class Component:
    """A server that runs in a directory of its own and on a free port of *host*, until the end of a ``with`` block.

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


class HAProxy(Component):
    """A gateway that sends 103 Early Hints before each response of *backend*."""

    name = "haproxy"

    def arguments(self) -> list[str]:
        text = f"""
global
    maxconn 200
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend chat
    bind {self.host}:{self.port}
    http-request early-hint Link "</style.css>; rel=preload"
    default_backend simulator
backend simulator
    server simulator {urlsplit(self.backend).netloc}
"""
        return ["-db", "-f", self.write("haproxy.cfg", text)]


class Nginx(Component):
    """A gateway that closes a connection after it was idle for a second. With *ca*, it serves HTTPS."""

    name = "nginx"

    def arguments(self) -> list[str]:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"    {kind}_temp_path {self.folder}/{kind};\n" for kind in kinds)
        tls = f"ssl_certificate {self.folder}/cert.pem; ssl_certificate_key {self.folder}/cert.pem;"
        text = f"""
daemon off;
master_process off;
pid {self.folder}/pid;
error_log {self.folder}/error.log;
events {{ worker_connections 200; }}
http {{
    access_log off;
    keepalive_timeout 1s;
{temporary}
    server {{
        listen {self.host}:{self.port}{" ssl" if self.ca else ""};
        {tls if self.ca else ""}
        location / {{ proxy_pass {self.backend}; }}
    }}
}}
"""
        return ["-c", self.write("nginx.conf", text), "-p", str(self.folder), "-e", f"{self.folder}/error.log"]


class Squid(Component):
    """A proxy that can require *password* from the user "ann"."""

    name = "squid"

    @property
    def requests(self) -> list[str]:
        """The requests that reached the proxy, each as its method and its URL without the query."""
        file = self.folder / "access.log"
        lines = file.read_text().splitlines() if file.exists() else []
        fields = [line.split() for line in lines if "error:transaction-end-before-headers" not in line]  # probes
        return [f"{line[5]} {line[6].partition('?')[0]}" for line in fields]

    def arguments(self) -> list[str]:
        helper = self.folder / "check"
        helper.write_text(
            f'#!/bin/sh\nwhile read -r line; do\n[ "$line" = "ann {self.password}" ] && echo OK || echo ERR\ndone\n'
        )
        helper.chmod(0o755)
        rules = f"""
auth_param basic program {helper}
auth_param basic children 1
acl known proxy_auth REQUIRED
http_access allow known
"""
        text = f"""
http_port {self.host}:{self.port}
{rules if self.password else "http_access allow all"}
http_access deny all
access_log stdio:{self.folder}/access.log
cache_log {self.folder}/cache.log
cache deny all
pid_filename none
coredump_dir none
pinger_enable off
max_filedescriptors 256
shutdown_lifetime 0 seconds
visible_hostname localhost
"""
        return ["-N", "-f", self.write("squid.conf", text)]


class Stunnel(Component):
    """TLS in front of *backend*, with a certificate of the simulator's CA."""

    name = "stunnel"

    def arguments(self) -> list[str]:
        text = f"""
foreground = yes
pid =
[chat]
accept = {self.host}:{self.port}
connect = {urlsplit(self.backend).netloc}
cert = {self.folder}/cert.pem
"""
        return [self.write("stunnel.conf", text)]


class Dnsmasq(Component):
    """A name server that returns the *addresses* of "chat.test" in their order."""

    name, port = "dnsmasq", 53

    def arguments(self) -> list[str]:
        hosts = self.write("hosts", "".join(f"{address} chat.test\n" for address in self.addresses))
        text = f"""
port={self.port}
listen-address={self.host}
bind-interfaces
no-resolv
no-hosts
no-round-robin
addn-hosts={hosts}
user=root
"""
        return ["--keep-in-foreground", "--conf-file=" + self.write("dnsmasq.conf", text), "--pid-file"]
