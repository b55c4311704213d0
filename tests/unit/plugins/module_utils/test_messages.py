# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare each message with the one in messages.json, because users see it when a task fails.

After you change messages, run pytest with CHAT_UPDATE_MESSAGES=1, and read how messages.json changed.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import socket
import ssl
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest
import rejected
import tasks
import urllib3
from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts import accounts as accounts_tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts import calls, rules
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import codes, network_errors, response, tls
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.client import GONE
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.converge import Written
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.options import client_from
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import Workers
from ansible_collections.tencentcloud.chat.plugins.module_utils._many import accounts, outcome
from ansible_collections.tencentcloud.chat.plugins.module_utils._many.outcome import Refused
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import (
    api,
    attr_name_rules,
    attr_names,
    attr_types,
    conditions,
    push,
    recall,
    statistics,
    texts,
    user_attrs,
    user_tags,
    users,
)
from requests import exceptions
from servers import Server, answer, send

FILE = Path(__file__).with_name("messages.json")
# Each table contains them all; here, one for each table is enough.
INVISIBLE = tuple(part for _text, part in rejected.INVISIBLE[1:])


def given_in(table: list[tuple]) -> list:
    """What is given in the lines of a table of wrong options."""
    return [given for given, part in table if not part.endswith(INVISIBLE)]


def said(work, *args, **given) -> str:
    """The message with which *work* fails."""
    return rejected.refusal(work, *args, error=ChatError, **given).message


def each_said(label: str, values: Iterable, work) -> Iterator[tuple[str, str]]:
    """The messages with which *work* rejects these values."""
    return ((f"{label} {value!a}", said(work, value)) for value in values)


def each_unasked(label: str, table: list[tuple], operation, **given) -> Iterator[tuple[str, str]]:
    """The messages of tasks that have the wrong options of a table, besides what is *given*."""
    return ((f"{label} {wrong!a}", unasked(operation, **{**given, **wrong})) for wrong, *_part in table)


def each_code(label: str, known: dict) -> Iterator[tuple[str, str]]:
    """The messages for an account that the service rejects with these codes."""
    for code in known:
        yield f"{label}: code {code}", outcome.failure_of({"u1": Refused(code, "why")}, known, str).message


def of_names() -> Iterator[tuple[str, str]]:
    yield from each_said("attr_names", given_in(rejected.ATTR_NAMES), attr_name_rules.parse_option)
    answers = [{"AttrNames": wrong} for wrong in (3, {"10": "x"}, {"x" * 30: ""}, {"0": 3})]
    yield from each_said("answer", answers, attr_name_rules.parse_response)
    yield from each_said("attr_types", given_in(rejected.ATTR_TYPES), attr_types.parse_option)
    answers = [{"AttrTypes": wrong} for wrong in (3, {"10": 0}, {"0": "0"}, {"0": True})]
    yield from each_said("answer", answers, attr_types.parse_response)
    yield "types: no name", said(attr_types.plan, {}, {}, {"1": 0}, {"0": "sex"})
    yield "types: set", said(attr_types.plan, {"0": "sex"}, {"0": 0}, {"0": 1}, {"0": "sex"})
    untyped = {"api": "all_member_push", "attr_names": {}, "attr_types": {"0": 1}}
    yield "types: not known", said(attr_names.wanted_state, untyped)
    for code in attr_names.CODES:
        yield f"names: code {code}", codes.service_failure(code, "why", "FAIL", attr_names.CODES).message
    yield "plan", said(attr_name_rules.plan_names, {"1": "city"}, {"0": "city"})
    yield "rename", attr_name_rules.rename_warnings({"0": "sex"}, {"0": "gender"})[0]


def of_options() -> Iterator[tuple[str, str]]:
    for given, _part in rejected.OPTIONS:
        parameters, refusal = rejected.validated(**given)
        if not refusal:
            yield f"options {given!a}", said(client_from, parameters, Workers())


def failed(status: int, body: bytes = b"", complete: bool = True, has_key: bool = False) -> str:
    """The message for a response that is a failure."""
    failure = response.read(response.Reply(status, body, complete), str, has_key=has_key)
    assert isinstance(failure, Failure)
    return failure.message


def of_answers() -> Iterator[tuple[str, str]]:
    statuses = (199, 201, 299, 300, 301, 399, 400, 407, 428, 429, 430, 499, 500, 502, 599, 600)
    for status in (*statuses, 401, 403, 404, 405, 411, 413, 414, 415, 426, 431):
        yield f"HTTP {status}", failed(status)
    bodies = (b"", b"<html>", b"rubbish", b"[]", b"{}", b'{"ErrorCode": 0}', b'{"ErrorCode": 0, "Act', b"x{")
    for body in (*bodies, b"{\xff}", b'{"a": 1, "a": 2}'):
        yield f"body {body!r}", failed(200, body)
    yield "incomplete", failed(200, b"{}", complete=False)
    for code in (*codes.CODES, 1, 70346):
        answer = json.dumps({"ActionStatus": "FAIL", "ErrorCode": code, "ErrorInfo": "why"}).encode()
        yield f"code {code}", failed(200, answer)
        with_key = failed(200, answer, has_key=True)
        if with_key != failed(200, answer):
            yield f"code {code}, with a key", with_key


