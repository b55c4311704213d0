# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module's job inside the controller's worker when the task runs on the controller anyway.

Starting a module costs Ansible a third of a second whatever it does. Everything that a module
gives (argument validation, no_log, check mode, become, async, ...) is kept: what cannot be given
here is handed, unchanged, to the module of the same name.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.action.normal import ActionModule as HandToModule
from ansible.utils.display import Display
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils import attr_names, attr_types, transport
from ..module_utils.connection import SECRETS, secrets_of
from ..module_utils.errors import OptionError
from ..module_utils.redaction import Redactor
from ..module_utils.task import Job, Result, register_secrets
from .plain import plain

SWITCH = "tencentcloud_chat_in_process"

display = Display()


class InProcess(HandToModule):
    """The base of the collection's action plugins; each names its *job*."""

    job: Job

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> Result:
        """The task's result, from here or from the module: the same to the letter."""
        task_vars = task_vars or {}
        refused = refuse_yaml(self._task.args)
        if refused:
            return refused
        reason = self.why_not_here(task_vars)
        if reason:
            display.vvv(f"{self._task.action}: run as a module, {reason}")
            return super().run(tmp, task_vars)
        display.vvv(f"{self._task.action}: run in-process")
        result = ActionBase.run(self, tmp, task_vars)
        result.update(wrap_var(self._perform(task_vars)))
        return result

    def why_not_here(self, task_vars: dict[str, Any]) -> str:
        """Why the task has to go to the module, or nothing where it can run here."""
        target = task_vars
        if self._task.delegate_to:
            target = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        if not boolean(self._templar.template(task_vars.get(SWITCH, True)), strict=False):
            return f"{SWITCH} is false"
        if sys.platform == "darwin":
            return "since forked workers crash in system proxy look-ups on macOS"
        if self._task.async_val:
            return "for async"
        if any(self._task.environment or ()):
            return "for the task's environment"
        if self._connection.become is not None:
            return "for become"
        if self._connection.transport != "local":
            return "since the connection is not local"
        if not self._is_own_interpreter(target):
            return "for another Python interpreter"
        return "since requests is missing here" if transport.REQUESTS_MISSING else ""

    def _is_own_interpreter(self, target: dict[str, Any]) -> bool:
        """Whether no interpreter is asked for, or the one that runs this very code."""
        asked = constants.config.get_config_value("INTERPRETER_PYTHON", variables=target)
        path = str(self._templar.template(asked))
        if path.startswith("auto"):
            return True
        return _is_this_python(path)

    def _perform(self, task_vars: dict[str, Any]) -> Result:
        """What AnsibleModule does around a module's job, with the same words."""
        valid = ArgumentSpecValidator(**self.job.arguments).validate(plain(self._task.args))
        if valid.error_messages:
            msg = valid.errors.msg
            if isinstance(valid.errors[0], UnsupportedError):
                msg = f"Unsupported parameters for ({self._task.action}) module: {msg}"
            result: Result = {"failed": True, "msg": msg}
        else:
            result = self.job.perform(valid.validated_parameters, self._task.check_mode)
            if not result.get("warnings"):
                result.pop("warnings", None)
        if _shows_invocation(task_vars):
            result["invocation"] = {"module_args": valid.validated_parameters}
        given = [str(valid.validated_parameters[name]) for name in SECRETS if valid.validated_parameters.get(name)]
        if register_secrets:
            register_secrets(given)
            return result
        return remove_values(result, given)


@functools.lru_cache(maxsize=32)
def _is_this_python(path: str) -> bool:
    # In a virtual environment the folder, not the file that a link leads to, tells what can be imported.
    same_folder = os.path.realpath(os.path.dirname(path)) == os.path.realpath(os.path.dirname(sys.executable))
    return same_folder and os.path.realpath(path) == os.path.realpath(sys.executable)


def _shows_invocation(task_vars: dict[str, Any]) -> bool:
    try:
        return constants.config.get_config_value("INJECT_INVOCATION", variables=task_vars)
    except AnsibleError:
        return True  # ansible-core before 2.21 always does


def refuse_yaml(args: dict[str, Any]) -> Result | None:
    """The failed result for names and types that YAML read as something else than they have to be.

    Only here, for both ways: on its way to a module JSON turns keys, and dates, to text.
    """
    for option, parse in (("attr_names", attr_names.parse_wanted), ("attr_types", attr_types.parse_wanted)):
        if isinstance(args.get(option), dict):
            try:
                parse(plain(args[option]))
            except OptionError as error:
                return Redactor(secrets_of(plain(args)).values())(error.as_result())
    return None


def warm_up() -> None:
    """Load the CA certificates in the parent, once, before it forks a worker for each host."""
    if transport.REQUESTS_MISSING is None and sys.platform != "darwin":
        with contextlib.suppress(OptionError):
            transport.tls_context(True, os.environ.get("TENCENT_CHAT_CA_PATH"))


warm_up()
