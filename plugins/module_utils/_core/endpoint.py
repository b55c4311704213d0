# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The address of the calls: the host of a region, or api_url.

Regions and hosts follow https://www.tencentcloud.com/document/product/1047/34620.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .errors import OptionError

HOSTS = {
    "china": "console.tim.qq.com",
    "singapore": "adminapisgp.im.qcloud.com",
    "seoul": "adminapikr.im.qcloud.com",
    "frankfurt": "adminapiger.im.qcloud.com",
    "mumbai": "adminapiind.im.qcloud.com",
    "silicon_valley": "adminapiusa.im.qcloud.com",
    "jakarta": "adminapiidn.im.qcloud.com",
    "tokyo": "adminapijpn.im.qcloud.com",
    "riyadh": "adminapiksa.im.qcloud.com",
}


_HINT = "Set api_url: https://HOST[:PORT][/PATH]"


def base_url(options: Mapping[str, Any]) -> str:
    url, region = options.get("api_url"), options.get("region")
    if not url and not region:  # one of them is set, but empty
        raise OptionError("region or api_url must be set", f"Set region to one of {', '.join(HOSTS)}")
    if not url:
        return f"https://{HOSTS[str(region)]}"
    parts = _split(url)
    if parts.username is not None or parts.password is not None or "?" in url or "#" in url:
        # The value may contain a secret, so it is not shown.
        what = "api_url must not contain credentials, a query or a fragment"
        raise OptionError(what, _HINT)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return str(url).rstrip("/")
    raise OptionError(f"api_url must begin with https://, or for a loopback address with http://: {url!r}", _HINT)


def _split(url: str) -> SplitResult:
    shown = "" if "@" in url else f": {url!r}"
    if "://" not in url:
        raise OptionError(f"api_url must begin with https://{shown}", _HINT)
    problem = OptionError(f"api_url must be a valid URL{shown}", _HINT)
    if not url.isprintable() or " " in url or "\\" in url:
        raise problem
    try:
        parts = urlsplit(url)
        if not parts.hostname or parts.port == 0:
            raise problem
    except ValueError:
        raise problem from None
    return parts


def name(options: Mapping[str, Any]) -> str:
    """Return what messages call the endpoint."""
    region, url = options.get("region"), options.get("api_url")
    return " through ".join(filter(None, [region, urlsplit(url).netloc if url else None]))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
