# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random maps against a service that misbehaves at random: nothing is lost, and nothing is claimed that is not so."""

from __future__ import annotations

import random
from collections import Counter

from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE
from tasks import SEED, run, runs

RUNS = runs(200)
RATE = 0.2  # of the calls meet a fault
KINDS = [
    "code",
    "code_after",
    "http",
    "cut",
    "cut_after",
    "truncated",
    "garbage",
    "redirect",
    "slow",
    "stale",
    "hang_up",
    "cut_early",
    "http_after",
    "bytes",
    "interim",
    "encoded",
    "chunked_longer",
    "duplicate_key",
]
WORDS = [*(f"name {number}" for number in range(40)), "sex", "city", "城市", "first name", "x" * 50, "{{ x }}", "null"]


def some_names(chance: random.Random, most: int) -> dict[str, str]:
    size = chance.randint(0, most)
    return dict(zip(chance.sample("0123456789", size), chance.sample(WORDS, size)))


def test_faults_lose_nothing_and_no_run_claims_what_is_not_so(simulator, app, connect, record_property):
    figures: Counter[str] = Counter()
    simulator.log.clear()
    for seed in range(RUNS):
        chance = random.Random(SEED + seed)
        start, wanted = some_names(chance, 8), some_names(chance, 5)
        api = chance.choice(["all_member_push", "timpush"])
        # An app for each run: a request whose connection was cut may still be at work when the run has ended.
        target = simulator.add(
            app.sdkappid + seed,
            names=dict(start),
            mode=("merge", "replace")[seed % 2],
            no_names=chance.choice(["missing", "null", "empty", "text", "blank"]),
            refuse_swaps=chance.random() < 0.3,
            types={number: chance.randint(0, 1) for number in start if chance.random() < 0.7},
        )
        simulator.faults[target.sdkappid].at_random(RATE, SEED + seed, KINDS)
        after = {**start, **wanted}
        client = connect({"sdkappid": target.sdkappid, "secret_key": target.secret_key}, timeout=5)
        result = run(ENSURE, client, attr_names=wanted, api=api)
        if not result.get("failed"):
            assert result["attr_names"] == target.names == after
            types = result.get("attr_types", {})
            assert all(types.get(number, kind) == kind for number, kind in target.types.items())
            assert result["diff"]["before"] != result["diff"]["after"] or not result["changed"]
            assert bool(target.writes) is result["changed"]
            assert start == after or result["changed"]
            figures["changed" if result["changed"] else "unchanged"] += 1
        elif result["msg"].startswith("attr_names: name "):  # a wanted name is that of a number that stays
            assert target.names == start and target.writes == 0 and "command" not in result
            figures["rejected: name taken"] += 1
        else:
            calls = [f"{part}et_attr_name for app" for part in ("im_g", "im_s", "g", "s")]
            assert result["msg"].startswith((*calls, "the service accepted"))
            assert "read back" in result["msg"] or result["tries"] >= 1
            # Before, or as asked; nothing in between, and nothing that was not listed is lost.
            assert target.names in (start, after)
            # A lost write that cannot be read back is the only one that is not reported as a change.
            assert not result["changed"] or target.writes
            figures["failed, written" if target.names == after != start else "failed, not written"] += 1
    met = Counter(entry["fault"] for entry in simulator.log)
    share = 1 - met["none"] / len(simulator.log)
    record_property(
        "figures",
        f"{RUNS} runs, {len(simulator.log)} calls, {share:.0%} of them with a fault: {dict(figures)}; {dict(met)}",
    )
    assert share >= 0.1 and (RUNS < 500 or set(met) == {"none", *KINDS})
    assert figures["changed"] > RUNS / 3
    assert min(figures["unchanged"], figures["failed, not written"]) > RUNS / 100
