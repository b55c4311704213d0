# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures speed: ratios within one run, on the simulator, over HTTPS with a CA bundle of real size.

Writes docs/docsite/rst/benchmark.rst and its plot.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import certifi
import matplotlib as mpl
import psutil
import requests
import yaml

mpl.use("svg")
import bulk
from matplotlib import pyplot
from TLSSigAPIv2 import TLSSigAPIv2

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "docsite" / "rst"
SET = "tencentcloud.chat.chat_push_attr_names"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
FIRST = 1400000001
WANTED = {"0": "sex", "1": "city"}

OURS, MODULE, URI, PING, DEBUG = "in-process", "as module", "uri get-then-set", "ping", "debug"
ONE_USER = "in-process, one user"
HOLD = bulk.HOLD  # what Ansible itself needs to pass the users to a task, and to take a result as large
USERS_MEMORY = (OURS, URI, HOLD, ONE_USER)
DISTANCES = {"near": 0.0, "50 ms away": 0.05, "200 ms away": 0.2}
LONG = 20.0  # seconds; a run that takes longer is done once: noise evens out within it
CONTESTANTS = (OURS, MODULE, URI, PING, DEBUG)


class Scene(NamedTuple):
    """What is run: *count* apps in one task, a loop, or an inventory; each answer takes *latency* seconds."""

    name: str
    kind: str
    count: int
    forks: int
    latency: float


def tasks(contestant: str, app: str) -> list[dict]:
    """What *contestant* does for one *app*: the names are missing, and have to be set."""
    if contestant in (OURS, MODULE):
        return [{SET: {"sdkappid": app, "attr_names": WANTED}}]
    if contestant == PING:
        return [{"ansible.builtin.ping": {}}]
    if contestant == DEBUG:
        return [{"ansible.builtin.debug": {"msg": app}}]
    url = "{{ api_url }}/v4/all_member_push/im_%s_attr_name?sdkappid=" + app
    url += f"&identifier=administrator&usersig={{{{ usersigs[{app.strip('{} ')} | string] }}}}"
    call = {
        "url": url + "&random=1&contenttype=json",
        "method": "POST",
        "body_format": "json",
        "ca_path": "{{ ca_path }}",
    }
    have = "(reply.json.AttrNames | default({}, true))"
    should = f"({have} | combine(wanted))"
    variables = {"reply": "{{ got.results[loop_index] if got.results is defined else got }}", "wanted": WANTED}
    return [
        {"ansible.builtin.uri": {**call, "url": call["url"] % "get", "body": {}}, "register": "got"},
        {
            "ansible.builtin.uri": {**call, "url": call["url"] % "set", "body": {"AttrNames": f"{{{{ {should} }}}}"}},
            "when": f"{have} != {should}",
            "vars": variables,
        },
    ]


def book(scene: Scene, contestant: str) -> list[dict]:
    looped = scene.kind == "loop"
    play_tasks = tasks(contestant, "{{ item }}" if looped else "{{ sdkappid }}")
    if looped:
        numbers = list(range(FIRST, FIRST + scene.count))
        control = {"label": "app", "index_var": "loop_index"}
        play_tasks = [{**task, "loop": numbers, "loop_control": control} for task in play_tasks]
    hosts = "apps" if scene.kind == "inventory" else "localhost"
    variables = {"tencentcloud_chat_in_process": contestant == OURS}
    if scene.kind == "task":
        variables["sdkappid"] = FIRST
    return [{"hosts": hosts, "gather_facts": False, "vars": variables, "tasks": play_tasks}]


def signature(sdkappid: int) -> str:
    return str(TLSSigAPIv2(sdkappid, KEY).gen_sig("administrator", 7200))


