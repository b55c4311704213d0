# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The push attributes of an app: read them, and make them so.

Follows the vendor's pages https://www.tencentcloud.com/document/product/1047/37167 (set)
and https://www.tencentcloud.com/document/product/1047/37168 (get), and those on the same
calls of the timpush family.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from . import attr_names, attr_types
from .client import Client
from .errors import OptionError, SetButNotConfirmed

# Seconds to wait before each further read of a write that does not show yet.
_READ_BACK_PAUSES = (0.25, 0.5, 1.0, 2.0)


class State(NamedTuple):
    """What an app has, or should have. The types are empty where the API knows none."""

    names: attr_names.Names
    types: attr_types.Types = {}  # noqa: RUF012 - never changed


class Api(NamedTuple):
    """A family of API calls for push attributes."""

    get: str
    set: str
    typed: bool

    def parse(self, answer: Mapping[str, Any]) -> State:
        """What an answer to a get shows."""
        return State(attr_names.parse_answer(answer), attr_types.parse_answer(answer) if self.typed else {})

    def complete(self, state: State) -> State:
        """*state* with a type for each name."""
        return State(state.names, attr_types.complete(state.types, state.names)) if self.typed else state

    def results(self, state: State) -> dict[str, Any]:
        """*state* as the keys of a task's result."""
        return {"attr_names": state.names, **({"attr_types": state.types} if self.typed else {})}

    def shown(self, state: State) -> dict[str, Any]:
        """*state* as one side of a diff: the names alone, where they are all there is."""
        return self.results(state) if self.typed else state.names


APIS = {
    "all_member_push": Api("v4/all_member_push/im_get_attr_name", "v4/all_member_push/im_set_attr_name", typed=False),
    "timpush": Api("v4/timpush/get_attr_name", "v4/timpush/set_attr_name", typed=True),
}
_DEFAULT = APIS["all_member_push"]


class Outcome(NamedTuple):
    """Both states, and what the user should be warned of."""

    before: State
    after: State
    warnings: list[str]


def parse_wanted(options: Mapping[str, Any]) -> State:
    """What the options attr_names and attr_types ask for. Raises OptionError; sends nothing."""
    types = options.get("attr_types") or {}
    if types and not APIS[options["api"]].typed:
        raise OptionError(f"attr_types: the API {options['api']} has no types", "Set api to timpush, or leave them out")
    return State(attr_names.parse_wanted(options["attr_names"]), attr_types.parse_wanted(types))


def read(client: Client, api: Api = _DEFAULT) -> State:
    """What the app has now, as far as the service shows it."""
    return client.call(api.get, {}, api.parse)


def ensure(client: Client, wanted: State, check_mode: bool = False, api: Api = _DEFAULT) -> Outcome:
    """Make the app have the *wanted* names and types, and leave its others alone.

    check_mode -- leave out the call that writes, and nothing else
    Raises ChatError. SetButNotConfirmed: the service does not hold what it was told.
    """
    current = read(client, api)
    before = api.complete(current)
    after = _plan(current, wanted, api)
    if after != before and not check_mode:
        _write(client, api, current, wanted, after)
    return Outcome(before, after, attr_names.renames(before.names, after.names))


def _plan(current: State, wanted: State, api: Api) -> State:
    names = attr_names.plan(current.names, wanted.names)
    types = attr_types.plan(current.names, current.types, wanted.types, names) if api.typed else {}
    return State(names, types)


def _write(client: Client, api: Api, current: State, wanted: State, after: State) -> None:
    """Set all of *after*, and read it back until it shows, for a bounded time.

    The vendor does not say whether a set merges or replaces: the whole map is right for both.
    Types are sent but for a name that was there without one: what it has, the service alone knows.
    """
    body: dict[str, Any] = {"AttrNames": after.names}
    untold = set(current.names) - set(current.types) - set(wanted.types)
    types = {number: kind for number, kind in after.types.items() if number not in untold}
    client.call(api.set, {**body, "AttrTypes": types} if types else body, lambda answer: None)
    found = api.complete(read(client, api))
    for pause in _READ_BACK_PAUSES:
        if found == after or client.time_left() <= pause:
            break
        client.sleep(pause)
        found = api.complete(read(client, api))
    if found != after:
        raise SetButNotConfirmed(
            "the service took the names and does not hold them:"
            f" asked for {api.shown(after)!r}, found {api.shown(found)!r}",
            "Someone else may have set names at the same time; run the task again",
            **api.results(found),
            **{f"{key}_wanted": value for key, value in api.results(after).items()},
        )
