# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that names, values and tags can be: what cannot be seen is rejected, and named."""

from __future__ import annotations

import unicodedata

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import texts
from hypothesis import given
from hypothesis import strategies as st
from rejected import INVISIBLE, VISIBLE, refusal


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
