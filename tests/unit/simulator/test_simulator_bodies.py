# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service of the simulator without a network: rates, and bodies of any form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live.contract import EVERY
from simulator.core import COMMANDS, INFERRED


@pytest.mark.parametrize(
    ("command", "settings", "most"),
    [
        ("im_get_tag", {}, 100),
        ("account_check", {}, 100),
        ("account_import", {}, 200),
        ("portrait_get", {}, 200),
        ("portrait_set", {}, 200),
        ("batch", {"batches_per_second": 10}, 10),
        ("batch", {"batches_per_second": 40}, 40),
        ("all_member_push_statistics", {"reports_per_second": 1}, 1),
        ("all_member_push_loss", {"reports_per_second": 1}, 1),
        ("all_member_push_loss", {"reports_per_second": 3}, 3),
    ],
)
def test_each_app_and_command_has_a_rate_of_its_own(serve, command, settings, most):
    api = serve(**settings)
    codes = [api(command)[0] for _turn in range(most + 1)]
    assert [code == 60011 for code in codes] == [False] * most + [True]
    assert api("im_get_attr_name")[0] == 0
    api.clock.sleep(1)
    assert api(command)[0] != 60011


TEXTS = st.sampled_from(["", "a", "sex", "x" * 51, "城市", "ann", "bob", "TIMTextElem", "\0"])
FIELDS = [
    *("AttrNames", "AttrTypes", "To_Account", "UserAttrs", "UserTags", "Attrs", "Tags", "Replace", "MsgRandom"),
    *("MsgBody", "MsgType", "MsgContent", "Text", "MsgLifeTime", "OnlineOnlyFlag", "Condition", "OfflinePushInfo"),
    *("AttrsOr", "AttrsAnd", "TagsOr", "TagsAnd", "TagsNot", "From_Account", "Title", "PushFlag", "0", "1", "sex"),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
)


@st.composite
def spoiled(draw: Any, value: Any) -> Any:
    """Return *value* without some part of it, or with another value in its place."""
    if not value or not isinstance(value, (dict, list)) or draw(st.booleans()):
        return draw(VALUES)
    part = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
    changed = value.copy()
    changed[part] = draw(spoiled(value[part]))
    if draw(st.booleans()):
        del changed[part]
    return changed


# For each command, the longest body of the contract that is valid and not huge.
VALID = [row for row in EVERY if row.code in (0, 90049) and len(str(row.body)) < 400]
BODIES: dict[str, Any] = {row.command: row.body for row in sorted(VALID, key=lambda row: len(str(row.body)))}


@given(data=st.data(), lax=st.booleans())
@pytest.mark.parametrize("command", [path.rpartition("/")[2] for path in COMMANDS])
def test_every_body_and_every_almost_valid_body_gets_a_document(serve, command, data, lax):
    api = serve(**({"codes": dict.fromkeys(INFERRED, 0), "unknown_accounts": "empty"} if lax else {}))
    _code, answer = api(command, data.draw(spoiled(BODIES[command])))
    assert (answer["ActionStatus"] == "OK") is (answer["ErrorCode"] == 0)
    json.dumps(answer)
