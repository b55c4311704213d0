# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The options and links that the modules for push attributes share."""

    DOCUMENTATION = r"""
options:
  api:
    description:
      - The API family. V(timpush) is the newer one; with it, each attribute has a type.
      - The Chat documentation does not say whether both families use the same names. Use only one of them for an app.
    type: str
    choices:
      - all_member_push
      - timpush
    default: all_member_push
seealso:
  - name: Set attribute names
    description: The Chat documentation of the call that sets the names.
    link: https://www.tencentcloud.com/document/product/1047/37167
  - name: Get attribute names
    description: The Chat documentation of the call that reads the names.
    link: https://www.tencentcloud.com/document/product/1047/37168
  - name: Error codes
    description: The error codes of the Chat service.
    link: https://www.tencentcloud.com/document/product/1047/34348
"""
