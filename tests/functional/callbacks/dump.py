# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes each result, as callbacks receive it, to the file that CHAT_DUMP names."""

from __future__ import annotations

DOCUMENTATION = """
name: dump
type: notification
short_description: Write each result as a line of JSON
description: For tests.
"""

import json
import os
from collections import defaultdict

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_NAME = "dump"

    def __init__(self):
        super().__init__()
        self.items = defaultdict(list)  # whether each item of a loop failed; ansible-core 2.21 does not pass it on

    def _of(self, outcome):
        task = getattr(outcome, "task_name", None) or outcome._task.get_name()
        return task, str(getattr(outcome, "host", None) or outcome._host)

    def _write(self, status, outcome):
        result = dict(getattr(outcome, "result", None) or outcome._result)
        task, host = self._of(outcome)
        failures = self.items.pop((task, host), ())
        if failures and "results" in result:
            pairs = zip(result["results"], failures, strict=True)
            result["results"] = [{**item, "failed": failed} for item, failed in pairs]
        line = {"task": task, "host": host, "status": status, "result": result}
        with open(os.environ["CHAT_DUMP"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_item_on_ok(self, result):
        self.items[self._of(result)].append(False)

    v2_runner_item_on_skipped = v2_runner_item_on_ok

    def v2_runner_item_on_failed(self, result):
        self.items[self._of(result)].append(True)

    def v2_runner_on_ok(self, result):
        self._write("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write("failed", result)

    def v2_runner_on_unreachable(self, result):
        self._write("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self._write("skipped", result)
