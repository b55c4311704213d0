# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which execution mode a task runs in, condition by condition."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import ansible
import pytest
import yaml
from conftest import IN_PROCESS, KEY, MODULE, ROOT, Player

SET = "tencentcloud.chat.chat_push_attr_names"
APP = 1400002000
SWITCH = "tencentcloud_chat_in_process"
ENVIRONMENT = {"environment": {"COLOR": "red"}}
SU = "ansible.builtin.su"

# Task keywords, and the reason why the task runs as a module, or nothing.
TAKEN: dict[str, tuple[dict, str]] = {
    "plain": ({}, ""),
    "delegated to localhost": ({"delegate_to": "localhost"}, ""),
    "no_log": ({"no_log": True}, ""),
    "check mode": ({"check_mode": True}, ""),
    "in a block": ({"block": True}, ""),
    "in a block with environment": ({"block": True, **ENVIRONMENT}, "environment is set"),
    "empty environment": ({"environment": {}}, ""),
    "own interpreter": ({"vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}, ""),
    "automatic interpreter": ({"vars": {"ansible_python_interpreter": "auto_silent"}}, ""),
    "switched on": ({"vars": {SWITCH: "{{ 'yes' }}"}}, ""),
    "no become": ({"become": False}, ""),
    "switched off": ({"vars": {SWITCH: "{{ 'no' }}"}}, f"{SWITCH} is false"),
    "environment": (ENVIRONMENT, "environment is set"),
    "async": ({"async": 60, "poll": 1}, "async is set"),
    "become": ({"become": True, "become_method": SU}, "become is set"),
    "become by variable": ({"vars": {"ansible_become": True, "ansible_become_method": SU}}, "become is set"),
    "another interpreter": (
        {"vars": {"ansible_python_interpreter": "{{ bare_python }}"}},
        "another Python interpreter is set",
    ),
    "another connection": ({"vars": {"ansible_connection": "ssh", "ansible_port": 1}}, "the connection is not local"),
}


@pytest.fixture(scope="module")
def taken(simulator, workspace, tmp_path_factory):
    """A play of all these tasks. It does not choose an execution mode itself."""
    player = Player(workspace, simulator, tmp_path_factory.mktemp("taken"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(player.folder / "bare")], check=True)
    simulator.add(APP, secret_key=KEY, names={"0": "x"})
    tasks = []
    for name, (keywords, _reason) in TAKEN.items():
        task = {"name": name, SET: {"sdkappid": APP, "attr_names": {0: "x"}}}
        keywords = {**keywords, "ignore_errors": True, "ignore_unreachable": True}
        tasks.append({**keywords, "block": [task]} if keywords.pop("block", False) else {**task, **keywords})
    variables = {"bare_python": str(player.folder / "bare" / "bin" / "python")}  # has no requests
    return player(tasks, "-vvv", way=None, env={"TENCENT_CHAT_SECRET_KEY": KEY}, vars=variables)


@pytest.mark.parametrize("name", TAKEN)
def test_each_condition_decides(taken, name):
    reason = TAKEN[name][1]
    assert taken.way(name) == (MODULE if reason else IN_PROCESS)
    said = f"{SET}: run as a module, because {reason}" if reason else f"{SET}: run in-process"
    assert said in taken.section(name)
    assert taken.section(name).count(f"{SET}: run ") == 1
    if name not in ("another interpreter", "another connection", "become", "become by variable"):
        assert taken.status(name) == "ok", taken.section(name)


def test_each_way_of_ansible_works(taken):
    if os.geteuid() == 0:
        assert taken.result("become")["attr_names"] == {"0": "x"}
    assert taken.result("async")["attr_names"] == {"0": "x"} and taken.result("async")["finished"]
    assert "Failed to import the required Python library (requests)" in taken.result("another interpreter")["msg"]
    assert taken.status("another interpreter") == "failed" and taken.status("another connection") == "unreachable"


HOSTS = """
near ansible_connection=local
far ansible_connection=ssh ansible_port=1 ansible_python_interpreter=/nowhere/python
odd ansible_connection=local ansible_python_interpreter=/nowhere/python
"""


def test_the_connection_and_the_interpreter_of_the_delegated_host_count(simulator, play):
    simulator.add(APP, secret_key=KEY, names={"0": "x"})
    (play.folder / "hosts").write_text(HOSTS)
    # The host of the task, to which host it is delegated, and its execution mode.
    delegated = [("near", "near", "in-process"), ("far", "near", "in-process"), ("far", "localhost", "in-process")]
    delegated.append(("near", "odd", "as a module, because another Python interpreter is set"))
    task = {SET: {"sdkappid": APP, "attr_names": {0: "x"}}, "ignore_errors": True}
    run = play(
        [
            {"name": f"{host} on {other}", **task, "delegate_to": other, "when": f"inventory_hostname == '{host}'"}
            for host, other, _way in delegated
        ],
        *("-vvv", "-i", str(play.folder / "hosts")),
        hosts="all",
        env={"TENCENT_CHAT_SECRET_KEY": KEY},
    )
    for host, other, way in delegated:
        assert f": run {way}" in run.section(f"{host} on {other}")
    assert simulator.commands(APP) == ["get"] * 3


def test_a_relative_ca_path_begins_in_the_directory_of_the_playbook(workspace, simulator, tmp_path, way):
    """Also if the playbook was started through a link, which the working directory of a module does not show."""
    app = simulator.add(APP, secret_key=KEY)
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "ca.pem").write_text(Path(simulator.ca_file).read_text())
    (tmp_path / "link").symlink_to("playbooks")
    options = {"sdkappid": APP, "attr_names": {0: "x"}, "secret_key": KEY}
    run = Player(workspace, simulator, tmp_path / "link")(
        [
            {"name": "variable", SET: {**options, "attr_names": {0: "x"}}},
            {"name": "option", SET: {**options, "attr_names": {1: "y"}, "ca_path": "./ca.pem"}},
            {"name": "missing", SET: {**options, "ca_path": "missing.pem"}},
        ],
        way=way,
        env={"TENCENT_CHAT_CA_PATH": "ca.pem"},
        cwd=tmp_path,
    )
    assert app.names == {"0": "x", "1": "y"}, run.output
    missing = os.path.realpath(tmp_path / "playbooks" / "missing.pem")
    assert run.result("missing")["msg"].startswith(f"ca_path {missing!r}: the file does not exist.")


def test_until_and_strategy_free(simulator, play, way):
    """The keys that `until` sets are Ansible's own; hosts that do not wait for each other have the same results."""
    apps = [simulator.add(APP + number, secret_key=KEY) for number in range(2)]
    for app in apps:
        simulator.fail(app.sdkappid, "code", code=70500)
    (play.folder / "hosts").write_text("".join(f"{app.sdkappid} ansible_connection=local\n" for app in apps))
    task = {SET: {"sdkappid": "{{ inventory_hostname }}", "attr_names": {0: "x"}, "retries": 0}}
    run = play(
        [{"name": "task", **task, "until": "result is success", "retries": 3, "delay": 0, "register": "result"}],
        *("-i", str(play.folder / "hosts")),
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


def test_no_key_of_a_result_belongs_to_ansible():
    """Each key that ansible-core itself puts into a result, or takes out of it, has its own meaning there."""
    root = Path(ansible.__file__).parent
    # Some versions set these as attributes, which the search below does not find.
    used = {"attempts", "retries", "results", "skipped", "unreachable", "ansible_facts", "delta", "rc", "stdout"}
    for file in [*root.glob("executor/**/*.py"), *root.glob("plugins/strategy/*.py"), *root.glob("vars/clean.py")]:
        used |= set(re.findall(r"""result(?:_item)?(?:\.get\(|\.pop\(|\[)['"](\w+)['"]""", file.read_text()))
    assert len(used) > 10
    shared = {"changed", "failed", "msg", "warnings", "diff", "invocation"}
    keys = set()
    for module in (ROOT / "plugins" / "modules").glob("*.py"):
        keys |= set(yaml.safe_load(module.read_text().partition('RETURN = r"""')[2].partition('"""')[0]))
    assert {"tries", "error_code"} <= keys
    assert not keys & (used - shared)
