# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The push tags of users.

Follows the pages on im_get_tag, im_add_tag and im_remove_tag, and on the same commands of timpush.
A user's tags are a sorted list, without duplicates: the order in which the service returns them is not documented.
The calls that replace or remove all tags of a user are not used, because they also remove tags that others set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from .._core.client import Client
from .._core.codes import Code
from .._core.errors import OptionError, invalid_response
from .._core.operation import Operation, Options, Outcome
from .._core.values import is_absent, is_text, optional, require_list
from .._many import accounts
from . import texts, user_tasks, users
from .users import Users

PER_USER = 100
PER_REQUEST = 10  # for each user. Documented for adding tags; removing is treated alike

_TOO_LONG = Code("a tag is longer than 50 bytes", "Shorten the tag")
_TOO_MANY = Code("too many tags", f"Use at most {PER_USER} tags for a user, and 1,000 for the whole app")

Tags = list[str]

PRESENT, ABSENT = "present", "absent"


# -- the rules, without the network -------------------------------------------------------------------------------


def parse_option(option: Any) -> dict[str, Tags]:
    """Return the map in the option users. Raises OptionError, which shows the value."""
    return accounts.parse_map("users", option, '{"1001": [staff]}', _tags)


def _tags(account: str, given: Any) -> Tags:
    tags = require_list(f"users: the tags of user {account!r}", given, "[staff, canary]")
    label, empty = f"users: a tag of user {account!r}", "Set a tag, or remove the entry"
    return sorted({texts.require(label, tag, empty=empty) for tag in tags})


def require_room(account: str, tags: Tags) -> None:
    """Raise OptionError if a user has more *tags* than the service allows."""
    if len(tags) > PER_USER:
        what = f"users: user {account!r} would have {len(tags)} tags, but at most {PER_USER} are allowed"
        raise OptionError(what, "Remove tags from this user, or list fewer tags")


def plan_tags(current: Tags, listed: Iterable[str], state: str, exclusive: bool) -> Tags:
    """Return the tags that a user should have. Pure.

    state -- whether to add the *listed* tags ("present") or to remove them ("absent")
    exclusive -- with "present", remove all others
    """
    if state == ABSENT:
        after = set(current).difference(listed)
    else:
        after = set(listed) if exclusive else set(current).union(listed)
    return current if len(after) == len(current) and after.issuperset(current) else sorted(after)


# -- the calls ----------------------------------------------------------------------------------------------------


class UserTags(Users[Tags]):
    """The tags of users, as a subject of converge()."""

    FIELD = "UserTags"
    PART = "Tags"
    GET = "get_tag"
    REMOVE = "remove_tag"
    ADD = "add_tag"
    CODES: ClassVar[Mapping[int, Code]] = {
        **users.CODES,
        90020: _TOO_LONG,
        90032: _TOO_MANY,
        90034: _TOO_LONG,
        90040: Code("a tag is empty", "Set or remove the tag"),
        90046: _TOO_MANY,
    }

    def __init__(
        self,
        client: Client,
        family: str,
        listed: Mapping[str, Tags],
        state: str = PRESENT,
        exclusive: bool = False,
    ) -> None:
        super().__init__(client, family, listed)
        self.listed = listed
        self.state = state
        self.exclusive = exclusive

    def parse_user(self, value: Any) -> Tags:
        tags = [] if is_absent(value) else value
        if not isinstance(tags, list) or not all(map(is_text, tags)):
            raise invalid_response(f"{self.PART} is not a list of strings")
        return sorted({texts.shared(tag) for tag in tags})

    def plan_user(self, account: str, current: Tags) -> Tags:
        after = plan_tags(current, self.listed[account], self.state, self.exclusive)
        if not set(current).issuperset(after):
            require_room(account, after)
        return after

    def steps(self, before: Tags, after: Tags) -> tuple[list[Any], list[Any]]:
        removed, added = set(before).difference(after), set(after).difference(before)
        return _parts(removed), _parts(added)


def _parts(tags: set[str]) -> list[Tags]:
    ordered = sorted(tags)
    return [ordered[start : start + PER_REQUEST] for start in range(0, len(ordered), PER_REQUEST)]


# -- the operations -----------------------------------------------------------------------------------------------


def _ensure(client: Client, options: Options, check_mode: bool) -> Outcome:
    wanted, state, exclusive = options["users"], options["state"], options["exclusive"]
    if exclusive and state == ABSENT:
        raise OptionError("exclusive must be false if state is absent", "Set state: present, or remove exclusive")
    if state == PRESENT:
        for account, tags in wanted.items():
            require_room(account, tags)
    return user_tasks.ensure(client, UserTags(client, options["api"], wanted, state, exclusive), check_mode)


def _info(client: Client, options: Options, check_mode: bool) -> Outcome:
    return user_tasks.info(UserTags(client, options["api"], {account: [] for account in options["users"]}))


ENSURE = Operation(
    _ensure,
    {
        **user_tasks.OPTION,
        "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
        "exclusive": {"type": "bool", "default": False},
    },
    {"users": optional(parse_option)},
)
INFO = Operation(_info, user_tasks.INFO_OPTION, user_tasks.INFO_PARSERS)
