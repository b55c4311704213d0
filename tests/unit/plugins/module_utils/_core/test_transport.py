# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS, proxies and connections, against real servers on loopback."""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import queue
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import names
import pytest
import requests
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import client, transport
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, OptionError
from simulator import Simulator


@contextlib.contextmanager
def another_simulator(**settings):
    with Simulator(**settings) as running:
        running.app = running.add()
        yield running


def client_of(simulator, url=None, ca_path=None, retries=3, timeout=5, **route):
    route = transport.Route(ca_path=ca_path or simulator.ca_file, **route)
    account = client.Account(simulator.app.sdkappid, "administrator", secret_key=simulator.app.secret_key)
    endpoint = client.Endpoint(url or simulator.https_url, "singapore", route)
    return client.Client(endpoint, account, timeout, retries, sleep=lambda seconds: None)


def failure(made: client.Client) -> dict:
    with pytest.raises(ChatError) as failed:
        names.read(made)
    return failed.value.as_result()


# -- TLS -------------------------------------------------------------------------------------------


def test_an_unknown_ca_is_one_message_and_no_retry(simulator, app, connect):
    result = failure(connect(route={"ca_path": None}))
    assert "the certificate comes from an unknown CA" in result["msg"] and "ca_path" in result["msg"]
    assert result["tries"] == 1 and simulator.log == []


def test_a_self_signed_certificate(tmp_path, simulator, app, connect):
    with another_simulator() as other:
        result = failure(client_of(other, ca_path=simulator.ca_file))
    assert "unknown CA" in result["msg"] and result["tries"] == 1


def test_an_expired_certificate():
    with another_simulator(not_after=datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)) as other:
        result = failure(client_of(other))
        assert "the certificate has expired" in result["msg"]
        assert result["tries"] == 1 and other.log == []


@pytest.mark.parametrize("names", [("example.com",), ("10.0.0.1",)])
def test_a_certificate_for_another_host(names):
    with another_simulator(hostnames=names) as other:
        result = failure(client_of(other))
        assert "the certificate is for another IP address" in result["msg"]
        result = failure(client_of(other, url=other.https_url.replace("127.0.0.1", "localhost")))
        assert "the certificate is for another host name" in result["msg"]
        assert result["tries"] == 1 and other.log == []


def test_a_certificate_that_python_compares_with_the_host_name():
    """urllib3 before 1.26.8 lets Python 3.9 compare the names, which sets no code of OpenSSL."""
    error = transport.explain(ssl.SSLCertVerificationError("hostname 'a' doesn't match 'b'"), 1)
    assert error.what == "no TLS connection: the certificate is for another host name"


def test_a_certificate_that_urllib3_compares_with_the_host_name():
    """urllib3 1.26.8 and later versions of 1.26 compare the names themselves."""
    error = transport.explain(requests.exceptions.SSLError(transport.CertificateError("hostname")), 1)
    assert error.what == "no TLS connection: the certificate is for another host name"
    assert "ca_path" in error.hint and not error.is_transient


def test_every_exception_that_an_exception_wraps_is_looked_at():
    error = requests.exceptions.ConnectionError(OSError("one"))
    error.__cause__ = ssl.SSLCertVerificationError("two")
    assert "certificate" in transport.explain(error, 1).what


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_a_server_of_tls_1_1_only(simulator, app, connect):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT@SECLEVEL=0")  # OpenSSL has no TLS 1.1 at its usual level
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    simulator.ca.issue_cert("127.0.0.1").configure_cert(context)
    handshakes = []

    def serve() -> None:
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                handshakes.append(listener.accept()[0])
                with contextlib.suppress(ssl.SSLError):
                    context.wrap_socket(handshakes[-1], server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        result = failure(connect(url=f"https://127.0.0.1:{listener.getsockname()[1]}"))
    assert "no TLS connection: " in result["msg"] and "TLS 1.2 or later is required" in result["msg"]
    assert result["tries"] == 1 == len(handshakes)


def test_a_server_without_tls(simulator, app, connect):
    result = failure(connect(url=simulator.http_url.replace("http:", "https:")))
    assert "no TLS connection: " in result["msg"] and result["tries"] == 1


def test_without_validation_any_certificate_is_accepted(recwarn, app, connect):
    assert names.read(connect(route={"ca_path": None, "validate_certs": False})) == names.State({})
    assert not [warning for warning in recwarn if "InsecureRequest" in warning.category.__name__]


def test_a_missing_ca_path_is_rejected(tmp_path):
    with pytest.raises(OptionError, match="the file does not exist"):
        transport.tls_context(True, str(tmp_path / "missing.pem"))


@pytest.mark.parametrize(
    "content", ["", "rubbish", "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n"]
)
def test_a_broken_ca_path_is_rejected(tmp_path, content):
    (tmp_path / "ca.pem").write_text(content)
    with pytest.raises(OptionError, match="cannot be read as CA certificates"):
        transport.tls_context(True, str(tmp_path / "ca.pem"))


def test_a_ca_path_with_a_null_byte_is_rejected():
    with pytest.raises(OptionError, match="cannot be read as CA certificates"):
        transport.tls_context(True, "ca\0.pem")


def test_a_directory_as_ca_path(tmp_path, simulator, app, connect):
    (tmp_path / "ca.pem").write_bytes(Path(simulator.ca_file).read_bytes())
    assert "unknown CA" in failure(connect(route={"ca_path": str(tmp_path)}))["msg"]
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)
    # A context looks into its folder when it connects, so a new file is found by the same one.
    assert names.read(connect(route={"ca_path": str(tmp_path)})) == names.State({})


