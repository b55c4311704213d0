# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent, and what is read of a response: byte by byte, against a server on loopback."""

from __future__ import annotations

import logging

import names
import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import wire
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.response import Reply
from servers import OK, Server, answer, last, send, until

CHUNKED = "Transfer-Encoding: chunked"


def test_the_request_that_is_sent(workers):
    with Server(answer()) as server:
        assert send(workers, f"{server.url}/é ü") == Reply(200, OK)
    first, *headers = server.heads[0].decode().split("\r\n")
    assert first == "POST /%C3%A9%20%C3%BC/v4/command?usersig=x HTTP/1.1"
    assert {line.partition(":")[0] for line in headers} == {
        *("Host", "Accept-Encoding", "Content-Type", "User-Agent", "Content-Length")
    }
    assert "Accept-Encoding: identity" in headers and "Content-Length: 2" in headers


def test_redirects_are_not_followed(workers):
    with Server(answer()) as other, Server(answer(b"", f"Location: {other.url}", status="302 Found")) as server:
        assert send(workers, server.url).status == 302
        assert other.opened == 0 and len(server.used) == 1


def test_a_request_that_nobody_wants_any_more_is_never_sent(workers):
    """Its connection is there by then: the job may have ended meanwhile."""
    with Server(answer()) as server:
        for opened in (1, 2):
            wanted = {"is_wanted": lambda opened=opened: not until(lambda: server.opened == opened)}
            assert send(workers, server.url, fresh=opened == 2, **wanted).not_accepted
        assert until(lambda: server.closed == 2) and server.used == []
        assert send(workers, server.url).status == 200


def test_a_body_that_was_withdrawn_does_not_begin():
    sent, withdrawn, unwanted = (wire.Body(b"{}", lambda wanted=wanted: wanted) for wanted in (True, True, False))
    assert not sent.begun and list(sent) == [b"{}"] and sent.begun
    withdrawn.withdrawn = True
    for body in (withdrawn, unwanted):
        with pytest.raises(TimeoutError):
            list(body)
    assert not unwanted.begun


@pytest.mark.parametrize(
    ("sent", "complete"),
    [
        (answer(b"{}"), True),
        (answer(b""), True),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", True),
        (b"HTTP/1.0 200 OK\r\n\r\n{}", True),  # until the connection is closed
        (answer(b"{}", "Content-Encoding: identity"), True),
        (f"HTTP/1.1 200 OK\r\n{CHUNKED}\r\n\r\n1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n".encode(), True),
        (f"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n{CHUNKED}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n".encode(), True),
        (answer(b"{}", length=3), False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}", False),
        (f"HTTP/1.1 200 OK\r\n{CHUNKED}\r\n\r\n2\r\n{{}}\r\n".encode(), False),
        (f"HTTP/1.1 200 OK\r\n{CHUNKED}\r\n\r\n9\r\n{{}}".encode(), False),
    ],
)
def test_whether_a_response_is_complete(workers, sent, complete):
    """Older versions of urllib3 take a shorter response than announced for a whole one."""
    with Server(last(sent)) as server:
        found = send(workers, server.url)
        assert found.complete is complete and found.status == 200
        assert found.body == (b"" if sent == answer(b"") else b"{}") or not complete


def test_an_error_page_keeps_its_status_and_the_headers_that_count_even_if_it_is_encoded(workers):
    page = answer(b"", "Date: today", "Retry-After: 7", "Content-Encoding: gzip", status="503 Busy")
    with Server(page) as server:
        assert send(workers, server.url) == Reply(503, b"", True, "today", "7")


@pytest.mark.parametrize("chunked", [False, True])
def test_the_largest_response_that_is_read(workers, chunked):
    """The rest of a larger one is not read: it may never end."""
    length, piece = "Content-Length: 99999999999", b"x" * 0x10000
    if chunked:
        length, piece = CHUNKED, b"10000\r\n%b\r\n" % piece

    def endless(connection):
        connection.sendall(f"HTTP/1.1 200 OK\r\n{length}\r\n\r\n".encode())
        while True:
            connection.sendall(piece)

    with Server(answer(b"x" * 2**20), answer(b"x" * (2**20 + 1)), endless) as server:
        assert len(send(workers, server.url).body) == 2**20
        for _turn in range(2):
            found = send(workers, server.url)
            assert found.what == "the response is far too large for the Chat service"
            assert not (found.is_transient or found.not_accepted)
        assert until(lambda: server.closed == 2)


@pytest.mark.parametrize("encoding", ["gzip", "deflate, gzip, gzip", "br", "GZIP"])
def test_an_encoded_response_is_rejected_before_its_body_arrives(workers, encoding):
    """Nobody asked for it, and a few bytes could become gigabytes."""
    with Server(answer(b"", f"Content-Encoding: {encoding}", length=10**9)) as server:
        found = send(workers, server.url)
        assert found.what == "not a valid Chat API response: it is encoded, although the request accepts no encoding"
        assert not (found.is_transient or found.not_accepted)
        assert until(lambda: server.closed == 1)


@pytest.mark.parametrize(
    "sent", [b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 200 OK\r\nno header\r\n\r\n{}", b"rubbish", b""]
)
def test_urls_with_a_signature_are_kept_out_of_logs(caplog, app, connect, sent):
    """urllib3 also warns of such a response, whatever the level, and Ansible writes a warning to its log file."""
    with Server(last(sent)) as server, caplog.at_level(logging.DEBUG):
        names.read(connect())
        made = connect(url=server.url, retries=1)
        assert names.failure(made).tries
    assert "usersig=" not in caplog.text and made.sign() not in caplog.text
