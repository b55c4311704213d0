# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What can go wrong, in words a user can act on.

The codes and their meanings follow the vendor's page
https://www.tencentcloud.com/document/product/1047/34348.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Code(NamedTuple):
    """What one ErrorCode of the service means."""

    meaning: str
    hint: str = ""
    retry: bool = False  # safe to send the very same request again after a pause
    renew: bool = False  # a newly made UserSig may help


_BUG = "Report this as a bug of the collection"
_ADMIN = "Use an identifier that is an app admin account"
_SIGNATURE = "Check identifier and usersig"
_NEW_SIGNATURE = "Make a new UserSig, or give secret_key so that one is made for each run"
_SLOW_DOWN = "Slow down: run fewer forks or spread the calls"
_AGAIN = "Run the task again in a while"
_SUPPORT = "Contact the vendor's support"

CODES = {
    60002: Code("HTTP parse error", "Check api_url"),
    60003: Code("the request's JSON could not be parsed", _BUG),
    60004: Code("account or signature wrong", _SIGNATURE),
    60005: Code("account or signature wrong", _SIGNATURE),
    60006: Code("SDKAppID invalid", "Check sdkappid and region"),
    60007: Code("REST call rate over the limit", _SLOW_DOWN, retry=True),
    60008: Code("service timeout or malformed request", _AGAIN, retry=True),
    60009: Code("bad resource", "Check api_url"),
    60010: Code("an app admin account is needed", _ADMIN),
    60011: Code("SDKAppID rate over the limit", _SLOW_DOWN, retry=True),
    60012: Code("sdkappid missing from the URL", _BUG),
    60013: Code("the service could not parse its own answer", _AGAIN, retry=True),
    60014: Code("account exchange timed out", _AGAIN, retry=True),
    60015: Code("account is not a string", _BUG),
    60016: Code("SDKAppID disabled", _SUPPORT),
    60017: Code("request disabled", _SUPPORT),
    60018: Code("too frequent", _SLOW_DOWN, retry=True),
    60019: Code("too frequent", _SLOW_DOWN, retry=True),
    60020: Code(
        "the package has expired or was not bought",
        "Buy or renew it; it takes 5 minutes after the purchase",
    ),
    60021: Code("source IP not allowed", "Add this machine's address to the app's allow-list"),
    70001: Code("UserSig expired", _NEW_SIGNATURE, renew=True),
    70002: Code("UserSig empty", "Check usersig"),
    70003: Code("UserSig invalid or cut", "Check that usersig is complete and unchanged"),
    70005: Code("UserSig invalid", "Check usersig"),
    70009: Code(
        "UserSig made with another app's key",
        "Check that secret_key belongs to sdkappid",
    ),
    70013: Code("identifier differs from the signed one", "Use the identifier that was signed"),
    70014: Code("sdkappid differs from the signed one", "Use the sdkappid that was signed"),
    70016: Code("no key found in this data centre", "Check region and sdkappid"),
    70020: Code("SDKAppID not found in this data centre", "Check region and sdkappid"),
    70050: Code("too many bad signatures: locked", "Correct the signature, then wait 60 seconds"),
    70051: Code("account block-listed", _SUPPORT),
    70052: Code("UserSig invalidated", _NEW_SIGNATURE, renew=True),
    70107: Code("account does not exist", "Import the account of identifier into the app"),
    70114: Code("account restricted", _SUPPORT),
    70169: Code("server-internal timeout", _AGAIN, retry=True),
    70402: Code("invalid parameter", "Check the task's options"),
    70403: Code("an app admin account is needed", _ADMIN),
    70500: Code("server-internal error", _AGAIN, retry=True),
    90001: Code("JSON parse failed", _BUG),
    90009: Code("app admin permission is needed", _ADMIN),
    90018: Code("too many accounts in the request", _BUG),
    90033: Code(
        "invalid attribute: a repeated name, or a type that cannot change",
        "Make the names unique, and leave types as they are. If two names change places, the service may want them"
        " moved in two runs, over a name that is not in use",
    ),
    90045: Code("the push feature is not enabled", "Enable it in the console"),
    91000: Code("internal service error", _AGAIN, retry=True),
}
_UNKNOWN = Code("unknown error", "Look the code up on the vendor's error code page")

_LONGEST_TEXT = 500  # characters of a foreign text that are shown


def printable(text: str) -> str:
    """A foreign text without control characters and of bounded length."""
    text = "".join(c if c.isprintable() else " " for c in text).strip()
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."


class ChatError(Exception):
    """A task cannot do what was asked.

    what -- what happened, without a trailing stop
    hint -- what the user should do, without a trailing stop
    retry -- sending the same request again after a pause is safe and may help
    renew -- a newly made UserSig may help
    facts -- further keys of the failed result
    """

    def __init__(self, what: str, hint: str = "", retry: bool = False, renew: bool = False, **facts: Any) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.retry = retry
        self.renew = renew
        self.where = ""
        self.facts = facts

    def as_result(self) -> dict[str, Any]:
        """The failed result of a task. The only place that makes one."""
        sentences = [f"{self.where}: {self.what}" if self.where else self.what, self.hint]
        attempts = self.facts.get("attempts") or 1
        if attempts > 1:
            sentences.append(f"Gave up after {attempts} attempts")
        msg = "".join(f"{sentence}. " for sentence in sentences if sentence).rstrip()
        return {"failed": True, "changed": False, "msg": msg, **self.facts}


class OptionError(ChatError):
    """An option of the task is wrong; nothing was sent."""


class SetButNotConfirmed(ChatError):
    """The service took a write, and a read does not show it."""


def service_error(code: int, info: str, status: str) -> ChatError:
    """The error for an answer of the service with ErrorCode *code*, ErrorInfo *info*, ActionStatus *status*."""
    known = CODES.get(code, _UNKNOWN)
    text = printable(info)
    said = f"error {code}, {known.meaning}" + (f' (the service says "{text}")' if text else "")
    return ChatError(
        said,
        known.hint,
        retry=known.retry,
        renew=known.renew,
        error_code=code,
        error_info=text,
        action_status=status,
    )
