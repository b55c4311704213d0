# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_push_user_attrs, chat_push_user_tags and their _info modules in both execution modes."""

from __future__ import annotations

from both_modes import CaseTests

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


def attrs(users, **more) -> dict:
    return {"do": ATTRS, "app": APP, "args": {"users": users}, **more}


def tags(users, **more) -> dict:
    return {"do": TAGS, "app": APP, "args": {"users": users}, **more}


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
    "tags": tags(
        {"0123": ["staff", "canary", "canary"], "ann": []},
        task={"diff": True},
        **{
            "is": {
                "changed": True,
                "users": {"0123": ["beta", "canary", "staff"], "ann": []},
                "diff": {"before": {"0123": ["beta", "staff"]}, "after": {"0123": ["beta", "canary", "staff"]}},
            },
            "sends": ["im_get_tag", "im_add_tag", "im_get_tag"],
        },
    ),
    "tags, checked": tags(
        {"ann": ["staff"]},
        task={"diff": True, "check_mode": True},
        **{
            "is": {
                "changed": True,
                "users": {"ann": ["staff"]},
                "diff": {"before": {"ann": []}, "after": {"ann": ["staff"]}},
            },
            "sends": ["im_get_tag"],
        },
    ),
    "tags, exclusive": {
        **tags({}),
        "args": {"api": "timpush", "users": {"0123": ["canary"], "ann": []}, "exclusive": True},
        "is": {"changed": True, "users": {"0123": ["canary"], "ann": []}},
        "sends": ["get_tag", "remove_tag", "add_tag", "get_tag"],
    },
    "tags that are removed": {
        **tags({}),
        "args": {"users": {"0123": ["staff", "nothing"], "ann": ["nothing"]}, "state": "absent"},
        "is": {"changed": True, "users": {"0123": ["beta"], "ann": []}},
        "sends": ["im_get_tag", "im_remove_tag", "im_get_tag"],
    },
    "tags that some users cannot get": {
        **tags({"ann": ["x"], "0123": ["x"]}),
        "app": {**APP, "failing_users": {"ann": 90035}},
        "fails": True,
        "is": {
            "changed": True,
            "failed_users": {"ann": WRONG_KIND},
            "users": {"0123": ["beta", "staff", "x"], "ann": []},
        },
    },
    "tags that cannot be read back": {
        **tags({}),
        "args": {"users": {"ann": ["x"]}, "retries": 0},
        "faults": [{"kind": "slow", "seconds": 0.0, "command": "im_get_tag"}]
        + [{"kind": "http", "command": "im_get_tag"}] * 2,
        "fails": True,
        "is": {"changed": True, "http_status": 502, "users": None},
    },
    "tags of accounts as numbers": tags({83: ["x"]}, early=True, says=["must be a string, not a number"]),
    "tags, read": {
        "do": TAGS_INFO,
        "app": APP,
        "args": {"users": "{{ ['ann', '0123'] }}", "api": "timpush"},
        "is": {"changed": False, "users": {"ann": [], "0123": ["beta", "staff"]}},
        "sends": ["get_tag"],
    },
    "tags, exclusive, whose first response is lost": {
        **tags({}),
        "args": {"users": {"0123": ["x"]}, "exclusive": True, "retries": 0},
        "faults": [{"kind": "cut_after", "command": "im_remove_tag"}],
        "fails": True,
        "says": ["Run the task again to write the remaining users"],
        "is": {"changed": True, "command": "im_remove_tag", "users": {"0123": []}},
        "sends": ["im_get_tag", "im_remove_tag", "im_get_tag"],
    },
    "tags of a string, read": {"do": TAGS_INFO, "args": {"users": "ann"}, "early": True, "says": ["a list"]},
}


class TestCases(CaseTests):
    """Each case in both execution modes."""
