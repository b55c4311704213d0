#!/usr/bin/python
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_accounts
short_description: Import and delete accounts of a Tencent Cloud Chat app
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - Imports accounts that are missing, sets the nickname and the picture of those that differ, or deletes accounts.
  - Push attributes, push tags and pushes need accounts that exist.
  - The module reads the listed accounts, writes only those that differ, then reads back what it wrote. It never imports
    an account that exists.
  - The Chat documentation does not say whether an import stores the profile. If it does not, the module sets the
    profile afterwards.
  - If the service rejects some accounts, the module writes the others, then fails. RV(failed_accounts) contains the
    accounts that failed, and RV(accounts) those that exist. Run the task again for the rest.
extends_documentation_fragment:
  - tencentcloud.chat._attributes
  - tencentcloud.chat._connection
  - tencentcloud.chat._many_accounts
attributes:
  diff_mode:
    support: full
notes:
  - The API cannot list the accounts of an app, so the module cannot find or delete accounts that are not declared.
  - The service accepts one profile in a request, and 200 such requests a second.
seealso:
  - module: tencentcloud.chat.chat_accounts_info
  - module: tencentcloud.chat.chat_push_user_tags
  - name: Import multiple accounts
    description: The Chat documentation of the call that imports accounts.
    link: https://www.tencentcloud.com/document/product/1047/34954
  - name: Delete accounts
    description: The Chat documentation of the call that deletes accounts.
    link: https://www.tencentcloud.com/document/product/1047/34955
  - name: Set a profile
    description: The Chat documentation of the call that sets the profile of an account.
    link: https://www.tencentcloud.com/document/product/1047/34916
  - name: Error codes
    description: The error codes of the Chat service.
    link: https://www.tencentcloud.com/document/product/1047/34348
options:
  accounts:
    description:
      - The accounts, as a map of user IDs. Each value is V(null), an empty map, or a map with C(nick) (the nickname),
        C(face_url) (the URL of the picture), or both.
      - A user ID is 1 to 32 bytes of printable ASCII. It must not begin with C(@RBT#) or C(@TOA#_), which the service
        uses for robots and official accounts.
      - C(nick) and C(face_url) are strings of 1 to 500 bytes in UTF-8. A field that is not declared does not change.
        The module cannot remove a field, because the Chat documentation does not say how.
      - With O(state=absent), profiles are ignored.
    type: dict
    required: true
  state:
    description:
      - V(present) imports the accounts and sets their profiles, V(absent) deletes them.
    type: str
    choices:
      - present
      - absent
    default: present
  confirm_deletion:
    description:
      - Must be V(true) to delete accounts, because a deletion cannot be undone. It also deletes the contacts, the
        profile, the groups and the conversations of an account. Except in the trial edition, its user ID cannot be
        imported again for three months.
      - The account in O(identifier) is never deleted.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Make sure that the accounts of the support team exist
  tencentcloud.chat.chat_accounts:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    accounts:
      "1001":
        nick: Ann
        face_url: https://example.com/ann.png
      "1002":
        nick: Bob
      "1003":

- name: Import the accounts of a list
  tencentcloud.chat.chat_accounts:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    accounts: "{{ dict(user_ids | zip_longest([])) }}"
  vars:
    user_ids: ["1001", "1002"]

- name: Delete an account
  tencentcloud.chat.chat_accounts:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    accounts:
      "1003":
    state: absent
    confirm_deletion: true
"""

RETURN = r"""
accounts:
  description:
    - The listed accounts that exist after the task; in check mode, those that would. Each value is a map with what is
      known of C(nick) and C(face_url). Profiles are read only if a profile is declared.
    - If the task failed, the accounts that existed when the service was read last.
  returned: success, or when the accounts could be read
  type: dict
  sample: {"1001": {"nick": "Ann"}, "1002": {}}
diff:
  description: The accounts that change, before and after the task. An account that does not exist is omitted.
  returned: success
  type: dict
  sample: {"before": {"1001": {}}, "after": {"1001": {"nick": "Ann"}, "1002": {}}}
# The keys below are generated by tests/returns.py; edit tests/returns.yml.
failed_accounts:
  description:
    - The accounts that failed, each with C(error_code) and C(error_info) from the service.
    - C(error_code) is V(null) if the service rejected the account without a reason, or did not return it at all.
  returned: when some accounts failed
  type: dict
  sample: {"1002": {"error_code": 40005, "error_info": "sensitive word"}}
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
  description: The error code of the service, or that of the first account in RV(failed_accounts).
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
  sample: account_check
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

from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts.accounts import ENSURE
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.module import run_module


def main() -> None:
    run_module(ENSURE)


if __name__ == "__main__":
    main()
