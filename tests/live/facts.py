# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of facts, what the probe found about them, and the page that shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError

Fact = dict[str, str]
PARTS: dict[str, list[Fact]] = yaml.safe_load(Path(__file__).with_name("facts.yml").read_text(encoding="utf-8"))
FACTS: dict[str, Fact] = {fact["id"]: {"status": "open", **fact} for facts in PARTS.values() for fact in facts}
AS_DOCUMENTED, AS_INFERRED, DIFFERS = "as documented", "settled: as inferred", "differs"
NOT_OBSERVABLE = "not observable here"

_NO_NAMES = {"missing": "AttrNames is missing", "null": "AttrNames is null", "empty": "an empty map"}
_NO_NAMES |= {"text": "an empty string", "blank": "null or an empty string per number"}
_UNKNOWN = {"error": "rejects the request", "list": "ErrorList", "empty": "an empty entry", "skip": "left out"}
# For each open question that a setting of the simulator answers: the setting, and what its values mean.
SETTINGS: dict[str, tuple[str, dict[Any, str]]] = {
    "unset_profile": ("unset_profile", {"missing": "left out", "blank": "an empty string", "null": "null"}),
    "unknown_profile": ("unknown_profiles", {"item": "an entry", "whole": "rejects the request"}),
    "import_profile": ("import_profiles", {"keep": "yes", "drop": "no"}),
    "import_again": ("import_again", {"updates": "updates it", "keeps": "keeps it", "replaces": "replaces it"}),
    "clear_profile": ("blank_profile", {"clears": "removed", "ignored": "accepted, but kept"}),
    "no_names": ("no_names", _NO_NAMES),
    "merge": ("mode", {"merge": "merges", "replace": "replaces"}),
    "swap": ("refuse_swaps", {False: "accepted", True: "rejected"}),
    "shared_names": ("shared", {True: "shared", False: "separate"}),
    "no_type": ("no_type", {"missing": "not always", "zero": "yes"}),
    "unknown_account": ("unknown_accounts", _UNKNOWN),
    "no_tags": ("no_tags", {"empty": "an empty list", "null": "Tags is null", "missing": "Tags is missing"}),
    "answer_order": ("answer_order", {"request": "the order of the request", "shuffled": "another order"}),
    "remove_missing_attr": ("remove_missing", {"ok": "accepted", "error": "rejected"}),
    "tag_order": ("tag_order", {"kept": "as they were added", "sorted": "sorted", "reversed": "the last added first"}),
    "remove_missing_tag": ("remove_missing", {"ok": "accepted", "error": "rejected"}),
    "random_repeats": ("random_repeats", {"same": "the same push", "again": "another push"}),
    "recall_old": ("recall_old", {True: "accepted", False: "rejected"}),
    "listed_statistics": ("batch_statistics", {True: "yes"}),
    "old_statistics": ("old_statistics", {True: "yes"}),
}


class NotObservable(Exception):
    """A question cannot be answered here; the text says why."""


class NotShown(NotObservable):
    """A write did not show in time."""


class Findings:
    """A verdict on each fact, and the simulator's settings that follow from them."""

    def __init__(self, exchanges: Sequence[Any]) -> None:
        self.exchanges = exchanges  # those of the run so far
        self.found: dict[str, dict[str, Any]] = {}
        self.settings: dict[str, Any] = {}

    def _note(self, fact: str, verdict: str, detail: str) -> None:
        if fact not in FACTS:
            raise KeyError(fact)
        # The last exchange is the one that decided.
        self.found[fact] = {"verdict": verdict, "detail": detail, "exchange": len(self.exchanges) - 1}

    def check(self, fact: str, is_right: bool, detail: str) -> None:
        """Note whether a fact that is not open holds."""
        right = AS_INFERRED if FACTS[fact]["status"] == "inferred" else AS_DOCUMENTED
        self._note(fact, right if is_right else DIFFERS, detail)

    def settle(self, fact: str, answer: str, detail: str, **settings: Any) -> None:
        """Note the *answer* to an open question, and the *settings* of a simulator that behaves in this way."""
        self._note(fact, f"settled: {answer}", detail)
        self.set(**settings)

    def name(self, fact: str, value: Any, detail: str) -> None:
        """Note that the answer to an open question is this *value* of the simulator's setting."""
        setting, words = SETTINGS[fact]
        self.settle(fact, words[value], detail, **{setting: value})

    def differs(self, fact: str, detail: str) -> None:
        """Note that the code relies on something else."""
        self._note(fact, DIFFERS, detail)

    def readable(self, fact: str, parse: Callable[[], Any]) -> Any:
        """Note whether the collection can read a response. Return what *parse* returns, None if it fails."""
        try:
            found = parse()
        except ChatError as error:
            self.differs(fact, f"The collection cannot read it: {error.failure.what}.")
            return None
        self.check(fact, True, "The collection can read it.")
        return found

    def set(self, **settings: Any) -> None:
        codes = {**self.settings.get("codes", {}), **settings.pop("codes", {})}
        self.settings.update(settings, **({"codes": codes} if codes else {}))

    def skip(self, fact: str, why: str) -> None:
        """Note that a fact was not observed, unless it was."""
        if fact not in self.found:
            self._note(fact, NOT_OBSERVABLE, why)

    def finish(self, why: str) -> None:
        """Note for each fact that is still missing why it was not observed: *why*, unless the table says it."""
        for fact, known in FACTS.items():
            needs = known.get("needs")
            self.skip(fact, known.get("not_asked") or why or (f"This needs {needs}." if needs else "It was not asked."))

    def with_verdict(self, verdict: str) -> list[str]:
        """Return the facts that have this verdict."""
        return [fact for fact, found in self.found.items() if found["verdict"] == verdict]


_HEAD = """\
.. _ansible_collections.tencentcloud.chat.docsite.known:

What is known about the service
===============================

The documentation of Tencent Cloud does not answer every question that a client has. This page lists what the collection
relies on:

* *seen*: people saw it on the real service, and recorded or described it. This is stronger than *documented*;
* *documented*: stated in the documentation or in official code;
* *inferred*: concluded from the evidence;
* *open*: not documented; the collection works with every possible behavior.

Most *seen* behavior concerns errors and accounts: no public record was found of what the calls for attribute names,
user attributes and tags return on the real service.

No live account has been used for the tests. If you have an account, ``nox -e live`` in a checkout calls the service and
writes a report that you can attach to an issue. ``tests/live/README.md`` lists what it needs, and what it never does.
The report uses the identifiers on this page.
"""


def page() -> str:
    """Return the page of the documentation that lists all facts, as reStructuredText."""
    lines = [_HEAD]
    for part, facts in PARTS.items():
        lines += [part, "-" * len(part), "", ".. list-table::", "   :header-rows: 1", ""]
        lines += _row("question", "status", "seen, documented or inferred", "what the collection does")
        for fact in facts:
            question = f"{fact['question']} (``{fact['id']}``)"
            lines += _row(question, fact.get("status", "open"), fact.get("answer", ""), fact["collection"])
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _row(*cells: str) -> list[str]:
    return [f"   {'*' if at == 0 else ' '} - {cell}".rstrip() for at, cell in enumerate(cells)]