def having(error: Exception, **attributes: object) -> Exception:
    """Return *error* with these attributes."""
    for name, value in attributes.items():
        setattr(error, name, value)
    return error


def of_network() -> Iterator[tuple[str, str]]:
    tunnel = "Tunnel connection failed: %d words"
    faults: dict[str, Exception] = {}
    for code in (9, 10, 18, 19, 20, 21, 62, 64, 7):
        faults[f"certificate {code}"] = having(ssl.SSLCertVerificationError("text"), verify_code=code)
    for reason in ("UNSUPPORTED_PROTOCOL", "with spaces", "", None):
        faults[f"TLS {reason}"] = having(ssl.SSLError("text"), reason=reason)
    faults |= {
        "TLS cut": ssl.SSLEOFError(8, "text"),
        "TLS closed": ssl.SSLZeroReturnError(6, "text"),
        "TLS reset": having(ssl.SSLError(1, "text"), __context__=ConnectionResetError(104, "text")),
        "TLS timeout": having(ssl.SSLError(1, "text"), __context__=socket.timeout("text")),
        "reason": exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(None, "", socket.gaierror(-2, "text"))),
        "proxy URL": exceptions.InvalidProxyURL("text"),
        "proxy scheme": urllib3.exceptions.ProxySchemeUnknown("x"),
        "proxy SOCKS": exceptions.InvalidSchema("text"),
        "proxy away": exceptions.ProxyError("text"),
        "proxy away, of urllib3": urllib3.exceptions.ProxyError("text", OSError("text")),
        **{f"proxy {status}": exceptions.ProxyError(OSError(tunnel % status)) for status in (407, 429, 502)},
        "URL": exceptions.InvalidURL("text"),
        "URL scheme": exceptions.MissingSchema("text"),
        "name": exceptions.ConnectionError(socket.gaierror(-2, "text")),
        "refused": exceptions.ConnectionError(ConnectionRefusedError(111, "text")),
        "reset": exceptions.ConnectionError(ConnectionResetError(104, "text")),
        "connect timeout": exceptions.ConnectTimeout("text"),
        "read timeout": exceptions.ReadTimeout("text"),
        "urllib3 timeout": urllib3.exceptions.ReadTimeoutError(None, "url", "text"),
        "socket timeout": socket.timeout("text"),
        "anything": OSError("text"),
    }
    for name, fault in faults.items():
        failure = network_errors.explain(fault, 7)
        yield f"network: {name}", f"{failure.message} [{'transient' if failure.is_transient else 'final'}]"
    for stage, where in (("resolve", ": resolve"), ("connect", ": connect"), ("", "")):
        yield f"too slow{where}", network_errors.given_up(stage, 0.01).message
    yield "no thread", network_errors.NO_THREAD.message
    for number in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL):
        yield f"network: {errno.errorcode[number]}", network_errors.explain(OSError(number, "text"), 7).message
    yield "too large", of_response(answer(b"x" * 1001))
    yield "encoded", of_response(answer(b"x", "Content-Encoding: gzip"))
    for path in ("/nowhere/ca.pem", "/dev/null"):
        yield f"ca_path {path}", said(tls.context, True, path)


def of_response(content: bytes) -> str:
    """The message for a response that contains these bytes, of which at most 1,000 are accepted."""
    with Server(content) as server, contextlib.closing(Workers()) as workers:
        return send(workers, server.url, largest=1000).message


def of_tasks() -> Iterator[tuple[str, str]]:
    yield "whole", Failure("what", "hint", where="where", tries=3).message
    yield "once", Failure("what", tries=1).message
    yield "gone", GONE.message
    state = attr_name_rules.State
    for kind, family, wanted, found in (
        ("", api.OLD, state({"0": "sex"}), state({"1": "x"})),
        ("types ", api.NEW, state({"0": "sex"}, {"0": 1}), state({"0": "sex"}, {"0": 0})),
    ):
        subject = attr_names.AttrNames(None, family, wanted)
        yield f"{kind}not confirmed", subject.not_confirmed(Written(), found, wanted).message
    for expected, found, _hint in rejected.ATTR_NAMES_FOUND:
        yield f"names {expected!a} and {found!a}", attr_name_rules.difference(expected, found)
    yield "undeclared", attr_name_rules.Undeclared({"5": "x", "7": "it's"}).failure.message


