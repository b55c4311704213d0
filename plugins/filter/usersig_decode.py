# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: usersig_decode
short_description: Show the account, app and expiry time of a UserSig
version_added: 1.0.0
author:
  - Tencent Cloud Chat collection contributors (!UNKNOWN)
description:
  - Decodes the claims in a UserSig without the secret key, so that a pipeline can detect one that is about to expire.
  - It does not verify the UserSig. Only the service can do that, because it requires the secret key.
requirements:
  - python >= 3.9 (the C(requests) library is not required)
options:
  _input:
    description: The UserSig.
    type: str
    required: true
seealso:
  - plugin: tencentcloud.chat.usersig
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Fail if the UserSig expires within a week
  ansible.builtin.assert:
    that: (usersig.expires_at - now().timestamp()) > 7 * 86400
    fail_msg: >-
      The UserSig of {{ usersig.identifier }} for app {{ usersig.sdkappid }}
      expires soon
  vars:
    usersig: "{{ chat_usersig | tencentcloud.chat.usersig_decode }}"
"""

RETURN = r"""
_value:
  description: The claims in the UserSig.
  type: dict
  contains:
    identifier:
      description: The account that the UserSig is for.
      type: str
      sample: administrator
    sdkappid:
      description: The SDKAppID of the app that the UserSig is for.
      type: int
      sample: 1400000001
    issued_at:
      description: When it was generated, in seconds of UNIX time.
      type: int
      sample: 1763856000
    expire:
      description: Seconds for which it is valid from then on.
      type: int
      sample: 3600
    expires_at:
      description: When it expires, in seconds of UNIX time.
      type: int
      sample: 1763859600
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.usersig import decode
from ansible_collections.tencentcloud.chat.plugins.plugin_utils._plain import plain


def usersig_decode(usersig: Any) -> dict[str, Any]:
    """Return the claims in *usersig*."""
    usersig = plain(usersig)
    if not isinstance(usersig, str):
        raise AnsibleFilterError("usersig_decode: the input must be a string")
    try:
        claims = decode(usersig.strip())
    except ValueError as error:
        raise AnsibleFilterError(f"usersig_decode: {error}") from None
    return {**claims._asdict(), "expires_at": claims.expires_at}


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"usersig_decode": usersig_decode}
