# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the operation of a module inside Ansible's worker if the task would run on the control node anyway.

Starting a module costs Ansible a third of a second whatever it does. Everything that a module
offers (argument validation, no_log, check mode, become, async, ...) is kept: a task that needs
what cannot be offered here runs as the module of the same name.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import sys
from typing import Any, Callable, NamedTuple

from ansible.plugins.action import ActionBase
from ansible.plugins.action.normal import ActionModule as RunAsModule
from ansible.utils.display import Display

from ..module_utils._core import transport
from ..module_utils._core.errors import OptionError
from ..module_utils._core.operation import Operation, Result, register_secrets
from ..module_utils._core.options import SECRETS
from .plain import plain

SWITCH = "tencentcloud_chat_in_process"

display = Display()

# What running in-process needs of ansible-core beyond the documented interface of action plugins.
NEEDED = {
    "ArgumentSpecValidator": "ansible.module_utils.common.arg_spec",
    "boolean": "ansible.module_utils.parsing.convert_bool",
    "config": "ansible.constants",
}


if register_secrets is None:  # ansible-core 2.22 and later mask the registered secrets instead
    NEEDED["remove_values"] = "ansible.module_utils.common.parameters"


class Unsuitable(Exception):
    """A task cannot run in-process; the text is the reason."""


