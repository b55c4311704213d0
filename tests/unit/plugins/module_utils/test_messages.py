# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare each message with the one in messages.json, because users see it when a task fails.

After you change messages, run pytest with CHAT_UPDATE_MESSAGES=1, and read how messages.json changed.
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
import test_conditions
import test_options
import test_push
import test_user_attrs
import test_user_tags
import test_users
import urllib3
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import client, errors, options, transport
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import (
    attr_names,
    attr_types,
    conditions,
    push,
    user_attrs,
    user_tags,
    users,
)
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


def of_users() -> Iterator[tuple[str, str]]:
    for account, _part in test_users.ACCOUNTS:
        yield f"users: account {account!a}", said(lambda account=account: users.parse_accounts([account]))
    for option, _part in test_users.LISTS:
        yield f"users: list {option!a}", said(lambda option=option: users.parse_accounts(option))
    for kind, subject, tables in (
        ("attributes", user_attrs, (test_users.MAPS, test_user_attrs.REJECTED)),
        ("tags", user_tags, (test_users.MAPS, test_user_tags.REJECTED)),
    ):
        for option, _part in [line for table in tables for line in table]:
            yield f"{kind} {option!a}", said(lambda option=option, subject=subject: subject.parse_option(option))
    yield "tags: exclusive", test_users.run(user_tags.ENSURE, None, {}, state="absent", exclusive=True)["msg"]
    for declared in (["sex", "city"], []):
        yield (
            f"attributes: declared {declared}",
            said(lambda declared=declared: user_attrs.require_declared(["town"], declared)),
        )
    for accounts in (["u1"], test_users.some(30)):
        failed = {account: {"error_code": None, "error_info": ""} for account in accounts}
        yield f"users: no data for {len(accounts)}", users.failed_users(failed, {}).as_result()["msg"]
    for response in (
        {"UserTags": 3},
        {"UserTags": [3]},
        {"UserTags": [{"To_Account": "u1", "Tags": [3]}]},
        {"UserTags": [{"To_Account": "u1"}, {"To_Account": "u1", "Tags": []}]},
        {"ErrorList": [{"To_Account": "u1", "ErrorCode": None}]},
    ):
        yield f"users: response {response}", test_users.read(test_users.TAGS, **response)["msg"]
    for value in (3, {"city": 3}):
        listed = test_users.entries(test_users.ATTRS, u1=value)
        yield f"users: response {listed}", test_users.read(test_users.ATTRS, **listed)["msg"]
    yield "users: not confirmed", str(tags_of_nobody().not_confirmed({}, {"u1": ["a"]}).as_result()["msg"])
    error = users.failed_users({"u1": {"error_code": 90035, "error_info": "why"}}, users.CODES)
    subject = tags_of_nobody()
    subject._accepted.add("u2")
    yield "users: some written", subject.explain(error).as_result()["msg"]
    for kind, codes in (("attributes", user_attrs.UserAttrs.CODES), ("tags", user_tags.UserTags.CODES)):
        for code in codes:
            failed = {"u1": {"error_code": code, "error_info": "why"}}
            yield f"{kind}: code {code}", users.failed_users(failed, codes).as_result()["msg"]


def tags_of_nobody() -> user_tags.UserTags:
    return user_tags.UserTags(SimpleNamespace(stop_extending=lambda: None), push.family.OLD, {})


def of_pushes() -> Iterator[tuple[str, str]]:
    for given, _part in test_conditions.REJECTED:
        options = {"api": push.family.OLD, **given}
        yield f"audience {given!a}", said(lambda options=options: test_conditions.parse(**options))
    for declared in (["sex", "city"], []):
        condition = {"AttrsOr": {"town": "Oslo"}}
        yield (
            f"audience: declared {declared}",
            said(lambda condition=condition, declared=declared: conditions.reject_undeclared(condition, declared)),
        )
    for given, _part in test_push.REJECTED:
        options = {"api": push.family.OLD, "msg_random": 7, **given}
        yield f"push {given!a}", said(lambda options=options: push.parse_options(options, options["msg_random"]))
    for code in push.PUSH_CODES:
        if code not in errors.CODES or push.PUSH_CODES[code] != errors.CODES[code]:
            error = errors.service_error(code, "why", "FAIL", push.PUSH_CODES)
            yield f"push: code {code}", push._failed(error, 7).as_result()["msg"]
    yield "push: lost", push._failed(transport.explain(ConnectionResetError(104, "text"), 7), 7).as_result()["msg"]


def deaf(before: State, after: State) -> SimpleNamespace:
    """Return a client whose service has other names after a write than those that it accepted."""
    states = iter([before, *[after] * 9])

    def call(call, parse):
        return None if call.body else next(states)

    return SimpleNamespace(call=call, time_left=lambda: 0.0, stop_extending=lambda: None)


def test_every_message():
    parts = (of_names, of_options, of_answers, of_network, of_tasks, of_users, of_pushes)
    found = {name: message for part in parts for name, message in part()}
    if os.environ.get("CHAT_UPDATE_MESSAGES"):
        FILE.write_text(json.dumps(found, indent=1, ensure_ascii=True) + "\n")
    assert found == json.loads(FILE.read_text())
    assert len(found) > 400
