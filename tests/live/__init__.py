# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe: asks the real Chat service what its documentation leaves open. Makes the collection importable."""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

try:
    importlib.import_module("ansible_collections.tencentcloud.chat")
except ImportError:
    _directory = tempfile.TemporaryDirectory(prefix="chat-live-")
    _namespace = Path(_directory.name, "ansible_collections", "tencentcloud")
    _namespace.mkdir(parents=True)
    (_namespace / "chat").symlink_to(ROOT)
    sys.path.insert(0, _directory.name)
