# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the request log shows: the pace, the connections and the concurrency of a client."""

from __future__ import annotations

import threading
import time

import pytest
import requests
from simulator.log import Log


def entries(*times: float, command: str = "one", lasts: float | None = 0.1) -> list[dict]:
    ended = [None if lasts is None else at + lasts for at in times]
    return [{"command": command, "at": at, "ended": end} for at, end in zip(times, ended)]


@pytest.mark.parametrize(
    ("times", "most"),
    [
        ([], None),
        ([5.0], 1),
        ([0.0, 0.5, 0.99], 3),
        ([0.0, 1.0, 2.0], 1),  # a second after another is not within a second
        ([0.0, 0.6, 1.2, 1.5, 1.59, 3.0], 4),  # not within 0 to 1, or 1 to 2
        ([1.2, 0.0, 0.6], 2),  # they may be logged in another order than that of their arrival
    ],
)
def test_the_busiest_second_slides(times, most):
    assert Log(entries(*times)).busiest() == ({} if most is None else {"one": most})


def test_each_command_is_counted_alone():
    assert Log(entries(0, 0.1) + entries(0.2, command="two")).busiest() == {"one": 2, "two": 1}


def test_requests_that_overlap_are_counted():
    assert Log().most_open() == 0
    assert Log(entries(0.0, 0.1, 0.2, lasts=0.1)).most_open() == 1
    assert Log(entries(0.0, 0.1, 0.2, lasts=0.15)).most_open() == 2
    assert Log(entries(0.0, 5.0, lasts=None)).most_open() == 2


def test_a_client_is_measured(simulator, app):
    simulator.fail(app.sdkappid, "slow", times=3, seconds=0.3)
    url = f"{simulator.http_url}/v4/all_member_push/im_get_attr_name?sdkappid={app.sdkappid}"
    threads = [threading.Thread(target=requests.post, args=(url, "{}"), kwargs={"timeout": 10}) for _turn in range(3)]
    before = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with requests.Session() as session:
        for _turn in range(2):
            session.post(url, data="{}", timeout=10)
    requests.post(url.replace(str(app.sdkappid), "7"), data="{}", timeout=10)
    assert all(before <= entry["at"] <= entry["ended"] <= time.monotonic() for entry in simulator.log)
    assert simulator.connections(app.sdkappid) == 4 and simulator.connections() == 5
    assert simulator.busiest(7) == {"im_get_attr_name": 1}
    assert all(entry["ended"] - entry["at"] >= 0.3 for entry in simulator.log[:3])
    assert simulator.most_open(7) == 1
