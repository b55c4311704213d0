# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark page and its chart are made from the figures that were measured, and from nothing else."""

from __future__ import annotations

import copy
import functools
import json
import operator
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "benchmark"))

import chart
import report

FIGURES = json.loads(report.FIGURES.read_text())


def test_the_page_and_the_chart_are_those_of_the_figures(tmp_path, monkeypatch):
    committed = report.PAGES
    (tmp_path / "images").mkdir()
    monkeypatch.setattr(report, "PAGES", tmp_path)
    report.write(FIGURES)
    for name in ("benchmark.rst", "images/benchmark.svg"):
        assert (tmp_path / name).read_text() == (committed / name).read_text(), "run: nox -e bench-page"


def test_the_figure_of_a_task_states_the_times_that_were_measured():
    page, figure = report.page(FIGURES), (report.PAGES / "images" / "task.svg").read_text()
    for row, place in (("one task", "for one task alone"), ("loop of 100 apps", "in a loop")):
        measured = re.search(rf"\* - {row}\n     - ([\d.]+)\n     - ([\d.]+)\n", page).groups()
        assert re.findall(rf">(\d+) ms (?:of work )?{place}<", figure) == [f"{float(time):.0f}" for time in measured]


def tables(page: str) -> list[list[list[str]]]:
    """Return the rows of each table of *page*."""
    found = []
    for text in page.split(".. list-table::")[1:]:
        rows = re.split(r"^   \* -", text, flags=re.M)[1:]
        found.append([[row.split("\n")[0].strip(), *re.findall(r"^     - (.*)$", row, re.M)] for row in rows])
    return found


def test_the_page_opens_with_its_verdict_which_is_that_of_the_tables_and_three_numbers():
    page = report.page(FIGURES)
    verdict, numbers, image = page.split("=========\n\n")[1].split("\n\n")[:3]
    slowest, fastest = re.fullmatch(r"The collection does .* ([\d.]+) to ([\d.]+) times faster .*:", verdict).groups()
    time = r"[\d.]+ (?:ms|seconds)"
    assert re.fullmatch(rf"(- \*\*{time}\*\* for .*; ``uri`` takes {time}\.(\n|$)){{3}}", numbers)
    assert image.startswith(".. image::")
    found = tables(page)
    assert len(found) == 6
    assert max(len(row) for rows in found for row in rows) == 6  # more do not fit
    ratios = [row[-1] for rows in found if rows[0][-1] == "times faster than uri" for row in rows[1:]]
    assert len(ratios) == 13
    assert (slowest, fastest) == (min(ratios, key=float), max(ratios, key=float))


def test_the_chart_names_each_bar_and_says_that_its_scale_is_logarithmic_before_the_first():
    drawn = chart.draw(report.bars(FIGURES))
    texts = [element.text for element in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    bars = drawn.count('<rect class="') - 1
    assert bars == 3 * len(FIGURES["scenes"])
    assert [texts.count(name) for name in ("in-process", "as module", "uri")] == [bars / 3] * 3
    assert texts[1].startswith("Logarithmic scale")


def test_the_length_of_a_bar_is_the_logarithm_of_its_figure():
    drawn = chart.draw({"scene": {"a": 1.0, "b": 10.0, "c": 100.0}})
    widths = [float(width) for width in re.findall(r'<rect class="(?!back)\w+" .* width="([\d.]+)"', drawn)]
    assert widths == [0.0, 135.0, 270.0]


def paths(figures: dict | list, above: tuple = ()) -> Iterator[tuple]:
    """Return where each figure is."""
    for key, figure in figures.items() if isinstance(figures, dict) else enumerate(figures):
        if isinstance(figure, (dict, list)):
            yield from paths(figure, (*above, key))
        else:
            yield (*above, key)


@pytest.mark.parametrize("path", list(paths(FIGURES)), ids=str)
def test_each_figure_is_needed_and_must_be_a_number_if_it_was_measured(path):
    figures = copy.deepcopy(FIGURES)
    part = functools.reduce(operator.getitem, path[:-1], figures)
    value = part.pop(path[-1])
    with pytest.raises((KeyError, TypeError)):
        report.page(figures)
    if isinstance(value, float) and path[-1] != "latency":
        part[path[-1]] = str(value)
        with pytest.raises((TypeError, ValueError)):
            report.page(figures)
