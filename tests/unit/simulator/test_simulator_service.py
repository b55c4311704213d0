# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service over HTTP: it checks the URL and the form of each request, and varies the form of its responses."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
import requests
import TLSSigAPIv2
from simulator.answers import document, formed, headers
from simulator.app import App
from simulator.core import INFERRED

SET = "im_set_attr_name"
BOB = {"identifier": "bob", "signed_for": "bob"}


def usersig(claims: bytes) -> str:
    return base64.b64encode(zlib.compress(claims)).decode().translate(str.maketrans("+/=", "*-_"))


NESTED = b"[" * 50_000 + b"]" * 50_000
NO_CLAIMS = b'{"TLS.ver": "2.0", "TLS.identifier": "\\ud800"}'
CLAIMS = [NESTED, b'{"TLS.ver": ' + NESTED + b"}", NO_CLAIMS, "{}".encode("utf-16"), b"[]"]
NOT_UTF8 = [b'{"a": "\xff"}', "{}".encode("utf-16"), "{}".encode("utf-8-sig")]
BODIES = [b"", b"{", [], NESTED, b'{"a": NaN}', b'{"a": ' + b"1" * 4301 + b"}", *NOT_UTF8]
SURROGATES = [b'"0": "\\ud800"', b'"\\uD800": "sex"', b'"0": "\\ud800", "1": "\\ud800"']


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, 0),
        *(({"method": method}, "method") for method in ("GET", "PUT")),
        *(({"command": f"v4/{path}"}, 60008) for path in ("all_member_push/im_no_such", "no_such/im_get_attr_name")),
        *(({"command": path}, 60008) for path in ("/nothing", "v4/all_member_push/IM_GET_ATTR_NAME")),
        ({"random": 0}, 0),
        *(({"random": random}, "random") for random in (2**32, -1, "x", "1" * 4301, "１２", "+1")),
        *(({"contenttype": kind}, "contenttype") for kind in ("xml", "JSON")),
        ({"colour": "red"}, "parameter_unknown"),
        *(({"drop": [name]}, name) for name in ("random", "contenttype")),
        *(({"drop": names}, "parameter_missing") for names in (["usersig"], ["identifier", "usersig"])),
        ({"drop": ["sdkappid"]}, 60012),
        *(({"sdkappid": number}, 60006) for number in ("abc", "1" * 4301, "１４００００００００１")),
        ({"sdkappid": 1400009999}, 70020),
        ({"usersig": ""}, 70002),
        ({"usersig": "rubbish"}, 70003),
        *(({"usersig": usersig(claims)}, 70003) for claims in CLAIMS),
        ({"key": "another"}, 70009),
        ({"signed_for": "another"}, 70013),
        ({"signed_app": 1400000002}, 70014),
        ({"expire": -5}, 70001),
        (BOB, 90009),
        *(({"body": body}, 90001) for body in BODIES),
        *(({"command": SET, "body": b'{"AttrNames": {%s}}' % names}, 90001) for names in SURROGATES),
        ({"command": SET, "body": b'{"AttrNames": {"0": "\\ud83d\\ude00"}}'}, 0),
    ],
)
def test_the_url_and_the_form_of_the_body_are_checked(app, post, query, code):
    """The code of a case that the documents do not define is a setting."""
    assert post(**query)[0] == INFERRED.get(code, code)
    if code in INFERRED:
        app.codes = {code: 91234}
        assert post(**query)[0] == 91234
        app.codes = {code: 0}
        assert post(**query)[0] == (70002 if code == "parameter_missing" else 0)


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
        (BOB, {"admin_error": 60010}, 60010, "please set the identifier field in the url to the admin account"),
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
    others = [{"TLS.userbuf": other} for other in ("", "YWJk") if other != present]
    malformed = [{"TLS.userbuf": 3}, {"TLS.ver": "1.0"}, {"TLS.expire": True}]
    for code, changes in ((70009, [{}, *others]), (70003, malformed)):
        for change in changes:
            assert post(usersig=usersig(json.dumps({**claims, **change}).encode()))[0] == code


# -- responses ---------------------------------------------------------------------------------------------------


