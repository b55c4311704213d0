# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe: asks the real Chat service what its documentation leaves open. Makes the collection importable."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _importable() -> bool:
    try:
        return importlib.util.find_spec("ansible_collections.tencentcloud.chat") is not None
    except ImportError:
        return False


if not _importable():
    _directory = tempfile.TemporaryDirectory(prefix="chat-live-")
    _namespace = Path(_directory.name, "ansible_collections", "tencentcloud")
    _namespace.mkdir(parents=True)
    (_namespace / "chat").symlink_to(ROOT)
    sys.path.insert(0, _directory.name)
