# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A push to all users of an app, to those with certain attributes or tags, or to a list. It is never sent twice.

Follows https://www.tencentcloud.com/document/product/1047/37166 (all_member_push),
https://www.tencentcloud.com/document/product/1047/67814 (timpush) and
https://www.tencentcloud.com/document/product/1047/74196 (listed users).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from .._core.client import Client
from .._core.codes import CODES, Code, meaning_of, throttled
from .._core.errors import REPORT_BUG, ChatError, Failure, OptionError, bug
from .._core.operation import Operation, Options, Outcome
from .._core.options import check_range
from .._core.retry import Call
from .._core.values import optional, require_text
from .._many.outcome import Refusals, failure_of, refusals, shown, stamped
from . import api, attr_names, conditions, message, task_ids

MAX_RANDOM = 2**32 - 1
MAX_LIFETIME = 7 * 24 * 60 * 60  # seconds
INTERVAL = 1.0  # seconds that must lie between two pushes of an app
BATCHES_PER_SECOND = 10  # pushes to listed users; some plans allow more

_MSG_BODY = "Check msg_body"
_UNCERTAIN = (
    "The push may have been sent: check this with a recipient or in the console before you run the task again, "
    "because each run sends a push"
)

_NO_ACCOUNT = Code(
    "account does not exist", "Check from_account and users, and import missing accounts with chat_accounts"
)
_TAG_TOO_LONG = Code("a tag is longer than 50 bytes", "Shorten the tag")
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
    90026: Code("the lifetime is longer than 7 days", f"Set lifetime: {MAX_LIFETIME} or less"),
    90030: Code("an attribute value is empty or longer than 50 bytes", "Correct attrs_or and attrs_and"),
    90032: Code("more than 10 tags in one request", "List fewer tags"),
    90033: Code("invalid attribute in the condition", "Check attrs_or and attrs_and"),
    90034: _TAG_TOO_LONG,
    90035: Code(
        "the type of the attribute or tag does not match the user, or the user is not valid",
        "Use attributes of type 0 and tags for user IDs, and those of type 1 for registration IDs",
    ),
    90039: Code("attributes and tags are mixed in one condition", "Use either attributes or tags"),
    90040: Code("a tag is empty", "Set or remove the tag"),
    90043: Code("OfflinePushInfo is malformed", "Check offline_push"),
    90044: Code("the lifetime is not an integer", REPORT_BUG),
    90046: Code("more than 100 tags", "List fewer tags"),
    90047: Code("the daily quota of pushes is used up", "Wait until tomorrow, or ask Tencent Cloud for a larger quota"),
    90048: _NO_ACCOUNT,
    90056: Code("the message is larger than 10 KB", "Shorten the message"),
    90057: Code("DataId is too long", REPORT_BUG),
}
# The meaning of the codes for a push. If it may have been accepted, "run the task again" is the wrong hint.
PUSH_CODES = {
    **{code: known._replace(hint="") for code, known in CODES.items() if known.may_be_accepted},
    **_OWN_CODES,
}


# -- the rules, without the network -------------------------------------------------------------------------------


def _storage(options: Options) -> dict[str, int]:
    """Return the field that decides whether users who are offline get the push later. Raises OptionError."""
    family, lifetime = options["api"], options.get("lifetime")
    name, other = ("lifetime", api.OLD) if family == api.NEW else ("online_only", api.NEW)
    if options.get(name) is not None:
        what = f"{name}: the API family {family} does not support this option"
        raise OptionError(what, f"Set api: {other}, or remove {name}")
    if family == api.NEW:
        return {"OnlineOnlyFlag": int(bool(options.get("online_only")))}
    if lifetime is not None:
        check_range("lifetime", lifetime, 0, MAX_LIFETIME)
    return {"MsgLifeTime": lifetime or 0}


def body_of(options: Options, msg_random: int, identifier: str) -> dict[str, Any]:
    """Return the body of the push that parsed *options* describe. Raises OptionError; sends nothing."""
    check_range("msg_random", msg_random, 0, MAX_RANDOM)
    condition = conditions.condition_of(options)
    sender = options.get("from_account")
    if options.get("users") is not None:
        fields = {"From_Account": sender or identifier, "To_Account": options["users"]}
        return {"MsgRandom": msg_random, **fields, **_listed_message(options)}
    body = {"MsgRandom": msg_random, **message.message_of(options), **_storage(options)}
    if sender is not None:
        body["From_Account"] = sender
    return {**body, "Condition": condition} if condition else body


def _listed_message(options: Options) -> dict[str, Any]:
    """Return the fields of the message to listed users, which is a notification. Raises OptionError."""
    for name in ("text", "msg_body", "lifetime", "online_only"):
        if options.get(name) is not None:
            what = f"{name}: a push to listed users does not support this option"
            raise OptionError(what, f"Remove {name}, and set the message with offline_push")
    offline = options.get("offline_push") or {}
    if not {"Title", "Desc"} <= set(offline):
        raise OptionError("a push to listed users needs a title and a desc", "Set both in offline_push")
    return {"OfflinePushInfo": {"PushFlag": 0, **offline}}


