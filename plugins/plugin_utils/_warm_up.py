# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!
"""Prepares Ansible's main process, once, for the workers that it forks."""

from __future__ import annotations

import contextlib
import gc
import os
import sys

from ..module_utils._core import libraries, tls
from ..module_utils._core.errors import OptionError


def warm_up() -> None:
    """Load the CA certificates, and leave what is loaded by now out of garbage collection."""
    ca_path = os.environ.get("TENCENT_CHAT_CA_PATH")
    if libraries.MISSING is None and sys.platform != "darwin" and (not ca_path or os.path.isabs(ca_path)):
        with contextlib.suppress(OptionError):
            tls.context(True, ca_path or None)
    if hasattr(gc, "freeze"):  # not in PyPy
        # This process holds hundreds of thousands of objects that stay until it ends. Otherwise, each worker looks for
        # garbage among all of them, and thereby copies their memory.
        gc.freeze()
