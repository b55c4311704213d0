# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random accounts against a service that misbehaves at random: each result describes what the service contains."""

from __future__ import annotations

import random
from collections import Counter

from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts.accounts import ENSURE
from tasks import SEED, run, runs
from test_accounts import profiles
from test_users_faults import FAULTS, Overtaking

RUNS = runs(150)
RATE = 0.2
WORDS = ["a", "b", "城市", "{{ x }}", "x" * 500]


def some_profile(chance: random.Random) -> dict:
    return {field: chance.choice(WORDS) for field in ("nick", "face_url") if chance.random() < 0.4}


def some_app(simulator, number: int, chance: random.Random, accounts: list[str]):
    existing = [account for account in accounts if chance.random() < 0.5]
    return simulator.add(
        number,
        users={account: some_profile(chance) for account in [*existing, "other"]},
        import_profiles=chance.choice(["keep", "keep", "drop"]),
        unset_profile=chance.choice(["missing", "blank", "null"]),
        unknown_profiles=chance.choice(["item", "whole"]),
        failing_users={account: 70402 for account in accounts if chance.random() < 0.004},
    )


def test_each_result_describes_what_the_service_contains(simulator, app, connect, record_property):
    figures: Counter[str] = Counter()
    simulator.log.clear()
    for seed in range(RUNS):
        chance = random.Random(SEED + seed)
        accounts = [f"u{number}" for number in range(chance.choice([1, 2, 2, 9, 9, 130, 230]))]
        target = some_app(simulator, app.sdkappid + seed, chance, accounts)
        before = profiles(target)
        simulator.faults[target.sdkappid] = Overtaking(SEED + seed)
        simulator.faults[target.sdkappid].at_random(RATE, SEED + seed, FAULTS)
        wanted = {account: some_profile(chance) if chance.random() < 0.2 else None for account in accounts}
        options = {"state": "absent", "confirm_deletion": True} if chance.random() < 0.3 else {}
        after = {account: {**before.get(account, {}), **(wanted[account] or {})} for account in accounts}
        after = {"other": before["other"], **({} if options else after)}
        client = connect({"sdkappid": target.sdkappid, "secret_key": target.secret_key}, timeout=5, retries=1)
        result = run(ENSURE, client, accounts=wanted, **options)
        held = profiles(target)
        if not result.get("failed"):
            assert held == after and result["changed"] is (before != after)
            assert set(result["accounts"]) == set(after) - {"other"}
            for account, profile in result["accounts"].items():
                assert profile.items() <= held[account].items()
            figures["changed" if result["changed"] else "unchanged"] += 1
            continue
        assert set(result.get("failed_accounts", ())) <= set(target.failing_users)
        assert not result["changed"] or target.writes
        assert held["other"] == before["other"]
        figures["failed, " + ("written" if held != before else "not written")] += 1
        figures["failed accounts"] += bool(result.get("failed_accounts"))
        # A second run, without faults, does the rest.
        simulator.faults[target.sdkappid].stop_random()
        target.failing_users = {}
        assert run(ENSURE, client, accounts=wanted, **options).get("msg") is None
        assert profiles(target) == after
    met = Counter(entry["fault"] for entry in simulator.log)
    record_property("figures", f"{RUNS} runs, {len(simulator.log)} calls: {dict(figures)}; {dict(met)}")
    assert RUNS < 500 or set(met) == {"none", *FAULTS}
    assert figures["changed"] > RUNS / 4 and figures["failed, written"] > RUNS / 25
    assert figures["failed accounts"] > RUNS / 100
