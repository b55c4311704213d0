# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that names, values and tags can be: what cannot be seen is rejected, and named."""

from __future__ import annotations

import unicodedata

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import Failure, OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import texts
from hypothesis import given
from hypothesis import strategies as st

INSIDE = [
    *(("a\x1bb", "U+001B"), ("a\x7f", "U+007F"), ("a\x85b", "U+0085"), ("se\u202ex", "U+202E"), ("a\u2028b", "U+2028")),
    *(("a\u2029b", "U+2029"), ("so\u00adft", "U+00AD"), ("\u2066a\u2069", "U+2066"), ("a\U000e0041", "U+E0041")),
    *(("\u200dab", "U+200D"), ("ab\u200c", "U+200C")),
]
# What is given, and how a message goes on after the label.
INVISIBLE = [
    ("sex\n", "contains the invisible character U+000A: 'sex\\n'. Remove the character."),
    ("\tsex", "contains the invisible character U+0009: '\\tsex'"),
    ("a\x00b", "contains the invisible character U+0000: 'a\\x00b'"),
    ("\ufeffsex", "contains the invisible character U+FEFF: '\\ufeffsex'"),
    ("se\u200bx", "contains the invisible character U+200B: 'se\\u200bx'"),
    *((text, f"contains the invisible character {code}") for text, code in INSIDE),
    (" sex", "starts with a space (U+0020): ' sex'. Remove the space."),
    ("sex ", "ends with a space (U+0020): 'sex '"),
    ("\u3000sex", "starts with a space (U+3000): '\\u3000sex'"),
    ("sex\u00a0", "ends with a space (U+00A0): 'sex\\xa0'"),
]
# Words that need a joiner, an emoji that is made of several, combining characters, blanks inside.
VISIBLE = ["می\u200cخواهم", "क्\u200dष", "👩\u200d🚀", "e\u0301", "first name", "城市", "a\u00a0b", "ﷺ", "✈\ufe0f"]


def refusal(work, *args, error=OptionError, **given) -> Failure:
    """Return why *work* rejects what is given."""
    with pytest.raises(error) as rejected:
        work(*args, **given)
    return rejected.value.failure


@pytest.mark.parametrize(("text", "part"), INVISIBLE)
def test_reject_what_cannot_be_seen(text, part):
    message = refusal(texts.require, "option", text, empty="Set it").message
    assert message.startswith(f"option {part}") and message.isascii()


@pytest.mark.parametrize("text", VISIBLE)
def test_accept_all_words(text):
    assert texts.require("option", text, empty="Set it") == text


@given(st.text(min_size=1, max_size=12))
def test_what_is_accepted_can_be_seen(text):
    try:
        assert texts.require("option", text, empty="Set it") == text
    except OptionError:
        return
    hidden = [char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert set(hidden) <= set("\u200c\u200d") and text.strip() == text != ""
    assert text[0] not in hidden and text[-1] not in hidden
