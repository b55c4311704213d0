# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that the session automation installs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".nox" / "automation" / "bin"
EXAMPLES = ROOT / "docs" / "examples"

needs_java = pytest.mark.skipif(not shutil.which("java"), reason="ansible-rulebook needs java (default-jre-headless)")
