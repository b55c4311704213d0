# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The conditions of a push: what they may contain, and whom they select."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .core import INFERRED, Rejected
from .user_tags import UserTags, check_tags

MOST_TAGS = 10  # in each list

INFERRED.update(condition_field=90001, condition_value=90001)
INFERRED.update(condition_value_empty=90030, condition_value_too_long=90030)

Condition = dict[str, Any]
# For each field: whether a user with these attributes, or tags, is selected.
_FIELDS: dict[str, Callable[[Any, Any], bool]] = {
    "AttrsOr": lambda wanted, attrs: any(attrs.get(name) == value for name, value in wanted.items()),
    "AttrsAnd": lambda wanted, attrs: all(attrs.get(name) == value for name, value in wanted.items()),
    "TagsOr": lambda wanted, tags: not tags.isdisjoint(wanted),
    "TagsAnd": lambda wanted, tags: tags.issuperset(wanted),
    "TagsNot": lambda wanted, tags: tags.isdisjoint(wanted),
}


def check(app: UserTags, family: str, condition: Any) -> Condition:
    """Return the parts of *condition* that are not empty; reject what the service does not accept."""
    if not isinstance(condition, dict):
        raise Rejected(90001, "Condition is not a map")
    condition = app.normalized(app.present(condition))
    known = [name for name in _FIELDS if family == "timpush" or name != "TagsNot"]
    app.reject_unknown("condition_field", condition, known)
    if len({name[:4] for name in condition if name in known}) > 1:
        raise Rejected(90039, "attributes and tags are mixed")
    for name in known:
        if name in condition:
            (_check_attrs if name.startswith("Attrs") else _check_tags)(app, name, condition[name])
    listed = [tag for name in known if name.startswith("Tags") for tag in condition.get(name, [])]
    if len(set(listed)) < len(listed):
        raise Rejected(90022, "a tag is repeated")
    return {name: condition[name] for name in known if condition.get(name)}


def _check_attrs(app: UserTags, name: str, attrs: Any) -> None:
    if not isinstance(attrs, dict):
        raise Rejected(90001, f"{name} is not a map")
    for key, value in attrs.items():
        app.check_length("name", key, f"the name of an attribute in {name}")
        if not isinstance(value, str):
            app.reject("condition_value", f"a value in {name} is not a string", always=True)
        app.check_length("condition_value", value, f"a value in {name}")


def _check_tags(app: UserTags, name: str, tags: Any) -> None:
    check_tags(app, name, tags)
    if len(tags) > MOST_TAGS:
        raise Rejected(90032, f"more than {MOST_TAGS} tags in {name}")


def selected(condition: Condition, user: dict[str, Any], declared: set[str]) -> bool:
    """Return whether all parts of *condition* select *user*; an attribute that is not *declared* has no value."""
    attrs = {name: value for name, value in user.get("attrs", {}).items() if name in declared}
    tags = set(user.get("tags", []))
    return all(_FIELDS[name](wanted, attrs if name.startswith("Attrs") else tags) for name, wanted in condition.items())
