# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way a task takes, condition by condition."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from conftest import IN_PROCESS, MODULE, Player

SET = "tencentcloud.chat.chat_push_attr_names"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
APP = 1400002000

# Task keywords, the way they lead to, and the reason that is given.
TAKEN: dict[str, tuple[dict, str, str]] = {
    "plain": ({}, IN_PROCESS, ""),
    "delegated to localhost": ({"delegate_to": "localhost"}, IN_PROCESS, ""),
    "no_log": ({"no_log": True}, IN_PROCESS, ""),
    "in a block": ({"check_mode": True}, IN_PROCESS, ""),
    "empty environment": ({"environment": {}}, IN_PROCESS, ""),
    "own interpreter": ({"vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}, IN_PROCESS, ""),
    "automatic interpreter": ({"vars": {"ansible_python_interpreter": "auto_silent"}}, IN_PROCESS, ""),
    "switched on": ({"vars": {"tencentcloud_chat_in_process": "{{ 'yes' }}"}}, IN_PROCESS, ""),
    "no become": ({"become": False}, IN_PROCESS, ""),
    "switched off": (
        {"vars": {"tencentcloud_chat_in_process": "{{ 'no' }}"}},
        MODULE,
        "tencentcloud_chat_in_process is false",
    ),
    "environment": ({"environment": {"COLOUR": "red"}}, MODULE, "for the task's environment"),
    "async": ({"async": 60, "poll": 1}, MODULE, "for async"),
    "become": ({"become": True, "become_method": "ansible.builtin.su"}, MODULE, "for become"),
    "become by variable": (
        {"vars": {"ansible_become": True, "ansible_become_method": "ansible.builtin.su"}},
        MODULE,
        "for become",
    ),
    "another interpreter": ({"vars": {"ansible_python_interpreter": "BARE"}}, MODULE, "for another Python interpreter"),
    "another connection": (
        {"vars": {"ansible_connection": "ansible.builtin.ssh", "ansible_port": 1}},
        MODULE,
        "since the connection is not local",
    ),
}


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory):
    """Another interpreter, without requests."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return str(folder / "bin" / "python")


@pytest.fixture(scope="module")
def taken(simulator, workspace, tmp_path_factory, bare_python):
    simulator.add(APP, secret_key=KEY, names={"0": "x"})
    tasks = []
    for name, (keywords, _way, _reason) in TAKEN.items():
        task = {"name": name, SET: {"sdkappid": APP, "attr_names": {0: "x"}}, **keywords}
        if keywords.get("vars", {}).get("ansible_python_interpreter") == "BARE":
            task["vars"] = {"ansible_python_interpreter": bare_python}
        tasks.append({**task, "ignore_errors": True, "ignore_unreachable": True})
    player = Player(workspace, simulator, tmp_path_factory.mktemp("taken"))
    # Without the extra variable by which the other tests choose a way: it would beat the tasks' own.
    command = [part for part in player.command(tasks, "-vvv") if "tencentcloud_chat_in_process" not in part][:-1]
    player.command = lambda *_args, **_keywords: command
    return player(tasks, env={"TENCENT_CHAT_SECRET_KEY": KEY})


@pytest.mark.parametrize("name", TAKEN)
def test_each_condition_decides(taken, name):
    _keywords, way, reason = TAKEN[name]
    assert taken.way(name) == way
    assert f"{SET}: run as a module, {reason}" in taken.section(name) if reason else way == IN_PROCESS
    if name not in ("another interpreter", "another connection", "become", "become by variable"):
        assert not taken.failed(name), taken.section(name)


def test_become_and_async_work(taken):
    if os.geteuid() == 0:
        assert taken.result("become")["attr_names"] == {"0": "x"}
    assert taken.result("async")["attr_names"] == {"0": "x"}
    assert taken.result("async")["finished"]


def test_an_interpreter_without_requests_is_told_apart(taken):
    msg = taken.result("another interpreter")["msg"]
    assert "Failed to import the required Python library (requests)" in msg
    assert taken.failed("another interpreter")


def test_an_unreachable_host_is_unreachable(taken):
    (line,) = [line for line in taken.lines if line["task"] == "another connection"]
    assert line["status"] == "unreachable"


def test_a_local_connection_from_the_inventory_and_a_delegated_one(simulator, play, tmp_path):
    """The delegated host's connection and interpreter count, not those of the play's host."""
    simulator.add(APP, secret_key=KEY, names={"0": "x"})
    (tmp_path / "hosts").write_text(
        "near ansible_connection=local\n"
        "far ansible_connection=ssh ansible_port=1 ansible_python_interpreter=/nowhere/python\n"
        "odd ansible_connection=local ansible_python_interpreter=/nowhere/python\n"
    )
    task = {SET: {"sdkappid": APP, "attr_names": {0: "x"}}}
    run = play(
        [
            {"name": "here", **task, "when": "inventory_hostname == 'near'"},
            {"name": "delegated here", **task, "delegate_to": "near", "when": "inventory_hostname == 'far'"},
            {
                "name": "delegated to localhost",
                **task,
                "delegate_to": "localhost",
                "when": "inventory_hostname == 'far'",
            },
            {
                "name": "delegated away",
                **task,
                "delegate_to": "odd",
                "when": "inventory_hostname == 'near'",
                "ignore_errors": True,
            },
        ],
        *("-vvv", "-i", str(tmp_path / "hosts")),
        hosts="all",
        env={"TENCENT_CHAT_SECRET_KEY": KEY},
    )
    assert ": run in-process" in run.section("here")
    assert ": run in-process" in run.section("delegated here")
    assert ": run in-process" in run.section("delegated to localhost")
    assert ": run as a module, for another Python interpreter" in run.section("delegated away")
    assert simulator.commands(APP) == ["get"] * 3


def test_environment_of_the_play_counts(simulator, play):
    simulator.add(APP, secret_key=KEY, names={"0": "x"})
    run = play(
        [{"name": "task", SET: {"sdkappid": APP, "attr_names": {0: "x"}}}],
        "-vvv",
        environment={"TENCENT_CHAT_SECRET_KEY": KEY},
    )
    assert run.code == 0 and run.way("task") == MODULE


def test_conditions_that_no_playbook_can_make(workspace, monkeypatch):
    sys.path.insert(0, str(workspace))
    try:
        from ansible_collections.tencentcloud.chat.plugins.action.chat_push_attr_names import ActionModule
        from ansible_collections.tencentcloud.chat.plugins.module_utils import transport
    finally:
        sys.path.remove(str(workspace))
    task = SimpleNamespace(delegate_to=None, async_val=0, environment=[], action=SET, args={})
    connection = SimpleNamespace(become=None, transport="local")
    action = ActionModule(task, connection, None, None, SimpleNamespace(template=lambda value: value), None)
    assert action.why_not_here({}) == ""
    monkeypatch.setattr(transport, "REQUESTS_MISSING", "Traceback")
    assert action.why_not_here({}) == "since requests is missing here"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "macOS" in action.why_not_here({})
