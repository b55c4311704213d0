# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: usersig
short_description: Make a UserSig from an app's secret key
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - Signs for an account of a Tencent Cloud Chat app, as every call of its REST API needs it (TLSSigAPIv2).
  - It is meant for calls that the collection does not cover. The modules of the collection take O(_input) themselves.
  - A template is evaluated each time it is used; a variable that holds this filter gives a new UserSig each time.
options:
  _input:
    description: The app's secret key, as the console shows it.
    type: str
    required: true
  sdkappid:
    description: The app's SDKAppID, a positive number.
    type: int
    required: true
  identifier:
    description: The account that is signed for.
    type: str
    default: administrator
  expire:
    description: Seconds for which the UserSig is valid. At least 1.
    type: int
    default: 3600
positional: sdkappid, identifier, expire
notes:
  - Who has the UserSig can act as O(identifier) until it expires. Keep tasks that use it from showing it, by C(no_log).
    ansible-core 2.22 and later mask it in all output.
seealso:
  - plugin: tencentcloud.chat.usersig_decode
    plugin_type: filter
  - name: UserSig
    description: The vendor's page on how a UserSig is made.
    link: https://www.tencentcloud.com/document/product/1047/34385
"""

EXAMPLES = r"""
- name: Ask the REST API for something that the collection does not cover
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
  register: answer
  failed_when: answer.json.ErrorCode != 0
"""

RETURN = r"""
_value:
  description: The UserSig.
  type: str
"""

import time
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.tencentcloud.chat.plugins.module_utils import connection
from ansible_collections.tencentcloud.chat.plugins.module_utils.errors import OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils.redaction import forms
from ansible_collections.tencentcloud.chat.plugins.module_utils.task import register_secrets
from ansible_collections.tencentcloud.chat.plugins.plugin_utils.plain import plain


def usersig(secret_key: Any, sdkappid: Any, identifier: Any = "administrator", expire: Any = 3600) -> str:
    """A UserSig that is valid from now on."""
    secret_key, identifier = plain(secret_key), plain(identifier)
    if not isinstance(secret_key, str) or not secret_key:
        raise AnsibleFilterError("usersig: the secret key is missing, or no text")
    if not isinstance(identifier, str):
        raise AnsibleFilterError(f"usersig: identifier: {identifier!r} is no text")
    options = {
        "secret_key": secret_key,
        "sdkappid": _number("sdkappid", sdkappid),
        "identifier": identifier,
        "usersig_expire": _number("expire", expire),
    }
    try:
        connection.check_limits(options)
        made = connection.account_from(options).signature(time.time())
    except OptionError as error:
        raise AnsibleFilterError(f"usersig: {error.what.replace('usersig_expire', 'expire')}. {error.hint}.") from None
    if register_secrets:
        register_secrets(form for secret in (secret_key, made) for form in forms(secret))
    return made


def _number(name: str, value: Any) -> int:
    """A whole number, also where a template gave it as text."""
    try:
        if not isinstance(value, (bool, float)):
            return int(value)
    except (TypeError, ValueError):
        pass
    raise AnsibleFilterError(f"usersig: {name}: {value!r} is no whole number")


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"usersig": usersig}
