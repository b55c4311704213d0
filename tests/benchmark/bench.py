# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures speed: ratios within one run, on the simulator, over HTTPS with a CA bundle of real size.

Writes figures.json, and from it docs/docsite/rst/benchmark.rst and its chart.
"""

from __future__ import annotations

import argparse
import contextlib
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
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import bulk
import certifi
import psutil
import report
import requests
import yaml
from report import CONTESTANTS, DEBUG, DISTANCES, HOLD, MODULE, ONE_USER, OURS, PARTS, PING, URI, Scene
from TLSSigAPIv2 import TLSSigAPIv2

ROOT = Path(__file__).resolve().parents[2]
SET = "tencentcloud.chat.chat_push_attr_names"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
FIRST = 1400000001
WANTED = {"0": "sex", "1": "city"}
PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
MIB = 2**20
LONG = 20.0  # seconds; a run that takes longer is done once: noise evens out within it


def tasks(contestant: str, app: str) -> list[dict]:
    """What *contestant* does for one *app*: the names are missing, and have to be set."""
    if contestant in (OURS, MODULE):
        return [{SET: {"sdkappid": app, "attr_names": WANTED}}]
    if contestant == PING:
        return [{"ansible.builtin.ping": {}}]
    if contestant == DEBUG:
        return [{"ansible.builtin.debug": {"msg": app}}]
    url = "{{ api_url }}/v4/all_member_push/im_%s_attr_name?identifier=administrator&random=1&contenttype=json"
    url += f"&sdkappid={app}&usersig={{{{ usersigs[{app.strip('{} ')} | string] }}}}"
    call = {"method": "POST", "body_format": "json", "ca_path": "{{ ca_path }}"}
    have = "(reply.json.AttrNames | default({}, true))"
    should = f"({have} | combine(wanted))"
    variables = {"reply": "{{ got.results[loop_index] if got.results is defined else got }}", "wanted": WANTED}
    return [
        {"ansible.builtin.uri": {**call, "url": url % "get", "body": {}}, "register": "got"},
        {
            "ansible.builtin.uri": {**call, "url": url % "set", "body": {"AttrNames": f"{{{{ {should} }}}}"}},
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
        with contextlib.suppress(psutil.Error):  # the process has ended
            while not self.done:
                total = 0
                for process in [self.root, *self.root.children(recursive=True)]:
                    with contextlib.suppress(psutil.Error):
                        total += process.memory_full_info().pss
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

    def app(self, number: int = FIRST) -> str:
        """The URL of an app in the simulator."""
        return f"{self.ready['http_url']}/control/apps/{number}"

    def prepare(self, scene: Scene) -> None:
        """Fresh apps, without the names that are wanted."""
        with requests.Session() as session:
            for number in range(FIRST, FIRST + scene.count):
                settings = {"secret_key": KEY, "names": {"9": "tier"}, "answers": "documented"}
                session.put(self.app(number), json=settings, timeout=30).raise_for_status()

    def files(self, scene: Scene, play: list[dict]) -> list[str]:
        """Write a play with its inventory and variables; return the arguments of ansible-playbook."""
        numbers = range(FIRST, FIRST + scene.count)
        signatures = {str(number): signature(number) for number in numbers}
        variables = {"api_url": self.ready["https_url"], "ca_path": str(self.bundle), "usersigs": signatures}
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        hosts = {f"app{number}": {"sdkappid": number} for number in numbers} if scene.kind == "inventory" else {}
        inventory = {"all": {"vars": local, "hosts": {"localhost": {}}, "children": {"apps": {"hosts": hosts}}}}
        (self.folder / "vars.json").write_text(json.dumps(variables))
        for name, content in (("play", play), ("inventory", inventory)):
            (self.folder / f"{name}.yml").write_text(yaml.safe_dump(content))
        paths = [str(self.folder / name) for name in ("play.yml", "inventory.yml", "vars.json")]
        return [paths[0], "-i", paths[1], "-e", f"@{paths[2]}"]

    def run(self, scene: Scene, contestant: str, watch: bool = False) -> float:
        """Seconds of one run of ansible-playbook, or its peak of memory in bytes."""
        self.prepare(scene)
        seconds, peak = self.play(self.files(scene, book(scene, contestant)), scene.forks, watch)
        self.verify(scene, contestant)
        return peak if watch else seconds

    def play(self, arguments: list[str], forks: int = 5, watch: bool = False) -> tuple[float, int]:
        """Run ansible-playbook. Return its seconds and, with *watch*, its peak of memory in bytes."""
        began = time.perf_counter()
        settings = {"env": self.environment(forks), "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with subprocess.Popen([PLAYBOOK, *arguments], text=True, **settings) as play:
            memory = Memory(play.pid)
            if watch:
                memory.start()
            output, _nothing = play.communicate()
            memory.done = True
        seconds = time.perf_counter() - began
        if play.returncode or "failed=0" not in output:
            sys.exit(output[-3000:])
        return seconds, memory.peak

    def environment(self, forks: int) -> dict[str, str]:
        return {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder),
            "ANSIBLE_FORKS": str(forks),
            "TENCENT_CHAT_API_URL": self.ready["https_url"],
            "TENCENT_CHAT_CA_PATH": str(self.bundle),
            "TENCENT_CHAT_SECRET_KEY": KEY,
        }

    def verify(self, scene: Scene, contestant: str) -> None:
        """Who sets names has set them: a fast run that did nothing is none."""
        names = requests.get(self.app(FIRST + scene.count - 1), timeout=30).json()["names"]
        wanted = {"9": "tier", **WANTED} if contestant in (OURS, MODULE, URI) else {"9": "tier"}
        if names != wanted:
            sys.exit(f"{contestant} in {scene.name}: the service holds {names}")

    def scene(self, scene: Scene, rounds: int) -> dict[str, float]:
        """Seconds of a run, and of the "start" of Ansible alone: medians of interleaved rounds."""
        found: dict[str, list[float]] = {name: [] for name in (*CONTESTANTS, "start")}
        with self.serve(scene.latency):
            for turn in range(rounds):
                for name in CONTESTANTS:
                    if turn == 0 or max(found[name]) < LONG:
                        found[name].append(self.run(scene, name))
                found["start"].append(self.start(scene))
        return {name: statistics.median(seconds) for name, seconds in found.items()}

    def start(self, scene: Scene) -> float:
        """Seconds of a play that has no task."""
        arguments = self.files(scene, [{"hosts": "localhost", "gather_facts": False, "tasks": []}])
        began = time.perf_counter()
        subprocess.run([PLAYBOOK, *arguments], check=True, capture_output=True)
        return time.perf_counter() - began

    def calls(self, count: int = 100) -> tuple[float, float]:
        """Seconds that get, set and get take with requests alone, and the share of them that this process works."""
        with self.serve(), requests.Session() as session:
            self.prepare(Scene("calls", "loop", count, 1, 0.0))
            began, worked = time.perf_counter(), time.process_time()
            # An environment variable such as REQUESTS_CA_BUNDLE would override session.verify.
            settings = {"verify": str(self.bundle), "timeout": 30}
            for number in range(FIRST, FIRST + count):
                query = {"sdkappid": number, "identifier": "administrator", "usersig": signature(number)}
                query |= {"random": 1, "contenttype": "json"}
                for verb, body in (("get", {}), ("set", {"AttrNames": {"9": "tier", **WANTED}}), ("get", {})):
                    url = f"{self.ready['https_url']}/v4/all_member_push/im_{verb}_attr_name"
                    session.post(url, params=query, json=body, **settings).raise_for_status()
            seconds = time.perf_counter() - began
            return seconds / count, (time.process_time() - worked) / seconds

    def work(self, scene: Scene, rounds: int) -> dict[str, dict[str, float]]:
        """Milliseconds that processors work for a host, by who works: medians of interleaved rounds."""
        found: dict[str, list[list[float]]] = {OURS: [], URI: [], DEBUG: []}

        def spent(service: psutil.Process) -> list[float]:
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            here = service.cpu_times()
            return [ended.ru_utime, ended.ru_stime, here.user + here.system]

        with self.serve(scene.latency) as server:
            service = psutil.Process(server.pid)
            for _turn in range(rounds):
                for name, runs in found.items():
                    self.prepare(scene)
                    before = spent(service)
                    self.run(scene, name)
                    runs.append([(now - then) * 1000 / scene.count for then, now in zip(before, spent(service))])
        return {name: dict(zip(PARTS, map(statistics.median, zip(*runs)))) for name, runs in found.items()}

    def users(
        self, subject: bulk.Subject, count: int, rounds: int, latency: float, contestants: Iterable[str]
    ) -> dict[str, float]:
        """Seconds of setting *subject* of *count* users: medians of interleaved rounds."""
        seconds: dict[str, list[float]] = {name: [] for name in contestants}
        with self.serve(latency):
            for _turn in range(rounds):
                for name, runs in seconds.items():
                    if sum(runs) < LONG:
                        runs.append(self.users_run(subject, name, count)[0])
        return {name: statistics.median(runs) for name, runs in seconds.items()}

    def users_memory(self, subject: bulk.Subject, count: int, contestants: Iterable[str]) -> dict[str, float]:
        """Peak memory of the same, in MiB. Watching it takes time, so it is a run of its own."""
        with self.serve():
            return {name: self.users_run(subject, name, count, True)[1] / MIB for name in contestants}

    def users_run(self, subject: bulk.Subject, name: str, count: int, watch: bool = False) -> tuple[float, int]:
        some, contestant = (1, OURS) if name == ONE_USER else (count, name)
        requests.put(self.app(), json=bulk.app_settings(subject, KEY, some), timeout=30).raise_for_status()
        more = {"api_url": self.ready["https_url"], "ca_path": str(self.bundle), "sdkappid": FIRST}
        arguments = bulk.write_users(self.folder, subject, contestant, some, {**more, "usersig": signature(FIRST)})
        found = self.play(arguments, watch=watch)
        if name != HOLD and bulk.users_differ(subject, requests.get(self.app(), timeout=30).json(), some):
            sys.exit(f"{name}: the simulator does not store the {subject.name} of all users")
        return found

    def accounts(self, count: int, rounds: int, latency: float) -> float:
        """Seconds of making *count* accounts exist, of which half do: median."""
        arguments = bulk.write_accounts(self.folder, count, {"sdkappid": FIRST, "usersig": signature(FIRST)})
        found = []
        with self.serve(latency):
            for _turn in range(rounds):
                requests.put(self.app(), json=bulk.half_of_accounts(KEY, count), timeout=30).raise_for_status()
                found.append(self.play(arguments)[0])
                if len(requests.get(self.app(), timeout=30).json()["users"]) != count:
                    sys.exit("the simulator does not store all accounts")
        return statistics.median(found)

    def fleet(self, scene: Scene, rounds: int) -> float:
        """Seconds for each app of the collection's own playbook, less the start of Ansible: median."""
        found = []
        arguments = bulk.write_apps(self.folder, range(FIRST, FIRST + scene.count), KEY, WANTED)
        with self.serve(scene.latency):
            for _turn in range(rounds):
                self.prepare(scene)
                start = self.start(scene)
                seconds, _peak = self.play(arguments, scene.forks)
                self.verify(scene, OURS)
                found.append((seconds - start) / scene.count)
        return statistics.median(found)

    def memory(self, scene: Scene) -> dict[str, float]:
        """Peak memory in MiB."""
        with self.serve(scene.latency):
            return {name: self.run(scene, name, watch=True) / MIB for name in (OURS, URI, DEBUG)}


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


