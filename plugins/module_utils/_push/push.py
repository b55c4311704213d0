# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A push to all users of an app, or to those with certain attributes or tags. It is never sent twice.

Follows https://www.tencentcloud.com/document/product/1047/37166 (all_member_push) and
https://www.tencentcloud.com/document/product/1047/67814 (timpush).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

from .._core.client import Client
from .._core.codes import CODES, Code, throttled
from .._core.errors import REPORT_BUG, ChatError, Failure, OptionError, bug
from .._core.operation import Operation, Options, Outcome
from .._core.options import check_range
from .._core.retry import Call
from .._core.values import kind, optional, require_map, require_text
from . import api, attr_names, conditions

MAX_RANDOM = 2**32 - 1
MAX_LIFETIME = 7 * 24 * 60 * 60  # seconds
_LONGEST_TASK_ID = 200  # characters; about 60 are usual
INTERVAL = 1.0  # seconds that must lie between two pushes of an app

_MSG_BODY = "Check msg_body"
_UNCERTAIN = (
    "The push may have been sent: check this with a recipient or in the console before you run the task again, "
    "because each run sends a push"
)

_NO_ACCOUNT = Code("account does not exist", "Import the account in from_account into the app, or omit from_account")
_TAG_TOO_LONG = Code("a tag is longer than 50 bytes", "Shorten it")
_OWN_CODES = {
    70107: _NO_ACCOUNT,
    90002: Code("the message body is malformed", _MSG_BODY),
    90005: Code("MsgRandom is missing or is not an integer", REPORT_BUG),
    90007: Code("the message body is not an array", _MSG_BODY),
    90010: Code("the message body is malformed", _MSG_BODY),
    90012: _NO_ACCOUNT,
    90020: _TAG_TOO_LONG,
    90022: Code("a tag is repeated in the condition", "List each tag once"),
    90024: throttled("less than a second after another push", hint="Send the pushes of an app one by one"),
    90025: Code("the service already has this push", may_be_accepted=True),
    90026: Code("the lifetime is longer than 7 days", f"Set lifetime to at most {MAX_LIFETIME}"),
    90030: Code("an attribute value is empty or longer than 50 bytes", "Correct attrs_or and attrs_and"),
    90032: Code("more than 10 tags in one request", "List fewer tags"),
    90033: Code("invalid attribute in the condition", "Check attrs_or and attrs_and"),
    90034: _TAG_TOO_LONG,
    90035: Code(
        "the attribute or tag belongs to the other kind of account, or the user is not valid",
        "Use attributes of type 0 and tags for user IDs, and those of type 1 for registration IDs",
    ),
    90039: Code("attributes and tags are mixed in one condition", "Use either attributes or tags"),
    90040: Code("a tag is empty", "Set it"),
    90043: Code("OfflinePushInfo is malformed", "Check offline_push"),
    90044: Code("the lifetime is not an integer", REPORT_BUG),
    90046: Code("more than 100 tags", "List fewer tags"),
    90047: Code("the daily quota of pushes is used up", "Wait until tomorrow, or ask Tencent Cloud for a larger quota"),
    90048: _NO_ACCOUNT,
    90056: Code("the message is larger than 10 KB", "Shorten it"),
    90057: Code("DataId is too long", REPORT_BUG),
}
# The meaning of the codes for a push. If it may have been accepted, "run the task again" is the wrong hint.
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


def _message(options: Options) -> dict[str, Any]:
    """Return the fields of the message. Raises OptionError."""
    text, body, offline = (options.get(name) for name in ("text", "msg_body", "offline_push"))
    fields: dict[str, Any] = {}
    if text is not None and body is not None:
        raise OptionError("text and msg_body are both set", "Set one of them")
    if text is not None:
        fields["MsgBody"] = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": text}}]
    elif body is not None:
        fields["MsgBody"] = body
    elif offline is None or options["api"] != api.NEW:
        raise OptionError(
            "text or msg_body must be set", f"Set one of them. Only with the API {api.NEW}, offline_push is enough"
        )
    if offline is not None:
        fields["OfflinePushInfo"] = offline
    return fields


