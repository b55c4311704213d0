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


def play(tasks: dict[str, dict], **keywords) -> dict:
    named = [{"name": name, **task} for name, task in tasks.items()]
    return {"name": "Play", "hosts": "localhost", "gather_facts": False, **keywords, "tasks": named}


def task_at(text: str, line: int) -> str:
    """Return the name of the task in a playbook, of which *line* is a part."""
    names = [one.partition("- name: ")[2] for one in text.splitlines()[:line] if one.startswith("  - name: ")]
    return names[-1] if names else "Play"


@pytest.fixture(scope="module")
def findings(workspace, tmp_path_factory):
    """What plain ansible-lint reports about the options of each task, with the examples among them."""
    folder = tmp_path_factory.mktemp("lint")
    defaults = {"group/tencentcloud.chat.chat": {"region": "frankfurt", "sdkappid": 1400000001}}
    templates = {name: "{{ given." + name + " }}" for name in (*RIGHT, "retries", "validate_certs")}
    misspelt = {name: {f"tencentcloud.chat.{name}": {"sdkapid": 1}} for name in MODULES}
    right = {"templates": {NAMES: templates}, "environment": {f"{NAMES}_info": {}}}
    plays = [
        play({**WRONG, **misspelt, **right}),
        play({"defaults": {NAMES: {"attr_names": {0: "sex"}}}}, module_defaults=defaults),
    ]
    book = yaml.safe_dump(plays, sort_keys=False)
    (folder / "tasks.yml").write_text(book)
    shutil.copytree(ROOT / "docs" / "examples", folder / "examples", ignore=shutil.ignore_patterns("*.json"))

    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(workspace),
        "ANSIBLE_HOME": str(folder / "home"),
    }
    command = [BIN / "ansible-lint", "--offline", "--format", "codeclimate", "."]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    found = [one for one in json.loads(done.stdout) if one["check_name"] == "args[module]"]
    where = [(one["location"]["path"], one["location"]["lines"]["begin"]) for one in found]
    names = [task_at(book, line) if path == "tasks.yml" else path for path, line in where]
    return {name: one["description"] for name, one in zip(names, found)}


def test_the_linter_reports_what_is_wrong_with_each_wrong_option_and_nothing_else(findings):
    assert set(findings) == {*WRONG, *MODULES}
    assert "Unsupported parameters" in findings["misspelt"] and ": attr_name." in findings["misspelt"]
    assert "value of region must be one of" in findings["choice"] and "mars" in findings["choice"]
    assert "argument 'retries'" in findings["type"]
    assert all(": sdkapid." in findings[name] for name in MODULES)
