# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls for attribute names, for tests that need some call of a client."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.tencentcloud.chat.plugins.module_utils._core.client import Client
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.converge import converge
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_names, family
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import State

OLD, NEW = family.OLD, family.NEW


class Outcome(NamedTuple):
    before: State
    after: State


def read(client: Client, api: str = OLD) -> State:
    """Return the names and types that the app has."""
    return attr_names.read(client, api)


def ensure(client: Client, wanted: State, check_mode: bool = False, api: str = OLD) -> Outcome:
    """Make the app have the *wanted* names and types."""
    return Outcome(*converge(client, attr_names.AttrNames(client, api, wanted), check_mode))
