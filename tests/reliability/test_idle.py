# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that end while they are idle: a push is not lost on one."""

from __future__ import annotations

import pytest
from components import Nginx
from network import LOCAL, PEER, far_simulator, needs_link
from parts import add_app, check_pushes, each, items, needs, push, scenario

DELAY = 0.1  # seconds that a packet takes in one direction


@pytest.fixture
def send(play):
    """Sends pushes with pauses in seconds between them, and checks that each arrives once."""

    def run(app, number: int, pause: float, prefix: tuple[str, ...] = (), **options) -> None:
        task = push(msg_random="{{ item }}", retries=1, **options)
        done = play([each(task, range(1, number + 1), pause)], prefix=prefix)
        check_pushes(app, items(done, "push"), all_arrive=True)

    return run


@needs("nginx", "nginx-light")
@pytest.mark.parametrize("pause", [0.99, 1.0, 1.2])
@scenario(
    "nginx with keepalive_timeout 1s",
    "pushes with pauses of about a second",
    "each push arrives once and is reported as changed",
)
def test_pushes_with_pauses(simulator, send, pause):
    with Nginx(simulator.http_url) as nginx:
        send(add_app(simulator), 4, pause, api_url=f"http://127.0.0.1:{nginx.port}")


@needs_link
@needs("nginx", "nginx-light")
@scenario(
    "nginx with keepalive_timeout 1s, 100 ms away",
    "pushes that are sent after nginx closed the connection, and before the client can know",
    "each push arrives once and is reported as changed",
)
def test_pushes_that_meet_the_end_of_the_connection(send):
    """A push must leave between 1 - 2 * DELAY and 1 second after the response to the previous push arrived."""
    with (
        far_simulator(delay=DELAY) as far,
        Nginx(far.http_url, ca=far.ca, address=PEER, host=LOCAL, within=far.link) as nginx,
    ):
        options = {**far.options, "api_url": f"https://{PEER}:{nginx.port}"}
        send(add_app(far), 6, 1 - DELAY, far.link.prefix, **options)


@needs_link
@scenario(
    "a NAT that forgets a connection after it was idle for a second",
    "pushes with pauses of 1.5 seconds",
    "each push arrives once and is reported as changed",
)
def test_pushes_through_a_nat_that_forgets(send):
    with far_simulator(forgets=1.0) as far:
        send(add_app(far), 3, 1.5, far.link.prefix, timeout=2, **far.options)
