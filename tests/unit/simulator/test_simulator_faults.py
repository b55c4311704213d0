# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the simulator."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import socket
import zlib

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


# The requests library understands the response. It takes an interim response for the final one.
UNDERSTOOD = ("slow", "trickle", "stale", "hang_up", "twice", "encoded", "chunked_longer", "duplicate_key")


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
        assert understood is (kind in UNDERSTOOD)
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
        ({"kind": "http", "retry_after": 5}, "retry_after of a fault must be like '', not 5"),
        ({"kind": "interim", "status": 200}, "status of an interim response must be 100, 102 or 103, not 200"),
        ({"kind": "encoded", "encoding": "br"}, "encoding of a fault must list gzip or deflate, not 'br'"),
        ({"kind": "bytes", "body": "城"}, "body of a fault of kind bytes must be characters up to U+00FF, not '城'"),
    ],
)
def test_an_invalid_fault_gets_a_clear_error(given, message):
    with pytest.raises(ValueError) as failed:
        fault(**given)
    assert message in str(failed.value)


@pytest.fixture
def exchange(simulator, app):
    """Sends one request on a connection of its own, and returns all bytes that arrive in a while."""

    def send(kind: str, wait: float = 0.3, **settings) -> bytes:
        app.answers = "documented"
        simulator.fail(app.sdkappid, kind, **settings)
        host, port = simulator.http_url.removeprefix("http://").split(":")
        path = signed_url(simulator, app).removeprefix(simulator.https_url)
        body = json.dumps(NAMES)
        with socket.create_connection((host, int(port)), timeout=wait) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            received = b""
            with contextlib.suppress(socket.timeout):
                while part := connection.recv(65536):
                    received += part
        assert app.names == {"0": "sex"}
        return received

    return send


RIGHT = b'{"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0}'


@pytest.mark.parametrize("status", [100, 102, 103])
def test_interim_responses_precede_the_right_one(exchange, simulator, app, status):
    received = exchange("interim", status=status, times=3)
    *interim, head, body = received.split(b"\r\n\r\n")
    assert [one.split()[1] for one in interim] == [str(status).encode()] * 3
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and body == RIGHT
    assert simulator.faults[app.sdkappid].queue == []  # times is that of the fault, not how often it is queued


def test_a_response_can_be_sent_twice(exchange):
    received = exchange("twice", seconds=0.1)
    first, second = received[: len(received) // 2], received[len(received) // 2 :]
    assert first == second and first.endswith(RIGHT)


def test_the_second_response_comes_late(exchange):
    assert exchange("twice", wait=0.2, seconds=0.6).count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "deflate, gzip, gzip"])
def test_a_response_can_be_compressed(exchange, encoding):
    head, body = exchange("encoded", encoding=encoding).split(b"\r\n\r\n", 1)
    assert f"Content-Encoding: {encoding}\r\n".encode() in head + b"\r\n"
    for coding in reversed(encoding.split(", ")):
        body = gzip.decompress(body) if coding == "gzip" else zlib.decompress(body)
    assert body == RIGHT


def test_a_body_can_be_any_bytes(exchange):
    head, body = exchange("bytes", body="\x00\xff\xe9").split(b"\r\n\r\n", 1)
    assert body == b"\x00\xff\xe9" and b"Content-Length: 3\r\n" in head


def test_a_chunked_response_can_announce_a_larger_length(exchange):
    head, body = exchange("chunked_longer").split(b"\r\n\r\n", 1)
    (length,) = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")]
    assert b"Transfer-Encoding: chunked" in head and length > len(body)
    assert body == b"%x\r\n%s\r\n0\r\n\r\n" % (len(RIGHT), RIGHT)


def test_a_key_can_be_repeated(exchange):
    body = exchange("duplicate_key").split(b"\r\n\r\n", 1)[1]
    assert body == b'{"ErrorCode": 90001, ' + RIGHT[1:]


@pytest.mark.parametrize("retry_after", ["", "2", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_an_http_error_can_say_when_to_retry(simulator, app, retry_after):
    simulator.fail(app.sdkappid, "http", status=503, retry_after=retry_after)
    answer = requests.post(signed_url(simulator, app), data="{}", verify=simulator.ca_file, timeout=5)
    assert (answer.status_code, answer.headers.get("Retry-After", "")) == (503, retry_after)
    assert ("Retry-After" in answer.headers) == bool(retry_after)
