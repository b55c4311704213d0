# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!
"""Ends the processes that nobody waits for any more."""

from __future__ import annotations

import os
import subprocess
import traceback

from ..module_utils._core import owner
from ..module_utils._core.operation import Result


def end_processes(error: BaseException) -> None:
    """End the processes with which a connection plugin runs a module, because nobody waits for its result any more.

    The plugin that *error* interrupted leaves them running. The module notices that its parent is gone.
    """
    for frame, _line in traceback.walk_tb(error.__traceback__):
        for process in list(frame.f_locals.values()):
            if isinstance(process, subprocess.Popen) and process.poll() is None:
                process.kill()


def unless_orphaned(result: Result) -> Result:
    """Return *result*, or end this process if Ansible's main process has ended.

    ansible-core would wait forever to hand over a large result that nobody reads.
    """
    if not owner.owner_in_process().is_there():
        os._exit(1)
    return result
