# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes one after another, and pushes that are ended: none is delivered twice."""

from __future__ import annotations

import time

import pytest
from conftest import WAYS

PUSH = "tencentcloud.chat.chat_push"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
FIRST_APP = 1400003000
USERS = {"ann": {"attrs": {"sex": "f"}, "tags": ["staff"]}, "bob": {}}


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


@pytest.mark.parametrize("way", WAYS)
def test_a_task_that_is_ended_leaves_at_most_one_push(simulator, add, play, way):
    """By its own time limit, while the response is late, and while it waits for another attempt."""
    for limit in (2, 6, 16):  # seconds; this machine may be too slow to send a request within the first
        simulator.log.clear()
        late, waiting, other = (add(FIRST_APP + number) for number in range(3))
        simulator.fail(late.sdkappid, "slow", seconds=60.0)
        simulator.fail(waiting.sdkappid, "code", code=60007)
        options = {"text": "hi", "all_users": True, "timeout": 60}
        run = play(
            [
                task("late", {**options, "sdkappid": late.sdkappid}, timeout=limit),
                task("waiting", {**options, "sdkappid": waiting.sdkappid}, timeout=limit),
                task("next", {**options, "sdkappid": other.sdkappid}),
            ],
            way=way,
        )
        if simulator.requests(late.sdkappid) and simulator.requests(waiting.sdkappid):
            break
    assert run.failed("late")
    for name in ("late", "waiting"):  # the next attempt of the second one may have come in time
        assert not run.failed(name) or "sent" not in run.result(name), "the result is Ansible's own"
    assert run.result("next")["changed"] and len(other.pushes) == 1
    time.sleep(2.5)  # a module that was left behind would send its next attempt within 2 seconds
    assert len(late.deliveries("ann")) == 1 and len(waiting.deliveries("ann")) <= 1
