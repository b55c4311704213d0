# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes and the tags of users, for tests of what both share."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Operation
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import user_attrs, user_tags
from names import NEW, OLD


class Kind(NamedTuple):
    """One of the two subjects: its name in the simulator, and values that differ in a removal and an addition."""

    name: str
    ensure: Operation
    info: Operation
    get: str
    remove: str
    add: str
    field: str
    part: str
    before: Any
    wanted: Any

    @property
    def empty(self) -> Any:
        return type(self.before)()

    def users(self, accounts, value=None) -> dict:
        """Users of the simulator, who have *value*."""
        return {account: {self.name: self.before if value is None else value} for account in accounts}

    def held(self, app) -> dict:
        """Return the attributes or tags of the users of *app*."""
        found = {account: user.get(self.name, self.empty) for account, user in app.users.items()}
        return {account: sorted(value) if value and self is TAGS else value for account, value in found.items()}


OF_ATTRS = ("attrs", user_attrs.ENSURE, user_attrs.INFO, "get_attr", "remove_attr", "set_attr", "UserAttrs", "Attrs")
OF_TAGS = ("tags", user_tags.ENSURE, user_tags.INFO, "get_tag", "remove_tag", "add_tag", "UserTags", "Tags")
ATTRS, TAGS = Kind(*OF_ATTRS, {"old": "1"}, {"new": "2"}), Kind(*OF_TAGS, ["old"], ["new"])
KINDS = pytest.mark.parametrize("kind", [ATTRS, TAGS], ids=lambda kind: kind.name)
PREFIXES = {OLD: "im_", NEW: ""}


def requests(simulator, app) -> list:
    """The requests: the command without "im_", and how many users it is for."""
    bodies = ((entry["command"], json.loads(entry["body"])) for entry in simulator.requests(app.sdkappid))
    return [(command.removeprefix("im_"), len(next(iter(body.values()), ()))) for command, body in bodies]
