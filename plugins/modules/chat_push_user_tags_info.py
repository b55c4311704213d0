#!/usr/bin/python
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_push_user_tags_info
short_description: Read the push tags of users of a Tencent Cloud Chat app
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - Reads the tags of users by which a push can select them, and changes nothing.
  - RV(users) can be passed to M(tencentcloud.chat.chat_push_user_tags) unchanged.
  - If the service returns no data for an account, the module fails.
extends_documentation_fragment:
  - tencentcloud.chat.attributes
  - tencentcloud.chat.connection
  - tencentcloud.chat.push_users
attributes:
  diff_mode:
    support: N/A
    details: The module changes nothing.
seealso:
  - module: tencentcloud.chat.chat_push_user_tags
options:
  users:
    description:
      - The accounts of the users to read. Accounts that are listed more than once are read once.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Read the tags of two users
  tencentcloud.chat.chat_push_user_tags_info:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    users:
      - "1001"
      - "1002"
  register: app

- name: Show the tags
  ansible.builtin.debug:
    var: app.users
"""

RETURN = r"""
users:
  description:
    - The tags of each user.
    - If some users failed, those of the others.
  returned: success, or when some users failed
  type: dict
  sample: {"u1": ["beta", "staff"]}
failed_users:
  description:
    - The users who failed, each with C(error_code) and C(error_info) from the service.
    - C(error_code) is V(null) if the service did not return the user at all.
    - If the service rejects very many accounts as unknown, the module does not look for more than about 100 of them.
  returned: when some users failed
  type: dict
  sample: {"u7": {"error_code": 70107, "error_info": "account does not exist"}}
error_code:
  description: The error code of the service.
  returned: when the service returned an error for a whole request
  type: int
  sample: 70001
error_info:
  description: The error message of the service, at most 500 characters.
  returned: when the service returned an error for a whole request
  type: str
  sample: UserSig expired
action_status:
  description: The C(ActionStatus) of the service.
  returned: when the service returned an error for a whole request
  type: str
  sample: FAIL
command:
  description: The API command that failed.
  returned: when a call failed
  type: str
  sample: im_get_tag
tries:
  description: How many times the command was sent.
  returned: when a call failed
  type: int
  sample: 4
http_status:
  description: The HTTP status of the last response.
  returned: when a call failed and there was an HTTP response
  type: int
  sample: 502
"""

from ansible_collections.tencentcloud.chat.plugins.module_utils._core.module import run_module
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.user_tags import INFO


def main() -> None:
    run_module(INFO)


if __name__ == "__main__":
    main()
