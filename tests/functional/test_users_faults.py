# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes and tags of users from playbooks, against a service that misbehaves at random: each result is true.

The environment variable CHAT_RUNS sets the number of runs in each execution mode.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from typing import NamedTuple

import pytest
from conftest import WAYS

ATTRS = "tencentcloud.chat.chat_push_user_attrs"
TAGS = "tencentcloud.chat.chat_push_user_tags"
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
FIRST_APP = 1400005000

RUNS = int(os.environ.get("CHAT_RUNS", "8"))
BATCH = 50  # runs in one playbook
RATE = 0.15  # of the requests meet a fault
FAULTS = [
    *("code", "code_after", "http", "http_after", "cut", "cut_after", "truncated", "garbage", "redirect", "slow"),
    *("stale", "hang_up"),
]
ARRIVES = ("none", "stale", "slow", "hang_up")
NAMES = {"0": "city", "1": "role", "2": "sex"}
VALUES = ["a", "b", "城市", "x" * 50, "{{ x }}"]
MANY = [f"t{number:02}" for number in range(40)]


class Case(NamedTuple):
    """One run: an app, what its users have, and what they should have, computed without the collection."""

    app: object
    kind: str  # "attrs" or "tags"
    options: dict
    before: dict
    after: dict

    def held(self) -> dict:
        read = getattr(self.app, self.kind)
        found = {account: read(account) for account in self.before}
        return {account: sorted(value) if self.kind == "tags" else value for account, value in found.items()}


def some_value(kind: str, chance: random.Random, nulls: bool = False):
    if kind == "tags":
        return sorted(chance.sample(MANY, chance.choice([0, 1, 3, 25])))
    values = [*VALUES, *([None] if nulls else [])]
    return {name: chance.choice(values) for name in chance.sample(list(NAMES.values()), chance.randint(0, 3))}


def declared(kind: str, before, wanted, options: dict):
    if kind == "tags":
        kept = set() if options["exclusive"] else set(before)
        return sorted(kept - set(wanted) if options["state"] == "absent" else kept | set(wanted))
    merged = {**({} if options["exclusive"] else before), **wanted}
    return {name: value for name, value in merged.items() if value is not None}


def make(simulator, number: int) -> Case:
    chance = random.Random(number)
    kind = chance.choice(["attrs", "tags"])
    accounts = [f"u{each}" for each in range(chance.choice([1, 2, 2, 30, 130, 250]))]
    before = {account: some_value(kind, chance) for account in accounts}
    app = simulator.add(
        number,
        secret_key=KEY,
        names=NAMES,
        users={account: {kind: value} for account, value in before.items()},
        unknown_accounts=chance.choice(["error", "skip", "empty", "list"]),
        remove_missing=chance.choice(["ok", "error"]),
        failing_users={account: 90035 for account in accounts if chance.random() < 0.004},
    )
    simulator.faults[number].at_random(RATE, number, FAULTS)
    options = {"exclusive": chance.random() < 0.4}
    if kind == "tags":
        options["state"] = "present" if options["exclusive"] else chance.choice(["present", "absent"])
    wanted = {account: some_value(kind, chance, nulls=True) for account in accounts}
    after = {account: declared(kind, before[account], wanted[account], options) for account in accounts}
    shared = {"sdkappid": number, "users": wanted, "api": chance.choice(["all_member_push", "timpush"])}
    return Case(app, kind, {**shared, **options}, before, after)


def misread(simulator, case: Case) -> set[str]:
    """Return the users for whom the last response that arrived contained what was there before the last write."""
    last: dict[str, bool] = {}
    for entry in simulator.requests(case.app.sdkappid):
        is_read = entry["command"].endswith(f"get_{case.kind.removesuffix('s')}")
        if is_read and entry["answered"] == 0 and entry["fault"] in ARRIVES:
            last.update(dict.fromkeys(json.loads(entry["body"])["To_Account"], entry["fault"] == "stale"))
    return {account for account, is_stale in last.items() if is_stale}


def check(simulator, case: Case, result: dict) -> str:
    """Return what became of a run, after checking that it is what *result* says."""
    held, has_written = case.held(), bool(case.app.writes)
    if "diff" in result:  # in a loop, not every ansible-core keeps the key "failed"
        assert result["users"] == held == case.after
        assert result["changed"] is (case.before != case.after) is has_written
        return "changed" if result["changed"] else "unchanged"
    assert set(result.get("failed_users", {})) <= set(case.app.failing_users)
    stale = misread(simulator, case)
    shown = {account: value for account, value in result.get("users", {}).items() if account not in stale}
    if "users" in result:
        assert shown == {account: value for account, value in held.items() if account not in stale}
    assert has_written or not result["changed"]
    if "users" in result and not stale and not result["changed"]:
        assert held == case.before
    return f"failed, {'written' if held != case.before else 'not written'}"


def run_all(play, cases: list[Case], way: str) -> dict[int, dict]:
    """Run a task for each of *cases*, in a loop for each module, and return the results by app."""
    tasks = []
    for kind, module, extra in (("attrs", ATTRS, []), ("tags", TAGS, ["state"])):
        options = {name: f"{{{{ cases[item]['{name}'] }}}}" for name in ("users", "api", "exclusive", *extra)}
        options |= {"sdkappid": "{{ item }}", "secret_key": KEY, "timeout": 10, "retries": 1}
        numbers = [str(case.app.sdkappid) for case in cases if case.kind == kind]
        tasks.append({"name": kind, module: options, "loop": numbers, "ignore_errors": True, "no_log": False})
    # A file that is read as JSON: to a template, such as one of the values, it would be text to evaluate.
    file = play.folder / "cases.json"
    file.write_text(json.dumps({str(case.app.sdkappid): case.options for case in cases}))
    variables = {"cases": f"{{{{ lookup('ansible.builtin.file', '{file}') | from_json }}}}"}
    run = play(tasks, "-vvv", way=way, vars=variables)
    assert run.code == 0, run.output[-3000:]
    assert ("AnsiballZ_chat_push_user_" in run.output) == (way == "module")
    return {int(result["item"]): result for task in tasks for result in run.result(task["name"]).get("results", ())}


@pytest.mark.timeout(240 + BATCH * 10)
@pytest.mark.parametrize("start", range(0, RUNS, BATCH))
@pytest.mark.parametrize("way", WAYS)
def test_each_result_describes_what_the_service_contains(simulator, play, record_property, way, start):
    cases = [make(simulator, FIRST_APP + number) for number in range(start, min(start + BATCH, RUNS))]
    results = run_all(play, cases, way)
    figures = Counter(check(simulator, case, results[case.app.sdkappid]) for case in cases)
    met = Counter(entry["fault"] for entry in simulator.log)
    figures["retried"] = sum("retried" in result for result in results.values())
    record_property("figures", f"{way}, {len(cases)} runs: {dict(sorted(figures.items()))}; faults: {dict(met)}")
    # A second run, without faults, does the rest.
    left = [case for case in cases if case.held() != case.after]
    for case in left:
        simulator.faults[case.app.sdkappid].stop_random()
        case.app.failing_users = {}
    for number, result in run_all(play, left, way).items() if left else ():
        assert "diff" in result, (number, result.get("msg"))
    assert [case.app.sdkappid for case in cases if case.held() != case.after] == []
    assert all("all_tags" not in entry["command"] and "Replace" not in entry["body"] for entry in simulator.log)
    assert len(cases) < BATCH or {"changed", "failed, written", "failed, not written"} <= set(figures)
