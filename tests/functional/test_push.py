# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_push in both execution modes. test_pushes.py tests many pushes."""

from __future__ import annotations

import datetime

from both_modes import KEY, PROXY_PASSWORD, CaseTests

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
TEXT = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}]
RECALLED = {"task_id": "1400000001_1_2_3", "offline_push": NOTE}


def unsent(message: str = "", random: int | None = 7, **facts) -> dict:
    return {"changed": False, "sent": "no", "msg_random": random, **({"msg": message} if message else {}), **facts}


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
    "a push to attributes, checked": {
        "app": {"names": {"0": "sex"}},
        "args": {"text": "hi", "attrs_or": {"sex": "f"}, "msg_random": 7},
        "task": {"check_mode": True},
        "is": {"changed": True, "condition": {"AttrsOr": {"sex": "f"}}, "task_id": None},
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
    "a push whose signature expired": {
        "faults": [{"kind": "code", "code": 70001}],
        "args": EVERYONE,
        "is": {"changed": True},
    },
    "a push too soon": {
        "faults": [{"kind": "code", "code": 90024}],
        "args": EVERYONE,
        "is": {"changed": True},
    },
    "a push too often": {
        "app": {"pushes_per_day": 0},
        "args": EVERYONE,
        "fails": True,
        "is": unsent(error_code=90047, command="im_push", tries=1),
    },
    "a push whose response is lost": {
        "faults": [{"kind": "cut_after"}],
        "args": EVERYONE,
        "fails": True,
        "is": {"changed": False, "sent": "unknown", "msg_random": 7, "tries": 1},
    },
    "a push whose response is a 502 page": {
        "faults": [{"kind": "http_after"}],
        "args": EVERYONE,
        "fails": True,
        "is": {"changed": False, "sent": "unknown", "http_status": 502, "tries": 1},
    },
    "a push that the service may have accepted": {
        "faults": [{"kind": "code_after", "code": 91000}],
        "args": EVERYONE,
        "fails": True,
        "is": {"sent": "unknown", "error_code": 91000, "tries": 1},
    },
    "a push that the service has no capacity for": {
        "faults": [{"kind": "http", "status": 429}] * 2,
        "args": {**EVERYONE, "retries": 0},
        "is": {"changed": True, "retried": {"times": 2, "reason": "HTTP 429"}},
        "sends": ["im_push"] * 3,
    },
    "a push that the service has no capacity for within its time": {
        "faults": [{"kind": "http", "status": 429, "retry_after": "100"}],
        "args": {**EVERYONE, "retries": 0},
        "fails": True,
        "is": unsent(http_status=429, tries=1),
    },
    "a push whose response is that to another app": {
        "faults": [
            {
                "kind": "garbage",
                "body": '{"ActionStatus": "OK", "ErrorCode": 0, "TaskId": "1400009999_144115212910570789_1"}',
            }
        ],
        "args": EVERYONE,
        "fails": True,
        "says": ["its TaskId is that of app 1400009999", "The push may have been sent"],
        "is": {"changed": False, "sent": "unknown", "msg_random": 7, "tries": 1},
        "sends": ["im_push"],
    },
    "a push that is too large for a gateway": {
        "faults": [{"kind": "http", "status": 413}],
        "args": EVERYONE,
        "fails": True,
        "says": ["let it accept at least 1 MB"],
        "is": unsent(http_status=413, tries=1),
    },
    "a push whose rejection has a request ID": {
        "faults": [
            {"kind": "garbage", "body": '{"ActionStatus": "FAIL", "ErrorCode": 90043, "RequestId": "id-7"}'},
        ],
        "args": EVERYONE,
        "fails": True,
        "is": unsent(error_code=90043, request_id="id-7"),
    },
    "a push whose response has a key twice": {
        "faults": [{"kind": "duplicate_key"}],
        "args": EVERYONE,
        "fails": True,
        "is": {"changed": False, "sent": "unknown", "tries": 1},
        "sends": ["im_push"],
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
        "is": unsent(),
        "says": ["the audience of the push is not set"],
        "sends": [],
    },
    "a push to an unreachable host": {
        "args": {**EVERYONE, "api_url": "https://127.0.0.1:1", "retries": 0},
        "fails": True,
        "is": unsent(tries=1),
    },
    "a push to an unknown CA": {
        "args": {**EVERYONE, "ca_path": "{{ other_ca }}"},
        "fails": True,
        "is": unsent(tries=1),
    },
    "a push with another key": {
        "args": {**EVERYONE, "secret_key": "{{ another_key }}"},
        "fails": True,
        "is": unsent(error_code=70009),
    },
    "a push from an unknown account": {
        "args": {**EVERYONE, "from_account": "eve"},
        "fails": True,
        "is": unsent(error_code=70107),
    },
    "a push to an undeclared attribute": {
        "app": {"names": {"0": "sex", "1": "city"}},
        "args": {"text": "hi", "attrs_or": {"town": "Oslo"}, "msg_random": 7},
        "fails": True,
        "is": unsent(
            "attrs_or: the app has not declared these attributes: 'town'. It has declared: 'sex', 'city'."
            " Correct the names, or declare them with chat_push_attr_names."
        ),
    },
    "a push to an undeclared attribute, checked": {
        "args": {"text": "hi", "attrs_or": {"town": "Oslo"}, "msg_random": 7},
        "task": {"check_mode": True},
        "fails": True,
        "is": unsent(),
    },
    "a push to nobody": {"args": {"text": "hi", "msg_random": 7}, "fails": True, "is": unsent()},
    "a push to nobody, checked": {
        "args": {"text": "hi", "msg_random": 7},
        "task": {"check_mode": True},
        "fails": True,
        "is": unsent(),
    },
    "a push not to all": {"args": {**EVERYONE, "all_users": False}, "fails": True, "is": unsent()},
    "a push to all and tags": {"args": {**EVERYONE, "tags_or": ["a"]}, "fails": True, "is": unsent()},
    "a push to all and attributes": {
        "args": {**EVERYONE, "attrs_or": {"a": "b"}},
        "fails": True,
        "is": unsent(),
    },
    "a push to attributes and tags": {
        "args": {**STAFF, "attrs_or": {"a": "b"}},
        "fails": True,
        "is": unsent(),
    },
    "a push to a tag listed twice": {
        "args": {**STAFF, "tags_and": ["staff"]},
        "fails": True,
        "is": unsent(),
    },
    "a push to tags_not alone": {
        "args": {"api": "timpush", "text": "hi", "tags_not": ["a"], "msg_random": 7},
        "fails": True,
        "is": unsent(),
    },
    "a push to tags_not without the API": {
        "args": {**STAFF, "tags_not": ["a"]},
        "fails": True,
        "is": unsent(),
    },
    "a push to an omitted audience": {
        "args": {"text": "hi", "tags_or": "{{ nothing | default(omit) }}", "msg_random": 7},
        "fails": True,
        "is": unsent(),
    },
    "a push to no tags": {"args": {**STAFF, "tags_or": []}, "early": True, "is": unsent(random=None)},
    "a push to tags from an empty template": {
        "args": {**STAFF, "tags_or": "{{ [] }}"},
        "early": True,
        "is": unsent(random=None),
    },
    "a push to an empty string": {"args": {**STAFF, "tags_or": "{{ '' }}"}, "early": True},
    "a push to null": {"args": {**STAFF, "tags_and": None}, "early": True},
    "a push to no attributes": {"args": {"text": "hi", "attrs_or": {}}, "early": True},
    "a push to all and no tags": {"args": {**EVERYONE, "tags_or": []}, "early": True},
    "a push to tags in a string": {"args": {**STAFF, "tags_or": "staff,canary"}, "early": True},
    "a push to a tag that is a number": {"args": {**STAFF, "tags_or": [2024]}, "early": True},
    "a push to a tag that is a boolean": {"args": {**STAFF, "tags_or": [True]}, "early": True},
    "a push to an empty tag": {"args": {**STAFF, "tags_or": [""]}, "early": True},
    "a push to a long tag": {"args": {**STAFF, "tags_or": ["城" * 17]}, "early": True},
    "a push to a tag with an invisible character": {
        "args": {**STAFF, "tags_or": ["st\ufeffaff"]},
        "early": True,
        "says": ["U+FEFF"],
        "is": unsent(random=None),
    },
    "a push to a value with a space at its end": {
        "args": {"text": "hi", "attrs_or": {"sex": "f "}},
        "early": True,
        "says": ["ends with a space"],
    },
    "a push to attributes as pairs": {"args": {"text": "hi", "attrs_or": "sex=f m"}, "early": True},
    "a push to eleven tags": {"args": {**STAFF, "tags_or": list("abcdefghijk")}, "early": True},
    "a push to a value that is a number": {"args": {"text": "hi", "attrs_or": {"sex": 1}}, "early": True},
    "a push to a name that is a boolean": {"args": {"text": "hi", "attrs_or": {True: "1"}}, "early": True},
    "a push to a long value": {"args": {"text": "hi", "attrs_or": {"sex": "x" * 51}}, "early": True},
    "a push without a message": {
        "args": {"all_users": True, "offline_push": {"title": "a"}, "msg_random": 7},
        "fails": True,
        "is": unsent(),
    },
    "a push with two messages": {
        "args": {**EVERYONE, "msg_body": [{"MsgType": "a", "MsgContent": {}}]},
        "fails": True,
        "is": unsent(),
    },
    "a push whose text is a number": {"args": {**EVERYONE, "text": 5}, "early": True},
    "a push with an empty text": {"args": {**EVERYONE, "text": ""}, "early": True},
    "a push from a number": {"args": {**EVERYONE, "from_account": 123}, "early": True},
    "a push with a message in a string": {
        "args": {"all_users": True, "msg_body": "hi"},
        "early": True,
        "is": unsent(random=None),
    },
    "a push with a date": {
        "args": {"all_users": True, "msg_body": [{"MsgType": "a", "MsgContent": {"on": datetime.date(2026, 1, 2)}}]},
        "early": True,
    },
    "a push with an unknown part": {
        "args": {**EVERYONE, "offline_push": {"titel": "a"}},
        "early": True,
        "is": unsent("offline_push: 'titel' is not a valid key. Use title, desc and ext.", random=None),
    },
    "a push stored too long": {"args": {**EVERYONE, "lifetime": 604801}, "fails": True, "is": unsent()},
    "a push with the lifetime of the other API": {
        "args": {**EVERYONE, "api": "timpush", "lifetime": 1},
        "fails": True,
        "is": unsent(),
    },
    "a push online only with the other API": {
        "args": {**EVERYONE, "online_only": True},
        "fails": True,
        "is": unsent(),
    },
    "a push with a number out of range": {
        "args": {**EVERYONE, "msg_random": 4294967296},
        "fails": True,
        "is": unsent(random=4294967296),
    },
    "a push with a bad number": {
        "args": {**EVERYONE, "lifetime": "soon"},
        "fails": True,
        "is": {"sent": "no", "msg_random": None},
    },
    "a push with an unknown option": {"args": {**EVERYONE, "tag_or": ["a"]}, "early": True},
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
    "a push to listed users, checked": {
        "args": {**LISTED, "from_account": "ann"},
        "task": {"check_mode": True},
        "is": {"changed": True, "task_id": None, "condition": None},
        "sends": [],
    },
    "a push to listed users of whom one does not exist": {
        "app": {"users": RECIPIENTS},
        "args": {**LISTED, "users": ["ann", "eve"]},
        "fails": True,
        "is": {
            "changed": True,
            "sent": "partly",
            "command": "batch",
            "error_code": 70107,
            "failed_users": {"eve": {"error_code": 70107, "error_info": "account does not exist"}},
        },
        "says": ["batch for app ", "sent to 1 of 2 users"],
    },
    "a push to listed users whose response is lost": {
        "app": {"users": RECIPIENTS},
        "faults": [{"kind": "cut_after"}],
        "args": LISTED,
        "fails": True,
        "is": {"changed": False, "sent": "unknown", "tries": 1},
    },
    "a push to listed users with a text": {"args": {**LISTED, "text": "hi"}, "fails": True, "is": unsent()},
    "a push to a user who is a number": {"args": {**LISTED, "users": [7]}, "early": True, "says": ["Quote the value"]},
    "a push to users who are online, because nothing else is set": {
        "args": EVERYONE,
        "task": {"check_mode": True},
        "is": {"changed": True, "body": {"MsgRandom": 7, "MsgBody": TEXT, "MsgLifeTime": 0}},
    },
    "a recall, checked": {"do": RECALL, "args": RECALLED, "task": {"check_mode": True}, "is": {"changed": True}},
    "a recall of a push that does not exist": {
        "do": RECALL,
        "args": RECALLED,
        "fails": True,
        "is": {"changed": False, "error_code": 90049, "command": "revoke"},
    },
    "a recall without a notification": {
        "do": RECALL,
        "args": {"task_id": "t", "offline_push": {}},
        "early": True,
        "says": ["Set title, desc or ext"],
    },
    "the numbers of a push that does not exist": {
        "do": INFO,
        "args": {"task_ids": ["t"], "reasons": True},
        "random": ["invocation"],  # the requests contain the time
        "is": {"changed": False, "pushes": {}, "missing": ["t"], "losses": {}},
        "sends": ["all_member_push_statistics", "all_member_push_loss"],
    },
    "the numbers of too many days": {"do": INFO, "args": {"days": 31}, "fails": True, "sends": []},
    "a push that echoes a key": {
        "faults": [{"kind": "code", "code": 90002, "info": f"key {KEY} bad"}],
        "args": EVERYONE,
        "fails": True,
        "is": unsent(error_info="key ******** bad"),
    },
}


class TestCases(CaseTests):
    """Each case in both execution modes."""
