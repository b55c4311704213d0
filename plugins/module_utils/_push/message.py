# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The message of a push: the options that describe it, and the fields that they become. Without the network.

Follows https://www.tencentcloud.com/document/product/1047/37166 (all_member_push) and
https://www.tencentcloud.com/document/product/1047/67814 (timpush).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._core.errors import OptionError
from .._core.values import kind, optional, require_map, require_text
from . import api

OFFLINE_PUSH = {
    "type": "dict",
    "options": {"title": {"type": "str"}, "desc": {"type": "str"}, "ext": {"type": "dict"}},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "text": {"type": "str"},
    "msg_body": {"type": "list", "elements": "dict"},
    "offline_push": OFFLINE_PUSH,
}


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
        require_text(f"{label}: MsgType", element.get("MsgType"), empty="Set MsgType")
        if not isinstance(element.get("MsgContent"), Mapping):
            raise OptionError(f"{label}: MsgContent must be a map, not {kind(element.get('MsgContent'))}", hint)
    _json("msg_body", value)
    return list(value)


def parse_offline_push(value: Any) -> dict[str, str]:
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
        raise OptionError("offline_push is empty", "Set title, desc or ext")
    return info


def _json(label: str, value: Any) -> str:
    """Return *value* as JSON. Raises OptionError for what YAML has and JSON does not, such as a date."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise OptionError(f"{label} contains a value that JSON cannot represent", "Quote dates") from None


def message_of(options: Mapping[str, Any]) -> dict[str, Any]:
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
        hint = f"Set text or msg_body. With api: {api.NEW}, offline_push alone is also possible"
        raise OptionError("the push has no message", hint)
    if offline is not None:
        fields["OfflinePushInfo"] = offline
    return fields


PARSERS = {
    "text": optional(lambda value: require_text("text", value)),
    "msg_body": optional(_parse_msg_body),
    "offline_push": optional(parse_offline_push),
}
