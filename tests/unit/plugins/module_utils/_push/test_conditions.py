# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audience of a push: what is accepted, what is rejected and with which message."""

from __future__ import annotations

from itertools import combinations

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import conditions
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH
from names import NEW, OLD
from test_texts import INVISIBLE, VISIBLE, refusal


def parse(api=OLD, **options):
    parsed = PUSH.parse(options)
    return conditions.condition_of({**dict.fromkeys(conditions.OPTIONS), "api": api, **options, **parsed})


@pytest.mark.parametrize(
    ("options", "condition"),
    [
        ({"attrs_or": '{"sex": "m"}'}, {"AttrsOr": {"sex": "m"}}),
        ({"attrs_or": "sex=m city=Oslo"}, {"AttrsOr": {"sex": "m", "city": "Oslo"}}),
        ({"all_users": False, "tags_or": ["a"]}, {"TagsOr": ["a"]}),
        ({"tags_or": [str(n) for n in range(10)]}, {"TagsOr": [str(n) for n in range(10)]}),
        ({"tags_or": ["x" * 50]}, {"TagsOr": ["x" * 50]}),
        ({"attrs_and": {"sex": "x" * 50}}, {"AttrsAnd": {"sex": "x" * 50}}),
        *(({"tags_or": [text]}, {"TagsOr": [text]}) for text in VISIBLE),
        *(({"attrs_and": {text: text}}, {"AttrsAnd": {text: text}}) for text in VISIBLE),
    ],
)
def test_an_audience_becomes_a_condition(options, condition):
    assert parse(**options) == condition


PARTS = {"attrs_or": {"a": "x"}, "attrs_and": {"a": "y"}, "tags_or": ["a"], "tags_and": ["b"], "tags_not": ["c"]}
WHOLE = {"all_users": True, "users": ["u1"]}


@pytest.mark.parametrize("api", [OLD, NEW])
def test_only_all_users_selects_all_users(api):
    """Each combination of options is rejected, or becomes exactly the condition that it describes."""
    given = {**WHOLE, **PARTS}
    for names in (names for size in range(len(given) + 1) for names in combinations(given, size)):
        options = {name: given[name] for name in names}
        is_one_kind = len({name.partition("_")[0] for name in names}) == 1 and names != ("tags_not",)
        if is_one_kind and (api == NEW or {"users", "tags_not"}.isdisjoint(names)):
            condition = {name.title().replace("_", ""): PARTS[name] for name in names if name in PARTS}
            assert parse(api, **options) == condition
        else:
            with pytest.raises(OptionError, match=r"^(the audience of the push is|tags_not|users)"):
                parse(api, **options)


ALL = "To select all users, set all_users: true instead"
TWICE = "the audience of the push is set more than once:"
NOT_SET = f"the audience of the push is not set. Set attrs_or, attrs_and, tags_or, tags_and or users. {ALL}"

# The options, and how the message begins; messages.json has the whole messages.
REJECTED = [
    ({}, NOT_SET),
    ({"all_users": False}, NOT_SET),
    ({"tags_or": []}, f"tags_or is empty. List a tag, or remove tags_or. {ALL}"),
    ({"attrs_or": {}}, f"attrs_or is empty. List an attribute, or remove attrs_or. {ALL}"),
    ({"attrs_or": {"city": ["Berlin", "Paris"]}}, "attrs_or: the value of attribute 'city' must be a string, not a l"),
    ({"all_users": None}, "all_users must be a boolean, not null"),
    ({"attrs_or": None}, "attrs_or must be a map, not null. Write"),
    ({"attrs_or": "{city: Oslo}"}, "attrs_or must be a map, not a string: '{city: Oslo}'. Remove the quotes"),
    ({"tags_or": None}, "tags_or must be a list, not null"),
    ({"tags_or": "staff"}, "tags_or must be a list, not a string: 'staff'"),
    ({"tags_or": ["a", 5]}, "tags_or: tag number 2 must be a string, not a number: 5"),
    ({"tags_or": [""]}, "tags_or: tag number 1 is empty: ''"),
    ({"tags_or": ["x" * 51]}, "tags_or: tag number 1 has 51 bytes in UTF-8, but at most 50 are allowed"),
    ({"tags_or": [str(n) for n in range(11)]}, "tags_or has 11 tags, but at most 10 are allowed"),
    ({"tags_or": ["a"], "tags_and": ["a"]}, "tags_or, tags_and: tag 'a' is listed more than once"),
    ({"attrs_or": {5: "m"}}, "attrs_or: an attribute name must be a string, not a number: 5"),
    ({"attrs_or": {"": "m"}}, "attrs_or: an attribute name is empty: ''"),
    ({"attrs_or": {"a": ""}}, "attrs_or: the value of attribute 'a' is empty: ''"),
    ({"all_users": True, "tags_or": ["a"]}, f"{TWICE} all_users, tags_or. Keep one of: all_users, tags"),
    ({"attrs_and": {"a": "b"}, "tags_and": ["a"]}, f"{TWICE} attrs_and, tags_and. Keep"),
    ({"tags_or": ["a"], "tags_not": ["b"]}, f"tags_not: the API family {OLD} does not support this option. Set api"),
    ({"api": NEW, "tags_not": ["b"]}, "tags_not alone selects nearly all users of the app. Also set tags_or or tags_"),
    ({"api": NEW, "all_users": True, "tags_not": ["b"]}, f"{TWICE} all_users, tags_not. Keep"),
    ({"api": NEW, "tags_and": ["b"], "tags_not": ["b"]}, "tags_and, tags_not: tag 'b' is listed more than once"),
    *(({"tags_or": ["a", text]}, f"tags_or: tag number 2 {part}") for text, part in INVISIBLE),
    *(({"attrs_or": {text: "m"}}, f"attrs_or: an attribute name {part}") for text, part in INVISIBLE),
    *(({"attrs_and": {"a": text}}, f"attrs_and: the value of attribute 'a' {part}") for text, part in INVISIBLE),
]


@pytest.mark.parametrize(("options", "message"), REJECTED)
def test_any_other_audience_is_rejected(options, message):
    found = refusal(parse, **options)
    assert found.message.startswith(message) and found.not_accepted


def test_an_undeclared_attribute_is_rejected_with_the_declared_ones():
    condition = {"AttrsOr": {"sex": "m"}, "AttrsAnd": {"town": "Oslo", "land": "NO", "sex": "f"}}
    assert refusal(conditions.require_declared, condition, ["sex", "city"]).message == (
        "attrs_and: the app has not declared these attributes: 'town', 'land'. It has declared: 'sex', 'city'."
        " Correct the names, or declare them with chat_push_attr_names."
    )
    with pytest.raises(OptionError, match=r"attrs_or: .*: 'sex'. It has not declared any"):
        conditions.require_declared(condition, iter([]))
    conditions.require_declared(condition, ["land", "town", "sex"])
    conditions.require_declared({"TagsOr": ["sex"]}, [])


@pytest.mark.parametrize("value", ["perhaps", "yes", "no", "false", "0", 0, False, "off"])
def test_all_users_is_what_a_boolean_means_and_another_string_is_left_to_ansible(value):
    assert conditions.PARSERS["all_users"](value) is {"perhaps": None, "yes": True}.get(value, False)
