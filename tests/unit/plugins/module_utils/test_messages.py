# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every message, whole. They are what users see of a failure, so that a change of one has to be meant.

After a change that is meant: CHAT_UPDATE_MESSAGES=1 pytest, and read the difference of messages.json.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import names
import pytest
import requests
import test_attr_names
import test_attr_types
import test_options
import urllib3
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import client, errors, options, transport
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_names, attr_types
from names import State

FILE = Path(__file__).with_name("messages.json")


def said(work) -> str:
    """The message with which *work* fails."""
    with pytest.raises(ChatError) as failed:
        work()
    return failed.value.as_result()["msg"]


def of_names() -> Iterator[tuple[str, str]]:
    for option, _part in test_attr_names.REFUSED:
        yield f"attr_names {option!a}", said(lambda option=option: attr_names.parse_option(option))
    for answer in (
        {"AttrNames": 3},
        {"AttrNames": {"10": "x"}},
        {"AttrNames": {"x" * 30: ""}},
        {"AttrNames": {"0": 3}},
    ):
        yield f"answer {answer}", said(lambda answer=answer: attr_names.parse_response(answer))
    for option, _part in test_attr_types.REFUSED:
        yield f"attr_types {option!a}", said(lambda option=option: attr_types.parse_option(option))
    for answer in ({"AttrTypes": 3}, {"AttrTypes": {"10": 0}}, {"AttrTypes": {"0": "0"}}, {"AttrTypes": {"0": True}}):
        yield f"answer {answer}", said(lambda answer=answer: attr_types.parse_response(answer))
    yield "types: no name", said(lambda: attr_types.plan({}, {}, {"1": 0}, {"0": "sex"}))
    yield "types: set", said(lambda: attr_types.plan({"0": "sex"}, {"0": 0}, {"0": 1}, {"0": "sex"}))
    untyped = {"api": "all_member_push", "attr_names": {}, "attr_types": {0: 1}}
    yield "types: not known", said(lambda: attr_names.parse_wanted(untyped))
    yield "plan", said(lambda: attr_names.plan_names({"1": "city"}, {"0": "city"}))
    yield "rename", attr_names.rename_warnings({"0": "sex"}, {"0": "gender"})[0]


def of_options() -> Iterator[tuple[str, str]]:
    for given, _part in test_options.REFUSED:
        parameters, refusal = test_options.validated(**given)
        if not refusal:
            yield f"options {given!a}", said(lambda parameters=parameters: options.client_from(parameters))


def of_answers() -> Iterator[tuple[str, str]]:
    for status in (199, 201, 299, 300, 301, 399, 400, 407, 428, 429, 430, 499, 500, 502, 599, 600):
        yield f"HTTP {status}", said(lambda status=status: client.read_response(transport.Reply(status, b"", True)))
    for body in (b"", b"<html>", b"rubbish", b"[]", b"{}", b'{"ErrorCode": 0}', b'{"ErrorCode": 0, "Act', b"x{"):
        yield f"body {body!r}", said(lambda body=body: client.read_response(transport.Reply(200, body, True)))
    yield "incomplete", said(lambda: client.read_response(transport.Reply(200, b"{}", False)))
    for code in (*errors.CODES, 1):
        answer = json.dumps({"ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": "why"}).encode()
        yield f"code {code}", said(lambda answer=answer: client.read_response(transport.Reply(200, answer, True)))


