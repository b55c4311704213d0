# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes become a JSON object that reports success, or a failure; never an exception, and never a secret."""

from __future__ import annotations

import email.utils
import json
import time
from unittest import mock

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import response
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.redaction import MASK, Redactor
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.response import Reply
from hypothesis import given
from hypothesis import strategies as st
from virtual import KEY


def read(reply: Reply, mask=str, **more) -> dict | Failure:
    return response.read(reply, mask, **more)


def body(document: object) -> bytes:
    return json.dumps(document).encode()


def failed(mask=str, **more: object) -> Failure:
    """Return what becomes of a response that says that the call failed."""
    return read(Reply(200, body({"ActionStatus": "FAIL", "ErrorCode": 70003, **more})), mask)


def http(status: int, **more: object) -> Failure:
    return read(Reply(status, b"<html>", **more))


MISSING = "ErrorCode or ActionStatus is missing or of the wrong type"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        *((text, "it is empty") for text in ("", "   ")),
        ("<html>login</html>", "it is an HTML page"),
        ("\u0000\u0001\ufffd", "it is not JSON"),
        *((text, "it is not a JSON object") for text in ("null", "[]", '"OK"', "3")),
        *((f'{{"ActionStatus": "OK", "ErrorCode": {wrong}}}', MISSING) for wrong in ("null", "true", '"x"', "0.5")),
        *((f'{{"ActionStatus": {wrong}, "ErrorCode": 0}}', MISSING) for wrong in ("null", "1", '["OK"]', '"ok"')),
        *((text, MISSING) for text in ("{}", '{"ErrorCode": 0}', '{"ActionStatus": "OK"}')),
        ("[" * 100000 + "]" * 100000, "it is not JSON"),
        # A replaced character would be stored as a part of a name.
        *(
            (f'{{"ActionStatus": "OK", "ErrorCode": 0, "AttrNames": {{"0": "caf{wrong}"}}}}', "it is not UTF-8")
            for wrong in ("\udce9", "\udcff\udcfe", "\udced\udca0\udcbd", "\udcc3")
        ),
        ('{"ActionStatus": "OK", "ErrorCode": 90001, "ErrorCode": 0}', "a key is repeated"),
        ('{"ErrorCode": 0, "ActionStatus": "OK", "Users": [{"a": 1, "a": 1}]}', "a key is repeated"),
    ],
)
def test_anything_else_is_not_a_response_of_the_service(content, why):
    found = read(Reply(200, content.encode("utf-8", "surrogateescape")))
    assert found.what == f"not a valid Chat API response: {why}"
    assert found.hint == "Check api_url, and any proxy or gateway in between"
    assert found.http_status == 200
    assert not found.is_transient and not found.not_accepted, "the service may have accepted the request"


@pytest.mark.parametrize("content", [b'{"ActionStatus": "OK", "Err', b'{"AttrNames": {"0": "caf\xc3', b"{}", b""])
def test_a_truncated_response_is_transient(content):
    found = read(Reply(200, content, complete=content.startswith(b'{"')))
    assert (found.what, found.http_status) == ("the response is truncated", 200)
    assert found.is_transient and not found.not_accepted


@pytest.mark.parametrize(("status", "code"), [("FAIL", 0), ("OK", 60008), ("OK", 60007)])
def test_fail_with_code_zero_and_ok_with_a_code_are_failures(status, code):
    found = failed(ActionStatus=status, ErrorCode=code)
    assert (found.error_code, found.action_status, found.not_accepted) == (code, status, False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
SUCCESSES = st.fixed_dictionaries(
    {"ActionStatus": st.just("OK"), "ErrorCode": st.sampled_from([0, "0"])},
    optional=dict.fromkeys(["ErrorInfo", "AttrNames", "RequestId"], JSON),
)


@given(SUCCESSES)
def test_a_success_is_returned_as_it_is(document):
    for content in (body(document), b" \r\n" + json.dumps(document, ensure_ascii=False).encode() + b"\n"):
        assert read(Reply(200, content)) == document


@st.composite
def no_successes(draw):
    """Return a reply that differs from a success in one respect."""
    document, content = draw(SUCCESSES.map(lambda some: (some, body(some))))
    status = draw(st.integers(100, 599).filter(lambda status: status != 200))
    at, code = draw(st.integers(0, len(content) - 1)), draw(st.integers(1, 99999))
    field = draw(st.sampled_from(["ActionStatus", "ErrorCode"]))
    other = draw(JSON.filter(lambda value: value not in ("OK", 0, "0")))
    headers = draw(st.tuples(st.text(max_size=20), st.text(max_size=20)))
    replies = [
        Reply(status, content, True, *headers),
        Reply(200, content, complete=False),
        Reply(200, draw(st.binary(max_size=200))),
        Reply(200, content[:at]),
        Reply(200, content[:at] + b"\xff" + content[at:]),
        Reply(200, content[:-1] + f', "{field}": 0}}'.encode()),
        Reply(200, body([document])),
        Reply(200, body({key: value for key, value in document.items() if key != field})),
        Reply(200, body({**document, field: other})),
        Reply(200, body({**document, "ErrorCode": draw(st.sampled_from([code, str(code)]))}), True, *headers),
        Reply(200, body({**document, "ActionStatus": "FAIL"})),
    ]
    return draw(st.sampled_from(replies))


@given(no_successes(), st.booleans())
def test_anything_but_a_success_is_a_failure(reply, has_key):
    found = read(reply, has_key=has_key)
    assert isinstance(found, Failure) and found.message and found.retry_after >= 0
    json.dumps(found._asdict(), ensure_ascii=False).encode("utf-8", "surrogatepass")


# -- what the service says ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 500, "x" * 500),
        ("x" * 501, "x" * 500 + "..."),
        ("\x1b[31mred\n" + "x" * 3000 + "\ud83d", "[31mred " + "x" * 492 + "..."),
    ],
)
def test_a_text_of_the_service_is_cleaned_and_has_at_most_500_characters(text, shown):
    found = failed(ErrorInfo=text)
    assert found.error_info == shown and shown in found.what


