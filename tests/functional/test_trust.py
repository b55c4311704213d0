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
from conftest import ROOT, WAYS, Player
from simulator import core

SET = "tencentcloud.chat.chat_push_attr_names"
TAG = "tencentcloud.chat.chat_push_user_tags"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
APP = 1400003000
LOCAL = {"key": KEY, "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def inventory(folder: Path, count: int, apps: int) -> tuple[str, str]:
    lines = [f"host{n} ansible_connection=local app={APP + n % apps}\n" for n in range(count)]
    (folder / "hosts").write_text("".join(lines))
    return ("-i", str(folder / "hosts"))


def declare(names: dict, app: object = "{{ app }}", **options) -> dict:
    return {"name": "declare", SET: {"sdkappid": app, "attr_names": names, "secret_key": "{{ key }}", **options}}


def test_fifty_forks_on_one_app(simulator, play, tmp_path):
    app = simulator.add(APP, secret_key=KEY, names={"9": "kept"}, mode="replace")
    run = play(
        [declare({0: "sex", 1: "city"}, timeout=60)],
        *("--forks", "50", *inventory(tmp_path, 50, 1)),
        hosts="all",
        vars=LOCAL,
    )
    assert run.code == 0, run.output[-3000:]
    assert len(run.lines) == 50
    assert app.names == {"0": "sex", "1": "city", "9": "kept"}


def test_fifty_forks_at_the_limit_of_calls(simulator, play, tmp_path, monkeypatch):
    """The service counts the calls of all apps together, here twelve a second: slower, and without a failure."""
    for command in ("get", "set"):
        monkeypatch.setitem(core.RATES, f"v4/all_member_push/im_{command}_attr_name", 12)
    for number in range(50):
        simulator.add(APP + number, secret_key=KEY, names={"9": "kept"})
    monkeypatch.setattr(simulator.service, "shared_rate", True)
    run = play(
        [declare({0: "sex"}, retries=10, timeout=60)],
        *("--forks", "50", *inventory(tmp_path, 50, 50)),
        hosts="all",
        vars=LOCAL,
    )
    assert run.code == 0, run.output[-3000:]
    assert all(simulator.service.apps[APP + n].names == {"0": "sex", "9": "kept"} for n in range(50))
    slowed = [entry for entry in simulator.log if entry["answered"] == 60011]
    assert slowed and len(simulator.log) - len(slowed) == 150


def test_two_plays_at_once_on_one_app(simulator, workspace, tmp_path):
    """The app has the names of one play. The other play fails, or sets its names on its next run."""
    modes = ("merge", "replace")
    apps = [simulator.add(APP + at, secret_key=KEY, names={"9": "kept"}, mode=mode) for at, mode in enumerate(modes)]
    wishes = ({"0": "sex"}, {"0": "gender"})
    players = []
    for number, names in enumerate(wishes):
        (tmp_path / str(number)).mkdir()
        player = Player(workspace, simulator, tmp_path / str(number))
        player.tasks = [{**declare(names, app.sdkappid), "ignore_errors": True} for app in apps]
        players.append(player)
    running = [
        subprocess.Popen(
            player.command(player.tasks, vars={"key": KEY}),
            env=player.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for player in players
    ]
    outputs = [each.communicate()[0] for each in running]
    assert all(app.names in [{**names, "9": "kept"} for names in wishes] for app in apps)
    for output in outputs:
        failures = [line for line in output.splitlines() if line.startswith("fatal: ")]
        assert all("returned others when read back" in line for line in failures), output
    run = players[0](players[0].tasks, vars={"key": KEY})
    assert run.code == 0 and "fatal: " not in run.output
    assert all(app.names == {**wishes[0], "9": "kept"} for app in apps)


@pytest.mark.parametrize("way", WAYS)
def test_a_service_that_never_ends_its_response(simulator, play, way):
    apps = {kind: simulator.add(APP + at, secret_key=KEY) for at, kind in enumerate(("trickle", "slow"))}
    simulator.fail(apps["trickle"].sdkappid, "trickle", times=2, interval=0.3)
    simulator.fail(apps["slow"].sdkappid, "slow", times=2, seconds=100)
    tasks = [
        {**declare({0: "x"}, app.sdkappid, timeout=1, retries=1), "name": kind, "ignore_errors": True}
        for kind, app in apps.items()
    ]
    run = play(tasks, way=way, vars={"key": KEY})
    for kind, app in apps.items():
        assert run.failed(kind) and run.result(kind)["tries"] == 2
        assert "within" in run.result(kind)["msg"]
        began = [entry["at"] for entry in simulator.requests(app.sdkappid)]
        assert len(began) == 2
        least = {"trickle": 2, "slow": 1}[kind]  # each read may take a timeout, and the attempt two of them
        assert least <= began[1] - began[0] < 20  # the whole response takes longer
        assert app.writes == 0


@pytest.mark.parametrize("way", WAYS)
def test_the_tasks_own_timeout_ends_it_and_the_next_task_works(simulator, play, way):
    held_up, app = (simulator.add(APP + number, secret_key=KEY) for number in range(2))
    simulator.fail(held_up.sdkappid, "slow", seconds=100)
    first = {**declare({0: "x"}, held_up.sdkappid, timeout=60), "timeout": 3, "ignore_errors": True}
    before = time.monotonic()
    run = play([first, {**declare({0: "x"}, app.sdkappid), "name": "next"}], way=way, vars={"key": KEY})
    assert time.monotonic() - before < 60
    assert run.failed("declare") and TIMED_OUT.search(run.result("declare")["msg"])
    assert run.result("next")["changed"] and app.names == {"0": "x"}
    assert "Traceback" not in run.output


# As ansible-core says it since 2.19, and before.
TIMED_OUT = re.compile(r"Timed out after \d+ second|expected time frame \(\d+\)")
STARTS = int(os.environ.get("CHAT_STARTS", "1"))  # 200 of them show what happens once in twenty times
BOUND = 30  # seconds in which a task ends, and all of its processes; its requests would take 100
SIGNALS = ["SIGINT", "SIGTERM"]  # as Ctrl-C and kill send them, here to all processes of the terminal
MOST = int(re.findall(r"(?m)^MOST = (\d+)", (ROOT / "plugins/module_utils/_core/worker.py").read_text())[0])
USERS = [f"u{number}" for number in range(2000)]  # 20 requests
# The requests of a task that writes these users, until the last MOST of them are all answered slowly.
HELD_UP = {"im_get_tag": ["get"] * MOST, "im_add_tag": ["get"] * 20 + ["add"] * MOST}


@pytest.mark.timeout(120 + STARTS * 2 * BOUND)
@pytest.mark.parametrize(("way", "name"), list(zip(WAYS, SIGNALS)))  # each with each: the next test
def test_a_signal_ends_a_task_that_waits_for_a_response(simulator, play, way, name):
    app = simulator.add(APP, secret_key=KEY)
    command = play.command([declare({0: "x"}, APP, timeout=60)], way=way, vars={"key": KEY})
    for _turn in range(STARTS):
        simulator.log.clear()
        simulator.fail(app.sdkappid, "slow", seconds=100)
        output, code, took = ended(play, command, lambda: simulator.log, getattr(signal, name))
        assert took < BOUND and code != 0, output
        quiet(simulator)
        assert simulator.commands() == ["get"] and app.writes == 0


@pytest.mark.timeout(120 + STARTS * 3 * BOUND)
@pytest.mark.parametrize("how", [*SIGNALS, "timeout"])
@pytest.mark.parametrize("way", WAYS)
def test_a_task_ends_with_many_requests_under_way(simulator, play, tmp_path, way, how):
    """One host waits for reads, another one for writes. Then nothing more is sent, and no process stays."""
    (tmp_path / "users.json").write_text(json.dumps({"users": {user: ["staff"] for user in USERS}}))
    arguments = ("-e", f"@{tmp_path / 'users.json'}", *inventory(tmp_path, 2, 2))
    options = {"sdkappid": "{{ app }}", "secret_key": "{{ key }}", "users": "{{ users }}", "timeout": 60}

    def start(limit: int) -> tuple[str, int, float]:
        keywords = {"timeout": limit} if how == "timeout" else {}
        command = play.command(
            [{"name": "tag", TAG: options, **keywords}], *arguments, way=way, hosts="all", vars=LOCAL
        )
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


def test_names_from_the_service_are_never_evaluated_as_templates(simulator, play, tmp_path):
    """Names from the service are data, also where ansible-core evaluates results later."""
    evil = "{{ lookup('pipe', 'touch %s') }}" % (tmp_path / "owned")
    simulator.add(APP, secret_key=KEY, names={"0": evil[:50], "1": "{{ 7 * 7 }}"})
    for way in WAYS:
        run = play(
            [
                {"name": "read", "tencentcloud.chat.chat_push_attr_names_info": {"sdkappid": APP}, "register": "app"},
                {
                    "name": "show",
                    "ansible.builtin.debug": {"msg": "<{{ app.attr_names['1'] }}> {{ app.attr_names['0'] }}"},
                },
                {"name": "again", **{SET: {"sdkappid": APP, "attr_names": "{{ app.attr_names }}"}}},
            ],
            way=way,
            env={"TENCENT_CHAT_SECRET_KEY": KEY},
        )
        assert run.code == 0, run.output
        assert run.result("show")["msg"].startswith("<{{ 7 * 7 }}>")
        assert run.result("again")["changed"] is False
    assert not (tmp_path / "owned").exists()
