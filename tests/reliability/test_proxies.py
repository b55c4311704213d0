# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real proxy: HTTPS goes through it, and HTTP never does, because the UserSig is part of the URL."""

from __future__ import annotations

import pytest
from components import Squid
from parts import IN_PROCESS, MODULE, add_app, declare, needs, push, scenario

PASSWORD = "pr0xy-passw0rd"
VARIABLES = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]


CHANGED = ({"0": "sex", "9": "kept"}, 1)
pytestmark = needs("squid", "squid")


@pytest.fixture
def app(simulator):
    return add_app(simulator)


@pytest.fixture
def change(play, app):
    """Sets names and sends a push through a proxy that these *variables* name; returns the requests that it got."""

    def run(variables: list[str], way: str, **options) -> list[str]:
        with Squid() as squid:
            proxies = dict.fromkeys(variables, f"http://127.0.0.1:{squid.port}")
            done = play([declare(**options), push(**options)], way=way, env=proxies)
            assert done.code == 0 and (app.names, len(app.pushes)) == CHANGED, done.output
            return squid.requests

    return run


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@scenario("squid", "HTTPS_PROXY or ALL_PROXY set, api_url with https", "the calls go through the proxy, encrypted")
def test_https_goes_through_the_proxy(change, way, variable):
    requests = change([variable], way)
    assert requests and all(request.startswith("CONNECT 127.0.0.1:") for request in requests), requests


@pytest.mark.parametrize("variable", VARIABLES)
@scenario(
    "squid",
    "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY set, in upper and lower case, api_url with http",
    "nothing reaches the proxy, and the calls succeed",
)
def test_http_does_not_go_through_the_proxy(simulator, change, variable):
    """In-process. The next test sets all variables at once for modules."""
    assert change([variable], IN_PROCESS, api_url=simulator.http_url) == []


@scenario("squid", "all variables at once, api_url with http, as a module", "nothing reaches the proxy")
def test_http_does_not_go_through_the_proxy_as_a_module(simulator, change):
    assert change(VARIABLES, MODULE, api_url=simulator.http_url) == []


@scenario(
    "squid that requires a password",
    "a push without the password, with a wrong one, and with the right one",
    "a failure names the proxy and says that nothing was sent; no password is shown",
)
def test_proxy_with_a_password(play, app, way):
    with Squid(password=PASSWORD) as squid:
        address = f"127.0.0.1:{squid.port}"
        without, wrong, right = (
            play([push()], "-vvv", way=way, env={"HTTPS_PROXY": f"http://{user}{address}"})
            for user in ("", "ann:wr0ng-passw0rd@", f"ann:{PASSWORD}@")
        )
    for run in (without, wrong):
        result = run.result("push")
        assert (run.failed("push"), result.get("sent")) == (True, "no"), result
        assert "proxy" in result["msg"].lower(), result["msg"]
    assert right.result("push")["changed"] is True, right.output
    assert len(app.pushes) == 1
    for run in (without, wrong, right):
        assert PASSWORD not in run.output + run.log and "wr0ng-passw0rd" not in run.output + run.log
