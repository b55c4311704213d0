# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that end while they are idle: a push is not lost on one."""

from __future__ import annotations

import pytest
from components import Nginx
from network import LOCAL, Link, Namespace, needs_link, simulator_on
from parts import FIRST, KEY, check_known, each, items, needs, push, scenario
from simulator import Simulator

SETTINGS = {"secret_key": KEY, "push_interval": 0.0, "random_repeats": "again"}
PEER = "10.77.0.2"
DELAY = 0.1  # seconds that a packet takes in one direction


def check_all_arrived(app, results: list[dict]) -> None:
    for result in results:
        check_known(app, result)
        assert not result.get("failed"), result["msg"]


@needs("nginx", "nginx-light")
@pytest.mark.parametrize("pause", [0.99, 1.0, 1.2])
@scenario(
    "nginx with keepalive_timeout 1s",
    "pushes with pauses of about a second",
    "each push arrives once and is reported as changed",
)
def test_pushes_with_pauses(simulator, play, pause):
    app = simulator.add(FIRST, **SETTINGS)
    with Nginx(simulator.http_url) as nginx:
        options = {"api_url": f"http://127.0.0.1:{nginx.port}", "retries": 1}
        run = play([each(push(FIRST, msg_random="{{ item }}", **options), [1, 2, 3, 4], pause)])
    check_all_arrived(app, items(run, "push"))


@needs_link
@needs("nginx", "nginx-light")
@scenario(
    "nginx with keepalive_timeout 1s, 100 ms away",
    "pushes that are sent after nginx closed the connection, and before the client can know",
    "each push arrives once and is reported as changed",
)
def test_pushes_that_meet_the_end_of_the_connection(play):
    """A push must leave between 1 - 2 * DELAY and 1 second after the response to the previous push arrived."""
    with (
        Namespace() as namespace,
        Link(namespace, (PEER,), delay=DELAY) as link,
        simulator_on(link, Simulator(host=LOCAL)) as far,
        Nginx(far.http_url, far.ca, PEER, host=LOCAL, within=namespace) as nginx,
    ):
        app = far.add(FIRST, **SETTINGS)
        options = {"api_url": f"https://{PEER}:{nginx.port}", "ca_path": far.ca_file, "retries": 1}
        task = push(FIRST, msg_random="{{ item }}", **options)
        run = play([each(task, [1, 2, 3, 4, 5, 6], pause=1 - DELAY)], prefix=namespace.prefix)
    check_all_arrived(app, items(run, "push"))


@needs_link
@scenario(
    "a NAT that forgets a connection after it was idle for a second",
    "pushes with pauses of 1.5 seconds",
    "each push arrives once and is reported as changed",
)
def test_pushes_through_a_nat_that_forgets(play):
    with (
        Namespace() as namespace,
        Link(namespace, (PEER,), forgets=1.0) as link,
        simulator_on(link, Simulator(hostnames=[PEER], host=LOCAL)) as far,
    ):
        app = far.add(FIRST, **SETTINGS)
        url = f"https://{PEER}:{far.https_url.rpartition(':')[2]}"
        task = push(FIRST, msg_random="{{ item }}", api_url=url, ca_path=far.ca_file, timeout=2, retries=1)
        run = play([each(task, [1, 2, 3], pause=1.5)], prefix=namespace.prefix)
    check_all_arrived(app, items(run, "push"))
