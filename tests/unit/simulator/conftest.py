# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the simulator: with plain requests and Tencent Cloud's own signer, and without a network."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlencode

import pytest
import requests
import TLSSigAPIv2
from live.contract import filled, path
from live.virtual import APP, KEY, Clock, virtual_time
from simulator.app import App
from simulator.service import Service


def parameters(app, **query) -> dict:
    """Return the parameters of a signed URL; *query* can say that the signature differs from what the URL says."""
    signer = TLSSigAPIv2.TLSSigAPIv2(query.pop("signed_app", app.sdkappid), query.pop("key", app.secret_key))
    usersig = signer.gen_sig(query.pop("signed_for", "administrator"), query.pop("expire", 3600))
    given = {"sdkappid": app.sdkappid, "identifier": "administrator", "usersig": usersig}
    return {**given, "random": 4294967295, "contenttype": "json", **query}


@pytest.fixture
def signed_url(simulator, app):
    """The URL of a signed request."""
    return lambda command, **query: f"{simulator.https_url}/{path(command)}?{urlencode(parameters(app, **query))}"


@pytest.fixture
def post(simulator, app):
    """Sends a signed request over HTTPS, and returns the error code and the whole response."""

    def send(command="im_get_attr_name", body: object = None, method="POST", drop=(), headers=None, **query):
        query = {name: value for name, value in parameters(app, **query).items() if name not in drop}
        url = f"{simulator.https_url}/{path(command) if '/' not in command else command}"
        data = body if isinstance(body, bytes) else json.dumps(body or {} if body != [] else [])
        given = {"params": query, "data": data, "headers": headers, "verify": simulator.ca_file, "timeout": 10}
        answer = requests.request(method, url, **given)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) >= {"ActionStatus", "ErrorCode"}
        return answer.json()["ErrorCode"], answer.json()

    return send


USERS = {
    "ann": {"attrs": {"sex": "f", "city": "Oslo"}, "tags": ["b", "a", "c"], "nick": "Ann", "face_url": "a.png"},
    "bob": {"attrs": {"sex": "m", "city": "Oslo"}, "tags": ["a"], "nick": "Bob"},
    "cid": {"attrs": {"sex": "m"}},
    "dan": {"attrs": {"city": "Rome"}, "tags": ["c"], "online": False},
}
WORDS = {"USER": "ann", "ADMIN": "administrator", "GHOST": "eve", "ACCOUNT": "fay", "NEW": "new"}
WORDS |= {"NUMBER": "0", "SECOND": "1", "NAME": "sex", "OTHER": "city"}


class Api:
    """An app of the simulated service, without a network, in virtual time, and without intervals."""

    def __init__(self, **settings) -> None:
        self.clock, self.service = Clock(), Service()
        state = {"names": {"0": "sex", "1": "city", "5": "kept"}, "types": {"5": 1}, "users": USERS}
        rates = {"push_interval": 0, "recall_interval": 0, "reports_per_second": 100, "batches_per_second": 100}
        self.app = self.service.add(App(APP, KEY, **{**state, **rates, "answers": "documented", **settings}))
        self.query = parse_qsl(urlencode(parameters(self.app)))

    def __call__(self, command: str, body: object = None, stale: bool = False) -> tuple[int, dict]:
        """Call a command; words such as $USER in the body stand for what the app has."""
        content = json.dumps(filled({} if body is None else body, WORDS)).encode()
        with virtual_time(self.clock):
            answer = self.service.answer(path(command), self.query, content, stale)
        return answer["ErrorCode"], answer

    @property
    def state(self) -> dict:
        return {**self.app.state(), "pushes": len(self.app.pushes)}


@pytest.fixture(scope="session")
def serve():
    """Returns the API of an app with these settings."""
    return Api


@pytest.fixture
def api():
    return Api()
