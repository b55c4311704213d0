# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The push attributes of users.

Follows the pages on im_get_attr, im_set_attr and im_remove_attr, and on the same commands of timpush.
A user's attributes are a map of attribute names to values; an attribute that the user does not have is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Optional

from .._core.client import Client
from .._core.codes import Code
from .._core.errors import OptionError, invalid_response
from .._core.operation import Operation, Options, Outcome
from .._core.values import is_absent, is_text, kind, optional
from .._many import accounts
from . import attr_names, texts, user_tasks, users
from .users import Users

Attrs = dict[str, str]
Wanted = dict[str, Optional[str]]  # None: the user must not have it

_EXAMPLE = '{"1001": {city: Berlin}}'


# -- the rules, without the network -------------------------------------------------------------------------------


def parse_option(option: Any) -> dict[str, Wanted]:
    """Return the map in the option users. Raises OptionError, which shows the value."""
    return accounts.parse_map("users", option, _EXAMPLE, _wanted)


def _wanted(account: str, given: Any) -> Wanted:
    if not isinstance(given, Mapping):
        what = f"users: the attributes of user {account!r} must be a map, not {kind(given)}"
        raise OptionError(what if given is None else f"{what}: {given!r}", f"Write a map such as {_EXAMPLE}")
    return {_name(account, name): _value(account, name, value) for name, value in given.items()}


def _name(account: str, name: Any) -> str:
    return texts.require(f"users: an attribute name of user {account!r}", name, empty="Set a name")


def _value(account: str, name: str, value: Any) -> str | None:
    if value is None:
        return None
    hint = "Set a value, or set null to remove the attribute"
    return texts.require(f"users: attribute {name!r} of user {account!r}", value, empty=hint)


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
        90030: Code("an attribute value or name is empty or longer than 50 bytes", "Correct the value"),
        90033: Code(
            "the app has not declared the attribute, or the user does not have the attribute",
            "Declare the attribute with chat_push_attr_names",
        ),
    }

    def __init__(self, client: Client, family: str, wanted: Mapping[str, Wanted], exclusive: bool = False) -> None:
        super().__init__(client, family, wanted)
        self.wanted = wanted
        self.exclusive = exclusive

    def read(self) -> dict[str, Attrs]:
        names = {name for attrs in self.wanted.values() for name in attrs}
        if names:
            declared = attr_names.read(self.client, self.family).names.values()
            texts.require_declared("users", sorted(names), sorted(declared))
        return super().read()

    def parse_user(self, value: Any) -> Attrs:
        """Accept null for the map or for a value: the user then does not have any attribute, or not this one."""
        attrs = {} if is_absent(value) else value
        if not isinstance(attrs, dict):
            raise invalid_response(f"{self.PART} is not a map")
        for name, text in attrs.items():
            if not is_text(name) or not (text is None or is_text(text)):
                raise invalid_response(f"{self.PART} contains a value that is not a string")
        return {texts.shared(name): texts.shared(text) for name, text in attrs.items() if text is not None}

    def plan_user(self, account: str, current: Attrs) -> Attrs:
        return plan_attrs(current, self.wanted[account], self.exclusive)

    def steps(self, before: Attrs, after: Attrs) -> tuple[list[Any], list[Any]]:
        removed = [name for name in before if name not in after]
        changed = {name: value for name, value in after.items() if before.get(name) != value}
        return [removed] if removed else [], [changed] if changed else []


# -- the operations -----------------------------------------------------------------------------------------------


def _ensure(client: Client, options: Options, check_mode: bool) -> Outcome:
    subject = UserAttrs(client, options["api"], options["users"], options["exclusive"])
    return user_tasks.ensure(client, subject, check_mode)


def _info(client: Client, options: Options, check_mode: bool) -> Outcome:
    return user_tasks.info(UserAttrs(client, options["api"], {account: {} for account in options["users"]}))


ENSURE = Operation(
    _ensure,
    {**user_tasks.OPTION, "exclusive": {"type": "bool", "default": False}},
    {"users": optional(parse_option)},
)
INFO = Operation(_info, user_tasks.INFO_OPTION, user_tasks.INFO_PARSERS)
