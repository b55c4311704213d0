# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the calls go, and what messages call it. The values that are rejected: REFUSED in test_options.py."""

from __future__ import annotations

import pytest
import test_options
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import endpoint
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError
from hypothesis import given
from hypothesis import strategies as st

REGIONS = {
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


def test_each_region_has_its_host():
    assert endpoint.HOSTS == REGIONS
    for region, host in REGIONS.items():
        made = test_options.client(region=region).endpoint
        assert (made.base_url, made.name) == (f"https://{host}", region)


@pytest.mark.parametrize(
    "given",
    [
        *("https://gateway.example", "https://gateway.example/chat/", "https://gateway.example/X/"),
        *("https://gateway.example:8443", "https://adminapisgp.my-imcloud.com", "HTTPS://gateway.example"),
        *("http://127.0.0.1:8080", "http://127.8.9.1", "http://localhost:1", "http://[::1]:8080/"),
    ],
)
def test_api_url_takes_precedence_over_region(given):
    both, alone = (test_options.client(api_url=given, **more).endpoint for more in ({}, {"region": ...}))
    assert both.base_url == alone.base_url == given.removesuffix("/")
    assert alone.name in given and both.name == f"singapore through {alone.name}"


def test_an_empty_region_and_an_empty_api_url():
    assert endpoint.base_url({"region": "tokyo", "api_url": ""}) == f"https://{REGIONS['tokyo']}"
    with pytest.raises(OptionError, match=r"region or api_url must be set") as refused:
        endpoint.base_url({"region": None, "api_url": ""})
    assert "china, singapore" in refused.value.failure.hint


@given(st.one_of(st.text(), st.text().map("https://{}".format), st.text().map("http://localhost{}".format)))
def test_any_text_is_a_url_or_an_error(text):
    try:
        url = endpoint.base_url({"api_url": text, "region": None})
    except OptionError as error:
        assert error.failure.not_accepted and error.failure.hint
    else:
        assert url.partition(":")[0].lower() in ("http", "https") and not url.endswith("/")
