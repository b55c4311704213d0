# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many calls of one process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from parts import FIRST, KEY, scenario

CALLS = 10_000
FAULTS = ["http", "cut", "cut_after", "hang_up", "truncated", "garbage"]


@pytest.mark.timeout(1200)  # it takes a minute on a machine with nothing else to do
@scenario(
    "a service that answers one in 250 calls wrongly",
    f"{CALLS:,} calls in one process",
    "threads, sockets and memory do not grow",
)
def test_many_calls_hold_no_more_than_a_few(simulator, workspace):
    app = simulator.add(FIRST, secret_key=KEY)
    simulator.faults[FIRST].at_random(0.004, 1, FAULTS)
    script = str(Path(__file__).with_name("soak.py"))
    program = [sys.executable, script, simulator.http_url, str(FIRST), KEY, str(CALLS)]
    environment = {"PYTHONPATH": str(workspace), "PATH": ""}
    process = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr[-3000:]
    *samples, end = map(json.loads, process.stdout.splitlines())
    assert len(simulator.log) >= CALLS and app.names["0"] == f"name {CALLS - 4}"
    assert samples[-1]["failed"] < CALLS / 1000
    early, late = samples[1], samples[-1]
    assert late["threads"] <= early["threads"] <= 3 and late["files"] <= early["files"] + 1
    assert late["memory"] < early["memory"] * 1.05
    assert end["threads"] == 1 and end["files"] <= early["files"]
