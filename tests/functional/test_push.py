# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_push in both execution modes. test_trust.py tests pushes that are ended."""

from __future__ import annotations

from both_modes import PROXY_PASSWORD, CaseTests, case

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
LISTED = {"api": "timpush", "offline_push": NOTE, "msg_random": 7}
RECALLED = {"task_id": "1400000001_1_2_3", "offline_push": NOTE}


CASES: dict[str, dict] = {
    "a push to all, checked": case(
        EVERYONE,
        {"changed": True, "condition": {}, "msg_random": 7, "task_id": None, "diff": None},
        task={"check_mode": True, "diff": True},
    ),
    "a push to attributes": case(
        {
            "text": "城 {{ '{{ x }}' }}",
            "attrs_or": {"sex": "f"},
            "attrs_and": "{{ wanted }}",
            "msg_random": "{{ 7 }}",
            "lifetime": "{{ 60 }}",
        },
        {"changed": True, "condition": {"AttrsOr": {"sex": "f"}, "AttrsAnd": {"city": "Oslo"}}},
        app={"names": {"0": "sex", "1": "city"}, "users": RECIPIENTS},
        task={"vars": {"wanted": {"city": "{{ 'Os' ~ 'lo' }}"}}},
    ),
    "a push to tags": case(
        {**STAFF, "tags_and": "{{ ['canary'] }}", "all_users": False, "from_account": "ann"},
        {"changed": True, "condition": {"TagsOr": ["staff"], "TagsAnd": ["canary"]}},
        app={"users": RECIPIENTS},
    ),
    "a push with all parts": case(
        {
            "api": "timpush",
            "msg_body": [{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "{}", "level": 1, "list": [1.5, True]}}],
            "offline_push": {"title": "城", "desc": "d", "ext": {"b": {"c": [1]}, "a": "城"}},
            "online_only": "{{ 'yes' }}",
            "tags_and": ["staff"],
            "tags_not": ["canary"],
            "msg_random": 4294967295,
        },
        {"changed": True, "condition": {"TagsAnd": ["staff"], "TagsNot": ["canary"]}},
        app={"users": RECIPIENTS},
    ),
    "a push offline alone": case(
        {"api": "timpush", "offline_push": "title=News desc=now", "all_users": True, "msg_random": 0},
        {"changed": True, "msg_random": 0},
    ),
    "a push whose response is lost": case(
        EVERYONE,
        {"changed": False, "sent": "unknown", "msg_random": 7, "tries": 1},
        faults=[{"kind": "cut_after"}],
        fails=True,
        says=["The push may have been sent"],
    ),
    "a push to a tag that is also the password of the proxy, checked": case(
        {**STAFF, "tags_or": [PROXY_PASSWORD], "api_url": "https://gateway.invalid"},  # through the proxy
        {"changed": True, "condition": {"TagsOr": [PROXY_PASSWORD]}},
        task={"check_mode": True},
        sends=[],
    ),
    "all_users that is the string no": case(
        {**EVERYONE, "all_users": "no"},
        {"changed": False, "sent": "no", "msg_random": 7},
        fails=True,
        says=["the audience of the push is not set"],
        sends=[],
    ),
    "a push to tags from an empty template": case(
        {**STAFF, "tags_or": "{{ [] }}"},
        {"changed": False, "sent": "no", "msg_random": None},
        early=True,
        says=["tags_or is empty"],
    ),
    "a push with a bad number": case(
        {**EVERYONE, "lifetime": "soon"}, {"sent": "no", "msg_random": None}, fails=True, says=["lifetime"]
    ),
    "a push to listed users": case(
        {**LISTED, "users": "{{ ['ann'] }}"},
        {
            "changed": True,
            "body": {
                "MsgRandom": 7,
                "From_Account": "administrator",
                "To_Account": ["ann"],
                "OfflinePushInfo": {"PushFlag": 0, "Title": "Alert", "Desc": "城"},
            },
        },
        app={"users": RECIPIENTS},
        sends=["batch"],
    ),
    "a recall, checked": case(RECALLED, {"changed": True}, do=RECALL, task={"check_mode": True}),
    "a recall of a push that does not exist": case(
        RECALLED, {"changed": False, "error_code": 90049, "command": "revoke"}, do=RECALL, fails=True
    ),
    "the numbers of a push that does not exist": case(
        {"task_ids": ["t"], "reasons": True},
        {"changed": False, "pushes": {}, "missing": ["t"], "losses": {}},
        do=INFO,
        random=["invocation"],  # the requests contain the time
        sends=["all_member_push_statistics", "all_member_push_loss"],
    ),
}


class TestCases(CaseTests):
    """Each case in both execution modes."""
