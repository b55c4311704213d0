# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import json

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_name_rules
from hypothesis import given
from hypothesis import strategies as st
from test_texts import INVISIBLE, VISIBLE

numbers = st.sampled_from("0123456789")
texts = st.text(min_size=1, max_size=12).filter(
    lambda text: text.strip() and len(text.encode("utf-8", "replace")) <= 50
)
names = st.dictionaries(numbers, texts.filter(str.isprintable), max_size=10)
unique = names.map(lambda some: {number: name for number, name in some.items() if list(some.values()).count(name) == 1})

# What is given, and what the message must hold.
REFUSED = [
    ({10: "x"}, "10 is not an attribute number"),
    ({"10": "x"}, "'10' is not an attribute number"),
    ({"01": "x"}, "'01' is not an attribute number"),
    ({-1: "x"}, "-1 is not an attribute number"),
    ({"-1": "x"}, "'-1' is not an attribute number"),
    ({"+1": "x"}, "'+1' is not an attribute number"),
    ({" 1": "x"}, "' 1' is not an attribute number"),
    ({"٣": "x"}, "'٣' is not an attribute number"),
    ({"３": "x"}, "'３' is not an attribute number"),
    ({"²": "x"}, "'²' is not an attribute number"),
    ({"sex": "x"}, "'sex' is not an attribute number"),
    ({"": "x"}, "'' is not an attribute number"),
    ({"1.0": "x"}, "'1.0' is not an attribute number"),
    ({1.0: "x"}, "1.0 is not an attribute number"),
    ({True: "x"}, "True is not an attribute number"),
    ({None: "x"}, "None is not an attribute number"),
    ({"true": "x"}, "'true' is not an attribute number"),
    ({(1, 2): "x"}, "(1, 2) is not an attribute number"),
    ({0: "x", "0": "y"}, "attribute 0 is listed more than once"),
    ({0: ""}, "attribute 0 is empty: ''"),
    ({0: "  "}, "attribute 0 is empty: '  '"),
    ({0: "\t\n"}, "attribute 0 is empty"),
    ({0: "a" * 51}, "has 51 bytes in UTF-8, but at most 50 are allowed"),
    ({0: "城" * 17}, "has 51 bytes in UTF-8, but at most 50 are allowed"),
    ({0: "a" * 5000}, "has 5000 bytes"),
    ({0: "\ud800"}, "is not valid Unicode"),
    ({0: True}, "must be a string, not a boolean: True. Quote the value"),
    ({0: False}, "must be a string, not a boolean: False. Quote the value"),
    ({0: 2024}, "must be a string, not a number: 2024. Quote the value"),
    ({0: 1.5}, "must be a string, not a number: 1.5. Quote the value"),
    ({0: None}, "must be a string, not null. Set a name, or omit"),
    ({0: ["a"]}, "must be a string, not a list: ['a']. Write one string"),
    ({0: {"a": "b"}}, "must be a string, not a map"),
    ({0: datetime.date(2024, 1, 1)}, "must be a string, not a date: 2024-01-01. Quote the value"),
    ({0: b"sex"}, "must be a string, not another type"),
    ({0: "city", 1: "city"}, "name 'city' is used for attributes 0 and 1"),
    (
        {"0:sex": None},
        "'0:sex' is not an attribute number. Use 0 to 9, without a sign or a leading zero, and put a space",
    ),
    ("0:sex", "attr_names must be a map, not a string: '0:sex'. Write a map such as {0: sex}, with a space after each"),
    ("{0: sex}", "attr_names must be a map, not a string: '{0: sex}'. Remove the quotes, or use | from_yaml."),
    ("", "attr_names must be a map, not a string: ''"),
    (["sex"], "attr_names must be a map, not a list: ['sex']"),
    (3, "attr_names must be a map, not a number: 3"),
    (None, "attr_names must be a map, not null. Write a map such as"),
    ({**{n: f"n{n}" for n in range(10)}, 10: "eleventh"}, "10 is not an attribute number"),
    *(({3: text}, f"attr_names: the name of attribute 3 {part}") for text, part in INVISIBLE),
]


@pytest.mark.parametrize(("option", "message"), REFUSED)
def test_invalid_names_are_rejected_with_a_helpful_message(option, message):
    with pytest.raises(OptionError) as refused:
        attr_name_rules.parse_option(option)
    msg = refused.value.failure.message
    assert msg.startswith("attr_names")
    assert message in msg


@pytest.mark.parametrize(
    ("option", "names"),
    [
        ({}, {}),
        ('{"0": "sex"}', {"0": "sex"}),
        ("0=sex", {"0": "sex"}),
        ({0: "sex"}, {"0": "sex"}),
        ({"9": "a", 1: "b"}, {"1": "b", "9": "a"}),
        ({0: "a" * 50}, {"0": "a" * 50}),
        ({0: "城" * 16 + "ab"}, {"0": "城" * 16 + "ab"}),
        ({0: "first name"}, {"0": "first name"}),
        ({0: "yes", 1: "2024", 2: "null"}, {"0": "yes", "1": "2024", "2": "null"}),
        ({n: f"n{n}" for n in range(10)}, {str(n): f"n{n}" for n in range(10)}),
        ({0: "City", 1: "city"}, {"0": "City", "1": "city"}),
        *(({0: text}, {"0": text}) for text in VISIBLE),
    ],
)
def test_valid_names_are_accepted_unchanged(option, names):
    assert attr_name_rules.parse_option(option) == names
    assert list(attr_name_rules.parse_option(option)) == sorted(names)


