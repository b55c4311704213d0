# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The form of responses: what every response contains, and what varies between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .core import BaseApp

Document = dict[str, Any]


@dataclass
class Answers(BaseApp):
    """The settings of this subject."""

    answers: Literal["varied", "documented"] = "varied"
    error_info: bool = True
    fail_info: Literal["kept", "varied"] = "kept"
    code_as_text: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answered = 0  # responses so far; what varies follows from it, so that it is the same in each run


def document(code: int, info: str) -> Document:
    """Return what every response contains."""
    return {"ActionStatus": "FAIL" if code else "OK", "ErrorInfo": info, "ErrorCode": code, "RequestId": "simulated"}


def formed(app: Answers, answer: Document) -> Document:
    """Return *answer* in the form in which *app* responds now."""
    turn = app.answered
    app.answered += 1
    shown = dict(answer)
    if app.code_as_text:
        shown["ErrorCode"] = str(answer["ErrorCode"])
    failed = answer["ErrorCode"] != 0
    if not app.error_info or (turn % 3 == 1 and (app.fail_info if failed else app.answers) == "varied"):
        del shown["ErrorInfo"]
    elif failed and turn % 3 == 2 and app.fail_info == "varied":
        shown["ErrorInfo"] = ""
    return _with_extras(app, shown, turn)


def _with_extras(app: Answers, answer: Document, turn: int) -> Document:
    if app.answers == "documented":
        del answer["RequestId"]
        return answer
    if turn % 2:
        answer["ErrorDisplay"] = ""
    if turn % 5 == 3:
        del answer["RequestId"]
    return _turned(answer, turn)


def _turned(value: Any, turn: int) -> Any:
    """Return *value* with the fields of all maps in another order in each *turn*."""
    if isinstance(value, list):
        return [_turned(one, turn) for one in value]
    if not isinstance(value, dict):
        return value
    fields = [(name, _turned(one, turn)) for name, one in value.items()]
    start = turn % len(fields) if fields else 0
    return dict(fields[start:] + fields[:start])


def headers(app: Answers | None) -> dict[str, str]:
    """Return the headers of the response that *app* has formed last; None is an app that does not exist."""
    if app and app.answers == "varied" and app.answered % 4 == 3:
        return {}
    return {"Content-Type": "application/json"}
