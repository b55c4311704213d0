#!/usr/bin/python
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_push_attr_names_info
short_description: Read the push attribute names of a Tencent Cloud Chat app
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - Reads the push attribute names of an app. It changes nothing.
  - RV(attr_names) and RV(attr_types) can be passed to M(tencentcloud.chat.chat_push_attr_names) unchanged.
extends_documentation_fragment:
  - tencentcloud.chat.attributes
  - tencentcloud.chat.connection
  - tencentcloud.chat.push_attrs
attributes:
  diff_mode:
    support: N/A
    details: The module changes nothing.
seealso:
  - module: tencentcloud.chat.chat_push_attr_names
"""

EXAMPLES = r"""
- name: Read the push attribute names
  tencentcloud.chat.chat_push_attr_names_info:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
  register: app

- name: Show the names
  ansible.builtin.debug:
    var: app.attr_names
"""

RETURN = r"""
attr_names:
  description: All names that the app has, by attribute number. Attributes without a name are omitted.
  returned: success
  type: dict
  sample: {"0": "sex", "1": "city", "2": "country"}
attr_types:
  description:
    - The type of each attribute that has a name, by attribute number.
    - V(0) if the service does not return a type.
  returned: success, with O(api=timpush)
  type: dict
  sample: {"0": 0, "1": 1}
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
  returned: when the service returned an error
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
  description: The HTTP status of the last response.
  returned: when a call failed and there was an HTTP response
  type: int
  sample: 502
"""

from ansible_collections.tencentcloud.chat.plugins.module_utils._core.module import run_module
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import INFO


def main() -> None:
    run_module(INFO)


if __name__ == "__main__":
    main()
