# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The ErrorCodes that every command of the Chat service shares. A subject explains those of its own commands.

The codes and their meanings follow https://www.tencentcloud.com/document/product/1047/34348.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from .errors import REPORT_BUG, Failure


class Code(NamedTuple):
    """The meaning of one ErrorCode of the service.

    hint -- what the user should do, unless key_hint applies
    key_hint -- what the user should do if secret_key is set
    is_transient, is_throttled, needs_new_usersig -- as in Failure
    may_be_accepted -- the service may have accepted the request despite this code
    """

    meaning: str
    hint: str = ""
    key_hint: str = ""
    is_transient: bool = False
    is_throttled: bool = False
    needs_new_usersig: bool = False
    may_be_accepted: bool = False


SLOW_DOWN = "Slow down: use fewer forks, or spread the calls over time"
_ADMIN = "Set identifier to an app admin account"
_SIGNATURE = "Check identifier and usersig"
_KEY = "Check identifier, sdkappid and secret_key"
_NEW_SIGNATURE = "Generate a new UserSig, or set secret_key so that each run generates its own"
_LOCKED = "Correct identifier, sdkappid and secret_key, then wait 60 seconds"
_CLOCK = "Check the clock of this machine, because the UserSig was generated from secret_key just now"
_REGION = "Check region and sdkappid"
_AGAIN = "Run the task again later"
_SUPPORT = "Contact Tencent Cloud support"


# The service rejects the request now, but may accept it later.
throttled = partial(Code, hint=SLOW_DOWN, is_transient=True, is_throttled=True)
# An internal failure of the service, which does not report whether it accepted the request.
unclear = partial(Code, hint=_AGAIN, is_transient=True, may_be_accepted=True)
_expired = partial(Code, hint=_NEW_SIGNATURE, key_hint=_CLOCK, needs_new_usersig=True)

CODES = {
    60002: Code("HTTP parse error", "Check api_url"),
    60003: Code("the JSON of the request could not be parsed", REPORT_BUG),
    60004: Code("account or UserSig wrong", _SIGNATURE, _KEY),
    60005: Code("account or UserSig wrong", _SIGNATURE, _KEY),
    60006: Code("SDKAppID invalid", "Check sdkappid and region"),
    60007: throttled("REST call rate over the limit"),
    # The service also returns 60008 for a command that does not exist.
    60008: unclear(
        "service timeout, or malformed request", hint="Run the task again later. If it fails again, check api_url"
    ),
    60009: Code("bad resource", "Check api_url"),
    60010: Code("an app admin account is required", _ADMIN),
    60011: throttled("SDKAppID rate over the limit"),
    60012: Code("sdkappid is missing from the URL", REPORT_BUG),
    60013: unclear("the service could not parse its own response"),
    60014: unclear("account exchange timed out"),
    60015: Code("the account is not a string", REPORT_BUG),
    60016: Code("SDKAppID disabled", _SUPPORT),
    60017: Code("request disabled", _SUPPORT),
    60018: throttled("too many requests"),
    60019: throttled("too many requests"),
    60020: Code(
        "the package has expired or was not bought",
        "Buy or renew the package; activation takes 5 minutes",
    ),
    60021: Code("source IP address not allowed", "Add the IP address of this machine to the app's allowlist"),
    60026: Code("the app belongs to another region", _REGION),
    70001: _expired("UserSig expired"),
    70002: Code("UserSig empty", "Check usersig", "Check secret_key"),
    70003: Code("UserSig invalid or truncated", "Check that usersig is complete and unaltered", "Check secret_key"),
    70005: Code("UserSig invalid", "Check usersig", "Check secret_key"),
    70009: Code(
        "UserSig generated with the key of another app",
        "Check that usersig was generated with the secret key of sdkappid",
        "Check that secret_key belongs to sdkappid",
    ),
    70013: Code("the UserSig is for another account", "Set identifier to the account in the UserSig", _KEY),
    70014: Code("the UserSig is for another app", "Set sdkappid to the app in the UserSig", _KEY),
    70016: Code("no key found in this region", _REGION),
    70020: Code("SDKAppID not found in this region", _REGION),
    70050: Code("locked out after too many invalid UserSigs", "Correct usersig, then wait 60 seconds", _LOCKED),
    70051: Code("account blocklisted", _SUPPORT),
    70052: _expired("UserSig invalidated"),
    70107: Code("account does not exist", "Import the account in identifier into the app"),
    70114: Code("account restricted", _SUPPORT),
    70169: unclear("server-internal timeout"),
    70402: Code("invalid parameter", "Check the options of the task"),
    70403: Code("an app admin account is required", _ADMIN),
    70500: unclear("server-internal error"),
    90001: Code("JSON parse failed", REPORT_BUG),
    90009: Code("app admin permission is required", _ADMIN),
    90018: Code("too many accounts in the request", REPORT_BUG),
    90045: Code("the push feature is not enabled", "Enable the push feature in the console"),
    91000: unclear("internal service error"),
}
_LOOK_UP = "look up the code on the error code page of the Chat documentation"
UNKNOWN = Code("unknown error", _LOOK_UP[0].upper() + _LOOK_UP[1:], may_be_accepted=True)
# Codes in this range concern the account and its UserSig, and not all of them are documented.
UNKNOWN_SIGNATURE = Code(
    "unknown error, which may concern the UserSig",
    f"{_SIGNATURE}, then {_LOOK_UP}",
    f"{_KEY}, then {_LOOK_UP}",
    may_be_accepted=True,
)


def meaning_of(code: int, codes: Mapping[int, Code] | None = None) -> Code:
    """Return what *code* means.

    codes -- the codes that only this command has, or that have another meaning for it
    """
    unknown = UNKNOWN_SIGNATURE if 70000 <= code <= 70999 else UNKNOWN
    return (codes or {}).get(code) or CODES.get(code, unknown)


def service_failure(
    code: int,
    info: str,
    status: str,
    codes: Mapping[int, Code] | None = None,
    has_key: bool = False,
    request_id: str | None = None,
) -> Failure:
    """Return the failure for a response with ErrorCode *code*, ErrorInfo *info* and ActionStatus *status*.

    info -- masked, and of bounded length
    codes -- what codes mean for this command
    has_key -- whether secret_key is set
    """
    known = meaning_of(code, codes)
    return Failure(
        f"error {code}, {known.meaning}" + (f' (the service says "{info}")' if info else ""),
        (has_key and known.key_hint) or known.hint,
        is_transient=known.is_transient,
        is_throttled=known.is_throttled,
        needs_new_usersig=known.needs_new_usersig,
        not_accepted=status == "FAIL" and not known.may_be_accepted,  # a code with OK contradicts itself
        error_code=code,
        error_info=info,
        action_status=status,
        http_status=200,
        request_id=request_id,
    )


def as_code(value: Any) -> int | None:
    """Return an ErrorCode as an integer, also if *value* is a string. None if it is something else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