class Memory(threading.Thread):
    """The highest memory of a process and its children: shared pages count once, in proportion (PSS)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.peak = 0
        self.done = False

    def run(self) -> None:
        while not self.done:
            total = 0
            try:
                for process in [self.root, *self.root.children(recursive=True)]:
                    try:
                        total += process.memory_full_info().pss
                    except psutil.Error:
                        continue
            except psutil.Error:
                break
            self.peak = max(self.peak, total)
            time.sleep(0.02)


class Bench:
    def __init__(self, folder: Path, rounds: int) -> None:
        self.folder = folder
        self.rounds = rounds
        namespace = folder / "ansible_collections" / "tencentcloud"
        namespace.mkdir(parents=True)
        (namespace / "chat").symlink_to(ROOT)
        self.bundle = folder / "bundle.pem"

    def serve(self, latency: float) -> tuple[subprocess.Popen, dict]:
        command = [
            sys.executable,
            "-m",
            "simulator",
            "--ca-file",
            str(self.folder / "ca.pem"),
            "--latency",
            str(latency),
        ]
        server = subprocess.Popen(command, cwd=ROOT / "tests", stdout=subprocess.PIPE, text=True)
        ready = json.loads(server.stdout.readline())
        self.bundle.write_text(Path(certifi.where()).read_text() + (self.folder / "ca.pem").read_text())
        return server, ready

    def prepare(self, ready: dict, scene: Scene) -> None:
        """Fresh apps, without the names that are wanted."""
        with requests.Session() as session:
            for number in range(FIRST, FIRST + scene.count):
                settings = {"secret_key": KEY, "names": {"9": "tier"}, "answers": "documented"}
                session.put(f"{ready['http_url']}/control/apps/{number}", json=settings, timeout=30).raise_for_status()

    def files(self, ready: dict, scene: Scene, contestant: str) -> list[str]:
        numbers = range(FIRST, FIRST + scene.count)
        signatures = {str(number): signature(number) for number in numbers}
        variables = {"api_url": ready["https_url"], "ca_path": str(self.bundle), "usersigs": signatures}
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        hosts = {f"app{number}": {"sdkappid": number} for number in numbers} if scene.kind == "inventory" else {}
        inventory = {"all": {"vars": local, "hosts": {"localhost": {}}, "children": {"apps": {"hosts": hosts}}}}
        for name, content in (("play", book(scene, contestant)), ("inventory", inventory), ("vars", variables)):
            (self.folder / f"{name}.json").write_text(json.dumps(content))
        (self.folder / "play.yml").write_text(yaml.safe_dump(book(scene, contestant)))
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
        return [
            str(self.folder / "play.yml"),
            "-i",
            str(self.folder / "inventory.yml"),
            "-e",
            f"@{self.folder / 'vars.json'}",
        ]

    def run(self, ready: dict, scene: Scene, contestant: str, watch: bool = False) -> float:
        """Seconds of one run of ansible-playbook, or its peak of memory in bytes."""
        self.prepare(ready, scene)
        seconds, peak = self.play(self.files(ready, scene, contestant), self.environment(ready, scene), watch)
        self.verify(ready, scene, contestant)
        return peak if watch else seconds

    def play(self, arguments: list[str], environment: dict[str, str], watch: bool = False) -> tuple[float, int]:
        """Run ansible-playbook. Return its seconds and, with *watch*, its peak of memory in bytes."""
        command = [str(Path(sys.executable).parent / "ansible-playbook"), *arguments]
        began = time.perf_counter()
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as play:
            memory = Memory(play.pid)
            if watch:
                memory.start()
            output, _nothing = play.communicate()
            memory.done = True
        seconds = time.perf_counter() - began
        if play.returncode or "failed=0" not in output:
            sys.exit(output[-3000:])
        return seconds, memory.peak

    def environment(self, ready: dict, scene: Scene) -> dict[str, str]:
        return {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder),
            "ANSIBLE_FORKS": str(scene.forks),
            "TENCENT_CHAT_API_URL": ready["https_url"],
            "TENCENT_CHAT_CA_PATH": str(self.bundle),
            "TENCENT_CHAT_SECRET_KEY": KEY,
        }

    def verify(self, ready: dict, scene: Scene, contestant: str) -> None:
        """Who sets names has set them: a fast run that did nothing is none."""
        last = FIRST + scene.count - 1
        names = requests.get(f"{ready['http_url']}/control/apps/{last}", timeout=30).json()["names"]
        wanted = {"9": "tier", **WANTED} if contestant in (OURS, MODULE, URI) else {"9": "tier"}
        if names != wanted:
            sys.exit(f"{contestant} in {scene.name}: the service holds {names}")

    def scene(self, scene: Scene, rounds: int) -> dict[str, float]:
        """Seconds of a run, and of the "start" of Ansible alone: medians of interleaved rounds."""
        server, ready = self.serve(scene.latency)
        try:
            found: dict[str, list[float]] = {name: [] for name in (*CONTESTANTS, "start")}
            for turn in range(rounds):
                for name in CONTESTANTS:
                    if turn == 0 or max(found[name]) < LONG:
                        found[name].append(self.run(ready, scene, name))
                found["start"].append(self.start(ready, scene))
        finally:
            server.terminate()
            server.wait()
        return {name: statistics.median(seconds) for name, seconds in found.items()}

    def start(self, ready: dict, scene: Scene) -> float:
        """Seconds of a play that has no task."""
        arguments = self.files(ready, scene, DEBUG)
        empty = [{"hosts": "localhost", "gather_facts": False, "tasks": []}]
        (self.folder / "play.yml").write_text(yaml.safe_dump(empty))
        began = time.perf_counter()
        command = [str(Path(sys.executable).parent / "ansible-playbook"), *arguments]
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - began

    def calls(self, count: int = 100) -> tuple[float, float]:
        """Seconds that get, set and get take with requests alone, and the share of them that this process works."""
        server, ready = self.serve(0.0)
        try:
            self.prepare(ready, Scene("calls", "loop", count, 1, 0.0))
            began, worked = time.perf_counter(), time.process_time()
            with requests.Session() as session:
                # An environment variable such as REQUESTS_CA_BUNDLE would override session.verify.
                settings = {"verify": str(self.bundle), "timeout": 30}
                for number in range(FIRST, FIRST + count):
                    query = {"sdkappid": number, "identifier": "administrator", "usersig": signature(number)}
                    query |= {"random": 1, "contenttype": "json"}
                    for verb, body in (("get", {}), ("set", {"AttrNames": {"9": "tier", **WANTED}}), ("get", {})):
                        url = f"{ready['https_url']}/v4/all_member_push/im_{verb}_attr_name"
                        session.post(url, params=query, json=body, **settings).raise_for_status()
            seconds = time.perf_counter() - began
            return seconds / count, (time.process_time() - worked) / seconds
        finally:
            server.terminate()
            server.wait()

    def work(self, scene: Scene, rounds: int) -> dict[str, dict[str, float]]:
        """Milliseconds that processors work for a host, by who works: medians of interleaved rounds."""
        server, ready = self.serve(scene.latency)
        service = psutil.Process(server.pid)
        found: dict[str, list[dict[str, float]]] = {OURS: [], URI: [], DEBUG: []}

        def spent() -> list[float]:
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            here = service.cpu_times()
            return [ended.ru_utime, ended.ru_stime, here.user + here.system]

        try:
            for _turn in range(rounds):
                for name, runs in found.items():
                    self.prepare(ready, scene)
                    before = spent()
                    self.run(ready, scene, name)
                    each = [(after - start) * 1000 / scene.count for start, after in zip(before, spent())]
                    runs.append(dict(zip(("Ansible and the task", "the system, for them", "the service"), each)))
        finally:
            server.terminate()
            server.wait()
        return medians(found)

    def users(
        self, subject: bulk.Subject, count: int, rounds: int, latency: float, contestants: Iterable[str]
    ) -> dict[str, float]:
        """Seconds of setting *subject* of *count* users: medians of interleaved rounds."""
        server, ready = self.serve(latency)
        seconds: dict[str, list[float]] = {name: [] for name in contestants}
        try:
            for _turn in range(rounds):
                for name, runs in seconds.items():
                    if sum(runs) < LONG:
                        runs.append(self.users_run(ready, subject, name, count)[0])
        finally:
            server.terminate()
            server.wait()
        return {name: statistics.median(runs) for name, runs in seconds.items()}

    def users_memory(self, subject: bulk.Subject, count: int, contestants: Iterable[str]) -> dict[str, int]:
        """Peak memory of the same. Watching it takes time, so it is a run of its own."""
        server, ready = self.serve(0.0)
        try:
            return {name: self.users_run(ready, subject, name, count, True)[1] for name in contestants}
        finally:
            server.terminate()
            server.wait()

    def users_run(
        self, ready: dict, subject: bulk.Subject, name: str, count: int, watch: bool = False
    ) -> tuple[float, int]:
        some = 1 if name == ONE_USER else count
        contestant = OURS if name == ONE_USER else name
        app = f"{ready['http_url']}/control/apps/{FIRST}"
        requests.put(app, json=bulk.app_settings(subject, KEY, some), timeout=30).raise_for_status()
        more = {"api_url": ready["https_url"], "ca_path": str(self.bundle), "sdkappid": FIRST}
        arguments = bulk.write_users(self.folder, subject, contestant, some, {**more, "usersig": signature(FIRST)})
        found = self.play(arguments, self.environment(ready, Scene("users", "task", 1, 5, 0.0)), watch)
        if name != HOLD and bulk.users_differ(subject, requests.get(app, timeout=30).json(), some):
            sys.exit(f"{name}: the simulator does not store the {subject.name} of all users")
        return found

    def accounts(self, count: int, rounds: int, latency: float) -> float:
        """Seconds of making *count* accounts exist, of which half do: median."""
        server, ready = self.serve(latency)
        app = f"{ready['http_url']}/control/apps/{FIRST}"
        shared = {"sdkappid": FIRST, "usersig": signature(FIRST)}
        arguments = bulk.write_accounts(self.folder, count, shared)
        found = []
        try:
            for _turn in range(rounds):
                requests.put(app, json=bulk.half_of_accounts(KEY, count), timeout=30).raise_for_status()
                environment = self.environment(ready, Scene("accounts", "task", 1, 5, 0.0))
                found.append(self.play(arguments, environment)[0])
                if len(requests.get(app, timeout=30).json()["users"]) != count:
                    sys.exit("the simulator does not store all accounts")
        finally:
            server.terminate()
            server.wait()
        return statistics.median(found)

    def fleet(self, scene: Scene, rounds: int) -> float:
        """Seconds for each app of the collection's own playbook, less the start of Ansible: median."""
        server, ready = self.serve(scene.latency)
        found = []
        try:
            for _turn in range(rounds):
                self.prepare(ready, scene)
                start = self.start(ready, scene)
                arguments = bulk.write_apps(self.folder, range(FIRST, FIRST + scene.count), KEY, WANTED)
                seconds, _peak = self.play(arguments, self.environment(ready, scene))
                self.verify(ready, scene, OURS)
                found.append((seconds - start) / scene.count)
        finally:
            server.terminate()
            server.wait()
        return statistics.median(found)

    def memory(self, scene: Scene) -> dict[str, float]:
        server, ready = self.serve(scene.latency)
        try:
            return {name: self.run(ready, scene, name, watch=True) for name in (OURS, URI, DEBUG)}
        finally:
            server.terminate()
            server.wait()


