# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the collection and the simulator importable, from a checkout and under ansible-test."""

from __future__ import annotations

import contextlib
import importlib
import os
import socket
import sys
import time
from pathlib import Path

import hypothesis
import hypothesis.configuration
import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
os.environ.setdefault("ANSIBLE_HOME", str(TESTS.parent / ".nox" / "user" / ".ansible"))  # not in the user's home
importlib.import_module("live")  # makes the collection importable

# Tests import helpers. ansible-test does not read pyproject.toml, which also lists these directories.
sys.path.append(str(TESTS / "unit"))

# The same examples on each run, however slow the machine; at night many others. "nox -e nightly" prints the seed.
hypothesis.settings.register_profile(
    "fixed", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "nightly", deadline=None, max_examples=5000, print_blob=True, suppress_health_check=list(hypothesis.HealthCheck)
)
hypothesis.configuration.set_hypothesis_home_dir(TESTS.parent / ".nox" / "hypothesis")
hypothesis.settings.load_profile("nightly" if "CHAT_NIGHTLY" in os.environ else "fixed")


@pytest.fixture(scope="session")
def simulator():
    from simulator import Simulator

    with Simulator() as running:
        yield running


@pytest.fixture
def app(simulator):
    """A fresh app, the log empty."""
    simulator.log.clear()
    return simulator.add()


@pytest.fixture
def workers():
    """The threads of a process, ended after the test."""
    from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import Workers

    with contextlib.closing(Workers()) as made:
        yield made


@pytest.fixture
def connect(simulator, app, workers):
    """Makes a client of the app that pauses without waiting, and records its pauses."""
    from ansible_collections.tencentcloud.chat.plugins.module_utils._core import client, tls

    def make(account: dict | None = None, url: str | None = None, route: dict | None = None, **settings):
        given = {} if account and "usersig" in account else {"secret_key": app.secret_key}
        identity = {"sdkappid": app.sdkappid, "identifier": "administrator", **given, **(account or {})}
        way = tls.Route(**{"ca_path": simulator.ca_file, **(route or {})})
        pauses: list[float] = []
        began = time.monotonic()
        if not {"sleep", "clock"} & set(settings):
            # The clock moves by pauses alone, so that a slow machine does not change them. They take a little longer.
            settings |= {"sleep": pauses.append, "clock": lambda: began + sum(pauses) + 1e-6 * len(pauses)}
        endpoint = client.Endpoint(url or simulator.https_url, "singapore", way)
        made = client.Client(endpoint, client.Account(**identity), **{"workers": workers, **settings})
        made.pauses = pauses
        return made

    return make


@pytest.fixture
def refused_url():
    """The URL of a port on which nobody listens; it is held, so that nobody else gets it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"https://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture(autouse=True)
def no_name_server(monkeypatch):
    """Let only loopback addresses have names, so that no test asks a name server."""
    resolve = socket.getaddrinfo

    def resolve_loopback(host, *arguments, **more):
        if host not in (None, "", "localhost", "127.0.0.1", "::1"):
            host.encode("idna")  # raises a UnicodeError for what cannot be a name, as the original does
            raise socket.gaierror(socket.EAI_NONAME, "the tests have no name server")
        return resolve(host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_loopback)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    """Remove environment variables that could change results."""
    for name in list(os.environ):
        if name.startswith("TENCENT_CHAT_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
