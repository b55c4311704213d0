# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The options for the app, the account and the connection to the service."""

    DOCUMENTATION = r"""
requirements:
  - python >= 3.9
  - requests >= 2.25
notes:
  - >-
    The environment variables E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY) set the proxy.
    C(~/.netrc), E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) have no effect.
  - >-
    A task always ends: each call takes at most (O(retries) + 1) * (2 * O(timeout) + 5) seconds, which is 100 seconds
    with the defaults.
  - >-
    The modules mask secrets in everything that a task returns. Ansible itself shows loop items, including the secrets
    in them: loop over names, and look up the secrets by name.
  - >-
    A number is rejected where an option must be a string, because YAML reads C(0123) as the number 83. Quote it, for
    example C(identifier: "0123").
options:
  region:
    description:
      - The region that the app belongs to. It determines the host to call.
      - Required unless O(api_url) is set.
      - If not set, the value of the environment variable E(TENCENT_CHAT_REGION) is used.
    type: str
    choices:
      - china
      - singapore
      - seoul
      - frankfurt
      - mumbai
      - silicon_valley
      - jakarta
      - tokyo
      - riyadh
  api_url:
    description:
      - Base URL to call instead of the host of O(region), such as that of a gateway, of the backup host of the region,
        or of a simulator. It takes precedence over O(region).
      - It must begin with C(https://), or with C(http://) for a loopback address,
        because the UserSig is part of the URL of each request.
      - If not set, the value of the environment variable E(TENCENT_CHAT_API_URL) is used.
    type: str
  sdkappid:
    description:
      - The SDKAppID of the app, a positive integer.
      - If not set, the value of the environment variable E(TENCENT_CHAT_SDKAPPID) is used.
    type: int
    required: true
  identifier:
    description:
      - The app admin account to use for the calls.
      - If not set, the value of the environment variable E(TENCENT_CHAT_IDENTIFIER) is used.
    type: str
    default: administrator
  usersig:
    description:
      - A pre-generated UserSig of O(identifier).
      - Exactly one of O(usersig) and O(secret_key) is required. If the task sets either option, both environment
        variables are ignored.
      - If neither option is set, the value of the environment variable E(TENCENT_CHAT_USERSIG) is used.
    type: str
  secret_key:
    description:
      - The secret key of the app. Each task generates a UserSig from it. The key itself is never sent.
      - If neither O(secret_key) nor O(usersig) is set, the value of the environment variable
        E(TENCENT_CHAT_SECRET_KEY) is used.
    type: str
  usersig_expire:
    description:
      - Seconds for which a UserSig generated from O(secret_key) is valid. At least 1.
    type: int
    default: 3600
  validate_certs:
    description:
      - Whether to verify the TLS certificate of the server. Set it to V(false) for tests only.
      - No environment variable sets this option. A forgotten one would turn off verification for all tasks.
    type: bool
    default: true
  ca_path:
    description:
      - File with the CA certificates to trust, in PEM format, or a directory of them made with C(c_rehash).
      - A relative path begins in the directory of the playbook if the task runs on the control node.
      - If neither the option nor the variable is set, the certificates that come with C(requests) are used.
      - If not set, the value of the environment variable E(TENCENT_CHAT_CA_PATH) is used. For large inventories, set
        the variable to an absolute path instead of this option. The file is then loaded once instead of once for each
        host.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection, and for each next piece of a response, V(1) to V(600).
      - An attempt ends after twice this time.
      - The service times out after three seconds. Set more than V(3).
      - If not set, the value of the environment variable E(TENCENT_CHAT_TIMEOUT) is used.
    type: int
    default: 10
  retries:
    description:
      - Additional attempts after a transient failure, such as a broken connection, HTTP status 5xx, or an error code
        that means that the service fails temporarily; V(0) to V(20).
      - The delays between two attempts are 1, 2, 4, 5, 5, ... seconds, each randomly shortened by up to half.
      - A rejection because of the rate (error codes 60007, 60011, 60018, 60019, 90024 and 90051, and HTTP status 429)
        does not count as an attempt. The task waits for a random time of up to 5 seconds and sends the request again,
        until the time of the call is up.
      - If a response with HTTP status 429 or 503 has the header C(Retry-After), the task waits at least as long as the
        header specifies. If less time is left for the call, the task fails at once.
      - If not set, the value of the environment variable E(TENCENT_CHAT_RETRIES) is used.
    type: int
    default: 3
"""
