# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo runs every playbook of docs/examples from the checkout; tests/release.sh runs it from the tarball."""

from __future__ import annotations

import subprocess
import sys

from conftest import ROOT


def test_the_demo_succeeds_and_runs_every_example():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "demo.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    for example in (ROOT / "docs" / "examples").glob("*.yml"):
        uses = (f"ansible-playbook {example.name}", f"-i {example.name}", f"-e @{example.name}")
        assert any(command in done.stdout for command in uses), example.name
    failed = done.stdout.count("failed=1")
    assert failed == done.stdout.count("This command is expected to fail: ") > 0
