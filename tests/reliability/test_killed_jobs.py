# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is sent for a job that was killed: no push when the service is back, no further batch of users.

CHAT_KILLS is the number of kills at random moments: 30, unless it is set.
"""

from __future__ import annotations

import json
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from jobs import CONNECTIONS, DownAtFirst, settled, under_way, until
from parts import KEY, MODULE, scenario
from simulator import Simulator

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")

APP = 1400009000
SIGNALS = ("SIGKILL", "SIGHUP", "SIGTERM", "SIGINT")
KILLS = int(os.environ.get("CHAT_KILLS", "30"))
AT_ONCE = 2  # jobs; each needs a processor while it starts

LATENCY = 0.2  # seconds
USERS = 2000
ACCOUNTS = [str(number) for number in range(10000, 10000 + USERS)]
BATCHES = [ACCOUNTS[start : start + 100] for start in range(0, USERS, 100)]
IN_OSLO = "{{ dict(accounts | product([{'city': 'Oslo'}])) }}"
# The module, its options, how many requests of a task are under way at once, and the seconds that its requests take.
SUBJECTS = {
    "names": ("chat_push_attr_names", {"attr_names": {"0": "city"}}, 1, 3 * LATENCY),
    "users": ("chat_push_user_attrs", {"users": IN_OSLO}, CONNECTIONS, 8 * LATENCY),
    "push": ("chat_push", {"text": "hi", "all_users": True}, 1, 2 * LATENCY),
}


def task_of(subject: str, app: int | str = APP, **options) -> dict:
    module, given, *_more = SUBJECTS[subject]
    variables = {"accounts": f"{{{{ range({ACCOUNTS[0]}, {int(ACCOUNTS[-1]) + 1}) | map('string') }}}}"}
    given = {"sdkappid": app, "secret_key": KEY, **given, **options}
    return {"name": "do", f"tencentcloud.chat.{module}": given, "vars": variables}


def add_app(simulator: Simulator, subject: str, number: int = APP):
    names = {} if subject == "names" else {"0": "city"}
    users = {account: {} for account in ACCOUNTS} if subject == "users" else {"1": {}}
    return simulator.add(number, secret_key=KEY, names=names, users=users)


JOBS = "killed jobs"
NOT_LATER = "no push arrives when the service is back"

# -- the service is down, the job is killed, the service comes back --------------------------------


def down_test(start, way: str, cancel, silent: bool = False, runner: bool = False, **keywords) -> bool:
    """Cancel a job whose push did not get through, let the service come back, and expect no push.

    Return whether the job had tried to send it.
    """
    with DownAtFirst(silent) as service:
        add_app(service.simulator, "push")
        job = start(service, {**task_of("push", timeout=5, retries=10), **keywords}, way, runner)
        until(lambda: service.attempts or job.process.poll() is not None, "an attempt")
        tried = service.attempts > 0
        assert tried or "timeout" in keywords, job.output
        cancel(job)
        service.comes_back()
        job.ends(unless=lambda: service.simulator.log)
        assert [entry["command"] for entry in service.simulator.log] == []
        return tried


@scenario(JOBS, "SIGKILL, SIGHUP, SIGTERM and SIGINT while the service is down", NOT_LATER)
@pytest.mark.parametrize("name", SIGNALS)
def test_the_push_of_a_killed_job_is_not_sent_later(start, way, name):
    down_test(start, way, lambda job: job.kill(name))


@scenario(JOBS, "SIGKILL while the service accepts connections and stays silent", NOT_LATER)
def test_the_push_of_a_killed_job_that_waits_for_an_answer_is_not_sent_later(start, way):
    down_test(start, way, lambda job: job.kill("SIGKILL"), silent=True)


@scenario(JOBS, "the keyword timeout while the service is down", NOT_LATER)
def test_the_push_of_a_task_that_reached_its_timeout_is_not_sent_later(start, way):
    # On a busy machine, the timeout may be over before the task starts to send.
    assert any(down_test(start, way, lambda job: job.wait(), timeout=seconds) for seconds in (3, 9, 27))


@scenario(JOBS, "the keyword timeout in a loop that goes on", NOT_LATER)
def test_the_push_of_a_loop_item_that_reached_its_timeout_is_not_sent_later(start):
    """As a module, whose worker goes on with the next item."""
    with DownAtFirst() as service:
        apps = [add_app(service.simulator, "push", number) for number in (APP, APP + 1)]
        task = task_of("push", "{{ item }}", timeout=5, retries=20)
        # On a busy machine, the second item may begin before the service is back, and then waits longer each time.
        limit = f"{{{{ 9 if item == {APP} else 60 }}}}"
        loop = {"loop": [app.sdkappid for app in apps], "timeout": limit, "ignore_errors": True}
        job = start(service, {**task, **loop}, MODULE)
        until(lambda: f"item={APP}" in job.output, "the end of the first item", job=job)
        service.comes_back()
        job.wait()
        job.ends(unless=lambda: apps[0].pushes)
        assert [len(app.pushes) for app in apps] == [0, 1], job.output


@scenario(JOBS, "the cancel of ansible-runner, as in AWX, while the service is down", NOT_LATER)
def test_the_push_of_a_job_that_ansible_runner_cancels_is_not_sent_later(start, way):
    down_test(start, way, lambda job: job.cancel(), runner=True)


# -- the job is killed in the middle ---------------------------------------------------------------


@pytest.fixture(scope="module")
def slow_simulator():
    with Simulator(latency=LATENCY) as running:
        yield running


def batches_written(app, requests: list[dict]) -> list[int]:
    """Return the numbers of the batches whose users have the attribute.

    Each is written as a whole or not at all, and none long before its turn: those under way at once may overtake.
    """
    stored = {account for account, user in app.users.items() if user.get("attrs")}
    written = [number for number, batch in enumerate(BATCHES) if stored.intersection(batch)]
    assert stored == {account for number in written for account in BATCHES[number]}
    asked = [entry for entry in requests if entry["command"].endswith("set_attr")]
    assert [len(json.loads(entry["body"])["UserAttrs"]) for entry in asked] == [100] * len(asked)
    assert len(asked) == len(written), "a batch was written twice, or not at all"
    assert all(number < position + CONNECTIONS for position, number in enumerate(written))
    return written


def requests_of_killed(simulator: Simulator, job, app: int, at_once: int) -> list[dict]:
    """Return the requests of a job whose main process has just ended, once all of its processes have.

    at_once -- how many requests of the task are under way at once. Those that have not arrived yet may still do so.
    """
    before = simulator.requests(app)
    allowed = len(before) - under_way(before) + at_once
    job.ends(unless=lambda: len(simulator.requests(app)) > allowed)
    requests = settled(simulator, app)
    shown = [entry["command"] for entry in requests]
    assert len(requests) <= allowed, f"before: {shown[: len(before)]}, afterwards: {shown[len(before) :]}"
    return requests


@scenario(JOBS, "SIGKILL, SIGHUP, SIGTERM and SIGINT in the middle of 2,000 users", "no further batch is written")
@pytest.mark.parametrize("name", SIGNALS)
def test_the_write_of_a_killed_job_stops(slow_simulator, start, way, name):
    slow_simulator.log.clear()
    app = add_app(slow_simulator, "users")
    # Even on a busy machine, the job is killed before the next writes: it still waits for these responses.
    slow_simulator.fail(APP, "slow", times=len(BATCHES), command="im_set_attr", seconds=3.0)
    job = start(slow_simulator, task_of("users"), way)
    until(lambda: app.writes or job.process.poll() is not None, "the first write")
    job.kill(name)
    requests = requests_of_killed(slow_simulator, job, APP, CONNECTIONS)
    assert 0 < len(batches_written(app, requests)) < len(BATCHES)


# -- kills at random moments -----------------------------------------------------------------------


def check_state(subject: str, app, requests: list[dict]) -> None:
    """Check that the service contains what the requests asked for: all of it or none, and nothing twice."""
    assert {entry["answered"] for entry in requests} <= {0}
    commands = [entry["command"] for entry in requests]
    if subject == "users":
        batches_written(app, requests)
    elif subject == "names":
        writes = commands.count("im_set_attr_name")
        assert writes == app.writes <= 1 and app.names == ({"0": "city"} if writes else {})
    else:
        assert len(app.pushes) == commands.count("im_push") <= 1


def kill_once(simulator: Simulator, start, way: str, subject: str, number: int) -> None:
    """Kill a job at a random moment, and check what it has done by then."""
    chance = random.Random(f"{way} {subject} {number}")
    app = add_app(simulator, subject, APP + 1 + number)
    job = start(simulator, task_of(subject, app.sdkappid), way)
    *_task, at_once, seconds = SUBJECTS[subject]
    if chance.random() < 0.2:  # it may not have sent anything yet
        seconds = 1.5
    else:
        until(lambda: simulator.requests(app.sdkappid) or job.process.poll() is not None, "the first request")
    time.sleep(chance.uniform(0.0, seconds))
    job.kill(chance.choice(SIGNALS))
    check_state(subject, app, requests_of_killed(simulator, job, app.sdkappid, at_once))


@scenario(
    JOBS, "signals at random moments of names, users and pushes", "nothing more is sent; what is stored was asked for"
)
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_kills_at_random_moments(slow_simulator, start, way, subject):
    slow_simulator.log.clear()
    numbers = range(max(1, KILLS // (2 * len(SUBJECTS))))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda number: kill_once(slow_simulator, start, way, subject, number), numbers))
