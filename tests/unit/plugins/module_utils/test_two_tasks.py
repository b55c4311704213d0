# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two tasks on one app at the same time, in each order in which their requests can arrive."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts import accounts
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Operation
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_names, user_attrs, user_tags
from memory import Memory

DEPTH = 8  # requests whose order is chosen; afterwards, the first task goes on


class Task(NamedTuple):
    operation: Operation
    options: dict[str, Any]


class Turns:
    """Lets one of two threads send at a time."""

    def __init__(self, schedule: list[int]) -> None:
        self.taken: list[int] = []  # who has sent
        self.choices: list[int] = []  # the requests before which both could send
        self._schedule = schedule
        self._running = {0, 1}
        self._changed = threading.Condition()

    def _next(self) -> int:
        wanted = self._schedule[len(self.taken)] if len(self.taken) < len(self._schedule) else 0
        return wanted if wanted in self._running else min(self._running)

    def take(self, who: int, work: Callable[[], Any]) -> Any:
        """Do *work* when it is the turn of *who*."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._next() == who, timeout=60)
            found = work()
            if len(self._running) == 2:
                self.choices.append(len(self.taken))
            self.taken.append(who)
            self._changed.notify_all()
        return found

    def end(self, who: int) -> None:
        with self._changed:
            self._running.discard(who)
            self._changed.notify_all()


def run_both(both: tuple[Task, Task], turns: Turns, settings: dict[str, Any]) -> tuple[list[dict[str, Any]], Any]:
    """Return what the tasks returned, and the app."""
    service = Memory(**settings)
    services = service, Memory.of(service.app)

    def run(who: int) -> dict[str, Any]:
        respond = services[who].respond
        services[who].respond = lambda *request: turns.take(who, lambda: respond(*request))
        try:
            return tasks.run(both[who].operation, services[who].task(), **both[who].options)
        finally:
            turns.end(who)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, (0, 1))), service.app


def interleavings(both: tuple[Task, Task], **settings: Any) -> Iterator[tuple[list[dict[str, Any]], Any]]:
    """Run both tasks in each order of their first requests."""
    left: list[list[int]] = [[]]
    while left:
        schedule = left.pop()
        turns = Turns(schedule)
        yield run_both(both, turns, settings)
        choices = (number for number in turns.choices if len(schedule) <= number < DEPTH)
        left += [[*turns.taken[:number], 1 - turns.taken[number]] for number in choices]


USERS = {"u1": {"tags": ["old"], "attrs": {"sex": "m"}}, "u2": {}}
NAMES = {"0": "sex", "1": "city"}


def task(module: Any, more: dict[str, Any] | None = None, **wanted: Any) -> Task:
    """Return a task of *module* about these users or accounts, or about the names n0 to n9."""
    option = {attr_names: "attr_names", accounts: "accounts"}.get(module, "users")
    values = {key.removeprefix("n"): value for key, value in wanted.items()}
    return Task(module.ENSURE, {option: values, **(more or {})})


@pytest.mark.parametrize(
    ("first", "second", "changes"),
    [
        (task(user_tags, u1=["a"]), task(user_tags, u1=["b"]), {"u1": {"tags": ["a", "b", "old"]}}),
        (task(user_tags, u1=["a"]), task(user_tags, {"state": "absent"}, u1=["old"]), {"u1": {"tags": ["a"]}}),
        (
            *(task(user_tags, {"exclusive": True}, u1=["a"]), task(user_tags, u2=["b"])),
            {"u1": {"tags": ["a"]}, "u2": {"tags": ["b"]}},
        ),
        (task(user_tags, u1=["a"]), task(user_tags, u1=["a"]), {"u1": {"tags": ["a", "old"]}}),
        (
            *(task(user_attrs, u1={"sex": "f"}), task(user_attrs, u1={"city": "x"}, u2={"sex": "m"})),
            {"u1": {"attrs": {"sex": "f", "city": "x"}}, "u2": {"attrs": {"sex": "m"}}},
        ),
        (task(accounts, u3={"nick": "A"}), task(accounts, u3=None, u4=None), {"u3": {"nick": "A"}, "u4": {}}),
    ],
)
def test_what_only_one_task_lists_is_never_lost(first, second, changes):
    expected = {account: {**USERS.get(account, {}), **changes.get(account, {})} for account in {**USERS, **changes}}
    found = list(interleavings((first, second), names=NAMES, users=USERS))
    assert len(found) > 15
    for results, app in found:
        app.users["u1"]["tags"].sort()
        assert app.users == expected
        assert not any(result.get("failed") for result in results), results


def test_one_of_two_tasks_that_declare_other_values_wins_and_none_claims_what_was_not_so():
    both = task(user_attrs, u1={"sex": "f"}), task(user_attrs, u1={"sex": "x"})
    ends = set()
    for results, app in interleavings(both, names=NAMES, users=USERS):
        ends.add(app.users["u1"]["attrs"]["sex"])
        assert sum(not result.get("failed") for result in results) >= 1
        for result, value in zip(results, "fx"):
            assert result.get("failed") or result["users"]["u1"]["sex"] == value
    assert ends == {"f", "x"}


def lost(both: tuple[Task, Task], **settings: Any) -> tuple[int, int]:
    """Return in how many orders names of a task are lost, and in how many of these no task fails."""
    orders = silent = 0
    for results, app in interleavings(both, **settings):
        wanted = [options["attr_names"] for _operation, options in both]
        missing = any(not names.items() <= app.names.items() for names in wanted)
        orders += missing
        silent += missing and not any(result.get("failed") for result in results)
        for result, names_ in zip(results, wanted):
            assert result.get("failed") or names_.items() <= result["attr_names"].items()
    return orders, silent


def test_new_names_of_two_tasks_are_lost_only_where_a_set_replaces_names():
    both = task(attr_names, n0="sex"), task(attr_names, n1="city")
    assert lost(both, mode="merge") == (0, 0)
    orders, silent = lost(both, mode="replace")
    assert orders > silent > 0


def test_a_changed_name_can_be_lost_without_a_failure():
    """A task sets all names that it has read, because a service that replaces them would delete the others."""
    both = task(attr_names, n0="gender"), task(attr_names, n1="town")
    for mode in ("merge", "replace"):
        orders, silent = lost(both, mode=mode, names=NAMES)
        assert orders >= silent > 0


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_both_tasks_again_one_after_the_other_repair_what_is_lost(mode):
    both = task(attr_names, n0="gender", n2="role"), task(attr_names, n1="town")
    for _results, app in interleavings(both, mode=mode, names=NAMES):
        for operation, options in both:
            assert not tasks.run(operation, Memory.of(app).task(), **options).get("failed")
        assert app.names == {"0": "gender", "1": "town", "2": "role"}
