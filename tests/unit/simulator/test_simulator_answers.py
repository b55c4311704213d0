# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of responses in the simulator: what varies, and what a setting makes of it."""

from __future__ import annotations

import pytest
import requests
from simulator.answers import document, formed, headers
from simulator.app import App

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
def test_a_method_that_is_not_post_leaves_the_connection_usable(url, method, body):
    with requests.Session() as session:
        answer = session.request(method, url, timeout=10)
        assert answer.status_code == 200 and (body is None or answer.content == body)
        assert session.post(url, data="{}", timeout=10).json()["ErrorCode"] == 60002


def test_a_client_that_wants_the_connection_closed_gets_it_closed(simulator, app, url):
    with requests.Session() as session:
        for _turn in range(2):
            answer = session.post(url, data="{}", headers={"Connection": "close"}, timeout=10)
            assert answer.headers["Connection"] == "close"
    assert simulator.connections(app.sdkappid) == 2
