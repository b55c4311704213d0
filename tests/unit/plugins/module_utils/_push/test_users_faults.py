# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random users against a service that misbehaves at random: each result describes what the service contains.

Several requests are under way at once, and their responses overtake each other.
"""

from __future__ import annotations

import json
import random
from collections import Counter

from simulator.faults import Faults, fault
from tasks import SEED, run, runs
from test_users import ATTRS, FIELDS, TAGS

RUNS = runs(150)
RATE = 0.2  # of the requests meet a fault
FAULTS = [
    *("code", "code_after", "http", "http_after", "cut", "cut_after", "truncated", "garbage", "redirect", "slow"),
    *("stale", "hang_up", "cut_early", "bytes", "interim", "encoded", "chunked_longer", "duplicate_key"),
]
ARRIVED = {"none", "stale", "slow", "hang_up", "interim", "chunked_longer"}
NAMES = ["city", "role", "sex"]
WORDS = ["a", "b", "城市", "x" * 50, "{{ x }}"]
MANY = [f"t{number:02}" for number in range(40)]


class Overtaking(Faults):
    """The faults of an app of which half of the other responses are late, each in another way."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._delay = random.Random(seed)

    def take(self, command: str) -> dict | None:
        delay = self._delay.random()
        return super().take(command) or (fault("slow", seconds=delay / 100) if delay < 0.5 else None)


def some_value(kind, chance: random.Random, nulls: bool):
    if kind is TAGS:
        return sorted(chance.sample(MANY, chance.choice([0, 1, 3, 25])))
    values = [*WORDS, *([None] if nulls else [])]
    return {name: chance.choice(values) for name in chance.sample(NAMES, chance.randint(0, 3))}


def declared(kind, before, wanted, options):
    """Return what a user must have in the end, computed without the module."""
    if kind is TAGS:
        kept = set() if options["exclusive"] else set(before)
        return sorted(kept - set(wanted) if options["state"] == "absent" else kept | set(wanted))
    result = {} if options["exclusive"] else dict(before)
    for name, value in wanted.items():
        result.pop(name, None)
        if value is not None:
            result[name] = value
    return result


def misread(simulator, app, kind) -> set[str]:
    """Return the users for whom the last response that arrived contained what was there before the last write."""
    last: dict[str, bool] = {}
    for entry in simulator.requests(app.sdkappid):
        arrived = entry["answered"] == 0 and entry["fault"] in ARRIVED
        if arrived and entry["command"].endswith(f"get_{kind.noun}") and entry["body"]:
            is_stale = entry["fault"] == "stale"
            last.update(dict.fromkeys(json.loads(entry["body"])["To_Account"], is_stale))
    return {account for account, is_stale in last.items() if is_stale}


def test_each_result_describes_what_the_service_contains(simulator, app, connect, record_property):
    figures: Counter[str] = Counter()
    simulator.log.clear()
    for seed in range(RUNS):
        chance = random.Random(SEED + seed)
        kind = chance.choice([ATTRS, TAGS])
        accounts = [f"u{number}" for number in range(chance.choice([1, 2, 30, 130, 330]))]
        before = {account: some_value(kind, chance, False) for account in accounts}
        target = simulator.add(
            app.sdkappid + seed,
            names={str(number): name for number, name in enumerate(NAMES)},
            users={account: {kind.name: value} for account, value in before.items()},
            unknown_accounts=chance.choice(["error", "skip", "empty", "list"]),
            remove_missing=chance.choice(["ok", "error"]),
            failing_users={account: 90035 for account in accounts if chance.random() < 0.004},
        )
        simulator.faults[target.sdkappid] = Overtaking(SEED + seed)
        simulator.faults[target.sdkappid].at_random(RATE, SEED + seed, FAULTS)
        api = chance.choice(["all_member_push", "timpush"])
        options = {"exclusive": chance.random() < 0.4}
        if kind is TAGS:
            options["state"] = "present" if options["exclusive"] else chance.choice(["present", "absent"])
        wanted = {account: some_value(kind, chance, True) for account in accounts}
        after = {account: declared(kind, before[account], wanted[account], options) for account in accounts}
        client = connect({"sdkappid": target.sdkappid, "secret_key": target.secret_key}, timeout=5, retries=1)
        result = run(kind.ensure, client, users=wanted, api=api, **options)
        held = kind.held(target)
        figures["overlapped"] += len(accounts) > 100 and simulator.most_open(target.sdkappid) > 1
        if not result.get("failed"):
            assert result["users"] == held == after and list(result["users"]) == accounts
            assert result["changed"] is (before != after) is bool(target.writes)
            figures["changed" if result["changed"] else "unchanged"] += 1
            continue
        assert not result.get("failed_users") or set(result["failed_users"]) <= set(target.failing_users)
        if "users" in result:
            stale = misread(simulator, target, kind)
            assert {account: held[account] for account in accounts if account not in stale} == {
                account: value for account, value in result["users"].items() if account not in stale
            }
        if result["changed"]:
            assert target.writes
        elif "users" in result and not misread(simulator, target, kind):
            assert held == before
        figures["failed, " + ("written" if held != before else "not written")] += 1
        figures["failed users"] += bool(result.get("failed_users"))
        # A second run, without faults, does the rest.
        simulator.faults[target.sdkappid].stop_random()
        target.failing_users = {}
        assert run(kind.ensure, client, users=wanted, api=api, **options).get("msg") is None
        assert kind.held(target) == after
    report(simulator, record_property, figures)


def report(simulator, record_property, figures) -> None:
    met = Counter(entry["fault"] for entry in simulator.log)
    share = 1 - (met["none"] + met["slow"]) / len(simulator.log)
    record_property(
        "figures", f"{RUNS} runs, {len(simulator.log)} calls, {share:.0%} with a fault: {dict(figures)}; {dict(met)}"
    )
    assert figures["overlapped"] > RUNS / 10
    assert share >= 0.08 and (RUNS < 500 or set(met) == {"none", *FAULTS})
    assert all("all_tags" not in entry["command"] and "Replace" not in entry["body"] for entry in simulator.log)
    assert figures["changed"] > RUNS / 4 and figures["unchanged"] > 0
    assert min(figures[f"failed, {end}"] for end in ("written", "not written")) > RUNS / 25
    assert figures["failed users"] > RUNS / 100
    assert all(FIELDS[kind.name][0] in "".join(entry["body"] for entry in simulator.log) for kind in (ATTRS, TAGS))
