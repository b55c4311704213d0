# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ours against the vendor's own package, which we did not write."""

from __future__ import annotations

import base64
import json
import time
import zlib

import pytest
import TLSSigAPIv2
from ansible_collections.tencentcloud.chat.plugins.module_utils import attr_names, usersig
from hypothesis import given
from hypothesis import strategies as st

IDENTIFIERS = ["administrator", "ops@example", "管理员", "админ-1", "a b", "emoji\U0001f600"]
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"


def unpack(signature: str) -> dict:
    packed = signature.translate(str.maketrans("*-_", "+/="))
    return json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_the_simulator_accepts_the_vendors_signature(app, connect, identifier):
    app.admins = [identifier]
    vendors = TLSSigAPIv2.TLSSigAPIv2(app.sdkappid, app.secret_key).gen_sig(identifier, 3600)
    assert attr_names.read(connect({"identifier": identifier, "usersig": vendors})) == {}
    assert attr_names.read(connect({"identifier": identifier})) == {}


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_ours_holds_what_the_vendors_rules_compute(identifier, monkeypatch):
    now = int(time.time())
    monkeypatch.setattr(time, "time", lambda: now)
    vendors = unpack(TLSSigAPIv2.TLSSigAPIv2(1400000001, KEY).gen_sig(identifier, 86400))
    ours = unpack(usersig.sign(KEY, 1400000001, identifier, now, 86400))
    assert ours == vendors


@given(
    st.text("0123456789abcdef", min_size=1),
    st.integers(1, 2**31),
    st.text(min_size=1).filter(lambda s: s.isprintable()),
)
def test_any_signature_unpacks_to_what_was_signed(key, sdkappid, identifier):
    signature = usersig.sign(key, sdkappid, identifier, 1700000000, 60)
    claims = unpack(signature)
    assert (claims["TLS.identifier"], claims["TLS.sdkappid"]) == (identifier, sdkappid)
    assert (claims["TLS.time"], claims["TLS.expire"], claims["TLS.ver"]) == (1700000000, 60, "2.0")
    assert set(signature) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*-_")
