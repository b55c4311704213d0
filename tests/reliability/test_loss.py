# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network that loses and delays packets."""

from __future__ import annotations

import pytest
from network import far_simulator, needs_link
from parts import add_app, check_pushes, declare, each, items, push, scenario, tag

NETWORK = "a network that loses 10 % of all packets and delays the others by 10 ms"
USERS = {f"user{number}": ["staff"] for number in range(1000)}
pytestmark = needs_link


@pytest.fixture
def far():
    """A simulator behind a link that loses packets, with one app."""
    with far_simulator(delay=0.01, loss=0.1, seed=6) as simulator:
        simulator.app = add_app(simulator, users={account: {} for account in USERS})
        yield simulator
        assert simulator.link.lost > 0


@pytest.fixture
def run(far, play, way):
    """Runs a task at the near end of the link, for each of a number of items."""

    def start(task, times: int = 1, **options):
        made = task(timeout=5, retries=6, **far.options, **options)
        return play([each(made, range(times))], way=way, prefix=far.link.prefix)

    return start


@scenario(NETWORK, "names set 5 times, each time to other values", "each task succeeds, and the app has the last names")
def test_names_converge(far, run):
    done = run(declare, 5, names={0: "turn{{ item }}"})
    assert [result.get("msg") for result in items(done, "declare") if result.get("failed")] == []
    assert far.app.names == {"0": "turn4", "9": "kept"}


@scenario(NETWORK, "1,000 users get a tag", "the task succeeds, and each user has the tag")
def test_users_converge(far, run):
    done = run(tag, users=USERS)
    assert done.code == 0 and not done.failed("tag"), done.output[-3000:]
    assert all(far.app.tags(account) == ["staff"] for account in USERS)


@scenario(NETWORK, "10 pushes", "no push is sent twice, and what the task reports about each push is true")
def test_pushes_are_sent_once(far, run):
    results = items(run(push, 10, msg_random="{{ item }}"), "push")
    check_pushes(far.app, results)
    assert any(result["changed"] for result in results)
