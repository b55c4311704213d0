#!/usr/bin/python
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_push
short_description: Send a push to users of a Tencent Cloud Chat app
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - Sends a message to all users of an app, to the users with certain push attributes or tags, or to listed users.
  - The module checks the message and the audience before it sends anything. An empty or missing audience is rejected;
    only O(all_users=true) selects all users.
  - If the audience is set with attributes, the module reads the push attribute names of the app and rejects a name
    that the app has not declared.
  - The module never sends a push twice. It retries only if the service has certainly not accepted the push.
  - If the service rejects some of the listed users, the push goes to the others, and the task fails. RV(sent) is then
    V(partly), and RV(failed_users) contains the users who did not get it.
extends_documentation_fragment:
  - tencentcloud.chat._attributes
  - tencentcloud.chat._connection
  - tencentcloud.chat._push_attrs
attributes:
  check_mode:
    details:
      - In check mode, the module makes all checks and reads the push attribute names, but does not send the push.
        It always reports a change. RV(body) is what it would send.
  diff_mode:
    support: none
    details:
      - A push has no state before and after it.
  idempotent:
    support: none
    details:
      - Each run sends a push. Set C(run_once=true) on a task that runs for several hosts of the same app, and do not
        use C(until) or C(retries) on the task.
      - Ansible runs a task with C(run_once) once for each batch of C(serial), and for every host with the strategy
        C(free). Instead, send the push from a play of its own with C(hosts=localhost).
notes:
  - The service delivers a push within about a minute. It reaches only accounts that were imported or have logged in.
  - An app can send a limited number of pushes a day, 100 by default. Two pushes of an app must be more than a second
    apart; if the service rejects the second push for this reason, the module retries it after a delay.
  - If Ansible ends the task, because of Ctrl-C or the keyword C(timeout), the result does not contain RV(sent).
    The push may have been sent.
  - If the task runs on a managed node, and C(ANSIBLE_SSH_RETRIES) is more than V(0), Ansible starts the module again
    after an SSH connection that broke, which can send the push again. Set C(delegate_to=localhost) to prevent this.
  - A message can contain at most 10 KB. The service rejects longer messages.
  - That the service accepted a push does not mean that it was delivered. With O(users), users without a registered
    device get nothing, and the service returns no error for them.
  - The module makes one call. If the audience is set with attributes, it makes another call to read their names.
seealso:
  - module: tencentcloud.chat.chat_accounts
  - module: tencentcloud.chat.chat_push_attr_names
  - module: tencentcloud.chat.chat_push_info
  - module: tencentcloud.chat.chat_push_recall
  - name: Push to all users
    description: The Chat documentation of the call with O(api=all_member_push), including the elements of a message.
    link: https://www.tencentcloud.com/document/product/1047/37166
  - name: Push to all or tagged users
    description: The Chat documentation of the call with O(api=timpush).
    link: https://www.tencentcloud.com/document/product/1047/67814
options:
  text:
    description:
      - The message, if it is plain text. Quote text that YAML reads as something else, such as C("2024").
      - Exactly one of O(text) and O(msg_body) is required, except for a push with O(offline_push) alone, and for one
        to O(users), which can have neither.
    type: str
  msg_body:
    description:
      - The message as a list of elements, each with the keys C(MsgType) (a string) and C(MsgContent) (a map),
        as the Chat documentation defines them.
    type: list
    elements: dict
  offline_push:
    description:
      - The notification on devices that are not connected, in addition to O(text) or O(msg_body).
      - With O(api=timpush), it can also be the whole push. With O(users), it is, and needs C(title) and C(desc).
      - At least one of its options is required.
    type: dict
    suboptions:
      title:
        description: The title of the notification.
        type: str
      desc:
        description: The text of the notification.
        type: str
      ext:
        description: Data for the client. The module sends the map as a JSON string.
        type: dict
  from_account:
    description:
      - The account that recipients see as the sender. It must exist.
      - Without it, the sender is O(identifier).
    type: str
  lifetime:
    description:
      - Seconds for which the service stores the push for users who are offline, V(0) to V(604800) (7 days).
        Only for O(api=all_member_push).
      - If it is not set, the module uses V(0) and warns. With V(0), only users who are online receive the push.
    type: int
  online_only:
    description:
      - Whether only users who are online receive the push. Only for O(api=timpush).
      - If it is not set, the module uses V(false), and users who are offline receive the push later.
    type: bool
  msg_random:
    description:
      - A number that identifies the push, V(0) to V(4294967295).
      - If it is not set, the module generates a random number for each run.
      - The Chat documentation contradicts itself about a number that is used again. According to one page, the
        service drops the second push if it comes within a second; according to another, within 7 days.
        Do not rely on either.
    type: int
  all_users:
    description:
      - Whether the push goes to all users of the app.
      - The audience must be set with exactly one of O(all_users=true), O(users), attributes (O(attrs_or),
        O(attrs_and)) and tags (O(tags_or), O(tags_and), O(tags_not)).
    type: bool
  users:
    description:
      - The user IDs of the users who get the push, 1 to 500. Quote user IDs that YAML would read as numbers. List each
        user ID once. Only for O(api=timpush).
      - The push is a notification, set with O(offline_push). O(text), O(msg_body), O(lifetime) and O(online_only) are
        rejected.
    type: list
    elements: str
  attrs_or:
    description:
      - Selects the users who have at least one of these attributes, as a map of attribute names and values.
        The app must have declared the names. A value is a string of 1 to 50 bytes in UTF-8.
      - If O(attrs_and) is also set, a user must match both.
    type: dict
  attrs_and:
    description:
      - Selects the users who have all of these attributes, as a map of attribute names and values.
    type: dict
  tags_or:
    description:
      - Selects the users who have at least one of these tags. A list contains at most 10 tags, each a string of
        1 to 50 bytes in UTF-8, and no tag is listed twice.
      - If several of O(tags_or), O(tags_and) and O(tags_not) are set, a user must match all of them.
    type: list
    elements: str
  tags_and:
    description:
      - Selects the users who have all of these tags.
    type: list
    elements: str
  tags_not:
    description:
      - Excludes the users who have one of these tags. Only for O(api=timpush), and only together with O(tags_or) or
        O(tags_and).
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Announce a maintenance window to the staff, who may be offline for up to a day
  tencentcloud.chat.chat_push:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    text: Maintenance on Sunday from 02:00 to 04:00 UTC
    tags_or:
      - staff
      - canary
    lifetime: 86400
  delegate_to: localhost
  run_once: true

