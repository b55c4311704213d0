# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures speed: ratios within one run, on the simulator, over HTTPS with a CA bundle of real size.

Writes figures.json, and from it docs/docsite/rst/benchmark.rst and its chart.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import certifi
import plays
import psutil
import report
import requests
from plays import BEFORE, CONTESTANTS, FIRST, HOLD, KEY, MODULE, OURS, URI, WANTED, Scene
from report import DISTANCES, ONE_USER, PARTS, SUBJECTS, WORKERS
from TLSSigAPIv2 import TLSSigAPIv2

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
LONG = 20.0  # seconds; a run that takes longer is done once: noise evens out within it


def signature(sdkappid: int) -> str:
    return str(TLSSigAPIv2(sdkappid, KEY).gen_sig("administrator", 7200))


def medians(rounds: int, runs: dict[str, Callable[[], float]]) -> dict[str, float]:
    """Seconds of each of *runs*: medians of interleaved rounds."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _turn in range(rounds):
        for name, run in runs.items():
            if max(found[name], default=0.0) < LONG:
                found[name].append(run())
    return {name: statistics.median(seconds) for name, seconds in found.items()}


class Bench:
    def __init__(self, folder: Path, rounds: int) -> None:
        self.folder = folder
        self.rounds = rounds
        namespace = folder / "ansible_collections" / "tencentcloud"
        namespace.mkdir(parents=True)
        (namespace / "chat").symlink_to(ROOT)
        self.bundle = folder / "bundle.pem"

    @contextlib.contextmanager
    def serve(self, latency: float = 0.0) -> Iterator[subprocess.Popen]:
        """Run the simulator, and set what it says about itself when it is ready."""
        file = self.folder / "ca.pem"
        command = [sys.executable, "-m", "simulator", "--ca-file", str(file), "--latency", str(latency)]
        server = subprocess.Popen(command, cwd=ROOT / "tests", stdout=subprocess.PIPE, text=True)
        try:
            self.ready = json.loads(server.stdout.readline())
            self.bundle.write_text(Path(certifi.where()).read_text() + file.read_text())
            yield server
        finally:
            server.terminate()
            server.wait()

    def put(self, settings: dict, apps: Iterable[int] = (FIRST,)) -> None:
        """Create apps with these settings in the simulator, in place of those with the same numbers."""
        with requests.Session() as session:
            for number in apps:
                url = f"{self.ready['http_url']}/control/apps/{number}"
                session.put(url, json=settings, timeout=30).raise_for_status()

    def app(self, number: int = FIRST) -> dict[str, Any]:
        """Return the state of an app in the simulator."""
        return requests.get(f"{self.ready['http_url']}/control/apps/{number}", timeout=30).json()

    def variables(self, apps: Iterable[int]) -> dict[str, Any]:
        signatures = {str(number): signature(number) for number in apps}
        return {"api_url": self.ready["https_url"], "ca_path": str(self.bundle), "usersigs": signatures}

    def play(self, arguments: list[str], forks: int = 5, watch: bool = False) -> float:
        """Run ansible-playbook. Return its seconds or, with *watch*, the highest memory of its processes in MiB.

        Shared pages count once, in proportion (PSS). Watching the memory takes time.
        """
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder),
            "ANSIBLE_FORKS": str(forks),
            "TENCENT_CHAT_API_URL": self.ready["https_url"],
            "TENCENT_CHAT_CA_PATH": str(self.bundle),
            "TENCENT_CHAT_SECRET_KEY": KEY,
        }
        peak, began = 0, time.perf_counter()
        with (self.folder / "output").open("w+") as output:
            play = psutil.Popen([PLAYBOOK, *arguments], env=environment, stdout=output, stderr=output)
            while watch and play.poll() is None:
                total = 0
                with contextlib.suppress(psutil.Error):  # a process has ended
                    for process in [play, *play.children(recursive=True)]:
                        total += process.memory_full_info().pss
                peak = max(peak, total)
                time.sleep(0.02)
            if play.wait():
                output.seek(0)
                sys.exit(output.read()[-3000:])
        return peak / 2**20 if watch else time.perf_counter() - began

    def start(self, scene: Scene) -> float:
        """Seconds of a play that has no task."""
        return self.play(plays.write_play(self.folder, [], self.variables(scene.apps), scene))

    def run(self, scene: Scene, contestant: str, watch: bool = False) -> float:
        """Run a contestant for apps that have to be changed. Return its seconds or memory."""
        self.put(plays.settings(names=BEFORE), scene.apps)
        arguments = plays.write_scene(self.folder, scene, contestant, self.variables(scene.apps))
        found = self.play(arguments, scene.forks, watch)
        self.verify(scene, contestant)
        return found

    def verify(self, scene: Scene, contestant: str) -> None:
        """Who sets names has set them: a fast run that did nothing is none."""
        names = self.app(scene.apps[-1])["names"]
        if names != {**BEFORE, **(WANTED if contestant in (OURS, MODULE, URI) else {})}:
            sys.exit(f"{contestant} in {scene.name}: the service holds {names}")

    def scene(self, scene: Scene, rounds: int) -> dict[str, float]:
        """Seconds of each contestant, and of the "start" of Ansible alone."""
        runs = {name: partial(self.run, scene, name) for name in CONTESTANTS}
        with self.serve(scene.latency):
            return medians(rounds, {**runs, "start": partial(self.start, scene)})

    def calls(self, count: int = 100) -> tuple[float, float]:
        """Seconds that get, set and get take with requests alone, and the share of them that this process works."""
        with self.serve(), requests.Session() as session:
            apps = range(FIRST, FIRST + count)
            self.put(plays.settings(names=BEFORE), apps)
            began, worked = time.perf_counter(), time.process_time()
            # An environment variable such as REQUESTS_CA_BUNDLE would override session.verify.
            settings = {"verify": str(self.bundle), "timeout": 30}
            for number in apps:
                query = {"sdkappid": number, "identifier": "administrator", "usersig": signature(number)}
                query |= {"random": 1, "contenttype": "json"}
                for verb, body in (("get", {}), ("set", {"AttrNames": {**BEFORE, **WANTED}}), ("get", {})):
                    url = f"{self.ready['https_url']}/v4/all_member_push/im_{verb}_attr_name"
                    session.post(url, params=query, json=body, **settings).raise_for_status()
            seconds = time.perf_counter() - began
            return seconds / count, (time.process_time() - worked) / seconds

    def work(self, scene: Scene) -> dict[str, dict[str, float]]:
        """Milliseconds that processors work for a host, by who works: medians of interleaved rounds."""
        found: dict[str, list[list[float]]] = {name: [] for name in WORKERS}

        def spent() -> list[float]:
            ended, here = resource.getrusage(resource.RUSAGE_CHILDREN), service.cpu_times()
            return [ended.ru_utime, ended.ru_stime, here.user + here.system]

        with self.serve(scene.latency) as server:
            service = psutil.Process(server.pid)
            for _turn in range(self.rounds):
                for name, runs in found.items():
                    before = spent()
                    self.run(scene, name)
                    runs.append([(now - then) * 1000 / scene.count for then, now in zip(before, spent())])
        return {name: dict(zip(PARTS, map(statistics.median, zip(*runs)))) for name, runs in found.items()}

    def users(
        self, subject: plays.Subject, count: int, rounds: int, latency: float, contestants: Iterable[str]
    ) -> dict[str, float]:
        """Seconds of setting *subject* of *count* users."""
        with self.serve(latency):
            return medians(rounds, {name: partial(self.users_run, subject, name, count) for name in contestants})

    def users_memory(self, subject: plays.Subject, count: int, contestants: Iterable[str]) -> dict[str, float]:
        with self.serve():
            return {name: self.users_run(subject, name, count, watch=True) for name in contestants}

    def users_run(self, subject: plays.Subject, name: str, count: int, watch: bool = False) -> float:
        some, contestant = (1, OURS) if name == ONE_USER else (count, name)
        self.put(plays.half_done(subject, some))
        variables = self.variables([FIRST])
        found = self.play(plays.write_users(self.folder, subject, contestant, some, variables), watch=watch)
        users = self.app()["users"]
        if name != HOLD and not all(plays.is_done(subject, users[account]) for account in plays.accounts(some)):
            sys.exit(f"{name}: the simulator does not store the {subject.name} of all users")
        return found

    def accounts(self, count: int, latency: float) -> float:
        """Seconds of making *count* accounts exist, of which half do."""

        def run() -> float:
            self.put(plays.settings(users={account: {} for account in plays.accounts(count)[::2]}))
            seconds = self.play(plays.write_accounts(self.folder, count))
            if len(self.app()["users"]) != count:
                sys.exit("the simulator does not store all accounts")
            return seconds

        with self.serve(latency):
            return medians(self.rounds, {OURS: run})[OURS]

    def fleet(self, scene: Scene) -> float:
        """Seconds for each app of the collection's own playbook, less the start of Ansible."""

        def run() -> float:
            self.put(plays.settings(names=BEFORE), scene.apps)
            start = self.start(scene)
            seconds = self.play(plays.write_apps(self.folder, scene), scene.forks)
            self.verify(scene, OURS)
            return (seconds - start) / scene.count

        with self.serve(scene.latency):
            return medians(self.rounds, {OURS: run})[OURS]

    def memory(self, scene: Scene) -> dict[str, float]:
        with self.serve(scene.latency):
            return {name: self.run(scene, name, watch=True) for name in WORKERS}


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


