# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What YAML made of strings, maps and lists is accepted or rejected, and never converted."""

from __future__ import annotations

import datetime
import json

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import values
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError
from hypothesis import given
from hypothesis import strategies as st

Text, Number = type("Text", (str,), {}), type("Number", (int,), {})  # as Ansible's templates deliver them
KINDS = [
    ("x", "a string"),
    (Text("x"), "a string"),
    (True, "a boolean"),
    (3, "a number"),
    (Number(3), "a number"),
    (1.5, "a number"),
    ([], "a list"),
    ((), "a list"),
    ({}, "a map"),
    (datetime.date(2024, 1, 1), "a date"),
    (datetime.datetime(2024, 1, 1), "a date"),
    (None, "null"),
    (b"x", "another type"),
]


def refused(work) -> str:
    """Return the message with which *work* rejects an option."""
    with pytest.raises(OptionError) as error:
        work()
    assert error.value.failure.not_accepted
    return error.value.failure.message


@pytest.mark.parametrize(("value", "kind"), KINDS)
def test_kinds(value, kind):
    assert values.kind(value) == kind


# -- strings ------------------------------------------------------------------------------------------------------


def test_a_string_is_returned_unchanged():
    for text in ("x", "\u00e9", " x ", "x" * 50, Text("x")):
        assert values.require_text("the name", text, 50) is text
    assert values.require_text("the name", "\u00e9" * 25, 50) and values.require_text("the name", "x" * 5000)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "the name must be a string, not a boolean: True. Quote the value."),
        (7, "the name must be a string, not a number: 7. Quote the value."),
        (datetime.date(2024, 1, 1), "the name must be a string, not a date: 2024-01-01. Quote the value."),
        (["a"], "the name must be a string, not a list: ['a']. Write one string."),
        ({"a": 1}, "the name must be a string, not a map: {'a': 1}. Write one string."),
        (None, "the name must be a string, not null. Set a name."),
        ("", "the name is empty: ''. Set a name."),
        ("  ", "the name is empty: '  '. Set a name."),
        ("x" * 51, f"the name has 51 bytes in UTF-8, but at most 50 are allowed: '{'x' * 51}'. Shorten the text."),
        ("\u00e9" * 26, "the name has 52 bytes in UTF-8"),
        ("\ud83d", "the name is not valid Unicode: '\\ud83d'. Remove the invalid characters."),
    ],
)
def test_what_is_not_a_string_is_rejected(value, message):
    assert refused(lambda: values.require_text("the name", value, 50, "Set a name")).startswith(message)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sex\n", "U+000A"),
        ("a\x00b", "U+0000"),
        ("a\tb", "U+0009"),
        ("\x7f", "U+007F"),
        ("\ufeffsex", "U+FEFF"),
        ("a\u202eb", "U+202E"),
        ("a\u200bb", "U+200B"),
        ("a\u2028b", "U+2028"),
        ("\u200cab", "U+200C"),
        ("ab\u200d", "U+200D"),
        (" sex", "starts with a space (U+0020)"),
        ("sex ", "ends with a space (U+0020)"),
        ("sex\u00a0", "ends with a space (U+00A0)"),
        ("\u3000sex", "starts with a space (U+3000)"),
    ],
)
def test_what_nobody_can_see_is_rejected(text, problem):
    message = refused(lambda: values.require_visible("the name", text))
    assert problem in message and ascii(text) in message and message.isprintable()


@pytest.mark.parametrize("text", ["sex", "a b", "a\u200cb", "a\u200db", "\U0001f468\u200d\U0001f469", "\u7ba1\u7406"])
def test_what_can_be_seen_is_accepted(text):
    assert values.require_visible("the name", text) is text


@pytest.mark.parametrize(
    ("text", "good"),
    [("a", True), ("a b", True), ("\u7ba1", True), (" a", False), ("a\n", False), ("a\x00b", False), ("a\t", False)],
)
def test_accounts(text, good):
    assert values.is_account(text) is good


# -- lists --------------------------------------------------------------------------------------------------------


def test_a_list_is_a_list():
    assert values.require_list("users", ["a"], "[x]") == ["a"] and values.require_list("users", ("a",), "[x]") == ["a"]
    assert values.require_list("users", [], "[x]") == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [("a,b", "a string: 'a,b'"), (None, "null"), ({"a": 1}, "a map: {'a': 1}"), (3, "a number: 3")],
)
def test_what_is_not_a_list_is_rejected(value, shown):
    message = refused(lambda: values.require_list("users", value, "[u1, u2]"))
    assert message == f"users must be a list, not {shown}. Write a list such as [u1, u2]."
    quoted = refused(lambda: values.require_list("users", f" [{shown}", "[u1, u2]"))
    assert quoted.endswith(f"{values._UNQUOTE}.")


def test_a_message_lists_twenty_items_at_most():
    assert values.listed(["a", "b"]) == "'a', 'b'" and values.listed([]) == ""
    assert values.listed(map(str, range(20))).endswith("'18', '19'")
    assert values.listed(map(str, range(25))).endswith("'18', '19' and 5 more")


# -- maps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("sex", "a string: 'sex'"),
        ("", "a string: ''"),
        (None, "null"),
        (["a"], "a list: ['a']"),
        (True, "a boolean: True"),
    ],
)
def test_what_is_not_a_map_is_rejected(value, shown):
    message = refused(lambda: values.require_map("names", value, "{0: sex}"))
    assert (
        message == f"names must be a map, not {shown}. Write a map such as {{0: sex}}, with a space after each colon."
    )


@pytest.mark.parametrize("error", [TypeError, ValueError, SyntaxError, KeyError])
def test_whatever_ansible_raises_for_a_string_is_an_error_message(monkeypatch, error):
    """In ansible-core 2.16, "0=sex city" raises a ValueError."""

    def check_type_dict(value):
        raise error(value)

    monkeypatch.setattr(values, "check_type_dict", check_type_dict)
    message = refused(lambda: values.require_map("names", "0=sex city", "{0: sex}"))
    assert message.startswith("names must be a map, not a string: '0=sex city'. Write a map such as {0: sex}")


@given(st.dictionaries(st.text("abc", min_size=1), st.text("xyz城", min_size=1), min_size=1))
def test_pairs_and_json_text_are_a_map(given):
    pairs = " ".join(f"{key}={value}" for key, value in given.items())
    assert values.require_map("names", pairs, "{0: sex}") == given
    assert values.require_map("names", json.dumps(given), "{0: sex}") == given
    for text in (f"{pairs} y", f"y {pairs}", json.dumps([given]), json.dumps(given)[:-1]):
        with pytest.raises(OptionError, match=r"^names must be a map, not a string: "):
            values.require_map("names", text, "{0: sex}")


def test_null_unsets_an_option():
    parse = values.optional(int)
    assert (parse(None), parse("3")) == (None, 3)


@pytest.mark.parametrize("value", [None, 3, True, b"x", ["x"], "\ud800", "a\udfff"], ids=range(7))
def test_a_response_can_contain_what_is_not_text(value):
    assert not values.is_text(value) and values.is_text("x\n") and values.is_text("")