- name: Check a push to users with attributes without sending it
  tencentcloud.chat.chat_push:
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    text: Hello, Oslo
    attrs_and:
      city: Oslo
      country: "NO"
  check_mode: true
  delegate_to: localhost
  run_once: true

- name: Push a custom message and a notification with the newer API
  tencentcloud.chat.chat_push:
    api: timpush
    region: frankfurt
    sdkappid: 1400000002
    secret_key: "{{ chat_secret_key }}"
    from_account: news
    msg_body:
      - MsgType: TIMCustomElem
        MsgContent:
          Data: "{{ {'page': 'news'} | to_json }}"
    offline_push:
      title: News
      desc: Version 2 is here
      ext:
        page: news
    tags_and:
      - subscriber
    tags_not:
      - muted
  delegate_to: localhost
  run_once: true

- name: Notify the users on call
  tencentcloud.chat.chat_push:
    api: timpush
    region: singapore
    sdkappid: 1400000001
    secret_key: "{{ chat_secret_key }}"
    users:
      - "1001"
      - "1002"
    offline_push:
      title: Alert
      desc: The database is down
  delegate_to: localhost
  run_once: true

- name: Announce to all users of each app, in a play whose hosts are the apps
  tencentcloud.chat.chat_push:
    region: "{{ region }}"
    sdkappid: "{{ sdkappid }}"
    secret_key: "{{ secret_key }}"
    text: Maintenance on Sunday from 02:00 to 04:00 UTC
    all_users: true
    lifetime: 86400
  delegate_to: localhost

- name: Send a push and, if that fails, report whether it may be sent again
  delegate_to: localhost
  run_once: true
  block:
    - name: Announce a new version
      tencentcloud.chat.chat_push:
        region: singapore
        sdkappid: 1400000001
        secret_key: "{{ chat_secret_key }}"
        text: Version 2 is here
        all_users: true
      register: push
  rescue:
    # If push.sent is missing, Ansible ended the task, for example because of a timeout.
    - name: Stop if the service may have accepted the push
      ansible.builtin.fail:
        msg: "Check whether the push was sent before you send it again. {{ push.msg }}"
      when: push.sent | default("unknown") == "unknown"

    - name: Continue if the push was certainly not sent
      ansible.builtin.debug:
        msg: "Correct the problem, then send the push again. {{ push.msg }}"
"""

RETURN = r"""
task_id:
  description:
    - The ID that the service gave the push.
    - V(null) if the service accepted the push without returning an ID.
  returned: when the service accepted the push
  type: str
  sample: "1400000001_144115212910570789_4155518400_15723514"
body:
  description:
    - The push as it was sent, or would be sent in check mode, with the message, the audience and the sender.
    - The Chat documentation describes its fields.
  returned: unless the options were rejected
  type: dict
  sample:
    MsgRandom: 4155518400
    MsgBody: [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "Version 2 is here"}}]
    MsgLifeTime: 86400
    Condition: {"TagsOr": ["staff", "canary"]}
condition:
  description: The condition in RV(body). It is empty for all users.
  returned: success, unless O(users) is set
  type: dict
  sample: {"TagsOr": ["staff", "canary"]}
msg_random:
  description:
    - The number that identifies the push.
    - V(null) if the options were rejected before the module chose a number.
  returned: always
  type: int
  sample: 4155518400
sent:
  description:
    - V(no) if the push was certainly not sent.
    - V(unknown) if the service may have accepted it. Check this with a recipient or in the console before you run the
      task again.
    - V(partly) if the service accepted it, but not for the users in RV(failed_users).
  returned: failure
  type: str
  sample: "unknown"
failed_users:
  description: The listed users who did not get the push, each with C(error_code) and C(error_info) from the service.
  returned: when the service rejected some users
  type: dict
  sample: {"1002": {"error_code": 70107, "error_info": "account does not exist"}}
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
  description: The error code of the service, or that of the first user in RV(failed_users).
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
  sample: im_push
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
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH


def main() -> None:
    run_module(PUSH)


if __name__ == "__main__":
    main()