def core_version() -> str:
    command = [sys.executable, "-c", "import ansible; print(ansible.__version__)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def measure(bench: Bench, quick: bool) -> dict[str, Any]:
    """Return all figures, in the shape that the report needs."""
    rows = {}
    for scene in scenes(quick):
        row = rows[scene] = bench.scene(scene, bench.rounds * (2 if scene.kind == "task" else 1))
        print(scene.name, *report.times(scene, row), *report.overhead(scene, row), flush=True)
    some, crowd, distant = (scenes(quick)[number] for number in (2, 3, -1))
    users = 500 if quick else 10_000
    subjects = (bulk.ATTRIBUTES, bulk.TAGS)
    figures = {
        "rounds": bench.rounds,
        "remark": "",  # for who writes other figures by hand
        "scenes": [{"scene": scene._asdict(), "seconds": row} for scene, row in rows.items()],
        "memory": {"scene": crowd.name, "peaks": bench.memory(crowd)},
        "users": {
            "count": users,
            "seconds": {
                subject.name: {
                    distance: bench.users(subject, users, bench.rounds, latency, (OURS, URI))
                    for distance, latency in DISTANCES.items()
                }
                for subject in subjects
            },
            "memory": {subject.name: bench.users_memory(subject, users, report.USERS_MEMORY) for subject in subjects},
        },
        "accounts": {
            "count": users,
            "missing": users // 2,
            "seconds": {name: bench.accounts(users, bench.rounds, DISTANCES[name]) for name in ("near", "50 ms away")},
        },
        "crowd": {
            "users": 10 * users,
            "seconds": bench.users(bulk.ATTRIBUTES, 10 * users, 1, 0.0, (OURS,))[OURS],
            "memory": bench.users_memory(bulk.ATTRIBUTES, 10 * users, (OURS,))[OURS],
        },
        "fleet": {
            "apps": distant.count,
            "forks": distant.forks,
            "milliseconds": 1000 * bench.fleet(distant, bench.rounds),
        },
        "work": {"scene": some.name, "milliseconds": bench.work(some, bench.rounds)},
    }
    calls, share = bench.calls()
    machine = {
        "system": f"{platform.system()} on {platform.machine()}",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "ansible-core": core_version(),
        "certificates": bench.bundle.read_text().count("BEGIN CERTIFICATE") - 1,
    }
    figures |= {"calls": {"milliseconds": 1000 * calls, "share": share}, "module": module_cost(), "machine": machine}
    return rounded(figures)


def rounded(figures: Any) -> Any:
    """The same, with four digits of each figure that was measured."""
    if isinstance(figures, dict):
        return {name: rounded(figure) for name, figure in figures.items()}
    if isinstance(figures, list):
        return [rounded(figure) for figure in figures]
    return float(f"{figures:.4g}") if isinstance(figures, float) else figures


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
