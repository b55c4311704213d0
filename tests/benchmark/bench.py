# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast it is: ratios within one run, on the simulator, over HTTPS with a CA bundle of real size.

Writes docs/benchmark.md and docs/benchmark.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import certifi
import matplotlib as mpl
import psutil
import requests
import yaml

mpl.use("svg")
from matplotlib import pyplot

ROOT = Path(__file__).resolve().parents[2]
SET = "tencentcloud.chat.chat_push_attr_names"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
FIRST = 1400000001
WANTED = {"0": "sex", "1": "city"}

OURS, MODULE, URI, PING, DEBUG = "in-process", "as module", "uri get-then-set", "ping", "debug"
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
                settings = {"secret_key": KEY, "names": {"9": "tier"}}
                session.put(f"{ready['http_url']}/control/apps/{number}", json=settings, timeout=30).raise_for_status()

    def files(self, ready: dict, scene: Scene, contestant: str) -> list[str]:
        sys.path.insert(0, str(self.folder))
        from ansible_collections.tencentcloud.chat.plugins.module_utils import usersig

        numbers = range(FIRST, FIRST + scene.count)
        now = int(time.time())
        signatures = {str(number): usersig.sign(KEY, number, "administrator", now, 7200) for number in numbers}
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
        command = [str(Path(sys.executable).parent / "ansible-playbook"), *self.files(ready, scene, contestant)]
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder),
            "ANSIBLE_FORKS": str(scene.forks),
            "TENCENT_CHAT_API_URL": ready["https_url"],
            "TENCENT_CHAT_CA_PATH": str(self.bundle),
            "TENCENT_CHAT_SECRET_KEY": KEY,
        }
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
        self.verify(ready, scene, contestant)
        return memory.peak if watch else seconds

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
        """Seconds that the calls for one app take without Ansible, and the share of them that this process works."""
        from ansible_collections.tencentcloud.chat.plugins.module_utils import client, push_attrs, transport

        server, ready = self.serve(0.0)
        try:
            self.prepare(ready, Scene("calls", "loop", count, 1, 0.0))
            endpoint = client.Endpoint(ready["https_url"], "here", transport.Route(ca_path=str(self.bundle)))
            began, worked = time.perf_counter(), time.process_time()
            for number in range(FIRST, FIRST + count):
                account = client.Account(number, "administrator", secret_key=KEY)
                push_attrs.ensure(client.Client(endpoint, account), push_attrs.State(WANTED))
            seconds = time.perf_counter() - began
            return seconds / count, (time.process_time() - worked) / seconds
        finally:
            server.terminate()
            server.wait()

    def memory(self, scene: Scene) -> dict[str, float]:
        server, ready = self.serve(scene.latency)
        try:
            return {name: self.run(ready, scene, name, watch=True) for name in (OURS, URI, DEBUG)}
        finally:
            server.terminate()
            server.wait()


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


def table(rows: Rows) -> list[str]:
    lines = ["| | " + " | ".join(CONTESTANTS) + " |", "|---|" + "---:|" * len(CONTESTANTS)]
    for scene, row in rows.items():
        figures = (f"{each(scene, row, name) * 1000:.1f}" for name in CONTESTANTS)
        lines.append(f"| {scene.name} | " + " | ".join(figures) + " |")
    return lines


def ratios(rows: Rows) -> list[str]:
    lines = ["| | times faster than uri | times debug | the same, start included | as module, times ping |"]
    lines.append("|---|---:|---:|---:|---:|")
    for scene, row in rows.items():
        own = each(scene, row, OURS)
        figures = (
            each(scene, row, URI) / own,
            own / each(scene, row, DEBUG),
            row[OURS] / row[DEBUG],
            each(scene, row, MODULE) / each(scene, row, PING),
        )
        lines.append(f"| {scene.name} | " + " | ".join(f"{figure:.1f}" for figure in figures) + " |")
    return lines


