# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which execution mode a task runs in, condition by condition."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import IN_PROCESS, MODULE, Player

SET = "tencentcloud.chat.chat_push_attr_names"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
APP = 1400002000

# Task keywords, the execution mode that they lead to, and the reason that is given.
TAKEN: dict[str, tuple[dict, str, str]] = {
    "plain": ({}, IN_PROCESS, ""),
    "delegated to localhost": ({"delegate_to": "localhost"}, IN_PROCESS, ""),
    "no_log": ({"no_log": True}, IN_PROCESS, ""),
    "check mode": ({"check_mode": True}, IN_PROCESS, ""),
    "in a block": ({"block": True}, IN_PROCESS, ""),
    "in a block with environment": (
        {"block": True, "environment": {"COLOR": "red"}},
        MODULE,
        "because environment is set",
    ),
    "empty environment": ({"environment": {}}, IN_PROCESS, ""),
    "own interpreter": ({"vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}, IN_PROCESS, ""),
    "automatic interpreter": ({"vars": {"ansible_python_interpreter": "auto_silent"}}, IN_PROCESS, ""),
    "switched on": ({"vars": {"tencentcloud_chat_in_process": "{{ 'yes' }}"}}, IN_PROCESS, ""),
    "no become": ({"become": False}, IN_PROCESS, ""),
    "switched off": (
        {"vars": {"tencentcloud_chat_in_process": "{{ 'no' }}"}},
        MODULE,
        "because tencentcloud_chat_in_process is false",
    ),
    "environment": ({"environment": {"COLOR": "red"}}, MODULE, "because environment is set"),
    "async": ({"async": 60, "poll": 1}, MODULE, "because async is set"),
    "become": ({"become": True, "become_method": "ansible.builtin.su"}, MODULE, "because become is set"),
    "become by variable": (
        {"vars": {"ansible_become": True, "ansible_become_method": "ansible.builtin.su"}},
        MODULE,
        "because become is set",
    ),
    "another interpreter": (
        {"vars": {"ansible_python_interpreter": "BARE"}},
        MODULE,
        "because another Python interpreter is set",
    ),
    "another connection": (
        {"vars": {"ansible_connection": "ansible.builtin.ssh", "ansible_port": 1}},
        MODULE,
        "because the connection is not local",
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
        task = {"name": name, SET: {"sdkappid": APP, "attr_names": {0: "x"}}}
        keywords = {**keywords, "ignore_errors": True, "ignore_unreachable": True}
        if keywords.get("vars", {}).get("ansible_python_interpreter") == "BARE":
            keywords["vars"] = {"ansible_python_interpreter": bare_python}
        tasks.append({**keywords, "block": [task]} if keywords.pop("block", False) else {**task, **keywords})
    player = Player(workspace, simulator, tmp_path_factory.mktemp("taken"))
    # Without the extra variable by which the other tests choose a way: it would beat the tasks' own.
    command = [part for part in player.command(tasks, "-vvv") if "tencentcloud_chat_in_process" not in part][:-1]
    player.command = lambda *_args, **_keywords: command
    return player(tasks, env={"TENCENT_CHAT_SECRET_KEY": KEY})


@pytest.mark.parametrize("name", TAKEN)
def test_each_condition_decides(taken, name):
    _keywords, way, reason = TAKEN[name]
    assert taken.way(name) == way
    said = f"{SET}: run as a module, {reason}" if reason else f"{SET}: run in-process"
    assert said in taken.section(name)
    assert taken.section(name).count(f"{SET}: run ") == 1
    if name not in ("another interpreter", "another connection", "become", "become by variable"):
        assert not taken.failed(name), taken.section(name)


def test_become_and_async_work(taken):
    if os.geteuid() == 0:
        assert taken.result("become")["attr_names"] == {"0": "x"}
    assert taken.result("async")["attr_names"] == {"0": "x"}
    assert taken.result("async")["finished"]


def test_an_interpreter_without_requests_is_recognized(taken):
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
    assert ": run as a module, because another Python interpreter is set" in run.section("delegated away")
    assert simulator.commands(APP) == ["get"] * 3


def test_environment_of_the_play_counts(simulator, play):
    simulator.add(APP, secret_key=KEY, names={"0": "x"})
    run = play(
        [{"name": "task", SET: {"sdkappid": APP, "attr_names": {0: "x"}}}],
        "-vvv",
        environment={"TENCENT_CHAT_SECRET_KEY": KEY},
    )
    assert run.code == 0 and run.way("task") == MODULE


DISTORT = """
from ansible.module_utils.common import arg_spec
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = "{name: distort, type: notification, short_description: for tests, description: for tests}"
arg_spec.ArgumentSpecValidator = lambda **more: None


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_NAME = "distort"
"""


def test_a_task_runs_as_a_module_if_ansible_core_lacks_a_part(simulator, play, tmp_path):
    """With a real ansible-playbook. Each part, distorted in each manner: tests/unit/plugins/plugin_utils."""
    simulator.add(APP, secret_key=KEY)
    (tmp_path / "callbacks").mkdir()
    (tmp_path / "callbacks" / "distort.py").write_text(DISTORT)
    run = play(
        [{"name": "task", SET: {"sdkappid": APP, "attr_names": {0: "x"}}}],
        "-vvv",
        env={
            "TENCENT_CHAT_SECRET_KEY": KEY,
            "ANSIBLE_CALLBACKS_ENABLED": "dump,distort",
            "ANSIBLE_CALLBACK_PLUGINS": f"{play.environment['ANSIBLE_CALLBACK_PLUGINS']}:{tmp_path / 'callbacks'}",
        },
    )
    assert "run as a module, because " in run.section("task") and "this ansible-core" in run.section("task")
    assert run.way("task") == MODULE and run.result("task")["changed"]


@pytest.mark.parametrize(("way", "source"), [(IN_PROCESS, "environment"), (MODULE, "option")])
def test_a_relative_ca_path_begins_in_the_directory_of_the_playbook(simulator, play, tmp_path, way, source):
    app = simulator.add(APP, secret_key=KEY)
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "ca.pem").write_text(Path(simulator.ca_file).read_text())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    options = {"sdkappid": APP, "attr_names": {0: "x"}, "secret_key": KEY}
    env = {"TENCENT_CHAT_CA_PATH": "certificates/ca.pem" if source == "environment" else "/nowhere"}
    if source == "option":
        options["ca_path"] = "certificates/ca.pem"
    run = play([{"name": "task", SET: options}], "-vvv", way=way, env=env, cwd=elsewhere)
    assert run.code == 0, run.output
    assert run.way("task") == way and app.names == {"0": "x"}


@pytest.mark.parametrize("way", [IN_PROCESS, MODULE])
def test_a_missing_ca_path_is_shown_with_the_directory_of_the_playbook(workspace, simulator, tmp_path, way):
    """Also if the playbook was started through a link, which the working directory of a module does not show."""
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "link").symlink_to("playbooks")
    play = Player(workspace, simulator, tmp_path / "link")
    options = {"sdkappid": APP, "attr_names": {0: "x"}, "secret_key": KEY, "ca_path": "missing.pem"}
    result = play([{"name": "task", SET: options}], way=way).result("task")
    missing = os.path.realpath(tmp_path / "playbooks" / "missing.pem")
    assert result["msg"].startswith(f"ca_path {missing!r}: the file does not exist.")


@pytest.mark.parametrize("way", [IN_PROCESS, MODULE])
def test_until_and_strategy_free(simulator, play, tmp_path, way):
    """The keys that `until` sets are Ansible's own; hosts that do not wait for each other have the same results."""
    apps = [simulator.add(APP + 10 + number, secret_key=KEY) for number in range(2)]
    for app in apps:
        simulator.fail(app.sdkappid, "code", code=70500)
    (tmp_path / "hosts").write_text(
        "".join(f"host{app.sdkappid} ansible_connection=local app={app.sdkappid}\n" for app in apps)
    )
    task = {SET: {"sdkappid": "{{ app }}", "attr_names": {0: "x"}, "retries": 0}}
    run = play(
        [{"name": "task", **task, "until": "result is success", "retries": 3, "delay": 0, "register": "result"}],
        *("-vvv", "-i", str(tmp_path / "hosts")),
        way=way,
        hosts="all",
        strategy="free",
        env={"TENCENT_CHAT_SECRET_KEY": KEY},
        vars={"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
    )
    assert run.code == 0, run.output
    assert [result["attempts"] for result in run.results("task")] == [2, 2]
    for app in apps:
        assert app.names == {"0": "x"}
        assert simulator.commands(app.sdkappid) == ["get", "get", "set", "get"]


def test_no_key_of_a_result_belongs_to_ansible(workspace):
    """Each key that ansible-core itself puts into a result, or takes out of it, has its own meaning there."""
    import ansible

    root = Path(ansible.__file__).parent
    # Some versions set these as attributes, which the search below does not find.
    used = {"attempts", "retries", "results", "skipped", "unreachable", "ansible_facts", "delta", "rc", "stdout"}
    for file in [*root.glob("executor/**/*.py"), *root.glob("plugins/strategy/*.py"), *root.glob("vars/clean.py")]:
        found = re.findall(r"""result(?:_item)?(?:\.get\(|\.pop\(|\[)['"](\w+)['"]""", file.read_text())
        used |= set(found)
    assert len(used) > 10
    shared = {"changed", "failed", "msg", "warnings", "diff", "invocation"}
    keys = set()
    for module in (workspace / "ansible_collections/tencentcloud/chat/plugins/modules").glob("*.py"):
        text = module.read_text().partition('RETURN = r"""')[2].partition('"""')[0]
        keys |= set(yaml.safe_load(text))
    assert {"tries", "error_code"} <= keys
    assert not keys & (used - shared) and "attempts" not in keys
