# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""UserSig, the signature in every call (TLSSigAPIv2): generated from a key, and decoded without one.

Follows https://www.tencentcloud.com/document/product/1047/34385.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib
from typing import Any, NamedTuple

# Tencent Cloud has its own variant of URL-safe base64.
_TO_URL = str.maketrans("+/=", "*-_")
_FROM_URL = str.maketrans("*-_", "+/=")

_LONGEST = 65536  # bytes of JSON; a few hundred are usual


def _hmac(secret_key: str, sdkappid: int, identifier: str, issued_at: int, expire: int) -> str:
    text = f"TLS.identifier:{identifier}\nTLS.sdkappid:{sdkappid}\nTLS.time:{issued_at}\nTLS.expire:{expire}\n"
    # The characters are the key: it looks like hexadecimal, but is not decoded.
    digest = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def sign(secret_key: str, sdkappid: int, identifier: str, issued_at: int, expire: int) -> str:
    """Return a UserSig for *identifier* in the app *sdkappid*.

    secret_key -- the key of the app, as the console shows it
    issued_at -- UNIX time in seconds
    expire -- seconds from *issued_at* for which it is valid
    """
    document = {
        "TLS.ver": "2.0",
        "TLS.identifier": identifier,
        "TLS.sdkappid": sdkappid,
        "TLS.expire": expire,
        "TLS.time": issued_at,
        "TLS.sig": _hmac(secret_key, sdkappid, identifier, issued_at, expire),
    }
    packed = base64.b64encode(zlib.compress(json.dumps(document).encode()))
    return packed.decode().translate(_TO_URL)


class Claims(NamedTuple):
    """The claims in a UserSig. They are not verified, because that requires the key."""

    identifier: str
    sdkappid: int
    issued_at: int  # UNIX time in seconds
    expire: int  # seconds from issued_at

    @property
    def expires_at(self) -> int:
        """UNIX time in seconds."""
        return self.issued_at + self.expire


def decode(usersig: str) -> Claims:
    """Return the claims in *usersig*, without its key. Raises ValueError, whose text does not contain it."""
    try:
        document = json.loads(_unpack(usersig))
        if document["TLS.ver"] != "2.0" or not isinstance(document["TLS.sig"], str):
            raise ValueError
        claims = Claims(
            _of(str, document["TLS.identifier"]),
            _of(int, document["TLS.sdkappid"]),
            _of(int, document["TLS.time"]),
            _of(int, document["TLS.expire"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError, zlib.error):
        raise ValueError("not a valid version 2.0 UserSig, or truncated or altered") from None
    return claims


def _unpack(usersig: str) -> bytes:
    packed = base64.b64decode(usersig.translate(_FROM_URL), validate=True)
    stream = zlib.decompressobj()
    text = stream.decompress(packed, _LONGEST)
    if not stream.eof or stream.unused_data:
        raise ValueError
    return text


def _of(kind: type, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, kind):
        raise ValueError
    return value
