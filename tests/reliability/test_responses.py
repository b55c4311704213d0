# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gateways that send more than one response to a request: the response of one app is never taken for another's."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from components import HAProxy
from network import Gateway
from parts import FIRST, KEY, SECOND, check_pushes, declare, each, items, needs, push, read, scenario

OWN = {FIRST: {"0": "first"}, SECOND: {"0": "second"}}
BOTH = [FIRST, SECOND]
OWN_NAME = f"{{{{ 'first' if item == {FIRST} else 'second' }}}}"
SERVERS = {
    "100": {"interim": (100,)},
    "102": {"interim": (102,)},
    "103": {"interim": (103,)},
    "two": {"interim": (103, 103)},
    "three": {"interim": (100, 102, 103)},
    "twice": {"again": 0},
}


@pytest.fixture
def apps(simulator, monkeypatch):
    """Two apps: pushes of the second one are rejected with 90047. Interim responses arrive before the final one."""
    monkeypatch.setattr(simulator, "latency", 0.05)
    settings = {"secret_key": KEY, "push_interval": 0.0, "random_repeats": "again"}
    return {
        FIRST: simulator.add(FIRST, names=dict(OWN[FIRST]), **settings),
        SECOND: simulator.add(SECOND, names=dict(OWN[SECOND]), pushes_per_day=0, **settings),
    }


def check_read(result: dict, app) -> None:
    assert not result.get("failed") and result["attr_names"] == OWN[app.sdkappid], result


def check_write(result: dict, app) -> None:
    wanted = {**OWN[app.sdkappid], "1": f"city{app.sdkappid}"}
    assert not result.get("failed") and result["attr_names"] == app.names == wanted, (app.names, result)


def check_push(result: dict, app) -> None:
    check_pushes(app, [result], all_arrive=app.sdkappid == FIRST)
    if app.sdkappid == SECOND:
        assert (result.get("failed"), result.get("error_code"), result.get("sent")) == (True, 90047, "no"), result


CHECKS = {"read": check_read, "declare": check_write, "push": check_push}


def tasks(url: str) -> dict[str, dict]:
    """Return tasks that read, set and push for one app after the other."""
    options = {"api_url": url, "timeout": 3, "retries": 1}
    return {
        "read": each(read("{{ item }}", **options), BOTH * 2),
        "declare": each(declare("{{ item }}", {0: OWN_NAME, 1: "city{{ item }}"}, **options), BOTH * 2),
        "push": each(push("{{ item }}", **options), BOTH * 2),
    }


def check(run, apps: dict, names: Iterable[str]) -> None:
    """Check the results of the tasks with these names."""
    for name in names:
        results = items(run, name)
        assert [result["item"] for result in results] == BOTH * 2
        for result in results:
            CHECKS[name](result, apps[result["item"]])


@needs("haproxy", "haproxy")
@pytest.mark.parametrize("name", CHECKS)
@scenario(
    "HAProxy",
    "103 Early Hints before each response; names read and set, and pushes, of two apps one after the other",
    "no response of one app is taken for the other's, and each task succeeds or fails as it would without the gateway",
)
def test_early_hints_of_haproxy(simulator, play, apps, way, name):
    with HAProxy(simulator.http_url) as haproxy:
        run = play([tasks(f"http://127.0.0.1:{haproxy.port}")[name]], way=way)
    check(run, apps, [name])


@pytest.mark.parametrize("server", SERVERS)
@scenario(
    "a socket server",
    "100, 102 or 103 before each response, several of them, or each response twice",
    "no response of one app is taken for the other's, and each task succeeds or fails as it would without the server",
)
def test_more_than_one_response(simulator, play, apps, way, server):
    with Gateway(simulator.http_url, **SERVERS[server]) as gateway:
        every = tasks(gateway.url)
        run = play(list(every.values()), way=way)
    check(run, apps, every)


@scenario(
    "a socket server",
    "a second response that arrives while the connection is idle",
    "the next request does not take it for its own",
)
def test_late_second_response(simulator, play, apps):
    """In-process only: a module ends, with its connection, before the second response arrives."""
    with Gateway(simulator.http_url, again=0.1) as gateway:
        every = tasks(gateway.url)
        run = play([{**every[name], "loop_control": {"pause": 0.4}} for name in ("read", "push")])
    check(run, apps, ["read", "push"])
