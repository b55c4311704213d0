# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS gateway that is restarted while tasks run."""

from __future__ import annotations

import contextlib
import random
import threading

import pytest
from components import Stunnel
from parts import FIRST, KEY, Player, check_push, declare, each, items, needs, push, scenario
from simulator import Simulator

OPTIONS = {"timeout": 3, "retries": 6}
TURNS = 8


@pytest.fixture(scope="module")
def slow():
    """A simulator that takes 0.1 s for each response, so that restarts meet requests."""
    with Simulator(latency=0.1) as running:
        yield running


@contextlib.contextmanager
def restarted(stunnel: Stunnel, seed: int):
    """Restart stunnel at random moments, every 0.3 to 1 s."""
    pauses, done, failures = random.Random(seed), threading.Event(), []

    def work() -> None:
        try:
            while not done.wait(pauses.uniform(0.3, 1)):
                stunnel.restart()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert not failures, failures


@contextlib.contextmanager
def restarted_after(app, stunnel: Stunnel):
    """Restart stunnel once, 0.3 s after the first push of *app* arrived."""
    done = threading.Event()

    def work() -> None:
        while not app.pushes:
            if done.wait(0.05):
                return
        done.wait(0.3)
        stunnel.restart()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.fixture
def player(workspace, slow, tmp_path):
    return Player(workspace, slow, tmp_path)


def options(stunnel: Stunnel) -> dict:
    return {"api_url": f"https://127.0.0.1:{stunnel.port}", **OPTIONS}


@needs("stunnel", "stunnel4")
@scenario(
    "stunnel, restarted every 0.3 to 1 s",
    f"names set {TURNS} times, each time to other values",
    "each task succeeds, and the app has the names of the last one",
)
def test_names_converge(player, slow, way):
    app = slow.add(FIRST, secret_key=KEY, names={"9": "kept"})
    with Stunnel(slow.http_url, slow.ca) as stunnel, restarted(stunnel, seed=4):
        task = declare(FIRST, {0: "turn{{ item }}"}, **options(stunnel))
        run = player([each(task, list(range(TURNS)))], way=way)
    assert [result.get("msg") for result in items(run, "declare") if result.get("failed")] == []
    assert app.names == {"0": f"turn{TURNS - 1}", "9": "kept"}


@needs("stunnel", "stunnel4")
@scenario(
    "stunnel, restarted every 0.3 to 1 s",
    f"{TURNS} pushes",
    "no push is sent twice, and what the task reports about each push is true",
)
def test_pushes_are_sent_once(player, slow, way):
    app = slow.add(FIRST, secret_key=KEY, push_interval=0.0, random_repeats="again")
    with Stunnel(slow.http_url, slow.ca) as stunnel, restarted(stunnel, seed=5):
        task = push(FIRST, msg_random="{{ item }}", **options(stunnel))
        run = player([each(task, list(range(TURNS)))], way=way)
    for result in items(run, "push"):
        check_push(app, result)


@needs("stunnel", "stunnel4")
@scenario(
    "stunnel, restarted between two tasks of a loop", "pushes over connections that were open", "each push arrives once"
)
def test_restart_between_pushes(player, slow):
    app = slow.add(FIRST, secret_key=KEY, push_interval=0.0, random_repeats="again")
    with Stunnel(slow.http_url, slow.ca) as stunnel, restarted_after(app, stunnel):
        task = push(FIRST, msg_random="{{ item }}", **options(stunnel))
        run = player([each(task, [1, 2, 3], pause=1.0)])
    for result in items(run, "push"):
        check_push(app, result)
        assert not result.get("failed"), result["msg"]
