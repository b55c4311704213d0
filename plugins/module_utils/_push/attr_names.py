# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The push attribute names of an app, and the types that the timpush API adds to them.

Follows https://www.tencentcloud.com/document/product/1047/37167 (set),
https://www.tencentcloud.com/document/product/1047/37168 (get) and the pages on the same commands of timpush.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.client import Client
from .._core.codes import Code
from .._core.converge import Written, converge
from .._core.errors import ChatError, Failure, OptionError
from .._core.operation import Operation, Options, Outcome
from .._core.retry import Call
from .._core.values import optional
from . import api, attr_types
from .attr_name_rules import (
    Names,
    State,
    Undeclared,
    difference,
    parse_option,
    parse_response,
    plan_names,
    rename_warnings,
)

CODES = {
    90030: Code("an attribute name is empty or longer than 50 bytes", "Correct the name"),
    90033: Code(
        "invalid attribute: a repeated name, or a type that cannot change",
        "Make the names unique and keep the types as they are. Swapping two names may require two runs and a"
        " temporary name",
    ),
}

# -- the calls ----------------------------------------------------------------------------------------------------


def read(client: Client, family: str) -> State:
    """Return the names and types that the app has now, as far as the service returns them."""
    call = Call(api.path(family, "get_attr_name"), {}, codes=CODES)
    return client.call(call, lambda response: _state(family, response))


def _state(family: str, response: Mapping[str, Any]) -> State:
    names = parse_response(response)
    if family != api.NEW:
        return State(names)
    types = attr_types.parse_response(response)
    return State(names, attr_types.complete(types, names), types)


class AttrNames:
    """The push attribute names of an app, as a subject of converge()."""

    def __init__(self, client: Client, family: str, wanted: State, allow_undeclared: bool = True) -> None:
        self.client = client
        self.family = family
        self.wanted = wanted
        self.allow_undeclared = allow_undeclared

    def read(self) -> State:
        return read(self.client, self.family)

    def plan(self, before: State) -> State:
        undeclared = self.undeclared(before)
        if undeclared and not self.allow_undeclared:
            raise Undeclared(undeclared)
        names = plan_names(before.names, self.wanted.names)
        if self.family != api.NEW:
            return State(names)
        return State(names, attr_types.plan(before.names, before.returned_types, self.wanted.types, names))

    def write(self, before: State, after: State) -> Written:
        """Set all of *after*.

        The documentation does not say whether a set merges or replaces: the complete map is correct for both.
        Types that the service did not return for existing names are omitted, because only the service stores them.
        """
        body: dict[str, Any] = {"AttrNames": after.names}
        omitted = set(before.names) - set(before.returned_types) - set(self.wanted.types)
        types = {number: kind for number, kind in after.types.items() if number not in omitted}
        path = api.path(self.family, "set_attr_name")
        call = Call(path, {**body, "AttrTypes": types} if types else body, codes=CODES)
        try:
            self.client.call(call, lambda response: None)
        except ChatError as error:
            failure = error.failure
            if failure.is_doubtful:
                return Written(uncertain=True, doubt=failure)
            return Written(uncertain=not failure.not_accepted, failure=failure)
        return Written(accepted=True)

    def read_back(self, before: State, written: Written, found: State | None) -> State:
        return self.read()

    def shows(self, written: Written, found: State, after: State) -> bool:
        return found == after

    def not_confirmed(self, written: Written, found: State, after: State) -> Failure:
        return Failure(
            "the service accepted the names but returned others when read back:"
            f" wrote {self.shown(after)!r}, read {self.shown(found)!r}",
            difference(after.names, found.names),
        )

    def results(self, state: State, suffix: str = "") -> dict[str, Any]:
        """Return *state* as keys of a result."""
        found: dict[str, Any] = {f"attr_names{suffix}": state.names}
        return {**found, f"attr_types{suffix}": state.types} if self.family == api.NEW else found

    def shown(self, state: State) -> dict[str, Any]:
        """Return *state* as one side of a diff: the names alone, if there is nothing else."""
        return self.results(state) if self.family == api.NEW else dict(state.names)

    def undeclared(self, state: State) -> Names:
        """Return the names of the attributes that the task does not list."""
        return {number: name for number, name in state.names.items() if number not in self.wanted.names}


# -- the operations -----------------------------------------------------------------------------------------------


def wanted_state(options: Options) -> State:
    """Return what the options attr_names and attr_types declare. Raises OptionError; sends nothing."""
    types = options.get("attr_types") or {}
    if types and options["api"] != api.NEW:
        what = f"attr_types: the API family {options['api']} does not support types"
        raise OptionError(what, f"Set api: {api.NEW}, or remove attr_types")
    return State(options["attr_names"], types)


def _ensure(client: Client, options: Options, check_mode: bool) -> Outcome:
    subject = AttrNames(client, options["api"], wanted_state(options), options["undeclared"] == "keep")
    try:
        done = converge(client, subject, check_mode)
    except Undeclared as error:
        return Outcome(False, {"undeclared": error.names}, error.failure)
    if done.failure:
        keys = subject.results(done.found) if done.changed and done.found else {}
        wanted = subject.results(done.after, "_wanted") if done.is_unconfirmed else {}
        return Outcome(done.changed, {**keys, **wanted}, done.failure)
    keys = {
        **subject.results(done.after),
        "undeclared": subject.undeclared(done.before),
        "diff": {"before": subject.shown(done.before), "after": subject.shown(done.after)},
        "warnings": rename_warnings(done.before.names, done.after.names),
    }
    return Outcome(done.changed, keys)


def _info(client: Client, options: Options, check_mode: bool) -> Outcome:
    subject = AttrNames(client, options["api"], State({}))
    return Outcome(False, subject.results(subject.read()))


ENSURE = Operation(
    _ensure,
    {
        "attr_names": {"type": "dict", "required": True},
        "attr_types": {"type": "dict"},
        "undeclared": {"type": "str", "choices": ["keep", "fail"], "default": "keep"},
        **api.OPTION,
    },
    {"attr_names": optional(parse_option), "attr_types": optional(attr_types.parse_option)},
)
INFO = Operation(_info, api.OPTION)
