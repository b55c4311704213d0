# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The options and sources that the modules for user attributes and user tags share."""

    DOCUMENTATION = r"""
options:
  api:
    description:
      - The API family. V(timpush) is the newer one, and returns an error for each user who fails.
      - The Chat documentation does not say whether both families use the same data. Use only one of them for an app.
    type: str
    choices:
      - all_member_push
      - timpush
    default: all_member_push
seealso:
  - name: Error codes
    description: The error codes of the Chat service.
    link: https://www.tencentcloud.com/document/product/1047/34348
"""
