# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes from playbooks, in-process and as a module: none is delivered twice, and each result is true.

The environment variable CHAT_PUSHES sets the number of pushes under random faults in each execution mode.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest
from conftest import WAYS
from simulator.faults import LOST, NOT_APPLIED

PUSH = "tencentcloud.chat.chat_push"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
FIRST_APP = 1400003000
USERS = {"ann": {"attrs": {"sex": "f"}, "tags": ["staff"]}, "bob": {}}

PUSHES = int(os.environ.get("CHAT_PUSHES", "20"))
BATCH = 60  # pushes in one playbook
RATE = 0.35  # of the requests meet a fault at random


@pytest.fixture
def add(simulator):
    """Adds an app that does not drop a push whose MsgRandom was used before."""

    def make(number: int, **settings):
        settings = {"users": USERS, "names": {"0": "sex"}, "random_repeats": "again", **settings}
        return simulator.add(number, secret_key=KEY, **settings)

    return make


def task(name: str, options: dict, **keywords) -> dict:
    secret = {"secret_key": KEY}
    return {"name": name, PUSH: {**secret, **options}, "ignore_errors": True, "no_log": False, **keywords}


def misbehave(simulator, number: int) -> None:
    """Let the service misbehave towards one app: it may first reject the push, and then anything can happen."""
    chance = random.Random(number)
    if chance.random() < 0.15:
        simulator.fail(number, "code", code=chance.choice([60007, 60011, 60018, 60019, 90024]))
    if chance.random() < 0.05:
        simulator.fail(number, "http", status=429)
    simulator.faults[number].at_random(RATE, number, [*NOT_APPLIED, *LOST, "hang_up"])


def outcome(app, result: dict) -> str:
    """Return what became of a push, after checking that it is what *result* says."""
    delivered = len(app.deliveries("ann"))
    assert delivered == len(app.pushes) <= 1
    assert isinstance(result["msg_random"], int)
    assert delivered == 0 or app.pushes[0]["random"] == result["msg_random"]
    if "sent" not in result:  # in a loop, not every ansible-core keeps the key "failed"
        assert (delivered, result["task_id"], result["changed"]) == (1, app.pushes[0]["task_id"], True)
        return "changed, delivered 1"
    assert not result["changed"] and (result["sent"] == "unknown" or (result["sent"], delivered) == ("no", 0))
    return f"sent {result['sent']}, delivered {delivered}"


@pytest.mark.parametrize("start", range(0, PUSHES, BATCH))
@pytest.mark.parametrize("way", WAYS)
def test_no_push_is_delivered_twice_and_each_result_is_true(simulator, add, play, record_property, way, start):
    numbers = [FIRST_APP + number for number in range(start, min(start + BATCH, PUSHES))]
    apps = [add(number) for number in numbers]
    for number in numbers:
        misbehave(simulator, number)
    options = {
        "sdkappid": "{{ item }}",
        "api": "{{ 'timpush' if item % 3 == 0 else 'all_member_push' }}",
        "text": "hi {{ item }}",
        "all_users": "{{ item % 2 == 0 }}",
        "tags_or": "{{ ['staff'] if item % 4 == 1 else omit }}",
        "attrs_or": "{{ {'sex': 'f'} if item % 4 == 3 else omit }}",
        "timeout": 1,
        "retries": 1,
    }
    run = play([task("push", options, loop=numbers)], "-vvv", way=way)
    assert run.code == 0, run.output[-3000:]
    assert ("AnsiballZ_chat_push.py" in run.output) == (way == "module")
    results = run.result("push")["results"]
    assert [result["item"] for result in results] == numbers
    figures = Counter(outcome(app, result) for app, result in zip(apps, results))
    met = Counter(entry["fault"] for entry in simulator.log)
    record_property("figures", f"{way}, {len(apps)} pushes: {dict(sorted(figures.items()))}; faults: {dict(met)}")
    assert len(numbers) < BATCH or (len(figures) == 4 and figures["changed, delivered 1"] > BATCH / 3)


@pytest.mark.parametrize("way", WAYS)
def test_two_pushes_in_a_row_both_succeed(add, play, way):
    """The service demands more than a second between two pushes; the default number of retries is enough for that."""
    app = add(FIRST_APP, push_interval=1.0)
    options = {"sdkappid": FIRST_APP, "text": "hi", "all_users": True}
    run = play([task("first", options), task("second", options)], way=way)
    assert run.result("first")["task_id"] != run.result("second")["task_id"]
    assert [push["task_id"] for push in app.deliveries("bob")] == [
        run.result(name)["task_id"] for name in ("first", "second")
    ]


# What happens to a push whose task is ended by its own time limit, and how often it may be delivered after that.
ENDED = {
    "the response is late": ({"kind": "slow", "seconds": 60.0}, {1}),
    "it waits for another attempt": ({"kind": "code", "code": 60007}, {0, 1}),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", ENDED)
def test_a_task_that_is_ended_leaves_at_most_one_push(simulator, add, play, way, case):
    fault, deliveries = ENDED[case]
    for limit in (1, 4, 16):  # seconds; this machine may be too slow to send a request within the first
        simulator.log.clear()
        app, other = add(FIRST_APP), add(FIRST_APP + 1)
        simulator.fail(FIRST_APP, **fault)
        options = {"text": "hi", "all_users": True, "timeout": 60}
        run = play(
            [
                task("ended", {**options, "sdkappid": FIRST_APP}, timeout=limit),
                task("next", {**options, "sdkappid": FIRST_APP + 1}),
            ],
            way=way,
        )
        if simulator.requests(FIRST_APP):
            break
    if run.failed("ended"):  # else the next attempt came in time
        assert "sent" not in run.result("ended"), run.result("ended")  # the result is Ansible's own
    assert run.failed("ended") or case == "it waits for another attempt"
    assert run.result("next")["changed"] and len(other.pushes) == 1
    time.sleep(2.5)  # a module that was left behind would send its next attempt within 2 seconds
    assert len(app.deliveries("ann")) in deliveries
