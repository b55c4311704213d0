# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options, notes and sources that the modules for user attributes and user tags share."""

    DOCUMENTATION = r"""
options:
  api:
    description:
      - The API family. V(timpush) is the newer one, and returns an error for each user who fails.
      - The documentation does not say whether both families use the same data. Use only one of them for an app.
    type: str
    choices:
      - all_member_push
      - timpush
    default: all_member_push
notes:
  - >-
    Quote the accounts. User IDs often consist of digits, and YAML reads C(0123) as the number 83. The module rejects
    numbers.
  - >-
    The service accepts at most 100 users in a request, so the module sends one request for each 100 users.
  - >-
    A task about many users has several requests under way at once, on at most twelve connections. Each of its phases
    (read, write, read back) takes at most (O(retries) + 1) * (2 * O(timeout) + 5) seconds, plus O(timeout) / 12 seconds
    for each request of 100 users.
  - >-
    An app can be called 100 times a second with each command. The module retries calls that are over this limit.
seealso:
  - name: Error codes
    description: The error codes of the Chat service.
    link: https://www.tencentcloud.com/document/product/1047/34348
"""
