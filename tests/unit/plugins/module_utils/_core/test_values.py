# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What YAML made of strings, maps and lists is accepted or rejected, and never converted."""

from __future__ import annotations

import datetime
import json
from unittest import mock

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import values
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError
from hypothesis import given
from hypothesis import strategies as st
from rejected import INVISIBLE, VISIBLE, refusal

Text, Number = type("Text", (str,), {}), type("Number", (int,), {})  # as Ansible's templates deliver them


def refused(work) -> str:
    """Return the message with which *work* rejects an option."""
    found = refusal(work)
    assert found.not_accepted
    return found.message


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *((text, "a string") for text in ("x", Text("x"))),
        *((number, "a number") for number in (3, Number(3), 1.5)),
        *((day, "a date") for day in (datetime.date(2024, 1, 1), datetime.datetime(2024, 1, 1))),
        *(([], "a list"), ((), "a list"), ({}, "a map")),
        *((True, "a boolean"), (None, "null"), (b"x", "another type")),
    ],
)
def test_kinds(value, kind):
    assert values.kind(value) == kind


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


@pytest.mark.parametrize(("text", "message"), INVISIBLE)
def test_what_nobody_can_see_is_rejected(text, message):
    found = refused(lambda: values.require_visible("the name", text))
    assert found.startswith(f"the name {message}") and ascii(text) in found and found.isprintable()


@pytest.mark.parametrize("text", VISIBLE)
def test_what_can_be_seen_is_accepted(text):
    assert values.require_visible("the name", text) is text


@pytest.mark.parametrize("text", ["a", "a b", "\u7ba1", " a", "a\n", "a\x00b", "a\t"])
def test_accounts(text):
    assert values.is_account(text) is (text in ("a", "a b", "\u7ba1"))


@pytest.mark.parametrize("given", [["a"], ("a",), []])
def test_a_list_is_a_list(given):
    assert values.require_list("users", given, "[x]") == list(given)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *(("a,b", "a string"), ("", "a string"), (None, "null"), (3, "a number"), (True, "a boolean")),
        *((["a"], "a list"), ({}, "a map")),
    ],
)
def test_what_is_not_a_list_or_a_map_is_rejected(value, kind):
    shown = kind if value is None else f"{kind}: {value!r}"
    if kind != "a list":
        message = refused(lambda: values.require_list("users", value, "[u1, u2]"))
        assert message == f"users must be a list, not {shown}. Write a list such as [u1, u2]."
    if kind != "a map":
        message = refused(lambda: values.require_map("names", value, "{0: sex}"))
        hint = "Write a map such as {0: sex}, with a space after each colon."
        assert message == f"names must be a map, not {shown}. {hint}"


@pytest.mark.parametrize(("require", "text"), [(values.require_list, " [u1]"), (values.require_map, " {0: sex")])
def test_yaml_in_quotes_is_recognized(require, text):
    assert refused(lambda: require("users", text, "x")).endswith(f"{text!r}. Remove the quotes, or use | from_yaml.")


def test_a_message_lists_twenty_items_at_most():
    assert values.listed(["a", "b"]) == "'a', 'b'" and values.listed([]) == ""
    assert values.listed(map(str, range(20))).endswith("'18', '19'")
    assert values.listed(map(str, range(25))).endswith("'18', '19' and 5 more")


@pytest.mark.parametrize("error", [TypeError, ValueError, SyntaxError, KeyError, RecursionError])
def test_whatever_ansible_raises_for_a_string_is_an_error_message(monkeypatch, error):
    """In ansible-core 2.16, "0=sex city" raises a ValueError."""
    monkeypatch.setattr(values, "check_type_dict", mock.Mock(side_effect=error))
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
