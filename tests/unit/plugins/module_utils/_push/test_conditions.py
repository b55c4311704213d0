# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audience of a push: what is accepted, what is rejected and with which message."""

from __future__ import annotations

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import conditions
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH
from hypothesis import assume, given
from hypothesis import strategies as st
from test_texts import INVISIBLE, VISIBLE

OLD, NEW = "all_member_push", "timpush"


def parse(api=OLD, **options):
    parsed = PUSH.parse(options)
    return conditions.condition_of({**dict.fromkeys(conditions.OPTIONS), "api": api, **options, **parsed})


@pytest.mark.parametrize(
    ("api", "options", "condition"),
    [
        (OLD, {"all_users": True}, {}),
        (OLD, {"attrs_or": {"sex": "m"}}, {"AttrsOr": {"sex": "m"}}),
        (OLD, {"attrs_or": '{"sex": "m"}'}, {"AttrsOr": {"sex": "m"}}),
        (OLD, {"attrs_or": "sex=m city=Oslo"}, {"AttrsOr": {"sex": "m", "city": "Oslo"}}),
        (
            OLD,
            {"attrs_or": {"sex": "m"}, "attrs_and": {"sex": "f"}},
            {"AttrsOr": {"sex": "m"}, "AttrsAnd": {"sex": "f"}},
        ),
        (OLD, {"all_users": False, "tags_or": ["a"]}, {"TagsOr": ["a"]}),
        (OLD, {"tags_or": ["a"], "tags_and": ["b", "c"]}, {"TagsOr": ["a"], "TagsAnd": ["b", "c"]}),
        (NEW, {"tags_and": ["b"], "tags_not": ["c"]}, {"TagsAnd": ["b"], "TagsNot": ["c"]}),
        (NEW, {"tags_or": ["b"], "tags_not": ["c"]}, {"TagsOr": ["b"], "TagsNot": ["c"]}),
        (OLD, {"tags_or": [str(n) for n in range(10)]}, {"TagsOr": [str(n) for n in range(10)]}),
        (OLD, {"tags_or": ["x" * 50]}, {"TagsOr": ["x" * 50]}),
        (OLD, {"attrs_and": {"sex": "x" * 50}}, {"AttrsAnd": {"sex": "x" * 50}}),
    ],
)
def test_an_audience_becomes_a_condition(api, options, condition):
    assert parse(api, **options) == condition


NOT_SET = (
    "the audience of the push is not set. Set attrs_or, attrs_and, tags_or, tags_and or users. To select all users,"
)
ALL = "To select all users, set all_users: true instead"

# The options, and how the message begins or continues.
REJECTED = [
    ({}, NOT_SET),
    ({"all_users": False}, NOT_SET),
    ({"tags_or": []}, f"tags_or is empty. List a tag, or remove tags_or. {ALL}"),
    ({"attrs_or": {}}, f"attrs_or is empty. List an attribute, or remove attrs_or. {ALL}"),
    (
        {"attrs_or": {"city": ["Berlin", "Paris"]}},
        "attrs_or: the value of attribute 'city' must be a string, not a list: ['Berlin', 'Paris']."
        " Write one string, or send one push for each value.",
    ),
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
    (
        {"all_users": True, "tags_or": ["a"]},
        "the audience of the push is set more than once: all_users, tags_or. Keep one of: all_users, tags",
    ),
    (
        {"attrs_and": {"a": "b"}, "tags_and": ["a"]},
        "the audience of the push is set more than once: attrs_and, tags_and. Keep",
    ),
    (
        {"tags_or": ["a"], "tags_not": ["b"]},
        "tags_not: the API family all_member_push does not support this option. Set api: timpush, or remove tags_not",
    ),
    (
        {"api": NEW, "tags_not": ["b"]},
        "tags_not alone selects nearly all users of the app. Also set tags_or or tags_and",
    ),
    (
        {"api": NEW, "all_users": True, "tags_not": ["b"]},
        "the audience of the push is set more than once: all_users, tags_not. Keep",
    ),
    ({"api": NEW, "tags_and": ["b"], "tags_not": ["b"]}, "tags_and, tags_not: tag 'b' is listed more than once"),
    *(({"tags_or": ["a", text]}, f"tags_or: tag number 2 {part}") for text, part in INVISIBLE),
    *(({"attrs_or": {text: "m"}}, f"attrs_or: an attribute name {part}") for text, part in INVISIBLE),
    *(({"attrs_and": {"a": text}}, f"attrs_and: the value of attribute 'a' {part}") for text, part in INVISIBLE),
]


