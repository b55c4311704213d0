# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""From validated options to the result of a task: the same for a module and for an action plugin.

All errors end in Operation.perform().
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable, NamedTuple

from . import options
from .client import Client
from .errors import ChatError, bug
from .redaction import Redactor, forms

try:
    # ansible-core 2.22 and later mask these in all output, not only in our result.
    from ansible.module_utils.secrets import register_secrets as _register
except ImportError:
    _register = None

register_secrets: Callable[[Iterable[str]], object] | None = _register

Result = dict[str, Any]


def _accept(_options: Mapping[str, Any]) -> None:
    """Check nothing."""


class Operation(NamedTuple):
    """The work of one module of the collection.

    run -- (client, validated options, check mode) -> result; raises ChatError
    options -- its own options, besides the shared ones
    check_yaml -- raises OptionError for arguments that YAML read as something else than was meant. Called with
                  the arguments as the playbook contains them, because on the way to a module JSON turns numbers
                  and dates into strings; they may be incomplete, and of any type.
    failure -- keys of each failed result of a task that has not got as far as to set them itself
    """

    run: Callable[[Client, Mapping[str, Any], bool], Result]
    options: Mapping[str, dict[str, Any]]
    check_yaml: Callable[[Mapping[str, Any]], None] = _accept
    failure: Mapping[str, Any] = {}

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of AnsibleModule."""
        return options.arguments(self.options)

    def reject(self, given: Mapping[str, Any]) -> Result | None:
        """Return the failed result if YAML misread the arguments *given* in the playbook, or None."""
        try:
            options.check_yaml(given)
            self.check_yaml(given)
        except ChatError as error:
            redact = Redactor(options.secrets_of(given).values())
            return {**self.failure, **redact(error.as_result())}
        return None

    def perform(self, given: Mapping[str, Any], check_mode: bool, directory: str = "") -> Result:
        """Return the result of the task: failed or not, never an exception, and without a secret.

        given -- the options, as AnsibleModule validated them
        directory -- where a relative ca_path begins, if not in the current directory
        """
        redact = Redactor(options.secrets_of(given).values())
        try:
            client = options.client_from(given, directory)
            redact = client.redact
            result = self.run(client, given, check_mode)
        except ChatError as error:
            result = {**self.failure, **error.as_result()}
        except Exception as error:
            result = {**self.failure, **bug(error).as_result()}
        if register_secrets:
            register_secrets(form for secret in redact.secrets for form in forms(secret))
        masked: Result = redact(result)
        return masked