def plot(rows: Rows, file: Path) -> None:
    mpl.rcParams.update({"svg.hashsalt": "chat", "font.size": 9, "svg.fonttype": "none"})
    figure, axes = pyplot.subplots(figsize=(8, 0.95 * len(rows) + 1))
    colours = dict(zip(CONTESTANTS, ("#0b6e4f", "#6bbf59", "#c44536", "#8d99ae", "#cbd2dd")))
    for place, scene in enumerate(reversed(rows)):
        for offset, contestant in enumerate(reversed(CONTESTANTS)):
            milliseconds = each(scene, rows[scene], contestant) * 1000
            height = place + (offset - 2) * 0.16
            axes.barh(height, milliseconds, 0.15, color=colours[contestant], label=contestant if not place else None)
            axes.text(milliseconds * 1.05, height, f"{milliseconds:.3g}", va="center", fontsize=7)
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), [scene.name for scene in reversed(rows)])
    axes.set_xlabel("milliseconds for each app (logarithmic; shorter is better)")
    axes.spines[["top", "right"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="upper center", bbox_to_anchor=(0.4, -0.09), ncol=5, frameon=False)
    figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})


METHOD = """# How fast it is

![Milliseconds for each app, by way and contestant](benchmark.svg)

`make bench` writes this page. Each contestant finds apps that lack two names, and has to set them: this collection
in-process and as a module, and `ansible.builtin.uri` with a get and, where names differ, a set. `ping` is what starting
a module costs, `debug` what a task costs that does nothing. The service is the simulator, on the same machine, over
HTTPS, with the {bundle} CA certificates of requests and its own in `TENCENT_CHAT_CA_PATH`.

Figures are medians of {rounds} interleaved rounds (runs of more than 20 seconds are done once), in milliseconds for
each app, less the time of a play without a task. {machine}, {cores} cores, Python {python}, ansible-core {core}.
The service and its clients share the cores. Times on a busy machine vary by a third or more from run to run; the
ratios, taken within one run, by less. The latency is that of the service's answers: three for a change, so that
150 ms of each figure in those rows are the network's.

Where the time of an item of a loop goes: the three calls alone, made from a plain Python loop over a kept
connection, take {calls:.1f} ms, of which {share:.0%} is the client's own work and the rest waiting for the service.
What `debug` takes is Ansible's own. The remainder is the templating of more arguments, a larger result, the import
of requests, once for each run of `ansible-playbook`, and two cores for three busy processes.
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="fewer apps, and nothing written")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as name:
        bench = Bench(Path(name), arguments.rounds)
        rows: Rows = {}
        for scene in scenes(arguments.quick):
            rounds = arguments.rounds * (2 if scene.kind == "task" else 1)
            rows[scene] = bench.scene(scene, rounds)
            print(table({scene: rows[scene]})[-1], flush=True)
        crowd = scenes(arguments.quick)[3]
        peaks = bench.memory(crowd)
        calls, share = bench.calls()
        certificates = bench.bundle.read_text().count("BEGIN CERTIFICATE") - 1
    core = subprocess.run(
        [sys.executable, "-c", "import ansible; print(ansible.__version__)"], capture_output=True, text=True, check=True
    ).stdout.strip()
    method = METHOD.format(
        calls=calls * 1000,
        share=share,
        bundle=certificates,
        rounds=arguments.rounds,
        machine=f"{platform.system()} on {platform.machine()}",
        cores=os.cpu_count(),
        python=platform.python_version(),
        core=core,
    )
    lines = [method, "## Milliseconds for each app", "", *table(rows), ""]
    lines += ["## Ratios", "", *ratios(rows), "", f"## Peak memory, {crowd.name}", ""]
    lines += ["The whole process tree, shared pages counted in proportion (PSS).", "", "| | MiB |", "|---|---:|"]
    lines += [f"| {name} | {peak / 2**20:.0f} |" for name, peak in peaks.items()]
    lines += ["", f"In-process takes {peaks[OURS] / peaks[URI]:.2f} of what uri takes."]
    print("\n".join(lines))
    if not arguments.quick:
        (ROOT / "docs" / "benchmark.md").write_text("\n".join(lines) + "\n")
        plot(rows, ROOT / "docs" / "benchmark.svg")


if __name__ == "__main__":
    main()
