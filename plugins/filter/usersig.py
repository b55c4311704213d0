# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: usersig
short_description: Generate a UserSig from the secret key of an app
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - Generates the UserSig that every call of the Chat REST API requires (TLSSigAPIv2).
  - Use it for calls that the collection does not cover. The modules of the collection accept the secret key themselves.
  - Ansible evaluates a template each time it is used, so a variable that uses this filter contains a new UserSig
    each time.
requirements:
  - python >= 3.9 (the C(requests) library is not required)
options:
  _input:
    description: The secret key of the app, as the console shows it.
    type: str
    required: true
  sdkappid:
    description: The SDKAppID of the app, a positive integer.
    type: int
    required: true
  identifier:
    description: The account that the UserSig is for.
    type: str
    default: administrator
  expire:
    description: Seconds for which the UserSig is valid. At least 1.
    type: int
    default: 3600
positional: sdkappid, identifier, expire
notes:
  - Anyone who has the UserSig can act as O(identifier) until it expires. Set C(no_log=true) on tasks that use it.
    ansible-core 2.22 and later mask it in all output.
seealso:
  - plugin: tencentcloud.chat.usersig_decode
    plugin_type: filter
  - name: UserSig
    description: The Chat documentation of how a UserSig is generated.
    link: https://www.tencentcloud.com/document/product/1047/34385
"""

EXAMPLES = r"""
- name: Call a REST API command that the collection does not cover
  ansible.builtin.uri:
    url: >-
      https://adminapisgp.im.qcloud.com/v4/openim_dirty_words/get?{{ query | urlencode }}
    method: POST
    body_format: json
    body: {}
  vars:
    query:
      sdkappid: 1400000001
      identifier: administrator
      usersig: "{{ chat_secret_key | tencentcloud.chat.usersig(1400000001, expire=60) }}"
      random: "{{ 4294967295 | random }}"
      contenttype: json
  no_log: true
  register: response
  failed_when: response.json.ErrorCode != 0
"""

RETURN = r"""
_value:
  description: The UserSig.
  type: str
"""

import time
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import options, redaction
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError
from ansible_collections.tencentcloud.chat.plugins.plugin_utils._plain import plain


def usersig(secret_key: Any, sdkappid: Any, identifier: Any = "administrator", expire: Any = 3600) -> str:
    """Return a UserSig that is valid from now on."""
    secret_key, identifier = plain(secret_key), plain(identifier)
    if not isinstance(secret_key, str) or not secret_key:
        raise AnsibleFilterError("usersig: the secret key must be a non-empty string")
    if not isinstance(identifier, str):
        raise AnsibleFilterError(f"usersig: identifier must be a string, not {identifier!r}")
    given = {
        "secret_key": secret_key,
        "sdkappid": _integer("sdkappid", sdkappid),
        "identifier": identifier,
        "usersig_expire": _integer("expire", expire),
    }
    try:
        options.check_limits(given)
        generated: str = options.account_from(given).signature(time.time())
    except OptionError as error:
        message = error.failure.message.replace("usersig_expire", "expire")
        raise AnsibleFilterError(f"usersig: {message}") from None
    redaction.register([secret_key, generated])
    return generated


def _integer(name: str, value: Any) -> int:
    """Return an integer, also if a template delivered it as a string."""
    try:
        if not isinstance(value, (bool, float)):
            return int(value)
    except (TypeError, ValueError):
        pass
    raise AnsibleFilterError(f"usersig: {name} must be an integer, not {value!r}")


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"usersig": usersig}
