# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_accounts and its _info module in both execution modes."""

from __future__ import annotations

from both_modes import CaseTests

ACTION = ACCOUNTS = "tencentcloud.chat.chat_accounts"
ACCOUNTS_INFO = "tencentcloud.chat.chat_accounts_info"

ANN = {"nick": "Ann", "face_url": "http://a"}
APP = {"users": {"0123": {"nick": "Old"}, "ann": {**ANN, "tags": ["staff"]}}}
GONE = {"state": "absent", "confirm_deletion": True}


def accounts(declared, options: dict | None = None, **more) -> dict:
    return {"app": APP, "args": {"accounts": declared, **(options or {})}, **more}


CASES: dict[str, dict] = {
    "accounts": accounts(
        {"0123": {"nick": "{{ 'N' ~ 'ew' }}"}, "ann": None, "new": {"nick": "城 {{ '{{ x }}' }}"}, "bare": {}},
        task={"diff": True},
        **{
            "is": {
                "changed": True,
                "accounts": {"0123": {"nick": "New"}, "ann": {}, "new": {"nick": "城 {{ x }}"}, "bare": {}},
                "diff": {
                    "before": {"0123": {"nick": "Old"}},
                    "after": {"0123": {"nick": "New"}, "new": {"nick": "城 {{ x }}"}, "bare": {}},
                },
            },
            "sends": [
                *("account_check", "portrait_get", "multiaccount_import", "portrait_get"),
                *("portrait_set", "portrait_get"),
            ],
        },
    ),
    "accounts, checked": accounts(
        {"0123": {"nick": "New"}, "new": None},
        task={"check_mode": True, "diff": True},
        **{
            "is": {
                "changed": True,
                "accounts": {"0123": {"nick": "New"}, "new": {}},
                "diff": {"before": {"0123": {"nick": "Old"}}, "after": {"0123": {"nick": "New"}, "new": {}}},
            },
            "sends": ["account_check", "portrait_get"],
        },
    ),
    "accounts that are deleted": accounts(
        {"ann": None, "eve": None},
        GONE,
        task={"diff": True},
        **{
            "is": {"changed": True, "accounts": {}, "diff": {"before": {"ann": {}}, "after": {}}},
            "sends": ["account_check", "account_delete", "account_check"],
        },
    ),
    "accounts that are deleted, checked": accounts(
        {"ann": None}, GONE, task={"check_mode": True}, **{"is": {"changed": True}, "sends": ["account_check"]}
    ),
    "a deletion that is not confirmed": accounts(
        {"ann": None}, {"state": "absent"}, fails=True, sends=[], says=["confirm_deletion", "cannot be undone"]
    ),
    "an account that the service rejects": {
        **accounts({"bad": None, "new": None}),
        "app": {"failing_users": {"bad": {"code": 70402, "commands": ["multiaccount_import"]}}},
        "fails": True,
        "is": {
            "changed": True,
            "accounts": {"new": {}},
            "command": "multiaccount_import",
            "failed_accounts": {"bad": {"error_code": None, "error_info": ""}},
        },
        "says": ["multiaccount_import for app ", "without a reason, for: 'bad'"],
    },
    "an account with an unknown key": accounts({"ann": {"nik": "x"}}, early=True, says=["Use nick and face_url"]),
    "accounts are read": {
        **accounts(["ann", "eve", "0123", "ann"]),
        "do": ACCOUNTS_INFO,
        "is": {"changed": False, "accounts": {"ann": ANN, "0123": {"nick": "Old"}}, "missing": ["eve"]},
        "sends": ["account_check", "portrait_get"],
    },
}


class TestCases(CaseTests):
    """Each case in both execution modes."""
