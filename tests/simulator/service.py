# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What the Chat service knows and checks, without HTTP: query and body in, answer out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import zlib
from collections import deque
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

CALLS_A_SECOND = 100  # for each app and command
LONGEST_NAME = 50  # bytes

Names = dict[str, str]


class Refused(Exception):
    """The service answers with an error."""

    def __init__(self, code: int, info: str) -> None:
        super().__init__(info)
        self.code = code
        self.info = info


@dataclass
class App:
    """One app: what it holds, and how the service behaves towards it.

    mode -- "merge" or "replace": what a set does with numbers that it does not name
    no_names -- how a get says "no name": "missing", "null", "empty", "text" ("" for the map), "blank" ("" per number)
    delay -- seconds before a get shows what a set wrote
    ignore_writes -- answer OK to a set, and do nothing
    refuse_swaps -- refuse a name that another number has until now
    admin_error -- the code for an identifier that is no admin: 90009 or 60010
    shared -- whether the two families of calls, all_member_push and timpush, have one store of names
    timpush_names -- the names of timpush, if they are not shared
    types -- the types that are set; only timpush sets and shows them
    no_type -- how timpush shows a type that is not set: "missing" or "zero"
    error_info -- whether answers have ErrorInfo
    code_as_text -- whether ErrorCode is text
    """

    sdkappid: int
    secret_key: str
    admins: list[str] = field(default_factory=lambda: ["administrator"])
    names: Names = field(default_factory=dict)
    mode: str = "merge"
    no_names: str = "missing"
    delay: float = 0.0
    ignore_writes: bool = False
    refuse_swaps: bool = False
    admin_error: int = 90009
    shared: bool = True
    timpush_names: Names = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    no_type: str = "missing"
    error_info: bool = True
    code_as_text: bool = False

    def __post_init__(self) -> None:
        self.previous: dict[str, Any] = {}  # what the last write replaced
        self.written_at = 0.0
        self.writes = 0
        self.calls: dict[str, deque[float]] = {}

    def store_of(self, family: str) -> str:
        """Which of our fields holds the names of *family*."""
        return "names" if self.shared or family == "all_member_push" else "timpush_names"

    def shown(self, what: str, stale: bool) -> dict[str, Any]:
        """What a get shows of the field *what* now; with *stale*, what was there before the last set."""
        hidden = stale or time.monotonic() < self.written_at + self.delay
        current = getattr(self, what)
        return self.previous.get(what, current) if hidden else current

    def store(self, **fields: dict[str, Any]) -> None:
        self.previous = {what: getattr(self, what) for what in fields}
        for what, value in fields.items():
            setattr(self, what, value)
        self.written_at = time.monotonic()
        self.writes += 1

    def state(self) -> dict[str, Any]:
        return {**asdict(self), "writes": self.writes}


class Service:
    """All apps of the simulated service."""

    def __init__(self) -> None:
        self.apps: dict[int, App] = {}
        self.calls: dict[str, deque[float]] = {}
        self.shared_rate = False  # count the calls of all apps together

    def add(self, app: App) -> App:
        self.apps[app.sdkappid] = app
        return app

    def answer(self, command: str, query: list[tuple[str, str]], body: bytes, stale: bool = False) -> dict[str, Any]:
        """The JSON document that answers a POST of *body*."""
        app = None
        try:
            parameters = _parameters(query)
            app = self._app(parameters["sdkappid"])
            handler = _COMMANDS.get(command)
            if handler is None:
                raise Refused(60009, "bad resource")
            _check_signature(app, parameters["identifier"], parameters["usersig"])
            if parameters["identifier"] not in app.admins:
                raise Refused(app.admin_error, "need app admin permission")
            check_rate(self.calls if self.shared_rate else app.calls, command)
            extra = handler(app, _json_object(body), stale)
        except Refused as refusal:
            return document(app, refusal.code, refusal.info)
        return {**document(app, 0, ""), **extra}

    def _app(self, sdkappid: str) -> App:
        if not sdkappid.isdecimal():
            raise Refused(60006, "invalid sdkappid")
        if int(sdkappid) not in self.apps:
            raise Refused(70020, "sdkappid not found")
        return self.apps[int(sdkappid)]


def document(app: App | None, code: int, info: str) -> dict[str, Any]:
    """The part that every answer has."""
    answer: dict[str, Any] = {
        "ActionStatus": "FAIL" if code else "OK",
        "ErrorInfo": info,
        "ErrorCode": str(code) if app and app.code_as_text else code,
        "RequestId": "simulated",
    }
    if app and not app.error_info:
        del answer["ErrorInfo"]
    return answer


def _parameters(query: list[tuple[str, str]]) -> dict[str, str]:
    parameters = dict(query)
    if len(parameters) != len(query):
        raise Refused(60002, "a parameter stands there twice")
    if not parameters.get("sdkappid"):
        raise Refused(60012, "sdkappid is missing")
    if set(parameters) != {"sdkappid", "identifier", "usersig", "random", "contenttype"}:
        raise Refused(60002, "parameters are missing or unknown")
    random = parameters["random"]
    if not (random.isascii() and random.isdecimal() and int(random) < 2**32):
        raise Refused(60002, "random is no unsigned 32-bit number")
    if parameters["contenttype"] != "json":
        raise Refused(60002, "contenttype is not json")
    return parameters


