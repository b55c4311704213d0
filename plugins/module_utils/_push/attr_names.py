# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The push attribute names of an app, and the types that the timpush API adds to them.

Follows https://www.tencentcloud.com/document/product/1047/37167 (set),
https://www.tencentcloud.com/document/product/1047/37168 (get) and the pages on the same commands of timpush.
A map of names has attribute numbers as strings, "0" to "9", and contains no empty name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.client import Call, Client
from .._core.converge import converge
from .._core.errors import ChatError, NotConfirmed, OptionError, invalid_response
from .._core.operation import Operation, Result
from .._core.text import require_text
from . import attr_numbers, attr_types, family
from .attr_types import Types

MAX_BYTES = 50  # of a name, in UTF-8

Names = dict[str, str]


# -- the rules, without the network -------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """The names and types that an app has, or should have. Without types for the API that has none.

    returned_types -- the types that the service returned; it need not return one for each name
    """

    names: Names
    types: Types = field(default_factory=dict)
    returned_types: Types = field(default_factory=dict, compare=False)


def parse_option(option: Any) -> Names:
    """Return the map in the option attr_names. Raises OptionError, which shows the value."""
    given = attr_numbers.parse_option("attr_names", option, "{0: sex}")
    wanted = {number: _name(number, value) for number, value in given.items()}
    for number, name in wanted.items():
        _reject_duplicate(number, name, wanted)
    return wanted


def _name(number: str, value: Any) -> str:
    empty = "Set a name, or omit the attribute to keep its name. A name cannot be removed"
    return require_text(f"attr_names: the name of attribute {number}", value, MAX_BYTES, empty=empty)


def _reject_duplicate(number: str, name: str, names: Names) -> None:
    """Raise OptionError if another attribute in *names* has *name* too."""
    for other, taken in names.items():
        if taken == name and other != number:
            hint = "Use each name once. To move a name, also list the attribute that has it now, with another name"
            raise OptionError(f"attr_names: name {name!r} is used for attributes {number} and {other}", hint)


def parse_response(response: Mapping[str, Any]) -> Names:
    """Return the names in the response to a get. Raises ChatError if it has another shape.

    The response for an app without names is not documented. Treat a missing map, null, {}, and
    null or "" for a map or a name, as no name.
    """
    names = response.get("AttrNames") or {}
    if not isinstance(names, dict):
        raise invalid_response("AttrNames is not a map")
    return dict(sorted((number, name) for number, name in names.items() if _is_name(number, name)))


def _is_name(number: str, name: Any) -> bool:
    attr_numbers.check_response("AttrNames", number)
    if name is None or name == "":
        return False
    if not isinstance(name, str) or any("\ud800" <= char <= "\udfff" for char in name):
        raise invalid_response(f"the AttrNames value of attribute {number} is not a string")
    return True


def plan_names(current: Names, wanted: Names) -> Names:
    """Return the names that should result: *current* with *wanted* over it. Pure.

    Raises OptionError if a wanted name belongs to an attribute that keeps it.
    """
    after = dict(sorted({**current, **wanted}.items()))
    for number, name in wanted.items():
        _reject_duplicate(number, name, after)
    return after


def rename_warnings(before: Names, after: Names) -> list[str]:
    """Return a warning for each attribute that had another name."""
    return [
        f"Attribute {number} is renamed from {before[number]!r} to {name!r}: values that users already have"
        f" stay under {before[number]!r}, and push conditions that use {before[number]!r} no longer match."
        for number, name in after.items()
        if before.get(number, name) != name
    ]


def reject_undeclared(undeclared: Names) -> None:
    """Raise ChatError if there are *undeclared* names."""
    if undeclared:
        listed = ", ".join(f"{number}: {name!r}" for number, name in undeclared.items())
        what = f"the app has names that attr_names does not list: {{{listed}}}"
        raise ChatError(what, "Add them to attr_names, or set undeclared to keep", undeclared=undeclared)


# -- the calls ----------------------------------------------------------------------------------------------------


def read(client: Client, api: str) -> State:
    """Return the names and types that the app has now, as far as the service returns them."""
    return client.call(Call(family.path(api, "get_attr_name"), {}), lambda response: _state(api, response))


def _state(api: str, response: Mapping[str, Any]) -> State:
    names = parse_response(response)
    if api != family.NEW:
        return State(names)
    types = attr_types.parse_response(response)
    return State(names, attr_types.complete(types, names), types)


class AttrNames:
    """The push attribute names of an app, as a subject of converge()."""

    def __init__(self, client: Client, api: str, wanted: State, allow_undeclared: bool = True) -> None:
        self.client = client
        self.api = api
        self.wanted = wanted
        self.allow_undeclared = allow_undeclared

    def read(self) -> State:
        return read(self.client, self.api)

    def plan(self, before: State) -> State:
        if not self.allow_undeclared:
            reject_undeclared(self.undeclared(before))
        names = plan_names(before.names, self.wanted.names)
        if self.api != family.NEW:
            return State(names)
        return State(names, attr_types.plan(before.names, before.returned_types, self.wanted.types, names))

    def write(self, before: State, after: State) -> State:
        """Set all of *after*.

        The documentation does not say whether a set merges or replaces: the whole map is right for both.
        Types that the service did not return for existing names are omitted, because only the service stores them.
        """
        body: dict[str, Any] = {"AttrNames": after.names}
        omitted = set(before.names) - set(before.returned_types) - set(self.wanted.types)
        types = {number: kind for number, kind in after.types.items() if number not in omitted}
        call = Call(family.path(self.api, "set_attr_name"), {**body, "AttrTypes": types} if types else body)
        self.client.call(call, lambda response: None)
        return after

    def read_back(self, expected: State) -> State:
        return self.read()

    def not_confirmed(self, found: State, expected: State) -> ChatError:
        return NotConfirmed(
            "the service accepted the names but returned others when read back:"
            f" expected {self.shown(expected)!r}, found {self.shown(found)!r}",
            "Another job may have set names at the same time; run the task again",
            **self.results(found),
            **{f"{key}_wanted": value for key, value in self.results(expected).items()},
        )

    def results(self, state: State) -> Result:
        """Return *state* as keys of a result."""
        return {"attr_names": state.names, **({"attr_types": state.types} if self.api == family.NEW else {})}

    def shown(self, state: State) -> Result:
        """Return *state* as one side of a diff: the names alone, if there is nothing else."""
        return self.results(state) if self.api == family.NEW else dict(state.names)

    def undeclared(self, state: State) -> Names:
        """Return the names of the attributes that the task does not list."""
        return {number: name for number, name in state.names.items() if number not in self.wanted.names}


# -- the operations -----------------------------------------------------------------------------------------------


def parse_wanted(options: Mapping[str, Any]) -> State:
    """Return what the options attr_names and attr_types declare. Raises OptionError; sends nothing."""
    types = options.get("attr_types") or {}
    if types and options["api"] != family.NEW:
        what = f"attr_types: the API family {options['api']} does not support types"
        raise OptionError(what, f"Set api to {family.NEW}, or omit attr_types")
    return State(parse_option(options["attr_names"]), attr_types.parse_option(types))


def _check_yaml(options: Mapping[str, Any]) -> None:
    if options.get("attr_names") is not None:
        parse_option(options["attr_names"])
    if options.get("attr_types") is not None:
        attr_types.parse_option(options["attr_types"])


def _ensure(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    subject = AttrNames(client, options["api"], parse_wanted(options), options["undeclared"] == "keep")
    before, after = converge(client, subject, check_mode)
    return {
        "changed": after != before,
        **subject.results(after),
        "undeclared": subject.undeclared(before),
        "diff": {"before": subject.shown(before), "after": subject.shown(after)},
        "warnings": rename_warnings(before.names, after.names),
    }


def _info(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    subject = AttrNames(client, options["api"], State({}))
    return {"changed": False, **subject.results(subject.read())}


ENSURE = Operation(
    _ensure,
    {
        "attr_names": {"type": "dict", "required": True},
        "attr_types": {"type": "dict"},
        "undeclared": {"type": "str", "choices": ["keep", "fail"], "default": "keep"},
        **family.OPTION,
    },
    check_yaml=_check_yaml,
)
INFO = Operation(_info, family.OPTION)
