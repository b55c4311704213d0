#!/usr/bin/python
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_push_attr_names_info
short_description: Read the names of the push attributes of a Tencent Cloud Chat app
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - Reads the names of an app's push attributes, and changes nothing.
  - The result can be given to M(tencentcloud.chat.chat_push_attr_names) as it is.
extends_documentation_fragment:
  - tencentcloud.chat.attributes
  - tencentcloud.chat.connection
  - tencentcloud.chat.push_attrs
attributes:
  diff_mode:
    support: N/A
    details: Nothing is changed.
seealso:
  - module: tencentcloud.chat.chat_push_attr_names
"""

EXAMPLES = r"""
- name: Read the names of the push attributes
  tencentcloud.chat.chat_push_attr_names_info:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
  register: app

- name: Show them
  ansible.builtin.debug:
    var: app.attr_names
"""

RETURN = r"""
attr_names:
  description: All names that the app has, by number. A number without a name is left out.
  returned: success
  type: dict
  sample: {"0": "sex", "1": "city", "2": "country"}
attr_types:
  description: The type of each name, by number; V(0) is shown for a type that the service does not tell.
  returned: success, with O(api=timpush)
  type: dict
  sample: {"0": 0, "1": 1}
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
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import INFO


def main() -> None:
    run_module(INFO)


if __name__ == "__main__":
    main()
