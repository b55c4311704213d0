# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the simulator with plain requests and Tencent Cloud's own signer."""

from __future__ import annotations

import json

import pytest
import requests
import TLSSigAPIv2


def signed(app, query: dict) -> str:
    """Return a UserSig; *query* can say that it differs from what the URL says."""
    signer = TLSSigAPIv2.TLSSigAPIv2(query.pop("signed_app", app.sdkappid), query.pop("key", app.secret_key))
    return signer.gen_sig(query.pop("signed_for", "administrator"), query.pop("expire", 3600))


@pytest.fixture
def post(simulator, app):
    """Sends a signed request, and returns the error code and the whole response."""

    def send(
        path="v4/all_member_push/im_get_attr_name", body: object = None, method="POST", drop=(), headers=None, **query
    ):
        parameters = {
            "sdkappid": app.sdkappid,
            "identifier": "administrator",
            "usersig": signed(app, query),
            "random": 4294967295,
            "contenttype": "json",
            **query,
        }
        for name in drop:
            del parameters[name]
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        answer = requests.request(
            method,
            f"{simulator.https_url}/{path}",
            params=parameters,
            data=data,
            headers=headers,
            verify=simulator.ca_file,
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) >= {"ActionStatus", "ErrorCode"}
        return answer.json()["ErrorCode"], answer.json()

    return send


@pytest.fixture
def push_api(post):
    """Calls a command of all_member_push, or of timpush where its name has no "im_"."""

    def send(command: str, body: object = None, **query):
        family = "all_member_push" if command.startswith("im_") else "timpush"
        return post(f"v4/{family}/{command}", body, **query)

    return send


@pytest.fixture
def api(post):
    """Calls a command by its name alone."""
    from simulator.core import COMMANDS

    paths = {path.rpartition("/")[2]: path for path in COMMANDS}
    return lambda command, body=None, **query: post(paths[command], body, **query)
