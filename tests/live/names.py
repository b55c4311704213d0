# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks about push attribute names, and restores the names that it changes."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_name_rules, attr_numbers, attr_types

from .calls import WAITS, Answer, Caller, Unanswered, changes, form_of, fresh
from .facts import NotObservable, NotShown

FIFTY_BYTES = "城市" * 8 + "ab"

Names = dict[str, str]


def parsed(answer: Answer) -> Names:
    """Return the names in an answer, more leniently than the collection reads them."""
    names = answer.document.get("AttrNames")
    return {number: name for number, name in names.items() if name} if isinstance(names, dict) else {}


class AttrNames:
    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.findings = caller.findings
        self.before: Names = {}
        self.before_timpush: Mapping[str, Any] = {}
        self.base: Names = {}  # the names between two questions
        self.numbers: list[str] = []  # the two attributes that are renamed
        self.now: Names = {}
        self.shared = False  # whether both API families have the same names
        self.is_stuck = False  # further writes would not show anything
        self.changed: set[str] = set()  # the attributes that a write could have changed

    def read(self) -> Answer:
        """Read the names of all_member_push. Raises Unanswered without them."""
        answer = self.caller.ask("im_get_attr_name", {})
        if answer.code != 0:
            raise Unanswered(f"{answer} to a read of the names")
        self.now = parsed(answer)
        return answer

    def look(self) -> None:
        """Answer what reading can answer. The first call has succeeded before."""
        answer = self.read()
        self.before = self.base = dict(self.now)
        if self.before:
            self.findings.readable("names_shape", lambda: attr_name_rules.parse_response(answer.document))
        else:
            self.findings.skip("names_shape", "The app has no names.")
        self._judge_no_names(answer.document.get("AttrNames", ...), self.before)
        self.caller.fact = "types_shape"
        timpush = self.caller.ask("get_attr_name", {})
        self.before_timpush = timpush.document
        if timpush.code != 0:
            for fact in ("types_shape", "no_type", "shared_names", "repeated_name_timpush"):
                self.findings.skip(fact, f"timpush returned {timpush}.")
            return
        if not self.findings.found["no_names"]["verdict"].startswith("settled"):
            self._judge_no_names(timpush.document.get("AttrNames", ...), parsed(timpush))
        self._judge_types(timpush)
        if parsed(timpush) != self.before:
            self.findings.name("shared_names", False, "The two API families returned other names.")

    def _judge_no_names(self, names: Any, named: Names) -> None:
        form = form_of(names, empty={}, text="")
        if isinstance(names, dict) and not all(names.values()):
            form = "blank"
        if form:
            self.findings.name("no_names", form, "The app, or one of the numbers, has no name.")
        elif not named:
            self.findings.differs("no_names", f"AttrNames is of type {type(names).__name__}.")
            self.is_stuck = True  # the names of the app are not known, so nothing may be written
        else:
            why = "The app has names, and the response leaves out the other numbers. Ask an app without names."
            self.findings.skip("no_names", why)

    def _judge_types(self, answer: Answer) -> None:
        names = parsed(answer)
        if not answer.document.get("AttrTypes"):
            self.findings.skip("types_shape", "timpush returned no types.")
        if not names:
            self.findings.skip("no_type", "The app has no names.")
            return
        types = self.findings.readable("types_shape", lambda: attr_types.parse_response(answer.document))
        if types is not None:
            untyped = len(set(names) - set(types))
            self.findings.name("no_type", "missing" if untyped else "zero", f"Names without a type: {untyped}.")

    def declare(self, names: Mapping[str, Any]) -> Answer:
        return self.send("im_set_attr_name", {"AttrNames": dict(names)})

    def send(self, command: str, body: Mapping[str, Any]) -> Answer:
        """Send a request that sets names, whatever it contains, and note what it could change."""
        names = body.get("AttrNames")
        self.changed.update(names if isinstance(names, dict) else (), self.now)
        return self.caller.ask(command, body)

    def shows(self, names: Names) -> bool:
        self.read()
        return names.items() <= self.now.items()

    def put(self, names: Names) -> None:
        """Set *names*, and wait until they show. Raises NotObservable."""
        if self.is_stuck:
            raise NotObservable("An earlier write did not show.")
        if names == self.now:
            return
        with self.caller.about("preparation"):
            self.declare(names).require("the names that this needs")
            self.caller.require(lambda: self.shows(names))

    def prepare(self) -> None:
        """Choose two attributes. Those that have a name come first, because a name may be impossible to remove."""
        unnamed = [number for number in reversed(attr_numbers.NUMBERS) if number not in self.before]
        self.numbers = [*self.before, *unnamed][:2]
        self.base = {**self.before, **{number: fresh() for number in self.numbers if number not in self.before}}
        one, other = self.numbers
        self.caller.words.update(NUMBER=one, SECOND=other, NAME=self.base[one], OTHER=self.base[other])

    def rename(self) -> None:
        """Name one attribute alone: what happens to the others, and when does it show?"""
        self.put(self.base)
        first = self.numbers[0]
        alone = {first: fresh()}
        self.declare(alone).require("a new name")
        self.caller.fact = "write_delay"
        self.caller.judge_delay("write_delay", lambda: self.shows(alone))
        others = {number: name for number, name in self.base.items() if number != first}
        kept = others.items() & self.now.items()
        detail = f"{len(kept)} of {len(others)} other names were kept."
        if len(kept) in (0, len(others)):
            self.findings.name("merge", "merge" if kept else "replace", detail)
        else:
            self.findings.differs("merge", detail)
        self.caller.fact = "shared_names"
        self._compare_families(alone)

    def _compare_families(self, names: Names) -> None:
        """A name that was just set with one API family: does the other have it?"""
        if "shared_names" in self.findings.found:  # timpush does not work, or it returned other names
            return
        limit = 2.0 + 2 * self.findings.settings["delay"]
        read = functools.partial(self.caller.ask, "get_attr_name", {})
        self.shared = self.caller.wait(lambda: names.items() <= parsed(read()).items(), limit)
        detail = "timpush returned the name that all_member_push set." if self.shared else "timpush kept its names."
        self.findings.name("shared_names", self.shared, detail)

    def swap(self) -> None:
        self.put(self.base)
        one, other = self.numbers
        swapped = {**self.base, one: self.base[other], other: self.base[one]}
        answer = self.declare(swapped)
        if answer.code != 0:
            self.findings.name("swap", True, f"{answer}.")
            return
        try:
            self.caller.require(lambda: self.shows(swapped))
        except NotShown as why:
            self.findings.differs("swap", f"It was accepted. {why}")
            raise
        self.findings.name("swap", False, "One call swapped them.")

    def clear(self) -> None:
        self.put(self.base)
        number = self.numbers[0]
        answer = self.declare({**self.base, number: ""})
        if answer.code != 0:
            self.findings.settle("clear_name", "rejected", f"{answer}.", codes={"name_empty": answer.code or 0})
            return
        cleared = self.caller.wait(lambda: bool(self.read()) and number not in self.now, WAITS)
        verdict = "removed" if cleared else "accepted, but kept"
        self.findings.settle("clear_name", verdict, "It was accepted.", codes={"name_empty": 0})

    def send_malformed(self, command: str, body: Mapping[str, Any]) -> Answer:
        """Send a request of the contract. If the service accepts it, the next request sets the names again."""
        self.put(self.base)
        before = set(self.changed)
        answer = self.send(command, body)
        if answer.code:
            self.changed = before
        else:
            self.now = {}  # whatever it did
        return answer

    def longest(self) -> None:
        self.put(self.base)
        longest = {**self.base, self.numbers[0]: FIFTY_BYTES}
        answer = self.declare(longest)
        if answer.code == 0:
            self.caller.require(lambda: self.shows(longest))
        self.findings.check("name_50_bytes", answer.code == 0, f"{answer}.")

    def restore(self) -> dict[str, Any]:
        """Set the names that the app had before. Return what is there now of the others: number -> name, or None."""
        if not self.changed:
            return {}
        answer = self.declare(self.before)
        if answer.code != 0 and self.before:  # such as a swap, which needs a step between
            self.declare({number: fresh() for number in self.before})
            self.declare(self.before)
        extra = self.changed - set(self.before)
        self.caller.wait(lambda: self.shows(self.before))
        if extra:
            self.caller.settle()
            self.read()
        extra &= set(self.now)
        if extra:  # the service kept names that this did not list; does it clear them?
            self.declare({**self.before, **dict.fromkeys(sorted(extra), "")})
            self.caller.wait(lambda: self.shows(self.before) and self.now == self.before, WAITS)
        return changes(self.before, self.now)
