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
from .._core.errors import Code, OptionError, invalid_response
from .._core.operation import Operation, Result
from .._core.text import require_text
from . import users
from .users import MAX_BYTES, Users

PER_USER = 100
PER_REQUEST = 10  # for each user. Documented for adding tags; removing is treated alike

Tags = list[str]

PRESENT, ABSENT = "present", "absent"


# -- the rules, without the network -------------------------------------------------------------------------------


def parse_option(option: Any, state: Any = PRESENT) -> dict[str, Tags]:
    """Return the map in the option users. Raises OptionError, which shows the value."""
    wanted = users.parse_option(option, '{"u1": [staff]}', _tags)
    if state != ABSENT:
        for account, tags in wanted.items():
            require_room(account, tags)
    return wanted


def _tags(account: str, given: Any) -> Tags:
    tags = users.require_list(f"users: the tags of {account!r}", given, "[staff, canary]")
    label, empty = f"users: a tag of {account!r}", "Set a tag, or remove it from the list"
    return sorted({require_text(label, tag, MAX_BYTES, empty=empty) for tag in tags})


def require_room(account: str, tags: Tags) -> None:
    """Raise OptionError if a user has more *tags* than the service allows."""
    if len(tags) > PER_USER:
        what = f"users: {account!r} would have {len(tags)} tags, but at most {PER_USER} are allowed"
        raise OptionError(what, "Remove tags from this user, or list fewer")


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
        90020: Code("a tag is longer than 50 bytes", "Shorten the tag"),
        90032: Code("too many tags", f"Use at most {PER_USER} tags for a user, and 1,000 for the whole app"),
        90040: Code("a tag is empty", "Set the tag"),
    }

    def __init__(
        self,
        client: Client,
        api: str,
        listed: Mapping[str, Tags],
        state: str = PRESENT,
        exclusive: bool = False,
    ) -> None:
        super().__init__(client, api, listed)
        self.listed = listed
        self.state = state
        self.exclusive = exclusive

    def parse(self, value: Any) -> Tags:
        tags = value or []
        if not isinstance(tags, list) or not all(map(users.is_text, tags)):
            raise invalid_response(f"{self.PART} is not a list of strings")
        return sorted({users.shared(tag) for tag in tags})

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


def _check_yaml(options: Mapping[str, Any]) -> None:
    if options.get("users") is not None:
        parse_option(options["users"], options.get("state"))


def _ensure(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    state, exclusive = options["state"], options["exclusive"]
    if exclusive and state == ABSENT:
        raise OptionError("exclusive must be false if state is absent", "Set state to present, or omit exclusive")
    subject = UserTags(client, options["api"], parse_option(options["users"], state), state, exclusive)
    return users.ensure(client, subject, check_mode)


def _info(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    accounts = users.parse_accounts(options["users"])
    return users.info(UserTags(client, options["api"], {account: [] for account in accounts}))


ENSURE = Operation(
    _ensure,
    {
        **users.OPTION,
        "state": {"type": "str", "choices": [PRESENT, ABSENT], "default": PRESENT},
        "exclusive": {"type": "bool", "default": False},
    },
    check_yaml=_check_yaml,
)
INFO = Operation(_info, users.INFO_OPTION, check_yaml=users.check_yaml_of_info)