def of_users() -> Iterator[tuple[str, str]]:
    yield from each_said("text", dict(rejected.INVISIBLE), lambda text: texts.require("a tag", text, empty="Set it"))
    parse = partial(accounts.parse_list, "users")
    yield from each_said("users: account", given_in(rejected.USER_IDS), lambda account: parse([account]))
    yield from each_said("users: list", given_in(rejected.USER_LISTS), parse)
    for kind, operation, own in (
        ("attributes", user_attrs.ENSURE, rejected.USER_ATTRS),
        ("tags", user_tags.ENSURE, rejected.USER_TAGS),
    ):
        for option in given_in([*rejected.USER_MAPS, *own]):
            yield f"{kind} {option!a}", unasked(operation, users=option)
    yield "tags: exclusive", unasked(user_tags.ENSURE, users={}, state="absent", exclusive=True)
    for declared in (["sex", "city"], []):
        yield f"attributes: declared {declared}", said(texts.require_declared, "users", ["town"], sorted(declared))
    for some in (["u1"], tasks.some(30)):
        yield f"users: no data for {len(some)}", outcome.failure_of(dict.fromkeys(some, Refused()), {}, str).message
    for found in (
        {"UserTags": 3},
        {"UserTags": [3]},
        {"UserTags": [{"To_Account": "u1", "Tags": [3]}]},
        {"UserTags": [{"To_Account": "u1"}, {"To_Account": "u1", "Tags": []}]},
        {"ErrorList": [{"To_Account": "u1", "ErrorCode": None}]},
    ):
        yield f"users: response {found}", answered(user_tags.INFO, found, users=["u1", "u2"])
    for value in (3, {"city": 3}):
        listed = {"UserAttrs": [{"To_Account": "u1", "Attrs": value}]}
        yield f"users: response {listed}", answered(user_attrs.INFO, listed, users=["u1", "u2"])
    sent = users.UsersWritten(sent=outcome.Outcome(done=frozenset(["u1"])))
    yield "users: not confirmed", user_tags.UserTags(None, api.OLD, {"u1": ["a"]}).not_confirmed(sent, {}, {}).message
    yield "users: some written", some_written()
    yield from each_code("attributes", user_attrs.UserAttrs.CODES)
    yield from each_code("tags", user_tags.UserTags.CODES)


def some_written() -> str:
    """The message of a task that gave one user a tag, and another none."""
    tags: dict[str, list[str]] = {"u1": [], "u2": []}

    def answer(command, body):
        if command == "im_get_tag":
            return {"UserTags": [{"To_Account": user, "Tags": tags[user]} for user in tags]}
        tags["u2"] = ["a"]
        return {"ErrorList": [{"To_Account": "u1", "ErrorCode": 90035, "ErrorInfo": "why"}]}

    return message_of(user_tags.ENSURE, answer, users={"u1": ["a"], "u2": ["a"]})


def unasked(operation, **given) -> str:
    """The message of a task that fails before it asks the service."""
    return message_of(operation, lambda command, body: pytest.fail(command), **given)


def message_of(operation, answer, **given) -> str:
    """The message of a task that asks a service that *answer* stands for."""
    return tasks.run(operation, tasks.client_of(tasks.Workers(answer)), **given)["msg"]


def bare(message: str) -> str:
    """Return a message without the call that failed and without its attempts."""
    return re.sub(r"^\w+ for app 1400000001 at singapore: | Gave up after \d+ attempts\.$", "", message)


def of_pushes() -> Iterator[tuple[str, str]]:
    audiences = given_in(rejected.AUDIENCES)
    yield from each_said("audience", audiences, lambda given: rejected.audience(**given))
    for declared in (["sex", "city"], []):
        condition = {"AttrsOr": {"town": "Oslo"}}
        yield f"audience: declared {declared}", said(conditions.require_declared, condition, declared)
    yield from each_unasked("push", rejected.PUSHES, push.PUSH, msg_random=7)
    for code in push.PUSH_CODES:
        if push.PUSH_CODES[code] != codes.CODES.get(code):
            yield f"push: code {code}", answered(push.PUSH, tasks.rejection(code), **rejected.EVERYONE)
    lost = network_errors.explain(ConnectionResetError(104, "text"), 7)
    yield "push: lost", answered(push.PUSH, lost, **rejected.EVERYONE)
    another = {"TaskId": "1400000002_144115212910570789_7_15723514"}
    yield "push: for another app", answered(push.PUSH, another, **rejected.EVERYONE)


