# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers from Debian, with the least configuration that the tests need."""

from __future__ import annotations

from urllib.parse import urlsplit

from component import Component


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