def test_a_ca_file_that_changes_is_read_again(tmp_path, simulator, app, connect):
    ca_file = tmp_path / "ca.pem"
    with another_simulator() as other:
        ca_file.write_bytes(Path(other.ca_file).read_bytes())
        os.utime(ca_file, (1, 1))
    assert "unknown CA" in failure(connect(route={"ca_path": str(ca_file)}))["msg"]
    ca_file.write_bytes(Path(simulator.ca_file).read_bytes())
    assert names.read(connect(route={"ca_path": str(ca_file)})) == names.State({})


def test_other_variables_and_files_of_requests_have_no_effect(tmp_path, monkeypatch, simulator, app, connect):
    (tmp_path / ".netrc").write_text("default login someone password netrc-password\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", simulator.ca_file)
    monkeypatch.setenv("CURL_CA_BUNDLE", simulator.ca_file)
    assert "unknown CA" in failure(connect(route={"ca_path": None}))["msg"]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    assert names.read(connect()) == names.State({})
    (entry,) = simulator.log
    assert set(entry["headers"]) == {
        *("Host", "User-Agent", "Content-Type", "Content-Length", "Accept-Encoding"),
    }
    assert "netrc" not in str(entry)


# -- connections -----------------------------------------------------------------------------------


def test_a_refused_connection():
    with socket.socket() as bound:  # and does not listen, so that nobody else can use the port meanwhile
        bound.bind(("127.0.0.1", 0))
        made = client.Client(
            client.Endpoint(f"http://127.0.0.1:{bound.getsockname()[1]}", "here", transport.Route()),
            client.Account(1, "a", usersig="x" * 9),
            retries=1,
            sleep=lambda seconds: None,
        )
        result = failure(made)
    assert "the connection was refused" in result["msg"] and result["tries"] == 2
    assert "http_status" not in result


def test_an_unknown_host():
    made = client.Client(
        client.Endpoint("https://host.invalid", "here", transport.Route()),
        client.Account(1, "a", usersig="x" * 9),
        retries=1,
        sleep=lambda seconds: None,
    )
    result = failure(made)
    assert "the host name cannot be resolved" in result["msg"] and result["tries"] == 2


@pytest.mark.parametrize("host", ["a..invalid", "a" * 64 + ".invalid"])
def test_a_host_name_that_cannot_exist_is_not_retried(app, connect, host):
    result = failure(connect(url=f"https://{host}"))
    assert "the URL cannot be used. Check api_url" in result["msg"] and result["tries"] == 1


def test_ipv6_loopback():
    with another_simulator(host="::1") as other:
        for url in (other.https_url, other.http_url):
            assert "[::1]" in url
            assert names.read(client_of(other, url=url)) == names.State({})


def test_a_kept_connection_is_used_again_and_replaced_when_stale(simulator, app, connect):
    for _turn in range(3):
        names.read(connect(retries=0))
    assert len({entry["connection"] for entry in simulator.log}) == 1
    simulator.fail(app.sdkappid, "hang_up")
    names.read(connect(retries=0))
    time.sleep(0.1)
    assert names.read(connect(retries=0)) == names.State({})  # without a retry, and without an error
    assert len({entry["connection"] for entry in simulator.log}) == 2
    assert len(simulator.log) == 5


