# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks on a managed node with the oldest Python and the oldest requests that the collection supports.

noxfile.py creates that environment and runs this file; pytest does not collect it by itself, because of its name.
"""

from __future__ import annotations

import os
import subprocess

import pytest
from conftest import KEY, MODULE, ROOT, Player
from simulator import Simulator

PYTHON = os.environ["OLD_TARGET_PYTHON"]
SET = "tencentcloud.chat.chat_push_attr_names"
HOSTS = ("localhost", "127.0.0.1")
APPS = dict(zip(HOSTS, (1400003901, 1400003902)))
NAMES = {"0": "sex", "1": "城市"}
WANTED = {"attr_names": NAMES}
# The module and the options of each task, and what its result has to contain.
TASKS = {
    "set": (SET, WANTED, {"changed": True, **WANTED}),
    "set again": (SET, WANTED, {"changed": False, **WANTED}),
    "info": (f"{SET}_info", {}, {"changed": False, **WANTED}),
    "wrong key": (SET, {**WANTED, "secret_key": "0" * 64}, {"error_code": 70009}),
    "unknown CA": (SET, {**WANTED, "ca_path": "{{ omit }}"}, {"changed": False}),
    "another host": (SET, {**WANTED, "api_url": "{{ other }}", "ca_path": "{{ other_ca }}"}, {"tries": 1}),
}
SAYS = {"unknown CA": "certificate", "another host": "no TLS connection: the certificate is for another host name"}


@pytest.fixture(scope="module")
def run(simulator, workspace, tmp_path_factory):
    """A playbook run with the old interpreter, in which a block of tasks uses each host name of the service."""
    player = Player(workspace, simulator, tmp_path_factory.mktemp("old-target"))
    player.environment.pop("TENCENT_CHAT_CA_PATH")
    blocks = []
    with Simulator(hostnames=["example.com"]) as other:
        for host, sdkappid in APPS.items():
            simulator.add(sdkappid, secret_key=KEY)
            url, other_url = (running.https_url.replace("127.0.0.1", host) for running in (simulator, other))
            options = {"sdkappid": sdkappid, "secret_key": KEY, "api_url": url, "ca_path": simulator.ca_file}
            tasks = [{"name": f"{name} at {host}", module: given} for name, (module, given, _is) in TASKS.items()]
            defaults = {"group/tencentcloud.chat.chat": options}
            blocks.append({"block": tasks, "module_defaults": defaults, "vars": {"other": other_url}})
        variables = {"ansible_python_interpreter": PYTHON, "other_ca": other.ca_file}
        done = player(blocks, "-vvv", vars=variables, ignore_errors=True)
        assert other.log == []
    return done


def test_the_environment_has_the_oldest_supported_versions():
    code = "import requests, sys, urllib3; print(*sys.version_info[:2], requests.__version__, urllib3.__version__)"
    shown = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert shown[:2] == ["3", "9"]
    required = (ROOT / "meta" / "ee-requirements.txt").read_text().strip()
    assert shown[2].startswith(required.removeprefix("requests>=") + ".")
    assert shown[3] == "1.26.5"


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("task", TASKS)
def test_tasks_run_over_https(run, host, task):
    name, expected = f"{task} at {host}", TASKS[task][2]
    result = run.result(name)
    assert run.failed(name) is (task in ("wrong key", *SAYS)), result
    assert {key: result.get(key) for key in expected} == expected
    assert SAYS.get(task, "") in result.get("msg", "")
    assert run.way(name) == MODULE
    assert PYTHON in run.section(name)


@pytest.mark.parametrize("host", HOSTS)
def test_the_service_receives_the_expected_calls_and_names(run, simulator, host):
    assert simulator.commands(APPS[host]) == ["get", "set", *["get"] * 4]
    assert simulator.service.apps[APPS[host]].names == NAMES
