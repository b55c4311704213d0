# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts.accounts import INFO
from ansible_collections.tencentcloud.chat.plugins.plugin_utils._in_process import InProcess


class ActionModule(InProcess):
    operation = INFO


main = ActionModule.check_options
