# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks about users, and restores the attributes and tags of the scratch user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .calls import WAITS, Answer, Caller, Unanswered, changes, form_of, fresh
from .facts import NotObservable

IN_REQUEST = 10  # tags of a user
_REJECTED = (60015, 90001, 90020, 90030, 90032, 90033, 90034)  # codes with which nothing was stored


def parts(body: Mapping[str, Any], field: str, part: str) -> list[str]:
    """Return the strings in *part* of all entries of a request, whatever else it contains."""
    listed = body.get(field)
    entries = listed if isinstance(listed, list) else []
    values = [one.get(part) for one in entries if isinstance(one, dict)]
    return [str(one) for value in values for one in (value if isinstance(value, (list, dict)) else [value])]


def are_strings(value: Any, kind: type) -> bool:
    """Return whether *value* is a list, or a map, of strings."""
    items = value.values() if isinstance(value, dict) else value
    return isinstance(value, kind) and all(isinstance(item, str) for item in items)


class Users:
    """The scratch user *account*, and an account that does not exist."""

    def __init__(self, caller: Caller, account: str) -> None:
        self.caller = caller
        self.findings = caller.findings
        self.account = account
        self.ghost = caller.words["GHOST"]
        self.known: list[str] = []  # the accounts that are known to exist
        self.attrs: dict[str, str] = {}
        self.tags: list[str] = []
        self.before_attrs: dict[str, str] = {}
        self.before_tags: list[str] = []
        self.changed_attrs: set[str] = set()
        self.added_tags: list[str] = []

    def _read(self, command: str, part: str) -> Any:
        """Return what the scratch user has now. Raises Unanswered without it."""
        answer = self.caller.ask(command, {"To_Account": [self.account]})
        if answer.code != 0:
            raise Unanswered(f"{answer} to a read of the scratch user")
        return answer.entries(f"User{part}").get(self.account, {}).get(part)

    def read_attrs(self) -> dict[str, str]:
        self.attrs = dict(self._read("im_get_attr", "Attrs") or {})
        return self.attrs

    def read_tags(self) -> list[str]:
        self.tags = list(self._read("im_get_tag", "Tags") or [])
        return self.tags

    def look(self) -> None:
        """Read what the scratch user has. Raises NotObservable if that cannot be read."""
        if not self.account:
            raise NotObservable("This needs TENCENT_CHAT_SCRATCH_USER.")
        body = {"To_Account": [self.account]}
        attrs, tags = self.caller.ask("im_get_attr", body), self.caller.ask("im_get_tag", body)
        one, other = attrs.entries("UserAttrs").get(self.account), tags.entries("UserTags").get(self.account)
        if one is None or other is None:
            raise NotObservable(f"The service does not return the scratch user: {attrs}, {tags}.")
        has_attrs, has_tags = one.get("Attrs"), other.get("Tags", ...)
        are_attrs, are_tags = are_strings(has_attrs, dict), are_strings(has_tags, list)
        self.findings.check("attrs_shape", are_attrs, f"Number of attributes: {len(has_attrs or {})}.")
        form = form_of(has_tags, empty=[])
        if form:
            self.findings.name("no_tags", form, "The user has no tags.")
            self.findings.skip("tags_shape", "The user has no tags.")
        else:
            self.findings.skip("no_tags", "The user has tags.")
            self.findings.check("tags_shape", are_tags, "The user has tags.")
        if are_attrs and (form or are_tags):
            self.before_attrs, self.before_tags = has_attrs, other.get("Tags") or []
            self.known.append(self.account)

    def unknown(self) -> None:
        """Ask for an account that does not exist, beside one that does."""
        body = {"To_Account": [*self.known, self.ghost]}
        form, detail = self._form(self.caller.ask("im_get_attr", body), "UserAttrs")
        other, other_detail = self._form(self.caller.ask("im_get_tag", body), "UserTags")
        if form == other:
            self.findings.name("unknown_account", form, detail)
        else:
            self.findings.settle("unknown_account", f"{form} and {other}", f"{detail} {other_detail}")

    def _form(self, answer: Answer, field: str) -> tuple[str, str]:
        if answer.code != 0:
            return "error", f"{answer}."
        if self.ghost in answer.entries("ErrorList"):
            return "list", "ErrorList contains the account."
        if self.ghost in answer.entries(field):
            return "empty", f"{field} contains the account."
        return "skip", f"{field} does not contain the account."

    def unknown_timpush(self) -> None:
        answer = self.caller.ask("get_attr", {"To_Account": [self.ghost]})
        if answer.code in (60009, 60010, 60020, 90009, 90045):
            raise NotObservable(f"timpush returned {answer}.")
        code = answer.entries("ErrorList").get(self.ghost, {}).get("ErrorCode")
        detail = f"{answer}, in ErrorList {code}."
        self.findings.check("unknown_account_timpush", answer.code == 0 and code == 70107, detail)

    def order(self) -> None:
        """Ask for two users, in both orders."""
        two = [self.account, self.caller.client.account.identifier]
        if not self.known or two[0] == two[1]:
            raise NotObservable("This needs a scratch user that is not the app admin account.")
        kept = []
        for asked in (two, two[::-1]):
            found = list(self.caller.ask("im_get_tag", {"To_Account": asked}).entries("UserTags"))
            if {*found} != {*asked}:
                raise NotObservable("The service does not return both the scratch user and the app admin account.")
            kept.append(found == asked)
        self.known = two
        detail = "This is what two users showed; the documentation does not promise it."
        self.findings.name("answer_order", "request" if all(kept) else "shuffled", detail)

    def send(self, command: str, body: Mapping[str, Any]) -> Answer:
        """Send a request that writes, whatever it contains, and note what it could change unless it is rejected."""
        before = set(self.changed_attrs), list(self.added_tags)
        self.changed_attrs.update(parts(body, "UserAttrs", "Attrs"))
        self.added_tags += parts(body, "UserTags", "Tags")
        answer = self.caller.ask(command, body)
        if answer.code in _REJECTED:
            self.changed_attrs, self.added_tags = before
        return answer

    def _of(self, part: str, value: Any) -> dict[str, Any]:
        return {f"User{part}": [{"To_Account": self.account, part: value}]}

    def set_attrs(self, attrs: Mapping[str, str]) -> Answer:
        return self.send("im_set_attr", self._of("Attrs", attrs))

    def remove_attr(self, name: str) -> Answer:
        return self.caller.ask("im_remove_attr", self._of("Attrs", [name]))

    def has(self, attrs: Mapping[str, str]) -> bool:
        return attrs.items() <= self.read_attrs().items()

    def write(self) -> None:
        """Give the scratch user two attributes, one after the other."""
        first, second = ({self.caller.words[word]: fresh()} for word in ("NAME", "OTHER"))
        self.set_attrs(first).require("an attribute")
        self.caller.judge_delay("user_write_delay", lambda: self.has(first))
        self.caller.fact = "attrs_merge"
        self.set_attrs(second).require("an attribute")
        self.caller.require(lambda: self.has(second))
        kept = first.items() <= self.attrs.items()
        self.findings.check("attrs_merge", kept, "It kept the other." if kept else "The other attribute is gone.")

    def remove_missing_attr(self) -> None:
        name = self.caller.words["NAME"]
        with self.caller.about("preparation"):
            self.remove_attr(name)
            self.caller.require(lambda: name not in self.read_attrs())
        self._judge_missing("remove_missing_attr", self.remove_attr(name))

    def _judge_missing(self, fact: str, answer: Answer) -> None:
        is_right = answer.code == 0 and not answer.document.get("ErrorList")
        self.findings.name(fact, "ok" if is_right else "error", f"{answer}.")

    def remove_tags(self, tags: list[str]) -> Answer:
        return self.caller.ask("im_remove_tag", self._of("Tags", tags))

    def tag(self, tags: list[str]) -> None:
        """Add *tags*, and wait until they show. Raises NotObservable."""
        self.send("im_add_tag", self._of("Tags", tags)).require("a tag")
        self.caller.require(lambda: set(tags) <= set(self.read_tags()))

    def order_of_tags(self) -> None:
        stem = fresh()
        added = [f"{stem}_{letter}" for letter in "bac"]
        self.tag(added)
        found = [tag for tag in self.tags if tag in added]
        orders = {"kept": added, "sorted": sorted(added), "reversed": added[::-1]}
        order, detail = form_of(found, **orders), f"{' '.join(found)}."
        if order:
            self.findings.name("tag_order", order, detail)
        else:
            self.findings.settle("tag_order", "another order", detail)
        if "tags_shape" not in self.findings.with_verdict("as documented"):
            self.findings.check("tags_shape", True, "The user has tags of the probe.")

    def remove_missing_tag(self) -> None:
        self._judge_missing("remove_missing_tag", self.remove_tags([fresh()]))

    def restore(self) -> dict[str, Any]:
        """Give the scratch user back what it had. Return what differs now: attributes and tags."""
        if not self.changed_attrs and not self.added_tags:
            return {}
        # Without a look: a read may still return what was there before an earlier write.
        had = {name: value for name, value in self.before_attrs.items() if name in self.changed_attrs}
        if had:
            self.set_attrs(had)
        for name in sorted(self.changed_attrs - set(had)):  # one by one, because removing one may be an error
            self.remove_attr(name)
        added = [tag for tag in dict.fromkeys(self.added_tags) if tag not in self.before_tags]
        for start in range(0, len(added), IN_REQUEST):
            tags = added[start : start + IN_REQUEST]
            if self.remove_tags(tags).code != 0:
                for tag in tags:  # removing one that is not there may be an error
                    self.remove_tags([tag])
        self.caller.settle()
        self.caller.wait(lambda: not self.difference(), WAITS)
        return self.difference()

    def difference(self) -> dict[str, Any]:
        now, before = set(self.read_tags()), set(self.before_tags)
        tags = {"added": sorted(now - before), "removed": sorted(before - now)}
        attrs = changes(self.before_attrs, self.read_attrs())
        differ = {"Attrs": attrs, "Tags": {how: some for how, some in tags.items() if some}}
        return {part: some for part, some in differ.items() if some}
