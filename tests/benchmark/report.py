# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the benchmark page and its chart from figures.json, which bench.py measures. nox -e bench-page runs it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import chart
from plays import ATTRIBUTES, DEBUG, HOLD, MODULE, OURS, PING, TAGS, URI, Scene

FIGURES = Path(__file__).with_name("figures.json")
PAGES = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst"

ONE_USER = "in-process, one user"
USERS_MEMORY = (OURS, URI, HOLD, ONE_USER)
WORKERS = (OURS, URI, DEBUG)
SUBJECTS = (ATTRIBUTES, TAGS)
DISTANCES = {"near": 0.0, "50 ms away": 0.05, "200 ms away": 0.2}
PARTS = ("Ansible and the task", "the system, for them", "the service")


def each(scene: Scene, row: dict[str, float], name: str) -> float:
    """Milliseconds for each app, the start of Ansible taken off."""
    return (row[name] - row["start"]) * 1000 / scene.count


def faster(scene: Scene, row: dict[str, float]) -> float:
    return each(scene, row, URI) / each(scene, row, OURS)


def times(scene: Scene, row: dict[str, float]) -> list[str]:
    """What the contestants that set names take, and how they compare."""
    return [f"{each(scene, row, name):.1f}" for name in (OURS, MODULE, URI)] + [f"{faster(scene, row):.1f}"]


def overhead(scene: Scene, row: dict[str, float]) -> list[str]:
    """What Ansible itself takes, and how the collection compares with it."""
    figures = (
        each(scene, row, PING),
        each(scene, row, MODULE) / each(scene, row, PING),
        each(scene, row, DEBUG),
        each(scene, row, OURS) / each(scene, row, DEBUG),
        row[OURS] / row[DEBUG],
    )
    return [f"{figure:.1f}" for figure in figures]


def table(head: Iterable[str], rows: Iterable[tuple[str, list[str]]]) -> str:
    """A table in reStructuredText; the first of each row is its heading."""
    lines = [".. list-table::", "   :header-rows: 1", "   :stub-columns: 1", ""]
    for first, cells in (("", list(head)), *rows):
        lines += [f"   * - {first}".rstrip(), *(f"     - {cell}" for cell in cells)]
    return "\n".join([*lines, ""])


def both(ratios: Iterable[float]) -> str:
    return " and ".join(f"{ratio:.2f}" for ratio in ratios)


PAGE = """.. _ansible_collections.tencentcloud.chat.docsite.benchmark:

Benchmark
=========

The collection does the same work {slowest:.1f} to {fastest:.1f} times faster than tasks with ``ansible.builtin.uri``:

- **{loop_time} ms** for each app in a {loop}; ``uri`` takes {loop_uri} ms.
- **{crowd_time} ms** for each app of an inventory ({crowd}); ``uri`` takes {crowd_uri} ms.
- **{users_time} seconds** for two attributes of {users:,} users; ``uri`` takes {users_uri} seconds.

.. image:: images/benchmark.svg
   :alt: Milliseconds for each app, on a logarithmic scale, in-process, as a module, and with uri

``nox -e bench`` measures these figures and writes this page. Three ways to set two missing names in each app are
compared: this collection in-process, this collection as a module, and ``ansible.builtin.uri`` with a get and, if the
names differ, a set. The service is the simulator on the same machine, over HTTPS. ``TENCENT_CHAT_CA_PATH`` contains the
{bundle} CA certificates of requests and that of the simulator.

The figures are medians of {rounds} interleaved rounds, in milliseconds for each app, without the time of a play that
has no task. Runs of more than 20 seconds are done once. The machine runs {machine[system]} with {machine[cores]} cores,
Python {machine[python]} and ansible-core {machine[ansible-core]}. The service and its clients share the cores. On a
busy machine, times vary by a third or more from run to run; ratios within one run vary less. "50 ms away" means that
the service waits 50 ms before each response. A change takes three calls, so for one task or a loop, 150 ms of such a
figure are waiting time.

Milliseconds for each app
-------------------------

{times}
Compared with Ansible itself
----------------------------

``ping`` is the cost of starting a module, and ``debug`` is the cost of a task that does nothing, in milliseconds for
each app. The last column includes the start of Ansible, which the columns before it leave out.

{overhead}
Many users of one app
---------------------

Each task sets two attributes or two tags of {users:,} users, half of whom already have them. The module and ``uri``
both send the users in batches of 100, the maximum for a call. The module reads, writes and reads back, with several
requests under way at once; ``uri`` reads and writes, one request after another. Seconds include the start of Ansible.

{user_rows}
Compared with a service that is near, the module takes {near_ratios} times as long if the service is 50 ms away, and
{far_ratios} times as long if it is 200 ms away (attributes and tags). It never sends more than 100 calls of one command
in a second, which the service would reject.

``chat_accounts`` with {accounts[count]:,} accounts, of which {accounts[missing]:,} are missing, takes
{accounts[seconds][near]:.1f} seconds near the service, and {accounts[seconds][50 ms away]:.1f} seconds if it is 50 ms
away.

Setting the attributes of {many[users]:,} users takes {many[seconds]:.0f} seconds, and {many[memory]:.0f} MiB of memory.

Memory is the peak of the whole process tree; shared pages are counted in proportion (PSS):

{user_peaks}
The peak memory of the module is {user_memory} times that of the same task for one user. Ansible itself needs most of
this memory, to pass the users to the task and to process its result. The peak of ``set_fact`` with the same users,
which does not send anything, is {hold_memory} times that of the task for one user.

A list of apps with one playbook
--------------------------------

``ansible-playbook tencentcloud.chat.push_attr_names`` sets two names of each of {fleet[apps]} apps with {fleet[forks]}
forks and 50 ms of latency in {fleet[milliseconds]:.1f} ms for each app, without the time of a play that has no task.

Where the time goes
-------------------

Setting the names of an app takes three calls: get, set, and get again to confirm. A plain Python loop over one
connection, with requests alone, takes {calls[milliseconds]:.1f} ms for them. {calls[share]:.0%} of this time is work of
requests and urllib3, and the rest is waiting for the simulator.

The next table shows milliseconds of processor time for each host ({work[scene]}), with the start of Ansible.
Ansible forks a worker for each host, and each worker opens a connection:

{parts}
The difference between in-process and ``debug`` is the work of the first task of a worker: a TLS handshake, three calls,
and memory pages of the main process that are copied when the worker first changes them. The main process runs on the
same cores; ``debug`` shows its work for each host.

Starting a module takes the time of ``ping``. Each new process also repeats some work: it imports requests
({module[requests]:.0f} ms alone) and loads the CA certificates ({module[certificates]:.0f} ms) before its calls.

{memory_title}
{underline}

Memory is the peak of the whole process tree; shared pages are counted in proportion (PSS). In-process, the module takes
{memory_share:.2f} times the memory of ``uri``.

{peaks}"""