def of_listed_users() -> Iterator[tuple[str, str]]:
    listed = {"api": api.NEW, "users": ["u1"], "offline_push": rejected.NOTE, "msg_random": 7}
    for given, _part in rejected.LISTED_PUSHES:
        users = given.get("users") or ()
        shown = {**given, "users": f"{len(users)} users"} if len(users) > 3 else given
        yield f"listed {shown!a}", unasked(push.PUSH, **rejected.to_listed(**{**listed, **given}))
    for refused in (["u1"], ["u1", "u2"]):
        errors = {"ErrorList": [{"To_Account": user, "ErrorCode": 70107, "ErrorInfo": "why"} for user in refused]}
        yield f"listed: without {refused}", answered(push.PUSH, errors, **{**listed, "users": ["u1", "u2"]})
    silent = tasks.client_of(tasks.Workers(lambda command, body: pytest.fail(command)))
    warned = tasks.run(push.PUSH, silent, True, **rejected.EVERYONE)
    yield "push: without lifetime", warned["warnings"][0]


def of_what_was_pushed() -> Iterator[tuple[str, str]]:
    given = {"task_id": "t", "offline_push": rejected.NOTE}
    yield from each_unasked("recall", rejected.RECALLS, recall.RECALL, **given)
    for code in (code for code in recall.CODES if code != 90050):  # which succeeds
        yield f"recall: code {code}", answered(recall.RECALL, tasks.rejection(code), **given)
    yield from each_unasked("statistics", rejected.STATISTICS, statistics.INFO)
    for results, _part in rejected.STATISTICS_FOUND:
        asked = {"task_ids": ["t"], "reasons": True}
        yield f"statistics: response {results}", answered(statistics.INFO, {"Results": results}, **asked)


def of_accounts() -> Iterator[tuple[str, str]]:
    yield from each_said("accounts", given_in(rejected.ACCOUNTS), rules.parse_option)
    yield "accounts: no list", said(rules.parse_list, {"u1": None})
    yield "accounts: info", answered(accounts_tasks.INFO, {"ResultItem": []}, accounts=["u1"])
    for confirmed in (False, True):
        gone = {"accounts": {"administrator": None}, "state": "absent", "confirm_deletion": confirmed}
        yield f"accounts: deletion {confirmed}", unasked(accounts_tasks.ENSURE, **gone)
    yield from each_code("accounts", calls.CODES)
    missing = {"ResultItem": [{"UserID": "u1", "ResultCode": 0, "AccountStatus": "NotImported"}]}
    for name, fields in {
        "no reason": {**missing, "FailAccounts": ["u1"]},
        "not confirmed": missing,
        "no data": {"ResultItem": []},
        "list": {**missing, "FailAccounts": [3]},
        "status": {"ResultItem": [{"UserID": "u1", "AccountStatus": 3}]},
        "code": {"ResultItem": [{"UserID": "u1", "ResultCode": "x"}]},
        "twice": {"ResultItem": [{"UserID": "u1", "ResultCode": 1}, {"UserID": "u1", "ResultCode": 2}]},
    }.items():
        yield f"accounts: {name}", answered(accounts_tasks.ENSURE, fields, accounts={"u1": None})
    for items in (3, [{"Tag": "Tag_Profile_IM_Nick", "Value": 3}]):
        profiles = [{"To_Account": "u1", "ProfileItem": items}]
        fields = {"ResultItem": [{"UserID": "u1", "AccountStatus": "Imported"}], "UserProfileItem": profiles}
        yield f"accounts: profile {items}", answered(accounts_tasks.INFO, fields, accounts=["u1"])
    yield "accounts: some imported", some_imported()


def some_imported() -> str:
    """The message of a task that imported one account, and not the other."""
    imported: list[str] = []

    def answer(command, body):
        if command == "account_check":
            status = {True: "Imported", False: "NotImported"}
            asked = [entry["UserID"] for entry in body["CheckItem"]]
            return {"ResultItem": [{"UserID": one, "AccountStatus": status[one in imported]} for one in asked]}
        imported.append("u2")
        return {"FailAccounts": ["u1"]}

    return message_of(accounts_tasks.ENSURE, answer, accounts={"u1": None, "u2": None})


def answered(operation, answer, **options) -> str:
    """The message of a task that gets this answer, or a response with these fields, for each call."""
    return bare(message_of(operation, lambda command, body: answer, **options))


def test_every_message():
    parts = (of_names, of_options, of_answers, of_network, of_tasks, of_users, of_pushes, of_listed_users)
    found = {name: message for part in (*parts, of_what_was_pushed, of_accounts) for name, message in part()}
    if os.environ.get("CHAT_UPDATE_MESSAGES"):
        FILE.write_text(json.dumps(found, indent=1, ensure_ascii=True) + "\n")
    assert found == json.loads(FILE.read_text())
    assert len(found) > 400
