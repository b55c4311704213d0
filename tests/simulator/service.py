# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The Chat service without HTTP: it takes the query and the body of a request, and returns the response."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from .app import App
from .core import COMMANDS, BaseApp, Call, Rejected, number, parsed
from .usersig import check_signature

CALLS_A_SECOND = 100  # for each app and command


class Service:
    """All apps of the simulated service."""

    def __init__(self) -> None:
        self.apps: dict[int, App] = {}
        self.calls: dict[str, deque[float]] = {}
        self.shared_rate = False  # count the calls of all apps together

    def add(self, app: App) -> App:
        self.apps[app.sdkappid] = app
        return app

    def answer(self, command: str, query: list[tuple[str, str]], body: bytes, stale: bool = False) -> dict[str, Any]:
        """Return the JSON document with which the service responds to a POST of *body*."""
        app = None
        try:
            parameters = _unique(query)
            app = self._app(parameters)
            _check_parameters(app, parameters)
            handler = COMMANDS.get(command)
            if handler is None:
                raise Rejected(60009, "bad resource")
            identifier = parameters.get("identifier", "")
            check_signature(app, identifier, parameters.get("usersig", ""))
            if identifier not in app.admins:
                raise Rejected(app.admin_error, "need app admin permission")
            check_rate(self.calls if self.shared_rate else app.calls, command)
            family, name = command.split("/")[1:]
            extra = handler(Call(app, family, name, _json_object(body), stale))
        except Rejected as rejection:
            return document(app, rejection.code, rejection.info)
        except RecursionError:  # nested as deeply as JSON can just be read
            return document(app, 90001, "JSON parse failed")
        return {**document(app, 0, ""), **extra}

    def _app(self, parameters: dict[str, str]) -> App:
        if not parameters.get("sdkappid"):
            raise Rejected(60012, "sdkappid is missing")
        sdkappid = number(parameters["sdkappid"], 2**32 - 1)
        if sdkappid is None:
            raise Rejected(60006, "invalid sdkappid")
        if sdkappid not in self.apps:
            raise Rejected(70020, "sdkappid not found")
        return self.apps[sdkappid]


def document(app: BaseApp | None, code: int, info: str) -> dict[str, Any]:
    """Return the part that every response has."""
    answer: dict[str, Any] = {
        "ActionStatus": "FAIL" if code else "OK",
        "ErrorInfo": info,
        "ErrorCode": str(code) if app and app.code_as_text else code,
        "RequestId": "simulated",
    }
    if app and not app.error_info:
        del answer["ErrorInfo"]
    return answer


def _unique(query: list[tuple[str, str]]) -> dict[str, str]:
    parameters = dict(query)
    if len(parameters) != len(query):
        raise Rejected(60002, "a parameter is repeated")
    return parameters


def _check_parameters(app: App, parameters: dict[str, str]) -> None:
    if set(parameters) - {"sdkappid", "identifier", "usersig", "random", "contenttype"}:
        app.reject("parameter_unknown", "a parameter is unknown")
    if not {"identifier", "usersig"} <= set(parameters):
        app.reject("parameter_missing", "a parameter is missing")
    if number(parameters.get("random", ""), 2**32 - 1) is None:
        app.reject("random", "random is missing or not an unsigned 32-bit integer")
    if parameters.get("contenttype") != "json":
        app.reject("contenttype", "contenttype is not json")


def check_rate(counted: dict[str, deque[float]], command: str) -> None:
    """Reject more than CALLS_A_SECOND calls of *command* within a second."""
    calls = counted.setdefault(command, deque())
    now = time.monotonic()
    while calls and calls[0] <= now - 1:
        calls.popleft()
    if len(calls) >= CALLS_A_SECOND:
        raise Rejected(60011, "sdkappid rate over the limit")
    calls.append(now)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = parsed(body)
    except ValueError:
        raise Rejected(90001, "JSON parse failed") from None
    if not isinstance(value, dict):
        raise Rejected(90001, "not a JSON object")
    return value
