# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to errors lists each code as the messages of the collection explain it, and the host of each region."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts import calls
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.codes import CODES, Code
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.endpoint import HOSTS
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_names, recall
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH_CODES
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.user_attrs import UserAttrs
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.user_tags import UserTags

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_errors.rst").read_text()
SENTENCES = " ".join(GUIDE.split())
# The sections, and the codes that they list besides those of all calls.
SECTIONS = {
    "Errors and what to do": [],
    "Accounts": [calls.CODES],
    "Push attribute names": [attr_names.CODES],
    "User attributes and tags": [UserAttrs.CODES, UserTags.CODES],
    # The guide describes in sentences after which codes a push may have been sent, and after which a recall succeeds.
    "Pushes": [{number: code for number, code in PUSH_CODES.items() if not code.may_be_accepted}],
    "Recalls": [{number: code for number, code in recall.CODES.items() if code.hint}],
    "Without a code": [],
}


def row(number: int, code: Code) -> tuple[str, ...]:
    """Return the row of the guide for a code: number, meaning, hints, retries."""
    hints = code.hint + (f". With ``secret_key``: {code.key_hint}" if code.key_hint else "")
    once = "once, with a new UserSig, if ``secret_key`` is set" if code.needs_new_usersig else ""
    later = "after a delay, until the time of the call is up" if code.is_throttled else "after a delay"
    return str(number), code.meaning, hints, later if code.is_transient else once


@pytest.mark.parametrize("title", SECTIONS)
def test_the_guide_lists_the_codes_of_each_section(title):
    text = GUIDE.partition(f"\n{title}\n")[2]
    end = re.search(rf"^({'|'.join(SECTIONS)})$|\Z", text, re.M).start()
    rows = re.findall(r"^   \* - (\d+)\n     - (.*)\n     - (.*)\n     - ?(.*)\n", text[:end], re.M)
    own = {row(*item) for codes in SECTIONS[title] for item in codes.items() if CODES.get(item[0]) != item[1]}
    assert set(rows) == (own if title != "Errors and what to do" else {row(*item) for item in CODES.items()})


def test_the_guide_lists_the_codes_after_which_a_push_may_have_been_sent():
    codes = {**CODES, **PUSH_CODES}
    uncertain = sorted(str(number) for number, code in codes.items() if code.may_be_accepted)
    assert f"after {', '.join(uncertain[:-1])} and {uncertain[-1]}, because" in SENTENCES


def test_the_guide_names_the_code_after_which_a_recall_succeeds():
    assert [number for number, code in recall.CODES.items() if not code.hint] == [90050]
    assert "90050, because" in SENTENCES


def test_the_guide_lists_the_host_of_each_region():
    assert dict(re.findall(r"^   \* - ``(\w+)``\n     - (\S+\.com)$", GUIDE, re.M)) == HOSTS