@pytest.mark.parametrize("text", VISIBLE)
def test_words_of_any_language_are_accepted(text):
    assert parse(tags_or=[text]) == {"TagsOr": [text]}
    assert parse(attrs_and={text: text}) == {"AttrsAnd": {text: text}}


@pytest.mark.parametrize(("options", "message"), REJECTED)
def test_any_other_audience_is_rejected(options, message):
    with pytest.raises(OptionError) as rejected:
        parse(**options)
    assert rejected.value.failure.message.startswith(message)
    assert rejected.value.failure.not_accepted


def test_an_undeclared_attribute_is_rejected_with_the_declared_ones():
    condition = {"AttrsOr": {"sex": "m"}, "AttrsAnd": {"town": "Oslo", "land": "NO", "sex": "f"}}
    with pytest.raises(OptionError) as rejected:
        conditions.require_declared(condition, ["sex", "city"])
    assert rejected.value.failure.message == (
        "attrs_and: the app has not declared these attributes: 'town', 'land'. It has declared: 'sex', 'city'."
        " Correct the names, or declare them with chat_push_attr_names."
    )
    with pytest.raises(OptionError, match=r"attrs_or: .*: 'sex'. It has not declared any"):
        conditions.require_declared(condition, [])
    conditions.require_declared(condition, ["land", "town", "sex"])
    conditions.require_declared({"TagsOr": ["sex"]}, [])


WORD = st.text("abcé城😀", min_size=1, max_size=12)
ATTRS = st.dictionaries(WORD, WORD, min_size=1, max_size=4)
FIELDS = {name: name.title().replace("_", "") for name in ("attrs_or", "attrs_and", "tags_or", "tags_and", "tags_not")}


@st.composite
def audiences(draw):
    """Return the options of a valid audience."""
    api, kind = draw(st.sampled_from([OLD, NEW])), draw(st.sampled_from(["all_users", "attrs", "tags"]))
    if kind == "all_users":
        return {"api": api, "all_users": True}
    names = [name for name in ("or", "and") if draw(st.booleans())] or [draw(st.sampled_from(["or", "and"]))]
    if kind == "attrs":
        parts = {f"attrs_{name}": draw(ATTRS) for name in names}
    else:
        names += ["not"] if api == NEW and draw(st.booleans()) else []
        size = draw(st.integers(1, 10))
        tags = draw(st.lists(WORD, min_size=size * len(names), max_size=size * len(names), unique=True))
        parts = {f"tags_{name}": tags[at * size : (at + 1) * size] for at, name in enumerate(names)}
    return {"api": api, **({"all_users": False} if draw(st.booleans()) else {}), **parts}


@given(audiences())
def test_only_all_users_selects_all_users(options):
    expected = {FIELDS[name]: part for name, part in options.items() if name in FIELDS}
    assert bool(expected) is not options.get("all_users", False)
    assert parse(**options) == expected


def test_a_string_that_is_not_a_boolean_is_left_to_the_validation_of_ansible():
    assert conditions.PARSERS["all_users"]("perhaps") is None


@pytest.mark.parametrize("value", ["no", "false", "0", 0, False, "off"])
def test_a_string_that_means_no_does_not_select_all_users(value):
    parsed = {"all_users": conditions.PARSERS["all_users"](value), "api": "timpush"}
    with pytest.raises(OptionError, match="the audience of the push is not set"):
        conditions.condition_of(parsed)
    assert conditions.condition_of({**parsed, "tags_or": ["staff"]}) == {"TagsOr": ["staff"]}
    assert conditions.condition_of({**parsed, "all_users": conditions.PARSERS["all_users"]("yes")}) == {}
