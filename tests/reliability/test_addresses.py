# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Name servers: a host with dead addresses, and a server that never responds."""

from __future__ import annotations

import socket

import pytest
from components import Dnsmasq
from network import PEER, far_simulator, needs_link, with_resolver
from parts import add_app, check_nothing_sent, declare, needs, push, scenario

# The resolver puts addresses first that share more bits with that of this side: the dead ones.
DEAD = ["10.77.0.2", "10.77.0.3"]
RESOLVER = "nameserver 127.0.0.1\noptions timeout:5 attempts:2\n"


@pytest.fixture(scope="module")
def far():
    with far_simulator("chat.test") as simulator:
        yield simulator


@pytest.fixture
def app(far):
    return add_app(far)


@pytest.fixture
def run(far, play, way, tmp_path):
    """Sets names and sends a push with these options, where the resolver asks the name server."""

    def start(**options):
        prefix = (*far.link.prefix, *with_resolver(tmp_path, RESOLVER))
        return play([declare(timeout=2, **options), push(timeout=2, **options)], way=way, prefix=prefix)

    return start


@needs_link
@needs("dnsmasq", "dnsmasq-base")
@scenario(
    "dnsmasq",
    "a host name with two addresses that do not respond and a third one that does",
    "names are set, and a push is sent once, within the usual time",
)
def test_dead_addresses(far, app, run):
    lost = far.link.lost
    with Dnsmasq(addresses=[*DEAD, PEER], within=far.link):
        done = run(retries=2, **far.options)
    assert far.link.lost > lost, "the dead addresses were not tried"
    assert not done.failed("declare") and not done.failed("push"), done.output
    assert (app.names, len(app.pushes)) == ({"0": "sex", "9": "kept"}, 1)


@needs_link
@scenario(
    "a name server that never responds",
    "names set, and a push",
    "the message says that the host name was not resolved; the push is reported as not sent",
)
def test_silent_name_server(far, app, run):
    def silent() -> socket.socket:
        server = socket.socket(type=socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 53))
        return server

    with far.link.run(silent):
        done = run(retries=0, api_url="https://chat.test")
    check_nothing_sent(done, app, "resolve")
