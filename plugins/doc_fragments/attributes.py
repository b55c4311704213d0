# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The attributes that every module of the collection has."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed, or would change, when run in diff mode.
  idempotent:
    description: When run twice in a row with the same options, the second run changes nothing.
    support: full
  platform:
    description: Target systems on which the module can run.
    support: full
    platforms: posix
  action_group:
    description: Use C(group/tencentcloud.chat.chat) in C(module_defaults) to set the options of all modules at once.
    support: full
    membership:
      - tencentcloud.chat.chat
  action:
    description: Has an action plugin, so that parts of it run on the controller.
    support: full
    details:
      - >-
        Where the task would run on the controller anyway, it runs in Ansible's own process, which is many times
        faster than to start a module.
        That is the case with a local connection (also by C(delegate_to=localhost)), without C(become), C(async)
        and C(environment), with the controller's own Python interpreter, if it has the C(requests) library,
        and not on macOS. In all other cases the module is run on the target.
      - The result is the same. Set the variable C(tencentcloud_chat_in_process) to V(false) to always run the module.
  async:
    description: Supports being used with the C(async) keyword.
    support: full
"""
