# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import json

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils import attr_names
from ansible_collections.tencentcloud.chat.plugins.module_utils.errors import (
    ChatError,
    OptionError,
)
from hypothesis import given
from hypothesis import strategies as st

numbers = st.sampled_from("0123456789")
texts = st.text(min_size=1, max_size=12).filter(
    lambda text: text.strip() and len(text.encode("utf-8", "replace")) <= 50
)
names = st.dictionaries(numbers, texts.filter(str.isprintable), max_size=10)
unique = names.map(lambda some: {number: name for number, name in some.items() if list(some.values()).count(name) == 1})

# What is given, and what the message must hold.
REFUSED = [
    ({10: "x"}, "10 is no number"),
    ({"10": "x"}, "'10' is no number"),
    ({"01": "x"}, "'01' is no number"),
    ({-1: "x"}, "-1 is no number"),
    ({"-1": "x"}, "'-1' is no number"),
    ({"+1": "x"}, "'+1' is no number"),
    ({" 1": "x"}, "' 1' is no number"),
    ({"٣": "x"}, "'٣' is no number"),
    ({"３": "x"}, "'３' is no number"),
    ({"²": "x"}, "'²' is no number"),
    ({"sex": "x"}, "'sex' is no number"),
    ({"": "x"}, "'' is no number"),
    ({"1.0": "x"}, "'1.0' is no number"),
    ({1.0: "x"}, "1.0 is no number"),
    ({True: "x"}, "True is no number"),
    ({None: "x"}, "None is no number"),
    ({"true": "x"}, "'true' is no number"),
    ({(1, 2): "x"}, "(1, 2) is no number"),
    ({0: "x", "0": "y"}, "number 0 stands there twice"),
    ({0: ""}, "number 0 is empty: ''"),
    ({0: "  "}, "number 0 is empty: '  '"),
    ({0: "\t\n"}, "number 0 is empty"),
    ({0: "a" * 51}, "has 51 bytes in UTF-8, more than 50"),
    ({0: "城" * 17}, "has 51 bytes in UTF-8, more than 50"),
    ({0: "a" * 5000}, "has 5000 bytes"),
    ({0: "\ud800"}, "no valid Unicode"),
    ({0: True}, "not text but a boolean: True. Quote it"),
    ({0: False}, "not text but a boolean: False. Quote it"),
    ({0: 2024}, "not text but a number: 2024. Quote it"),
    ({0: 1.5}, "not text but a number: 1.5. Quote it"),
    ({0: None}, "not text but null: None. Quote it"),
    ({0: ["a"]}, "not text but a list: ['a']. Quote it"),
    ({0: {"a": "b"}}, "not text but a map"),
    ({0: datetime.date(2024, 1, 1)}, "not text but a date: 2024-01-01. Quote it"),
    ({0: b"sex"}, "not text but of another type"),
    ({0: "city", 1: "city"}, "the name 'city' of number 0 is also that of number 1"),
    ({**{n: f"n{n}" for n in range(10)}, 10: "eleventh"}, "10 is no number"),
]


@pytest.mark.parametrize(("option", "message"), REFUSED)
def test_wrong_names_are_refused_in_words_that_help(option, message):
    with pytest.raises(OptionError) as refused:
        attr_names.parse_wanted(option)
    msg = refused.value.as_result()["msg"]
    assert msg.startswith("attr_names: ")
    assert message in msg


@pytest.mark.parametrize(
    ("option", "names"),
    [
        ({}, {}),
        ({0: "sex"}, {"0": "sex"}),
        ({"9": "a", 1: "b"}, {"1": "b", "9": "a"}),
        ({0: "a" * 50}, {"0": "a" * 50}),
        ({0: "城" * 16 + "ab"}, {"0": "城" * 16 + "ab"}),
        ({0: "first name"}, {"0": "first name"}),
        ({0: "yes", 1: "2024", 2: "null"}, {"0": "yes", "1": "2024", "2": "null"}),
        ({n: f"n{n}" for n in range(10)}, {str(n): f"n{n}" for n in range(10)}),
        ({0: "City", 1: "city"}, {"0": "City", "1": "city"}),
    ],
)
def test_right_names_are_taken_as_they_are(option, names):
    assert attr_names.parse_wanted(option) == names
    assert list(attr_names.parse_wanted(option)) == sorted(names)


@given(
    st.dictionaries(
        st.one_of(numbers, st.integers(), st.text(max_size=3)), st.one_of(st.text(), st.none(), st.booleans())
    )
)
def test_whatever_is_given_is_taken_unchanged_or_refused(option):
    try:
        parsed = attr_names.parse_wanted(option)
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
def test_every_form_of_no_name_is_none(answer):
    assert attr_names.parse_answer(answer) == {}


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
def test_an_answer_of_another_shape_is_an_error(answer):
    with pytest.raises(ChatError, match="not one of the Chat service"):
        attr_names.parse_answer(answer)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values)
def test_any_json_for_names_is_read_or_an_error(value):
    try:
        found = attr_names.parse_answer({"AttrNames": value})
    except ChatError:
        return
    assert all(number in "0123456789" and name for number, name in found.items())
    json.dumps(found, ensure_ascii=False).encode()


@given(unique, unique)
def test_plan_keeps_what_is_not_listed_and_is_stable(current, wanted):
    try:
        after = attr_names.plan(current, wanted)
    except OptionError:
        untouched = [name for number, name in current.items() if number not in wanted]
        assert set(untouched) & set(wanted.values())
        return
    assert {number: after[number] for number in wanted} == wanted
    assert all(after[number] == name for number, name in current.items() if number not in wanted)
    assert set(after) == {*current, *wanted}
    assert attr_names.plan(after, wanted) == after
    assert list(after) == sorted(after)


def test_plan_refuses_a_name_that_stays_with_another_number():
    with pytest.raises(OptionError, match="the name 'city' of number 0 is also that of number 1"):
        attr_names.plan({"1": "city"}, {"0": "city"})


def test_plan_lets_names_change_places():
    assert attr_names.plan({"0": "a", "1": "b"}, {"0": "b", "1": "a"}) == {"0": "b", "1": "a"}


def test_a_rename_is_warned_of_and_a_new_name_is_not():
    (warning,) = attr_names.renames({"0": "sex"}, {"0": "gender", "1": "city"})
    assert "Attribute 0 is renamed from 'sex' to 'gender'" in warning
    assert attr_names.renames({"0": "sex"}, {"0": "sex"}) == []