def module_cost(rounds: int = 9) -> dict[str, float]:
    """Milliseconds that a module takes before its first call, in new processes without Ansible: medians."""
    code = (
        "import time; a = time.perf_counter(); import requests; b = time.perf_counter(); import ssl;"
        " ssl.create_default_context(cafile=requests.certs.where()); print(b - a, time.perf_counter() - b)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        for _turn in range(rounds)
    ]
    imported, loaded = (statistics.median(1000 * float(run[at]) for run in runs) for at in (0, 1))
    return {"requests": imported, "certificates": loaded}


def measure(bench: Bench, quick: bool) -> dict[str, Any]:
    """Return all figures, in the shape that the report needs. Memory is in MiB."""
    rows = {}
    for scene in scenes(quick):
        row = rows[scene] = bench.scene(scene, bench.rounds * (2 if scene.kind == "task" else 1))
        print(scene.name, *report.times(scene, row), *report.overhead(scene, row), flush=True)
    some, crowd, distant = (scenes(quick)[number] for number in (2, 3, -1))
    users = 500 if quick else 10_000
    figures = {
        "rounds": bench.rounds,
        "scenes": [{"scene": scene._asdict(), "seconds": row} for scene, row in rows.items()],
        "memory": {"scene": crowd.name, "peaks": bench.memory(crowd)},
        "users": {
            "count": users,
            "seconds": {
                subject.name: {
                    distance: bench.users(subject, users, bench.rounds, latency, (OURS, URI))
                    for distance, latency in DISTANCES.items()
                }
                for subject in SUBJECTS
            },
            "memory": {subject.name: bench.users_memory(subject, users, report.USERS_MEMORY) for subject in SUBJECTS},
        },
        "accounts": {
            "count": users,
            "missing": users // 2,
            "seconds": {name: bench.accounts(users, DISTANCES[name]) for name in ("near", "50 ms away")},
        },
        "crowd": {
            "users": 10 * users,
            "seconds": bench.users(plays.ATTRIBUTES, 10 * users, 1, 0.0, (OURS,))[OURS],
            "memory": bench.users_memory(plays.ATTRIBUTES, 10 * users, (OURS,))[OURS],
        },
        "fleet": {"apps": distant.count, "forks": distant.forks, "milliseconds": 1000 * bench.fleet(distant)},
        "work": {"scene": some.name, "milliseconds": bench.work(some)},
    }
    calls, share = bench.calls()
    machine = {
        "system": f"{platform.system()} on {platform.machine()}",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "ansible-core": importlib.metadata.version("ansible-core"),
        "certificates": bench.bundle.read_text().count("BEGIN CERTIFICATE") - 1,
    }
    figures |= {"calls": {"milliseconds": 1000 * calls, "share": share}, "module": module_cost(), "machine": machine}
    # Four digits of each figure that was measured.
    return json.loads(json.dumps(figures), parse_float=lambda figure: float(f"{float(figure):.4g}"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="fewer apps, and nothing written")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as name:
        figures = measure(Bench(Path(name), arguments.rounds), arguments.quick)
    print(report.page(figures))
    if not arguments.quick:
        report.FIGURES.write_text(json.dumps(figures, indent=2) + "\n")
        report.write(figures)


if __name__ == "__main__":
    main()
