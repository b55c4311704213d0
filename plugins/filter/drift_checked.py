# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_checked
short_description: End a drift report that did not check any app
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - A part of the playbook C(tencentcloud.chat.drift_report), which uses it to choose the hosts of its last play.
  - If C(--limit) excludes all hosts, Ansible skips all plays and succeeds, and no task can fail. Ansible still
    evaluates the expression in C(hosts) of the last play. In this expression, the filter ends C(ansible-playbook) with
    exit status 2.
requirements:
  - python >= 3.9 (the C(requests) library is not required)
options:
  _input:
    description: When the report was made. Empty if no report was made.
    type: str
    required: true
  limit:
    description: The value of C(--limit). Empty if it is not used.
    type: str
    default: ""
positional: limit
"""

EXAMPLES = r"""
- name: Fail if no app was checked
  hosts: >-
    {{ hostvars.localhost.drift_report_made_at | default('')
       | tencentcloud.chat.drift_checked(ansible_limit | default('')) }}
  tasks: []
"""

RETURN = r"""
_value:
  description: The host of the play, C(localhost).
  type: str
"""

from typing import Any

from ansible.utils.display import Display


def drift_checked(made_at: Any, limit: Any = "") -> str:
    """Return the host of the last play, or end this process if there was nothing to check."""
    if limit and not made_at:
        problem = f"No app was checked: --limit {limit} excludes all hosts"
        Display().error(f"{problem}. For a list of apps, add localhost to the limit")
        raise SystemExit(2)
    return "localhost"


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"drift_checked": drift_checked}
