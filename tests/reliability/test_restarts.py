# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS gateway that is restarted while tasks run."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from components import Stunnel
from parts import add_app, check_pushes, declare, each, items, needs, push, scenario
from simulator import Simulator

TURNS = 8
pytestmark = needs("stunnel", "stunnel4")


@pytest.fixture(scope="module")
def slow():
    """A simulator that takes 0.1 s for each response, so that restarts meet requests."""
    with Simulator(latency=0.1) as running:
        yield running


@pytest.fixture
def app(slow):
    return add_app(slow)


@pytest.fixture
def stunnel(slow):
    with Stunnel(slow.http_url, ca=slow.ca) as running:
        yield running


@pytest.fixture
def options(slow, stunnel) -> dict:
    return {"api_url": f"https://127.0.0.1:{stunnel.port}", "ca_path": slow.ca_file, "timeout": 3, "retries": 6}


@contextlib.contextmanager
def meanwhile(work: Callable[[threading.Event], object]):
    """Do *work* in a thread, which ends soon after its event is set."""
    done = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work, done)
        try:
            yield
        finally:
            done.set()
        working.result()


def restarted(stunnel: Stunnel, seed: int):
    """Restart stunnel at random moments, every 0.3 to 1 s."""
    pauses = random.Random(seed)

    def work(done: threading.Event) -> None:
        while not done.wait(pauses.uniform(0.3, 1)):
            stunnel.restart()

    return meanwhile(work)


def restarted_after(app, stunnel: Stunnel):
    """Restart stunnel once, 0.3 s after the first push of *app* arrived."""

    def work(done: threading.Event) -> None:
        while not app.pushes and not done.wait(0.05):
            pass
        done.wait(0.3)
        stunnel.restart()

    return meanwhile(work)


@scenario(
    "stunnel, restarted every 0.3 to 1 s",
    f"names set {TURNS} times, each time to other values",
    "each task succeeds, and the app has the names of the last one",
)
def test_names_converge(play, app, stunnel, options, way):
    with restarted(stunnel, seed=4):
        run = play([each(declare(names={0: "turn{{ item }}"}, **options), range(TURNS))], way=way)
    assert [result.get("msg") for result in items(run, "declare") if result.get("failed")] == []
    assert app.names == {"0": f"turn{TURNS - 1}", "9": "kept"}


@scenario(
    "stunnel, restarted every 0.3 to 1 s",
    f"{TURNS} pushes",
    "no push is sent twice, and what the task reports about each push is true",
)
def test_pushes_are_sent_once(play, app, stunnel, options, way):
    with restarted(stunnel, seed=5):
        run = play([each(push(msg_random="{{ item }}", **options), range(TURNS))], way=way)
    check_pushes(app, items(run, "push"))


@scenario(
    "stunnel, restarted between two tasks of a loop", "pushes over connections that were open", "each push arrives once"
)
def test_restart_between_pushes(play, app, stunnel, options):
    with restarted_after(app, stunnel):
        run = play([each(push(msg_random="{{ item }}", **options), [1, 2, 3], pause=1.0)])
    check_pushes(app, items(run, "push"), all_arrive=True)