def test_a_connection_that_the_server_closed_when_idle_is_replaced():
    with another_simulator(keepalive=0.1) as other:
        for _turn in range(3):
            assert names.read(client_of(other, retries=0)) == names.State({})
            time.sleep(0.3)
        assert len({entry["connection"] for entry in other.log}) == 3 == len(other.log)


def test_the_connection_of_a_request_that_was_given_up_is_not_used_again(monkeypatch, simulator, app, connect):
    """Its server may close it at any moment, so that the next request fails."""
    simulator.fail(app.sdkappid, "slow", seconds=0.4)
    made = connect(retries=0)
    monkeypatch.setattr(made, "time_left", lambda: 0.1)
    with pytest.raises(ChatError, match="no complete response"):
        names.read(made)
    time.sleep(0.6)  # the thread that was left behind has read the response
    names.read(connect(retries=0))
    first, second = (entry["connection"] for entry in simulator.log)
    assert first != second


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
    assert "unknown CA" in failure(connect(route={"ca_path": None}))["msg"]


def test_urls_with_a_signature_are_kept_out_of_logs(caplog, app, connect):
    with caplog.at_level(logging.DEBUG):
        made = connect()
        names.read(made)
    assert "usersig=" not in caplog.text and made.sign() not in caplog.text


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 200 OK\r\nno header\r\n\r\n{}", b"rubbish", b""]
)
def test_warnings_of_urllib3_do_not_contain_the_signature(caplog, app, connect, answer):
    """A warning is logged whatever the level, and Ansible writes it to its log file."""

    def serve() -> None:
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                with listener.accept()[0] as connection:
                    connection.recv(65536)
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener, caplog.at_level(logging.DEBUG):
        threading.Thread(target=serve, daemon=True).start()
        made = connect(url=f"http://127.0.0.1:{listener.getsockname()[1]}", retries=1)
        assert failure(made)["failed"]
    assert "usersig=" not in caplog.text and made.sign() not in caplog.text


