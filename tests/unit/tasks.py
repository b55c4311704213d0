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
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import options
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.client import Account, Client
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Context, Operation
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import MOST, Sending
from virtual import URL, Sent, Service, reply

SECRET_KEY = "the-secret"
THOROUGH = "CHAT_NIGHTLY" in os.environ
_thread = threading.local()  # has the client of the task that it runs: tasks of several threads may run at once
_client_from = options.client_from
options.client_from = lambda *given, **more: getattr(_thread, "client", None) or _client_from(*given, **more)


def runs(few: int) -> int:
    """Return how many histories a test tries: *few*, unless CHAT_RUNS sets another number."""
    return int(os.environ.get("CHAT_RUNS", few))


def perform(operation: Operation, given: dict[str, Any], context: Context, check_mode: bool = False) -> dict[str, Any]:
    """Return the result of a task with the options *given*, failed or not, as both execution modes make it.

    An option that is "..." is not set.
    """
    given = {name: value for name, value in given.items() if value is not ...}
    try:
        parsed = operation.parse(given)
    except Exception as error:
        return operation.reject(given, error)
    found = ArgumentSpecValidator(**operation.arguments).validate(given)  # as AnsibleModule does
    if found.error_messages:
        return {**operation.failure, "failed": True, "msg": "; ".join(found.error_messages)}
    return operation.perform(found.validated_parameters, parsed, check_mode, context)


def run(operation: Operation, client: Client, check_mode: bool = False, **given: Any) -> dict[str, Any]:
    """Return the result of a task that uses *client*, in place of one that the options describe."""
    account = client.account
    secrets = {"secret_key": account.secret_key} if account.secret_key else {"usersig": account.usersig}
    whole = {"region": "singapore", "sdkappid": account.sdkappid, **secrets, **given}
    _thread.client = client
    try:
        return perform(operation, whole, Context(client.workers), check_mode)
    finally:
        _thread.client = None


class Workers(Service):
    """A service that makes its responses when the requests end, and takes no time.

    answer -- (command, body) -> the fields of a response, besides those of each success; or a Reply or Failure
    seed -- the requests that are under way end in another order for each seed; without, in the order of their start
    most -- how many requests may be under way at once
    log -- "begin" or "end" of a request, its command, its body
    """

    def __init__(self, answer: Callable[[str, dict[str, Any]], Any], seed: int | None = None, most: int = MOST) -> None:
        super().__init__(lambda sent, _number: lambda: self._end(sent), self._begin, most)
        self.log: list[tuple[str, str, dict[str, Any]]] = []
        self._make = answer
        self._chance = None if seed is None else random.Random(seed)

    def _begin(self, sent: Sent) -> float:
        self.log.append(("begin", sent.command, sent.body))
        return 0.0

    def _end(self, sent: Sent) -> Any:
        self.log.append(("end", sent.command, sent.body))
        answered = self._make(sent.command, sent.body)
        return reply(**answered) if isinstance(answered, dict) else answered

    def first(self) -> Sending:
        return self._chance.choice(list(self._under_way)) if self._chance else super().first()


def some(count: int, start: int = 0) -> list[str]:
    """Return the names of accounts, in their order."""
    return [f"u{number:05}" for number in range(start, start + count)]


def rejection(code: int, info: str = "why") -> dict[str, Any]:
    """Return the fields of a response that rejects the request as a whole."""
    return {"ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": info}


def client_of(workers: Any, account: Account | None = None, url: str = URL, **settings: Any) -> Client:
    """Return a client that pauses without waiting, and sends through *workers*."""
    given = account._asdict() if account else {"secret_key": SECRET_KEY}
    return Service().client(given, url, workers=workers, **settings)


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
