# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks about pushes with two pushes, both with a condition that selects the scratch user alone."""

from __future__ import annotations

import secrets

from ansible_collections.tencentcloud.chat.plugins.module_utils._push.api import OLD, path

from .calls import Answer, Caller
from .facts import Findings, NotObservable
from .names import fresh
from .users import Users

APART = 2.0  # seconds between two pushes; more than one is required
TEXT = "A test of the Ansible collection tencentcloud.chat. Please ignore it."


class Pushes:
    """Pushes to the scratch user."""

    def __init__(self, caller: Caller, findings: Findings, users: Users) -> None:
        self.caller = caller
        self.findings = findings
        self.users = users

    def send(self, tag: str, random: int) -> Answer:
        """Push to those who have *tag*, in one attempt: a push is not idempotent."""
        message = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": TEXT}}]
        body = {"MsgRandom": random, "MsgBody": message, "Condition": {"TagsOr": [tag]}}
        return self.caller.ask(path(OLD, "push"), body, attempts=1)

    def ask(self) -> None:
        """Push, and push again with the same MsgRandom."""
        tag = fresh()  # 64 random bits: nobody else has it
        with self.caller.about("preparation"):
            self.users.tag([tag])
        random = secrets.randbelow(2**32)
        answer = self.send(tag, random)
        if answer.code != 0:
            raise NotObservable(f"The service rejected the push: {answer}.")
        task = answer.document.get("TaskId")
        self.findings.check(
            "task_id", isinstance(task, str) and bool(task), f"TaskId is of type {type(task).__name__}."
        )
        self.caller.fact = "random_repeats"
        self.caller.sleep(APART)
        again = self.send(tag, random)
        if again.code != 0:
            self.findings.settle("random_repeats", "rejected", f"{again}.")
        elif again.document.get("TaskId") == task:
            self.findings.settle("random_repeats", "the same push", "It has the same TaskId.", random_repeats="same")
        else:
            self.findings.settle("random_repeats", "another push", "It has another TaskId.", random_repeats="again")
