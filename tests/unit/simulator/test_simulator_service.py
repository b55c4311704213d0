# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator checks each request, judged by plain requests and Tencent Cloud's own signer."""

from __future__ import annotations

import base64
import json
import time
import zlib

import pytest
import requests
import TLSSigAPIv2
from simulator.core import INFERRED

GET, SET = "v4/all_member_push/im_get_attr_name", "v4/all_member_push/im_set_attr_name"
ATTRS = "v4/all_member_push/im_get_attr"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, 0),
        ({"method": "GET"}, 60009),
        ({"method": "PUT"}, 60009),
        ({"path": "v4/all_member_push/im_no_such"}, 60008),
        ({"path": "v4/no_such/im_get_attr_name"}, 60008),
        ({"path": "nothing"}, 60008),
        ({"path": GET.upper()}, 60008),
        ({"random": 0}, 0),
        ({"random": 2**32}, 60002),
        ({"random": -1}, 60002),
        ({"random": "x"}, 60002),
        ({"contenttype": "xml"}, 60002),
        ({"contenttype": "JSON"}, 60002),
        ({"colour": "red"}, 60002),
        ({"drop": ["random"]}, 60002),
        ({"drop": ["contenttype"]}, 60002),
        ({"drop": ["usersig"]}, 60002),
        ({"drop": ["sdkappid"]}, 60012),
        ({"sdkappid": "abc"}, 60006),
        ({"sdkappid": 1400009999}, 70020),
        ({"usersig": ""}, 70002),
        ({"usersig": "rubbish"}, 70003),
        ({"key": "another"}, 70009),
        ({"signed_for": "another"}, 70013),
        ({"signed_app": 1400000002}, 70014),
        ({"identifier": "bob", "signed_for": "bob"}, 90009),
        ({"body": b""}, 90001),
        ({"body": b"{"}, 90001),
        ({"body": []}, 90001),
        ({"body": {"colour": "red"}}, 90001),
    ],
)
def test_a_get_is_checked(post, query, code):
    assert post(**query)[0] == code


def test_an_expired_signature(app, post):
    assert post(expire=3600)[0] == 0
    assert post(expire=-5)[0] == 70001


def test_the_code_for_an_account_that_is_not_an_admin_is_a_setting(app, post):
    app.admin_error = 60010
    assert post(identifier="bob", signed_for="bob")[0] == 60010


@pytest.mark.parametrize(
    ("query", "settings", "code", "info"),
    [
        ({"random": "x"}, {}, 60002, "HTTP parse Error"),
        ({"path": GET + "s"}, {}, 60008, "service timeout or request format error,please check and try again"),
        ({"body": b"{"}, {}, 90001, "Fail to Parse json data of body, Please check it"),
        ({"path": ATTRS, "body": {"To_Account": [7]}}, {}, 60015, "body account invalid"),
        ({}, {"region_host": "console.tim.qq.com"}, 60026, "sdkappid not match domain"),
        ({"usersig": "rubbish"}, {"invalid_usersig": 70346}, 70346, ""),
        ({"key": "another"}, {"fake_usersig": 70032}, 70032, ""),
    ],
)
def test_errors_that_were_seen_have_the_text_that_was_seen(app, post, query, settings, code, info):
    app.change(settings)
    answered, answer = post(**query)
    assert (answered, answer["ErrorInfo"]) == (code, info)


def test_the_text_for_an_account_that_is_not_an_admin_names_the_parameter(app, post):
    app.admin_error = 60010
    info = post(identifier="bob", signed_for="bob")[1]["ErrorInfo"]
    assert "set the identifier field" in info and "to the admin account" in info


def test_an_app_can_be_called_on_the_host_of_its_region(simulator, app):
    app.region_host = "localhost"
    for host, code in (("127.0.0.1", 60026), ("localhost", 60002)):
        url = f"{simulator.http_url.replace('127.0.0.1', host)}/{GET}?sdkappid={app.sdkappid}"
        assert requests.post(url, data="{}", timeout=10).json()["ErrorCode"] == code


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "rubbish"])
def test_the_content_type_of_a_request_is_ignored(app, post, kind):
    assert post(SET, {"AttrNames": {"0": "sex"}}, headers={"Content-Type": kind})[0] == 0
    assert app.names == {"0": "sex"}


