# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network that loses and delays packets."""

from __future__ import annotations

import pytest
from network import LOCAL, Link, Namespace, needs_link, simulator_on
from parts import FIRST, KEY, Player, check_push, declare, each, items, push, scenario, tag
from simulator import Simulator

PEER = "10.77.0.2"
LOSS, DELAY = 0.1, 0.01
NETWORK = "a network that loses 10 % of all packets and delays the others by 10 ms"
OPTIONS = {"timeout": 5, "retries": 6}
USERS = {f"user{number}": ["staff"] for number in range(1000)}


@pytest.fixture
def far(request):
    """A simulator behind a link that loses packets, with one app."""
    with (
        Namespace() as namespace,
        Link(namespace, (PEER,), delay=DELAY, loss=LOSS, seed=6) as link,
        simulator_on(link, Simulator(hostnames=[PEER], host=LOCAL)) as simulator,
    ):
        simulator.namespace, simulator.link = namespace, link
        users = {account: {} for account in USERS}
        simulator.app = simulator.add(
            FIRST, secret_key=KEY, names={"9": "kept"}, users=users, push_interval=0.0, random_repeats="again"
        )
        yield simulator


def run_in(far, workspace, folder, task: dict, way: str):
    """Run a task at the near end of the link."""
    player = Player(workspace, far, folder)
    url = f"https://{PEER}:{far.https_url.rpartition(':')[2]}"
    run = player([task], way=way, env={"TENCENT_CHAT_API_URL": url}, prefix=far.namespace.prefix)
    assert far.link.lost > 0
    return run


@needs_link
@scenario(NETWORK, "names set 5 times, each time to other values", "each task succeeds, and the app has the last names")
def test_names_converge(far, workspace, tmp_path, way):
    task = each(declare(FIRST, {0: "turn{{ item }}"}, **OPTIONS), list(range(5)))
    run = run_in(far, workspace, tmp_path, task, way)
    assert [result.get("msg") for result in items(run, "declare") if result.get("failed")] == []
    assert far.app.names == {"0": "turn4", "9": "kept"}


@needs_link
@scenario(NETWORK, "1,000 users get a tag", "the task succeeds, and each user has the tag")
def test_users_converge(far, workspace, tmp_path, way):
    run = run_in(far, workspace, tmp_path, tag(FIRST, USERS, **OPTIONS), way)
    assert run.code == 0 and not run.failed("tag"), run.output[-3000:]
    assert all(far.app.tags(account) == ["staff"] for account in USERS)


@needs_link
@scenario(NETWORK, "10 pushes", "no push is sent twice, and what the task reports about each push is true")
def test_pushes_are_sent_once(far, workspace, tmp_path, way):
    task = each(push(FIRST, msg_random="{{ item }}", **OPTIONS), list(range(10)))
    run = run_in(far, workspace, tmp_path, task, way)
    for result in items(run, "push"):
        check_push(far.app, result)
    assert any(result["changed"] for result in items(run, "push"))
