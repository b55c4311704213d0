# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts and their profiles in the simulator."""

from __future__ import annotations

import pytest

NICK, IMAGE = "Tag_Profile_IM_Nick", "Tag_Profile_IM_Image"
SUCCESS = {"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0}


def ids(field: str, *accounts: str) -> dict:
    return {field: [{"UserID": account} for account in accounts]}


def test_a_check_keeps_the_order_and_knows_admins(api):
    code, answer = api("account_check", ids("CheckItem", "eve", "bob", "administrator", "ann"))
    assert code == 0 and set(answer) == {*SUCCESS, "ResultItem"}
    assert [list(item.values()) for item in answer["ResultItem"]] == [
        ["eve", 0, "", "NotImported"],
        ["bob", 0, "", "Imported"],
        ["administrator", 0, "", "Imported"],
        ["ann", 0, "", "Imported"],
    ]


def test_accounts_are_imported_in_three_forms_and_deleted(api):
    users = dict(api.app.users)
    imports = [{"UserID": "eve", "Nick": "E", "FaceUrl": ""}, {"UserID": "bob", "FaceUrl": "b"}]
    assert api("multiaccount_import", {"AccountList": imports})[1] == SUCCESS
    assert api("multiaccount_import", {"Accounts": ["fay"]})[1] == SUCCESS
    assert api("account_import", {"UserID": "gil", "Nick": "G", "FaceUrl": "g"})[1] == SUCCESS
    assert api("account_import", {"Identifier": "hal", "Nick": "", "FaceUrl": ""})[1] == SUCCESS
    new = {"eve": {"nick": "E"}, "fay": {}, "gil": {"nick": "G", "face_url": "g"}, "hal": {}}
    assert api.app.users == {**users, "bob": {**users["bob"], "face_url": "b"}, **new}
    items = api("account_delete", ids("DeleteItem", "ann", "zoe"))[1]["ResultItem"]
    infos = {item["UserID"]: item["ResultInfo"] for item in items}
    assert infos == {"ann": "", "zoe": "Err_TLS_PT_Open_Login_Account_Not_Exist"}
    assert "ann" not in api.app.users and api.app.tags("ann") == [] and api.app.writes == 5


def test_an_admin_can_be_deleted_if_that_is_set(serve):
    api = serve(codes={"admin_deleted": 0}, admins=["administrator", "root"])
    assert api("account_delete", ids("DeleteItem", "root"))[1]["ResultItem"][0]["ResultCode"] == 0
    assert api.app.admins == ["administrator"] and api.app.writes == 1


@pytest.mark.parametrize("code", [70402, 91234, 0])
def test_a_deleted_account_can_be_blocked(serve, code):
    api = serve(reimport="blocked", codes={"import_blocked": code})
    api("account_delete", ids("DeleteItem", "ann"))
    answer = api("multiaccount_import", {"Accounts": ["ann", "eve"]})[1]
    assert answer.get("FailAccounts") == (["ann"] if code else None)
    assert api("account_import", {"UserID": "ann"})[0] == code
    assert (api.app.exists("ann"), api.app.exists("eve")) == (code == 0, True)
    api.app.reimport = "allowed"
    assert api("account_import", {"UserID": "ann"})[0] == 0 and api.app.users["ann"] == {}


@pytest.mark.parametrize(("setting", "shown"), [("documented", ...), ("empty", []), ("null", None)])
def test_the_list_of_failures_if_nothing_failed(serve, setting, shown):
    api = serve(fail_fields=setting)
    assert api("multiaccount_import", {"Accounts": ["cid"]})[1].get("FailAccounts", ...) == shown
    assert api("portrait_get", {"To_Account": ["ann"], "TagList": [NICK]})[1].get("Fail_Account", ...) == shown


def test_profiles_are_read_and_set(api):
    code, answer = api("portrait_get", {"To_Account": ["ann", "bob", "cid"], "TagList": [NICK, IMAGE]})
    assert (code, set(answer)) == (0, {*SUCCESS, "UserProfileItem"})
    profiles = {item["To_Account"]: item["ProfileItem"] for item in answer["UserProfileItem"]}
    nick, image = ({"Tag": tag, "Value": value} for tag, value in ((NICK, "Ann"), (IMAGE, "a.png")))
    assert profiles == {"ann": [nick, image], "bob": [{**nick, "Value": "Bob"}], "cid": []}
    assert {(item["ResultCode"], item["ResultInfo"]) for item in answer["UserProfileItem"]} == {(0, "")}
    answer = api("portrait_get", {"To_Account": ["ann"], "TagList": [IMAGE]})[1]
    assert answer["UserProfileItem"][0]["ProfileItem"] == [image]
    users = dict(api.app.users)
    assert api("portrait_set", {"From_Account": "cid", "ProfileItem": [nick, image]})[1] == SUCCESS
    assert api("portrait_set", {"From_Account": "bob", "ProfileItem": [{**nick, "Value": "New"}]})[1] == SUCCESS
    cid = {**users["cid"], "nick": "Ann", "face_url": "a.png"}
    assert api.app.users == {**users, "bob": {**users["bob"], "nick": "New"}, "cid": cid}
