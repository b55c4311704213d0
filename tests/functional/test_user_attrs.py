# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_push_user_attrs and its _info module in both execution modes."""

from __future__ import annotations

from both_modes import CaseTests

ACTION = ATTRS = "tencentcloud.chat.chat_push_user_attrs"
ATTRS_INFO = "tencentcloud.chat.chat_push_user_attrs_info"

NAMES = {"0": "city", "1": "role"}
PEOPLE = {
    "0123": {"attrs": {"role": "staff"}, "tags": ["beta", "staff"]},
    "ann": {"attrs": {"city": "Oslo", "role": "staff"}, "tags": []},
}
APP = {"names": NAMES, "users": PEOPLE}
NO_ACCOUNT = {"error_code": 70107, "error_info": "account does not exist"}


def attrs(users, **more) -> dict:
    return {"do": ATTRS, "app": APP, "args": {"users": users}, **more}


CASES: dict[str, dict] = {
    "attributes": attrs(
        {"0123": {"city": "Bonn"}, "ann": {"city": "Oslo"}},
        task={"diff": True},
        **{
            "is": {
                "changed": True,
                "users": {"0123": {"city": "Bonn", "role": "staff"}, "ann": {"city": "Oslo", "role": "staff"}},
                "diff": {
                    "before": {"0123": {"role": "staff"}},
                    "after": {"0123": {"city": "Bonn", "role": "staff"}},
                },
            },
        },
    ),
    "attributes, checked": attrs(
        {"0123": {"city": "Bonn", "role": None}},
        task={"diff": True, "check_mode": True},
        **{
            "is": {
                "changed": True,
                "users": {"0123": {"city": "Bonn"}},
                "diff": {"before": {"0123": {"role": "staff"}}, "after": {"0123": {"city": "Bonn"}}},
            },
            "sends": ["im_get_attr_name", "im_get_attr"],
        },
    ),
    "attributes, exclusive": {
        **attrs({}),
        "args": {"users": {"ann": {"city": "Bonn"}, "0123": {}}, "exclusive": "{{ true }}"},
        "is": {"changed": True, "users": {"ann": {"city": "Bonn"}, "0123": {}}},
        "sends": ["im_get_attr_name", "im_get_attr", "im_remove_attr", "im_set_attr", "im_get_attr"],
    },
    "attributes from variables": attrs(
        "{{ wanted }}",
        task={"vars": {"wanted": {"ann": {"city": "{{ 'Bo' ~ 'nn' }}", "role": "{{ '{{ x }}' }}"}}}},
        **{"is": {"users": {"ann": {"city": "Bonn", "role": "{{ x }}"}}}},
    ),
    "attributes as JSON text": attrs('{"ann": {"city": "城市"}}', **{"is": {"changed": True}}),
    "attributes, no users": attrs({}, **{"is": {"changed": False, "users": {}}, "sends": []}),
    "attributes of an unknown user": {
        **attrs({}),
        "args": {"api": "timpush", "users": {"ann": {"city": "Bonn"}, "bob": {"city": "Bonn"}}},
        "fails": True,
        "says": ["get_attr for app ", "for: 'bob'"],
        "is": {
            "changed": False,
            "command": "get_attr",
            **NO_ACCOUNT,
            "failed_users": {"bob": NO_ACCOUNT},
            "users": {"ann": {"city": "Oslo", "role": "staff"}},
        },
        "sends": ["get_attr_name", "get_attr"],
    },
    "attributes that are empty": attrs({"ann": {"city": ""}}, early=True, says=["set null to remove the attribute"]),
    "attributes, read": {
        "do": ATTRS_INFO,
        "app": APP,
        "args": {"users": ["0123", "ann", "0123"]},
        "is": {"changed": False, "users": {"0123": {"role": "staff"}, "ann": {"city": "Oslo", "role": "staff"}}},
        "sends": ["im_get_attr"],
    },
    "attributes of an unknown user, read": {
        "do": ATTRS_INFO,
        "app": {**APP, "unknown_accounts": "skip"},
        "args": {"users": ["ann", "bob"]},
        "fails": True,
        "says": ["the service returned no data for: 'bob'"],
        "is": {"failed_users": {"bob": {"error_code": None, "error_info": ""}}},
    },
}


class TestCases(CaseTests):
    """Each case in both execution modes."""
