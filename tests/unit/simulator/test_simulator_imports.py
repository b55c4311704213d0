# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an import of accounts stores in the simulator, and what it rejects."""

from __future__ import annotations

import pytest

USERS = {"ann": {"tags": ["staff"], "nick": "Ann", "face_url": "a.png"}, "bob": {"attrs": {"sex": "m"}}}


@pytest.fixture(autouse=True)
def users(app):
    app.users = {account: dict(user) for account, user in USERS.items()}


def imports(**profiles: dict) -> dict:
    return {"AccountList": [{"UserID": account, **profile} for account, profile in profiles.items()]}


@pytest.mark.parametrize(("nulls", "code"), [("absent", 0), ("rejected", 70402)])
def test_null_in_an_import_is_absent_or_rejected(app, api, nulls, code):
    app.nulls = nulls
    assert api("multiaccount_import", imports(cid={"Nick": None}))[0] == code
    assert api("account_import", {"UserID": "cid", "FaceUrl": None})[0] == code


@pytest.mark.parametrize(
    ("settings", "ann", "cid"),
    [
        ({}, {"nick": "New", "face_url": "a.png"}, {"nick": "C"}),
        ({"import_again": "keeps"}, {"nick": "Ann", "face_url": "a.png"}, {"nick": "C"}),
        ({"import_again": "replaces"}, {"nick": "New"}, {"nick": "C"}),
        ({"import_profiles": "drop"}, {"nick": "Ann", "face_url": "a.png"}, {}),
        ({"import_profiles": "drop", "import_again": "replaces"}, {"nick": "Ann", "face_url": "a.png"}, {}),
    ],
)
@pytest.mark.parametrize("many", [True, False])
def test_an_import_stores_a_profile_or_not(app, api, many, settings, ann, cid):
    app.change(settings)
    if many:
        assert api("multiaccount_import", imports(ann={"Nick": "New"}, cid={"Nick": "C"}))[0] == 0
    else:
        for account, nick in (("ann", "New"), ("cid", "C")):
            assert api("account_import", {"UserID": account, "Nick": nick})[0] == 0
    assert (app.profile("ann"), app.profile("cid")) == (ann, cid)
    assert app.tags("ann") == ["staff"]


def test_a_trial_edition_has_a_limit(app, api):
    app.trial_limit = 3
    assert api("multiaccount_import", {"Accounts": ["cid", "dan"]})[0] == 70398
    assert api("multiaccount_import", {"Accounts": ["cid", "ann"]})[0] == 0
    assert api("account_import", {"UserID": "dan"})[0] == 70398
    assert api("account_import", {"UserID": "ann"})[0] == 0
    api("account_delete", {"DeleteItem": [{"UserID": "ann"}]})
    assert api("account_import", {"UserID": "dan"})[0] == 0
    assert list(app.users) == ["bob", "cid", "dan"]


def test_a_sensitive_nickname_fails(app, api):
    app.sensitive_words = ["bad"]
    answer = api("multiaccount_import", imports(cid={"Nick": "so bad"}, dan={"FaceUrl": "bad"}, ann={"Nick": "bad"}))[1]
    assert (answer["ErrorCode"], sorted(answer["FailAccounts"])) == (0, ["ann", "cid"])
    assert api("account_import", {"UserID": "cid", "Nick": "bad"})[0] == 40005
    assert app.users == {**USERS, "dan": {"face_url": "bad"}}


@pytest.mark.parametrize(("setting", "shown"), [("documented", {}), ("empty", []), ("null", None)])
def test_fail_accounts_without_a_failure(app, api, setting, shown):
    app.fail_fields = setting
    assert api("multiaccount_import", {"Accounts": ["cid"]})[1].get("FailAccounts", {}) == shown
