# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator checks each request, judged by plain requests and Tencent Cloud's own signer."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
import requests
import TLSSigAPIv2
from simulator.core import INFERRED

SET = "im_set_attr_name"


def usersig(claims: bytes) -> str:
    return base64.b64encode(zlib.compress(claims)).decode().translate(str.maketrans("+/=", "*-_"))


NESTED = b"[" * 50_000 + b"]" * 50_000


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, 0),
        ({"method": "GET"}, 60009),
        ({"method": "PUT"}, 60009),
        ({"command": "v4/all_member_push/im_no_such"}, 60008),
        ({"command": "v4/no_such/im_get_attr_name"}, 60008),
        ({"command": "/nothing"}, 60008),
        ({"command": "v4/all_member_push/IM_GET_ATTR_NAME"}, 60008),
        ({"random": 0}, 0),
        ({"random": 2**32}, 60002),
        ({"random": -1}, 60002),
        ({"random": "x"}, 60002),
        ({"random": "1" * 4301}, 60002),
        ({"random": "１２"}, 60002),
        ({"random": "+1"}, 60002),
        ({"contenttype": "xml"}, 60002),
        ({"contenttype": "JSON"}, 60002),
        ({"colour": "red"}, 60002),
        ({"drop": ["random"]}, 60002),
        ({"drop": ["contenttype"]}, 60002),
        ({"drop": ["usersig"]}, 60002),
        ({"drop": ["sdkappid"]}, 60012),
        ({"sdkappid": "abc"}, 60006),
        ({"sdkappid": "1" * 4301}, 60006),
        ({"sdkappid": "１４００００００００１"}, 60006),
        ({"sdkappid": 1400009999}, 70020),
        ({"usersig": ""}, 70002),
        ({"usersig": "rubbish"}, 70003),
        ({"usersig": usersig(NESTED)}, 70003),
        ({"usersig": usersig(b'{"TLS.ver": ' + NESTED + b"}")}, 70003),
        ({"usersig": usersig(b'{"TLS.ver": "2.0", "TLS.identifier": "\\ud800"}')}, 70003),
        ({"usersig": usersig("{}".encode("utf-16"))}, 70003),
        ({"usersig": usersig(b"[]")}, 70003),
        ({"key": "another"}, 70009),
        ({"signed_for": "another"}, 70013),
        ({"signed_app": 1400000002}, 70014),
        ({"expire": -5}, 70001),
        ({"identifier": "bob", "signed_for": "bob"}, 90009),
        ({"body": b""}, 90001),
        ({"body": b"{"}, 90001),
        ({"body": []}, 90001),
        ({"body": NESTED}, 90001),
        ({"body": b'{"a": NaN}'}, 90001),
        ({"body": b'{"a": ' + b"1" * 4301 + b"}"}, 90001),
        ({"body": b'{"a": "\xff"}'}, 90001),
        ({"body": "{}".encode("utf-16")}, 90001),
        ({"body": "{}".encode("utf-8-sig")}, 90001),
        ({"command": SET, "body": b'{"AttrNames": {"0": "\\ud800"}}'}, 90001),
        ({"command": SET, "body": b'{"AttrNames": {"\\uD800": "sex"}}'}, 90001),
        ({"command": SET, "body": b'{"AttrNames": {"0": "\\ud800", "1": "\\ud800"}}'}, 90001),
        ({"command": SET, "body": b'{"AttrNames": {"0": "\\ud83d\\ude00"}}'}, 0),
    ],
)
def test_the_url_and_the_form_of_the_body_are_checked(post, query, code):
    assert post(**query)[0] == code


@pytest.mark.parametrize(
    ("query", "settings", "code", "info"),
    [
        ({"random": "x"}, {}, 60002, "HTTP parse Error"),
        ({"command": "v4/x/y"}, {}, 60008, "service timeout or request format error,please check and try again"),
        ({"body": b"{"}, {}, 90001, "Fail to Parse json data of body, Please check it"),
        ({"command": "im_get_attr", "body": {"To_Account": [7]}}, {}, 60015, "body account invalid"),
        ({"command": "portrait_get", "body": {"To_Account": ["a"], "TagList": ["x"]}}, {}, 40009, "Invalid field"),
        ({}, {"region_host": "console.tim.qq.com"}, 60026, "sdkappid not match domain"),
        ({"usersig": "rubbish"}, {"invalid_usersig": 70346}, 70346, ""),
        ({"key": "another"}, {"fake_usersig": 70032}, 70032, ""),
        (
            {"identifier": "bob", "signed_for": "bob"},
            {"admin_error": 60010},
            60010,
            "please set the identifier field in the url to the admin account",
        ),
    ],
)
def test_errors_that_were_seen_have_the_text_that_was_seen(app, post, query, settings, code, info):
    app.change(settings)
    answered, answer = post(**query)
    assert (answered, answer["ErrorInfo"]) == (code, info)


def test_an_app_can_be_called_on_the_host_of_its_region(simulator, app, signed_url):
    app.region_host = "localhost"
    for host, code in (("127.0.0.1", 60026), ("localhost", 0)):
        url = signed_url("im_get_attr_name").replace("127.0.0.1", host)
        assert requests.post(url, data="{}", verify=simulator.ca_file, timeout=10).json()["ErrorCode"] == code


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "rubbish"])
def test_the_content_type_of_a_request_is_ignored(app, post, kind):
    assert post(SET, {"AttrNames": {"0": "sex"}}, headers={"Content-Type": kind})[0] == 0
    assert app.names == {"0": "sex"}


def test_standard_base64_in_a_usersig_is_a_setting(app, post):
    signer = TLSSigAPIv2.TLSSigAPIv2(app.sdkappid, app.secret_key)
    signed = (signer.gen_sig("administrator", expire) for expire in range(3600, 4000))
    standard = next(one for one in signed if set(one) & set("*-_")).translate(str.maketrans("*-_", "+/="))
    assert post(usersig=standard)[0] == 70003
    app.standard_base64 = True
    assert post(usersig=standard)[0] == 0


@pytest.mark.parametrize("userbuf", [b"abc", b"", bytes(range(256))])
def test_the_userbuf_of_a_usersig_is_verified(app, post, userbuf):
    signed = TLSSigAPIv2.TLSSigAPIv2(app.sdkappid, app.secret_key).gen_sig_with_userbuf("administrator", 60, userbuf)
    assert post(usersig=signed)[0] == 0
    claims = json.loads(zlib.decompress(TLSSigAPIv2.base64_decode_url(signed.encode())))
    present = claims.pop("TLS.userbuf")
    others = [{**claims, "TLS.userbuf": other} for other in ("", "YWJk", 3) if other != present]
    for changed in [claims, *others]:
        code = 70003 if changed.get("TLS.userbuf") == 3 else 70009
        assert post(usersig=usersig(json.dumps(changed).encode()))[0] == code


@pytest.mark.parametrize(
    ("case", "query"),
    [
        ("method", {"method": "GET"}),
        ("parameter_missing", {"drop": ["identifier", "usersig"]}),
        ("parameter_unknown", {"colour": "red"}),
        ("random", {"random": "x"}),
        ("random", {"drop": ["random"]}),
        ("contenttype", {"contenttype": "xml"}),
        ("contenttype", {"drop": ["contenttype"]}),
    ],
)
def test_responses_that_the_documents_do_not_define_are_settings(app, post, case, query):
    assert post(**query)[0] == INFERRED[case]
    app.codes = {case: 91234}
    assert post(**query)[0] == 91234
    app.codes = {case: 0}
    assert post(**query)[0] == (70002 if case == "parameter_missing" else 0)
