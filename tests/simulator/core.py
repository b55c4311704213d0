# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The base of every subject of the simulated service; it contains no subject."""

from __future__ import annotations

import json
import math
import re
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

LONGEST = 50  # bytes of a name, a value or a tag
CALLS_A_SECOND = 100  # for each app and command, unless the command says otherwise

# The codes of the cases that the documents leave open; README.md describes them. The setting `codes` of an app replaces
# a code, and 0 turns the check off. Each subject adds its own cases.
INFERRED = {"method": 60009, "field_unknown": 90001}
INFERRED.update(parameter_missing=60002, parameter_unknown=60002, random=60002, contenttype=60002)


class Rejected(Exception):
    """The service returns an error."""

    def __init__(self, code: int, info: str) -> None:
        super().__init__(info)
        self.code = code
        self.info = info
        self.fields: dict[str, Any] = {}  # what the response contains besides


@dataclass
class BaseApp:
    """One app: who may call, and how the service responds to every call. README.md describes all settings."""

    sdkappid: int
    secret_key: str
    admins: list[str] = field(default_factory=lambda: ["administrator"])
    admin_error: int = 90009
    delay: float = 0.0
    ignore_writes: bool = False
    region_host: str = ""
    standard_base64: bool = False
    invalid_usersig: int = 70003
    fake_usersig: int = 70009
    nulls: Literal["absent", "rejected"] = "absent"
    unknown_fields: Literal["rejected", "tolerated"] = "rejected"
    normalize: Literal["", "NFC"] = ""
    codes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.writes = 0  # requests that stored names, attributes, tags, accounts or profiles
        self.calls: dict[str, deque[float]] = {}
        self._history: dict[Any, list[tuple[float, Any]]] = {}

    def shown(self, key: Any, current: Any, stale: bool) -> Any:
        """Return what a read shows of *key* now; with *stale*, the value before the last write."""
        history = self._history.get(key, [])
        now = time.monotonic()
        for written_at, before in history:
            if now < written_at + self.delay:
                return before
        return history[-1][1] if stale and history else current

    def remember(self, key: Any, before: Any) -> None:
        """Keep the value of *key* that a write replaces now."""
        now = time.monotonic()
        hidden = [entry for entry in self._history.get(key, []) if now < entry[0] + self.delay]
        self._history[key] = [*hidden, (now, before)]

    def reject(self, case: str, info: str, always: bool = False) -> None:
        """Raise Rejected with the code of this inferred *case*, unless the app turns the check off.

        always -- the check cannot be turned off, because what follows relies on it
        """
        code = self.code_of(case)
        if code or always:
            raise Rejected(code or INFERRED[case], info)

    def code_of(self, case: str) -> int:
        """Return the code of this inferred *case*; 0 if the app turns the check off."""
        return self.codes.get(case, INFERRED[case])

    def reject_unknown(self, case: str, given: dict[str, Any], known: Iterable[str]) -> None:
        """Reject fields that are *given* and not *known*, unless the app tolerates them."""
        unknown = sorted(set(given).difference(known))
        if unknown and self.unknown_fields == "rejected":
            self.reject(case, f"unknown fields: {', '.join(unknown)}")

    def present(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return *fields* without those that are null, if null means absent."""
        if self.nulls == "rejected":
            return fields
        return {name: value for name, value in fields.items() if value is not None}

    def normalized(self, value: Any) -> Any:
        """Return *value* with all text in it as the app stores it."""
        if isinstance(value, dict):
            return {self.normalized(name): self.normalized(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.normalized(one) for one in value]
        return unicodedata.normalize("NFC", value) if self.normalize and isinstance(value, str) else value

    def check_length(self, case: str, text: str, what: str, longest: int = LONGEST) -> None:
        """Reject *text* of 0 bytes, or of more than *longest*, with the codes of the cases that begin with *case*."""
        if not text:
            self.reject(f"{case}_empty", f"{what} is empty")
        elif size(text) > longest:
            self.reject(f"{case}_too_long", f"{what} is longer than {longest} bytes")

    def state(self) -> dict[str, Any]:
        """Return all settings, and the number of writes."""
        return {**asdict(self), "writes": self.writes}


@dataclass
class Call:
    """One request that was let in."""

    app: Any  # the App: its type depends on all subjects, and this file does not
    family: str  # "all_member_push", "timpush", "im_open_login_svc" or "profile"
    command: str
    body: dict[str, Any]
    stale: bool = False

    def allow_fields(self, *names: str) -> None:
        """Reject a body with other fields."""
        self.app.reject_unknown("field_unknown", self.body, names)

    def listed(self, name: str, malformed: int, empty: str) -> list[Any]:
        """Return the list *name* of the body; reject it with the code *malformed*, or that of the case *empty*."""
        listed = self.body.get(name)
        if not isinstance(listed, list):
            raise Rejected(malformed, f"{name} is missing or not an array")
        if not listed:
            self.app.reject(empty, f"{name} is empty")
        return listed


Handler = Callable[[Call], dict[str, Any]]
COMMANDS: dict[str, Handler] = {}
RATES: dict[str, int | str] = {}  # for each command, how many calls a second an app may send


def command(*paths: str, per_second: int | str = CALLS_A_SECOND) -> Callable[[Handler], Handler]:
    """Register the decorated function as what serves these paths, each "FAMILY/COMMAND".

    per_second -- how many calls of each an app may send in a second, or the name of the setting that says it
    """

    def register(handler: Handler) -> Handler:
        COMMANDS.update(dict.fromkeys([f"v4/{path}" for path in paths], handler))
        RATES.update(dict.fromkeys([f"v4/{path}" for path in paths], per_second))
        return handler

    return register


def parsed(text: bytes) -> Any:
    """Return the JSON value in *text*, read as strictly as RFC 8259 puts it; raise ValueError."""
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=_not_json)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if b"\\ud" in text.lower():  # an escaped surrogate may lack its other half
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _not_json(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def number(text: str, most: int) -> int | None:
    """Return the integer in *text*: ASCII digits alone, at most *most*. None if it is something else."""
    if not re.fullmatch(r"[0-9]{1,20}", text) or int(text) > most:
        return None
    return int(text)


def is_integer(value: Any, least: float = -math.inf, most: float = math.inf) -> bool:
    """Return whether *value* is a JSON integer from *least* to *most*."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def size(text: str) -> int:
    """Return the number of bytes that the limits count."""
    return len(text.encode("utf-8"))
