# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook, with the time of some functions added up while a loop runs in a worker.

Writes to the file CHAT_PROFILE the seconds in each, that in the loop as a whole, and the number of items.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections import defaultdict

from ansible.cli.playbook import PlaybookCLI
from ansible.executor.task_executor import TaskExecutor
from ansible.plugins.action import ActionBase

spent: dict[str, float] = defaultdict(float)


def timed(owner: object, name: str, label: str) -> None:
    """Add up the time of the function *name* of *owner* under *label*."""
    function = getattr(owner, name)

    @functools.wraps(function)
    def measured(*args, **keywords):
        began = time.perf_counter()
        try:
            return function(*args, **keywords)
        finally:
            spent[label] += time.perf_counter() - began

    setattr(owner, name, measured)


def watch_loops() -> None:
    """The plugins are loaded by now, by the names under which Ansible loads them."""
    run_loop = TaskExecutor._run_loop

    def measured(self, items):
        from ansible_collections.tencentcloud.chat.plugins.module_utils import client, usersig

        for kind in set(subclasses(ActionBase)):
            if kind.__module__.rpartition(".")[2] in ("debug", "in_process"):
                timed(kind, "run", "plugin")
        timed(client.Client, "call", "calls")
        timed(usersig, "sign", "signature")
        timed(TaskExecutor, "_execute", "task")
        began = time.perf_counter()
        try:
            return run_loop(self, items)
        finally:
            spent.update(loop=time.perf_counter() - began, items=len(items))
            with open(os.environ["CHAT_PROFILE"], "w", encoding="utf-8") as file:
                json.dump(spent, file)

    TaskExecutor._run_loop = measured


def subclasses(kind: type) -> list[type]:
    return [each for one in kind.__subclasses__() for each in (one, *subclasses(one))]


watch_loops()
sys.exit(PlaybookCLI.cli_executor(sys.argv))
