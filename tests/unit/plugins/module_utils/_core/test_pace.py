# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service accepts 100 calls of a command within any second, and nobody knows when it counts them."""

from __future__ import annotations

import random
import time

import names
import pytest
import virtual
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.pace import PER_SECOND, Pace
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.retry import Call
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import MOST
from hypothesis import given
from hypothesis import strategies as st
from virtual import GET, each


def begun_at_once(pace: Pace, now: float) -> int:
    """Return how many calls may begin at *now*, and let them end at once."""
    count = 0
    while pace.wait(now) == 0.0:
        pace.begin()
        pace.end(now)
        count += 1
    return count


def test_a_hundred_calls_may_begin_at_once():
    assert PER_SECOND == 100
    assert begun_at_once(Pace(), 50.0) == 100
    assert begun_at_once(Pace(3), 50.0) == 3


def test_the_next_may_begin_more_than_a_second_after_the_end_of_the_first():
    pace = Pace(2)
    for ends in (10.0, 10.25):
        assert pace.wait(10.0) == 0.0
        pace.begin()
        pace.end(ends)
    assert pace.wait(10.5) == pytest.approx(0.51)
    assert pace.wait(11.0) > 0
    assert pace.wait(11.02) == 0.0
    pace.begin()
    assert pace.wait(11.02) == pytest.approx(0.24)  # a second after the end of the second


def test_a_call_counts_while_it_is_under_way_however_long_that_takes():
    pace = Pace(1)
    pace.begin()
    assert pace.wait(10.0) is None and pace.wait(10_000.0) is None
    pace.end(10_000.0)
    assert pace.wait(10_000.5) == pytest.approx(0.51)


def test_it_learns_from_throttling_and_recovers():
    pace = Pace()
    for _call in range(10):
        pace.begin()
    for _call in range(10):
        pace.end(100.0, throttled=True)  # all were under way at the same time: it halves once
    assert begun_at_once(pace, 102.0) in range(45, 56)
    pace.begin()
    pace.end(104.0, throttled=True)
    assert begun_at_once(pace, 106.0) in range(22, 32)
    rates = [begun_at_once(pace, 108.0 + 2 * second) for second in range(200)]
    assert rates == sorted(rates) and rates[0] < 40 and rates[-1] == 100


def test_it_never_stops_however_often_it_is_throttled():
    pace = Pace()
    for second in range(0, 100, 2):
        assert pace.wait(float(second)) == 0.0
        pace.begin()
        pace.end(float(second), throttled=True)
    assert pace.wait(100.0) == 0.0


@given(
    st.integers(1, 20), st.lists(st.tuples(st.floats(0, 3), st.floats(0, 1), st.booleans()), min_size=1, max_size=80)
)
def test_no_sliding_second_has_too_many_whenever_the_service_counts_a_call(most, calls):
    """Each call takes some time, and the service counts it at some moment between its beginning and its end."""
    pace, now, counted, under_way = Pace(most), 0.0, [], []

    def end_first() -> float:
        ends, throttled = under_way.pop(under_way.index(min(under_way)))
        pace.end(ends, throttled)
        return max(now, ends)

    for takes, share, throttled in calls:
        while True:
            while under_way and min(under_way)[0] <= now:
                end_first()
            wait = pace.wait(now)
            if wait == 0.0:
                break
            now = end_first() if wait is None else now + wait
        pace.begin()
        under_way.append((now + takes, throttled))
        counted.append(now + takes * share)
    assert virtual.busiest(counted) <= most


def test_a_command_is_sent_at_most_a_hundred_times_a_second_with_many_under_way():
    service = virtual.Service(seconds=0.002)
    assert len(list(each(service.client(), range(350)))) == 350
    assert service.busiest() == 100
    assert service.most_under_way == MOST
    assert service.sent[-1].at - service.sent[0].at < 3.5


def test_the_rate_holds_from_one_call_to_the_next_and_for_each_command_by_itself():
    service = virtual.Service(seconds=0.002)
    made = service.client()
    for _turn in range(150):
        made.call(GET, dict)
    assert service.busiest() == 100
    before = service.now
    for _turn in range(50):
        made.call(Call("v4/test/other", {}), dict)
    assert service.sent[150].at == before and service.now - before < 0.2


@pytest.mark.parametrize("seed", range(3))
def test_the_rate_includes_retries(seed):
    """A third of the requests fails, and each takes another time."""
    chance = random.Random(seed)
    service = virtual.Service(
        lambda sent, number: virtual.BROKEN if chance.random() < 0.3 else virtual.reply(),
        seconds=lambda sent: chance.choice([0.001, 0.01, 0.3]),
    )
    outcomes = each(service.client(retries=20), range(400))
    assert sorted(outcomes) == [(job, 0) for job in range(400)]
    assert len(service.sent) > 450 and service.busiest() <= 100


def test_a_service_that_accepts_fewer_calls_is_called_less_often():
    """Others call the same app: the service leaves 40 of the 100 calls a second to this task."""
    accepted: list[float] = []

    def answer(sent: virtual.Sent, number: int):
        if sum(at > sent.at - 1 for at in accepted) >= 40:
            return virtual.reply(60011)
        accepted.append(sent.at)
        return virtual.reply()

    service = virtual.Service(answer, seconds=0.002)
    assert sorted(each(service.client(retries=0), range(600))) == [(job, 0) for job in range(600)]
    assert len(accepted) == 600 and len(service.sent) < 900, "most calls were rejected"


def test_the_service_counts_no_more_than_a_hundred_a_second_of_a_real_client(simulator, app, connect):
    simulator.faults[app.sdkappid].at_random(0.1, 1, ["http", "code", "cut"])
    made = connect(retries=20, sleep=time.sleep, clock=time.monotonic)
    assert sorted(each(made, range(130), names.CALL)) == [(job, 0) for job in range(130)]
    assert len(simulator.log) > 130
    assert simulator.busiest(app.sdkappid)["im_get_attr_name"] <= 100
    assert not [entry for entry in simulator.log if entry["answered"] in (60007, 60011)]
    assert simulator.most_open(app.sdkappid) <= MOST