def _unpack(usersig: str) -> dict[str, Any]:
    if not usersig:
        raise Refused(70002, "usersig is empty")
    try:
        packed = usersig.translate(str.maketrans("*-_", "+/="))
        claims = json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))
        texts = [claims[key] for key in ("TLS.ver", "TLS.identifier", "TLS.sig")]
        numbers = [claims[key] for key in ("TLS.sdkappid", "TLS.expire", "TLS.time")]
        if not all(isinstance(text, str) for text in texts) or not all(isinstance(one, int) for one in numbers):
            raise ValueError
        if claims["TLS.ver"] != "2.0":
            raise ValueError
    except (ValueError, KeyError, TypeError, zlib.error):
        raise Refused(70003, "usersig is invalid") from None
    return claims


def _check_signature(app: App, identifier: str, usersig: str) -> None:
    claims = _unpack(usersig)
    if claims["TLS.sdkappid"] != app.sdkappid:
        raise Refused(70014, "sdkappid differs from the signed one")
    if claims["TLS.identifier"] != identifier:
        raise Refused(70013, "identifier differs from the signed one")
    lines = [f"TLS.{key}:{claims[f'TLS.{key}']}\n" for key in ("identifier", "sdkappid", "time", "expire")]
    digest = hmac.new(app.secret_key.encode(), "".join(lines).encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(digest), claims["TLS.sig"].encode()):
        raise Refused(70009, "usersig was made with another key")
    if time.time() > claims["TLS.time"] + claims["TLS.expire"]:
        raise Refused(70001, "usersig expired")


def check_rate(counted: dict[str, deque[float]], command: str) -> None:
    """Refuse more than CALLS_A_SECOND calls of *command* within a second."""
    calls = counted.setdefault(command, deque())
    now = time.monotonic()
    while calls and calls[0] <= now - 1:
        calls.popleft()
    if len(calls) >= CALLS_A_SECOND:
        raise Refused(60011, "sdkappid rate over the limit")
    calls.append(now)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(90001, "JSON parse failed") from None
    if not isinstance(value, dict):
        raise Refused(90001, "no JSON object")
    return value


def _get(family: str, app: App, body: dict[str, Any], stale: bool) -> dict[str, Any]:
    if body:
        raise Refused(90001, "unknown fields")
    names = app.shown(app.store_of(family), stale)
    return {**_names_shown(app, names), **(_types_shown(app, names, stale) if family == "timpush" else {})}


def _names_shown(app: App, names: Names) -> dict[str, Any]:
    if app.no_names == "blank":
        return {"AttrNames": {number: names.get(number, "") for number in "0123456789"}}
    if names:
        return {"AttrNames": dict(names)}
    return {"missing": {}, "null": {"AttrNames": None}, "empty": {"AttrNames": {}}, "text": {"AttrNames": ""}}[
        app.no_names
    ]


def _types_shown(app: App, names: Names, stale: bool) -> dict[str, Any]:
    types = app.shown("types", stale)
    if app.no_type == "zero":
        return {"AttrTypes": {number: types.get(number, 0) for number in names}}
    shown = {number: types[number] for number in names if number in types}
    return {"AttrTypes": shown} if shown else {}


def _set(family: str, app: App, body: dict[str, Any], stale: bool) -> dict[str, Any]:
    names = body.get("AttrNames")
    known = {"AttrNames", "AttrTypes"} if family == "timpush" else {"AttrNames"}
    if not set(body) <= known or not isinstance(names, dict) or not names:
        raise Refused(90001, "AttrNames is missing or no map")
    for number, name in names.items():
        _check_name(number, name)
    store = app.store_of(family)
    present = getattr(app, store)
    result = {**present, **names} if app.mode == "merge" else dict(names)
    _check_unique(result)
    if app.refuse_swaps:
        _check_unique({**{f"old {number}": name for number, name in present.items()}, **names}, moved=True)
    types = _types_after(app, body.get("AttrTypes", {}), set(names) - set(present), result) if len(known) == 2 else {}
    if not app.ignore_writes:
        app.store(**{store: result}, **({"types": types} if types else {}))
    return {}


def _types_after(app: App, types: Any, new: set[str], names: Names) -> dict[str, int]:
    """The types after a set: a new name without one gets 0, and none that is set can change."""
    if not isinstance(types, dict):
        raise Refused(90001, "AttrTypes is no map")
    for number, kind in types.items():
        if number not in names or isinstance(kind, bool) or kind not in (0, 1):
            raise Refused(70402, f"invalid type at index:{number}")
        if app.types.get(number, kind) != kind:
            raise Refused(90033, f"attrType at index:{number} cannot change")
    return {**dict.fromkeys(new, 0), **app.types, **types}


def _check_name(number: str, name: Any) -> None:
    if len(number) != 1 or number not in "0123456789":
        raise Refused(70402, f"invalid index:{number}")
    if not isinstance(name, str):
        raise Refused(90001, f"the name at index:{number} is no text")
    if not 1 <= len(name.encode("utf-8", "replace")) <= LONGEST_NAME:
        raise Refused(70402, f"the name at index:{number} has a bad length")


def _check_unique(names: Names, moved: bool = False) -> None:
    seen: Names = {}
    for index, name in names.items():
        at = index.rpartition(" ")[2]
        if name in seen and not (moved and seen[name] == at):
            raise Refused(90033, f"attrName:{name} already exists at index:{seen[name]}")
        seen[name] = at


_COMMANDS = {
    "v4/all_member_push/im_get_attr_name": partial(_get, "all_member_push"),
    "v4/all_member_push/im_set_attr_name": partial(_set, "all_member_push"),
    "v4/timpush/get_attr_name": partial(_get, "timpush"),
    "v4/timpush/set_attr_name": partial(_set, "timpush"),
}
