# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures of the reliability tests, and the table of their scenarios."""

from __future__ import annotations

import contextlib
import gc
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import parts
import table
from jobs import Job

pytest_generate_tests = parts.plays.pytest_generate_tests
simulator = parts.plays.simulator
workspace = parts.plays.workspace


@pytest.fixture
def play(workspace, simulator, tmp_path):
    """Run plays against the simulator that all tests share."""
    simulator.log.clear()
    return parts.Player(workspace, simulator, tmp_path)


@pytest.fixture
def start(workspace, tmp_path_factory):
    """Start a job, a play of one task, against a service. Whatever happens, none of its processes is left behind."""
    with contextlib.ExitStack() as stack:

        def begin(service, task: dict, way: str, runner: bool = False) -> Job:
            folder = tmp_path_factory.mktemp("job")
            player = parts.plays.Player(workspace, service, folder)
            return stack.enter_context(Job(player.command([task], way=way), player.environment, folder, runner))

        yield begin


def pytest_addoption(parser):
    parser.addoption("--table", action="store_true", help=f"write the table of scenarios to {table.PAGE}")


def pytest_collection_modifyitems(items):
    for item in items:
        if hasattr(item.function, "scenario"):
            item.user_properties.append(("scenario", list(item.function.scenario)))


def pytest_terminal_summary(terminalreporter):
    gc.collect()  # not while a plugin is imported for its part of the summary: Python before 3.11.8 can fail then
    reports = [report for kind in table.KINDS for report in terminalreporter.getreports(kind)]
    rows = table.rows(reports)
    for line in table.summary(rows):
        terminalreporter.write_line(line)
    if terminalreporter.config.getoption("--table"):
        table.write(rows)
