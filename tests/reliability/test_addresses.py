# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Name servers: a host with dead addresses, and a server that never responds."""

from __future__ import annotations

import re
import socket

import pytest
from components import Dnsmasq
from network import LOCAL, Link, Namespace, needs_link, simulator_on, with_resolver
from parts import FIRST, KEY, declare, needs, push, scenario
from simulator import Simulator

# The resolver puts addresses first that share more bits with LOCAL: the dead ones.
DEAD, ALIVE = ["10.77.0.2", "10.77.0.3"], "10.77.0.5"
OPTIONS = {"timeout": 2, "retries": 2}
RESOLVER = "nameserver 127.0.0.1\noptions timeout:5 attempts:2\n"


@pytest.fixture(scope="module")
def far():
    """A namespace, with a simulator behind a link."""
    with (
        Namespace() as namespace,
        Link(namespace, (ALIVE,)) as link,
        simulator_on(link, Simulator(hostnames=["chat.test"], host=LOCAL)) as simulator,
    ):
        simulator.namespace, simulator.link = namespace, link
        yield simulator


@needs_link
@needs("dnsmasq", "dnsmasq-base")
@scenario(
    "dnsmasq",
    "a host name with two addresses that do not respond and a third one that does",
    "names are set, and a push is sent once, within the usual time",
)
def test_dead_addresses(far, play, tmp_path, way):
    app = far.add(FIRST, secret_key=KEY, names={"9": "kept"}, random_repeats="again")
    options = {"api_url": f"https://chat.test:{far.https_url.rpartition(':')[2]}", "ca_path": far.ca_file, **OPTIONS}
    lost = far.link.lost
    with Dnsmasq([*DEAD, ALIVE], within=far.namespace):
        prefix = (*far.namespace.prefix, *with_resolver(tmp_path, RESOLVER))
        run = play([declare(FIRST, {0: "sex"}, **options), push(FIRST, **options)], way=way, prefix=prefix)
    assert far.link.lost > lost, "the dead addresses were not tried"
    assert not run.failed("declare") and not run.failed("push"), run.output
    assert (app.names, len(app.pushes)) == ({"0": "sex", "9": "kept"}, 1)


@needs_link
@scenario(
    "a name server that never responds",
    "names set, and a push",
    "the message says that the host name was not resolved; the push is reported as not sent",
)
def test_silent_name_server(far, play, tmp_path, way):
    far.add(FIRST, secret_key=KEY)
    options = {"api_url": "https://chat.test", "timeout": 2, "retries": 0}

    def silent() -> socket.socket:
        server = socket.socket(type=socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 53))
        return server

    with far.namespace.run(silent):
        prefix = (*far.namespace.prefix, *with_resolver(tmp_path, RESOLVER))
        run = play([declare(FIRST, {0: "sex"}, **options), push(FIRST, **options)], way=way, prefix=prefix)
    assert run.failed("declare") and run.failed("push"), run.output
    assert run.result("push")["sent"] == "no"
    for task in ("declare", "push"):
        assert re.search("resolve", run.result(task)["msg"]), run.result(task)["msg"]
