# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run an operation as a task does, with the client of a test; and clients of a service without a network."""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Callable
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import options, tls
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.client import Account, Client, Endpoint
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Context, Operation
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.response import Reply
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.wire import Request
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import MOST

SECRET_KEY = "the-secret"
THOROUGH = "CHAT_NIGHTLY" in os.environ
_thread = threading.local()  # has the client of the task that it runs: tasks of several threads may run at once
_client_from = options.client_from
options.client_from = lambda *given, **more: getattr(_thread, "client", None) or _client_from(*given, **more)


def runs(few: int) -> int:
    """Return how many histories a test tries: *few*, unless CHAT_RUNS sets another number."""
    return int(os.environ.get("CHAT_RUNS", few))


def run(operation: Operation, client: Client, check_mode: bool = False, **given: Any) -> dict[str, Any]:
    """Return the result of a task with the options *given*, failed or not, as both execution modes make it.

    client -- used in place of the client that the options describe
    """
    try:
        parsed = operation.parse(given)
    except Exception as error:
        return operation.reject(given, error)
    account = client.account
    secrets = {"secret_key": account.secret_key} if account.secret_key else {"usersig": account.usersig}
    whole = {"region": "singapore", "sdkappid": account.sdkappid, **secrets, **given}
    found = ArgumentSpecValidator(**operation.arguments).validate(whole)  # as AnsibleModule does
    if found.error_messages:
        return {**operation.failure, "failed": True, "msg": "; ".join(found.error_messages)}
    _thread.client = client
    try:
        return operation.perform(found.validated_parameters, parsed, check_mode, Context(client.workers))
    finally:
        _thread.client = None


class Workers:
    """Stands in for the threads: *answer* makes the response to each request, when the request ends.

    answer -- (command, body) -> the fields of a response, besides those of each success; or a Reply or Failure
    seed -- the requests that are under way end in another order for each seed; without, in the order of their start
    """

    most = MOST

    def __init__(self, answer: Callable[[str, dict[str, Any]], Any], seed: int | None = None) -> None:
        self.log: list[tuple[str, str, dict[str, Any]]] = []  # "begin" or "end", command, body
        self.most_under_way = 0
        self.paces: dict = {}
        self.is_closed = False
        self._answer = answer
        self._chance = None if seed is None else random.Random(seed)
        self._under_way: list[_Sending] = []

    def has_room(self) -> bool:
        return len(self._under_way) < self.most

    def start(self, request: Request, is_wanted: Callable[[], bool], limit: float) -> _Sending:
        assert self.has_room() and limit > 0
        sending = _Sending(request)
        self._under_way.append(sending)
        self.most_under_way = max(self.most_under_way, len(self._under_way))
        self.log.append(("begin", sending.command, sending.body))
        return sending

    def wait(self, seconds: float | None = None) -> list[tuple[_Sending, Any]]:
        sending = self._under_way.pop(self._chance.randrange(len(self._under_way)) if self._chance else 0)
        self.log.append(("end", sending.command, sending.body))
        answered = self._answer(sending.command, sending.body)
        if isinstance(answered, dict):
            whole = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", **answered}
            answered = Reply(200, json.dumps(whole).encode())
        return [(sending, answered)]

    def settle(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True
        self._under_way.clear()


class _Sending:
    def __init__(self, request: Request) -> None:
        self.command = request.url.rpartition("/")[2]
        self.body = json.loads(request.body)


def some(count: int, start: int = 0) -> list[str]:
    """Return the names of accounts, in their order."""
    return [f"u{number:05}" for number in range(start, start + count)]


def rejection(code: int, info: str = "why") -> dict[str, Any]:
    """Return the fields of a response that rejects the request as a whole."""
    return {"ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": info}


def client_of(
    workers: Any, account: Account | None = None, url: str = "https://chat.invalid", **settings: Any
) -> Client:
    """Return a client that pauses without waiting, and sends through *workers*."""
    paused = [0.0]
    times = {"sleep": paused.append, "clock": lambda: sum(paused)}
    account = account or Account(1400000001, "administrator", secret_key=SECRET_KEY)
    return Client(Endpoint(url, "singapore", tls.Route()), account, workers, **{**times, **settings})


def before(client: Client, command: str, work: Callable[[], object]) -> None:
    """Do *work* right before *client* sends its next request of *command*, and not again."""
    send = client.send
    waiting = [work]

    def send_after_work(errand: Any) -> Any:
        if errand.call.command.removeprefix("im_") == command and waiting:
            waiting.pop()()
        return send(errand)

    client.send = send_after_work  # type: ignore[method-assign]


def queue(simulator: Any, app: Any, command: str, *faults: str | int | dict[str, Any]) -> None:
    """Let the next requests of *command* meet these faults in turn.

    faults -- kinds of faults, error codes, the fields of responses to requests that are applied, or "pass" for none
    """
    for fault in faults:
        kind, settings = fault, {}
        if isinstance(fault, dict):
            kind, settings = "garbage", {"body": json.dumps({"ActionStatus": "OK", "ErrorCode": 0, **fault})}
        elif fault == "pass":
            kind, settings = "slow", {"seconds": 0.0}
        elif isinstance(fault, int):
            kind, settings = "code", {"code": fault}
        simulator.fail(app.sdkappid, kind, command=command, **settings)
