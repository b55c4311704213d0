# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of scenarios in the documentation, made from a run of the tests."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

from parts import ROOT, Scenario

PAGE = Path("docs/docsite/rst/reliability.rst")
KINDS = ("passed", "failed", "error", "skipped")
HOLDS, BROKEN = "holds", "does not hold"

HEAD = """\
.. _ansible_collections.tencentcloud.chat.docsite.reliability:

Reliability
===========

``nox -e reliability`` runs the collection behind real proxies, gateways and name servers, over connections that lose
packets, and on a machine that has run out of resources. This page lists what was tried, against what, and what must
hold. The verdicts are those of the last run of ``.venv/bin/pytest tests/reliability --table``, which wrote this page
({machine}, Python {python}, ansible-core {core}). Where it matters, a scenario was run in both execution modes.

The service is the simulator. No live account has been used.

.. list-table::
   :header-rows: 1
   :widths: 18 38 32 12

   * - against
     - tried
     - what must hold
     - verdict
"""


def rows(reports: list) -> dict[Scenario, str]:
    """Return the verdict of each scenario, in the order of the tests."""
    verdicts: dict[Scenario, set[str]] = {}
    for report in sorted(reports, key=lambda report: report.location[:2]):
        if report.when == "call" or report.outcome != "passed":
            for _name, found in (entry for entry in getattr(report, "user_properties", ()) if entry[0] == "scenario"):
                verdicts.setdefault(Scenario(*found), set()).add(_verdict(report))
    return {found: _worst(outcomes) for found, outcomes in verdicts.items()}


def _verdict(report) -> str:
    if report.skipped:
        return f"not run: {report.longrepr[2].removeprefix('Skipped: ')}"
    return HOLDS if report.passed else BROKEN


def _worst(outcomes: set[str]) -> str:
    """Return the one verdict for several tests."""
    return BROKEN if BROKEN in outcomes else min(outcomes - {HOLDS}, default=HOLDS)


def summary(verdicts: dict[Scenario, str]) -> list[str]:
    """Return a line for each scenario that does not hold or was not run."""
    lines = [f"{verdict}: {found.against}: {found.tried}" for found, verdict in verdicts.items() if verdict != HOLDS]
    return [f"{len(verdicts)} scenarios, {len(verdicts) - len(lines)} hold", *lines]


def write(verdicts: dict[Scenario, str]) -> None:
    """Write the page."""
    machine = f"{platform.system()} on {platform.machine()}"
    text = HEAD.format(machine=machine, python=platform.python_version(), core=version("ansible-core"))
    for found, verdict in verdicts.items():
        cells = "\n     - ".join([*found, verdict])
        text += f"   * - {cells}\n"
    (ROOT / PAGE).write_text(text)
