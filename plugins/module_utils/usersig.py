# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""UserSig, the signature that every call carries (TLSSigAPIv2).

Follows the vendor's page https://www.tencentcloud.com/document/product/1047/34385.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib

# The vendor's own variant of URL-safe base64.
_TO_URL = str.maketrans("+/=", "*-_")


def _hmac(secret_key: str, sdkappid: int, identifier: str, issued_at: int, expire: int) -> str:
    text = f"TLS.identifier:{identifier}\nTLS.sdkappid:{sdkappid}\nTLS.time:{issued_at}\nTLS.expire:{expire}\n"
    # The key's characters are the key: it looks like hexadecimal, but is not decoded.
    digest = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def sign(secret_key: str, sdkappid: int, identifier: str, issued_at: int, expire: int) -> str:
    """A UserSig for *identifier* in the app *sdkappid*.

    secret_key -- the app's key, as the console shows it
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
