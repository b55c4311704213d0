# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare our UserSig with that of the package of Tencent Cloud."""

from __future__ import annotations

import base64
import contextlib
import json
import string
import zlib

import names
import pytest
import TLSSigAPIv2
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import usersig
from hypothesis import given
from hypothesis import strategies as st
from virtual import KEY


def packed(signature: str) -> bytes:
    return base64.b64decode(signature.translate(str.maketrans("*-_", "+/=")), validate=True)


def unpack(signature: str) -> dict:
    return json.loads(zlib.decompress(packed(signature)))


@pytest.mark.parametrize("identifier", ["administrator", "ops@example", "管理员", "админ-1", "a b", "emoji\U0001f600"])
def test_the_package_of_tencent_cloud_generates_the_same_usersig(app, connect, identifier):
    theirs = TLSSigAPIv2.TLSSigAPIv2(app.sdkappid, app.secret_key).gen_sig(identifier, 3600)
    issued_at = usersig.decode(theirs).issued_at
    assert unpack(usersig.sign(app.secret_key, app.sdkappid, identifier, issued_at, 3600)) == unpack(theirs)
    app.admins = [identifier]
    for account in ({"usersig": theirs}, {}):
        assert names.read(connect({"identifier": identifier, **account})) == names.State({})


def pack(text: bytes) -> str:
    return base64.b64encode(zlib.compress(text)).decode().translate(str.maketrans("+/=", "*-_"))


GOOD = {"TLS.ver": "2.0", "TLS.identifier": "a", "TLS.sdkappid": 1, "TLS.expire": 60, "TLS.time": 1, "TLS.sig": "x"}


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "no signature", "Zm9v", "ключ"),
        usersig.sign(KEY, 1, "a", 1, 60)[:-8],
        usersig.sign(KEY, 1, "a", 1, 60) + "Zm9v",
        *map(pack, (b"[]", b"7", b"\xff", b"[" * 50000)),
        pack(json.dumps(GOOD).encode() + b" " * 100000),
        "!".join(pack(json.dumps(GOOD).encode())[half] for half in (slice(8), slice(8, None))),
        *(pack(json.dumps({**GOOD, key: value}).encode()) for key in GOOD for value in (None, [], True)),
        *(pack(json.dumps({key: GOOD[key] for key in GOOD if key != left_out}).encode()) for left_out in GOOD),
        pack(json.dumps({**GOOD, "TLS.ver": "1.0"}).encode()),
        pack(json.dumps({**GOOD, "TLS.sdkappid": "1"}).encode()),
    ],
)
def test_an_invalid_usersig_is_rejected_and_not_shown(wrong):
    assert usersig.decode(pack(json.dumps(GOOD).encode())) == ("a", 1, 1, 60)
    with pytest.raises(ValueError, match=r"^not a valid version 2\.0 UserSig, or truncated or altered$"):
        usersig.decode(wrong)


CLAIMS = st.tuples(st.text(min_size=1).filter(str.isprintable), *[st.integers(1, 2**31)] * 3)


@given(st.text("0123456789abcdef", min_size=1), CLAIMS, st.data())
def test_a_usersig_contains_its_claims_and_is_rejected_or_means_the_same_if_altered(key, claims, data):
    signature = usersig.sign(key, claims[1], claims[0], *claims[2:])
    assert set(signature) <= set(string.ascii_letters + string.digits + "*-_")
    found = usersig.decode(signature)
    assert found == claims and found.expires_at == claims[2] + claims[3]
    at = data.draw(st.integers(0, len(signature) - 1))
    other = data.draw(st.sampled_from("aZ0*-_!é "))
    longer = base64.b64encode(packed(signature) + b"more").decode()
    for altered in (signature[:at], signature[:at] + other + signature[at:], longer):
        with pytest.raises(ValueError, match="not a valid version"):
            usersig.decode(altered)
    with contextlib.suppress(ValueError):  # else only bits that Base64 does not use differ
        assert usersig.decode(signature[:at] + other + signature[at + 1 :]) == claims


@given(st.one_of(st.text(), st.binary().map(lambda some: base64.b64encode(some).decode()), st.binary().map(pack)))
def test_random_text_is_not_a_usersig(text):
    with pytest.raises(ValueError, match="not a valid version"):
        usersig.decode(text)