def _storage(options: Options) -> dict[str, int]:
    """Return the field that decides whether users who are offline get the push later. Raises OptionError."""
    family, lifetime = options["api"], options.get("lifetime")
    name, other = ("lifetime", api.OLD) if family == api.NEW else ("online_only", api.NEW)
    if options.get(name) is not None:
        what = f"{name}: the API family {family} does not support this option"
        raise OptionError(what, f"Set api to {other}, or omit {name}")
    if family == api.NEW:
        return {"OnlineOnlyFlag": int(bool(options.get("online_only")))}
    if lifetime is not None:
        check_range("lifetime", lifetime, 0, MAX_LIFETIME)
    return {"MsgLifeTime": lifetime or 0}


def body_of(options: Options, msg_random: int) -> dict[str, Any]:
    """Return the body of the push that parsed *options* describe. Raises OptionError; sends nothing."""
    check_range("msg_random", msg_random, 0, MAX_RANDOM)
    body = {"MsgRandom": msg_random, **_message(options), **_storage(options)}
    if options.get("from_account") is not None:
        body["From_Account"] = options["from_account"]
    condition = conditions.condition_of(options)
    return {**body, "Condition": condition} if condition else body


# -- the call -----------------------------------------------------------------------------------------------------


def _run(client: Client, options: Options, check_mode: bool) -> Outcome:
    given = options.get("msg_random")
    msg_random = secrets.randbelow(MAX_RANDOM + 1) if given is None else given
    try:
        body = body_of(options, msg_random)
        condition = body.get("Condition", {})
        if conditions.has_attributes(condition):
            conditions.require_declared(condition, attr_names.read(client, options["api"]).names.values())
    except ChatError as error:
        return Outcome(False, {"msg_random": msg_random}, error.failure)
    keys = {"msg_random": msg_random, "condition": condition}
    if check_mode:
        return Outcome(True, keys)
    try:
        return Outcome(True, {**keys, "task_id": _send(client, options["api"], body)})
    except ChatError as error:
        return _failed(error.failure, msg_random)
    except Exception as error:
        return _failed(bug(error), msg_random)


def _send(client: Client, family: str, body: dict[str, Any]) -> str | None:
    """Send the push, and return its task ID. Raises ChatError."""
    # A push that came too soon may be sent again after more than INTERVAL.
    call = Call(api.path(family, "push"), body, idempotent=False, codes=PUSH_CODES, spacing=INTERVAL)
    return client.call(call, lambda response: _task_id(response, client.account.sdkappid))


def _task_id(response: Mapping[str, Any], sdkappid: int) -> str | None:
    """Return the TaskId, if there is one. The push was accepted, unless the response belongs to another app.

    Raises ChatError if the TaskId begins with another SDKAppID.
    """
    task_id = response.get("TaskId")
    if not isinstance(task_id, str) or not task_id.isprintable() or not 0 < len(task_id) <= _LONGEST_TASK_ID:
        return None
    app = re.match(r"(\d{10})_", task_id)
    if app and int(app[1]) != sdkappid:
        what = f"the response is not to this request: its TaskId is that of app {app[1]}"
        raise ChatError(Failure(what, "Check the proxy or gateway in between", http_status=200))
    return task_id


def _failed(failure: Failure, msg_random: int) -> Outcome:
    """Return the outcome of a push that failed: whether it was sent, and what to do if that is unknown."""
    keys = {"sent": "no" if failure.not_accepted else "unknown", "msg_random": msg_random}
    if not failure.not_accepted:
        failure = failure._replace(hint=". ".join(filter(None, [_UNCERTAIN, failure.hint])))
    return Outcome(False, keys, failure)


def _text_of(name: str) -> Any:
    return optional(lambda value: require_text(name, value))


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
        **api.OPTION,
    },
    {
        "text": _text_of("text"),
        "msg_body": optional(_parse_msg_body),
        "offline_push": optional(_parse_offline_push),
        "from_account": _text_of("from_account"),
        **conditions.PARSERS,
    },
    failure={"sent": "no", "msg_random": None},
)
