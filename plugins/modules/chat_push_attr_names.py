#!/usr/bin/python
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_push_attr_names
short_description: Name the push attributes of a Tencent Cloud Chat app
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - Tencent Cloud Chat lets an app name up to ten push attributes, numbered V(0) to V(9), which push campaigns then
    select users by. This module declares these names.
  - It reads the names that the app has, and writes only if they differ. Numbers that are not listed keep their names.
  - What it writes is always the whole resulting map, and it reads that back.
extends_documentation_fragment:
  - tencentcloud.chat.attributes
  - tencentcloud.chat.connection
  - tencentcloud.chat.push_attrs
attributes:
  diff_mode:
    support: full
notes:
  - A name that is set cannot be removed; the service has no call for it. It can be replaced by another one.
  - >-
    The values of a user are kept under an attribute's name, not under its number. A rename leaves values that users
    already have under the old name; the module warns of it.
seealso:
  - module: tencentcloud.chat.chat_push_attr_names_info
options:
  attr_names:
    description:
      - The names, by the attribute's number, V(0) to V(9).
      - A name is text of at most 50 bytes in UTF-8, and no two numbers have the same one.
        Quote names that YAML would read as something else, such as C("yes") or C("2024").
      - An empty map changes nothing.
    type: dict
    required: true
  attr_types:
    description:
      - The types, by the attribute's number, for O(api=timpush) alone. V(0) is for user IDs, V(1) for registration IDs.
      - A new name without a type here gets V(0). A number that has a name keeps its type.
      - A type cannot change once it is set. Asking for another one fails, and nothing is written.
    type: dict
"""

EXAMPLES = r"""
- name: Name the push attributes of an app
  tencentcloud.chat.chat_push_attr_names:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    attr_names:
      0: sex
      1: city
      2: country

- name: Show what would change, with a ready UserSig
  tencentcloud.chat.chat_push_attr_names:
    region: frankfurt
    sdkappid: 1400000002
    identifier: ops
    usersig: "{{ chat_usersig }}"
    attr_names:
      0: gender
  check_mode: true
  diff: true

- name: Name attributes by the newer API, one of them for registration IDs
  tencentcloud.chat.chat_push_attr_names:
    api: timpush
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    attr_names:
      0: sex
      1: device
    attr_types:
      1: 1
"""

RETURN = r"""
attr_names:
  description:
    - All names that the app has now, by number; in check mode those that it would have.
    - After a write that the service does not show, those that it does show.
  returned: success, or when a write could not be confirmed
  type: dict
  sample: {"0": "sex", "1": "city", "2": "country"}
attr_types:
  description: The type of each name, by number; V(0) is shown for a type that the service does not tell.
  returned: with O(api=timpush), success, or when a write could not be confirmed
  type: dict
  sample: {"0": 0, "1": 1}
attr_names_wanted:
  description: All names that the app should have, by number.
  returned: when a write could not be confirmed
  type: dict
  sample: {"0": "sex", "1": "city", "2": "country"}
attr_types_wanted:
  description: The type that each name should have, by number.
  returned: with O(api=timpush), when a write could not be confirmed
  type: dict
  sample: {"0": 0, "1": 1}
diff:
  description:
    - The names from before and after the task.
    - With O(api=timpush) both sides have C(attr_names) and C(attr_types).
  returned: success
  type: dict
  sample: {"before": {"0": "sex"}, "after": {"0": "sex", "1": "city"}}
error_code:
  description: The service's error code.
  returned: when the service answered with an error
  type: int
  sample: 70001
error_info:
  description: The service's own words, at most 500 characters.
  returned: when the service answered with an error
  type: str
  sample: UserSig expired
action_status:
  description: The service's C(ActionStatus).
  returned: when the service answered with an error
  type: str
  sample: FAIL
command:
  description: The API command that failed.
  returned: when a call failed
  type: str
  sample: im_get_attr_name
tries:
  description: How many times the command was sent.
  returned: when a call failed
  type: int
  sample: 4
http_status:
  description: The HTTP status of the last answer.
  returned: when a call failed and there was an HTTP answer
  type: int
  sample: 502
"""

from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import run_module
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE


def main() -> None:
    run_module(ENSURE)


if __name__ == "__main__":
    main()
