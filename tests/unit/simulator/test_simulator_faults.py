# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the simulator."""

from __future__ import annotations


def test_random_faults_follow_their_seed(simulator):
    def drawn() -> list:
        app = simulator.add(1400000077)
        faults = simulator.faults[app.sdkappid]
        faults.at_random(0.3, 7, ["cut", "stale", "code"])
        return [(faults.take("x") or {}).get("kind") for turn in range(200)]

    first = drawn()
    assert first == drawn()
    assert 30 < sum(kind is not None for kind in first) < 90
    assert set(first) == {None, "cut", "stale", "code"}
