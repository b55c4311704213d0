# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the option accounts can contain, and what is planned. Nothing is sent."""

from __future__ import annotations

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts import rules
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import OptionError
from hypothesis import given
from hypothesis import strategies as st

REJECTED = [
    (None, "accounts must be a map, not null"),
    ("u1", "accounts must be a map, not a string: 'u1'."),
    ({1001: None}, "accounts: a user ID must be a string, not a number: 1001"),
    ({"u1 ": None}, "user ID 'u1 ' ends with a space (U+0020)"),
    ({"é": None}, "contains characters other than printable ASCII"),
    ({"x" * 33: None}, "has 33 bytes, but at most 32 are allowed"),
    ({"@RBT#001": None}, "begins with @RBT#, which is reserved for robots"),
    ({"@TOA#_x": None}, "begins with @TOA#_, which is reserved for official accounts."),
    ({"u1": "Ann"}, "the profile of 'u1' must be a map, not a string: 'Ann'"),
    ({"u1": {"name": "Ann"}}, "the profile of 'u1' has the unknown key 'name'"),
    ({"u1": {"nick": 7}}, "the nick of 'u1' must be a string, not a number: 7"),
    ({"u1": {"nick": ""}}, "the nick of 'u1' is empty: ''"),
    ({"u1": {"nick": "é" * 250 + "x"}}, "has 501 bytes in UTF-8, but at most 500 are allowed"),
    ({"u1": {"face_url": " http://a"}}, "the face_url of 'u1' starts with a space"),
]
PROFILES = st.fixed_dictionaries({}, optional={field: st.sampled_from("ab") for field in rules.FIELDS})
KNOWN = st.dictionaries(st.sampled_from(["u1", "u2", "u3"]), st.none() | PROFILES)


@pytest.mark.parametrize(("option", "part"), REJECTED)
def test_what_cannot_be_an_account_is_rejected(option, part):
    with pytest.raises(OptionError) as error:
        rules.parse_option(option)
    assert part in error.value.failure.message


def test_what_can_be_an_account_is_accepted():
    longest = {"nick": "é" * 250, "face_url": "x" * 500}
    declared = {"x" * 32: longest, "a b~!": None, "@RBT": {}, "@TOA#x": {"nick": None, "face_url": "u"}}
    parsed = rules.parse_option(declared)
    assert parsed == {"x" * 32: longest, "a b~!": {}, "@RBT": {}, "@TOA#x": {"face_url": "u"}}


def test_a_list_of_accounts_has_the_same_rules_and_may_contain_robots():
    assert rules.parse_list(["u1", "@RBT#1", "u1"]) == ["u1", "@RBT#1"]
    for value, part in (("u1", "must be a list"), ([7], "not a number: 7"), (["x" * 33], "33 bytes"), (["é"], "ASCII")):
        with pytest.raises(OptionError) as error:
            rules.parse_list(value)
        assert part in error.value.failure.message


@given(known=KNOWN, data=st.data())
def test_a_plan_imports_what_is_missing_and_keeps_what_is_not_declared(known, data):
    wanted = {account: data.draw(PROFILES) for account in known}
    before = {account: None if now is None else dict(now) for account, now in known.items()}
    imported = rules.imported(known, wanted)
    assert imported == {account: wanted[account] if now is None else now for account, now in before.items()}
    after = rules.with_profiles(imported, wanted)
    assert rules.with_profiles(after, wanted) == after and rules.existing(after) == after
    for account, profile in after.items():
        assert profile == {**(before[account] or {}), **wanted[account]}
    assert known == before


def test_a_missing_account_gets_no_profile():
    assert rules.with_profiles({"u1": None}, {"u1": {"nick": "Ann"}}) == {"u1": None}


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_deletion_must_be_confirmed_and_spares_the_identifier(confirmed):
    parts = ("Remove 'admin' from accounts",) if confirmed else ("contacts", "groups", "conversations", "three months")
    with pytest.raises(OptionError) as error:
        rules.require_deletable({"u1": {}, "admin": {}}, "admin", confirmed)
    assert all(part in error.value.failure.message for part in parts)
    rules.require_deletable({"u1": {}}, "admin", True)
