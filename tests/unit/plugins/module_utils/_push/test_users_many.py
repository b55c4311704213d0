# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many users: their batches, how many requests are under way, the pace, the order of writes, and the memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import MOST
from tasks import run, some
from test_users import AGAIN, APIS, ATTRS, KINDS, Kind, requests


@pytest.fixture(autouse=True)
def names(app):
    app.names = {"0": "old", "1": "new"}


@pytest.fixture
def latency(simulator):
    """Let each response take as long as over a network, so that requests overlap."""
    simulator.latency = 0.1
    yield
    simulator.latency = 0.0


def assert_losses_come_first(simulator, app, kind) -> None:
    """Each user's removals were answered before its additions arrived."""
    removed: dict[str, float] = {}
    for entry in simulator.requests(app.sdkappid):
        accounts = [one["To_Account"] for one in json.loads(entry["body"]).get(kind.field, ())]
        if entry["command"].endswith(kind.remove):
            removed.update(dict.fromkeys(accounts, entry["ended"]))
        elif entry["command"].endswith(kind.add):
            assert all(removed.get(account, 0.0) <= entry["at"] for account in accounts)
    assert removed


@KINDS
@APIS
@pytest.mark.parametrize("order", ["request", "shuffled"])
def test_users_are_read_and_written_a_hundred_at_a_time(simulator, app, connect, kind, api, order):
    accounts = some(250)
    app.answer_order = order
    app.users = {**kind.users(accounts[:130]), **kind.users(accounts[130:], kind.wanted)}
    values = dict.fromkeys(accounts, kind.wanted)
    result = run(kind.ensure, connect(), users=values, api=api, exclusive=True)
    assert result["changed"] is True and result["users"] == values == kind.held(app)
    assert list(result["users"]) == accounts
    assert result["diff"] == {
        "before": dict.fromkeys(accounts[:130], kind.before),
        "after": dict.fromkeys(accounts[:130], kind.wanted),
    }
    names = [("get_attr_name", 0)] * (kind is ATTRS)
    reads = [(kind.get, count) for count in (100, 100, 50)]
    writes = [(kind.remove, 100), (kind.add, 100), (kind.remove, 30), (kind.add, 30)]
    # All of one kind of request are there before the first of the next kind, but their own order is not fixed.
    found = requests(simulator, app)
    for part in (names, reads, writes, [(kind.get, 100), (kind.get, 30)]):
        assert Counter(found[: len(part)]) == Counter(part)
        del found[: len(part)]
    assert found == []
    assert_losses_come_first(simulator, app, kind)
    assert all(entry["path"].startswith(f"v4/{api}/") for entry in simulator.log)
    simulator.log.clear()
    result = run(kind.ensure, connect(), users=values, api=api, exclusive=True)
    assert result == {"changed": False, "users": values, "diff": {"before": {}, "after": {}}}
    assert Counter(requests(simulator, app)) == Counter([*names, *reads])


@KINDS
def test_ten_thousand_users_half_of_whom_differ(simulator, app, connect, kind):
    accounts = some(10_000)
    app.users = {**kind.users(accounts[::2]), **kind.users(accounts[1::2], kind.wanted)}
    wanted = dict.fromkeys(accounts, kind.wanted)
    result = run(kind.ensure, connect(sleep=time.sleep), users=wanted, exclusive=True)
    assert result["changed"] is True and kind.held(app) == result["users"] == wanted, result.get("msg")
    assert list(result["users"]) == accounts and len(result["diff"]["after"]) == 5000
    assert len(simulator.log) <= 3 * 100 + 2
    assert max(simulator.busiest(app.sdkappid).values()) <= 100
    assert simulator.most_open(app.sdkappid) <= MOST >= simulator.connections(app.sdkappid)
    assert_losses_come_first(simulator, app, kind)
    assert 60011 not in [entry["answered"] for entry in simulator.log]  # over the rate limit
    assert max(count for _command, count in requests(simulator, app)) == 100


PEAK = """
import json, pathlib, sys
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Context
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import Workers
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import user_attrs, user_tags
operation = {"attrs": user_attrs.ENSURE, "tags": user_tags.ENSURE}[sys.argv[1]]
options = ArgumentSpecValidator(**operation.arguments).validate(json.load(sys.stdin)).validated_parameters
given = {name: value for name, value in options.items() if value is not None}
result = operation.perform(options, operation.parse(given), False, Context(Workers()))
status = pathlib.Path("/proc/self/status").read_text()
print(json.dumps([result["changed"], int(status.partition("VmHWM:")[2].split()[0])]))
"""


def peak_memory(simulator, app, kind: Kind, accounts: list[str]) -> int:
    """Return the KiB of a process of its own that gives all *accounts* what every other one has."""
    app.users = {**kind.users(accounts[::2]), **kind.users(accounts[1::2], kind.wanted)}
    options = {"region": "china", "api_url": simulator.https_url, "ca_path": simulator.ca_file, "exclusive": True}
    options.update(sdkappid=app.sdkappid, secret_key=app.secret_key, users=dict.fromkeys(accounts, kind.wanted))
    done = subprocess.run(
        [sys.executable, "-c", PEAK, kind.name],
        input=json.dumps(options),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    changed, peak = json.loads(done.stdout)
    assert changed and kind.held(app) == dict.fromkeys(accounts, kind.wanted)
    return peak


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux shows the peak memory of a process")
@KINDS
def test_ten_thousand_users_take_less_than_half_more_memory_than_one(simulator, app, kind):
    one, many = (peak_memory(simulator, app, kind, some(count)) for count in (1, 10_000))
    assert many < 1.5 * one


@KINDS
@pytest.mark.parametrize(
    ("step", "fault"),
    [*(("remove", fault) for fault in (70402, "cut", "cut_after", "garbage")), ("add", 70402), ("add", "cut")],
)
def test_what_was_under_way_when_a_request_failed_is_read_back(simulator, app, connect, latency, kind, step, fault):
    app.users, command = kind.users(some(1200)), f"im_{getattr(kind, step)}"
    wanted = dict.fromkeys(some(1200), kind.wanted)
    tasks.queue(simulator, app, command, "pass", "pass", fault)
    result = run(kind.ensure, connect(retries=0), users=wanted, exclusive=True)
    assert result["failed"] and result["changed"] is True and (result["command"], result["tries"]) == (command, 1)
    assert result["users"] == kind.held(app) and list(result["users"]) == some(1200)
    assert "failed_users" not in result and result["msg"].endswith(AGAIN)
    assert 2 <= simulator.most_open(app.sdkappid) <= MOST
    assert_losses_come_first(simulator, app, kind)
    rest = [account for account, value in result["users"].items() if value != kind.wanted]
    again = run(kind.ensure, connect(), users=wanted, exclusive=True)
    assert again["users"] == wanted == kind.held(app) and list(again["diff"]["after"]) == rest != []