def medians(found: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Of each part, over all runs of a contestant."""
    return {
        name: {part: statistics.median(run[part] for run in runs) for part in runs[0]} for name, runs in found.items()
    }


def scenes(quick: bool) -> list[Scene]:
    many, hosts, few = (20, 20, 10) if quick else (100, 200, 50)
    return [
        Scene("one task", "task", 1, 5, 0.0),
        Scene(f"loop of {many} apps", "loop", many, 5, 0.0),
        Scene(f"{hosts} hosts, 5 forks", "inventory", hosts, 5, 0.0),
        Scene(f"{hosts} hosts, 20 forks", "inventory", hosts, 20, 0.0),
        Scene("one task, 50 ms away", "task", 1, 5, 0.05),
        Scene(f"loop of {few} apps, 50 ms away", "loop", few, 5, 0.05),
        Scene(f"{few} hosts, 20 forks, 50 ms away", "inventory", few, 20, 0.05),
    ]


Rows = dict[Scene, dict[str, float]]


def each(scene: Scene, row: dict[str, float], name: str) -> float:
    """Seconds for each app, the start of Ansible taken off."""
    return (row[name] - row["start"]) / scene.count


def table(head: tuple[str, ...], rows: Iterable[tuple[str, list[str]]]) -> list[str]:
    """A table in reStructuredText; the first of each row stands on its own."""
    lines = [".. list-table::", "   :header-rows: 1", "   :stub-columns: 1", ""]
    for first, cells in (("", list(head)), *rows):
        lines += [f"   * - {first}", *(f"     - {cell}" for cell in cells)]
    return [*lines, ""]


def by_part(figures: dict[str, dict[str, float]], form: str) -> str:
    """A table of the parts of what each contestant takes."""
    rows = ((part, [form.format(one[part]) for one in figures.values()]) for part in figures[OURS])
    return "\n".join(table(tuple(figures), rows))


def users_table(found: dict[tuple[str, str], dict[str, float]]) -> str:
    """A table of the seconds for many users, by subject and distance."""
    rows = []
    for (subject, distance), seconds in found.items():
        ratio = f"{seconds[URI] / seconds[OURS]:.1f}"
        rows.append((f"{subject}, {distance}", [f"{seconds[OURS]:.1f}", f"{seconds[URI]:.1f}", ratio]))
    return "\n".join(table((f"{OURS}, seconds", "uri, seconds", "times faster"), rows))


def memory_table(found: dict[str, dict[str, int]]) -> str:
    """A table of the peak memory for many users, by subject."""
    rows = ((subject, [f"{peak / 2**20:.0f}" for peak in peaks.values()]) for subject, peaks in found.items())
    return "\n".join(table(tuple(f"{name}, MiB" for name in USERS_MEMORY), rows))


def slower(found: dict[tuple[str, str], dict[str, float]], distance: str) -> str:
    """How many times as long the module takes at this *distance* as near the service, for each subject."""
    subjects = dict.fromkeys(subject for subject, _distance in found)
    return " and ".join(f"{found[one, distance][OURS] / found[one, 'near'][OURS]:.2f}" for one in subjects)


def milliseconds(scene: Scene, row: dict[str, float]) -> list[str]:
    return [f"{each(scene, row, name) * 1000:.1f}" for name in CONTESTANTS]


def ratios(scene: Scene, row: dict[str, float]) -> list[str]:
    own = each(scene, row, OURS)
    figures = (
        each(scene, row, URI) / own,
        own / each(scene, row, DEBUG),
        row[OURS] / row[DEBUG],
        each(scene, row, MODULE) / each(scene, row, PING),
    )
    return [f"{figure:.1f}" for figure in figures]


COLORS = dict(zip(CONTESTANTS, ("#0b6e4f", "#6bbf59", "#c44536", "#8d99ae", "#cbd2dd")))


def plot(rows: Rows, file: Path) -> None:
    """Draw a chart that is legible on a telephone: as wide as its screen, with the names of the rows in between."""
    mpl.rcParams.update({"svg.hashsalt": "chat", "font.size": 12, "svg.fonttype": "none"})
    figure, axes = pyplot.subplots(figsize=(5, 1.45 * len(rows) + 1.2))
    figure.subplots_adjust(left=0.03, right=0.97, top=0.995, bottom=0.11)
    left, right = 1.0, 6 * max(each(scene, row, name) * 1000 for scene, row in rows.items() for name in CONTESTANTS)
    for place, (scene, row) in enumerate(rows.items()):
        axes.text(left * 1.05, 7 * place, scene.name, va="center", fontweight="bold")
        for offset, contestant in enumerate(CONTESTANTS, 1):
            length = max(each(scene, row, contestant) * 1000, left)
            axes.barh(7 * place + offset, length, 0.9, color=COLORS[contestant], label="" if place else contestant)
            figures = f"{length:.1f}" if length < 100 else f"{length:.0f}"
            axes.text(length * 1.08, 7 * place + offset, figures, va="center")
    axes.set(xscale="log", xlim=(left, right), ylim=(7 * len(rows) - 1, -0.8), yticks=[])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("milliseconds for each app, logarithmic")
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="lower center", ncol=3, frameon=False, columnspacing=1, handlelength=1, handletextpad=0.5)
    figure.savefig(file, format="svg", metadata={"Date": None})


PAGE = """.. _ansible_collections.tencentcloud.chat.docsite.benchmark:

Benchmark
=========

.. image:: images/benchmark.svg
   :alt: Milliseconds for each app, by execution mode and contestant

``make bench`` writes this page. Each contestant sets two missing names in each app: this collection in-process and as
a module, and ``ansible.builtin.uri`` with a get and, if the names differ, a set. ``ping`` is the cost of starting a
module; ``debug`` is the cost of a task that does nothing. The service is the simulator on the same machine, over HTTPS.
``TENCENT_CHAT_CA_PATH`` contains the {bundle} CA certificates of requests and that of the simulator.

The figures are medians of {rounds} interleaved rounds, in milliseconds for each app, without the time of a play that
has no task. Runs of more than 20 seconds are done once. {machine}, {cores} cores, Python {python},
ansible-core {core}. The service and its clients share the cores. On a busy machine, times vary by a third or more from
run to run; ratios within one run vary less. "50 ms away" means that the service waits 50 ms before each response. A
change takes three calls, so 150 ms of such a figure for one task or a loop are waiting time.

Milliseconds for each app
-------------------------

{milliseconds}
Ratios
------

{ratios}
Many users of one app
---------------------

Each task sets two attributes or two tags of {users} users, of whom half have them already. Both contestants send the
users in batches of 100, the maximum for a call. The module reads, writes and reads back, with several requests under
way at once; ``uri`` reads and writes, one request after another. Seconds include the start of Ansible.

{user_rows}
Compared with a service that is near, the module takes {near_ratios} times as long if the service is 50 ms away, and
{far_ratios} times as long if it is 200 ms away (attributes and tags). It never sends more than 100 calls of one command
in a second, which the service would reject.

``chat_accounts`` with {users} accounts, of which {missing} are missing, takes {account_seconds[0]:.1f} seconds near the
service, and {account_seconds[1]:.1f} seconds if it is 50 ms away.

The attributes of {crowd_users} users take {crowd_seconds:.0f} seconds, and {crowd_memory:.0f} MiB.

Memory is the peak of the whole process tree; shared pages are counted in proportion (PSS):

{user_peaks}
The peak memory of the module is {user_memory} times that of the same task for one user. Ansible itself needs most of
it, to pass the users to the task and to take its result: ``set_fact`` with the same users, which sends nothing, has a
peak of {hold_memory} times.

A list of apps with one playbook
--------------------------------

``ansible-playbook tencentcloud.chat.push_attr_names`` sets two names of each of {fleet_apps} apps with {fleet_forks}
forks and 50 ms of latency in {fleet:.1f} ms for each app, without the time of a play that has no task.

Where the time goes
-------------------

Setting the names of an app takes three calls: get, set, and get again to confirm. A plain Python loop over one
connection, with requests alone, takes {calls:.1f} ms for them. {share:.0%} of this time is work of requests and
urllib3, and the rest is waiting for the simulator.

The next table shows milliseconds of processor time for each host, {some}, with the start of Ansible.
Ansible forks a worker for each host, which opens a connection:

{work}
The difference between in-process and ``debug`` is the work of the first task of a worker: a TLS handshake, three calls,
and memory pages of the main process that are copied when the worker first changes them. The main process runs on the
same cores; ``debug`` shows its work for each host.

{module}

Peak memory, {crowd}
{underline}

The whole process tree; shared pages are counted in proportion (PSS). In-process takes {memory:.2f} times the memory of
``uri``.

{peaks}"""


MODULE_COST = """A module costs as much as ``ping``, and repeats some work in each new process: it imports requests
({requests:.0f} ms alone) and loads the CA certificates ({certificates:.0f} ms) before its calls."""


def module_cost(rounds: int = 9) -> str:
    """What a module does before its first call, in new processes without Ansible: medians."""
    code = (
        "import time; a = time.perf_counter(); import requests; b = time.perf_counter(); import ssl;"
        " ssl.create_default_context(cafile=requests.certs.where()); print(b - a, time.perf_counter() - b)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        for _turn in range(rounds)
    ]
    imported, loaded = (statistics.median(1000 * float(run[at]) for run in runs) for at in (0, 1))
    return MODULE_COST.format(requests=imported, certificates=loaded)


def core_version() -> str:
    command = [sys.executable, "-c", "import ansible; print(ansible.__version__)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="fewer apps, and nothing written")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as name:
        bench = Bench(Path(name), arguments.rounds)
        rows: Rows = {}
        for scene in scenes(arguments.quick):
            rounds = arguments.rounds * (2 if scene.kind == "task" else 1)
            rows[scene] = bench.scene(scene, rounds)
            print(scene.name, *milliseconds(scene, rows[scene]), *ratios(scene, rows[scene]), flush=True)
        some, crowd = (scenes(arguments.quick)[number] for number in (2, 3))
        peaks = bench.memory(crowd)
        users = 500 if arguments.quick else 10_000
        subjects = (bulk.ATTRIBUTES, bulk.TAGS)
        seconds = {
            (subject.name, distance): bench.users(subject, users, arguments.rounds, latency, (OURS, URI))
            for subject in subjects
            for distance, latency in DISTANCES.items()
        }
        user_peaks = {subject.name: bench.users_memory(subject, users, USERS_MEMORY) for subject in subjects}
        account_seconds = [bench.accounts(users, arguments.rounds, latency) for latency in (0.0, 0.05)]
        crowd_seconds = bench.users(bulk.ATTRIBUTES, 10 * users, 1, 0.0, (OURS,))[OURS]
        crowd_memory = bench.users_memory(bulk.ATTRIBUTES, 10 * users, (OURS,))[OURS]
        distant = scenes(arguments.quick)[-1]
        fleet = bench.fleet(distant, arguments.rounds)
        work = bench.work(some, arguments.rounds)
        calls, share = bench.calls()
        certificates = bench.bundle.read_text().count("BEGIN CERTIFICATE") - 1
    measures = ("times faster than uri", "times debug", "the same, start included", "as module, times ping")
    page = PAGE.format(
        milliseconds="\n".join(table(CONTESTANTS, ((at.name, milliseconds(at, row)) for at, row in rows.items()))),
        ratios="\n".join(table(measures, ((at.name, ratios(at, row)) for at, row in rows.items()))),
        users=users,
        user_rows=users_table(seconds),
        near_ratios=slower(seconds, "50 ms away"),
        far_ratios=slower(seconds, "200 ms away"),
        account_seconds=account_seconds,
        missing=users // 2,
        crowd_users=10 * users,
        crowd_seconds=crowd_seconds,
        crowd_memory=crowd_memory / 2**20,
        user_peaks=memory_table(user_peaks),
        user_memory=" and ".join(f"{found[OURS] / found[ONE_USER]:.2f}" for found in user_peaks.values()),
        hold_memory=" and ".join(f"{found[HOLD] / found[ONE_USER]:.2f}" for found in user_peaks.values()),
        fleet=fleet * 1000,
        fleet_apps=distant.count,
        fleet_forks=distant.forks,
        work=by_part(work, "{:.1f}"),
        module=module_cost(),
        some=some.name,
        peaks="\n".join(table(("MiB",), ((name, [f"{peak / 2**20:.0f}"]) for name, peak in peaks.items()))),
        memory=peaks[OURS] / peaks[URI],
        crowd=crowd.name,
        underline="-" * len(f"Peak memory, {crowd.name}"),
        calls=calls * 1000,
        share=share,
        bundle=certificates,
        rounds=arguments.rounds,
        machine=f"{platform.system()} on {platform.machine()}",
        cores=os.cpu_count(),
        python=platform.python_version(),
        core=core_version(),
    )
    print(page)
    if not arguments.quick:
        (PAGES / "benchmark.rst").write_text(page.rstrip() + "\n")
        plot(rows, PAGES / "images" / "benchmark.svg")


if __name__ == "__main__":
    main()
