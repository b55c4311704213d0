# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_push in both execution modes. test_trust.py tests pushes that are ended."""

from __future__ import annotations

from both_modes import PROXY_PASSWORD, CaseTests

ACTION = "tencentcloud.chat.chat_push"
RECALL = "tencentcloud.chat.chat_push_recall"
INFO = "tencentcloud.chat.chat_push_info"

RECIPIENTS = {
    "ann": {"attrs": {"sex": "f", "city": "Oslo"}, "tags": ["staff", "canary"]},
    "bob": {"attrs": {"sex": "m"}, "tags": ["staff"], "online": False},
}
# msg_random is set wherever the task gets as far as to choose one: otherwise it differs between the modes.
EVERYONE = {"text": "hi", "all_users": True, "msg_random": 7}
STAFF = {"text": "hi", "tags_or": ["staff"], "msg_random": 7}
NOTE = {"title": "Alert", "desc": "城"}
LISTED = {"api": "timpush", "users": ["ann", "bob"], "offline_push": NOTE, "msg_random": 7}
RECALLED = {"task_id": "1400000001_1_2_3", "offline_push": NOTE}


CASES: dict[str, dict] = {
    "a push to all": {
        "app": {"users": RECIPIENTS},
        "args": EVERYONE,
        "is": {"changed": True, "condition": {}, "msg_random": 7},
    },
    "a push to all, checked": {
        "args": EVERYONE,
        "task": {"check_mode": True, "diff": True},
        "is": {"changed": True, "condition": {}, "msg_random": 7, "task_id": None, "diff": None},
    },
    "a push to attributes": {
        "app": {"names": {"0": "sex", "1": "city"}, "users": RECIPIENTS},
        "args": {
            "text": "城 {{ '{{ x }}' }}",
            "attrs_or": {"sex": "f"},
            "attrs_and": "{{ wanted }}",
            "msg_random": "{{ 7 }}",
            "lifetime": "{{ 60 }}",
        },
        "task": {"vars": {"wanted": {"city": "{{ 'Os' ~ 'lo' }}"}}},
        "is": {"changed": True, "condition": {"AttrsOr": {"sex": "f"}, "AttrsAnd": {"city": "Oslo"}}},
    },
    "a push to tags": {
        "app": {"users": RECIPIENTS},
        "args": {**STAFF, "tags_and": "{{ ['canary'] }}", "all_users": False, "from_account": "ann"},
        "is": {"changed": True, "condition": {"TagsOr": ["staff"], "TagsAnd": ["canary"]}},
    },
    "a push with all parts": {
        "app": {"users": RECIPIENTS},
        "args": {
            "api": "timpush",
            "msg_body": [{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "{}", "level": 1, "list": [1.5, True]}}],
            "offline_push": {"title": "城", "desc": "d", "ext": {"b": {"c": [1]}, "a": "城"}},
            "online_only": "{{ 'yes' }}",
            "tags_and": ["staff"],
            "tags_not": ["canary"],
            "msg_random": 4294967295,
        },
        "is": {"changed": True, "condition": {"TagsAnd": ["staff"], "TagsNot": ["canary"]}},
    },
    "a push offline alone": {
        "args": {"api": "timpush", "offline_push": "title=News desc=now", "all_users": True, "msg_random": 0},
        "is": {"changed": True, "msg_random": 0},
    },
    "a push whose response is lost": {
        "faults": [{"kind": "cut_after"}],
        "args": EVERYONE,
        "fails": True,
        "says": ["The push may have been sent"],
        "is": {"changed": False, "sent": "unknown", "msg_random": 7, "tries": 1},
    },
    "a push to a tag that is also the password of the proxy, checked": {
        "args": {
            "text": "hi",
            "tags_or": [PROXY_PASSWORD],
            "msg_random": 7,
            "api_url": "https://gateway.invalid",  # through the proxy
        },
        "task": {"check_mode": True},
        "is": {"changed": True, "condition": {"TagsOr": [PROXY_PASSWORD]}},
        "sends": [],
    },
    "all_users that is the string no": {
        "args": {**EVERYONE, "all_users": "no"},
        "fails": True,
        "is": {"changed": False, "sent": "no", "msg_random": 7},
        "says": ["the audience of the push is not set"],
        "sends": [],
    },
    "a push to tags from an empty template": {
        "args": {**STAFF, "tags_or": "{{ [] }}"},
        "early": True,
        "says": ["tags_or is empty"],
        "is": {"changed": False, "sent": "no", "msg_random": None},
    },
    "a push with a bad number": {
        "args": {**EVERYONE, "lifetime": "soon"},
        "fails": True,
        "says": ["lifetime"],
        "is": {"sent": "no", "msg_random": None},
    },
    "a push to listed users": {
        "app": {"users": RECIPIENTS},
        "args": {**LISTED, "users": "{{ ['ann'] }}"},
        "is": {
            "changed": True,
            "body": {
                "MsgRandom": 7,
                "From_Account": "administrator",
                "To_Account": ["ann"],
                "OfflinePushInfo": {"PushFlag": 0, "Title": "Alert", "Desc": "城"},
            },
        },
        "sends": ["batch"],
    },
    "a recall, checked": {"do": RECALL, "args": RECALLED, "task": {"check_mode": True}, "is": {"changed": True}},
    "a recall of a push that does not exist": {
        "do": RECALL,
        "args": RECALLED,
        "fails": True,
        "is": {"changed": False, "error_code": 90049, "command": "revoke"},
    },
    "the numbers of a push that does not exist": {
        "do": INFO,
        "args": {"task_ids": ["t"], "reasons": True},
        "random": ["invocation"],  # the requests contain the time
        "is": {"changed": False, "pushes": {}, "missing": ["t"], "losses": {}},
        "sends": ["all_member_push_statistics", "all_member_push_loss"],
    },
}


class TestCases(CaseTests):
    """Each case in both execution modes."""
