# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The main() of each module. An action plugin does not need this file."""

from __future__ import annotations

from . import start

start.begin()

from typing import Any

from ansible.module_utils import basic

from . import libraries, options
from .operation import Context, Operation
from .owner import Owner, owner_of_module
from .worker import Workers

start.end()


def run_module(operation: Operation) -> None:
    """Run *operation* as the main() of a module: options from Ansible, result to Ansible."""
    owner = owner_of_module()  # before anything that takes time

    class Module(basic.AnsibleModule):
        def fail_json(self, msg: str, **result: Any) -> Any:
            super().fail_json(options.explained(msg), **{**operation.failure, **result})

    create: Any = Module  # AnsibleModule has no annotations
    module = create(supports_check_mode=True, **operation.arguments)
    if libraries.MISSING:
        missing = basic.missing_required_lib("requests")
        module.fail_json(
            f"{missing}. To use that of the control node, set delegate_to: localhost.", exception=libraries.MISSING
        )
    result = _result(operation, module, owner)
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


def _result(operation: Operation, module: Any, owner: Owner) -> dict[str, Any]:
    given = {name: value for name, value in module.params.items() if value is not None}  # the others are unset
    try:
        parsed = operation.parse(given)
    except Exception as error:
        return operation.reject(module.params, error)
    workers = Workers()
    try:
        return operation.perform(module.params, parsed, module.check_mode, Context(workers, owner.is_there))
    finally:
        workers.close()
