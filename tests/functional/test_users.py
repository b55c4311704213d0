# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_accounts, chat_push_user_attrs, chat_push_user_tags and their _info modules in both execution modes."""

from __future__ import annotations

import both_modes

ACTION = ACCOUNTS = "tencentcloud.chat.chat_accounts"
ATTRS, TAGS = "tencentcloud.chat.chat_push_user_attrs", "tencentcloud.chat.chat_push_user_tags"
ACCOUNTS_INFO, ATTRS_INFO, TAGS_INFO = (f"{module}_info" for module in (ACCOUNTS, ATTRS, TAGS))

ANN = {"nick": "Ann", "face_url": "http://a"}
APP = {
    "names": {"0": "city", "1": "role"},
    "users": {
        "0123": {"nick": "Old", "attrs": {"role": "staff"}, "tags": ["beta", "staff"]},
        "ann": {**ANN, "attrs": {"city": "Oslo", "role": "staff"}, "tags": []},
    },
}
OLD = {"0123": {"nick": "Old"}}
GONE = {"state": "absent", "confirm_deletion": True}
NO_ACCOUNT = {"error_code": 70107, "error_info": "account does not exist"}
WRONG_KIND = {"error_code": 90035, "error_info": "illegal user"}
DIFF = {"diff": True}
CHECKED = {"diff": True, "check_mode": True}


def case(module: str, listed: object, returns: dict | None = None, options: dict | None = None, **more) -> dict:
    args = {"accounts" if "accounts" in module else "users": listed, **(options or {})}
    return both_modes.case(args, returns, **{"do": module, "app": APP, **more})


def change(users: dict, before: dict, after: dict, key: str = "users") -> dict:
    return {"changed": True, key: users, "diff": {"before": before, "after": after}}