ALWAYS = {"ActionStatus", "ErrorCode"}
OK, FAIL = document(0, ""), document(70402, "why")


def responses(answer: dict, **settings) -> list[tuple[dict, dict]]:
    app = App(1400000001, "k", **settings)
    return [(formed(app, answer), headers(app)) for _turn in range(60)]


def test_what_a_client_must_not_rely_on_varies_in_the_same_way_in_each_run():
    found = responses({**OK, "AttrNames": {"0": "sex", "1": "city"}})
    assert found == responses({**OK, "AttrNames": {"0": "sex", "1": "city"}})
    documents = [shown for shown, _headers in found]
    for name in ("ErrorInfo", "ErrorDisplay", "RequestId"):
        assert {name in shown for shown in documents} == {True, False}, name
    assert {kind.get("Content-Type") for _shown, kind in found} == {"application/json", None}
    assert len({tuple(shown) for shown in documents}) > 5
    assert len({tuple(shown["AttrNames"]) for shown in documents}) == 2
    for shown in documents:
        assert {name: shown[name] for name in (*ALWAYS, "AttrNames")} == {
            "ActionStatus": "OK",
            "ErrorCode": 0,
            "AttrNames": {"0": "sex", "1": "city"},
        }


def test_responses_as_documented_do_not_vary():
    for answer in (OK, FAIL):
        expected = {name: answer[name] for name in ("ActionStatus", "ErrorInfo", "ErrorCode")}
        for shown, kind in responses(answer, answers="documented"):
            assert list(shown.items()) == list(expected.items())
            assert kind == {"Content-Type": "application/json"}


@pytest.mark.parametrize("answers", ["varied", "documented"])
def test_the_text_of_an_error_is_kept_or_varies(answers):
    assert {shown["ErrorInfo"] for shown, _headers in responses(FAIL, answers=answers)} == {"why"}
    varied = responses(FAIL, answers=answers, fail_info="varied")
    assert {shown.get("ErrorInfo") for shown, _headers in varied} == {"why", "", None}


def test_error_info_can_be_missing_in_all_responses():
    for answer in (OK, FAIL):
        shown = responses(answer, error_info=False, fail_info="varied")
        assert not any("ErrorInfo" in shown for shown, _headers in shown)


def test_the_code_can_be_text():
    assert {document["ErrorCode"] for document, _headers in responses(FAIL, code_as_text=True)} == {"70402"}


@pytest.fixture
def url(simulator, app):
    return f"{simulator.http_url}/v4/all_member_push/im_get_attr_name?sdkappid={app.sdkappid}"


def test_the_header_is_missing_in_some_responses_over_http(simulator, app, url):
    with requests.Session() as session:
        kinds = [session.post(url, data="{}", timeout=10).headers.get("Content-Type") for _turn in range(8)]
    assert kinds.count(None) == 2 and set(kinds) == {"application/json", None}
    assert simulator.connections(app.sdkappid) == 1


def test_an_app_that_does_not_exist_gets_a_content_type(simulator):
    answer = requests.post(f"{simulator.http_url}/v4/x/y?sdkappid=7", data="{}", timeout=10)
    assert (answer.headers["Content-Type"], answer.json()["ErrorCode"]) == ("application/json", 70020)


@pytest.mark.parametrize(("method", "body"), [("HEAD", b""), ("OPTIONS", None)])
def test_a_method_that_is_not_post_leaves_the_connection_usable(simulator, app, url, method, body):
    with requests.Session() as session:
        answer = session.request(method, url, timeout=10)
        assert answer.status_code == 200 and (body is None or answer.content == body)
        assert session.post(url, data="{}", timeout=10).json()["ErrorCode"] == 60002
    assert simulator.connections(app.sdkappid) == 1


def test_a_client_that_wants_the_connection_closed_gets_it_closed(simulator, app, url):
    with requests.Session() as session:
        for _turn in range(2):
            answer = session.post(url, data="{}", headers={"Connection": "close"}, timeout=10)
            assert answer.headers["Connection"] == "close"
    assert simulator.connections(app.sdkappid) == 2
