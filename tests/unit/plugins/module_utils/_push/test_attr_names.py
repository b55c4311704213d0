# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options for the names and types of attributes, what is planned, and the responses."""

from __future__ import annotations

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_name_rules, attr_types
from hypothesis import given
from hypothesis import strategies as st
from test_texts import INVISIBLE, VISIBLE, refusal

numbers = st.sampled_from("0123456789")

# What is given, and what the message must hold.
REFUSED = [
    ({10: "x"}, "10 is not an attribute number"),
    ({"01": "x"}, "'01' is not an attribute number"),
    ({"٣": "x"}, "'٣' is not an attribute number"),
    ({"sex": "x"}, "'sex' is not an attribute number"),
    ({1.0: "x"}, "1.0 is not an attribute number"),
    ({True: "x"}, "True is not an attribute number"),
    ({0: "x", "0": "y"}, "attribute 0 is listed more than once"),
    ({0: ""}, "attribute 0 is empty: ''"),
    ({0: "a" * 51}, "has 51 bytes in UTF-8, but at most 50 are allowed"),
    ({0: True}, "must be a string, not a boolean: True"),
    ({0: None}, "must be a string, not null"),
    ({0: ["a"]}, "must be a string, not a list: ['a']"),
    ({0: "city", 1: "city"}, "name 'city' is used for attributes 0 and 1"),
    ({"0:sex": None}, "'0:sex' is not an attribute number. Use 0 to 9, without a sign or a leading zero, and put a s"),
    ("0:sex", "attr_names must be a map, not a string: '0:sex'. Write a map such as {0: sex}, with a space after each"),
    ("{0: sex}", "attr_names must be a map, not a string: '{0: sex}'"),
    (None, "attr_names must be a map, not null"),
    *(({3: text}, f"attr_names: the name of attribute 3 {part}") for text, part in INVISIBLE),
]
REFUSED_TYPES = [
    ([1], "Write a map such as {0: 1}"),
    ({10: 0}, "10 is not an attribute number"),
    ({0: 2}, "2 is not a valid type for attribute 0"),
    ({0: True}, "True"),
    ({0: 1.0}, "1.0"),
]
NAMES, TYPES = ("attr_names", attr_name_rules.parse_option), ("attr_types", attr_types.parse_option)


@pytest.mark.parametrize(
    ("name", "parse", "option", "part"),
    [*((*NAMES, *row) for row in REFUSED), *((*TYPES, *row) for row in REFUSED_TYPES)],
)
def test_an_invalid_option_is_rejected_with_a_helpful_message(name, parse, option, part):
    message = refusal(parse, option).message
    assert message.startswith(name) and part in message


@pytest.mark.parametrize(
    ("_name", "parse", "option", "parsed"),
    [
        (*NAMES, {}, {}),
        (*NAMES, '{"0": "sex"}', {"0": "sex"}),
        (*NAMES, "0=sex", {"0": "sex"}),
        (*NAMES, {0: "sex"}, {"0": "sex"}),
        (*NAMES, {"9": "a", 1: "b"}, {"1": "b", "9": "a"}),
        *((*NAMES, {0: text}, {"0": text}) for text in ("a" * 50, "城" * 16 + "ab", *VISIBLE)),
        (*TYPES, {}, {}),
        (*TYPES, {0: 0}, {"0": 0}),
        (*TYPES, {"9": "1", 1: 0}, {"1": 0, "9": 1}),
    ],
)
def test_a_valid_option_is_accepted_in_the_order_of_the_numbers(_name, parse, option, parsed):
    assert repr(parse(option)) == repr(parsed)  # a type is an int


@pytest.mark.parametrize(
    ("parse", "field", "good", "wrong"),
    [
        (
            *(attr_name_rules.parse_response, "AttrNames"),
            *({"9": "b", "0": "城市", "1": None, "2": ""}, [3, 1.5, True, {}, ["a"], "\ud800"]),
        ),
        (
            *(attr_types.parse_response, "AttrTypes"),
            *({"0": 0, "1": 1, "2": None, "3": "", "4": 7}, [True, False, "1", 1.0, [], {}, "x"]),  # 7: one to come
        ),
    ],
)
def test_a_response_of_the_right_shape_is_read_and_any_other_one_is_an_error(parse, field, good, wrong):
    for nothing in ({}, *({field: absent} for absent in (None, "", {}, []))):
        assert parse(nothing) == {}
    found = parse({field: good})
    assert list(found.items()) == sorted((number, value) for number, value in good.items() if value not in (None, ""))
    numbers = ("10", "-1", "", "x", "01", "٣")
    corrupted = [*({**good, "3": value} for value in wrong), *({**good, number: good["0"]} for number in numbers)]
    for answer in (*corrupted, "x", [1], 3):
        with pytest.raises(ChatError, match="not a valid Chat API response"):
            parse({field: answer})


few = st.dictionaries(numbers, st.sampled_from("abcdefghijkl"), max_size=8)
unique = few.map(lambda some: {number: name for number, name in some.items() if list(some.values()).count(name) == 1})


@given(unique, unique)
def test_plan_keeps_what_is_not_listed_and_is_stable(current, wanted):
    untouched = {name for number, name in current.items() if number not in wanted}
    if untouched & set(wanted.values()):
        with pytest.raises(OptionError, match="is used for attributes"):
            attr_name_rules.plan_names(current, wanted)
        return
    after = attr_name_rules.plan_names(current, wanted)
    assert {number: after[number] for number in wanted} == wanted
    assert all(after[number] == name for number, name in current.items() if number not in wanted)
    assert set(after) == {*current, *wanted}
    assert attr_name_rules.plan_names(after, wanted) == after
    assert list(after) == sorted(after)


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


def test_a_type_belongs_to_a_name_and_stays():
    names = {"0": "sex", "1": "city"}
    plan = attr_types.plan
    assert plan({}, {}, {}, names) == {"0": 0, "1": 0}
    assert plan({}, {}, {"1": 1}, names) == {"0": 0, "1": 1}
    assert plan(names, {"0": 1, "1": 7}, {}, names) == {"0": 1, "1": 7}
    assert plan(names, {"1": 1}, {"1": 1}, names) == {"0": 0, "1": 1}
    assert plan(names, {}, {"1": 1}, names) == {"0": 0, "1": 1}  # not known to be set: the service decides
    assert plan({}, {"0": 0}, {"0": 1}, {"0": "sex"}) == {"0": 1}  # shown for a number without a name
    assert plan({}, {"0": 1}, {}, {"0": "sex"}) == {"0": 1}
    with pytest.raises(OptionError, match="attribute 0 has type 1, and cannot change to 0"):
        plan(names, {"0": 1}, {"0": 0}, names)
    with pytest.raises(OptionError, match="attribute 2 has no name"):
        plan(names, {}, {"2": 0}, names)
