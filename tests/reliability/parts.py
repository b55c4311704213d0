# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared parts of the reliability tests: scenarios, plays, and what must be true of every push."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import functional.conftest as plays

IN_PROCESS, MODULE, WAYS = plays.IN_PROCESS, plays.MODULE, plays.WAYS
Run = plays.Run

KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
FIRST, SECOND = 1400080001, 1400080002


class Scenario(NamedTuple):
    """A row of the table of scenarios. Tests with the same scenario share a row."""

    against: str
    tried: str
    holds: str


def scenario(against: str, tried: str, holds: str) -> Callable:
    """Return a decorator for a test: what it is run against, what it tries, and what must hold."""

    def mark(test: Callable) -> Callable:
        test.scenario = Scenario(against, tried, holds)
        return test

    return mark


def program(name: str) -> str | None:
    """Return the path of a program. Debian keeps servers where only root looks for them."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def needs(name: str, package: str) -> pytest.MarkDecorator:
    """Skip a test if the program *name* is not installed, and name the Debian *package* that contains it."""
    return pytest.mark.skipif(program(name) is None, reason=f"needs the Debian package {package}")


class Player(plays.Player):
    """Runs plays, also with a command in front of ansible-playbook: ``prefix``."""

    def command(self, *arguments, prefix: tuple[str, ...] = (), **keywords) -> list[str]:
        return [*prefix, *super().command(*arguments, **keywords)]


def add_app(simulator, **settings):
    """Add the app FIRST. It does not merge repeated pushes, and allows them at once."""
    given = {"secret_key": KEY, "names": {"9": "kept"}, "push_interval": 0.0, "random_repeats": "again", **settings}
    return simulator.add(FIRST, **given)


def _task(name: str, module: str, app: object, **options) -> dict:
    options = {"sdkappid": app, "secret_key": KEY, **options}
    return {"name": name, f"tencentcloud.chat.{module}": options, "ignore_errors": True}


def read(app: object = FIRST, **options) -> dict:
    """Return a task that reads the names of an app."""
    return _task("read", "chat_push_attr_names_info", app, **options)


def declare(app: object = FIRST, names: dict | None = None, **options) -> dict:
    """Return a task that sets the names of an app."""
    return _task("declare", "chat_push_attr_names", app, attr_names=names or {0: "sex"}, **options)


def tag(users: dict, **options) -> dict:
    """Return a task that adds tags to users."""
    return _task("tag", "chat_push_user_tags", FIRST, users=users, **options)


def push(app: object = FIRST, **options) -> dict:
    """Return a task that sends a push to all users of an app."""
    return _task("push", "chat_push", app, text="hi", all_users=True, **options)


def each(task: dict, items: Iterable, pause: float = 0) -> dict:
    """Return *task* as a loop over *items*, with *pause* seconds between them."""
    return {**task, "loop": list(items), "loop_control": {"pause": pause}}


def items(run: Run, task: str) -> list[dict]:
    """Return the results of a loop."""
    assert run.lines, run.output[-3000:]
    return run.result(task)["results"]


def check_pushes(app, results: list[dict], all_arrive: bool = False) -> None:
    """Check that no push was sent twice, and that what its result says is true."""
    assert app.random_repeats == "again", "the service merges repeated pushes"
    arrived = Counter(push["random"] for push in app.pushes)
    for result in results:
        times = arrived[result["msg_random"]]
        assert times <= 1, f"sent {times} times: {result}"
        if result.get("failed"):
            assert not all_arrive and result["sent"] in ("no", "unknown"), result
            assert result["sent"] == "unknown" or times == 0, result
        else:
            assert result["changed"] is True and times == 1, result
            assert result["task_id"].startswith(f"{app.sdkappid}_"), result


def check_nothing_sent(run: Run, app, words: str) -> None:
    """Check that names and a push failed for a reason that their messages state, and that nothing was sent."""
    for task in ("declare", "push"):
        assert run.results(task), run.output[-3000:]
        assert run.failed(task) and re.search(words, run.result(task)["msg"]), run.result(task)
    assert (run.result("push")["sent"], app.pushes, app.writes) == ("no", [], 0)