# -- proxies ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def proxy(folder: Path, *arguments: str):
    """Start a real proxy, which is not part of this project, on a port that it chooses itself."""
    port_file = folder / "port"
    command = [sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0", "--port-file", str(port_file)]
    command += [*arguments, "--num-workers", "1", "--num-acceptors", "1", "--log-level", "e"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _turn in range(400):
            if port_file.exists() and port_file.read_text().strip():
                break
            time.sleep(0.05)
        yield f"127.0.0.1:{port_file.read_text().split()[0]}"
    finally:
        running.terminate()
        running.wait()


@pytest.fixture(scope="module")
def open_proxy(tmp_path_factory):
    with proxy(tmp_path_factory.mktemp("proxy")) as address:
        yield address


@pytest.fixture(scope="module")
def closed_proxy(tmp_path_factory):
    with proxy(tmp_path_factory.mktemp("proxy"), "--basic-auth", "user:p*ss word") as address:
        yield address


def proxied(simulator, url=None, **settings):
    url = url or simulator.https_url
    return client_of(simulator, url=url, proxy=transport.environment_proxy(url), **settings)


@pytest.fixture
def sim(simulator, app):
    simulator.app = app
    return simulator


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_from_the_environment_is_used(monkeypatch, sim, open_proxy, variable):
    monkeypatch.setenv(variable, f"http://{open_proxy}")
    assert transport.environment_proxy(sim.https_url) == f"http://{open_proxy}"
    assert names.ensure(proxied(sim), names.State({"0": "sex"})).after.names == sim.app.names
    assert len({entry["connection"] for entry in sim.log}) == 1


@pytest.mark.parametrize("value", ["127.0.0.1", "localhost,127.0.0.0/8", "*"])
def test_no_proxy_takes_precedence_over_the_proxy(monkeypatch, sim, value):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", value)
    assert transport.environment_proxy(sim.https_url) is None
    assert names.read(proxied(sim)) == names.State({})


def test_no_proxy_for_another_host_has_no_effect(monkeypatch, sim):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "example.com")
    result = failure(proxied(sim, retries=1))
    assert "the proxy cannot be reached" in result["msg"] and "HTTPS_PROXY" in result["msg"]
    assert result["tries"] == 2 and sim.log == []


def test_a_proxy_with_credentials(monkeypatch, sim, closed_proxy):
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:p%2Ass%20word@{closed_proxy}")
    made = proxied(sim)
    assert names.read(made) == names.State({})
    shown = made.redact("p%2Ass%20word / p%2ass%20word / p*ss word / dXNlcjpwKnNzIHdvcmQ=")
    assert shown.split(" / ") == ["********"] * 4


def test_a_connection_is_used_again_only_through_the_same_proxy(sim, open_proxy, closed_proxy):
    for way in (None, f"http://{open_proxy}", f"http://user:p%2Ass%20word@{closed_proxy}"):
        names.read(client_of(sim, proxy=way))
        names.read(client_of(sim, proxy=way))
    first, second, third = ([entry["connection"] for entry in sim.log[begin : begin + 2]] for begin in (0, 2, 4))
    assert [len(set(used)) for used in (first, second, third)] == [1, 1, 1]
    assert len({*first, *second, *third}) == 3
    assert "HTTP 407" in failure(client_of(sim, proxy=f"http://{closed_proxy}"))["msg"]


@pytest.mark.parametrize("credentials", ["", "user:wrong-password@"])
def test_a_proxy_that_rejects_the_credentials_is_not_retried(monkeypatch, sim, closed_proxy, credentials):
    monkeypatch.setenv("HTTPS_PROXY", f"http://{credentials}{closed_proxy}")
    result = failure(proxied(sim))
    assert "the proxy returned HTTP 407" in result["msg"] and "wrong-password" not in str(result)
    assert (result["http_status"], result["tries"]) == (407, 1) and sim.log == []


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1", "http://", "rubbish://x"])
def test_a_proxy_that_cannot_be_used_is_a_message(monkeypatch, sim, value):
    monkeypatch.setenv("HTTPS_PROXY", value)
    result = failure(proxied(sim, retries=0))
    assert "the proxy" in result["msg"] and "HTTPS_PROXY" in result["msg"]


def test_a_proxy_behind_tls_is_checked_against_the_same_ca(tmp_path, monkeypatch, sim):
    certificate, key = tmp_path / "proxy.pem", tmp_path / "proxy.key"
    issued = sim.ca.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(str(key))
    for part in issued.cert_chain_pems:
        part.write_to_path(str(certificate), append=True)
    with proxy(tmp_path, "--cert-file", str(certificate), "--key-file", str(key)) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"https://{address}")
        assert names.read(proxied(sim)) == names.State({})
        result = failure(proxied(sim, ca_path=requests.certs.where()))
        assert "unknown CA" in result["msg"] and result["tries"] == 1


def test_no_message_contains_a_text_of_requests(monkeypatch, sim):
    """The message is ours, whichever exception is raised below, and whatever its text."""
    secret = "https://x/?usersig=eJw"
    for kind in (
        requests.exceptions.ConnectionError,
        requests.exceptions.ReadTimeout,
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidHeader,
        requests.exceptions.ProxyError,
        requests.exceptions.SSLError,
        requests.exceptions.RetryError,
        ssl.SSLError,
        OSError,
        ValueError,
        UnicodeError,
    ):

        def fail(*args, kind=kind, **kwargs):
            raise kind(secret) from OSError(secret)

        monkeypatch.setattr(transport._Adapter, "send", fail)
        result = failure(proxied(sim, retries=0))
        assert "usersig" not in str(result) and "eJw" not in str(result), kind
        assert result["msg"]


# -- whether the service can have accepted a request ------------------------------------------------


def test_a_request_whose_body_was_never_sent_was_not_accepted(simulator, app, connect):
    refused = connect(url="http://127.0.0.1:1", retries=0)
    unknown_ca = connect(route={"ca_path": None}, retries=0)
    unresolved = connect(url="https://host.invalid", retries=0)
    no_proxy = connect(route={"proxy": "http://127.0.0.1:1"}, retries=0)
    for made in (refused, unknown_ca, unresolved, no_proxy):
        with pytest.raises(ChatError) as failed:
            names.read(made)
        assert failed.value.not_accepted is True, failed.value.what
    assert simulator.log == []


