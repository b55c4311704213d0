# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connections there are, which requests share them, and when they end: against real servers and proxies."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from pathlib import Path

import names
import pytest
import requests
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import connection, tls
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.retry import Call
from servers import OK, Late, Server, another_simulator, answer, lanes, last, send, tls_server, until
from virtual import each

# -- connecting ------------------------------------------------------------------------------------


def test_ipv6_loopback(connect):
    with another_simulator(connect, host="::1") as other:
        for url in (other.https_url, other.http_url):
            assert "[::1]" in url
            assert names.read(other.client(url)) == names.State({})


def addresses(monkeypatch, port: int, *hosts: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port)) for host in hosts]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)


def test_the_addresses_of_a_host_share_the_time(monkeypatch, workers):
    """The first addresses may be dead. If one of them could use up the time, the others would never be tried."""
    tried = []

    class Socket(socket.socket):
        def connect(self, address):
            tried.append((address[0], self.gettimeout()))
            if address[0] != "127.0.0.1":
                raise socket.timeout("timed out")
            super().connect(address)

    with Server(answer()) as server, monkeypatch.context() as patched:
        addresses(monkeypatch, int(server.address.rpartition(":")[2]), "127.0.0.9", "127.0.0.8", "127.0.0.1")
        patched.setattr(socket, "socket", Socket)
        assert send(workers, "http://service.example", timeout=9.0).status == 200
    assert tried == [("127.0.0.9", 3.0), ("127.0.0.8", 3.0), ("127.0.0.1", 3.0)]


def test_if_all_addresses_fail_the_last_one_explains_why(monkeypatch, workers, refused_url):
    addresses(monkeypatch, int(refused_url.rpartition(":")[2]), "127.0.0.1", "127.0.0.1")
    assert send(workers, "http://service.example").what == "the connection was refused"
    addresses(monkeypatch, 1)
    found = send(workers, "http://service.example")
    assert found.what.startswith("no connection within") and found.is_transient and found.not_accepted


# -- used again, or not ----------------------------------------------------------------------------


@pytest.mark.parametrize("secure", [False, True])
def test_a_connection_is_used_again_and_replaced_when_the_server_closed_it(simulator, workers, secure):
    context = tls_server(simulator) if secure else None
    with Server(answer(), answer(), last(answer()), answer(), context=context) as server:
        for turn in range(5):
            found = send(workers, server.url, route=tls.Route(ca_path=simulator.ca_file))
            assert not isinstance(found, Failure), "neither a retry nor an error"
            assert turn != 2 or until(lambda: server.closed == 1)
        assert server.used == [1, 1, 1, 2, 2]
        assert server.pieces == [1] * 5, "with TLS, each piece is a record, so that none can be joined on the way"


@pytest.mark.parametrize(
    ("first", "reused"),
    [
        *((whole, True) for whole in (answer(), answer(status="503 Busy"), answer(b"x" * 900, status="404 Not Found"))),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", True),
        # A Content-Length beside chunks does not count.
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nrubbish\r\n", False),
        *((answer(OK, header), False) for header in ("Content-Encoding: gzip", "Connection: close")),
        (answer(OK, "Content-Length: 3"), False),  # contradicts itself
        (answer(b"x" * 1001), False),  # too large
        (answer(b"x" * 900 + b"y" * 20000, length=900), False),  # longer than it says
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", False),
        (b"rubbish\r\n\r\n", False),
        (answer(length=99), False),  # incomplete
    ],
)
def test_a_connection_is_used_again_only_after_a_whole_response(workers, first, reused):
    with Server(first, answer()) as server:
        is_whole = first != answer(length=99)
        send(workers, server.url, largest=1000, limit=10.0 if is_whole else 0.1, ready=lambda: server.used)
        assert send(workers, server.url).body == OK
        assert server.used == ([1, 1] if reused else [1, 2])
        assert reused or until(lambda: server.closed == 1)


