#!/usr/bin/python
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_push_user_attrs
short_description: Set the push attributes of users of a Tencent Cloud Chat app
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - Sets and removes the attributes of users by which a push can select them.
  - The app must declare the names of the attributes first; use M(tencentcloud.chat.chat_push_attr_names). If the app
    has not declared a listed name, the module fails before it writes, and the message lists the declared names.
  - The module reads the listed users, writes only those who differ and only what differs, then reads back what it
    wrote.
  - If the app does not contain an account, the module fails before it writes, provided that the service reports it
    when the users are read.
  - If the service rejects some users when they are written, the module writes the others, then fails. RV(failed_users)
    contains the users who failed, and RV(users) the current attributes. Run the task again to write the rest.
extends_documentation_fragment:
  - tencentcloud.chat.attributes
  - tencentcloud.chat.connection
  - tencentcloud.chat.push_users
attributes:
  diff_mode:
    support: full
seealso:
  - module: tencentcloud.chat.chat_push_user_attrs_info
  - module: tencentcloud.chat.chat_push_attr_names
  - module: tencentcloud.chat.chat_push_user_tags
options:
  users:
    description:
      - The attributes of each user. The keys are accounts, and each value is a map of attribute names to values.
      - A value is a string of 1 to 50 bytes in UTF-8. Quote values that YAML would read as something else, such as
        C("yes") or C("2024").
      - Set a value to V(null) to remove the attribute from the user.
      - Attributes that are not listed do not change, unless O(exclusive=true).
    type: dict
    required: true
  exclusive:
    description:
      - Whether to remove the attributes of the listed users that are not listed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Set attributes of test users
  tencentcloud.chat.chat_push_user_attrs:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    users:
      "1001":
        city: Berlin
        role: staff
      "1002":
        city: Paris
        role: null  # removes the attribute

- name: Show what would change if these were the only attributes of a user
  tencentcloud.chat.chat_push_user_attrs:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    users:
      "1001":
        role: staff
    exclusive: true
  check_mode: true
  diff: true

- name: Set the same attribute of many users with the newer API
  tencentcloud.chat.chat_push_user_attrs:
    api: timpush
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    users: "{{ dict(staff_accounts | zip([{'role': 'staff'}] * (staff_accounts | length))) }}"
"""

RETURN = r"""
users:
  description:
    - The attributes of each listed user after the task; in check mode, those that the user would have.
    - If the task failed, those that the service returned last. A user whom the service no longer returns is omitted.
  returned: success, when some users failed, or when writing or reading back failed
  type: dict
  sample: {"u1": {"city": "Berlin", "role": "staff"}}
users_wanted:
  description: The attributes that the users should have whose writes the service accepted but did not return.
  returned: when a write could not be confirmed
  type: dict
  sample: {"u1": {"city": "Berlin", "role": "staff"}}
failed_users:
  description:
    - The users who failed, each with C(error_code) and C(error_info) from the service.
    - C(error_code) is V(null) if the service did not return the user at all.
    - If the service rejects very many accounts as unknown, the module does not look for more than about 100 of them.
  returned: when some users failed
  type: dict
  sample: {"u7": {"error_code": 70107, "error_info": "account does not exist"}}
diff:
  description: The attributes before and after the task, of the users who change.
  returned: success
  type: dict
  sample: {"before": {"u1": {"city": "Paris"}}, "after": {"u1": {"city": "Berlin", "role": "staff"}}}
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
  sample: im_get_attr
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
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.user_attrs import ENSURE


def main() -> None:
    run_module(ENSURE)


if __name__ == "__main__":
    main()
