# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""An app of the simulated service: the settings and the state of all subjects."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import Any

# Each subject registers its commands when it is imported. One that keeps settings is a base of App as well.
from . import user_attrs  # noqa: F401  # pylint: disable=unused-import
from .answers import Answers
from .core import INFERRED
from .profiles import Profiles
from .push_reports import Reports


@dataclass
class App(Reports, Profiles, Answers):
    """One app: what it contains, and how the service behaves towards it. See the settings of each base class.

    Settings are checked when an app is added and where the control endpoints change them, not on assignment.
    """

    def __post_init__(self) -> None:
        check_settings(vars(self))
        super().__post_init__()

    def change(self, settings: dict[str, Any]) -> None:
        """Change these settings, or raise ValueError and change none.

        Names that are not listed stay; None removes one.
        """
        check_settings(settings)
        if "sdkappid" in settings:
            raise ValueError("sdkappid cannot be changed")
        for name, value in settings.items():
            setattr(self, name, self._merged(name, value) if name in ("names", "timpush_names") else value)

    def _merged(self, setting: str, names: dict[str, Any]) -> dict[str, str]:
        merged = {**getattr(self, setting), **names}
        return {number: name for number, name in merged.items() if name is not None}


_HINTS = typing.get_type_hints(App)
_USER = {"attrs": dict, "tags": list, "online": bool, "kind": int, "nick": str, "face_url": str, "device": bool}


def check_settings(settings: dict[str, Any]) -> None:
    """Raise ValueError unless all *settings* exist and have values of the right kind."""
    if not isinstance(settings, dict):
        raise ValueError(f"settings must be a map, not {settings!r}")
    for name, value in settings.items():
        if name not in _HINTS:
            raise ValueError(f"an app has no setting {name!r}; the settings are {', '.join(sorted(_HINTS))}")
        _check(name, value, _HINTS[name])
    for account, user in settings.get("users", {}).items():
        _check_keys(f"users[{account!r}]", user, _USER)
    for account, failure in settings.get("failing_users", {}).items():
        _check_failure(f"failing_users[{account!r}]", failure)
    for case, code in settings.get("codes", {}).items():
        if case not in INFERRED:
            raise ValueError(f"codes has no case {case!r}; the cases are {', '.join(sorted(INFERRED))}")
        _check(f"codes[{case!r}]", code, int)


def _check(name: str, value: Any, hint: Any) -> None:
    if typing.get_origin(hint) is typing.Literal:
        if value not in typing.get_args(hint):
            choices = ", ".join(choice or '""' for choice in typing.get_args(hint))
            raise ValueError(f"{name} must be one of {choices}, not {value!r}")
        return
    kind = typing.get_origin(hint) or hint
    allowed = (int, float) if kind is float else (kind,)
    if kind is not Any and type(value) not in allowed:
        words = {str: "a string", int: "an integer", float: "a number", bool: "true or false", list: "a list"}
        raise ValueError(f"{name} must be {words.get(kind, 'a map')}, not {value!r}")


def _check_failure(name: str, failure: Any) -> None:
    if isinstance(failure, dict):
        _check_keys(name, {"code": None, **failure}, {"code": int, "commands": list})
    else:
        _check(name, failure, int)


def _check_keys(name: str, given: Any, kinds: dict[str, Any]) -> None:
    _check(name, given, dict)
    for key, value in given.items():
        if key not in kinds:
            raise ValueError(f"{name} has no key {key!r}; the keys are {', '.join(kinds)}")
        _check(f"{name}[{key!r}]", value, kinds[key])
