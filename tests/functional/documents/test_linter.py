# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user's own ansible-lint, or an editor that runs it, says about the options of our modules."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest
import yaml
from conftest import BIN, ROOT

NAMES = "tencentcloud.chat.chat_push_attr_names"
RIGHT = {"region": "frankfurt", "sdkappid": 1400000001, "attr_names": {0: "sex"}}
WRONG = {
    "misspelt": {NAMES: {**RIGHT, "attr_name": {0: "sex"}}},
    "choice": {NAMES: {**RIGHT, "region": "mars"}},
    "type": {NAMES: {**RIGHT, "retries": "many"}},
}
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


@pytest.fixture(scope="module")
def findings(workspace, tmp_path_factory) -> dict[str, str]:
    """What plain ansible-lint reports about the options of each task, in a playbook of its own, and of the examples."""
    folder = tmp_path_factory.mktemp("lint")
    defaults = {"group/tencentcloud.chat.chat": {"region": "frankfurt", "sdkappid": 1400000001}}
    templates = {name: "{{ given." + name + " }}" for name in (*RIGHT, "retries", "validate_certs")}
    misspelt = {name: {f"tencentcloud.chat.{name}": {"sdkapid": 1}} for name in MODULES}
    right = {"templates": {NAMES: templates}, "environment": {f"{NAMES}_info": {}}}
    right["defaults"] = {NAMES: {"attr_names": {0: "sex"}}}
    for name, task in {**WRONG, **misspelt, **right}.items():
        play = {"name": "Play", "hosts": "localhost", "gather_facts": False, "tasks": [{"name": "Task", **task}]}
        play["module_defaults"] = defaults if name == "defaults" else {}
        (folder / f"{name}.yml").write_text(yaml.safe_dump([play]))
    shutil.copytree(ROOT / "docs" / "examples", folder / "examples", ignore=shutil.ignore_patterns("*.json"))

    config = tmp_path_factory.mktemp("config") / "ansible.cfg"
    config.touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(workspace),
        "ANSIBLE_CONFIG": str(config),
        "ANSIBLE_HOME": str(folder / "home"),
    }
    command = [BIN / "ansible-lint", "--offline", "--format", "codeclimate", "."]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    found = [one for one in json.loads(done.stdout) if one["check_name"] == "args[module]"]
    return {one["location"]["path"].removesuffix(".yml"): one["description"] for one in found}


def test_the_linter_reports_what_is_wrong_with_each_wrong_option_and_nothing_else(findings):
    assert set(findings) == {*WRONG, *MODULES}
    assert "Unsupported parameters" in findings["misspelt"] and ": attr_name." in findings["misspelt"]
    assert "value of region must be one of" in findings["choice"] and "mars" in findings["choice"]
    assert "argument 'retries'" in findings["type"]
    assert all(": sdkapid." in findings[name] for name in MODULES)
