# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that say which app is meant, who asks, and how the service is reached."""

    DOCUMENTATION = r"""
requirements:
  - requests >= 2.25
notes:
  - >-
    A proxy is taken from the environment variables E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY).
    C(~/.netrc), E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) have no effect.
  - >-
    A task ends after at most 3 * (O(retries) + 1) * (2 * O(timeout) + 5) seconds, whatever the service does;
    with the defaults that is 300 seconds.
  - >-
    Secrets are masked in all that a task returns. A loop over items that hold secrets shows these items, though:
    loop over names and look the secrets up by name.
options:
  region:
    description:
      - The data centre that the app belongs to. It decides which host is called.
      - Needed unless O(api_url) is given.
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
  api_url:
    description:
      - Base URL to call in place of the host of O(region), such as that of a gateway, of the region's backup host,
        or of a simulator. It wins over O(region).
      - It must begin with C(https://), or with C(http://) for a loopback address.
        The signature travels in the URL.
      - If not set, the value of the environment variable E(TENCENT_CHAT_API_URL) is used.
    type: str
  sdkappid:
    description:
      - The app's SDKAppID, a positive number.
      - If not set, the value of the environment variable E(TENCENT_CHAT_SDKAPPID) is used.
    type: int
    required: true
  identifier:
    description:
      - The app admin account in whose name the calls are made.
      - If not set, the value of the environment variable E(TENCENT_CHAT_IDENTIFIER) is used.
    type: str
    default: administrator
  usersig:
    description:
      - A ready UserSig for O(identifier).
      - One of O(usersig) and O(secret_key) is needed, and only one. One that is given in the task beats the other
        from the environment.
      - If neither is given, the value of the environment variable E(TENCENT_CHAT_USERSIG) is used.
    type: str
  secret_key:
    description:
      - The app's secret key. A UserSig is made from it for this task alone; the key itself is never sent.
      - If neither it nor O(usersig) is given, the value of the environment variable E(TENCENT_CHAT_SECRET_KEY) is used.
    type: str
  usersig_expire:
    description:
      - Seconds for which a UserSig made from O(secret_key) is valid. At least 1.
    type: int
    default: 3600
  validate_certs:
    description:
      - Whether the server's TLS certificate is checked. Only turn it off for tests.
    type: bool
    default: true
  ca_path:
    description:
      - File with the CA certificates to trust, in PEM form, or a folder of them made by C(c_rehash).
      - Without it those that come with C(requests) are used.
      - If not set, the value of the environment variable E(TENCENT_CHAT_CA_PATH) is used. For large inventories prefer
        the variable; the file is then loaded once instead of once for each host.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection, and for each next piece of an answer, V(1) to V(600).
      - An attempt as a whole is given up after twice this time.
      - The service itself gives up after three seconds, so this should be more.
    type: int
    default: 10
  retries:
    description:
      - Further attempts after a first one that failed in a way that may pass, such as a broken connection,
        HTTP status 429 or 5xx, or an error code that the vendor marks as safe to try again; V(0) to V(20).
      - Between two attempts there is a pause of 1, 2, 4, 5, 5, ... seconds, less up to half of it at random.
    type: int
    default: 3
"""