class Core(NamedTuple):
    """The parts of ansible-core in NEEDED."""

    ArgumentSpecValidator: Any
    boolean: Any
    config: Any
    remove_values: Any = None

    def validate(self, operation: Operation, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Return the options that AnsibleModule would make of *given*, and its error message or nothing."""
        valid = self.ArgumentSpecValidator(**operation.arguments).validate(given)
        return valid.validated_parameters, valid.errors.msg if valid.error_messages else ""

    def setting(self, name: str, variables: dict[str, Any]) -> Any:
        return self.config.get_config_value(name, variables=variables)


class Ready(NamedTuple):
    """A task that can run in-process.

    valid, problem -- the options as AnsibleModule would make them, and its error message or nothing
    directory -- of the playbook
    """

    core: Core
    valid: dict[str, Any]
    problem: str
    directory: str
    check_mode: bool


class InProcess(RunAsModule):
    """The base of the action plugins of this collection; each sets its *operation*."""

    operation: Operation

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> Result:
        """Return the result of the task, which is the same in both execution modes."""
        task_vars = task_vars or {}
        # A module adds _ansible_... to the arguments of its task, where the next round of `until` finds them.
        given = {name: value for name, value in plain(self._task.args).items() if not str(name).startswith("_ansible_")}
        rejected = self._reject_unknown(given) or self.operation.reject(given)
        if rejected:
            return rejected
        try:
            ready = self._prepare(given, task_vars)
        except Unsuitable as reason:
            display.vvv(f"{self._task.action}: run as a module, because {reason}")
            return dict(super().run(tmp, task_vars))  # type: ignore[no-untyped-call]
        display.vvv(f"{self._task.action}: run in-process")
        base: Any = ActionBase  # without annotations
        common = base.run(self, tmp, task_vars)
        if ready.problem:
            result = {**self.operation.failure, "failed": True, "msg": ready.problem}
        else:
            result = self.operation.perform(ready.valid, ready.check_mode, ready.directory)
        return {**common, **_finish(ready, result, task_vars)}

    def _prepare(self, given: dict[str, Any], task_vars: dict[str, Any]) -> Ready:
        """Do all that needs ansible-core before the first request. Raises Unsuitable if the task needs the module."""
        try:
            core = checked_core()
            reason = self.module_reason(core, task_vars)
            if reason:
                raise Unsuitable(reason)
            # A local module runs in the directory of the playbook, and the system resolves links in its name.
            directory, check_mode = os.path.realpath(self._loader.get_basedir()), bool(self._task.check_mode)
            return Ready(core, *core.validate(self.operation, given), directory, check_mode)
        except Unsuitable:
            raise
        except Exception as error:  # a part of ansible-core has another shape than before
            raise Unsuitable(f"this ansible-core is different: {type(error).__name__}") from None

    def _reject_unknown(self, given: dict[str, Any]) -> Result | None:
        """Return the failed result for an unknown option, in the words of AnsibleModule, but without its value.

        A misspelled "secret_key" has a secret as its value, which AnsibleModule would show in `invocation`.
        """
        known = self.operation.arguments["argument_spec"]
        unknown = ", ".join(sorted(str(name) for name in given if name not in known))
        if not unknown:
            return None
        supported = ", ".join(sorted(known))
        msg = f"Unsupported parameters for ({self._task.action}) module: {unknown}."
        return {**self.operation.failure, "failed": True, "msg": f"{msg} Supported parameters include: {supported}."}

    def module_reason(self, core: Core, task_vars: dict[str, Any]) -> str:
        """Return why the task has to run as a module, or nothing if it can run in-process."""
        target = task_vars
        if self._task.delegate_to:
            target = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        if not core.boolean(self._templar.template(task_vars.get(SWITCH, True)), strict=False):
            return f"{SWITCH} is false"
        if sys.platform == "darwin":
            return "forked workers crash in system proxy lookups on macOS"
        if self._task.async_val:
            return "async is set"
        if any(self._task.environment or ()):
            return "environment is set"
        if self._connection.become is not None:
            return "become is set"
        if self._connection.transport != "local":
            return "the connection is not local"
        if not self._is_own_interpreter(core, target):
            return "another Python interpreter is set"
        return "requests is missing here" if transport.REQUESTS_MISSING else ""

    def _is_own_interpreter(self, core: Core, target: dict[str, Any]) -> bool:
        """Return whether no interpreter is set, or the one that runs this code."""
        path = str(self._templar.template(core.setting("INTERPRETER_PYTHON", target)))
        return path.startswith("auto") or _is_this_python(path)


def _finish(ready: Ready, result: Result, task_vars: dict[str, Any]) -> Result:
    """Return *result* as AnsibleModule would: with the invocation, and with its own masking of secrets."""
    if not result.get("warnings"):
        result.pop("warnings", None)
    if _shows_invocation(ready.core, task_vars):
        result["invocation"] = {"module_args": ready.valid}
    given = [str(ready.valid[name]) for name in SECRETS if ready.valid.get(name)]
    if register_secrets:
        register_secrets(given)
    elif given:  # otherwise it would copy the result, with its thousands of users, for nothing
        result = ready.core.remove_values(result, given)
    return result


@functools.lru_cache(maxsize=1)
def checked_core() -> Core:
    """Look up what is NEEDED, and try each part, once in a process. Raises Unsuitable."""
    found = {}
    for name, module in NEEDED.items():
        try:
            found[name] = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            raise Unsuitable(f"this ansible-core has no {module}.{name}") from None
    core = Core(**found)
    for name in NEEDED:
        try:
            good = _TRIALS[name](core)
        except Exception:  # the module does not need this part
            good = False
        if not good:
            raise Unsuitable(f"{NEEDED[name]}.{name} of this ansible-core behaves differently")
    return core


def _validates(core: Core) -> bool:
    trial = Operation(lambda client, options, check_mode: {}, {"number": {"type": "int", "required": True}})
    given = {"region": "china", "sdkappid": "1"}
    valid, problem = core.validate(trial, {**given, "number": "2"})
    return (valid["number"], valid["timeout"], problem) == (2, 10, "") and "number" in core.validate(trial, given)[1]


# Each part of NEEDED with a small use whose outcome is known.
_TRIALS: dict[str, Callable[[Core], bool]] = {
    "ArgumentSpecValidator": _validates,
    "remove_values": lambda core: core.remove_values({"a": ["a secret"]}, ["secret"]) == {"a": ["a ********"]},
    "boolean": lambda core: (core.boolean("no", strict=False), core.boolean(True, strict=False)) == (False, True),
    "config": lambda core: isinstance(core.setting("INTERPRETER_PYTHON", {}), str),
}


@functools.lru_cache(maxsize=32)
def _is_this_python(path: str) -> bool:
    # In a virtual environment the directory decides what can be imported, not the file that a link leads to.
    same_directory = os.path.realpath(os.path.dirname(path)) == os.path.realpath(os.path.dirname(sys.executable))
    return same_directory and os.path.realpath(path) == os.path.realpath(sys.executable)


def _shows_invocation(core: Core, task_vars: dict[str, Any]) -> bool:
    try:
        return bool(core.setting("INJECT_INVOCATION", task_vars))
    except Exception:  # ansible-core before 2.21 has no such setting, and always shows it
        return True


def warm_up() -> None:
    """Do in the parent, once, what each worker would do for its host: load the CA certificates, and check the core."""
    if transport.REQUESTS_MISSING is None and sys.platform != "darwin":
        with contextlib.suppress(Unsuitable):
            checked_core()
        ca_path = os.environ.get("TENCENT_CHAT_CA_PATH")
        if not ca_path or os.path.isabs(ca_path):
            with contextlib.suppress(OptionError):
                transport.tls_context(True, ca_path)


warm_up()
