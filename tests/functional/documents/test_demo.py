# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo runs every playbook of docs/examples from the checkout; release-check runs it from the tarball."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys

from conftest import ROOT


def in_terminal(*command: str) -> tuple[int, str]:
    """Run *command* in a terminal. Return its exit status and what it printed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        output = b""
        with contextlib.suppress(OSError):  # Linux raises one at the end of the output
            while part := os.read(ours, 65536):
                output += part
    os.close(ours)
    return process.returncode, output.decode().replace("\r\n", "\n")


def test_the_demo_succeeds_runs_every_example_and_shows_diffs_in_color():
    code, colored = in_terminal(sys.executable, str(ROOT / "tests" / "demo.py"))
    output = re.sub(r"\x1b\[[\d;]*m", "", colored)
    assert code == 0, output[-3000:]
    for example in (ROOT / "docs" / "examples").glob("*.yml"):
        uses = (f"ansible-playbook {example.name}", f"-i {example.name}", f"-e @{example.name}")
        assert any(command in output for command in uses), example.name
    failed = output.count("failed=1")
    assert failed == output.count("This command is expected to fail: ") > 0
    assert '\x1b[0;32m+    "0": "sex",\x1b[0m' in colored
    assert '\x1b[0;31m-        "1": "town",\x1b[0m' in colored
