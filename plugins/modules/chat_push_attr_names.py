#!/usr/bin/python
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_push_attr_names
short_description: Set the push attribute names of a Tencent Cloud Chat app
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - A Tencent Cloud Chat app has up to ten push attributes, numbered V(0) to V(9). Pushes select users by these
    attributes. This module sets the names of the attributes.
  - The module reads the names that the app has, and writes only if they differ. Attributes that are not listed keep
    their names.
  - The module always writes the complete map, then reads it back. If the names that it reads back differ, the task
    fails with RV(changed=true), because the service accepted the write.
extends_documentation_fragment:
  - tencentcloud.chat._attributes
  - tencentcloud.chat._connection
  - tencentcloud.chat._push_attrs
attributes:
  diff_mode:
    support: full
notes:
  - A name that is set cannot be removed, because the API does not have a call for it. You can replace it with another
    name.
  - >-
    The service stores the values of a user under the name of an attribute, not under its number. After a rename, values
    that users already have stay under the old name. The module warns about each name that the app no longer has.
  - The module makes at most three calls (read, write, read back), so with the default O(timeout) and O(retries), a task
    takes at most 300 seconds.
seealso:
  - module: tencentcloud.chat.chat_push_attr_names_info
options:
  attr_names:
    description:
      - The names, by attribute number, V(0) to V(9).
      - A name is a string of 1 to 50 bytes in UTF-8, and each name can be used for one attribute only.
        Quote names that YAML would read as something else, such as C("yes") or C("2024").
      - An empty map changes nothing.
    type: dict
    required: true
  attr_types:
    description:
      - The types, by attribute number, only for O(api=timpush). V(0) is for user IDs, V(1) for registration IDs.
      - A new name without a type here gets V(0). An attribute that has a name keeps its type.
      - A type cannot change once it is set. If another one is listed, the task fails and writes nothing.
    type: dict
  undeclared:
    description:
      - What to do if the app has names for attributes that O(attr_names) does not list.
      - V(keep) keeps these names. V(fail) fails before anything is written, also in check mode.
      - The result lists these names in RV(undeclared) in both cases.
    type: str
    choices:
      - keep
      - fail
    default: keep
"""

EXAMPLES = r"""
- name: Set the push attribute names of an app
  tencentcloud.chat.chat_push_attr_names:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    attr_names:
      0: sex
      1: city
      2: country

- name: Show what would change, with a pre-generated UserSig
  tencentcloud.chat.chat_push_attr_names:
    region: frankfurt
    sdkappid: 1400000002
    identifier: ops
    usersig: "{{ chat_usersig }}"
    attr_names:
      0: gender
  check_mode: true
  diff: true

- name: Set two names, and fail if other attributes have names
  tencentcloud.chat.chat_push_attr_names:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    attr_names:
      0: sex
      1: city
    undeclared: fail

- name: Name attributes with the newer API, one of them for registration IDs
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
    - All names that the app has, by attribute number; in check mode, those that it would have.
    - If the write is not confirmed, the names that the service returned.
  returned: success, or when a write could not be confirmed
  type: dict
  sample: {"0": "sex", "1": "city", "2": "country"}
attr_types:
  description:
    - The type of each attribute that has a name, by attribute number.
    - V(0) if the service does not return a type.
  returned: with O(api=timpush), success, or when a write could not be confirmed
  type: dict
  sample: {"0": 0, "1": 1}
attr_names_wanted:
  description: The complete map of names that the task wrote, by attribute number.
  returned: when a write could not be confirmed
  type: dict
  sample: {"0": "sex", "1": "city", "2": "country"}
attr_types_wanted:
  description: The intended type of each attribute, by attribute number.
  returned: with O(api=timpush), when a write could not be confirmed
  type: dict
  sample: {"0": 0, "1": 1}
undeclared:
  description: The names that the app has and the task does not list, by attribute number.
  returned: success, or when O(undeclared=fail) and the app has such names
  type: dict
  sample: {"9": "tier"}
diff:
  description:
    - The names before and after the task.
    - With O(api=timpush), both sides contain C(attr_names) and C(attr_types).
  returned: success
  type: dict
  sample: {"before": {"0": "sex"}, "after": {"0": "sex", "1": "city"}}
# The keys below are generated by tests/returns.py; edit tests/returns.yml.
changed:
  description:
    - Whether the task changed something; in check mode, whether it would.
    - It is also V(true) in a failed result if the service accepted a part of the changes.
  returned: always
  type: bool
  sample: true
retried:
  description: The retries of a task that succeeded.
  returned: success, when a request was sent again
  type: dict
  contains:
    times:
      description: The number of retries.
      type: int
      sample: 1
    reason:
      description: The reason for the last retry.
      type: str
      sample: HTTP 429
error_code:
  description: The error code of the service.
  returned: when the service returned an error
  type: int
  sample: 70001
error_info:
  description: The error message of the service, at most 500 characters.
  returned: when the service returned an error
  type: str
  sample: UserSig expired
action_status:
  description: The C(ActionStatus) of the service.
  returned: when the service returned an error for a whole request
  type: str
  sample: FAIL
request_id:
  description: The ID of the request, for Tencent Cloud support.
  returned: when a call failed and the service returned an ID
  type: str
  sample: Id-0f1e2d3c4b5a69788796a5b4c3d2e1f0-O-Seq-12345
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
  description: The HTTP status of the last response.
  returned: when a call failed and there was an HTTP response
  type: int
  sample: 502
"""

from ansible_collections.tencentcloud.chat.plugins.module_utils._core.module import run_module
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE


def main() -> None:
    run_module(ENSURE)


if __name__ == "__main__":
    main()
