# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of every module of the collection."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and predict changes without making them.
    support: full
  diff_mode:
    description: Returns the state before and after the task in diff mode.
  idempotent:
    description: If run twice in a row with the same options, the second run changes nothing.
    support: full
  platform:
    description: Operating systems of the managed node.
    support: full
    platforms: posix
  action_group:
    description: Use C(group/tencentcloud.chat.chat) in C(module_defaults) to set options of all modules at once.
    support: full
    membership:
      - tencentcloud.chat.chat
  action:
    description: Has an action plugin, which runs on the control node.
    support: full
    details:
      - >-
        The action plugin runs the task in-process, that is, in the process of Ansible itself, if all of these
        conditions are met. The connection is local, which includes C(delegate_to=localhost). C(become), C(async) and
        C(environment) are not set. The Python interpreter is that of the control node, or is not set. The control node
        has the C(requests) library, and does not run macOS. Running in-process is many times faster than starting a
        module.
      - >-
        Otherwise, the task runs as a module on the managed node. It also runs as a module whenever ansible-core lacks
        or changes something that the in-process mode needs. The result is the same in both execution modes.
      - >-
        Set the variable C(tencentcloud_chat_in_process) to V(false) to always run as a module. C(-vvv) shows the
        execution mode of a task, and the reason.
  async:
    description: Supports the C(async) keyword.
    support: full
"""
