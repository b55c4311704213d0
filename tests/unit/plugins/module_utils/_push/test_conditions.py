# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audience of a push: what is accepted, what is rejected and with which message."""

from __future__ import annotations

from itertools import combinations

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import conditions
from names import APIS, NEW
from rejected import AUDIENCES, VISIBLE, audience, refusal


@pytest.mark.parametrize(
    ("options", "condition"),
    [
        ({"attrs_or": '{"sex": "m"}'}, {"AttrsOr": {"sex": "m"}}),
        ({"attrs_or": "sex=m city=Oslo"}, {"AttrsOr": {"sex": "m", "city": "Oslo"}}),
        ({"all_users": False, "tags_or": ["a"]}, {"TagsOr": ["a"]}),
        ({"tags_or": [str(n) for n in range(10)]}, {"TagsOr": [str(n) for n in range(10)]}),
        ({"tags_or": ["x" * 50]}, {"TagsOr": ["x" * 50]}),
        ({"attrs_and": {"sex": "x" * 50}}, {"AttrsAnd": {"sex": "x" * 50}}),
        *(({"tags_or": [text]}, {"TagsOr": [text]}) for text in VISIBLE),
        *(({"attrs_and": {text: text}}, {"AttrsAnd": {text: text}}) for text in VISIBLE),
    ],
)
def test_an_audience_becomes_a_condition(options, condition):
    assert audience(**options) == condition


PARTS = {"attrs_or": {"a": "x"}, "attrs_and": {"a": "y"}, "tags_or": ["a"], "tags_and": ["b"], "tags_not": ["c"]}
WHOLE = {"all_users": True, "users": ["u1"]}


@APIS
def test_only_all_users_selects_all_users(api):
    """Each combination of options is rejected, or becomes exactly the condition that it describes."""
    given = {**WHOLE, **PARTS}
    for names in (names for size in range(len(given) + 1) for names in combinations(given, size)):
        options = {name: given[name] for name in names}
        is_one_kind = len({name.partition("_")[0] for name in names}) == 1 and names != ("tags_not",)
        if is_one_kind and (api == NEW or {"users", "tags_not"}.isdisjoint(names)):
            condition = {name.title().replace("_", ""): PARTS[name] for name in names if name in PARTS}
            assert audience(api, **options) == condition
        else:
            with pytest.raises(OptionError, match=r"^(the audience of the push is|tags_not|users)"):
                audience(api, **options)


@pytest.mark.parametrize(("options", "message"), AUDIENCES)
def test_any_other_audience_is_rejected(options, message):
    found = refusal(audience, **options)
    assert found.message.startswith(message) and found.not_accepted


def test_an_undeclared_attribute_is_rejected_with_the_declared_ones():
    condition = {"AttrsOr": {"sex": "m"}, "AttrsAnd": {"town": "Oslo", "land": "NO", "sex": "f"}}
    assert refusal(conditions.require_declared, condition, ["sex", "city"]).message == (
        "attrs_and: the app has not declared these attributes: 'town', 'land'. It has declared: 'sex', 'city'."
        " Correct the names, or declare them with chat_push_attr_names."
    )
    with pytest.raises(OptionError, match=r"attrs_or: .*: 'sex'. It has not declared any"):
        conditions.require_declared(condition, iter([]))
    conditions.require_declared(condition, ["land", "town", "sex"])
    conditions.require_declared({"TagsOr": ["sex"]}, [])


@pytest.mark.parametrize("value", ["perhaps", "yes", "no", "false", "0", 0, False, "off"])
def test_all_users_is_what_a_boolean_means_and_another_string_is_left_to_ansible(value):
    assert conditions.PARSERS["all_users"](value) is {"perhaps": None, "yes": True}.get(value, False)
