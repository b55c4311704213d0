# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls for attribute names, for tests that need some call of a client."""

from __future__ import annotations

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.client import Client
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.converge import Convergence, converge
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.retry import Call
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import api, attr_names
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_name_rules import State

OLD, NEW = api.OLD, api.NEW
APIS = pytest.mark.parametrize("api", [OLD, NEW])
CALL = Call("v4/all_member_push/im_get_attr_name", {})


def read(client: Client, family: str = OLD) -> State:
    """Return the names and types that the app has."""
    return attr_names.read(client, family)


def ensure(client: Client, wanted: State, check_mode: bool = False, family: str = OLD) -> Convergence:
    """Make the app have the *wanted* names and types. Raises ChatError."""
    done = converge(client, attr_names.AttrNames(client, family, wanted), check_mode)
    if done.failure:
        raise ChatError(done.failure)
    return done


def failure(client: Client) -> Failure:
    """Return why reading the names fails."""
    with pytest.raises(ChatError) as failed:
        read(client)
    return failed.value.failure
