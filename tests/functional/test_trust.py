# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many at once, services that hang, and people who lose patience."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import KEY, ROOT
from simulator import core

SET = "tencentcloud.chat.chat_push_attr_names"
PUSH = "tencentcloud.chat.chat_push"
TAG = "tencentcloud.chat.chat_push_user_tags"
APP = 1400003000
LOCAL = {
    "hosts": "all",
    "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
}
# The hosts of an inventory are named after their apps.
OPTIONS = {"sdkappid": "{{ inventory_hostname }}", "secret_key": KEY, "timeout": 60}


def test_fifty_forks_at_the_limit_of_calls(simulator, play, monkeypatch):
    """The service counts the calls of all apps together, here twelve a second: slower, and without a failure."""
    for command in ("get", "set"):
        monkeypatch.setitem(core.RATES, f"v4/all_member_push/im_{command}_attr_name", 12)
    apps = [simulator.add(APP + number, secret_key=KEY, names={"9": "kept"}) for number in range(50)]
    monkeypatch.setattr(simulator.service, "shared_rate", True)
    hosts = ",".join(str(app.sdkappid) for app in apps)
    run = play([{SET: {**OPTIONS, "attr_names": {0: "sex"}, "retries": 10}}], "--forks", "50", "-i", hosts, **LOCAL)
    assert run.code == 0, run.output[-3000:]
    assert all(app.names == {"0": "sex", "9": "kept"} for app in apps)
    slowed = [entry for entry in simulator.log if entry["answered"] == 60011]
    assert slowed and len(simulator.log) - len(slowed) == 150


# As ansible-core says it since 2.19, and before.
TIMED_OUT = re.compile(r"Timed out after \d+ second|expected time frame \(\d+\)")
STARTS = int(os.environ.get("CHAT_STARTS", "1"))  # 200 of them show what happens once in twenty times
BOUND = 30  # seconds in which a task ends, and all of its processes; its requests would take 100
MOST = int(re.findall(r"(?m)^MOST = (\d+)", (ROOT / "plugins/module_utils/_core/worker.py").read_text())[0])
USERS = [f"u{number}" for number in range(2000)]  # 20 requests
# The requests of a task that writes these users, until the last MOST of them are all answered slowly.
HELD_UP = {"im_get_tag": ["get"] * MOST, "im_add_tag": ["get"] * 20 + ["add"] * MOST}


@pytest.mark.timeout(120 + STARTS * 3 * BOUND)
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "timeout"])  # as Ctrl-C and kill send them, and the keyword
def test_a_task_ends_with_many_requests_under_way(simulator, play, way, how):
    """One host waits for reads, another one for writes. Then nothing more is sent, and no process stays."""
    (play.folder / "users.json").write_text(json.dumps({"users": {user: ["staff"] for user in USERS}}))
    arguments = ("-e", f"@{play.folder / 'users.json'}", "-i", f"{APP},{APP + 1}")

    def start(limit: int) -> tuple[str, int, float]:
        keywords = {"timeout": limit} if how == "timeout" else {}
        command = play.command([{TAG: {**OPTIONS, "users": "{{ users }}"}, **keywords}], *arguments, way=way, **LOCAL)
        hold_up(simulator)
        return ended(play, command, lambda: are_under_way(simulator), getattr(signal, how, None))

    limit = 2
    for _turn in range(STARTS):
        output, code, took = start(limit)
        while how == "timeout" and not are_under_way(simulator) and limit < 60:  # this machine is slow today
            limit *= 2
            output, code, took = start(limit)
        assert are_under_way(simulator), output[-3000:]
        assert took < BOUND + (limit if how == "timeout" else 0) and code != 0, output[-3000:]
        assert how != "timeout" or len(TIMED_OUT.findall(output)) >= 2, output[-3000:]
        assert "Traceback" not in output
        quiet(simulator)
        assert [simulator.commands(APP + number) for number in range(2)] == list(HELD_UP.values())
        assert [simulator.service.apps[APP + number].writes for number in range(2)] == [0, MOST]


def hold_up(simulator) -> None:
    """Let the service answer the last requests of each host slowly."""
    simulator.log.clear()
    for number, command in enumerate(HELD_UP):
        app = simulator.add(APP + number, secret_key=KEY, users={user: {} for user in USERS})
        simulator.fail(app.sdkappid, "slow", times=MOST, seconds=100, command=command)


def are_under_way(simulator) -> bool:
    return all(
        simulator.commands(APP + number) == commands and simulator.most_open(APP + number) == MOST
        for number, commands in enumerate(HELD_UP.values())
    )


def ended(play, command: list[str], is_ready, signum: int | None) -> tuple[str, int, float]:
    """Start *command*, and send it a signal when *is_ready*, as a terminal does.

    Return its output, its exit status, and after how many seconds none of its processes was left.
    """
    with subprocess.Popen(
        command,
        env=play.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # Where a shell started this test in the background, as `make --jobs` may, SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        while not is_ready() and running.poll() is None:
            time.sleep(0.02)
        before = time.monotonic()
        if signum and running.poll() is None:
            os.killpg(running.pid, signum)
        try:
            output, _nothing = running.communicate(timeout=2 * BOUND)
            while processes(play) and time.monotonic() - before < 2 * BOUND:
                time.sleep(0.02)
        finally:
            took = time.monotonic() - before
            for pid in processes(play):
                os.kill(pid, signal.SIGKILL)
        assert KEY not in output + Path(play.environment["ANSIBLE_LOG_PATH"]).read_text()
        return output, running.returncode, took


def processes(play) -> list[int]:
    """Return the processes that a playbook of *play* started. Workers have a session of their own."""
    mark, found = f"CHAT_DUMP={play.environment['CHAT_DUMP']}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def quiet(simulator, seconds: float = 0.3) -> None:
    """Wait until no request has come for some *seconds*."""
    count, since = len(simulator.log), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.02)
        if len(simulator.log) != count:
            count, since = len(simulator.log), time.monotonic()


def test_a_push_task_that_is_ended_leaves_at_most_one_push_and_the_next_task_works(simulator, play, way):
    """By its own time limit, while the response is late, and while it waits for another attempt."""
    options = {"secret_key": KEY, "text": "hi", "all_users": True, "timeout": 60}
    for limit in (2, 6, 16):  # seconds; this machine may be too slow to send a request within the first
        simulator.log.clear()
        # The service does not drop a push whose MsgRandom was used before.
        settings = {"secret_key": KEY, "users": {"ann": {}}, "random_repeats": "again"}
        late, waiting, other = (simulator.add(APP + number, **settings) for number in range(3))
        simulator.fail(late.sdkappid, "slow", seconds=60.0)
        simulator.fail(waiting.sdkappid, "code", code=60007)
        tasks = [
            {"name": name, PUSH: {**options, "sdkappid": app.sdkappid}, "timeout": seconds, "ignore_errors": True}
            for name, app, seconds in (("late", late, limit), ("waiting", waiting, limit), ("next", other, 0))
        ]
        run = play(tasks, way=way)
        if simulator.requests(late.sdkappid) and simulator.requests(waiting.sdkappid):
            break
    assert run.failed("late") and TIMED_OUT.search(run.result("late")["msg"]), run.output
    for name in ("late", "waiting"):  # the next attempt of the second one may have come in time
        assert not run.failed(name) or "sent" not in run.result(name), "the result is Ansible's own"
    assert run.result("next")["changed"] and len(other.pushes) == 1
    time.sleep(2.5)  # a module that was left behind would send its next attempt within 2 seconds
    assert len(late.deliveries("ann")) == 1 and len(waiting.deliveries("ann")) <= 1
