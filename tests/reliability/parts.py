# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared parts of the reliability tests: scenarios, plays, and what must be true of every push."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable
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
NAMES = "tencentcloud.chat.chat_push_attr_names"
READ = "tencentcloud.chat.chat_push_attr_names_info"
PUSH = "tencentcloud.chat.chat_push"
TAGS = "tencentcloud.chat.chat_push_user_tags"


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


def read(app: object, **options) -> dict:
    """Return a task that reads the names of an app."""
    return {"name": "read", READ: {"sdkappid": app, "secret_key": KEY, **options}, "ignore_errors": True}


def declare(app: object, names: dict, **options) -> dict:
    """Return a task that sets the names of an app."""
    arguments = {"sdkappid": app, "secret_key": KEY, "attr_names": names, **options}
    return {"name": "declare", NAMES: arguments, "ignore_errors": True}


def tag(app: object, users: dict, **options) -> dict:
    """Return a task that adds tags to users."""
    arguments = {"sdkappid": app, "secret_key": KEY, "users": users, **options}
    return {"name": "tag", TAGS: arguments, "ignore_errors": True}


def push(app: object, **options) -> dict:
    """Return a task that sends a push to all users of an app."""
    arguments = {"sdkappid": app, "secret_key": KEY, "text": "hi", "all_users": True, **options}
    return {"name": "push", PUSH: arguments, "ignore_errors": True}


def each(task: dict, items: list, pause: float = 0) -> dict:
    """Return *task* as a loop over *items*, with *pause* seconds between them."""
    return {**task, "loop": items, **({"loop_control": {"pause": pause}} if pause else {})}


def items(run: Run, task: str) -> list[dict]:
    """Return the results of a loop."""
    assert run.lines, run.output[-3000:]
    return run.result(task)["results"]


def arrived(app, result: dict) -> int:
    """Return how often the push of *result* arrived. The service must not merge repeated pushes."""
    assert app.random_repeats == "again"
    return Counter(accepted["random"] for accepted in app.pushes)[result["msg_random"]]


def check_push(app, result: dict) -> None:
    """Check that the push was not sent twice, and that its result is true."""
    times = arrived(app, result)
    assert times <= 1, f"sent {times} times: {result}"
    if not result.get("failed"):
        assert result["changed"] is True and times == 1, result
        assert result["task_id"].startswith(f"{app.sdkappid}_"), result
    elif result["sent"] == "no":
        assert times == 0, result
    else:
        assert result["sent"] == "unknown", result


def check_known(app, result: dict) -> None:
    """Check the result, which must also state whether the push arrived."""
    check_push(app, result)
    assert not (result.get("failed") and result["sent"] == "unknown" and not arrived(app, result)), result["msg"]
