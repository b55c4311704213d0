# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes become a JSON object that reports success, or a failure; never an exception, and never a secret."""

from __future__ import annotations

import email.utils
import json
import time

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import response
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.redaction import MASK, Redactor
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.response import Reply
from hypothesis import given
from hypothesis import strategies as st

KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"


def same(text: str) -> str:
    return text


def read(reply: Reply, mask=same, **more) -> dict | Failure:
    return response.read(reply, mask, **more)


def body(document: object) -> bytes:
    return json.dumps(document).encode()


def failed(code: int, **more: object) -> bytes:
    return body({"ActionStatus": "FAIL", "ErrorCode": code, **more})


def http(status: int, **more: object) -> Failure:
    found = read(Reply(status, b"<html>", **more))
    assert isinstance(found, Failure)
    return found


# -- a JSON object or a failure -----------------------------------------------------------------------------------


def test_a_success_is_the_whole_object():
    document = {"ActionStatus": "OK", "ErrorCode": 0, "AttrNames": {"0": "caf\u00e9"}}
    assert read(Reply(200, body(document))) == document
    assert read(Reply(200, json.dumps({**document, "ErrorCode": "0"}, ensure_ascii=False).encode()))["AttrNames"]
    assert read(Reply(200, b" \r\n" + body(document) + b"\n")) == document


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("<html>login</html>", "it is an HTML page"),
        ("\u0000\u0001\ufffd", "it is not JSON"),
        ("null", "it is not a JSON object"),
        ("[]", "it is not a JSON object"),
        ('"OK"', "it is not a JSON object"),
        ("3", "it is not a JSON object"),
        *(
            (text, "ErrorCode or ActionStatus is missing or of the wrong type")
            for text in (
                "{}",
                '{"ErrorCode": 0}',
                '{"ActionStatus": "OK"}',
                '{"ActionStatus": "OK", "ErrorCode": null}',
                '{"ActionStatus": "OK", "ErrorCode": true}',
                '{"ActionStatus": "OK", "ErrorCode": "x"}',
                '{"ActionStatus": "OK", "ErrorCode": 0.5}',
                '{"ActionStatus": "OK", "ErrorCode": "99999999999999999999"}',
                '{"ActionStatus": 1, "ErrorCode": 0}',
                '{"ActionStatus": ["OK"], "ErrorCode": 0}',
                '{"ActionStatus": "ok", "ErrorCode": 0}',
            )
        ),
        ("[" * 100000 + "]" * 100000, "it is not JSON"),
        ('{"ActionStatus": "OK", "ErrorCode": 90001, "ErrorCode": 0}', "a key is repeated"),
        ('{"ErrorCode": 0, "ActionStatus": "OK", "AttrNames": {"0": "a", "0": "b"}}', "a key is repeated"),
        ('{"ErrorCode": 0, "ActionStatus": "OK", "Users": [{"a": 1, "a": 1}]}', "a key is repeated"),
    ],
)
def test_anything_else_is_not_a_response_of_the_service(content, why):
    found = read(Reply(200, content.encode()))
    assert found.what == f"not a valid Chat API response: {why}"
    assert found.hint == "Check api_url, and any proxy or gateway in between"
    assert found.http_status == 200
    assert not found.is_transient and not found.not_accepted, "the service may have accepted the request"


@pytest.mark.parametrize("wrong", [b"\xe9", b"\xff\xfe", b"\xed\xa0\xbd", b"\xc3"])
def test_bytes_that_are_not_utf_8_are_not_replaced(wrong):
    """A replaced character would be stored as a part of a name."""
    content = b'{"ActionStatus": "OK", "ErrorCode": 0, "AttrNames": {"0": "caf' + wrong + b'"}}'
    found = read(Reply(200, content))
    assert found.what == "not a valid Chat API response: it is not UTF-8" and not found.not_accepted


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b'{"ActionStatus": "OK", "Err'),
        Reply(200, b'{"ActionStatus": "OK", "AttrNames": {"0": "caf\xc3'),
        Reply(200, body({"ActionStatus": "OK", "ErrorCode": 0}), complete=False),
        Reply(200, b"", complete=False),
    ],
)
def test_a_truncated_response_is_transient(reply):
    found = read(reply)
    assert (found.what, found.http_status) == ("the response is truncated", 200)
    assert found.is_transient and not found.not_accepted


@pytest.mark.parametrize(("status", "code"), [("FAIL", 0), ("OK", 60008), ("OK", 60007)])
def test_fail_with_code_zero_and_ok_with_a_code_are_failures(status, code):
    found = read(Reply(200, body({"ActionStatus": status, "ErrorCode": code})))
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
    assert read(Reply(200, body(document))) == document


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


@given(st.integers(100, 599), st.binary(max_size=200), st.booleans())
def test_random_bytes_are_a_failure(status, content, complete):
    assert isinstance(read(Reply(status, content, complete)), Failure)


# -- what the service says ----------------------------------------------------------------------------------------


def test_a_long_or_unprintable_text_is_shortened_and_cleaned():
    found = read(Reply(200, failed(70402, ErrorInfo="\x1b[31mred\n" + "x" * 3000 + "\ud83d")))
    assert found.error_info.startswith("[31mred x") and len(found.error_info) == 503
    assert found.error_info in found.what
    found.what.encode()