def test_a_hundred_calls_a_second_for_each_app_and_command(app, post):
    from simulator.core import Rejected
    from simulator.service import check_rate

    for _turn in range(100):
        check_rate(app.calls, "one")
    with pytest.raises(Rejected) as rejected:
        check_rate(app.calls, "one")
    assert rejected.value.code == 60011
    check_rate(app.calls, "another")


def usersig(claims: bytes) -> str:
    return base64.b64encode(zlib.compress(claims)).decode().translate(str.maketrans("+/=", "*-_"))


NESTED = b"[" * 50_000 + b"]" * 50_000


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"random": "1" * 4301}, 60002),
        ({"sdkappid": "1" * 4301}, 60006),
        ({"random": "１２"}, 60002),
        ({"sdkappid": "１４００００００００１"}, 60006),
        ({"random": "+1"}, 60002),
        ({"usersig": usersig(NESTED)}, 70003),
        ({"usersig": usersig(b'{"TLS.ver": ' + NESTED + b"}")}, 70003),
        ({"usersig": usersig(b'{"TLS.ver": "2.0", "TLS.identifier": "\\ud800"}')}, 70003),
        ({"usersig": usersig("{}".encode("utf-16"))}, 70003),
        ({"usersig": usersig(b"[]")}, 70003),
        ({"body": NESTED}, 90001),
        ({"body": b'{"a": NaN}'}, 90001),
        ({"body": b'{"a": ' + b"1" * 4301 + b"}"}, 90001),
        ({"path": SET, "body": b'{"AttrNames": {"0": "\\ud800"}}'}, 90001),
        ({"path": SET, "body": b'{"AttrNames": {"\\uD800": "sex"}}'}, 90001),
        ({"path": SET, "body": b'{"AttrNames": {"0": "\\ud800", "1": "\\ud800"}}'}, 90001),
        ({"path": SET, "body": b'{"AttrNames": {"0": "\\ud83d\\ude00"}}'}, 0),
        ({"body": "{}".encode("utf-16")}, 90001),
        ({"body": "{}".encode("utf-8-sig")}, 90001),
        ({"body": b'{"a": "\xff"}'}, 90001),
    ],
)
def test_odd_requests_get_an_error_code(post, query, code):
    assert post(**query)[0] == code


def test_standard_base64_in_a_usersig_is_a_setting(app, post):
    signer = TLSSigAPIv2.TLSSigAPIv2(app.sdkappid, app.secret_key)
    standard = signer.gen_sig("administrator").translate(str.maketrans("*-_", "+/="))
    while not set(standard) & set("+/="):  # which characters occur depends on the time
        time.sleep(1)
        standard = signer.gen_sig("administrator").translate(str.maketrans("*-_", "+/="))
    assert post(usersig=standard)[0] == 70003
    app.standard_base64 = True
    assert post(usersig=standard)[0] == 0


@pytest.mark.parametrize("userbuf", [b"abc", b"", bytes(range(256))])
def test_the_userbuf_of_a_usersig_is_verified(app, post, userbuf):
    signed = TLSSigAPIv2.TLSSigAPIv2(app.sdkappid, app.secret_key).gen_sig_with_userbuf("administrator", 60, userbuf)
    assert post(usersig=signed)[0] == 0
    claims = json.loads(zlib.decompress(TLSSigAPIv2.base64_decode_url(signed.encode())))
    for other in ("", "YWJk", None, 3):
        changed = {**claims, "TLS.userbuf": other} if other is not None else {**claims}
        if other is None:
            del changed["TLS.userbuf"]
        if changed != claims:
            assert post(usersig=usersig(json.dumps(changed).encode()))[0] == (70003 if other == 3 else 70009)


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
        ("field_unknown", {"body": {"colour": "red"}}),
        ("names_empty", {"path": SET, "body": {"AttrNames": {}}}),
        ("name_empty", {"path": SET, "body": {"AttrNames": {"0": ""}}}),
        ("name_too_long", {"path": SET, "body": {"AttrNames": {"0": "x" * 51}}}),
    ],
)
def test_responses_that_the_documents_do_not_define_are_settings(app, post, case, query):
    assert post(**query)[0] == INFERRED[case]
    app.codes = {case: 91234}
    assert post(**query)[0] == 91234
    app.codes = {case: 0}
    assert post(**query)[0] == (70002 if case == "parameter_missing" else 0)
