# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Turns the bytes of a response into a JSON object or a failure. Masks foreign text, then shortens it.

Follows https://www.tencentcloud.com/document/product/1047/34348.
"""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .codes import Code, as_code, service_failure
from .errors import CHECK_ENDPOINT, ChatError, Failure, invalid_response, printable
from .values import is_absent

Response = dict[str, Any]

_CLOCK_IS_RIGHT = 30.0  # seconds by which the header Date may differ


class Reply(NamedTuple):
    """A response as it was received: the HTTP status, the body, whether it is complete, and two headers."""

    status: int
    body: bytes
    complete: bool = True
    date: str = ""
    retry_after: str = ""


# The hints for HTTP statuses that reject a request before the service can accept it. _http_failure() explains the
# other statuses.
_REJECTED = {
    401: CHECK_ENDPOINT,
    403: CHECK_ENDPOINT,
    404: "Check api_url",
    405: CHECK_ENDPOINT,
    407: "Check HTTPS_PROXY, ALL_PROXY and NO_PROXY",
    411: CHECK_ENDPOINT,
    413: "The gateway in between accepts only smaller requests: let it accept at least 1 MB",
    414: "The gateway in between accepts only shorter URLs: let it accept at least 8 KB",
    415: CHECK_ENDPOINT,
    426: CHECK_ENDPOINT,
    431: "The gateway in between accepts only smaller headers: let it accept at least 8 KB",
}


def is_transient_status(status: int) -> bool:
    """Return whether the same request may succeed after an HTTP *status*."""
    return status == 429 or 500 <= status <= 599


def read(
    reply: Reply, mask: Callable[[str], str], codes: Mapping[int, Code] | None = None, has_key: bool = False
) -> Response | Failure:
    """Return the JSON object in *reply* if it reports success, else the failure.

    mask -- masks the secrets in a text
    codes -- what codes mean for this command
    has_key -- whether secret_key is set
    """
    if reply.status != 200:
        return _http_failure(reply)
    try:
        response = _parse(reply)
        code, status = as_code(response.get("ErrorCode")), response.get("ActionStatus")
        if code is None or status not in ("OK", "FAIL"):
            raise invalid_response("ErrorCode or ActionStatus is missing or of the wrong type")
    except ChatError as error:
        return error.failure
    if code == 0 and status == "OK":
        return response
    info = foreign_text(response.get("ErrorInfo"), mask) or ""
    failure = service_failure(code, info, str(status), codes, has_key, request_id(response, mask))
    if failure.needs_new_usersig and has_key:
        return failure._replace(hint=_clock_hint(reply.date) or failure.hint)
    return failure


def list_in(document: Mapping[str, Any], field: str, kind: type[Any] = object) -> list[Any]:
    """Return the list in *field* of a response, which may be missing, with items of *kind* alone. Raises ChatError."""
    found = document.get(field)
    found = [] if is_absent(found) else found
    if not isinstance(found, list) or not all(isinstance(item, kind) for item in found):
        items = " of strings" if kind is str else " of maps" if kind is dict else ""
        raise invalid_response(f"{field} is not a list{items}")
    return found


def foreign_text(value: Any, mask: Callable[[str], str]) -> str | None:
    """Return a text of the service for messages: masked first, then shortened. None if *value* is not a string."""
    return printable(mask(value)) if isinstance(value, str) else None


def request_id(response: Mapping[str, Any], mask: Callable[[str], str]) -> str | None:
    """Return the ID with which Tencent Cloud finds the request, if the service returned one."""
    return foreign_text(response.get("RequestId"), mask) or None


def _http_failure(reply: Reply) -> Failure:
    status = reply.status
    if 300 <= status <= 399:
        what = f"HTTP {status}, a redirect, which is not followed because the target would receive the UserSig"
        hint = "Set api_url to the final address"
        return Failure(what, hint, not_accepted=True, http_status=status)
    return Failure(
        f"HTTP {status}",
        _REJECTED.get(status, CHECK_ENDPOINT),
        is_transient=is_transient_status(status),
        is_throttled=status == 429,
        not_accepted=status == 429 or status in _REJECTED,
        retry_after=_seconds(reply.retry_after) if status in (429, 503) else 0.0,
        http_status=status,
    )


def _seconds(retry_after: str) -> float:
    """Return the seconds in a header Retry-After, which contains a number or a date."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    return max(0.0, (_timestamp(text) or 0.0) - time.time())


def _timestamp(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):  # an IndexError in Python 3.9
        return None


def _clock_hint(date: str) -> str:
    """Return what to do if the clock of this machine differs from *date*, the header of a response."""
    there = _timestamp(date)
    if there is None or abs(time.time() - there) < _CLOCK_IS_RIGHT:
        return ""
    ahead = time.time() - there
    direction = "ahead of" if ahead > 0 else "behind"
    return f"Correct the clock of this machine: it is {abs(ahead):.0f} seconds {direction} that of the service"


def _parse(reply: Reply) -> Response:
    body = reply.body.strip()
    if not reply.complete or (body.startswith(b"{") and not body.endswith(b"}")):
        what, hint = "the response is truncated", "Check the network"
        raise ChatError(Failure(what, hint, is_transient=True, http_status=200))
    try:
        text = body.decode("utf-8")  # strictly: a replaced character would be stored as part of a name
    except UnicodeDecodeError:
        raise invalid_response("it is not UTF-8") from None
    try:
        response = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        kind = "empty" if not text else "an HTML page" if text.startswith("<") else "not JSON"
        raise invalid_response(f"it is {kind}") from None
    if not isinstance(response, dict):
        raise invalid_response("it is not a JSON object")
    return response


def _object(pairs: list[tuple[str, Any]]) -> Response:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise invalid_response("a key is repeated")
    return found
