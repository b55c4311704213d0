# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of a UserSig, as TLSSigAPIv2 signs it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import zlib
from typing import Any

from .core import BaseApp, Rejected, is_integer, parsed

# The response that was seen with 70032 had an empty ErrorInfo.
INFOS = {70003: "usersig is invalid", 70009: "usersig was made with another key"}


def check_signature(app: BaseApp, identifier: str, usersig: str) -> None:
    """Reject a *usersig* that the app's key did not sign for *identifier*, or that has expired."""
    claims = _unpack(app, usersig)
    if claims["TLS.sdkappid"] != app.sdkappid:
        raise Rejected(70014, "sdkappid differs from the signed one")
    if claims["TLS.identifier"] != identifier:
        raise Rejected(70013, "identifier differs from the signed one")
    signed = ("identifier", "sdkappid", "time", "expire", *(["userbuf"] if "TLS.userbuf" in claims else []))
    lines = [f"TLS.{key}:{claims[f'TLS.{key}']}\n" for key in signed]
    digest = hmac.new(app.secret_key.encode(), "".join(lines).encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(digest), claims["TLS.sig"].encode()):
        raise Rejected(app.fake_usersig, INFOS.get(app.fake_usersig, ""))
    if time.time() > claims["TLS.time"] + claims["TLS.expire"]:
        raise Rejected(70001, "usersig expired")


def _unpack(app: BaseApp, usersig: str) -> dict[str, Any]:
    if not usersig:
        raise Rejected(70002, "usersig is empty")
    try:
        if not app.standard_base64 and set(usersig) & set("+/="):
            raise ValueError
        packed = usersig.translate(str.maketrans("*-_", "+/="))
        claims = parsed(zlib.decompress(base64.b64decode(packed, validate=True)))
        texts = [claims["TLS.identifier"], claims["TLS.sig"], claims.get("TLS.userbuf", "")]
        numbers = [claims["TLS.sdkappid"], claims["TLS.expire"], claims["TLS.time"]]
        is_sound = all(isinstance(text, str) for text in texts) and all(map(is_integer, numbers))
        if claims["TLS.ver"] != "2.0" or not is_sound:
            raise ValueError
    except (AttributeError, ValueError, KeyError, TypeError, zlib.error):
        raise Rejected(app.invalid_usersig, INFOS.get(app.invalid_usersig, "")) from None
    return claims
