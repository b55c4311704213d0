# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS contexts, and the proxy from the environment."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import names
import pytest
import requests
import trustme
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import tls
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError

URL = "https://service.example"


def test_without_validation_any_certificate_is_accepted(recwarn, app, connect):
    assert names.read(connect(route={"ca_path": None, "validate_certs": False})) == names.State({})
    assert not [warning for warning in recwarn if "InsecureRequest" in warning.category.__name__]


BROKEN = "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(("name", "content"), [("ca\0.pem", ""), *(("ca.pem", one) for one in ("", "rubbish", BROKEN))])
def test_a_broken_ca_path_is_rejected(tmp_path, name, content):
    (tmp_path / "ca.pem").write_text(content)
    with pytest.raises(OptionError, match="cannot be read as CA certificates"):
        tls.context(True, str(tmp_path / name))


def test_a_directory_as_ca_path(tmp_path, simulator, app, connect):
    (tmp_path / "ca.pem").write_bytes(Path(simulator.ca_file).read_bytes())
    assert "unknown CA" in names.failure(connect(route={"ca_path": str(tmp_path)})).what
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)
    # A context looks into its directory when it connects, so the same context finds a new file.
    assert names.read(connect(route={"ca_path": str(tmp_path)})) == names.State({})


def test_a_ca_file_that_changes_is_read_again(tmp_path, simulator, app, connect):
    ca_file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(ca_file))
    os.utime(ca_file, (1, 1))
    assert "unknown CA" in names.failure(connect(route={"ca_path": str(ca_file)})).what
    ca_file.write_bytes(Path(simulator.ca_file).read_bytes())
    assert names.read(connect(route={"ca_path": str(ca_file)})) == names.State({})


def test_threads_that_begin_together_share_a_context(tmp_path):
    """Otherwise a thread would use another one for its next request, and connect again for that."""
    bundle = shutil.copy(requests.certs.where(), tmp_path)  # takes some milliseconds to read
    together = threading.Barrier(8)

    def context(_number: int) -> ssl.SSLContext:
        together.wait(60)
        return tls.context(True, bundle)

    with ThreadPoolExecutor(8) as threads:
        (shared,) = set(threads.map(context, range(8)))
    assert tls.context(True, bundle) is shared is not tls.context(False, bundle)


def test_other_variables_and_files_of_requests_have_no_effect(tmp_path, monkeypatch, simulator, app, connect):
    (tmp_path / ".netrc").write_text("default login someone password netrc-password\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", simulator.ca_file)
    monkeypatch.setenv("CURL_CA_BUNDLE", simulator.ca_file)
    assert "unknown CA" in names.failure(connect(route={"ca_path": None})).what
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    assert names.read(connect()) == names.State({})
    (entry,) = simulator.log
    assert set(entry["headers"]) == {"Host", "User-Agent", "Content-Type", "Content-Length", "Accept-Encoding"}
    assert "netrc" not in str(entry)


@pytest.mark.parametrize("key_log", ["keys.log", "missing/keys.log"])
def test_the_keys_of_a_connection_are_not_written(tmp_path, monkeypatch, simulator, app, connect, key_log):
    """Whoever has them can read the UserSig. A file that cannot be written has no effect either."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / key_log))
    ca_file = tmp_path / "ca.pem"  # a new file, and so a new context
    ca_file.write_bytes(Path(simulator.ca_file).read_bytes())
    for route in ({"ca_path": str(ca_file)}, {"ca_path": str(ca_file), "validate_certs": False}):
        assert names.read(connect(route=route)) == names.State({})
    assert os.listdir(tmp_path) == ["ca.pem"]
    assert os.environ["SSLKEYLOGFILE"] == str(tmp_path / key_log)


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:8080", "http://[::1]/path", "HTTP://localhost"])
@pytest.mark.parametrize(
    "variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"]
)
def test_a_proxy_from_the_environment_is_for_https_alone(monkeypatch, variable, url):
    """With http, it would get the UserSig in clear text."""
    assert tls.environment_proxy(url) is None
    monkeypatch.setenv(variable, "http://proxy.example:3128")
    is_used = url == URL and not variable.lower().startswith("http_")
    assert tls.environment_proxy(url) == ("http://proxy.example:3128" if is_used else None)


@pytest.mark.parametrize(
    ("value", "is_used"), [("127.0.0.1", False), ("localhost,127.0.0.0/8", False), ("*", False), ("example.com", True)]
)
def test_no_proxy_takes_precedence_over_the_proxy(monkeypatch, value, is_used):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", value)
    assert tls.environment_proxy("https://127.0.0.1:8443") == ("http://127.0.0.1:1" if is_used else None)


@pytest.mark.parametrize("value", ["http://[bad", "http://host:port", "http://user:hunter2@[bad"])
def test_a_proxy_that_is_not_a_url_is_an_error_of_the_environment(monkeypatch, value):
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(OptionError, match=r"^the proxy in the environment is not a valid URL") as failed:
        tls.environment_proxy(URL)
    assert "HTTPS_PROXY" in failed.value.failure.hint and "hunter2" not in str(failed.value.failure)


@pytest.mark.parametrize(
    ("proxy", "secrets"),
    [
        *((None, []), ("http://proxy:3128", []), ("http://user@proxy", []), ("http://user:@proxy", [])),
        ("http://user:pa%2Ass:word@proxy.example", ["pa%2Ass:word", "pa*ss:word", "user:pa*ss:word"]),
        ("user:word@proxy.example:3128", ["word", "word", "user:word"]),
        ("http://user:p@ss@proxy.example", ["p@ss", "p@ss", "user:p@ss"]),
    ],
)
def test_the_secrets_of_a_proxy(proxy, secrets):
    assert tls.proxy_secrets(proxy) == secrets
