# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!
"""Run the operation of a module inside Ansible's worker if the task would run on the control node anyway.

Starting a module costs Ansible a third of a second whatever it does. Everything that a module
offers (argument validation, no_log, check mode, become, async, ...) is kept: a task that needs
what cannot be offered here runs as the module of the same name.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import Any, NamedTuple

from ansible.plugins.action import ActionBase
from ansible.plugins.action.normal import ActionModule as RunAsModule
from ansible.utils.display import Display

from ..module_utils._core import libraries, owner, redaction
from ..module_utils._core.operation import Context, Operation, Options, Result
from ..module_utils._core.options import SECRETS, explained
from ..module_utils._core.worker import Workers
from ._plain import plain
from ._processes import end_processes, unless_orphaned
from ._warm_up import warm_up

SWITCH = "tencentcloud_chat_in_process"

display = Display()
workers = Workers()  # of this process: the items of a loop share a connection


class Unsuitable(Exception):
    """A task cannot run in-process; the text is the reason."""


class Ready(NamedTuple):
    """A task that can run in-process.

    valid, problem -- the options as AnsibleModule would make them, and its error message or nothing
    invocation -- the key of the result that shows the options, if Ansible is to show them
    directory -- of the playbook
    """

    valid: dict[str, Any]
    problem: str
    invocation: dict[str, Any]
    directory: str
    check_mode: bool


class InProcess(RunAsModule):
    """The base of the action plugins of this collection; each sets its *operation*."""

    operation: Operation

    @classmethod
    def check_options(cls) -> None:
        """Check the options of a task for a linter. Each action plugin has this as its main().

        ansible-lint finds the action plugin instead of the module, and runs its main() with an AnsibleModule that ends
        after the check. No option is required, because module_defaults or the environment can set it.
        """
        from ansible.module_utils import basic

        known = cls.operation.arguments["argument_spec"]
        kept = ("type", "elements", "choices", "options", "no_log")
        basic.AnsibleModule({name: {key: spec[key] for key in kept if key in spec} for name, spec in known.items()})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> Result:
        """Return the result of the task, which is the same in both execution modes."""
        task_vars = task_vars or {}
        # A module adds _ansible_... to the arguments of its task, where the next round of `until` finds them.
        given = {name: value for name, value in plain(self._task.args).items() if not str(name).startswith("_ansible_")}
        rejected = self._reject_unknown(given)
        if rejected:
            return rejected
        try:
            parsed = self.operation.parse(given)
        except Exception as error:  # whatever raises, no input ends in a traceback
            return self.operation.reject(given, error)
        try:
            ready = self._prepare(given, task_vars)
        except Unsuitable as reason:
            display.vvv(f"{self._task.action}: run as a module, because {reason}")
            return unless_orphaned(self._run_module(tmp, task_vars))
        display.vvv(f"{self._task.action}: run in-process")
        base: Any = ActionBase  # without annotations
        common = base.run(self, tmp, task_vars)
        return unless_orphaned({**common, **self._perform(ready, parsed), **ready.invocation})

    def _run_module(self, tmp: Any, task_vars: dict[str, Any]) -> Result:
        try:
            return dict(super().run(tmp, task_vars))  # type: ignore[no-untyped-call]
        except BaseException as error:  # such as the end of the time that the keyword timeout sets
            end_processes(error)
            raise

    def _perform(self, ready: Ready, parsed: Options) -> Result:
        if ready.problem:
            return {**self.operation.failure, "failed": True, "msg": explained(ready.problem)}
        tell = display.v if display.verbosity else None
        context = Context(workers, owner.owner_in_process().is_there, ready.directory, tell)
        result = self.operation.perform(ready.valid, parsed, ready.check_mode, context)
        if not result.get("warnings"):
            result.pop("warnings", None)
        return result

    def _prepare(self, given: dict[str, Any], task_vars: dict[str, Any]) -> Ready:
        """Do all that needs ansible-core before the first request. Raises Unsuitable if the task needs the module."""
        try:
            reason = self.module_reason(task_vars)
            if reason:
                raise Unsuitable(reason)
            valid, problem = _validated(self.operation, given)
            shown, problem = _without_secrets(valid, problem)
            invocation = {"invocation": {"module_args": shown}} if _shows_invocation(task_vars) else {}
            # A local module runs in the directory of the playbook, and the system resolves links in its name.
            directory = os.path.realpath(self._loader.get_basedir())
            return Ready(valid, problem, invocation, directory, bool(self._task.check_mode))
        except Unsuitable:
            raise
        except Exception as error:  # a part of ansible-core is missing, or has another shape than before
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

    def module_reason(self, task_vars: dict[str, Any]) -> str:
        """Return why the task has to run as a module, or nothing if it can run in-process."""
        target = task_vars
        if self._task.delegate_to:
            target = task_vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        if not _boolean(self._templar.template(task_vars.get(SWITCH, True))):
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
        if not self._is_own_interpreter(target):
            return "another Python interpreter is set"
        return "requests is missing here" if libraries.MISSING else ""

    def _is_own_interpreter(self, target: dict[str, Any]) -> bool:
        """Return whether no interpreter is set, or the one that runs this code."""
        path = _expect(str, self._templar.template(_setting("INTERPRETER_PYTHON", target)))
        return path.startswith("auto") or _is_this_python(path)


# The parts of ansible-core that running in-process needs beyond the documented interface of action plugins. They are
# imported where they are used, and checked, so that a missing or different part is found before the first request.


def _expect(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError
    return value


def _boolean(value: Any) -> bool:
    from ansible.module_utils.parsing.convert_bool import boolean

    return bool(_expect(bool, boolean(value, strict=False)))


def _setting(name: str, variables: dict[str, Any]) -> Any:
    from ansible import constants

    return constants.config.get_config_value(name, variables=variables)


def _validated(operation: Operation, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the options that AnsibleModule would make of *given*, and its error message or nothing."""
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    found = ArgumentSpecValidator(**operation.arguments).validate(given)
    valid: dict[str, Any] = _expect(dict, found.validated_parameters)
    problem = str(found.errors.msg) if found.error_messages else ""
    if not problem and set(valid) != set(operation.arguments["argument_spec"]):
        raise TypeError  # it sets each option, if only to its default
    return valid, problem


def _without_secrets(valid: dict[str, Any], problem: str) -> tuple[dict[str, Any], str]:
    """Return the options and the error message as AnsibleModule shows them."""
    secrets = [str(valid[name]) for name in SECRETS if valid.get(name)]
    if redaction.register(secrets) or not secrets:
        return valid, problem
    from ansible.module_utils.common.parameters import remove_values

    shown, problem = remove_values([valid, problem], secrets)
    return _expect(dict, shown), _expect(str, problem)


def _shows_invocation(task_vars: dict[str, Any]) -> bool:
    try:
        return bool(_setting("INJECT_INVOCATION", task_vars))
    except Exception:  # ansible-core before 2.21 has no such setting, and always shows it
        return True


@functools.lru_cache(maxsize=32)
def _is_this_python(path: str) -> bool:
    # In a virtual environment the directory decides what can be imported, not the file that a link leads to.
    same_directory = os.path.realpath(os.path.dirname(path)) == os.path.realpath(os.path.dirname(sys.executable))
    return same_directory and os.path.realpath(path) == os.path.realpath(sys.executable)


warm_up()
