# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The audience of a push: the options that select users, and the Condition that they become. Without the network.

Follows https://www.tencentcloud.com/document/product/1047/37166 and
https://www.tencentcloud.com/document/product/1047/67814.
A push without a Condition goes to all users of the app, so an option that selects nobody is rejected, never omitted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from .._core.errors import OptionError
from .._core.text import kind, require_map, require_text
from . import family

MAX_BYTES = 50  # of an attribute's value, or a tag, in UTF-8
MAX_TAGS = 10  # in one option

Condition = dict[str, Any]

_OMIT = "Set it or omit it. To select all users, set all_users to true and no other option of the audience"


def _parse_attrs(option: str, value: Any) -> dict[str, str]:
    """Return the map of attribute names and values in *option*. Raises OptionError, which shows what is wrong."""
    given = require_map(option, value, "{city: Oslo}")
    if not given:
        raise OptionError(f"{option} is empty", _OMIT)
    attrs: dict[str, str] = {}
    for key, text in given.items():
        name = require_text(f"{option}: an attribute name", key, empty="Set a name")
        attrs[name] = require_text(f"{option}: the value of attribute {name!r}", text, MAX_BYTES, empty="Set a value")
    return attrs


def _parse_tags(option: str, value: Any) -> list[str]:
    """Return the list of tags in *option*. Raises OptionError, which shows what is wrong."""
    if not isinstance(value, (list, tuple)):
        shown = "" if value is None else f": {value!r}"
        raise OptionError(f"{option} must be a list, not {kind(value)}{shown}", "Write a list such as [staff, canary]")
    if not value:
        raise OptionError(f"{option} is empty", _OMIT)
    if len(value) > MAX_TAGS:
        what = f"{option} has {len(value)} tags, but at most {MAX_TAGS} are allowed"
        raise OptionError(what, "List fewer tags, or send several pushes")
    label = f"{option}: tag number"
    return [require_text(f"{label} {at}", tag, MAX_BYTES, empty="Set a tag") for at, tag in enumerate(value, 1)]


# The options of each kind, with the fields that they become.
_ATTRS = {"attrs_or": "AttrsOr", "attrs_and": "AttrsAnd"}
_TAGS = {"tags_or": "TagsOr", "tags_and": "TagsAnd", "tags_not": "TagsNot"}

_PARSERS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(_ATTRS, _parse_attrs),
    **dict.fromkeys(_TAGS, _parse_tags),
}

OPTIONS: dict[str, dict[str, Any]] = {
    "all_users": {"type": "bool"},
    **{name: {"type": "dict"} for name in _ATTRS},
    **{name: {"type": "list", "elements": "str"} for name in _TAGS},
}


def check_yaml(options: Mapping[str, Any]) -> None:
    """Raise OptionError for an option of the audience that YAML or a template made into something else.

    That includes null: as "unset", it would widen the audience.
    """
    for name, parse in _PARSERS.items():
        if name in options:
            parse(name, options[name])
    if "all_users" in options and options["all_users"] is None:
        raise OptionError("all_users must be a boolean, not null", "Set it to true, or omit it")


def parse_options(options: Mapping[str, Any]) -> Condition:
    """Return the Condition of the audience that validated *options* select; {} for all users.

    Raises OptionError unless that is exactly one of: all users, users with attributes, users with tags.
    """
    parts = {name: parse(name, options[name]) for name, parse in _PARSERS.items() if options.get(name) is not None}
    kinds = {
        "all_users": bool(options.get("all_users")),
        "attributes": any(name in parts for name in _ATTRS),
        "tags": any(name in parts for name in _TAGS),
    }
    selected = [name for name, is_selected in kinds.items() if is_selected]
    if not selected:
        hint = "Set attrs_or, attrs_and, tags_or or tags_and. To select all users, set all_users to true"
        raise OptionError("the audience of the push is not set", hint)
    if len(selected) > 1:
        what = f"the audience of the push is set with {' and '.join(selected)}"
        raise OptionError(what, "Select users with all_users, with attributes or with tags, but not with two of them")
    _check_tags(options["api"], {name: tags for name, tags in parts.items() if name in _TAGS})
    return {{**_ATTRS, **_TAGS}[name]: part for name, part in parts.items()}


def _check_tags(api: str, lists: Mapping[str, list[str]]) -> None:
    """Raise OptionError for *lists* of tags that are right one by one, but not together."""
    if "tags_not" in lists and api != family.NEW:
        what = f"tags_not: the API family {api} does not support this option"
        raise OptionError(what, f"Set api to {family.NEW}, or omit tags_not")
    if list(lists) == ["tags_not"]:
        raise OptionError("tags_not alone selects nearly all users of the app", "Also set tags_or or tags_and")
    repeated = [tag for tag, count in Counter(tag for tags in lists.values() for tag in tags).items() if count > 1]
    if repeated:
        raise OptionError(f"{', '.join(lists)}: tag {repeated[0]!r} is listed more than once", "List each tag once")


def has_attributes(condition: Condition) -> bool:
    """Return whether *condition* selects users with attributes."""
    return any(field in condition for field in _ATTRS.values())


def reject_undeclared(condition: Condition, declared: Collection[str]) -> None:
    """Raise OptionError if *condition* contains an attribute that is not among the *declared* names of the app."""
    for option, field in _ATTRS.items():
        unknown = [repr(name) for name in condition.get(field, {}) if name not in declared]
        if unknown:
            known = ", ".join(map(repr, declared))
            shown = f"It has declared: {known}" if known else "It has not declared any"
            what = f"{option}: the app has not declared these attributes: {', '.join(unknown)}. {shown}"
            raise OptionError(what, "Correct the names, or declare them with chat_push_attr_names")
