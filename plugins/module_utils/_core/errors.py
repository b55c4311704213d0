# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The errors of a task, and the ErrorCodes that every call of the Chat service shares.

The codes and their meanings follow https://www.tencentcloud.com/document/product/1047/34348.
This file imports no other part of the collection, so that a subject's rules can use it without the network.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple


class Code(NamedTuple):
    """The meaning of one ErrorCode of the service.

    hint -- what the user should do, if the task was given a usersig or if it makes no difference
    key_hint -- what the user should do if the task was given a secret_key
    is_transient -- the same request may succeed after a delay
    needs_new_usersig -- a newly generated UserSig may help
    may_be_accepted -- the service may have accepted the request all the same
    """

    meaning: str
    hint: str = ""
    key_hint: str = ""
    is_transient: bool = False
    needs_new_usersig: bool = False
    may_be_accepted: bool = False


REPORT_BUG = "Report this as a bug in the collection"
SLOW_DOWN = "Slow down: use fewer forks, or spread the calls over time"
_ADMIN = "Set identifier to an app admin account"
_SIGNATURE = "Check identifier and usersig"
_KEY = "Check identifier, sdkappid and secret_key"
_NEW_SIGNATURE = "Generate a new UserSig, or set secret_key so that each run generates its own"
_CLOCK = "Check the clock of this machine, because the UserSig was generated from secret_key just now"
_REGION = "Check region and sdkappid"
_AGAIN = "Run the task again later"
_SUPPORT = "Contact Tencent Cloud support"


# A request that the service rejects now, and accepts later.
_later = partial(Code, hint=SLOW_DOWN, is_transient=True)
# A failure inside the service, which does not say how far the request got.
_unclear = partial(Code, hint=_AGAIN, is_transient=True, may_be_accepted=True)
_expired = partial(Code, hint=_NEW_SIGNATURE, key_hint=_CLOCK, needs_new_usersig=True)

CODES = {
    60002: Code("HTTP parse error", "Check api_url"),
    60003: Code("the JSON of the request could not be parsed", REPORT_BUG),
    60004: Code("account or signature wrong", _SIGNATURE, _KEY),
    60005: Code("account or signature wrong", _SIGNATURE, _KEY),
    60006: Code("SDKAppID invalid", "Check sdkappid and region"),
    60007: _later("REST call rate over the limit"),
    60008: _unclear("service timeout or malformed request"),
    60009: Code("bad resource", "Check api_url"),
    60010: Code("an app admin account is required", _ADMIN),
    60011: _later("SDKAppID rate over the limit"),
    60012: Code("sdkappid is missing from the URL", REPORT_BUG),
    60013: _unclear("the service could not parse its own response"),
    60014: _unclear("account exchange timed out"),
    60015: Code("the account is not a string", REPORT_BUG),
    60016: Code("SDKAppID disabled", _SUPPORT),
    60017: Code("request disabled", _SUPPORT),
    60018: _later("too many requests"),
    60019: _later("too many requests"),
    60020: Code(
        "the package has expired or was not bought",
        "Buy or renew the package; activation takes 5 minutes",
    ),
    60021: Code("source IP address not allowed", "Add the IP address of this machine to the app's allowlist"),
    70001: _expired("UserSig expired"),
    70002: Code("UserSig empty", "Check usersig", "Check secret_key"),
    70003: Code("UserSig invalid or truncated", "Check that usersig is complete and unaltered", "Check secret_key"),
    70005: Code("UserSig invalid", "Check usersig", "Check secret_key"),
    70009: Code(
        "UserSig generated with the key of another app",
        "Check that usersig was generated with the secret key of sdkappid",
        "Check that secret_key belongs to sdkappid",
    ),
    70013: Code("identifier differs from the signed one", "Set identifier to the account in the UserSig", _KEY),
    70014: Code("sdkappid differs from the signed one", "Set sdkappid to the app in the UserSig", _KEY),
    70016: Code("no key found in this data center", _REGION),
    70020: Code("SDKAppID not found in this data center", _REGION),
    70050: Code("locked out after too many invalid signatures", "Correct the signature, then wait 60 seconds"),
    70051: Code("account blocklisted", _SUPPORT),
    70052: _expired("UserSig invalidated"),
    70107: Code("account does not exist", "Import the account in identifier into the app"),
    70114: Code("account restricted", _SUPPORT),
    70169: _unclear("server-internal timeout"),
    70402: Code("invalid parameter", "Check the options of the task"),
    70403: Code("an app admin account is required", _ADMIN),
    70500: _unclear("server-internal error"),
    90001: Code("JSON parse failed", REPORT_BUG),
    90009: Code("app admin permission is required", _ADMIN),
    90018: Code("too many accounts in the request", REPORT_BUG),
    90033: Code(
        "invalid attribute: a repeated name, or a type that cannot change",
        "Make the names unique and keep the types as they are. Swapping two names may require two runs and a"
        " temporary name",
    ),
    90045: Code("the push feature is not enabled", "Enable it in the console"),
    91000: _unclear("internal service error"),
}
_UNKNOWN = Code(
    "unknown error", "Look up the code on the error code page of the Chat documentation", may_be_accepted=True
)

