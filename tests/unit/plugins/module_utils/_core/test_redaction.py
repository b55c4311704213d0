# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.redaction import MASK, Redactor
from hypothesis import given
from hypothesis import strategies as st

SECRET = 'eJw*a-b_c"d\\e+/='


@pytest.mark.parametrize(
    "form",
    [
        *(SECRET, quote(SECRET), quote(SECRET, safe=""), quote(SECRET, safe="").replace("%2A", "%2a")),
        *(quote_plus(SECRET), urlencode({"usersig": SECRET}), json.dumps(SECRET), json.dumps({"x": SECRET})),
        *(encode(SECRET.encode()).decode() for encode in (base64.b64encode, base64.urlsafe_b64encode)),
        SECRET.replace("*", r"\u002a"),
    ],
)
def test_every_form_of_a_secret_is_masked_at_any_depth_and_in_keys(form):
    masked = Redactor([SECRET]).text(form)
    assert MASK in masked and form.strip('"') not in masked
    found = Redactor([SECRET])({form: {"a": [{f"before {form} after": (form, 1)}]}, 7: None})
    assert found == {masked: {"a": [{f"before {masked} after": [masked, 1]}]}, 7: None}


@given(st.text(min_size=8), st.text(), st.text())
def test_every_text_is_masked(secret, before, after):
    masked = Redactor([secret])({"a": [before + secret + after, 3, None, True]})
    assert secret not in masked["a"][0].replace(MASK, "")
    assert masked["a"][1:] == [3, None, True]


def test_a_text_that_is_a_secret_alone_is_masked_each_time():
    redact = Redactor(["abcdef", "abc"])
    assert [redact.text(text) for text in ("ab", "abc", "ab", "abc", "abcdef")] == ["ab", MASK, "ab", MASK, MASK]


def test_secrets_that_are_added_later_are_masked_too():
    redact = Redactor(["first-secret"])
    redact.learn("")
    assert redact.secrets == {"first-secret"}
    for new, masked in (("second", f"{MASK} {MASK} first"), ("first", f"{MASK} {MASK} {MASK}")):
        redact.learn(new)
        assert redact.text("first-secret second first") == masked


@pytest.mark.parametrize(
    ("secrets", "text", "masked"),
    [
        (["abc", "abcdef"], "x abcdef y abc z", f"x {MASK} y {MASK} z"),
        (["zzzz", "abzzzzcd"], "x abzzzzcd x zzzz", f"x {MASK} x {MASK}"),
        (["city"], "velocity of a City, CITY, cit, ity", f"velo{MASK} of a City, CITY, cit, ity"),
        (["first", "", "first"], "first", MASK),
        (["", ""], "first", "first"),
        ([], "first", "first"),
    ],
)
def test_each_secret_is_masked_as_a_whole_and_nothing_else(secrets, text, masked):
    assert Redactor(secrets).text(text) == masked and Redactor(secrets).text("") == ""
    assert Redactor(secrets)({"a": [text, None, 3], text: {}}) == {"a": [masked, None, 3], masked: {}}
