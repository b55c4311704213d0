# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The Chat service without HTTP: it takes the query and the body of a request, and returns the response."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from .answers import Document, document, formed
from .app import App
from .core import COMMANDS, RATES, Call, Rejected, number, parsed
from .usersig import check_signature

# As the real service words them.
BAD_URL = "HTTP parse Error"
BAD_BODY = "Fail to Parse json data of body, Please check it"
UNKNOWN_COMMAND = "service timeout or request format error,please check and try again"
OTHER_REGION = "sdkappid not match domain"
NOT_ADMIN = {
    60010: "please set the identifier field in the url to the admin account",
    90009: "need app admin permission",
}


class Service:
    """All apps of the simulated service."""

    def __init__(self) -> None:
        self.apps: dict[int, App] = {}
        self.calls: dict[str, deque[float]] = {}
        self.shared_rate = False  # count the calls of all apps together

    def add(self, app: App) -> App:
        self.apps[app.sdkappid] = app
        return app

    def answer(
        self,
        command: str,
        query: list[tuple[str, str]],
        body: bytes,
        stale: bool = False,
        method: str = "POST",
        host: str = "",
    ) -> Document:
        """Return the JSON document with which the service responds to a request of *body* that was sent to *host*."""
        app = None
        try:
            parameters = dict(query)
            if len(parameters) != len(query):
                raise Rejected(60002, BAD_URL)
            app = self._app(parameters)
            _check_target(app, command, method, host)
            _check_parameters(app, parameters)
            self._check_caller(app, command, parameters)
            family, name = command.split("/")[1:]
            call = Call(app, family, name, app.present(_json_object(body)), stale)
            answer = {**document(0, ""), **COMMANDS[command](call)}
        except Rejected as rejection:
            answer = {**document(rejection.code, rejection.info), **rejection.fields}
        except RecursionError:  # nested as deeply as JSON can just be read
            answer = document(90001, BAD_BODY)
        return formed(app, answer) if app else answer

    def _check_caller(self, app: App, command: str, parameters: dict[str, str]) -> None:
        identifier = parameters.get("identifier", "")
        check_signature(app, identifier, parameters.get("usersig", ""))
        if identifier not in app.admins:
            raise Rejected(app.admin_error, NOT_ADMIN.get(app.admin_error, NOT_ADMIN[90009]))
        most = RATES[command]
        most = getattr(app, most) if isinstance(most, str) else most
        check_rate(self.calls if self.shared_rate else app.calls, command, most)

    def _app(self, parameters: dict[str, str]) -> App:
        if not parameters.get("sdkappid"):
            raise Rejected(60012, "sdkappid is missing")
        sdkappid = number(parameters["sdkappid"], 2**32 - 1)
        if sdkappid is None:
            raise Rejected(60006, "invalid sdkappid")
        if sdkappid not in self.apps:
            raise Rejected(70020, "sdkappid not found")
        return self.apps[sdkappid]


def _check_target(app: App, command: str, method: str, host: str) -> None:
    if method != "POST":
        app.reject("method", "bad resource")
    if app.region_host and host != app.region_host:
        raise Rejected(60026, OTHER_REGION)
    if command not in COMMANDS:
        raise Rejected(60008, UNKNOWN_COMMAND)


def _check_parameters(app: App, parameters: dict[str, str]) -> None:
    if set(parameters) - {"sdkappid", "identifier", "usersig", "random", "contenttype"}:
        app.reject("parameter_unknown", BAD_URL)
    if not {"identifier", "usersig"} <= set(parameters):
        app.reject("parameter_missing", BAD_URL)
    if number(parameters.get("random", ""), 2**32 - 1) is None:
        app.reject("random", BAD_URL)
    if parameters.get("contenttype") != "json":
        app.reject("contenttype", BAD_URL)


def check_rate(counted: dict[str, deque[float]], command: str, most: int) -> None:
    """Reject more than *most* calls of *command* within a second."""
    calls = counted.setdefault(command, deque())
    now = time.monotonic()
    while calls and calls[0] <= now - 1:
        calls.popleft()
    if len(calls) >= most:
        raise Rejected(60011, "sdkappid rate over the limit")
    calls.append(now)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = parsed(body)
    except ValueError:
        raise Rejected(90001, BAD_BODY) from None
    if not isinstance(value, dict):
        raise Rejected(90001, BAD_BODY)
    return value
