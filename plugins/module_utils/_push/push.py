# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A push to all users of an app, or to those with certain attributes or tags. It is never sent twice.

Follows https://www.tencentcloud.com/document/product/1047/37166 (all_member_push) and
https://www.tencentcloud.com/document/product/1047/67814 (timpush).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from .._core.client import Call, Client
from .._core.errors import CODES, REPORT_BUG, ChatError, Code, OptionError, bug
from .._core.operation import Operation, Result
from .._core.options import check_range
from .._core.text import kind, require_map, require_text
from . import attr_names, conditions, family

MAX_RANDOM = 2**32 - 1
MAX_LIFETIME = 7 * 24 * 60 * 60  # seconds
INTERVAL = 1.0  # seconds that must lie between two pushes of an app

_MSG_BODY = "Check msg_body"
_UNCERTAIN = (
    "The push may have been sent: check this with a recipient or in the console before you run the task again, "
    "because each run sends a push"
)

_OWN_CODES = {
    70107: Code("account does not exist", "Import the account in from_account into the app, or omit from_account"),
    90002: Code("the message body is malformed", _MSG_BODY),
    90005: Code("MsgRandom is missing or is not an integer", REPORT_BUG),
    90007: Code("the message body is not an array", _MSG_BODY),
    90010: Code("the message body is malformed", _MSG_BODY),
    90020: Code("a tag is longer than 50 bytes", "Shorten it"),
    90022: Code("a tag is repeated in the condition", "List each tag once"),
    90024: Code("less than a second after another push", "Send the pushes of an app one by one", is_transient=True),
    90026: Code("the lifetime is longer than 7 days", f"Set lifetime to at most {MAX_LIFETIME}"),
    90032: Code("more than 10 tags in one request", "List fewer tags"),
    90033: Code("invalid attribute in the condition", "Check attrs_or and attrs_and"),
    90035: Code(
        "the attribute or tag belongs to the other kind of account",
        "Use attributes of type 0 and tags for user IDs, and those of type 1 for registration IDs",
    ),
    90039: Code("attributes and tags are mixed in one condition", "Use either attributes or tags"),
    90040: Code("a tag is empty", "Set it"),
    90047: Code("the daily quota of pushes is used up", "Wait until tomorrow, or ask Tencent Cloud for a larger quota"),
    90056: Code("the message is larger than 10 KB", "Shorten it"),
    90057: Code("DataId is too long", REPORT_BUG),
}
# What the codes mean for a push. After those of _UNCERTAIN, "run the task again" is the wrong hint.
PUSH_CODES = {
    **{code: known._replace(hint="") for code, known in CODES.items() if known.may_be_accepted},
    **_OWN_CODES,
}


# -- the rules, without the network -------------------------------------------------------------------------------


def _parse_msg_body(value: Any) -> list[Mapping[str, Any]]:
    """Return the list in the option msg_body. Raises OptionError."""
    hint = "Write a list of elements such as {MsgType: TIMTextElem, MsgContent: {Text: hello}}"
    if not isinstance(value, (list, tuple)) or not value:
        what = "is empty" if isinstance(value, (list, tuple)) else f"must be a list, not {kind(value)}"
        raise OptionError(f"msg_body {what}", hint)
    for position, element in enumerate(value, 1):
        label = f"msg_body: element number {position}"
        if not isinstance(element, Mapping):
            raise OptionError(f"{label} must be a map, not {kind(element)}", hint)
        require_text(f"{label}: MsgType", element.get("MsgType"), empty="Set it")
        if not isinstance(element.get("MsgContent"), Mapping):
            raise OptionError(f"{label}: MsgContent must be a map, not {kind(element.get('MsgContent'))}", hint)
    _json("msg_body", value)
    return list(value)


def _parse_offline_push(value: Any) -> dict[str, str]:
    """Return the OfflinePushInfo of the option offline_push. Raises OptionError."""
    given = require_map("offline_push", value, "{title: Maintenance}")
    unknown = [key for key in given if key not in ("title", "desc", "ext")]
    if unknown:
        raise OptionError(f"offline_push: {unknown[0]!r} is not a valid key", "Use title, desc and ext")
    info = {
        field: require_text(f"offline_push: {name}", given[name])
        for name, field in (("title", "Title"), ("desc", "Desc"))
        if given.get(name) is not None
    }
    if given.get("ext") is not None:
        info["Ext"] = _json("offline_push: ext", require_map("offline_push: ext", given["ext"], "{page: news}"))
    if not info:
        raise OptionError("offline_push is empty", "Set title, desc or ext in offline_push, or omit offline_push")
    return info


