# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Turns the options of a task into its result, in the same way for a module and for an action plugin.

All errors end in Operation.perform(), and only this file turns a failure into a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from . import options
from .client import Client
from .errors import ChatError, Failure, bug
from .redaction import Redactor, register
from .worker import Workers

Result = dict[str, Any]
Options = Mapping[str, Any]

# The fields of a failure that are keys of a result, unless they are None.
_SHOWN = ("command", "tries", "error_code", "error_info", "action_status", "http_status", "request_id")


class Outcome(NamedTuple):
    """The outcome of a task.

    changed -- it changed something; in check mode, it would
    keys -- further keys of the result
    failure -- why it failed
    """

    changed: bool
    keys: Mapping[str, Any] = {}
    failure: Failure | None = None


class Context(NamedTuple):
    """The surroundings of a task.

    workers -- the threads of this process
    is_wanted -- returns whether the processes that started the task still exist
    directory -- where a relative ca_path begins, if not in the current directory
    tell -- shows a line to the user, if the task is verbose
    """

    workers: Workers
    is_wanted: Callable[[], bool] = lambda: True
    directory: str = ""
    tell: Callable[[str], object] | None = None


class Operation(NamedTuple):
    """The work of one module of the collection.

    run -- (client, options, check mode) -> outcome; raises ChatError
    options -- its own options, besides the shared ones
    parsers -- what its own options mean: option -> (value as YAML delivers it) -> what run() gets, or OptionError
    failure -- keys of each failed result, unless the outcome sets them
    """

    run: Callable[[Client, Options, bool], Outcome]
    options: Mapping[str, dict[str, Any]]
    parsers: Mapping[str, Callable[[Any], Any]] = {}
    failure: Mapping[str, Any] = {}

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of AnsibleModule."""
        return options.arguments(self.options)

    def parse(self, given: Options) -> Options:
        """Parse the options *given* in a task, which may be incomplete and of any type. Sends nothing.

        Call it with the values that YAML delivers: passing them to a module as JSON turns keys and dates into strings.
        Raises ChatError.
        """
        parsers = {**options.PARSERS, **self.parsers}
        return {name: parse(given[name]) for name, parse in parsers.items() if name in given}

    def reject(self, given: Options, error: Exception) -> Result:
        """Return the failed result for *error*, with which parse() rejected the options *given*."""
        redact = Redactor(options.secrets_of(given).values())
        masked: Result = redact({**self.failure, **_failed(Outcome(False, failure=_failure_of(error)))})
        return masked

    def perform(self, valid: Options, parsed: Options, check_mode: bool, context: Context) -> Result:
        """Return the result of the task: failed or not, never an exception, and without a secret.

        valid -- the options, as AnsibleModule validated them
        parsed -- what parse() returned; it takes precedence
        """
        redact, retried = Redactor(options.secrets_of(valid).values()), []
        try:
            client = options.client_from(valid, context.workers, context.directory, context.is_wanted, context.tell)
            redact, retried = client.redact, client.retried
            outcome = self.run(client, {**valid, **parsed}, check_mode)
        except Exception as error:
            outcome = Outcome(False, failure=_failure_of(error))
        finally:
            context.workers.settle()
        register(redact.secrets)
        result = _succeeded(outcome, retried) if outcome.failure is None else {**self.failure, **_failed(outcome)}
        masked: Result = redact(result)
        return masked


def _failure_of(error: Exception) -> Failure:
    return error.failure if isinstance(error, ChatError) else bug(error)


def _succeeded(outcome: Outcome, retried: list[str]) -> Result:
    shown = {"retried": {"times": len(retried), "reason": retried[-1]}} if retried else {}
    return {"changed": outcome.changed, **outcome.keys, **shown}


def _failed(outcome: Outcome) -> Result:
    failure = outcome.failure or Failure("")
    fields = failure._asdict()
    known = {name: fields[name] for name in _SHOWN if fields[name] is not None}
    return {"failed": True, "changed": outcome.changed, "msg": failure.message, **known, **outcome.keys}
