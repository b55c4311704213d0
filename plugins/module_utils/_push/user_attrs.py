# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The push attributes of users.

Follows the pages on im_get_attr, im_set_attr and im_remove_attr, and on the same commands of timpush.
A user's attributes are a map of attribute names to values; an attribute that the user does not have is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Optional

from .._core.client import Client
from .._core.errors import Code, OptionError, invalid_response
from .._core.operation import Operation, Result
from .._core.text import kind, require_text
from . import attr_names, users
from .users import MAX_BYTES, Users

Attrs = dict[str, str]
Wanted = dict[str, Optional[str]]  # None: the user must not have it

_EXAMPLE = '{"u1": {city: Berlin}}'


# -- the rules, without the network -------------------------------------------------------------------------------


def parse_option(option: Any) -> dict[str, Wanted]:
    """Return the map in the option users. Raises OptionError, which shows the value."""
    return users.parse_option(option, _EXAMPLE, _wanted)


def _wanted(account: str, given: Any) -> Wanted:
    if not isinstance(given, Mapping):
        what = f"users: the attributes of {account!r} must be a map, not {kind(given)}"
        raise OptionError(what if given is None else f"{what}: {given!r}", f"Write a map such as {_EXAMPLE}")
    return {_name(account, name): _value(account, name, value) for name, value in given.items()}


def _name(account: str, name: Any) -> str:
    return require_text(f"users: an attribute name of {account!r}", name, MAX_BYTES, empty="Set a name")


def _value(account: str, name: str, value: Any) -> str | None:
    if value is None:
        return None
    hint = "Set a value, or set it to null to remove the attribute"
    return require_text(f"users: the value of {name!r} of {account!r}", value, MAX_BYTES, empty=hint)


def require_declared(names: Iterable[str], declared: Iterable[str]) -> None:
    """Raise OptionError if one of *names* is not among the attribute names that the app has *declared*."""
    known = sorted(declared)
    unknown = sorted(set(names).difference(known))
    if unknown:
        what = f"users: the app has not declared these attributes: {users.listed(unknown)}"
        shown = f"It has declared: {users.listed(known)}" if known else "It has not declared any"
        raise OptionError(f"{what}. {shown}", "Correct the names, or declare them with chat_push_attr_names")


def plan_attrs(current: Attrs, wanted: Mapping[str, str | None], exclusive: bool) -> Attrs:
    """Return the attributes that a user should have: *current* with *wanted* over it. Pure.

    exclusive -- remove the attributes that are not in *wanted*
    """
    merged = dict(wanted) if exclusive else {**current, **wanted}
    after = {name: value for name, value in merged.items() if value is not None}
    return current if after == current else after


# -- the calls ----------------------------------------------------------------------------------------------------


class UserAttrs(Users[Attrs]):
    """The attributes of users, as a subject of converge()."""

    FIELD = "UserAttrs"
    PART = "Attrs"
    GET = "get_attr"
    REMOVE = "remove_attr"
    ADD = "set_attr"
    CODES: ClassVar[Mapping[int, Code]] = {
        **users.CODES,
        90033: Code(
            "the app has not declared the attribute, or the user does not have it",
            "Declare the attribute with chat_push_attr_names",
        ),
    }

    def __init__(self, client: Client, api: str, wanted: Mapping[str, Wanted], exclusive: bool = False) -> None:
        super().__init__(client, api, wanted)
        self.wanted = wanted
        self.exclusive = exclusive

    def read(self) -> dict[str, Attrs]:
        names = {name for attrs in self.wanted.values() for name in attrs}
        if names:
            require_declared(names, attr_names.read(self.client, self.api).names.values())
        return super().read()

    def parse(self, value: Any) -> Attrs:
        """Accept a null for the map, and for a value: both mean that there is nothing."""
        attrs = value or {}
        if not isinstance(attrs, dict):
            raise invalid_response(f"{self.PART} is not a map")
        for name, text in attrs.items():
            if not users.is_text(name) or not (text is None or users.is_text(text)):
                raise invalid_response(f"{self.PART} contains a value that is not a string")
        return {users.shared(name): users.shared(text) for name, text in attrs.items() if text is not None}

    def plan_user(self, account: str, current: Attrs) -> Attrs:
        return plan_attrs(current, self.wanted[account], self.exclusive)

    def steps(self, before: Attrs, after: Attrs) -> tuple[list[Any], list[Any]]:
        removed = [name for name in before if name not in after]
        changed = {name: value for name, value in after.items() if before.get(name) != value}
        return [removed] if removed else [], [changed] if changed else []


# -- the operations -----------------------------------------------------------------------------------------------


def _check_yaml(options: Mapping[str, Any]) -> None:
    if options.get("users") is not None:
        parse_option(options["users"])


def _ensure(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    subject = UserAttrs(client, options["api"], parse_option(options["users"]), options["exclusive"])
    return users.ensure(client, subject, check_mode)


def _info(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    accounts = users.parse_accounts(options["users"])
    return users.info(UserAttrs(client, options["api"], {account: {} for account in accounts}))


ENSURE = Operation(_ensure, {**users.OPTION, "exclusive": {"type": "bool", "default": False}}, check_yaml=_check_yaml)
INFO = Operation(_info, users.INFO_OPTION, check_yaml=users.check_yaml_of_info)