def _json(label: str, value: Any) -> str:
    """Return *value* as JSON. Raises OptionError for what YAML has and JSON does not, such as a date."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise OptionError(f"{label} contains a value that JSON cannot represent", "Quote dates") from None


def _message(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the message. Raises OptionError."""
    text, body, offline = (options.get(name) for name in ("text", "msg_body", "offline_push"))
    fields: dict[str, Any] = {}
    if text is not None and body is not None:
        raise OptionError("text and msg_body are both set", "Set one of them")
    if text is not None:
        fields["MsgBody"] = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": require_text("text", text)}}]
    elif body is not None:
        fields["MsgBody"] = _parse_msg_body(body)
    elif offline is None or options["api"] != family.NEW:
        raise OptionError(
            "text or msg_body must be set", f"Set one of them. Only with the API {family.NEW}, offline_push is enough"
        )
    if offline is not None:
        fields["OfflinePushInfo"] = _parse_offline_push(offline)
    return fields


def _storage(options: Mapping[str, Any]) -> dict[str, int]:
    """Return the field that decides whether users who are offline get the push later. Raises OptionError."""
    api = options["api"]
    lifetime, online_only = options.get("lifetime"), options.get("online_only")
    name, other = ("lifetime", family.OLD) if api == family.NEW else ("online_only", family.NEW)
    if options.get(name) is not None:
        what = f"{name}: the API family {api} does not support this option"
        raise OptionError(what, f"Set api to {other}, or omit {name}")
    if api == family.NEW:
        return {"OnlineOnlyFlag": int(bool(online_only))}
    if lifetime is not None:
        check_range("lifetime", lifetime, 0, MAX_LIFETIME)
    return {"MsgLifeTime": lifetime or 0}


def parse_options(options: Mapping[str, Any], msg_random: int) -> dict[str, Any]:
    """Return the body of the push that validated *options* describe. Raises OptionError; sends nothing."""
    check_range("msg_random", msg_random, 0, MAX_RANDOM)
    body = {"MsgRandom": msg_random, **_message(options), **_storage(options)}
    if options.get("from_account") is not None:
        body["From_Account"] = require_text("from_account", options["from_account"])
    condition = conditions.parse_options(options)
    return {**body, "Condition": condition} if condition else body


def _check_yaml(options: Mapping[str, Any]) -> None:
    for name in ("text", "from_account"):
        if options.get(name) is not None:
            require_text(name, options[name])
    if options.get("msg_body") is not None:
        _parse_msg_body(options["msg_body"])
    if options.get("offline_push") is not None:
        _parse_offline_push(options["offline_push"])
    conditions.check_yaml(options)


# -- the call -----------------------------------------------------------------------------------------------------


def _run(client: Client, options: Mapping[str, Any], check_mode: bool) -> Result:
    given = options.get("msg_random")
    msg_random = secrets.randbelow(MAX_RANDOM + 1) if given is None else given
    try:
        body = parse_options(options, msg_random)
        condition = body.get("Condition", {})
        if conditions.has_attributes(condition):
            declared = attr_names.read(client, options["api"]).names
            conditions.reject_undeclared(condition, list(declared.values()))
    except ChatError as error:
        error.facts["msg_random"] = msg_random
        raise
    result = {"changed": True, "msg_random": msg_random, "condition": condition}
    return result if check_mode else {**result, "task_id": _send(client, options["api"], body)}


def _send(client: Client, api: str, body: dict[str, Any]) -> str | None:
    """Send the push, and return its task ID. Raises ChatError, with the facts ``sent`` and ``msg_random``."""
    sleep = client.sleep
    # A push that came too soon may be sent again after more than INTERVAL.
    client.sleep = lambda delay: sleep(INTERVAL + delay)
    call = Call(family.path(api, "push"), body, idempotent=False, codes=PUSH_CODES)
    try:
        return client.call(call, _task_id)
    except ChatError as error:
        raise _failed(error, body["MsgRandom"]) from None
    except Exception as error:
        raise _failed(bug(error), body["MsgRandom"]) from None


def _task_id(response: Mapping[str, Any]) -> str | None:
    """Return the TaskId, if there is one. The push was accepted, so nothing in the response makes it a failure."""
    task_id = response.get("TaskId")
    return task_id if isinstance(task_id, str) and task_id else None


def _failed(error: ChatError, msg_random: int) -> ChatError:
    """Return *error* with whether the push was sent, and with what to do if that is unknown."""
    error.facts.update(sent="no" if error.not_accepted else "unknown", msg_random=msg_random)
    if not error.not_accepted:
        error.hint = ". ".join(filter(None, [_UNCERTAIN, error.hint]))
    return error


PUSH = Operation(
    _run,
    {
        "text": {"type": "str"},
        "msg_body": {"type": "list", "elements": "dict"},
        "offline_push": {
            "type": "dict",
            "options": {"title": {"type": "str"}, "desc": {"type": "str"}, "ext": {"type": "dict"}},
        },
        "from_account": {"type": "str"},
        "lifetime": {"type": "int"},
        "online_only": {"type": "bool"},
        "msg_random": {"type": "int"},
        **conditions.OPTIONS,
        **family.OPTION,
    },
    check_yaml=_check_yaml,
    failure={"sent": "no", "msg_random": None},
)
