# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes to a service that misbehaves at random: none is delivered twice, and each result says what is so."""

from __future__ import annotations

import random
from collections import Counter

from ansible_collections.tencentcloud.chat.plugins.module_utils._core.codes import CODES
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH, PUSH_CODES
from tasks import SEED, run, runs

RUNS = runs(200)
RATE = 0.45  # the chance that a first request meets a fault, and that the next one does so too
KINDS = {
    "code": 6,
    "code_after": 3,
    "http": 3,
    "http_after": 2,
    "redirect": 1,
    "cut_early": 2,
    "cut": 2,
    "cut_after": 3,
    "truncated": 2,
    "garbage": 2,
    "slow": 1,
    "trickle": 1,
    "stale": 1,
    "hang_up": 2,
    "bytes": 1,
    "interim": 1,
    "twice": 1,
    "encoded": 1,
    "chunked_longer": 1,
    "duplicate_key": 1,
}
# A code that says that the push was rejected is not one that the service can return after it accepted the push.
UNCLEAR = [90025, *(code for code, known in CODES.items() if known.may_be_accepted)]
USERS = {"ann": {"attrs": {"sex": "f"}, "tags": ["staff"]}, "bob": {"attrs": {"sex": "m"}, "tags": ["staff"]}}
AUDIENCES = [{"all_users": True}, {"tags_or": ["staff"]}, {"attrs_or": {"sex": "f"}}, {"attrs_and": {"sex": "f"}}]


def some_fault(chance: random.Random) -> dict:
    (kind,) = chance.choices(list(KINDS), list(KINDS.values()))
    settings = {
        "code": {"code": chance.choice([60007, 60011, 60018, 60019, 90024, 429001, *PUSH_CODES])},
        "code_after": {"code": chance.choice([*UNCLEAR, 429001])},
        "http": {"status": chance.choice([429, 429, 400, 403, 404, 413, 500, 502, 503])},
        "http_after": {"status": chance.choice([400, 500, 502, 503])},
        "slow": {"seconds": chance.choice([0.01, 0.6])},
        "trickle": {"interval": 0.05},
    }
    return {"kind": kind, **settings.get(kind, {})}


def some_push(simulator, connect, refused_url: str, number: int, chance: random.Random) -> tuple:
    """Return the app and the result of a push; each has an app of its own."""
    # The module must not rely on what the service makes of a repeated MsgRandom, or of two pushes within a second.
    target = simulator.add(number, names={"0": "sex"}, users=USERS, random_repeats="again", push_interval=0.0)
    while chance.random() < RATE:
        simulator.fail(number, **some_fault(chance))
    url = refused_url if chance.random() < 0.03 else None
    account = {"sdkappid": number, "secret_key": target.secret_key}
    client = connect(account, url=url, timeout=0.3, retries=chance.choice([0, 1, 3]))
    api = chance.choice(["all_member_push", "timpush"])
    return target, run(PUSH, client, text="hi", api=api, **chance.choice(AUDIENCES))


def test_no_push_is_delivered_twice_and_each_result_is_true(simulator, app, connect, refused_url, record_property):
    simulator.log.clear()
    done = [
        some_push(simulator, connect, refused_url, app.sdkappid + seed, random.Random(SEED + seed))
        for seed in range(RUNS)
    ]
    figures: Counter[str] = Counter()
    for target, result in done:
        delivered = len(target.deliveries("ann"))
        outcome = "changed" if result["changed"] else f"sent {result['sent']}"
        figures[f"{outcome}, delivered {delivered}"] += 1
        assert delivered == len(target.pushes) <= 1
        assert outcome != "changed" or (delivered, result["task_id"]) == (1, target.pushes[0]["task_id"])
        assert outcome != "sent no" or delivered == 0
        assert isinstance(result["msg_random"], int), result["msg"]
        assert delivered == 0 or target.pushes[0]["random"] == result["msg_random"]
    met = Counter(entry["fault"] for entry in simulator.log)
    retried = len([1 for entry in simulator.log if entry["command"].endswith("push")])
    record_property(
        "figures", f"{RUNS} pushes in {retried} attempts: {dict(sorted(figures.items()))}; faults: {dict(met)}"
    )
    assert RUNS < 500 or set(met) == {"none", *KINDS}
    unknown = {f"sent unknown, delivered {times}" for times in (0, 1)}
    assert set(figures) == {"changed, delivered 1", "sent no, delivered 0", *unknown}
    assert min(figures.values()) > RUNS / 50
