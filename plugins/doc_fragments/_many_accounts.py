# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The notes that the modules about many accounts share."""

    DOCUMENTATION = r"""
options: {}
notes:
  - >-
    Quote user IDs. They often consist of digits, and YAML reads C(0123) as the number 83. The module rejects numbers.
  - >-
    The service accepts at most 100 user IDs in a request, so the module sends one request for each 100 user IDs.
  - >-
    A task with many user IDs has several requests under way at once, on at most twelve connections. Each of its phases
    (read, write, read back) takes at most (O(retries) + 1) * (2 * O(timeout) + 5) seconds, plus O(timeout) / 12 seconds
    for each request.
  - >-
    An app can be called 100 times a second with each command. The module retries calls that are over this limit.
"""