_LONGEST_TEXT = 500  # characters of a foreign text that are shown


def printable(text: str) -> str:
    """Return a foreign text without control characters, and of bounded length."""
    text = "".join(c if c.isprintable() else " " for c in text).strip()
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."


class ChatError(Exception):
    """A task cannot do what it was asked to do.

    what -- what happened, without a final period
    hint -- what the user should do, without a final period
    is_transient -- the same request may succeed after a delay
    needs_new_usersig -- a newly generated UserSig may help
    not_accepted -- it is certain that the service did not accept the request
    facts -- further keys of the failed result
    """

    def __init__(
        self,
        what: str,
        hint: str = "",
        is_transient: bool = False,
        needs_new_usersig: bool = False,
        not_accepted: bool = False,
        **facts: Any,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.is_transient = is_transient
        self.needs_new_usersig = needs_new_usersig
        self.not_accepted = not_accepted
        self.where = ""
        self.facts = facts

    def as_result(self) -> dict[str, Any]:
        """Return the failed result of a task. The only place that makes one."""
        sentences = [f"{self.where}: {self.what}" if self.where else self.what, self.hint]
        tries = self.facts.get("tries") or 1
        if tries > 1:
            sentences.append(f"Gave up after {tries} attempts")
        msg = "".join(f"{sentence}. " for sentence in sentences if sentence).rstrip()
        return {"failed": True, "changed": False, "msg": msg, **self.facts}


class OptionError(ChatError):
    """An option of the task is wrong; nothing was sent."""

    def __init__(self, what: str, hint: str = "", **facts: Any) -> None:
        super().__init__(what, hint, not_accepted=True, **facts)


class NotConfirmed(ChatError):
    """The service accepted a write, but a read does not return it."""


def service_error(
    code: int, info: str, status: str, codes: Mapping[int, Code] | None = None, has_key: bool = False
) -> ChatError:
    """Return the error for a response with ErrorCode *code*, ErrorInfo *info* and ActionStatus *status*.

    codes -- what codes mean that have another meaning for this call, or that no other call has
    has_key -- whether the task was given a secret_key
    """
    known = (codes or {}).get(code) or CODES.get(code, _UNKNOWN)
    text = printable(info)
    return ChatError(
        f"error {code}, {known.meaning}" + (f' (the service says "{text}")' if text else ""),
        (has_key and known.key_hint) or known.hint,
        is_transient=known.is_transient,
        needs_new_usersig=known.needs_new_usersig,
        not_accepted=status == "FAIL" and not known.may_be_accepted,  # a code with OK contradicts itself
        error_code=code,
        error_info=text,
        action_status=status,
        http_status=200,
    )


def invalid_response(why: str) -> ChatError:
    """Return the error for a response that does not have the shape that the API documents."""
    return ChatError(
        f"not a valid Chat API response: {why}",
        "Check api_url, and any proxy or gateway in between",
        http_status=200,
    )


def bug(error: Exception) -> ChatError:
    """Return the error for an unforeseen exception: where it came from, but not its text, which may hold a secret."""
    places = [f"{os.path.basename(at.filename)}:{at.lineno}" for at in traceback.extract_tb(error.__traceback__)]
    return ChatError(f"{type(error).__name__} at {' > '.join(places)}", REPORT_BUG)
