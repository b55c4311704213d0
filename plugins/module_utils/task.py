# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""From validated options to a task's result: the same for a module and for an action plugin.

What each module does is one Job here; all that can go wrong ends in Job.perform().
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from . import connection, push_attrs
from .client import Client
from .errors import ChatError
from .redaction import Redactor, forms

try:
    # ansible-core 2.22 and later: masks them in all that it shows, not only in our result.
    from ansible.module_utils.secrets import register_secrets
except ImportError:
    register_secrets = None

Result = dict[str, Any]


def _set_names(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    api = push_attrs.APIS[options["api"]]
    before, after, warnings = push_attrs.ensure(client, push_attrs.parse_wanted(options), check_mode, api)
    return {
        "changed": after != before,
        **api.results(after),
        "diff": {"before": api.shown(before), "after": api.shown(after)},
        "warnings": warnings,
    }


def _get_names(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    api = push_attrs.APIS[options["api"]]
    return {"changed": False, **api.results(api.complete(push_attrs.read(client, api)))}


class Job(NamedTuple):
    """What one module of the collection does.

    operation -- (client, validated options, check mode) -> result; may raise ChatError
    options -- its own options, beside the shared ones
    """

    operation: Callable[[Client, Mapping[str, Any], bool], Result]
    options: Mapping[str, dict[str, Any]]

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of AnsibleModule."""
        return connection.arguments(self.options)

    def perform(self, options: Mapping[str, Any], check_mode: bool) -> Result:
        """The task's result: failed or not, never an exception, and without a secret.

        options -- as AnsibleModule validated them
        """
        redact = Redactor(connection.secrets_of(options).values())
        try:
            client = connection.client_from(options)
            redact = client.redact
            result = self.operation(client, options, check_mode)
        except ChatError as error:
            result = error.as_result()
        except Exception as error:  # whatever it is, its text may hold a secret
            result = _bug(error)
        if register_secrets:
            register_secrets(form for secret in redact.secrets for form in forms(secret))
        return redact(result)


_API = {"api": {"type": "str", "choices": list(push_attrs.APIS), "default": "all_member_push"}}

SET_NAMES = Job(_set_names, {"attr_names": {"type": "dict", "required": True}, "attr_types": {"type": "dict"}, **_API})
GET_NAMES = Job(_get_names, _API)


def _bug(error: Exception) -> Result:
    """The result for an exception that nobody foresaw: where it came from, and not what it says."""
    places = [f"{os.path.basename(at.filename)}:{at.lineno}" for at in traceback.extract_tb(error.__traceback__)]
    msg = f"{type(error).__name__} at {' > '.join(places)}. Report this as a bug of the collection."
    return {"failed": True, "changed": False, "msg": msg}
