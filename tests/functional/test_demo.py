# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo, and with it every playbook of docs/examples."""

from __future__ import annotations

import subprocess
import sys

from conftest import ROOT


def test_the_demo_does_what_it_says():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "demo.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    for example in (ROOT / "docs" / "examples").glob("*.yml"):
        played = (f"ansible-playbook {example.name}", f"-i {example.name}", f"-e @{example.name}")
        assert any(command in done.stdout for command in played), example.name
