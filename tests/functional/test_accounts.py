# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_accounts and its _info module in both execution modes."""

from __future__ import annotations

import both_modes

ACTION = ACCOUNTS = "tencentcloud.chat.chat_accounts"
ACCOUNTS_INFO = "tencentcloud.chat.chat_accounts_info"

ANN = {"nick": "Ann", "face_url": "http://a"}
APP = {"users": {"0123": {"nick": "Old"}, "ann": {**ANN, "tags": ["staff"]}}}
OLD = {"0123": {"nick": "Old"}}
GONE = {"state": "absent", "confirm_deletion": True}


def case(accounts: object, returns: dict | None = None, options: dict | None = None, **more) -> dict:
    return both_modes.case({"accounts": accounts, **(options or {})}, returns, **{"app": APP, **more})


def change(accounts: dict, before: dict, after: dict) -> dict:
    return {"changed": True, "accounts": accounts, "diff": {"before": before, "after": after}}


CASES: dict[str, dict] = {
    "accounts": case(
        {"0123": {"nick": "{{ 'N' ~ 'ew' }}"}, "ann": None, "new": {"nick": "城 {{ '{{ x }}' }}"}, "bare": {}},
        change(
            {"0123": {"nick": "New"}, "ann": {}, "new": {"nick": "城 {{ x }}"}, "bare": {}},
            OLD,
            {"0123": {"nick": "New"}, "new": {"nick": "城 {{ x }}"}, "bare": {}},
        ),
        task={"diff": True},
        sends=["account_check", "portrait_get", "multiaccount_import", "portrait_get", "portrait_set", "portrait_get"],
    ),
    "accounts, checked": case(
        {"0123": {"nick": "New"}, "new": None},
        change({"0123": {"nick": "New"}, "new": {}}, OLD, {"0123": {"nick": "New"}, "new": {}}),
        task={"check_mode": True, "diff": True},
        sends=["account_check", "portrait_get"],
    ),
    "accounts that are deleted": case(
        {"ann": None, "eve": None},
        change({}, {"ann": {}}, {}),
        GONE,
        task={"diff": True},
        sends=["account_check", "account_delete", "account_check"],
    ),
    "accounts that are deleted, checked": case(
        {"ann": None}, {"changed": True}, GONE, task={"check_mode": True}, sends=["account_check"]
    ),
    "a deletion that is not confirmed": case(
        {"ann": None}, {}, {"state": "absent"}, fails=True, sends=[], says=["confirm_deletion", "cannot be undone"]
    ),
    "an account that the service rejects": case(
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
    "an account with an unknown key": case({"ann": {"nik": "x"}}, early=True, says=["Use nick and face_url"]),
    "accounts are read": case(
        ["ann", "eve", "0123", "ann"],
        {"changed": False, "accounts": {"ann": ANN, **OLD}, "missing": ["eve"]},
        do=ACCOUNTS_INFO,
        sends=["account_check", "portrait_get"],
    ),
}


class TestCases(both_modes.CaseTests):
    """Each case in both execution modes."""