CASES: dict[str, dict] = {
    "accounts": case(
        ACCOUNTS,
        {"0123": {"nick": "{{ 'N' ~ 'ew' }}"}, "ann": None, "new": {"nick": "城 {{ '{{ x }}' }}"}, "bare": {}},
        change(
            {"0123": {"nick": "New"}, "ann": {}, "new": {"nick": "城 {{ x }}"}, "bare": {}},
            OLD,
            {"0123": {"nick": "New"}, "new": {"nick": "城 {{ x }}"}, "bare": {}},
            "accounts",
        ),
        task=DIFF,
        sends=["account_check", "portrait_get", "multiaccount_import", "portrait_get", "portrait_set", "portrait_get"],
    ),
    "accounts, checked": case(
        ACCOUNTS,
        {"0123": {"nick": "New"}, "new": None},
        change({"0123": {"nick": "New"}, "new": {}}, OLD, {"0123": {"nick": "New"}, "new": {}}, "accounts"),
        task=CHECKED,
        sends=["account_check", "portrait_get"],
    ),
    "accounts that are deleted": case(
        ACCOUNTS,
        {"ann": None, "eve": None},
        change({}, {"ann": {}}, {}, "accounts"),
        GONE,
        task=DIFF,
        sends=["account_check", "account_delete", "account_check"],
    ),
    "accounts that are deleted, checked": case(
        ACCOUNTS, {"ann": None}, {"changed": True}, GONE, task=CHECKED, sends=["account_check"]
    ),
    "a deletion that is not confirmed": case(
        ACCOUNTS,
        {"ann": None},
        options={"state": "absent"},
        fails=True,
        sends=[],
        says=["confirm_deletion", "cannot be undone"],
    ),
    "an account that the service rejects": case(
        ACCOUNTS,
        {"bad": None, "new": None},
        {
            "changed": True,
            "accounts": {"new": {}},
            "command": "multiaccount_import",
            "failed_accounts": {"bad": {"error_code": None, "error_info": ""}},
        },
        app={"failing_users": {"bad": {"code": 70402, "commands": ["multiaccount_import"]}}},
        fails=True,
        says=["multiaccount_import for app ", "without a reason, for: 'bad'"],
    ),
    "an account with an unknown key": case(ACCOUNTS, {"ann": {"nik": "x"}}, early=True, says=["Use nick and face_url"]),
    "accounts, read": case(
        ACCOUNTS_INFO,
        ["ann", "eve", "0123", "ann"],
        {"changed": False, "accounts": {"ann": ANN, **OLD}, "missing": ["eve"]},
        sends=["account_check", "portrait_get"],
    ),
    "attributes": case(
        ATTRS,
        {"0123": {"city": "Bonn"}, "ann": {"city": "Oslo"}},
        change(
            {"0123": {"city": "Bonn", "role": "staff"}, "ann": {"city": "Oslo", "role": "staff"}},
            {"0123": {"role": "staff"}},
            {"0123": {"city": "Bonn", "role": "staff"}},
        ),
        task=DIFF,
    ),
    "attributes, checked": case(
        ATTRS,
        {"0123": {"city": "Bonn", "role": None}},
        change({"0123": {"city": "Bonn"}}, {"0123": {"role": "staff"}}, {"0123": {"city": "Bonn"}}),
        task=CHECKED,
        sends=["im_get_attr_name", "im_get_attr"],
    ),
    "attributes from variables": case(
        ATTRS,
        "{{ wanted }}",
        {"users": {"ann": {"city": "Bonn", "role": "{{ x }}"}}},
        {"exclusive": "{{ true }}"},
        task={"vars": {"wanted": {"ann": {"city": "{{ 'Bo' ~ 'nn' }}", "role": "{{ '{{ x }}' }}"}}}},
    ),
    "attributes of an unknown user": case(
        ATTRS,
        {"ann": {"city": "Bonn"}, "bob": {"city": "Bonn"}},
        {
            "changed": False,
            "command": "get_attr",
            **NO_ACCOUNT,
            "failed_users": {"bob": NO_ACCOUNT},
            "users": {"ann": {"city": "Oslo", "role": "staff"}},
        },
        {"api": "timpush"},
        fails=True,
        says=["get_attr for app ", "for: 'bob'"],
        sends=["get_attr_name", "get_attr"],
    ),
    "attributes, read": case(
        ATTRS_INFO,
        ["0123", "ann", "0123"],
        {"changed": False, "users": {"0123": {"role": "staff"}, "ann": {"city": "Oslo", "role": "staff"}}},
        sends=["im_get_attr"],
    ),
    "tags": case(
        TAGS,
        {"0123": ["staff", "canary", "canary"], "ann": []},
        change(
            {"0123": ["beta", "canary", "staff"], "ann": []},
            {"0123": ["beta", "staff"]},
            {"0123": ["beta", "canary", "staff"]},
        ),
        task=DIFF,
        sends=["im_get_tag", "im_add_tag", "im_get_tag"],
    ),
    "tags that some users cannot get": case(
        TAGS,
        {"ann": ["x"], "0123": ["x"]},
        {"changed": True, "failed_users": {"ann": WRONG_KIND}, "users": {"0123": ["beta", "staff", "x"], "ann": []}},
        app={**APP, "failing_users": {"ann": 90035}},
        fails=True,
    ),
    "tags of accounts as numbers": case(TAGS, {83: ["x"]}, early=True, says=["must be a string, not a number"]),
    "tags, read": case(
        TAGS_INFO,
        "{{ ['ann', '0123'] }}",
        {"changed": False, "users": {"ann": [], "0123": ["beta", "staff"]}},
        {"api": "timpush"},
        sends=["get_tag"],
    ),
    "tags, exclusive, whose first response is lost": case(
        TAGS,
        {"0123": ["x"]},
        {"changed": True, "command": "im_remove_tag", "users": {"0123": []}},
        {"exclusive": True, "retries": 0},
        faults=[{"kind": "cut_after", "command": "im_remove_tag"}],
        fails=True,
        says=["Run the task again to write the remaining users"],
        sends=["im_get_tag", "im_remove_tag", "im_get_tag"],
    ),
    "tags of a string, read": case(TAGS_INFO, "ann", early=True, says=["a list"]),
}


class TestCases(both_modes.CaseTests):
    """Each case in both execution modes."""
