# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A job as a module. Apart from the rest, since a controller that runs jobs in-process can do without it."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from . import transport
from .task import Job


def run_module(job: Job) -> None:
    """The main() of a module: options from Ansible, result to Ansible."""
    module = AnsibleModule(supports_check_mode=True, **job.arguments)
    if transport.REQUESTS_MISSING:
        module.fail_json(msg=missing_required_lib("requests"), exception=transport.REQUESTS_MISSING)
    result = job.perform(module.params, module.check_mode)
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
