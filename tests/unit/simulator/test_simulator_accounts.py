# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts in the simulator: which exist, their import and their deletion."""

from __future__ import annotations

import pytest

USERS = {"ann": {"tags": ["staff"], "nick": "Ann", "face_url": "a.png"}, "bob": {"attrs": {"sex": "m"}}}


@pytest.fixture(autouse=True)
def users(app):
    app.users = {account: dict(user) for account, user in USERS.items()}


def ids(field: str, *accounts: str) -> dict:
    return {field: [{"UserID": account} for account in accounts]}


def imports(**profiles: dict) -> dict:
    return {"AccountList": [{"UserID": account, **profile} for account, profile in profiles.items()]}


@pytest.fixture
def status(api):
    """Returns whether each of these accounts exists, as account_check shows it."""

    def check(*accounts: str) -> list[bool]:
        code, answer = api("account_check", ids("CheckItem", *accounts))
        assert code == 0 and [item["UserID"] for item in answer["ResultItem"]] == list(accounts)
        return [{"Imported": True, "NotImported": False}[item["AccountStatus"]] for item in answer["ResultItem"]]

    return check


def codes(answer: dict, field: str = "ResultItem") -> dict:
    return {item["UserID"]: item["ResultCode"] for item in answer[field]}


def test_a_check_keeps_the_order_and_knows_admins(app, api):
    app.answers = "documented"
    answer = api("account_check", ids("CheckItem", "eve", "bob", "administrator", "ann"))[1]
    assert set(answer) == {"ActionStatus", "ErrorInfo", "ErrorCode", "ResultItem"}
    assert [list(item.values()) for item in answer["ResultItem"]] == [
        ["eve", 0, "", "NotImported"],
        ["bob", 0, "", "Imported"],
        ["administrator", 0, "", "Imported"],
        ["ann", 0, "", "Imported"],
    ]


