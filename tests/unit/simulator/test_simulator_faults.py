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
from live.contract import PUSH
from simulator.faults import APPLIED, KINDS


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


SET = "im_set_attr_name"
NAMES = {"AttrNames": {"0": "sex"}}
# The requests library understands the response. It takes an interim response for the final one.
UNDERSTOOD = ("slow", "trickle", "stale", "hang_up", "twice", "encoded", "chunked_longer", "duplicate_key")


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_a_fault_decides_if_the_request_is_applied(simulator, app, post, kind):
    app.users = {"ann": {}}
    settings = {"interval": 0.0001} if kind == "trickle" else {}
    for path, body in ((SET, NAMES), ("im_push", PUSH)):
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


def test_slow_applies_the_request_before_it_waits(simulator, app, signed_url):
    simulator.fail(app.sdkappid, "slow", seconds=0.5)
    with pytest.raises(requests.Timeout):
        requests.post(signed_url(SET), data=json.dumps(NAMES), verify=simulator.ca_file, timeout=0.2)
    assert app.names == {"0": "sex"}


def test_a_stale_read_shows_what_was_there_before_the_last_write(simulator, app, post):
    assert post(SET, NAMES)[0] == 0
    simulator.fail(app.sdkappid, "stale")
    assert [post()[1].get("AttrNames") for _turn in range(2)] == [None, {"0": "sex"}]


def test_cut_early_does_not_read_the_body(simulator, app, signed_url):
    simulator.fail(app.sdkappid, "cut_early")
    connection = http.client.HTTPConnection(simulator.http_url.removeprefix("http://"), timeout=5)
    connection.putrequest("POST", signed_url(SET).removeprefix(simulator.https_url))
    connection.putheader("Content-Length", "100")
    connection.endheaders()  # the body is never sent
    with pytest.raises((ConnectionError, http.client.BadStatusLine, socket.timeout)) as failed:
        connection.getresponse()
    assert not isinstance(failed.value, socket.timeout)
    (entry,) = simulator.requests(app.sdkappid)
    assert (entry["fault"], entry["body"], app.writes) == ("cut_early", "", 0)


def test_a_fault_waits_for_its_command(simulator, app, post):
    simulator.fail(app.sdkappid, "code", command="im_set_attr_name", code=60018)
    assert post()[0] == 0
    assert post(SET, NAMES)[0] == 60018


@pytest.fixture
def exchange(simulator, app, signed_url):
    """Sends one request on a connection of its own, and returns all bytes that arrive in a while."""

    def send(kind: str, wait: float = 0.3, **settings) -> bytes:
        app.answers = "documented"
        simulator.fail(app.sdkappid, kind, **settings)
        host, port = simulator.http_url.removeprefix("http://").split(":")
        path = signed_url(SET).removeprefix(simulator.https_url)
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
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(RIGHT), RIGHT)


@pytest.mark.parametrize("status", [100, 102, 103])
def test_interim_responses_precede_the_right_one(exchange, simulator, app, status):
    *interim, head, body = exchange("interim", status=status, times=3).split(b"\r\n\r\n")
    assert [one.split()[1] for one in interim] == [str(status).encode()] * 3
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and body == RIGHT
    assert simulator.faults[app.sdkappid].queue == []  # times is that of the fault, not how often it is queued


@pytest.mark.parametrize(("wait", "seconds", "times"), [(0.3, 0.1, 2), (0.2, 0.6, 1)])
def test_a_response_can_be_sent_twice_the_second_time_late(exchange, wait, seconds, times):
    received = exchange("twice", wait=wait, seconds=seconds)
    assert received == received[: len(received) // times] * times and received.count(RIGHT) == times


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "deflate, gzip, gzip"])
def test_a_response_can_be_compressed(exchange, encoding):
    head, body = exchange("encoded", encoding=encoding).split(b"\r\n\r\n", 1)
    assert f"Content-Encoding: {encoding}\r\n".encode() in head + b"\r\n"
    for coding in reversed(encoding.split(", ")):
        body = gzip.decompress(body) if coding == "gzip" else zlib.decompress(body)
    assert body == RIGHT


@pytest.mark.parametrize(
    ("kind", "settings", "header", "body"),
    [
        ("http_after", {"status": 503}, b"HTTP/1.1 503", b"<html><body><h1>Bad Gateway</h1></body></html>"),
        ("truncated", {}, b"Content-Length: %d" % len(RIGHT), RIGHT[: -(len(RIGHT) // 2)]),
        ("garbage", {"body": "城"}, b"Content-Length: 3", "城".encode()),
        ("bytes", {"body": "\x00\xff\xe9"}, b"Content-Length: 3", b"\x00\xff\xe9"),
        ("chunked_longer", {}, b"Transfer-Encoding: chunked", CHUNKS),
        ("chunked_longer", {}, b"Content-Length: %d" % (len(CHUNKS) + 100), CHUNKS),
        ("duplicate_key", {}, b"HTTP/1.1 200 OK", b'{"ErrorCode": 90001, ' + RIGHT[1:]),
    ],
)
def test_a_response_can_be_malformed(exchange, kind, settings, header, body):
    received = exchange(kind, **settings).split(b"\r\n\r\n", 1)
    assert header in received[0] and received[1] == body


@pytest.mark.parametrize("retry_after", ["", "2", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_an_http_error_can_say_when_to_retry(simulator, app, signed_url, retry_after):
    simulator.fail(app.sdkappid, "http", status=503, retry_after=retry_after)
    answer = requests.post(signed_url(SET), data="{}", verify=simulator.ca_file, timeout=5)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, retry_after or None)