def test_the_connection_of_a_request_that_was_given_up_is_ended_and_no_earlier_one(workers):
    """Its server may close it at any moment, so that the next request would fail."""
    late = Late()
    with Server(answer(), answer(), late, answer()) as server, Server(answer()) as other:
        for url in (server.url, other.url, server.url):
            assert send(workers, url).status == 200
        given_up = send(workers, server.url, limit=0.1, ready=lambda: len(server.used) == 3)
        assert given_up.what == "no complete response within 0.1 seconds"
        assert until(lambda: lanes() == 0), "the thread does not wait for the rest"
        late.set()
        assert until(lambda: server.closed == 2)
        assert send(workers, server.url).status == 200
        assert server.used == [1, 2, 2, 3]


def test_a_connection_that_opens_after_its_request_was_given_up_is_closed():
    one, other = socket.socketpair()
    with other:
        line = connection.Line()
        line.interrupt()
        with pytest.raises(TimeoutError):
            line.hold(None, one)
        assert one.fileno() == -1 and other.recv(1) == b""


def test_giving_up_a_request_whose_connection_has_just_ended_changes_nothing():
    line = connection.Line()
    with socket.socket() as never_connected:
        line.hold(None, never_connected)
        line.interrupt()
    line.close()


def test_a_call_that_must_not_be_repeated_has_a_connection_of_its_own(app, connect):
    """A server or a NAT may be about to drop an idle one. Then nobody knows whether the call arrived."""
    with Server(answer()) as server:
        for idempotent in (True, True, False, True):
            connect(url=server.url).call(Call("v4/test", {}, idempotent=idempotent), dict)
            assert idempotent or until(lambda: server.closed == 2), "the connection before it, and its own"
        assert server.used == [1, 1, 2, 3]


# -- the response to this request, and no other ----------------------------------------------------

INTERIM = {
    100: b"HTTP/1.1 100 Continue\r\n\r\n",
    102: b"HTTP/1.1 102 Processing\r\n\r\n",
    103: b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nContent-Length: 7\r\n\r\n",
}


@pytest.mark.parametrize("statuses", [(100,), (102,), (103,), (103, 102, 100, 103), (100, 100)])
def test_interim_responses_are_skipped(workers, statuses):
    """The next request must not get the response that followed."""
    before = b"".join(INTERIM[status] for status in statuses)
    with Server(before + answer(b'{"n": 1}'), answer(b'{"n": 2}')) as server:
        assert [send(workers, server.url).body for _turn in range(2)] == [b'{"n": 1}', b'{"n": 2}']
        assert server.used == [1, 1]


def test_interim_responses_that_never_end(workers):
    def for_ever(connection):
        while True:
            connection.sendall(INTERIM[103])

    with Server(for_ever) as server:
        assert isinstance(send(workers, server.url, limit=0.1, ready=lambda: server.used), Failure)
        assert until(lambda: server.closed == 1)


def test_a_late_second_response_is_not_taken_for_the_next_one(workers):
    late = Late(answer(b'{"n": 1}'), answer(b'{"n": 0}'))
    with Server(late, answer(b'{"n": 2}')) as server:
        assert send(workers, server.url).body == b'{"n": 1}'
        late.set()
        assert until(lambda: late.is_sent)
        assert send(workers, server.url).body == b'{"n": 2}'
        assert server.used == [1, 2]


@pytest.mark.parametrize("size", [0, 8192, 9000, 40000])
@pytest.mark.parametrize("secure", [False, True])
def test_a_second_response_that_arrives_at_once_is_not_taken_for_the_next_one(simulator, workers, secure, size):
    """With TLS, it may be in the memory of OpenSSL already, and not on the socket."""
    first = answer(b'{"n": 1}'.ljust(size - len(answer(b"", length=size)), b" "))  # so many bytes
    context = tls_server(simulator) if secure else None
    with Server(first + answer(b'{"n": 0}'), answer(b'{"n": 2}'), context=context) as server:
        for number in (1, 2):
            found = send(workers, server.url, route=tls.Route(ca_path=simulator.ca_file), largest=50000)
            assert found.body.strip() == b'{"n": %d}' % number


