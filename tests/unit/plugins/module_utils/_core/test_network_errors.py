# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What went wrong on the network, in our words: against real servers on loopback where that is possible."""

from __future__ import annotations

import contextlib
import datetime
import errno
import os
import resource
import socket
import ssl
import threading
from importlib.util import find_spec
from unittest import mock

import names
import pytest
import requests
import urllib3
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import libraries, network_errors
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import Workers
from servers import Server, another_simulator, answer, in_a_fork, lanes, send, tls_server, until

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
# urllib3 1.26 compares the names itself, and does not say which kind they are.
KINDS = (("localhost", "host name"), ("127.0.0.1", "host name" if urllib3.__version__[0] == "1" else "IP address"))


@pytest.mark.parametrize(
    ("settings", "route", "host", "what"),
    [
        ({}, {"ca_path": None}, "127.0.0.1", "comes from an unknown CA"),
        ({"not_after": LONG_AGO}, {}, "127.0.0.1", "has expired"),
        *(({"hostnames": ("10.0.0.1",)}, {}, host, f"is for another {kind}") for host, kind in KINDS),
        *(({"hostnames": ("a.example",)}, {}, host, f"is for another {kind}") for host, kind in KINDS),
    ],
)
def test_a_certificate_that_is_not_accepted_is_one_message_and_no_retry(connect, settings, route, host, what):
    with another_simulator(connect, **settings) as other:
        found = names.failure(other.client(other.https_url.replace("127.0.0.1", host), route))
        assert found.what == f"no TLS connection: the certificate {what}" and "ca_path" in found.hint
        assert found.tries == 1 and found.not_accepted and other.log == []


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        # urllib3 before 1.26.8 lets Python 3.9 compare the names, which sets no code of OpenSSL.
        ssl.SSLCertVerificationError("hostname 'a' doesn't match 'b'"),
        # urllib3 1.26.8 and later versions of 1.26 compare the names themselves.
        requests.exceptions.SSLError(libraries.CertificateError("hostname")),
        # All that an exception wraps is looked at.
        caused(requests.exceptions.ConnectionError(OSError("one")), ssl.SSLCertVerificationError("two")),
    ],
)
def test_a_certificate_that_openssl_does_not_compare_with_the_host_name(error):
    found = network_errors.explain(error, 1)
    assert found.what == "no TLS connection: the certificate is for another host name"
    assert "ca_path" in found.hint and not found.is_transient


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_a_server_of_tls_1_1_only(simulator, app, connect):
    context = tls_server(simulator)
    context.set_ciphers("DEFAULT@SECLEVEL=0")  # OpenSSL has no TLS 1.1 at its usual level
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Server(answer(), context=context) as server:
        found = names.failure(connect(url=server.url))
        assert "no TLS connection: " in found.what and "TLS 1.2 or later is required" in found.hint
        assert found.tries == 1 == server.opened


def test_a_refused_connection(app, connect, refused_url):
    url = refused_url.replace("https:", "http:")
    found = names.failure(connect(url=url, retries=1))
    assert found.what == "the connection was refused" and found.tries == 2
    assert found.http_status is None and found.not_accepted
    found = names.failure(connect(route={"proxy": url}, retries=1))
    assert found.what == "the proxy cannot be reached" and "HTTPS_PROXY" in found.hint
    assert found.tries == 2 and found.not_accepted


@pytest.mark.parametrize(
    ("step", "error", "what", "hint"),
    [
        ((socket, "getaddrinfo"), socket.gaierror(-2, "x"), "the host name cannot be resolved", "Check the network"),
        ((socket.socket, "connect"), socket.timeout("x"), "no connection within 7 seconds", "Check the network"),
        ((socket.socket, "connect"), OSError(errno.ENOMEM, "x"), "this machine has no memory left", "Use fewer forks"),
    ],
)
def test_what_prevents_a_connection_is_named_as_the_cause(monkeypatch, workers, step, error, what, hint):
    monkeypatch.setattr(*step, mock.Mock(side_effect=error))
    for url in ("http://127.0.0.1:1", "https://127.0.0.1:1"):
        found = send(workers, url, timeout=7.0)
        assert found.what == what and found.hint.startswith(hint) and found.is_transient and found.not_accepted