@given(
    st.dictionaries(
        st.one_of(numbers, st.integers(), st.text(max_size=3)), st.one_of(st.text(), st.none(), st.booleans())
    )
)
def test_any_value_is_accepted_unchanged_or_rejected(option):
    try:
        parsed = attr_name_rules.parse_option(option)
    except OptionError:
        return
    assert parsed == {str(number): name for number, name in option.items()}
    assert set(parsed) <= set("0123456789")
    assert len(set(parsed.values())) == len(parsed)
    assert all(1 <= len(name.encode()) <= 50 for name in parsed.values())


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"AttrNames": None},
        {"AttrNames": {}},
        {"AttrNames": ""},
        {"AttrNames": {"0": "", "1": None}},
        {"AttrNames": []},
    ],
)
def test_every_form_of_a_missing_name_means_no_name(answer):
    assert attr_name_rules.parse_response(answer) == {}


@pytest.mark.parametrize(
    "answer",
    [
        {"AttrNames": "sex"},
        {"AttrNames": ["sex"]},
        {"AttrNames": 3},
        {"AttrNames": {"10": "x"}},
        {"AttrNames": {"a": "x"}},
        {"AttrNames": {"\ud800": "x"}},
        {"AttrNames": {"0": 3}},
        {"AttrNames": {"0": {"name": "x"}}},
        {"AttrNames": {"0": "\udfff"}},
    ],
)
def test_a_response_of_another_shape_is_an_error(answer):
    with pytest.raises(ChatError, match="not a valid Chat API response"):
        attr_name_rules.parse_response(answer)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values)
def test_any_json_for_names_is_read_or_an_error(value):
    try:
        found = attr_name_rules.parse_response({"AttrNames": value})
    except ChatError:
        return
    assert all(number in "0123456789" and name for number, name in found.items())
    json.dumps(found, ensure_ascii=False).encode()


@given(unique, unique)
def test_plan_keeps_what_is_not_listed_and_is_stable(current, wanted):
    try:
        after = attr_name_rules.plan_names(current, wanted)
    except OptionError:
        untouched = [name for number, name in current.items() if number not in wanted]
        assert set(untouched) & set(wanted.values())
        return
    assert {number: after[number] for number in wanted} == wanted
    assert all(after[number] == name for number, name in current.items() if number not in wanted)
    assert set(after) == {*current, *wanted}
    assert attr_name_rules.plan_names(after, wanted) == after
    assert list(after) == sorted(after)


def test_plan_rejects_a_name_that_stays_with_another_attribute():
    with pytest.raises(OptionError, match="name 'city' is used for attributes 0 and 1"):
        attr_name_rules.plan_names({"1": "city"}, {"0": "city"})


def test_plan_can_swap_names():
    assert attr_name_rules.plan_names({"0": "a", "1": "b"}, {"0": "b", "1": "a"}) == {"0": "b", "1": "a"}


RENAMES = [
    # before, after, the names that are gone
    ({"0": "sex"}, {"0": "sex"}, []),
    ({}, {"0": "sex"}, []),
    ({"0": "sex"}, {"0": "gender", "1": "city"}, [("0", "sex", "gender")]),
    ({"0": "sex", "1": "city"}, {"0": "city", "1": "sex"}, []),
    ({"0": "a", "1": "b", "2": "c"}, {"0": "b", "1": "c", "2": "a"}, []),
    ({"0": "a", "1": "b"}, {"0": "b", "1": "c"}, [("0", "a", "b")]),
    ({"0": "a"}, {"0": "b", "1": "a"}, []),
    ({"0": "a", "1": "b"}, {"0": "x", "1": "y"}, [("0", "a", "x"), ("1", "b", "y")]),
]


@pytest.mark.parametrize(("before", "after", "gone"), RENAMES)
def test_a_name_that_is_gone_is_warned_of_and_one_that_moves_is_not(before, after, gone):
    """Values follow the name of an attribute, not its number."""
    assert attr_name_rules.rename_warnings(before, after) == [
        f"Attribute {number} is renamed from {old!r} to {new!r}: values that users already have stay under {old!r},"
        f" and push conditions that use {old!r} no longer match."
        for number, old, new in gone
    ]


DIFFERENCES = [
    # expected, found, what the hint says
    ({"0": "e\u0301"}, {"0": "\xe9"}, "Unicode normalization form C"),
    ({"0": "e\u0301", "1": "b"}, {"0": "\xe9", "1": "b"}, "Unicode normalization form C"),
    ({"0": "e\u0301", "1": "b"}, {"0": "\xe9", "1": "c"}, "Another job may have set names at the same time"),
    ({"0": "a"}, {"0": "b"}, "Another job may have set names at the same time"),
    ({"0": "a"}, {"0": "a", "1": "b"}, "Another job may have set names at the same time"),
    ({"0": "a", "1": "b", "2": "c"}, {"1": "b"}, "Another job may have removed the names of attributes 0, 2"),
    ({"0": "e\u0301"}, {}, "Another job may have removed the names of attributes 0"),
    ({"0": "a"}, {"0": "a"}, "Another job may have set names"),  # types alone differ
]


@pytest.mark.parametrize(("expected", "found", "hint"), DIFFERENCES)
def test_what_may_have_changed_the_names(expected, found, hint):
    assert hint in attr_name_rules.difference(expected, found)