def test_apps_share_a_connection_unless_the_ca_differs(tmp_path, simulator, app, connect):
    second = simulator.add(1400000002)
    names.read(connect())
    names.read(connect({"sdkappid": second.sdkappid, "secret_key": second.secret_key}))
    assert len({entry["connection"] for entry in simulator.log}) == 1
    copy = tmp_path / "ca.pem"
    copy.write_bytes(Path(simulator.ca_file).read_bytes())
    names.read(connect(route={"ca_path": str(copy)}))
    names.read(connect(route={"validate_certs": False}))
    assert len({entry["connection"] for entry in simulator.log}) == 3
    # A connection that is kept without validation must not serve where validation is asked for.
    assert "unknown CA" in names.failure(connect(route={"ca_path": None})).what


# -- proxies ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def proxy(port_file: Path, *arguments: str):
    """Start a real proxy, which is not part of this project, on a port that it chooses itself."""
    command = [sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0", "--port-file", str(port_file)]
    command += [*arguments, "--num-workers", "1", "--num-acceptors", "1", "--log-level", "e"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert until(lambda: port_file.exists() and port_file.read_text().strip())
        yield f"127.0.0.1:{port_file.read_text().split()[0]}"
    finally:
        running.terminate()
        running.wait()


def test_a_proxy_is_used_for_several_hosts_and_for_several_requests_at_once(tmp_path, simulator, app, connect):
    with proxy(tmp_path / "port") as address:
        way = {"proxy": f"http://{address}"}
        assert names.ensure(connect(route=way), names.State({"0": "sex"})).after.names == app.names
        assert len({entry["connection"] for entry in simulator.log}) == 1
        for host in ("localhost", "127.0.0.1"):  # the items of a loop
            made = connect(url=simulator.https_url.replace("127.0.0.1", host), route=way)
            assert names.read(made).names == app.names
        assert [found for _job, found in each(made, range(12), names.CALL)] == [0] * 12


def test_a_proxy_with_credentials_has_a_connection_of_its_own(tmp_path, simulator, app, connect):
    closed = proxy(tmp_path / "closed", "--basic-auth", "user:p*ss word")
    with proxy(tmp_path / "open") as open_address, closed as address:
        for way in (None, f"http://{open_address}", f"http://user:p%2Ass%20word@{address}"):
            for _turn in range(2):
                made = connect(route={"proxy": way})
                assert names.read(made) == names.State({})
        used = [entry["connection"] for entry in simulator.log]
        assert used[::2] == used[1::2] and len(set(used)) == 3
        shown = made.redact_foreign("p%2Ass%20word / p%2ass%20word / p*ss word / dXNlcjpwKnNzIHdvcmQ=")
        assert shown.split(" / ") == ["********"] * 4
        without = connect(route={"proxy": f"http://{address}"})
        assert names.failure(without).what == "the proxy returned HTTP 407"


def test_a_proxy_behind_tls_is_checked_against_the_same_ca(tmp_path, simulator, app, connect):
    file = str(tmp_path / "proxy.pem")
    simulator.ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(file)
    with proxy(tmp_path / "port", "--cert-file", file, "--key-file", file) as address:
        assert names.read(connect(route={"proxy": f"https://{address}"})) == names.State({})
        found = names.failure(connect(route={"proxy": f"https://{address}", "ca_path": requests.certs.where()}))
        assert "unknown CA" in found.what and found.tries == 1


def test_a_socks_proxy(simulator, app, connect):
    """It gets the name of the host, and then what the host gets: RFC 1928."""
    pytest.importorskip("socks", reason="PySocks is not installed")
    asked = []

    def greet(connection):
        connection.recv(64)  # the ways to log in
        connection.sendall(b"\x05\x00")
        asked.append(connection.recv(300))
        connection.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")

    found = answer(b'{"ActionStatus": "OK", "ErrorCode": 0, "AttrNames": {}}')
    with Server(found, context=tls_server(simulator), greet=greet) as server:
        made = connect(url="https://localhost", route={"proxy": f"socks5h://{server.address}"}, retries=0)
        assert names.read(made) == names.State({}) == names.read(made)
    assert len(asked) == 1 and b"localhost" in asked[0]
