# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_push_user_attrs, chat_push_user_tags and their _info modules in both execution modes."""

from __future__ import annotations

import both_modes

ACTION = ATTRS = "tencentcloud.chat.chat_push_user_attrs"
ATTRS_INFO = "tencentcloud.chat.chat_push_user_attrs_info"
TAGS, TAGS_INFO = "tencentcloud.chat.chat_push_user_tags", "tencentcloud.chat.chat_push_user_tags_info"

NAMES = {"0": "city", "1": "role"}
PEOPLE = {
    "0123": {"attrs": {"role": "staff"}, "tags": ["beta", "staff"]},
    "ann": {"attrs": {"city": "Oslo", "role": "staff"}, "tags": []},
}
APP = {"names": NAMES, "users": PEOPLE}
NO_ACCOUNT = {"error_code": 70107, "error_info": "account does not exist"}
WRONG_KIND = {"error_code": 90035, "error_info": "illegal user"}
DIFF = {"diff": True}
CHECKED = {"diff": True, "check_mode": True}


def case(module: str, users: object, returns: dict | None = None, options: dict | None = None, **more) -> dict:
    return both_modes.case({"users": users, **(options or {})}, returns, **{"do": module, "app": APP, **more})


def change(users: dict, before: dict, after: dict) -> dict:
    return {"changed": True, "users": users, "diff": {"before": before, "after": after}}


CASES: dict[str, dict] = {
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
    "attributes, exclusive": case(
        ATTRS,
        {"ann": {"city": "Bonn"}, "0123": {}},
        {"changed": True, "users": {"ann": {"city": "Bonn"}, "0123": {}}},
        {"exclusive": "{{ true }}"},
        sends=["im_get_attr_name", "im_get_attr", "im_remove_attr", "im_set_attr", "im_get_attr"],
    ),
    "attributes from variables": case(
        ATTRS,
        "{{ wanted }}",
        {"users": {"ann": {"city": "Bonn", "role": "{{ x }}"}}},
        task={"vars": {"wanted": {"ann": {"city": "{{ 'Bo' ~ 'nn' }}", "role": "{{ '{{ x }}' }}"}}}},
    ),
    "attributes as JSON text": case(ATTRS, '{"ann": {"city": "城市"}}', {"changed": True}),
    "attributes, no users": case(ATTRS, {}, {"changed": False, "users": {}}, sends=[]),
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
    "attributes that are empty": case(
        ATTRS, {"ann": {"city": ""}}, early=True, says=["set null to remove the attribute"]
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
    "tags, checked": case(
        TAGS,
        {"ann": ["staff"]},
        change({"ann": ["staff"]}, {"ann": []}, {"ann": ["staff"]}),
        task=CHECKED,
        sends=["im_get_tag"],
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
