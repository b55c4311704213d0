# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_types

# What is given, and what the message must hold.
REFUSED = [
    ([1], "Write a map such as {0: 1}"),
    ({10: 0}, "10 is not an attribute number"),
    ({0: 2}, "2 is not a valid type for attribute 0"),
    ({0: True}, "True"),
    ({0: 1.0}, "1.0"),
]


@pytest.mark.parametrize(("option", "message"), REFUSED)
def test_invalid_types_are_rejected_with_a_helpful_message(option, message):
    with pytest.raises(OptionError) as refused:
        attr_types.parse_option(option)
    assert refused.value.failure.message.startswith("attr_types") and message in refused.value.failure.message


@pytest.mark.parametrize(("option", "types"), [({}, {}), ({0: 0}, {"0": 0}), ({"9": "1", 1: 0}, {"1": 0, "9": 1})])
def test_valid_types_are_accepted_as_integers(option, types):
    parsed = attr_types.parse_option(option)
    assert parsed == types and list(parsed) == sorted(types)
    assert all(isinstance(kind, int) for kind in parsed.values())


def test_a_type_belongs_to_a_name_and_stays():
    names = {"0": "sex", "1": "city"}
    plan = attr_types.plan
    assert plan({}, {}, {}, names) == {"0": 0, "1": 0}
    assert plan({}, {}, {"1": 1}, names) == {"0": 0, "1": 1}
    assert plan(names, {"0": 1, "1": 7}, {}, names) == {"0": 1, "1": 7}
    assert plan(names, {"1": 1}, {"1": 1}, names) == {"0": 0, "1": 1}
    assert plan(names, {}, {"1": 1}, names) == {"0": 0, "1": 1}  # not known to be set: the service decides
    assert plan({}, {"0": 0}, {"0": 1}, {"0": "sex"}) == {"0": 1}  # shown for a number without a name
    assert plan({}, {"0": 1}, {}, {"0": "sex"}) == {"0": 1}
    with pytest.raises(OptionError, match="attribute 0 has type 1, and cannot change to 0"):
        plan(names, {"0": 1}, {"0": 0}, names)
    with pytest.raises(OptionError, match="attribute 2 has no name"):
        plan(names, {}, {"2": 0}, names)