TIMES = (OURS, MODULE, URI, "times faster than uri")
OVERHEAD = ("ping", "as module, times ping", "debug", "in-process, times debug", "times debug, start included")


def rows_of(figures: dict[str, Any]) -> dict[Scene, dict[str, float]]:
    return {Scene(**one["scene"]): one["seconds"] for one in figures["scenes"]}


def page(figures: dict[str, Any]) -> str:
    """Return the page, which opens with its verdict."""
    rows = rows_of(figures)
    _task, loop, _few_forks, crowd, *_distant = rows
    users, memory, work = figures["users"], figures["memory"], figures["work"]["milliseconds"]
    seconds, user_peaks = (
        {subject.name: users[kind][subject.name] for subject in SUBJECTS} for kind in ("seconds", "memory")
    )
    pairs = {
        f"{subject}, {distance}": (at[distance][OURS], at[distance][URI])
        for subject, at in seconds.items()
        for distance in DISTANCES
    }
    ratios = [faster(scene, row) for scene, row in rows.items()] + [uri / ours for ours, uri in pairs.values()]
    user_rows = ((name, [f"{ours:.1f}", f"{uri:.1f}", f"{uri / ours:.1f}"]) for name, (ours, uri) in pairs.items())
    peak_rows = ((subject, [f"{peaks[name]:.0f}" for name in USERS_MEMORY]) for subject, peaks in user_peaks.items())
    users_time, users_uri = pairs[f"{ATTRIBUTES.name}, near"]
    memory_title = f"Peak memory, {memory['scene']}"
    text = PAGE.format(
        **{name: figures[name] for name in ("rounds", "machine", "accounts", "fleet", "calls", "work", "module")},
        slowest=min(ratios),
        fastest=max(ratios),
        loop=loop.name,
        loop_time=f"{each(loop, rows[loop], OURS):.1f}",
        loop_uri=f"{each(loop, rows[loop], URI):.1f}",
        crowd=crowd.name,
        crowd_time=f"{each(crowd, rows[crowd], OURS):.1f}",
        crowd_uri=f"{each(crowd, rows[crowd], URI):.1f}",
        users=users["count"],
        users_time=f"{users_time:.1f}",
        users_uri=f"{users_uri:.1f}",
        bundle=figures["machine"]["certificates"],
        times=table(TIMES, ((at.name, times(at, row)) for at, row in rows.items())),
        overhead=table(OVERHEAD, ((at.name, overhead(at, row)) for at, row in rows.items())),
        user_rows=table((f"{OURS}, seconds", "uri, seconds", "times faster than uri"), user_rows),
        near_ratios=both(at["50 ms away"][OURS] / at["near"][OURS] for at in seconds.values()),
        far_ratios=both(at["200 ms away"][OURS] / at["near"][OURS] for at in seconds.values()),
        many=figures["crowd"],
        user_peaks=table((f"{name}, MiB" for name in USERS_MEMORY), peak_rows),
        user_memory=both(found[OURS] / found[ONE_USER] for found in user_peaks.values()),
        hold_memory=both(found[HOLD] / found[ONE_USER] for found in user_peaks.values()),
        parts=table(WORKERS, ((part, [f"{work[name][part]:.1f}" for name in WORKERS]) for part in PARTS)),
        memory_title=memory_title,
        underline="-" * len(memory_title),
        memory_share=memory["peaks"][OURS] / memory["peaks"][URI],
        peaks=table(("MiB",), ((name, [f"{memory['peaks'][name]:.0f}"]) for name in WORKERS)),
    )
    return text.rstrip() + "\n"


def bars(figures: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What the chart shows: the contestants that set names."""
    shown = {OURS: OURS, MODULE: MODULE, URI: "uri"}
    return {
        scene.name: {label: each(scene, row, name) for name, label in shown.items()}
        for scene, row in rows_of(figures).items()
    }


def write(figures: dict[str, Any]) -> None:
    (PAGES / "benchmark.rst").write_text(page(figures))
    (PAGES / "images" / "benchmark.svg").write_text(chart.draw(bars(figures)))


if __name__ == "__main__":
    write(json.loads(FIGURES.read_text()))
