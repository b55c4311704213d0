# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the imports of a module faster. They take most of the time that a task takes as a module.

module.py imports this file before the others.
"""

from __future__ import annotations

import gc
import sys
import zipimport


class Importer(zipimport.zipimporter):
    """Imports from the ZIP file in which Ansible sends a module.

    The importer of Python compiles each file twice, the first time only to learn the file's own name.
    """

    def get_filename(self, fullname: str) -> str:
        name = fullname.rpartition(".")[2]
        return f"{self.archive}/{self.prefix}{name}{'/__init__' if self.is_package(fullname) else ''}.py"


def begin() -> None:
    """Prepare the imports."""
    # Importing creates a hundred thousand objects that stay until the process ends. Python would look for garbage
    # among them many times while they are created, and once more at the end.
    gc.disable()
    sys.path_hooks[:] = [Importer if hook is zipimport.zipimporter else hook for hook in sys.path_hooks]
    for path, importer in list(sys.path_importer_cache.items()):
        if isinstance(importer, zipimport.zipimporter):
            del sys.path_importer_cache[path]  # Python creates its importer anew


def end() -> None:
    """Look for garbage again, but not among what is imported by now."""
    if hasattr(gc, "freeze"):  # not in PyPy
        gc.freeze()
    gc.enable()
