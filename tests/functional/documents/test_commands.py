# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each command of make and nox that a page, a comment or a workflow names exists."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
import yaml
from conftest import ROOT

NAMED = {
    "make": re.compile(r"(?:[`$]|run:) *make (?:-C \S+ )?(\.?[a-z][\w/-]*)"),
    "nox": re.compile(r"\bnox -\w+ ([a-z](?:[\w.-]*\w)?)(?![\w{-])"),
}


def command(*words: str) -> str:
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def existing() -> dict[str, set[str]]:
    sessions = re.findall(r"^[-*] (\S+)", command(sys.executable, "-m", "nox", "--list"), re.M)
    targets = re.findall(r"^(\.?[a-z][\w/-]*):", (ROOT / "Makefile").read_text(), re.M)
    return {"make": set(targets), "nox": set(sessions)}


@pytest.mark.parametrize("runner", NAMED)
def test_each_command_that_is_named_exists(existing, runner):
    named = {}
    for name in command("git", "ls-files", "--cached", "--others", "--exclude-standard").split():
        if (ROOT / name).is_file():
            text = (ROOT / name).read_text(errors="replace")
            named.update(dict.fromkeys(NAMED[runner].findall(text), name))
    assert len(named) >= 3
    assert {word: name for word, name in named.items() if word not in existing[runner]} == {}


def test_the_workflow_runs_each_session_of_make_check():
    sessions = json.loads(command(sys.executable, "-m", "nox", "--list", "--json", "--tags", "check"))
    checks = {one["name"] for one in sessions if "check" in one["tags"]}
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    named = set(jobs["check"]["strategy"]["matrix"]["name"])
    assert checks == named | {name for name in checks if name.startswith("core-")} and len(named) > 5