def _warnings(options: Options, body: Mapping[str, Any]) -> list[str]:
    """Return the warning that most users miss the push, if nobody asked for that."""
    if body.get("MsgLifeTime") != 0 or options.get("lifetime") is not None:
        return []
    return [
        "Only users who are online receive this push, because lifetime is not set. To reach users who are offline, "
        "set lifetime to the seconds for which the service stores the push. To reach only users who are online, set "
        "lifetime: 0."
    ]


# -- the call -----------------------------------------------------------------------------------------------------


def _run(client: Client, options: Options, check_mode: bool) -> Outcome:
    given = options.get("msg_random")
    msg_random = secrets.randbelow(MAX_RANDOM + 1) if given is None else given
    keys: dict[str, Any] = {"msg_random": msg_random}
    try:
        keys["body"] = body = body_of(options, msg_random, client.account.identifier)
        condition = body.get("Condition", {})
        if conditions.has_attributes(condition):
            conditions.require_declared(condition, attr_names.read(client, options["api"]).names.values())
    except ChatError as error:
        return Outcome(False, keys, error.failure)
    warnings = _warnings(options, body)
    keys.update({"warnings": warnings} if warnings else {})
    selected = {} if "To_Account" in body else {"condition": condition}
    if check_mode:
        return Outcome(True, {**keys, **selected})
    try:
        task_id, refused = _send(client, options["api"], body)
    except ChatError as error:
        return _failed(error.failure, keys)
    except Exception as error:
        return _failed(bug(error), keys)
    keys["task_id"] = task_id
    if isinstance(refused, Failure):
        return _failed(refused, keys)
    return _partly(client, refused, keys) if refused else Outcome(True, {**keys, **selected})


def _send(client: Client, family: str, body: dict[str, Any]) -> tuple[str | None, Refusals | Failure]:
    """Send the push. Return its task ID, and the listed users whom the service rejected. Raises ChatError."""
    if "To_Account" in body:
        call = Call(api.path(family, "batch"), body, idempotent=False, codes=PUSH_CODES, per_second=BATCHES_PER_SECOND)
    else:
        # A push that came too soon may be sent again after more than INTERVAL.
        call = Call(api.path(family, "push"), body, idempotent=False, codes=PUSH_CODES, spacing=INTERVAL)
    mask, sdkappid = client.redact_foreign.text, client.account.sdkappid

    def parse(response: dict[str, Any]) -> tuple[str | None, Refusals | Failure]:
        task_id = _task_id(response, sdkappid)
        try:
            refused = refusals(response, body["To_Account"], mask) if "To_Account" in body else {}
            return task_id, stamped(refused, call.command)
        except ChatError as error:  # the push was accepted, but who gets it is unknown
            return task_id, error.failure

    return client.call(call, parse)


def _task_id(response: Mapping[str, Any], sdkappid: int) -> str | None:
    """Return the TaskId, if there is one. The push was accepted, unless the response belongs to another app.

    Raises ChatError if the TaskId begins with another SDKAppID.
    """
    task_id = response.get("TaskId")
    if not isinstance(task_id, str) or not task_ids.is_task_id(task_id):
        return None
    app = re.match(r"(\d{10})_", task_id)
    if app and int(app[1]) != sdkappid:
        what = f"the response is not to this request: its TaskId is that of app {app[1]}"
        raise ChatError(Failure(what, "Check the proxy or gateway in between", http_status=200))
    return task_id


def _failed(failure: Failure, keys: Mapping[str, Any]) -> Outcome:
    """Return the outcome of a push that failed: whether it was sent, and what to do if that is unknown."""
    if not failure.not_accepted:
        failure = failure._replace(hint=". ".join(filter(None, [_UNCERTAIN, failure.hint])))
    return Outcome(False, {**keys, "sent": "no" if failure.not_accepted else "unknown"}, failure)


def _partly(client: Client, refused: Refusals, keys: Mapping[str, Any]) -> Outcome:
    """Return the outcome of a push that the service accepted, but not for the users in *refused*."""
    users = keys["body"]["To_Account"]
    refused = {user: refused[user] for user in users if user in refused}
    reached = len(users) - len(refused)
    failure = failure_of(refused, PUSH_CODES, client.where)
    keys = {**keys, "failed_users": shown(refused)}
    if not reached and any(meaning_of(why.error_code or 0, PUSH_CODES).may_be_accepted for why in refused.values()):
        return _failed(failure, keys)
    if reached:
        what = f"{failure.what}. The push was sent to {reached} of {len(users)} users"
        hint = f"{failure.hint}. Do not run the task again for all users, because each run sends a push. List only"
        failure = failure._replace(what=what, hint=f"{hint} those in failed_users")
    else:
        failure = failure._replace(what=f"{failure.what}. The push was not sent to any user")
    sent = "partly" if reached else "no"
    return Outcome(bool(reached), {**keys, "sent": sent}, failure)


PUSH = Operation(
    _run,
    {
        **message.OPTIONS,
        "from_account": {"type": "str"},
        "lifetime": {"type": "int"},
        "online_only": {"type": "bool"},
        "msg_random": {"type": "int"},
        **conditions.OPTIONS,
        **api.OPTION,
    },
    {
        **message.PARSERS,
        "from_account": optional(lambda value: require_text("from_account", value)),
        **conditions.PARSERS,
    },
    failure={"sent": "no", "msg_random": None},
)
