# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many at once, services that hang, and people who lose patience."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import WAYS, Player

SET = "tencentcloud.chat.chat_push_attr_names"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
APP = 1400003000


def inventory(folder: Path, count: int, apps: int) -> tuple[str, str]:
    lines = [f"host{n} ansible_connection=local app={APP + n % apps}\n" for n in range(count)]
    (folder / "hosts").write_text("".join(lines))
    return ("-i", str(folder / "hosts"))


def declare(names: dict, app: object = "{{ app }}", **options) -> dict:
    return {"name": "declare", SET: {"sdkappid": app, "attr_names": names, "secret_key": "{{ key }}", **options}}


@pytest.mark.parametrize("apps", [1, 50])
def test_fifty_forks(simulator, play, tmp_path, apps):
    """Fifty hosts at once against one app, or one each: all end with what is declared."""
    for number in range(apps):
        simulator.add(APP + number, secret_key=KEY, names={"9": "kept"}, mode="replace")
    run = play(
        [declare({0: "sex", 1: "city"})],
        *("--forks", "50", *inventory(tmp_path, 50, apps)),
        hosts="all",
        vars={"key": KEY, "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
    )
    assert run.code == 0, run.output[-3000:]
    assert len(run.lines) == 50
    for number in range(apps):
        assert simulator.service.apps[APP + number].names == {"0": "sex", "1": "city", "9": "kept"}


def test_two_hundred_apps_at_the_limit_of_calls(simulator, play, tmp_path, monkeypatch):
    """The service counts the calls of all apps together, a hundred a second: slower, and without a failure."""
    for number in range(200):
        simulator.add(APP + number, secret_key=KEY, names={"9": "kept"})
    monkeypatch.setattr(simulator.service, "shared_rate", True)
    run = play(
        [declare({0: "sex"}, retries=6)],
        *("--forks", "50", *inventory(tmp_path, 200, 200)),
        hosts="all",
        vars={"key": KEY, "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
    )
    assert run.code == 0, run.output[-3000:]
    assert all(simulator.service.apps[APP + n].names == {"0": "sex", "9": "kept"} for n in range(200))
    slowed = [entry for entry in simulator.log if entry["answered"] == 60011]
    assert len(simulator.log) - len(slowed) == 600


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_two_plays_at_once_on_one_app(simulator, workspace, tmp_path, mode):
    """The app has the names of one play. The other play fails, or sets its names on its next run."""
    app = simulator.add(APP, secret_key=KEY, names={"9": "kept"}, mode=mode)
    wishes = ({"0": "sex"}, {"0": "gender"})
    players = []
    for number, names in enumerate(wishes):
        (tmp_path / str(number)).mkdir()
        player = Player(workspace, simulator, tmp_path / str(number))
        player.tasks = [declare(names, APP)]
        players.append(player)
    commands = [player.command(player.tasks, vars={"key": KEY}) for player in players]
    for _turn in range(3):
        app.names = {"9": "kept"}
        running = [
            subprocess.Popen(
                command, env=player.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            for command, player in zip(commands, players)
        ]
        outputs = [each.communicate()[0] for each in running]
        assert app.names in [{**names, "9": "kept"} for names in wishes]
        for each, output in zip(running, outputs):
            assert each.returncode == 0 or "returned others when read back" in output, output
    loser = 1 - wishes.index({"0": app.names["0"]})
    run = players[loser](players[loser].tasks, vars={"key": KEY})
    assert run.code == 0 and app.names == {**wishes[loser], "9": "kept"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["trickle", "slow"])
def test_a_service_that_never_ends_its_response(simulator, play, way, kind):
    app = simulator.add(APP, secret_key=KEY)
    settings = {"interval": 1.0} if kind == "trickle" else {"seconds": 100}
    simulator.fail(app.sdkappid, kind, times=2, **settings)
    before = time.monotonic()
    run = play([declare({0: "x"}, APP, timeout=1, retries=1)], way=way, vars={"key": KEY})
    took = time.monotonic() - before
    bound = 3 * (1 + 1) * (2 * 1 + 5)  # as documented
    assert run.failed("declare") and run.result("declare")["tries"] == 2
    assert "within" in run.result("declare")["msg"]
    assert took < bound
    assert app.writes == 0


@pytest.mark.parametrize("way", WAYS)
def test_the_tasks_own_timeout_ends_it_and_the_next_task_works(simulator, play, way):
    app = simulator.add(APP, secret_key=KEY)
    simulator.fail(app.sdkappid, "slow", seconds=100)
    first = {**declare({0: "x"}, APP, timeout=60), "timeout": 3, "ignore_errors": True}
    before = time.monotonic()
    run = play([first, {**declare({0: "x"}, APP), "name": "next"}], way=way, vars={"key": KEY})
    assert time.monotonic() - before < 30
    # As ansible-core says it since 2.19, and before.
    assert run.failed("declare")
    assert re.search(r"Timed out after 3 second|expected time frame \(3\)", run.result("declare")["msg"])
    assert run.result("next")["changed"] and app.names == {"0": "x"}
    assert "Traceback" not in run.output


STARTS = int(os.environ.get("CHAT_STARTS", "2"))  # 200 of them show what happens once in twenty times


@pytest.mark.timeout(120 + STARTS * 20)
@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_ends_a_task_that_waits_for_a_response(simulator, play, way):
    app = simulator.add(APP, secret_key=KEY)
    command = play.command([declare({0: "x"}, APP, timeout=60)], way=way, vars={"key": KEY})
    for _turn in range(STARTS):
        simulator.log.clear()
        simulator.fail(app.sdkappid, "slow", seconds=100)
        output, code, took = interrupted(simulator, play, command)
        assert took < 15 and code != 0, output
        assert app.writes == 0 and KEY not in output


def interrupted(simulator, play, command: list[str]) -> tuple[str, int, float]:
    """Start *command*, press Ctrl-C once its request has arrived, and return output, exit status and seconds."""
    with subprocess.Popen(
        command,
        env=play.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # Where the tests themselves run in the background of a script, SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        while not simulator.log and running.poll() is None:
            time.sleep(0.05)
        before = time.monotonic()
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does
        try:
            output, _nothing = running.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            raise
        return output, running.returncode, time.monotonic() - before


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