@pytest.mark.parametrize("kind", ["cut", "cut_after", "slow"])
def test_a_request_whose_body_was_sent_may_have_been_accepted(simulator, app, connect, kind):
    simulator.fail(app.sdkappid, kind, **({"seconds": 30} if kind == "slow" else {}))
    with pytest.raises(ChatError) as failed:
        names.read(connect(retries=0, timeout=1))
    assert failed.value.not_accepted is False
    assert len(simulator.log) == 1


class Late:
    """Holds each request back before it connects, until release() lets it go and waits for its end."""

    def __init__(self, monkeypatch) -> None:
        self.go, self.waits, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.send = transport._Adapter.send

        def send(adapter, *args, **kwargs):  # a function, so that the adapter is passed
            return self(adapter, *args, **kwargs)

        monkeypatch.setattr(transport._Adapter, "send", send)

    def __call__(self, *args, **kwargs):
        self.waits.set()
        self.go.wait(10)
        try:
            return self.send(*args, **kwargs)
        finally:
            self.ended.set()

    def release(self) -> None:
        self.go.set()
        assert self.ended.wait(10)


def test_a_request_that_is_given_up_before_its_body_is_sent_is_never_sent(monkeypatch, simulator, app, connect):
    """The thread that was left behind connects at last, but nobody waits for the response any more."""
    late = Late(monkeypatch)
    made = connect(retries=0, timeout=1)
    monkeypatch.setattr(made, "time_left", lambda: 0.1)
    with pytest.raises(ChatError) as failed:
        names.read(made)
    assert failed.value.not_accepted is True
    late.release()
    assert simulator.log == [] or simulator.log[-1]["answered"] is None
    assert app.writes == 0


class Ended(BaseException):
    """What Ansible raises at the end of the time that the keyword timeout gives to a task."""


@pytest.mark.parametrize("ends", [KeyboardInterrupt, Ended])
def test_a_request_of_a_task_that_ansible_ends_is_never_sent(monkeypatch, simulator, app, connect, ends):
    late = Late(monkeypatch)

    class Outcome(queue.SimpleQueue):
        def get(self, *args, **kwargs):
            assert late.waits.wait(10)
            raise ends

    monkeypatch.setattr(transport._Helper, "current", transport._Helper())
    monkeypatch.setattr(transport._Helper.current, "outcome", Outcome())
    with pytest.raises(ends):
        names.read(connect())
    late.release()
    assert simulator.log == [] or simulator.log[-1]["answered"] is None


def test_a_request_that_counts_as_not_sent_cannot_begin_any_more(monkeypatch):
    """The thread may get as far as the body at the very moment in which the task looks whether it began."""
    sent = []

    class Racing(transport._Body):
        @property
        def begun(self) -> bool:
            with contextlib.suppress(TimeoutError):
                sent.extend(self)
            return False

        @begun.setter
        def begun(self, value: bool) -> None:
            """The getter decides."""

    def fail(*args):
        raise ChatError("no response", is_transient=True)

    monkeypatch.setattr(transport, "_Body", Racing)
    monkeypatch.setattr(transport, "_within", fail)
    with pytest.raises(ChatError) as failed:
        transport.post(transport.Request("https://service.example/x", "q=1", b"{}", 7, 20), transport.Route())
    assert failed.value.not_accepted is True and sent == []


@pytest.mark.parametrize("error", [ValueError, UnicodeError])
def test_an_error_that_is_not_one_of_the_network_is_not_retried(monkeypatch, app, connect, error):
    calls = []

    def fail(*args, **kwargs):
        calls.append(args)
        raise error("check_hostname requires server_hostname")

    monkeypatch.setattr(transport._Adapter, "send", fail)
    result = failure(connect())
    assert result["msg"].endswith(
        ": the request could not be sent. Check api_url and the proxy. If they are right, report this as a bug in the"
        " collection."
    )
    assert len(calls) == 1 == result["tries"]


def test_the_thread_blocks_all_signals_so_that_the_task_gets_them():
    """A signal that the thread took would not wake the main thread that has to handle it."""
    assert transport._within(5, lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ())) >= {
        signal.SIGINT,
        signal.SIGALRM,
        signal.SIGTERM,
    }
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize("value", ["http://[bad", "http://host:port", "http://user:hunter2@[bad"])
def test_a_proxy_that_is_not_a_url_is_an_error_of_the_environment(monkeypatch, value):
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(OptionError, match=r"^the proxy in the environment is not a valid URL") as failed:
        transport.environment_proxy("https://service.example")
    assert "HTTPS_PROXY" in failed.value.hint and "hunter2" not in str(failed.value.as_result())


