# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs real playbooks with the ansible-playbook of this environment."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
os.environ.setdefault("ANSIBLE_HOME", str(ROOT / ".nox" / "user" / ".ansible"))  # not in the user's home

from simulator import Simulator

IN_PROCESS, MODULE = "in-process", "module"
WAYS = (IN_PROCESS, MODULE)
BIN = Path(sys.executable).parent
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"


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

    def status(self, task: str) -> str:
        (status,) = [line["status"] for line in self.lines if line["task"] == task]
        return status

    def failed(self, task: str) -> bool:
        return self.status(task) == "failed"

    def section(self, task: str) -> str:
        """The output of one task."""
        (section,) = [part for part in self.output.split("\nTASK [") if part.startswith(task + "]")]
        return section

    def way(self, task: str) -> str | None:
        """Return the execution mode of a task, from the plugin and from Ansible. None if it was rejected before."""
        section = self.section(task)
        says = re.search(r": run (?:as a )?(in-process|module)", section)
        started = MODULE if "AnsiballZ_chat_" in section else IN_PROCESS
        assert not says or says[1] == started or "UNREACHABLE" in section, section
        return says[1] if says else None


def pytest_generate_tests(metafunc):
    """Run a test with the argument `case` for each of the CASES of its file, and one with `way` for its WAYS."""
    marked = str([mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")])
    tables = {"WAYS": WAYS, **vars(metafunc.module)}
    for name, table in (("way", "WAYS"), ("case", "CASES")):
        if name in metafunc.fixturenames and not re.search(rf"\b{name}\b", marked):
            metafunc.parametrize(name, list(tables[table]))


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
        others = re.compile(r"(ANSIBLE|TENCENT_CHAT)_|.*_proxy$", re.I)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not others.match(name)},
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

    def command(self, book: list[dict] | str | Path, *arguments: str, way: str | None = IN_PROCESS, **keywords):
        """Return the command that runs a playbook, or a play given as its tasks and its keywords.

        If *way* is None, nothing is said about the execution mode.
        """
        if isinstance(book, list):
            play = {"hosts": "localhost", "gather_facts": False, **keywords, "tasks": book}
            book = self.folder / "play.yml"
            book.write_text(yaml.safe_dump([play], allow_unicode=True, sort_keys=False))
        switch = ["-e", json.dumps({"tencentcloud_chat_in_process": way == IN_PROCESS})] if way else []
        return [str(BIN / "ansible-playbook"), str(book), *arguments, *switch]

    def __call__(self, *arguments, env: dict | None = None, cwd: Path | None = None, **keywords) -> Run:
        dump, log = self.folder / "dump.jsonl", self.folder / "ansible.log"
        for file in (dump, log):
            file.write_text("")
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
        return Run(done.returncode, done.stdout, log.read_text(), list(map(json.loads, dump.read_text().splitlines())))


@pytest.fixture
def play(workspace, simulator, tmp_path):
    simulator.log.clear()
    return Player(workspace, simulator, tmp_path)
