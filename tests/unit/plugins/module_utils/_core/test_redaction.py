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
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        urlencode({"usersig": SECRET}),
        json.dumps(SECRET),
        json.dumps({"x": SECRET}),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        SECRET.replace("*", r"\u002a"),
        quote(SECRET, safe="").replace("%2A", "%2a"),
    ],
)
def test_every_form_of_a_secret_is_masked(form):
    masked = Redactor([SECRET])(["before " + form + " after"])[0]
    assert MASK in masked
    assert form.strip('"') not in masked
    assert masked.startswith("before ") and masked.endswith(" after")


@given(st.text(min_size=8), st.text(), st.text())
def test_every_text_is_masked(secret, before, after):
    masked = Redactor([secret])({"a": [before + secret + after, 3, None, True]})
    assert secret not in masked["a"][0].replace(MASK, "")
    assert masked["a"][1:] == [3, None, True]


def test_text_that_is_not_secret_is_unchanged():
    value = {"attr_names": {"0": "sex"}, "sdkappid": 1400000001, "identifier": "administrator", "none": None}
    assert Redactor([SECRET, ""])(value) == value
    assert Redactor()(value) == value


def test_a_secret_within_a_longer_one_does_not_unmask_it():
    assert Redactor(["abc", "abcdef"]).text("x abcdef y abc z") == f"x {MASK} y {MASK} z"


def test_a_text_that_is_a_secret_alone_is_masked_each_time():
    redact = Redactor(["abcdef", "abc"])
    assert [redact.text(text) for text in ("ab", "abc", "ab", "abc", "abcdef")] == ["ab", MASK, "ab", MASK, MASK]


def test_a_secret_within_another_does_not_leave_its_ends():
    assert Redactor(["zzzz", "abzzzzcd"]).text("x abzzzzcd x zzzz") == f"x {MASK} x {MASK}"


def test_secrets_that_are_added_later_are_masked_too():
    redact = Redactor(["first-secret"])
    assert redact.text("first-secret second-secret") == f"{MASK} second-secret"
    redact.learn("second-secret")
    assert redact.text("first-secret second-secret") == f"{MASK} {MASK}"


@pytest.mark.parametrize("form", [SECRET, quote(SECRET, safe=""), json.dumps(SECRET)[1:-1]])
def test_keys_are_masked_at_any_depth(form):
    masked = Redactor([SECRET])({form: {"a": [{f"x{form}": (form, 1)}]}, 7: None})
    assert masked == {MASK: {"a": [{f"x{MASK}": [MASK, 1]}]}, 7: None}


def test_nothing_but_the_secrets_that_were_given_is_masked():
    redact = Redactor(["city"])
    assert redact({"cit": "ity", "City": "CITY"}) == {"cit": "ity", "City": "CITY"}
    assert redact.text("velocity") == f"velo{MASK}"


def test_an_empty_secret_masks_nothing_and_a_secret_is_learned_once():
    redact = Redactor(["first-secret", "", "first-secret"])
    redact.learn("")
    assert redact.secrets == {"first-secret"} and redact.text("") == ""
    redact.learn("first-secret-2")
    assert redact.text("first-secret-2 first-secret") == f"{MASK} {MASK}"