# -- what goes to requests, and what comes from it ---------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "pieces", "complete"),
    [
        ({}, [b"{}"], True),
        ({"Content-Length": "2"}, [b"{", b"}"], True),
        ({"Content-Length": "3"}, [b"{}"], False),
        ({"content-length": "3"}, [b"{}"], False),
        ({"Content-Length": "3", "Content-Encoding": "gzip"}, [b"{}"], True),
        ({"Content-Length": "3", "content-encoding": "gzip"}, [b"{}"], True),
        ({"Content-Length": "x"}, [b"{}"], True),
        ({}, [], True),
    ],
)
def test_a_response_shorter_than_announced_is_not_complete(headers, pieces, complete):
    """Older versions of urllib3 take such an answer for a whole one."""
    answer = SimpleNamespace(
        headers=requests.structures.CaseInsensitiveDict(headers),
        status_code=207,
        iter_content=lambda size: iter(pieces),
    )
    assert transport._read(answer, 100) == (207, b"".join(pieces), complete, "")


@pytest.mark.parametrize("error", ["ChunkedEncodingError", "ContentDecodingError"])
def test_a_response_that_breaks_off_is_what_had_arrived(error):
    def pieces(size):
        yield from [b'{"Error', b'Code"']
        raise getattr(requests.exceptions, error)

    answer = SimpleNamespace(headers={"Date": "today"}, status_code=200, iter_content=pieces)
    assert transport._read(answer, 100) == (200, b'{"ErrorCode"', False, "today")


def test_the_largest_response_that_is_read():
    def answer(size: int):
        return SimpleNamespace(headers={}, status_code=200, iter_content=lambda _piece: iter([b"x" * size]))

    assert len(transport._read(answer(2**20), 2**20).body) == 2**20
    with pytest.raises(ChatError, match="far too large"):
        transport._read(answer(2**20 + 1), 2**20)


@pytest.mark.parametrize("proxy", [None, "http://proxy.example:3128"])
def test_requests_gets_stream_and_timeout(monkeypatch, proxy):
    told = {}

    def send(self, request, stream, timeout, verify, cert, proxies):
        told.update(stream=stream, timeout=timeout, verify=verify, proxies=proxies, headers=dict(request.headers))
        raise requests.exceptions.ReadTimeout

    monkeypatch.setattr(transport._Adapter, "send", send)
    with pytest.raises(ChatError):
        transport.post(
            transport.Request("https://service.example/x", "q=1", b"{}", 7, 20), transport.Route(proxy=proxy)
        )
    assert told.pop("headers")["Content-Length"] == "2"
    proxies = {"https": proxy, "http": proxy} if proxy else {}
    assert told == {"stream": True, "timeout": (7, 7), "verify": True, "proxies": proxies}


def test_transient_http_statuses():
    assert [status for status in range(100, 700) if transport.is_transient_status(status)] == [429, *range(500, 600)]


@pytest.mark.parametrize(
    ("proxy", "secrets"),
    [
        (None, []),
        ("http://proxy.example:3128", []),
        ("http://user@proxy.example", []),
        ("http://user:@proxy.example", []),
        ("http://user:pa%2Ass:word@proxy.example", ["pa%2Ass:word", "pa*ss:word", "user:pa*ss:word"]),
        ("user:word@proxy.example:3128", ["word", "word", "user:word"]),
        ("http://user:p@ss@proxy.example", ["p@ss", "p@ss", "user:p@ss"]),
    ],
)
def test_the_secrets_of_a_proxy(proxy, secrets):
    assert transport.proxy_secrets(proxy) == secrets


def test_a_fork_has_a_thread_of_its_own(monkeypatch):
    before = transport._within(5, threading.current_thread)
    monkeypatch.setattr(transport._Helper.current, "process", os.getppid())  # as in a child of that process
    assert transport._within(5, threading.current_thread) is not before


def test_requests_of_a_process_are_done_by_one_thread_that_does_not_hold_it():
    first, second = (transport._within(5, threading.current_thread) for _turn in range(2))
    assert first is second and first.daemon and first is not threading.current_thread()
    with pytest.raises(ChatError, match=r"no complete response within 0\.01 seconds"):
        transport._within(0.01, lambda: time.sleep(0.5))
    assert transport._within(5, threading.current_thread) is not first  # which is left behind
