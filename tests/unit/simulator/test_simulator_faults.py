# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the simulator."""

from __future__ import annotations

import http.client
import json
import socket

import pytest
import requests
from simulator.faults import APPLIED, KINDS, LOST, NOT_APPLIED, fault


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


SET = "v4/all_member_push/im_set_attr_name"
NAMES = {"AttrNames": {"0": "sex"}}
PUSH = {"MsgRandom": 7, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}]}


def test_each_kind_is_listed_once():
    assert sorted(NOT_APPLIED + APPLIED) == sorted(KINDS)
    assert set(LOST) < set(APPLIED)


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_a_fault_decides_if_the_request_is_applied(simulator, app, post, kind):
    app.users = {"ann": {}}
    settings = {"interval": 0.0001} if kind == "trickle" else {}
    for path, body in ((SET, NAMES), ("v4/all_member_push/im_push", PUSH)):
        simulator.fail(app.sdkappid, kind, **settings)
        try:
            understood = post(path, body)[0] == 0
        except (requests.RequestException, AssertionError, KeyError):
            understood = False
        assert understood is (kind in ("slow", "trickle", "stale", "hang_up"))
    assert app.names == ({"0": "sex"} if kind in APPLIED else {})
    assert len(app.deliveries("ann")) == (kind in APPLIED)
    assert [entry["fault"] for entry in simulator.requests(app.sdkappid)] == [kind, kind]
    assert post(SET, NAMES)[0] == 0


def test_http_after_has_the_status_that_is_asked_for(simulator, app, post):
    simulator.fail(app.sdkappid, "http_after", status=503)
    with pytest.raises(AssertionError, match="Bad Gateway"):
        post(SET, NAMES)
    assert app.names == {"0": "sex"}


def test_slow_applies_the_request_before_it_waits(simulator, app):
    simulator.fail(app.sdkappid, "slow", seconds=0.5)
    body = json.dumps(NAMES)
    with pytest.raises(requests.Timeout):
        requests.post(signed_url(simulator, app), data=body, verify=simulator.ca_file, timeout=0.2)
    assert app.names == {"0": "sex"}


def test_cut_early_does_not_read_the_body(simulator, app):
    simulator.fail(app.sdkappid, "cut_early")
    host, port = simulator.http_url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    path = signed_url(simulator, app).removeprefix(simulator.https_url)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", "100")
    connection.endheaders()  # the body is never sent
    with pytest.raises((ConnectionError, http.client.BadStatusLine, socket.timeout)) as failed:
        connection.getresponse()
    assert not isinstance(failed.value, socket.timeout)
    (entry,) = simulator.requests(app.sdkappid)
    assert (entry["fault"], entry["body"], app.writes) == ("cut_early", "", 0)


def signed_url(simulator, app) -> str:
    from TLSSigAPIv2 import TLSSigAPIv2

    usersig = TLSSigAPIv2(app.sdkappid, app.secret_key).gen_sig("administrator")
    query = f"sdkappid={app.sdkappid}&identifier=administrator&usersig={usersig}&random=1&contenttype=json"
    return f"{simulator.https_url}/{SET}?{query}"


def test_a_fault_waits_for_its_command(simulator, app, post):
    simulator.fail(app.sdkappid, "code", command="im_set_attr_name", code=60018)
    assert post()[0] == 0
    assert post(SET, NAMES)[0] == 60018


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "cats"}, "there is no fault of kind 'cats'; the kinds are code, http"),
        ({"kind": None}, "there is no fault of kind None"),
        ({"kind": ["cut"]}, "there is no fault of kind"),
        ({"kind": "cut", "status": 500}, "a fault of kind cut does not accept 'status'; it accepts command"),
        ({"kind": "http", "status": "500"}, "status of a fault must be like 502, not '500'"),
        ({"kind": "http", "status": True}, "status of a fault must be like 502, not True"),
        ({"kind": "slow", "seconds": "x"}, "seconds of a fault must be like 0.05"),
        ({"kind": "cut", "command": 5}, "command of a fault must be like '', not 5"),
    ],
)
def test_an_invalid_fault_gets_a_clear_error(given, message):
    with pytest.raises(ValueError) as failed:
        fault(**given)
    assert message in str(failed.value)
