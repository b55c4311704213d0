# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The profiles of accounts: nickname and image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from .accounts import INFOS, LISTED, LONGEST_VALUE, Accounts, Profile, result
from .core import INFERRED, Call, Rejected, command, size
from .users import check_account, failure_of, in_order, listed_accounts

TAGS = {"Tag_Profile_IM_Nick": "nick", "Tag_Profile_IM_Image": "face_url"}

INFERRED.update(profile_empty=40001)


@dataclass
class Profiles(Accounts):
    """The settings of this subject."""

    unset_profile: Literal["missing", "blank", "null"] = "missing"
    blank_profile: Literal["clears", "ignored"] = "clears"
    unknown_profiles: Literal["item", "whole"] = "item"


@command("profile/portrait_get", per_second=200)
def get(call: Call) -> dict[str, Any]:
    """Return the profiles of accounts."""
    app = call.app
    call.allow_fields("To_Account", "TagList")
    asked = listed_accounts(call, "To_Account", replace(LISTED, malformed=40001))
    tags = call.listed("TagList", 40001, "profile_empty")
    for tag in tags:
        _check_tag(tag)
    codes = {
        account: failure_of(call, account, read=True) if app.imported(account, call.stale) else 40003
        for account in asked
    }
    if app.unknown_profiles == "whole" and 40003 in codes.values():
        raise Rejected(40003, INFOS[40003])
    items = [
        result(account, codes[account], "To_Account", ProfileItem=_shown(call, account, tags))
        for account in in_order(app, asked)
    ]
    failed = [account for account in asked if codes[account]]
    return {"UserProfileItem": items, **app.fail_field("Fail_Account", failed)}


def _shown(call: Call, account: str, tags: list[str]) -> list[dict[str, Any]]:
    app = call.app
    profile: Profile = app.shown(("profile", account), app.profile(account), call.stale)
    unset = None if app.unset_profile == "null" else ""
    return [
        {"Tag": tag, "Value": profile.get(TAGS[tag], unset)}
        for tag in tags
        if TAGS[tag] in profile or app.unset_profile != "missing"
    ]


@command("profile/portrait_set", per_second=200)
def set_profile(call: Call) -> dict[str, Any]:
    """Set values in the profile of one account; those that are not listed stay."""
    app = call.app
    call.allow_fields("From_Account", "ProfileItem")
    if "From_Account" not in call.body:
        raise Rejected(40001, "From_Account is missing")
    account = call.body["From_Account"]
    check_account(app, account, LISTED.longest)
    values: Profile = {}
    for item in call.listed("ProfileItem", 40001, "profile_empty"):
        tag, value = _checked(call, item)
        values[TAGS[tag]] = app.normalized(value)
    if not app.exists(account):
        raise Rejected(40003, INFOS[40003])
    code = failure_of(call, account) or (40005 if any(map(app.is_sensitive, values.values())) else 0)
    if code:
        raise Rejected(code, INFOS.get(code, "simulated"))
    if app.blank_profile == "ignored":
        values = {part: value for part, value in values.items() if value}
    app.store_profiles({account: {**app.profile(account), **values}})
    return {}


def _checked(call: Call, item: Any) -> tuple[str, str]:
    """Return the tag and the value in an entry of ProfileItem, or reject it."""
    if not isinstance(item, dict) or not {"Tag", "Value"} <= set(item):
        raise Rejected(40001, "an entry lacks Tag or Value")
    call.app.reject_unknown("field_unknown", call.app.present(item), ("Tag", "Value"))
    tag, value = _check_tag(item["Tag"]), item["Value"]
    if not isinstance(value, str):
        raise Rejected(40610, f"the value of {tag} is not a string")
    if size(value) > LONGEST_VALUE:
        raise Rejected(40601, f"the value of {tag} is longer than {LONGEST_VALUE} bytes")
    return tag, value


def _check_tag(tag: Any) -> str:
    if not isinstance(tag, str) or tag not in TAGS:
        raise Rejected(40009, "Invalid field")
    return tag
