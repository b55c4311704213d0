# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Stands in for the pip bootstrap that ansible-test downloads, where its host cannot be reached."""

import subprocess
import sys

arguments = [part for part in sys.argv[1:] if part not in ("--no-setuptools", "--no-wheel")]
subprocess.run([sys.executable, "-m", "ensurepip"], check=True)
subprocess.run([sys.executable, "-m", "pip", "install", "--upgrade", *arguments], check=True)