@pytest.mark.parametrize("host", ["a..invalid", "a" * 64 + ".invalid"])
def test_a_host_name_that_cannot_exist_is_not_retried(app, connect, host):
    found = names.failure(connect(url=f"https://{host}"))
    assert (found.what, found.hint, found.tries) == ("the URL cannot be used", "Check api_url", 1)


def test_a_host_name_that_is_not_resolved_in_time_is_named_as_the_cause(monkeypatch, workers):
    asked, answers = threading.Event(), threading.Event()

    def silent(*_args, **_kwargs):
        asked.set()
        answers.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "late")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    found = send(workers, "https://service.example", limit=0.1, ready=asked.is_set)
    assert found.what == "the host name was not resolved within 0.1 seconds" and "DNS" in found.hint
    assert found.is_transient and found.not_accepted
    answers.set()
    assert until(lambda: lanes() == 0)


def test_a_tls_handshake_that_the_server_never_begins(workers):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = send(workers, f"https://127.0.0.1:{listener.getsockname()[1]}", timeout=0.2)
        assert found.what == "no connection within 0.2 seconds" and found.is_transient and found.not_accepted


def test_a_server_that_does_not_answer(workers):
    with Server(lambda _connection: None) as server:
        found = send(workers, server.url, timeout=0.2)
        assert found.what == "no response within 0.2 seconds" and found.is_transient and not found.not_accepted
        found = send(workers, server.url, limit=0.1, ready=lambda: len(server.used) == 2)
        assert found.what == "no complete response within 0.1 seconds" and not found.not_accepted


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
@pytest.mark.parametrize("free", [0, 1])
def test_a_process_without_enough_file_descriptors(workers, free):
    """A child process really has none. A connection needs two."""

    def send_without() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
        with contextlib.suppress(OSError):
            while True:
                last = os.dup(2)
        if free:
            os.close(last)
        assert send(Workers(), server.url).what == "this process has too many open files"

    with Server(answer()) as server:
        assert send(workers, server.url).status == 200  # so that all modules are imported
        in_a_fork(send_without)


@pytest.mark.parametrize(("status", "tries"), [("407 Proxy Authentication Required", 1), ("502 Bad Gateway", 2)])
@pytest.mark.parametrize("credentials", ["", "user:wrong-password@"])
def test_a_proxy_that_rejects_the_connection(simulator, app, connect, status, tries, credentials):
    with Server(answer(b"", status=status)) as server:
        found = names.failure(connect(route={"proxy": f"http://{credentials}{server.address}"}, retries=1))
    assert found.what == f"the proxy returned HTTP {status[:3]}" and "wrong-password" not in str(found)
    assert (found.http_status, found.tries, found.not_accepted) == (int(status[:3]), tries, True)
    assert simulator.log == []


@pytest.mark.parametrize("value", ["http://", "rubbish://x"] + ["socks5://127.0.0.1:1"] * (find_spec("socks") is None))
def test_a_proxy_that_cannot_be_used(app, connect, value):
    found = names.failure(connect(route={"proxy": value}, retries=0))
    assert found.what.startswith("the proxy") and "HTTPS_PROXY" in found.hint and found.not_accepted


@pytest.mark.parametrize("stage", ["", "resolve", "connect", "send"])
def test_no_message_contains_a_text_of_requests(stage):
    """The message is ours, whichever exception is raised below, and whatever its text."""
    secret = "https://x/?usersig=eJw"
    kinds = [one for module in (requests.exceptions, urllib3.exceptions, ssl) for one in vars(module).values()]
    for kind in (ValueError, *(one for one in kinds if isinstance(one, type) and issubclass(one, Exception))):
        error = caused(kind.__new__(kind, secret), OSError(secret))
        found = network_errors.explain(error, 1, stage)
        assert "eJw" not in str(found) and "https" not in str(found) and found.what, kind


def test_an_error_that_is_not_one_of_the_network_is_not_retried(monkeypatch, app, connect):
    monkeypatch.setattr(socket, "getaddrinfo", mock.Mock(side_effect=ValueError("requires server_hostname")))
    found = names.failure(connect())
    assert found.what == "the request could not be sent" and found.tries == 1
    assert found.hint == "Check api_url and the proxy. If they are right, report this as a bug in the collection"