def test_accounts_are_imported_in_three_forms_and_deleted(app, api, status):
    app.answers = "documented"
    success = {"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0}
    assert api("multiaccount_import", imports(cid={"Nick": "C", "FaceUrl": ""}, bob={"FaceUrl": "b"}))[1] == success
    assert api("multiaccount_import", {"Accounts": ["dan"]})[1] == success
    assert api("account_import", {"UserID": "eve", "Nick": "E", "FaceUrl": "e"})[1] == success
    assert api("account_import", {"Identifier": "fay", "Nick": "", "FaceUrl": ""})[1] == success
    profile = {"attrs": {"sex": "m"}, "face_url": "b"}
    assert app.users == {
        **USERS,
        "bob": profile,
        "cid": {"nick": "C"},
        "dan": {},
        "eve": {"nick": "E", "face_url": "e"},
        "fay": {},
    }
    code, answer = api("account_delete", ids("DeleteItem", "ann", "zoe", "fay", "administrator"))
    assert (code, codes(answer)) == (0, {"ann": 0, "zoe": 70107, "fay": 0, "administrator": 70402})
    infos = {item["UserID"]: item["ResultInfo"] for item in answer["ResultItem"]}
    assert (infos["ann"], infos["zoe"]) == ("", "Err_TLS_PT_Open_Login_Account_Not_Exist")
    assert list(app.users) == ["bob", "cid", "dan", "eve"] and app.writes == 5
    assert status("ann", "dan", "administrator") == [False, True, True]
    assert app.tags("ann") == []


MANY = [f"u{index}" for index in range(101)]
NICK, URL = "x" * 500, "城" * 166


@pytest.mark.parametrize(
    ("command", "body", "code"),
    [
        ("account_check", {}, 70402),
        ("account_check", {"CheckItem": []}, 70402),
        ("account_check", {"CheckItem": ["ann"]}, 70402),
        ("account_check", {"CheckItem": [{"Identifier": "ann"}]}, 70402),
        ("account_check", {"CheckItem": [{"UserID": "ann", "More": 1}]}, 90001),
        ("account_check", {**ids("CheckItem", "ann"), "More": 1}, 90001),
        ("account_check", {"CheckItem": [{"UserID": 7}]}, 60015),
        ("account_check", ids("CheckItem", ""), 70402),
        ("account_check", ids("CheckItem", "x" * 32), 0),
        ("account_check", ids("CheckItem", "城" * 11), 70402),
        ("account_check", ids("CheckItem", "ann", "ann"), 70402),
        ("account_check", ids("CheckItem", *MANY[:100]), 0),
        ("account_check", ids("CheckItem", *MANY), 70206),
        ("account_delete", {"CheckItem": [{"UserID": "ann"}]}, 90001),
        ("account_delete", {}, 70402),
        ("account_delete", ids("DeleteItem", *MANY), 70206),
        ("multiaccount_import", {}, 70402),
        ("multiaccount_import", {"Accounts": ["cid"], "AccountList": [{"UserID": "cid"}]}, 70402),
        ("multiaccount_import", {"Accounts": ["cid"], "AccountList": None}, 0),
        ("multiaccount_import", {"Accounts": "cid"}, 70402),
        ("multiaccount_import", {"Accounts": []}, 70402),
        ("multiaccount_import", {"Accounts": [7]}, 60015),
        ("multiaccount_import", {"Accounts": ["x" * 33]}, 70402),
        ("multiaccount_import", {"Accounts": MANY[:100]}, 0),
        ("multiaccount_import", {"Accounts": MANY}, 70206),
        ("multiaccount_import", imports(cid={"Nick": NICK, "FaceUrl": URL}), 0),
        ("multiaccount_import", imports(cid={"Nick": NICK + "x"}), 40601),
        ("multiaccount_import", imports(cid={"FaceUrl": URL + "城"}), 40601),
        ("multiaccount_import", imports(cid={"Nick": 7}), 70402),
        ("multiaccount_import", imports(cid={"Tag": "x"}), 90001),
        ("account_import", {}, 70402),
        ("account_import", {"UserID": "cid", "Identifier": "cid"}, 70402),
        ("account_import", {"UserID": "ann"}, 0),
        ("account_import", {"UserID": ["cid"]}, 60015),
        ("account_import", {"UserID": ""}, 70402),
        ("account_import", {"UserID": "cid", "Type": 0}, 90001),
    ],
)
def test_a_request_about_accounts_is_checked(app, api, command, body, code):
    answered, answer = api(command, body)
    assert answered == code, answer
    assert app.writes == (code == 0 and command != "account_check")
    if code:
        assert app.users == USERS


@pytest.mark.parametrize(
    ("case", "command", "body"),
    [
        ("userid_empty", "account_import", {"UserID": ""}),
        ("userid_too_long", "multiaccount_import", {"Accounts": ["x" * 33]}),
        ("account_list_empty", "account_check", {"CheckItem": []}),
        ("import_value_too_long", "account_import", {"UserID": "cid", "Nick": "x" * 501}),
    ],
)
def test_a_check_of_accounts_can_be_turned_off(app, api, case, command, body):
    app.codes = {case: 91234}
    assert api(command, body)[0] == 91234
    app.codes = {case: 0}
    assert api(command, body)[0] == 0


def test_deletion_can_be_refused(app, api):
    app.deletion = "refused"
    assert api("account_delete", ids("DeleteItem", "ann", "zoe"))[0] == 71000
    assert app.users == USERS and app.writes == 0


@pytest.mark.parametrize(("code", "single"), [(70402, 70402), (91234, 91234), (0, 0)])
def test_a_deleted_account_can_be_blocked(app, api, status, code, single):
    app.reimport, app.codes = "blocked", {"import_blocked": code}
    api("account_delete", ids("DeleteItem", "ann"))
    answer = api("multiaccount_import", {"Accounts": ["ann", "cid"]})[1]
    assert answer.get("FailAccounts") == (["ann"] if code else None)
    assert api("account_import", {"UserID": "ann"})[0] == single
    assert status("ann", "cid") == [code == 0, True]
    app.reimport = "allowed"
    assert api("account_import", {"UserID": "ann"})[0] == 0 and app.users["ann"] == {}


def test_an_admin_can_be_deleted_if_that_is_set(app, api):
    app.codes, app.admins = {"admin_deleted": 0}, ["administrator", "root"]
    assert codes(api("account_delete", ids("DeleteItem", "root"))[1]) == {"root": 0}
    assert app.admins == ["administrator"] and app.writes == 1


def test_accounts_are_refused(app, api):
    app.failing_users = {"ann": 70500, "cid": 70202, "bob": {"code": 70169, "commands": ["account_check"]}}
    code, answer = api("multiaccount_import", {"Accounts": ["ann", "bob", "cid", "dan"]})
    assert (code, sorted(answer["FailAccounts"])) == (0, ["ann", "cid"])
    assert answer["FailAccounts"] == ["cid", "ann"]  # not in the order of the request
    assert api("account_import", {"UserID": "cid"})[0] == 70202
    answer = api("account_check", ids("CheckItem", "ann", "bob", "dan"))[1]
    assert codes(answer) == {"ann": 0, "bob": 70169, "dan": 0}
    assert ["AccountStatus" in item for item in answer["ResultItem"]] == [True, False, True]
    code, answer = api("account_delete", ids("DeleteItem", "ann", "bob", "dan"))
    assert (code, codes(answer)) == (0, {"ann": 70500, "bob": 0, "dan": 0})
    assert list(app.users) == ["ann"]


def test_the_order_of_a_deletion_is_a_setting(app, api):
    asked = ["ann", "bob", "zoe"]
    assert list(codes(api("account_delete", ids("DeleteItem", *asked))[1])) != asked
    app.answer_order = "request"
    assert list(codes(api("account_delete", ids("DeleteItem", *asked))[1])) == asked


def test_delay_stale_reads_and_ignored_writes_hold_for_accounts(simulator, app, api, status):
    api("account_import", {"UserID": "cid"})
    api("account_delete", ids("DeleteItem", "ann"))
    simulator.fail(app.sdkappid, "stale")
    assert status("ann", "bob", "cid") == [True, True, False]
    assert status("ann", "bob", "cid") == [False, True, True]
    app.delay = 60
    assert status("ann", "bob", "cid") == [True, True, False]
    app.delay = 0
    app.ignore_writes = True
    assert api("account_import", {"UserID": "dan"})[0] == 0
    assert codes(api("account_delete", ids("DeleteItem", "bob"))[1]) == {"bob": 0}
    assert status("bob", "dan") == [True, False] and app.writes == 2
    assert simulator.commands(app.sdkappid)[:2] == ["account", "account"]


def test_a_lost_response_to_an_import_is_applied(simulator, app, api, status):
    simulator.fail(app.sdkappid, "code_after", code=70202, command="multiaccount_import")
    assert status("cid") == [False]
    assert api("multiaccount_import", {"Accounts": ["cid"]})[0] == 70202
    assert status("cid") == [True]


# -- what an import stores ----------------------------------------------------------------------------------------


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