def verification(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("text")
    error.verify_code = code
    return error


def tls(reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError("text")
    error.reason = reason
    return error


def within(error: Exception, context: Exception) -> Exception:
    """Return *error*, raised while *context* was handled."""
    error.__context__ = context
    return error


def of_network() -> Iterator[tuple[str, str]]:
    tunnel = "Tunnel connection failed: %d words"
    faults = {
        **{f"certificate {code}": verification(code) for code in (9, 10, 18, 19, 20, 21, 62, 64, 7)},
        **{f"TLS {reason}": tls(reason) for reason in ("UNSUPPORTED_PROTOCOL", "with spaces", "", None)},
        "TLS cut": ssl.SSLEOFError(8, "text"),
        "TLS closed": ssl.SSLZeroReturnError(6, "text"),
        "TLS reset": within(ssl.SSLError(1, "text"), ConnectionResetError(104, "text")),
        "TLS timeout": within(ssl.SSLError(1, "text"), socket.timeout("text")),
        "reason": requests.exceptions.ConnectionError(
            urllib3.exceptions.MaxRetryError(None, "url", reason=socket.gaierror(-2, "text"))
        ),
        "proxy URL": requests.exceptions.InvalidProxyURL("text"),
        "proxy scheme": urllib3.exceptions.ProxySchemeUnknown("x"),
        "proxy SOCKS": requests.exceptions.InvalidSchema("text"),
        "proxy away": requests.exceptions.ProxyError("text"),
        "proxy away, of urllib3": urllib3.exceptions.ProxyError("text", OSError("text")),
        **{f"proxy {status}": requests.exceptions.ProxyError(OSError(tunnel % status)) for status in (407, 429, 502)},
        "URL": requests.exceptions.InvalidURL("text"),
        "URL scheme": requests.exceptions.MissingSchema("text"),
        "name": requests.exceptions.ConnectionError(socket.gaierror(-2, "text")),
        "refused": requests.exceptions.ConnectionError(ConnectionRefusedError(111, "text")),
        "reset": requests.exceptions.ConnectionError(ConnectionResetError(104, "text")),
        "connect timeout": requests.exceptions.ConnectTimeout("text"),
        "read timeout": requests.exceptions.ReadTimeout("text"),
        "urllib3 timeout": urllib3.exceptions.ReadTimeoutError(None, "url", "text"),
        "socket timeout": socket.timeout("text"),
        "anything": OSError("text"),
    }
    for name, fault in faults.items():
        error = transport.explain(fault, 7)
        yield f"network: {name}", f"{error.as_result()['msg']} [{'transient' if error.is_transient else 'final'}]"
    yield "too slow", said(lambda: transport._within(0.01, lambda: __import__("time").sleep(1)))
    broken = SimpleNamespace(headers={}, status_code=200, iter_content=lambda size: iter([b"x" * size] * 17))
    yield "too large", said(lambda: transport._read(broken, 2**20))
    for path in ("/nowhere/ca.pem", "/dev/null"):
        yield f"ca_path {path}", said(lambda path=path: transport.tls_context(True, path))


def of_tasks() -> Iterator[tuple[str, str]]:
    error = ChatError("what", "hint", tries=3)
    error.where = "where"
    yield "whole", error.as_result()["msg"]
    yield "once", ChatError("what", tries=1).as_result()["msg"]
    yield "not confirmed", said(lambda: names.ensure(deaf(State({}), State({"1": "x"})), State({"0": "sex"})))
    wanted = State({"0": "sex"}, {"0": 1})
    found = State({"0": "sex"}, {"0": 0})
    yield "types not confirmed", said(lambda: names.ensure(deaf(State({}), found), wanted, api=names.NEW))
    yield "undeclared", said(lambda: attr_names.reject_undeclared({"5": "x", "7": "it's"}))


def deaf(before: State, after: State) -> SimpleNamespace:
    """Return a client whose service has other names after a write than those that it accepted."""
    states = iter([before, *[after] * 9])

    def call(call, parse):
        return None if call.body else next(states)

    return SimpleNamespace(call=call, time_left=lambda: 0.0, stop_extending=lambda: None)


def test_every_message():
    found = {
        name: message for part in (of_names, of_options, of_answers, of_network, of_tasks) for name, message in part()
    }
    if os.environ.get("CHAT_UPDATE_MESSAGES"):
        FILE.write_text(json.dumps(found, indent=1, ensure_ascii=True) + "\n")
    assert found == json.loads(FILE.read_text())
    assert len(found) > 150