@pytest.mark.parametrize("before", [0, 436, 440, 499, 500])
def test_a_text_is_masked_before_it_is_cut(before):
    """Otherwise the part of a secret that is left would not be recognized."""
    text = "x" * before + KEY
    found = failed(Redactor([KEY]).text, ErrorInfo=text, RequestId=text)
    for shown in (found.error_info, found.what, found.request_id):
        assert not any(KEY[:size] in shown for size in range(4, 65)), shown
    assert found.error_info[:508] == ("x" * before + MASK)[:500] + ("..." if before + len(MASK) > 500 else "")


@pytest.mark.parametrize("info", [None, 3, ["x"], {}])
def test_a_text_that_is_not_a_string_is_left_out(info):
    found = failed(ErrorInfo=info, RequestId=info)
    assert (found.error_info, found.request_id) == ("", None) and "the service says" not in found.what


@pytest.mark.parametrize(("given", "kept"), [("abc-123", "abc-123"), (f"\x1b{KEY}", MASK), ("", None), (None, None)])
def test_the_request_id_is_kept_masked_and_clean(given, kept):
    mask = Redactor([KEY]).text
    assert failed(mask, RequestId=given).request_id == kept == response.request_id({"RequestId": given}, mask)


# -- HTTP statuses ------------------------------------------------------------------------------------------------

CERTAIN = {*range(300, 400), 401, 403, 404, 405, 407, 411, 413, 414, 415, 426, 429, 431}


def test_some_statuses_reject_a_request_and_some_are_transient():
    """After any other, the service may have accepted the request."""
    for status in (*range(100, 200), *range(201, 700)):
        found = http(status)
        assert found.what.startswith(f"HTTP {status}") and found.hint and found.http_status == status
        assert found.error_code is None and found.not_accepted is (status in CERTAIN)
        assert found.is_transient is response.is_transient_status(status) is (status == 429 or 500 <= status < 600)
        assert found.is_throttled is (status == 429)


NOW = 1_700_000_000
MALFORMED = ["rubbish", "\u0663", "\u00b2", "nan", "inf", "Mon, 99 Foo 2026 00:00:00 GMT", "Mon", ",", "Mon,", "1 Jan"]
MALFORMED += ["Wed, 21 Oct 99999 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 +999999", "Wed, 31 Feb 2015 07:28:00 GMT"]


def date(ahead: int) -> str:
    return email.utils.formatdate(NOW + ahead, usegmt=True)


@pytest.mark.parametrize("status", [429, 503, 500, 404])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *(("7", 7.0), (" 120 ", 120.0), ("0", 0.0), ("9" * 40, 999999999.0)),
        *((date(30), 29.5), (date(0), 0.0), (date(-600), 0.0)),
        *((malformed, 0.0) for malformed in ("", "-5", "1.5", *MALFORMED)),
    ],
)
def test_retry_after_counts_after_two_statuses(monkeypatch, status, header, seconds):
    monkeypatch.setattr(time, "time", lambda: NOW + 0.5)
    assert http(status, retry_after=header).retry_after == (seconds if status in (429, 503) else 0.0)


def expired(header: str, has_key: bool = True) -> str:
    """Return the hint when the service says that the UserSig has expired."""
    return read(Reply(200, body({"ActionStatus": "FAIL", "ErrorCode": 70001}), date=header), has_key=has_key).hint


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (7200, "Correct the clock of this machine: it is 7200 seconds ahead of that of the service"),
        (-600, "Correct the clock of this machine: it is 600 seconds behind that of the service"),
        (31, "31 seconds ahead of"),
        (29, "Check the clock of this machine"),
        (-29, "Check the clock of this machine"),
    ],
)
def test_a_clock_that_differs_from_that_of_the_service_is_blamed(monkeypatch, offset, words):
    monkeypatch.setattr(time, "time", lambda: NOW + offset)
    assert words in expired(date(0))
    assert "clock" not in expired(date(0), has_key=False)  # the usersig was generated elsewhere


@pytest.mark.parametrize("header", ["", *MALFORMED])
def test_a_malformed_date_is_ignored(header):
    assert expired(header).startswith("Check the clock of this machine, because")


@pytest.mark.parametrize("error", [TypeError, ValueError, OverflowError, IndexError])
def test_whatever_a_malformed_date_raises_is_ignored(monkeypatch, error):
    """Which exception it is depends on the version of Python: an IndexError on Python 3.9."""
    monkeypatch.setattr(email.utils, "parsedate_to_datetime", mock.Mock(side_effect=error))
    assert expired("Mon").startswith("Check the clock of this machine, because")
    assert http(503, retry_after="Mon").retry_after == 0.0
