# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The tags of users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .core import INFERRED, LONGEST, Call, Rejected, command, is_integer, size
from .users import Users, error_list, listed_accounts, read, reject_missing, sift, wanted_values

MOST_IN_REQUEST = 10  # for a user
MOST_OF_USER = 100
MOST_OF_APP = 1000

INFERRED.update(tags_empty=90001, tag_not_text=90001, tag_too_long=90020)
INFERRED.update(tags_in_remove=90032, tags_of_user=90032, im_tags_of_user=90046, tags_of_app=90032)


@dataclass
class UserTags(Users):
    """The settings of this subject."""

    tag_order: Literal["kept", "sorted", "reversed"] = "reversed"
    no_tags: Literal["empty", "null", "missing"] = "empty"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._counted: dict[str, Any] | None = None  # the users whose tags are in _tags
        self._tags: set[str] = set()  # at least the tags that users have

    def count_tags(self, new: set[str]) -> int:
        """Return how many tags the app has with *new*. Users are searched only where the limit is near."""
        for turn in (1, 2):
            if turn == 2 or self._counted is not self.users:
                self._counted = self.users
                self._tags = {tag for user in self.users.values() for tag in user.get("tags", [])}
            if len(self._tags) + len(new - self._tags) <= MOST_OF_APP:
                break
        return len(self._tags) + len(new - self._tags)

    def store_tags(self, values: dict[str, list[str]]) -> None:
        """Replace the tags of these users, as one write."""
        self.store_users("tags", values)
        if not self.ignore_writes:
            self._tags.update(*values.values())


@command("all_member_push/im_get_tag", "timpush/get_tag")
def get(call: Call) -> dict[str, Any]:
    """Return the tags of users."""
    return read(call, "UserTags", lambda account: _shown(call, account))


def _shown(call: Call, account: str) -> dict[str, Any]:
    app = call.app
    tags = app.shown(("tags", account), app.tags(account), call.stale)
    if not tags and app.no_tags != "empty":
        return {"Tags": None} if app.no_tags == "null" else {}
    return {"Tags": {"kept": list, "sorted": sorted, "reversed": lambda kept: kept[::-1]}[app.tag_order](tags)}


@command("all_member_push/im_add_tag", "timpush/add_tag")
def add(call: Call) -> dict[str, Any]:
    """Add tags to users; with Replace, which timpush alone has, in place of those that they have."""
    app = call.app
    wanted = wanted_values(call, "UserTags", "Tags", *(["Replace"] if call.family == "timpush" else []))
    replace = call.body.get("Replace", 0) if call.family == "timpush" else 0
    if not is_integer(replace, 0, 1):
        raise Rejected(90001, "Replace is not 0 or 1")
    for tags in wanted.values():
        _check_tags(app, tags)
        if len(tags) > (MOST_OF_USER if replace else MOST_IN_REQUEST):
            raise Rejected(90032, "too many tags for a user")
    served, failed = sift(call, wanted)
    present = {account: [] if replace else app.tags(account) for account in served if account in app.users}
    result = {account: list(dict.fromkeys([*tags, *wanted[account]])) for account, tags in present.items()}
    if any(len(tags) > MOST_OF_USER for tags in result.values()):
        case = "tags_of_user" if call.family == "timpush" else "im_tags_of_user"
        app.reject(case, f"a user would have more than {MOST_OF_USER} tags")
    if app.count_tags({tag for account in served for tag in wanted[account]}) > MOST_OF_APP:
        app.reject("tags_of_app", f"the app would have more than {MOST_OF_APP} tags")
    app.store_tags(result)
    return error_list(call, failed)


def _check_tags(app: UserTags, tags: Any) -> None:
    check_tags(app, "Tags", tags)
    if not tags:
        app.reject("tags_empty", "Tags is empty")


def check_tags(app: UserTags, name: str, tags: Any) -> None:
    """Reject what is not a list of tags of 1 to 50 bytes."""
    if not isinstance(tags, list):
        raise Rejected(90001, f"{name} is not an array")
    for tag in tags:
        if not isinstance(tag, str):
            app.reject("tag_not_text", "a tag is not a string", always=True)
        if not tag:
            raise Rejected(90040, "a tag is empty")
        if size(tag) > LONGEST:
            app.reject("tag_too_long", f"a tag is longer than {LONGEST} bytes")


@command("all_member_push/im_remove_tag", "timpush/remove_tag")
def remove(call: Call) -> dict[str, Any]:
    """Remove tags of users."""
    app = call.app
    wanted = wanted_values(call, "UserTags", "Tags")
    for tags in wanted.values():
        _check_tags(app, tags)
        if len(tags) > MOST_IN_REQUEST:
            app.reject("tags_in_remove", "too many tags for a user")
    served, failed = sift(call, wanted)
    for account in served:
        reject_missing(app, 70402, "tag", wanted[account], app.tags(account))
    kept = {account: [tag for tag in app.tags(account) if tag not in wanted[account]] for account in served}
    app.store_tags(kept)
    return error_list(call, failed)


@command("all_member_push/im_remove_all_tags", "timpush/clear_all_tags")
def clear(call: Call) -> dict[str, Any]:
    """Remove all tags of users. The collection must never call this."""
    call.allow_fields("To_Account")
    served, failed = sift(call, listed_accounts(call, "To_Account"))
    call.app.store_tags({account: [] for account in served})
    return error_list(call, failed)
