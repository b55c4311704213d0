# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service of the simulator without a network: rates, and bodies of any form."""

from __future__ import annotations

import json
from typing import Any

import pytest
import TLSSigAPIv2
from hypothesis import given
from hypothesis import strategies as st
from simulator.app import App
from simulator.core import COMMANDS, INFERRED
from simulator.service import Service


def signed_query(app: App) -> list[tuple[str, str]]:
    """Return the query of a request to *app*."""
    signed = TLSSigAPIv2.TLSSigAPIv2(app.sdkappid, app.secret_key).gen_sig("administrator")
    query = {"sdkappid": str(app.sdkappid), "identifier": "administrator", "usersig": signed, "random": "1"}
    return [*query.items(), ("contenttype", "json")]


@pytest.mark.parametrize(
    ("path", "settings", "most"),
    [
        ("im_open_login_svc/account_check", {}, 100),
        ("im_open_login_svc/account_import", {}, 200),
        ("profile/portrait_get", {}, 200),
        ("profile/portrait_set", {}, 200),
        ("timpush/batch", {}, 10),
        ("timpush/batch", {"batches_per_second": 40}, 40),
        ("timpush/all_member_push_statistics", {}, 1),
        ("timpush/all_member_push_loss", {}, 1),
        ("timpush/all_member_push_loss", {"reports_per_second": 3}, 3),
    ],
)
def test_a_command_can_have_a_rate_of_its_own(path, settings, most):
    service = Service()
    app = service.add(App(1400000001, "k", **settings))
    query = signed_query(app)
    codes = [service.answer(f"v4/{path}", query, b"{}")["ErrorCode"] for _turn in range(most + 1)]
    assert [code == 60011 for code in codes] == [False] * most + [True]


TEXTS = st.sampled_from(["", "a", "sex", "x" * 51, "城市", "u1", "u2", "TIMTextElem", "\0"])
FIELDS = [
    *("AttrNames", "AttrTypes", "To_Account", "UserAttrs", "UserTags", "Attrs", "Tags", "Replace", "MsgRandom"),
    *("MsgBody", "MsgType", "MsgContent", "Text", "MsgLifeTime", "OnlineOnlyFlag", "Condition", "OfflinePushInfo"),
    *("AttrsOr", "AttrsAnd", "TagsOr", "TagsAnd", "TagsNot", "From_Account", "Title", "PushFlag", "0", "1", "sex"),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
)
ENTRIES = st.lists(
    st.fixed_dictionaries({"To_Account": VALUES | st.just("u1")}, optional={"Attrs": VALUES, "Tags": VALUES}),
    max_size=2,
)
BODIES = VALUES | st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(FIELDS[:21], VALUES),
        **dict.fromkeys(("UserAttrs", "UserTags"), ENTRIES),
        "MsgRandom": st.just(7),
        "MsgBody": st.just([{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}]) | VALUES,
    },
)


INFO = {"PushFlag": 0, "Title": "t", "Desc": "d"}
PERIOD = {"StartTime": 2**31, "EndTime": 2**31 + 1, "TaskID": ["x"]}
VALID: dict[str, Any] = {
    "im_open_login_svc/account_check": {"CheckItem": [{"UserID": "u1"}]},
    "im_open_login_svc/account_import": {"UserID": "u1", "Nick": "n", "FaceUrl": "u"},
    "im_open_login_svc/multiaccount_import": {"AccountList": [{"UserID": "u1", "Nick": "n", "FaceUrl": "u"}]},
    "im_open_login_svc/account_delete": {"DeleteItem": [{"UserID": "u1"}]},
    "profile/portrait_get": {"To_Account": ["u1"], "TagList": ["Tag_Profile_IM_Nick"]},
    "profile/portrait_set": {"From_Account": "u1", "ProfileItem": [{"Tag": "Tag_Profile_IM_Nick", "Value": "n"}]},
    "timpush/batch": {"From_Account": "u1", "To_Account": ["u1"], "MsgRandom": 7, "OfflinePushInfo": INFO},
    "timpush/revoke": {"TaskId": "x", "OfflinePushInfo": INFO},
    "timpush/all_member_push_statistics": PERIOD,
    "timpush/all_member_push_loss": PERIOD,
}


@st.composite
def spoiled(draw: Any, value: Any) -> Any:
    """Return *value* without some part of it, or with another value in its place."""
    if not isinstance(value, (dict, list)) or draw(st.booleans()):
        return draw(VALUES)
    part = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
    changed = value.copy()
    changed[part] = draw(spoiled(value[part]))
    if draw(st.booleans()):
        del changed[part]
    return changed


def assert_document(path: str, body: object, lax: bool) -> None:
    service = Service()
    app = service.add(App(1400000001, "k", names={"0": "sex"}, users={"u1": {}, "u2": {"tags": ["a"]}}))
    if lax:
        app.codes, app.unknown_accounts = dict.fromkeys(INFERRED, 0), "empty"
    answer = service.answer(path, signed_query(app), json.dumps(body).encode())
    assert (answer["ActionStatus"] == "OK") is (answer["ErrorCode"] == 0)
    json.dumps(answer)


@given(body=BODIES, path=st.sampled_from(sorted(COMMANDS)), lax=st.booleans())
def test_every_body_gets_a_document(body, path, lax):
    assert_document(path, body, lax)


@given(data=st.data(), lax=st.booleans())
@pytest.mark.parametrize("path", VALID)
def test_every_body_that_is_almost_valid_gets_a_document(path, data, lax):
    assert_document(f"v4/{path}", data.draw(spoiled(VALID[path])), lax)
