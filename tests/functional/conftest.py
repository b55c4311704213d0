# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs real playbooks with the ansible-playbook of this environment."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from simulator import Simulator

IN_PROCESS, MODULE = "in-process", "module"
WAYS = (IN_PROCESS, MODULE)


@dataclasses.dataclass
class Run:
    """The result of a playbook."""

    code: int
    output: str
    log: str
    lines: list[dict]

    def results(self, task: str) -> list[dict]:
        return [line["result"] for line in self.lines if line["task"] == task]

    def result(self, task: str) -> dict:
        (result,) = self.results(task)
        return result

    def failed(self, task: str) -> bool:
        (line,) = [line for line in self.lines if line["task"] == task]
        return line["status"] == "failed"

    def section(self, task: str) -> str:
        """The output of one task."""
        (section,) = [part for part in self.output.split("\nTASK [") if part.startswith(task + "]")]
        return section

    def way(self, task: str) -> str | None:
        """Return the execution mode of a task, from the plugin and from Ansible. None if it was rejected before."""
        section = self.section(task)
        if ": run in-process" not in section and ": run as a module" not in section:
            return None
        started = "AnsiballZ_chat_" in section
        says = IN_PROCESS if ": run in-process" in section else MODULE
        assert says == (MODULE if started else IN_PROCESS) or "UNREACHABLE" in section, section
        return says


def pytest_generate_tests(metafunc):
    """Run a test that has the argument `case` for each of the CASES of its file, and one with `way` in both modes."""
    marked = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    marked = ",".join(names if isinstance(names, str) else ",".join(names) for names in marked).split(",")
    if "way" in metafunc.fixturenames and "way" not in marked:
        metafunc.parametrize("way", WAYS)
    if "case" in metafunc.fixturenames and "case" not in marked:
        metafunc.parametrize("case", list(metafunc.module.CASES))


@pytest.fixture(scope="session")
def simulator():
    with Simulator() as running:
        yield running


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    """The checkout as a collection, and an inventory of the local machine."""
    folder = tmp_path_factory.mktemp("workspace")
    namespace = folder / "ansible_collections" / "tencentcloud"
    namespace.mkdir(parents=True)
    (namespace / "chat").symlink_to(ROOT)
    return folder


class Player:
    """Runs playbooks in a folder of its own."""

    def __init__(self, workspace: Path, simulator: Simulator, folder: Path) -> None:
        self.folder = folder
        config = workspace / "ansible.cfg"  # in place of the user's own
        config.touch()
        keep = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANSIBLE_", "TENCENT_CHAT_")) and not name.lower().endswith("_proxy")
        }
        self.environment = {
            **keep,
            "ANSIBLE_CONFIG": str(config),
            "ANSIBLE_COLLECTIONS_PATH": str(workspace),
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "functional" / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "dump",
            "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
            "ANSIBLE_RETRY_FILES_ENABLED": "true",
            "ANSIBLE_RETRY_FILES_SAVE_PATH": str(folder),
            "ANSIBLE_INJECT_INVOCATION": "true",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_REMOTE_TMP": str(workspace / "remote"),  # by default in the user's home directory
            "ANSIBLE_ASYNC_DIR": str(folder / "async"),
            "CHAT_DUMP": str(folder / "dump.jsonl"),
            "TENCENT_CHAT_API_URL": simulator.https_url,
            "TENCENT_CHAT_CA_PATH": simulator.ca_file,
        }

    def command(self, tasks: list[dict], *arguments: str, way: str = IN_PROCESS, **keywords) -> list[str]:
        """Return the command that runs one play, given as its tasks and its keywords."""
        book = [{"hosts": "localhost", "gather_facts": False, **keywords, "tasks": tasks}]
        (self.folder / "play.yml").write_text(yaml.safe_dump(book, allow_unicode=True, sort_keys=False))
        command = [str(Path(sys.executable).parent / "ansible-playbook"), str(self.folder / "play.yml"), *arguments]
        return [*command, "-e", json.dumps({"tencentcloud_chat_in_process": way == IN_PROCESS})]

    def __call__(self, *arguments, env: dict | None = None, cwd: Path | None = None, **keywords) -> Run:
        dump, log = self.folder / "dump.jsonl", self.folder / "ansible.log"
        for file in (dump, log):
            file.unlink(missing_ok=True)
        done = subprocess.run(
            self.command(*arguments, **keywords),
            env={**self.environment, **(env or {})},
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        lines = [json.loads(line) for line in dump.read_text().splitlines()] if dump.exists() else []
        return Run(done.returncode, done.stdout, log.read_text() if log.exists() else "", lines)


@pytest.fixture(scope="module")
def both(request, simulator, workspace, tmp_path_factory):
    """Run the CASES of a file in both execution modes."""
    from both_modes import run_both

    return run_both(request, simulator, workspace, tmp_path_factory.mktemp("both"))


@pytest.fixture
def play(workspace, simulator, tmp_path):
    simulator.log.clear()
    return Player(workspace, simulator, tmp_path)
