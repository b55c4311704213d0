# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to errors lists each code as the messages of the collection explain it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts import calls
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.codes import CODES, Code
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_names, recall
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH_CODES
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.user_attrs import UserAttrs
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.user_tags import UserTags

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_errors.rst"
TITLES = (
    "Errors and what to do",
    "Accounts",
    "Push attribute names",
    "User attributes and tags",
    "Pushes",
    "Recalls",
    "Without a code",
)

Row = tuple[int, str, str, str]


def row(number: int, code: Code) -> Row:
    """Return the row of the guide for a code: number, meaning, hints, retries."""
    hints = code.hint + (f". With ``secret_key``: {code.key_hint}" if code.key_hint else "")
    once = "once, with a new UserSig, if ``secret_key`` is set" if code.needs_new_usersig else ""
    later = "after a delay, until the time of the call is up" if code.is_throttled else "after a delay"
    return number, code.meaning, hints, later if code.is_transient else once


def own(codes: Mapping[int, Code]) -> set[Row]:
    """Return the rows of *codes* that differ from CODES."""
    return {row(*item) for item in codes.items() if CODES.get(item[0]) != item[1]}


def section(title: str) -> set[Row]:
    """Return the rows of a section of the guide."""
    text = GUIDE.read_text().partition(f"\n{title}\n")[2]
    following = TITLES[TITLES.index(title) + 1]
    rows = re.findall(
        r"^   \* - (\d+)\n     - (.*)\n     - (.*)\n     -(.*)\n", text.partition(f"\n{following}\n")[0], re.M
    )
    return {(int(number), meaning, hints, retries.strip()) for number, meaning, hints, retries in rows}


def test_the_guide_lists_the_codes_of_all_calls():
    assert section("Errors and what to do") == {row(*item) for item in CODES.items()}


def test_the_guide_lists_the_codes_of_accounts():
    assert section("Accounts") == own(calls.CODES)


def test_the_guide_lists_the_codes_of_names():
    assert section("Push attribute names") == own(attr_names.CODES)


def test_the_guide_lists_the_codes_of_users():
    assert section("User attributes and tags") == own(UserAttrs.CODES) | own(UserTags.CODES)


def test_the_guide_lists_the_codes_of_pushes():
    """The guide describes what is uncertain in a sentence."""
    assert section("Pushes") == own({number: code for number, code in PUSH_CODES.items() if not code.may_be_accepted})


def test_the_guide_lists_the_codes_of_recalls():
    """After 90050, a recall succeeds. The guide describes this in a sentence."""
    assert section("Recalls") == own({number: code for number, code in recall.CODES.items() if code.hint})
    assert [number for number, code in recall.CODES.items() if not code.hint] == [90050]
    assert "90050, because" in " ".join(GUIDE.read_text().split())


def test_the_guide_lists_the_codes_after_which_a_push_may_have_been_sent():
    codes = {**CODES, **PUSH_CODES}
    uncertain = sorted(str(number) for number, code in codes.items() if code.may_be_accepted)
    text = " ".join(GUIDE.read_text().split())
    assert f"after {', '.join(uncertain[:-1])} and {uncertain[-1]}, because" in text