@pytest.mark.parametrize(("size", "cut"), [(500, False), (501, True)])
def test_a_text_of_the_service_has_at_most_500_characters(size, cut):
    found = read(Reply(200, failed(70003, ErrorInfo="x" * size)))
    assert found.error_info == "x" * 500 + ("..." if cut else "")


@pytest.mark.parametrize("before", [0, 436, 440, 499, 500])
def test_a_text_is_masked_before_it_is_cut(before):
    """Otherwise the part of a secret that is left would not be recognized."""
    mask = Redactor([KEY]).text
    found = read(Reply(200, failed(70003, ErrorInfo="x" * before + KEY, RequestId="x" * before + KEY)), mask)
    for shown in (found.error_info, found.what, found.request_id):
        assert not any(KEY[:size] in shown for size in range(4, 65)), shown
    assert found.error_info[:508] == ("x" * before + MASK)[:500] + ("..." if before + len(MASK) > 500 else "")


@pytest.mark.parametrize("info", [None, 3, ["x"], {}])
def test_a_text_that_is_not_a_string_is_left_out(info):
    found = read(Reply(200, failed(70003, ErrorInfo=info, RequestId=info)))
    assert (found.error_info, found.request_id) == ("", None) and "the service says" not in found.what


def test_the_request_id_is_kept_masked_and_clean():
    mask = Redactor([KEY]).text
    assert read(Reply(200, failed(70003, RequestId="abc-123")), mask).request_id == "abc-123"
    assert read(Reply(200, failed(70003, RequestId=f"\x1b{KEY}")), mask).request_id == MASK
    assert read(Reply(200, failed(70003, RequestId="")), mask).request_id is None
    assert response.request_id({"RequestId": "abc-123"}, mask) == "abc-123"
    assert response.request_id({}, mask) is None


# -- HTTP statuses ------------------------------------------------------------------------------------------------

CERTAIN = [300, 301, 302, 303, 304, 307, 308, 399, 401, 403, 404, 405, 407, 411, 413, 414, 415, 426, 429, 431]


@pytest.mark.parametrize("status", CERTAIN)
def test_a_status_that_rejects_a_request_means_that_it_was_not_accepted(status):
    found = http(status)
    assert found.not_accepted is True and found.http_status == status and f"HTTP {status}" in found.what
    assert found.is_transient is found.is_throttled is (status == 429)
    assert found.error_code is None


@pytest.mark.parametrize("status", [100, 199, 201, 204, 299, 400, 402, 406, 408, 409, 410, 418, 428, 430, 499])
def test_after_another_status_the_service_may_have_accepted_the_request(status):
    found = http(status)
    assert not (found.not_accepted or found.is_transient) and found.what == f"HTTP {status}" and found.hint


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_server_error_is_transient_and_the_request_may_have_been_accepted(status):
    found = http(status)
    assert found.is_transient and not (found.not_accepted or found.is_throttled)


def test_only_a_429_and_a_server_error_are_transient_statuses():
    assert [status for status in range(100, 700) if response.is_transient_status(status)] == [429, *range(500, 600)]


# -- Retry-After --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (" 120 ", 120.0), ("0", 0.0), ("9" * 40, 999999999.0), *((text, 0.0) for text in ("", "-5", "1.5"))],
)
def test_retry_after_in_seconds(status, header, seconds):
    assert http(status, retry_after=header).retry_after == seconds


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_as_a_date(status, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.5)
    for ahead, seconds in ((30, 29.5), (0, 0.0), (-600, 0.0)):
        date = email.utils.formatdate(1_700_000_000 + ahead, usegmt=True)
        assert http(status, retry_after=date).retry_after == seconds


MALFORMED = ["rubbish", "\u0663", "\u00b2", "nan", "inf", "Mon, 99 Foo 2026 00:00:00 GMT", "Mon", ",", "Mon,", "1 Jan"]
MALFORMED += ["Wed, 21 Oct 99999 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 +999999", "Wed, 31 Feb 2015 07:28:00 GMT"]


@pytest.mark.parametrize("header", MALFORMED)
def test_a_malformed_retry_after_is_ignored(header):
    assert http(503, retry_after=header).retry_after == 0.0


@pytest.mark.parametrize("status", [500, 502, 404, 413])
def test_retry_after_of_another_status_is_ignored(status):
    assert http(status, retry_after="7").retry_after == 0.0


# -- the clock ----------------------------------------------------------------------------------------------------


def expired(date: str, has_key: bool = True) -> Failure:
    return read(Reply(200, failed(70001), date=date), has_key=has_key)


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
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0 + offset)
    date = email.utils.formatdate(1_700_000_000, usegmt=True)
    assert words in expired(date).hint
    assert "clock" not in expired(date, has_key=False).hint  # the usersig was generated elsewhere


@pytest.mark.parametrize("date", ["", *MALFORMED])
def test_a_malformed_date_is_ignored(date):
    assert expired(date).hint.startswith("Check the clock of this machine, because")


@pytest.mark.parametrize("error", [TypeError, ValueError, OverflowError, IndexError])
def test_whatever_a_malformed_date_raises_is_ignored(monkeypatch, error):
    """Which exception it is depends on the version of Python: an IndexError on Python 3.9."""

    def parse(date):
        raise error

    monkeypatch.setattr(email.utils, "parsedate_to_datetime", parse)
    assert expired("Mon").hint.startswith("Check the clock of this machine, because")
    assert http(503, retry_after="Mon").retry_after == 0.0
