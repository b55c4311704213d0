# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The audience of a push: the options that select users, and the Condition that they become. Without the network.

Follows https://www.tencentcloud.com/document/product/1047/37166 and
https://www.tencentcloud.com/document/product/1047/67814.
A push without a Condition goes to all users of the app, so an option that selects nobody is rejected, never omitted.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_bool

from .._core.errors import OptionError
from .._core.values import require_list, require_map
from .._many import accounts
from . import api, texts

MAX_TAGS = 10  # in one option
MAX_USERS = 500  # in a push to listed users

Condition = dict[str, Any]

_ALL = "To select all users, set all_users: true instead"


def _parse_attrs(option: str, value: Any) -> dict[str, str]:
    """Return the map of attribute names and values in *option*. Raises OptionError, which shows what is wrong."""
    given = require_map(option, value, "{city: Oslo}")
    if not given:
        raise OptionError(f"{option} is empty", f"List an attribute, or remove {option}. {_ALL}")
    attrs: dict[str, str] = {}
    for key, text in given.items():
        name = texts.require(f"{option}: an attribute name", key, empty="Set a name")
        label = f"{option}: the value of attribute {name!r}"
        attrs[name] = texts.require(label, text, "Set a value", "Write one string, or send one push for each value")
    return attrs


def _parse_tags(option: str, value: Any) -> list[str]:
    """Return the list of tags in *option*. Raises OptionError, which shows what is wrong."""
    tags = require_list(option, value, "[staff, canary]")
    if not tags:
        raise OptionError(f"{option} is empty", f"List a tag, or remove {option}. {_ALL}")
    if len(tags) > MAX_TAGS:
        what = f"{option} has {len(tags)} tags, but at most {MAX_TAGS} are allowed"
        raise OptionError(what, "List fewer tags, or send several pushes")
    label = f"{option}: tag number"
    return [texts.require(f"{label} {at}", tag, empty="Set a tag") for at, tag in enumerate(tags, 1)]


# The options of each kind, with the fields that they become.
_ATTRS = {"attrs_or": "AttrsOr", "attrs_and": "AttrsAnd"}
_TAGS = {"tags_or": "TagsOr", "tags_and": "TagsAnd", "tags_not": "TagsNot"}

OPTIONS: dict[str, dict[str, Any]] = {
    "all_users": {"type": "bool"},
    "users": {"type": "list", "elements": "str"},
    **{name: {"type": "dict"} for name in _ATTRS},
    **{name: {"type": "list", "elements": "str"} for name in _TAGS},
}


def _parse_all_users(value: Any) -> Any:
    if value is None:
        raise OptionError("all_users must be a boolean, not null", "Set all_users: true, or remove the option")
    try:
        return check_type_bool(value)  # "no" is false
    except TypeError:
        return None  # AnsibleModule rejects it in its own words


def _parse_users(value: Any) -> list[str]:
    """Return the list of accounts. Raises OptionError, which shows what is wrong."""
    given = require_list("users", value, '["1001", "1002"]')
    users = accounts.parse_list("users", given)
    if not users:
        raise OptionError("users is empty", f"List a user ID, or remove users. {_ALL}")
    if len(users) < len(given):
        repeated = Counter(given).most_common(1)[0][0]
        raise OptionError(f"users: {repeated!r} is listed more than once", "List each user ID once")
    if len(users) > MAX_USERS:
        what = f"users has {len(users)} user IDs, but at most {MAX_USERS} are allowed"
        raise OptionError(what, f"Send several pushes of at most {MAX_USERS} users each")
    return users


# Null is rejected for each of them: as "unset", it would widen the audience.
PARSERS: dict[str, Callable[[Any], Any]] = {
    "all_users": _parse_all_users,
    "users": _parse_users,
    **{name: functools.partial(_parse_attrs, name) for name in _ATTRS},
    **{name: functools.partial(_parse_tags, name) for name in _TAGS},
}


def condition_of(options: Mapping[str, Any]) -> Condition:
    """Return the Condition of the audience that parsed *options* select; {} for all users, and for listed users.

    Raises OptionError unless that is exactly one of: all users, listed users, users with attributes, users with tags.
    """
    parts = {name: options[name] for name in (*_ATTRS, *_TAGS) if options.get(name) is not None}
    kinds = {
        "all_users": ["all_users"] if options.get("all_users") is True else [],
        "users": ["users"] if options.get("users") is not None else [],
        "attributes": [name for name in _ATTRS if name in parts],
        "tags": [name for name in _TAGS if name in parts],
    }
    selected = [kind for kind, names in kinds.items() if names]
    if not selected:
        hint = f"Set attrs_or, attrs_and, tags_or, tags_and or users. {_ALL}"
        raise OptionError("the audience of the push is not set", hint)
    if len(selected) > 1:
        found = ", ".join(name for names in kinds.values() for name in names)
        what = f"the audience of the push is set more than once: {found}"
        raise OptionError(what, f"Keep one of: {', '.join(selected)}")
    if "users" in selected and options["api"] != api.NEW:
        what = f"users: the API family {options['api']} does not support this option"
        raise OptionError(what, f"Set api: {api.NEW}, or remove users")
    _check_tags(options["api"], {name: tags for name, tags in parts.items() if name in _TAGS})
    return {{**_ATTRS, **_TAGS}[name]: part for name, part in parts.items()}


def _check_tags(family: str, lists: Mapping[str, list[str]]) -> None:
    """Raise OptionError for *lists* of tags that are right one by one, but not together."""
    if "tags_not" in lists and family != api.NEW:
        what = f"tags_not: the API family {family} does not support this option"
        raise OptionError(what, f"Set api: {api.NEW}, or remove tags_not")
    if list(lists) == ["tags_not"]:
        raise OptionError("tags_not alone selects nearly all users of the app", "Also set tags_or or tags_and")
    repeated = [tag for tag, count in Counter(tag for tags in lists.values() for tag in tags).items() if count > 1]
    if repeated:
        raise OptionError(f"{', '.join(lists)}: tag {repeated[0]!r} is listed more than once", "List each tag once")


def has_attributes(condition: Condition) -> bool:
    """Return whether *condition* selects users with attributes."""
    return any(field in condition for field in _ATTRS.values())


def require_declared(condition: Condition, declared: Iterable[str]) -> None:
    """Raise OptionError if *condition* contains an attribute that is not among the *declared* names of the app."""
    for option, field in _ATTRS.items():
        texts.require_declared(option, condition.get(field, {}), declared)
