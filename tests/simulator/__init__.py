# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A simulated Chat service, written from the documents of Tencent Cloud; it imports nothing from plugins/."""

from .server import Simulator

__all__ = ["Simulator"]
