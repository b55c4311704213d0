# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks about pushes with three pushes, which reach the scratch user alone, and about their recall and delivery."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.tencentcloud.chat.plugins.module_utils._push import statistics

from .calls import Answer, Caller, fresh
from .facts import NotObservable
from .users import Users

APART = 2.0  # seconds between two pushes or recalls; more than one is required
REPORTS_APART = 1.1  # seconds between two reports
DAY = 24 * 60 * 60  # seconds
TEXT = "A test of the Ansible collection tencentcloud.chat. Please ignore it."


class Pushes:
    def __init__(self, caller: Caller, users: Users) -> None:
        self.caller = caller
        self.findings = caller.findings
        self.users = users
        self.task: Any = None  # the ID of a push of all_member_push

    def send(self, tag: str, random: int) -> Answer:
        """Push to those who have *tag*, in one attempt: a push is not idempotent."""
        message = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": TEXT}}]
        body = {"MsgRandom": random, "MsgBody": message, "Condition": {"TagsOr": [tag]}}
        return self.caller.ask("im_push", body, attempts=1)

    def ask(self) -> None:
        """Push, and push again with the same MsgRandom."""
        tag = fresh()  # 64 random bits: nobody else has it
        with self.caller.about("preparation"):
            self.users.tag([tag])
        random = secrets.randbelow(2**32)
        answer = self.send(tag, random)
        answer.require("the push")
        self.task = task = self._judge_task("task_id", answer)
        self.caller.fact = "random_repeats"
        self.caller.sleep(APART)
        again = self.send(tag, random)
        if again.code != 0:
            self.findings.settle("random_repeats", "rejected", f"{again}.")
        else:
            is_same = again.document.get("TaskId") == task
            detail = f"It has {'the same' if is_same else 'another'} TaskId."
            self.findings.name("random_repeats", "same" if is_same else "again", detail)

    def _judge_task(self, fact: str, answer: Answer) -> Any:
        task = answer.document.get("TaskId")
        self.findings.check(fact, isinstance(task, str) and bool(task), f"TaskId is of type {type(task).__name__}.")
        return task

    def listed(self) -> None:
        """Push to the scratch user as the only listed user, and recall this push. Raises NotObservable."""
        self._require_push()
        info = {"PushFlag": 0, "Title": "Test", "Desc": TEXT}
        sender = self.caller.client.account.identifier
        body = {"From_Account": sender, "To_Account": [self.users.account], "MsgRandom": secrets.randbelow(2**32)}
        self.caller.sleep(APART)
        answer = self.caller.ask("batch", {**body, "OfflinePushInfo": info}, attempts=1)
        answer.require("the push to a listed user")
        task = self._judge_task("listed_push", answer)
        self.caller.fact = "listed_statistics"
        self._judge_counted({"listed_statistics": task, "old_statistics": self.task})
        for fact, code in (("recall", 0), ("recall_again", 90050)):
            self.caller.fact = fact
            answer = self._recall(task)
            self.findings.check(fact, answer.code == code, f"{answer}.")

    def send_malformed(self, command: str, body: Mapping[str, Any]) -> Answer:
        """Send a request of the contract. If the service accepts it, nobody gets a push."""
        self.caller.sleep(APART if command == "revoke" else REPORTS_APART if "TaskID" in body else 0.0)
        if not command.endswith("push"):
            return self.caller.ask(command, body)
        if {"Condition", "To_Account"} & set(body):
            raise AssertionError(f"the contract selects who gets a push: {body}")
        return self.caller.ask(command, {**body, "Condition": {"TagsOr": [fresh()]}}, attempts=1)

    def recall_old(self) -> None:
        self._require_push()
        answer = self._recall(self.task)
        self.findings.name("recall_old", answer.code == 0, f"{answer}.")

    def _require_push(self) -> None:
        if not isinstance(self.task, str):  # so the scratch user may not exist
            raise NotObservable("The service has not accepted the first push.")

    def _recall(self, task: Any) -> Answer:
        self.caller.sleep(APART)
        info = {"Title": "Test", "Desc": "This test has ended."}
        return self.caller.ask("revoke", {"TaskId": task, "OfflinePushInfo": info})

    def _report(self, command: str, *tasks: str) -> Answer:
        """Return what the service reports of the last day."""
        now = int(time.time())
        return self.caller.ask(command, {"StartTime": now - DAY, "EndTime": now, "TaskID": tasks})

    def statistics(self) -> None:
        answer = self._report("all_member_push_statistics")
        self._judge_report("statistics_shape", answer, statistics.counts)
        self.caller.judge_contract("statistics_codes", self.send_malformed)
        listed = answer.document.get("Results")
        if not isinstance(listed, list) or len(listed) != 1:
            raise NotObservable("The service does not return one entry.")
        task = listed[0].get("TaskID", "missing")
        words = "missing" if "TaskID" not in listed[0] else repr(task)
        setting = {"total_task_id": task} if isinstance(task, str) else {}
        self.findings.settle("statistics_total", words, "No push was listed.", **setting)

    def losses(self) -> None:
        answer = self._report("all_member_push_loss")
        self._judge_report("losses_shape", answer, lambda entry: statistics.losses(entry, str))

    def _judge_report(self, fact: str, answer: Answer, parse: Callable[[Any], Any]) -> None:
        answer.require("the call")
        self.findings.readable(fact, lambda: [parse(one) for _task, one in statistics.entries(answer.document, [])])

    def _judge_counted(self, tasks: dict[str, Any]) -> None:
        """Note which of these pushes, by fact, the statistics contain. Others may follow later."""
        asked = [task for task in tasks.values() if isinstance(task, str)]
        answer = self._report("all_member_push_statistics", *asked)
        shown = list(answer.entries("Results", "TaskID"))
        for fact, task in tasks.items():
            if task in shown:
                self.findings.name(fact, True, "The first read contained it.")
            else:
                self.findings.skip(fact, f"{answer}. The first read, some seconds after the push, did not contain it.")
