# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, attributes, tags, accounts and profiles in the simulator: what requests store and read."""

from __future__ import annotations

import time

import pytest
from live.contract import IMAGE, NICK, attrs, ids, imports, profile, tags, wanted

SUCCESS = {"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0}


def shown(answer: dict, field: str = "UserAttrs") -> dict:
    return {entry["To_Account"]: entry[field.removeprefix("User")] for entry in answer[field]}


def test_names_are_stored_with_their_types_which_timpush_alone_shows(api):
    assert api("im_set_attr_name", {"AttrNames": {"0": "gender", "2": "size"}})[0] == 0
    assert api("set_attr_name", {"AttrNames": {"8": "a", "9": "b"}, "AttrTypes": {"9": 1}})[0] == 0
    names = {"0": "gender", "1": "city", "5": "kept", "2": "size", "8": "a", "9": "b"}
    assert (api.app.names, api.app.types) == (names, {"5": 1, "8": 0, "9": 1})
    assert api("im_get_attr_name")[1] == {"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0, "AttrNames": names}
    assert api("get_attr_name")[1]["AttrTypes"] == api.app.types


@pytest.mark.parametrize(
    ("stored", "names", "index"),
    [
        ({"1": "city"}, {"0": "city"}, "1"),
        ({"0": "sex", "1": "city"}, {"0": "city"}, "1"),
        ({"0": "city", "1": "sex"}, {"1": "city"}, "0"),
        ({}, {"3": "city", "2": "city"}, "3"),
    ],
)
@pytest.mark.parametrize("command", ["im_set_attr_name", "set_attr_name"])
def test_a_repeated_name_is_reported_where_it_is(serve, command, stored, names, index):
    code, answer = serve(names=stored)(command, {"AttrNames": names})
    assert (code, answer["ErrorInfo"]) == (90033, f"attrName:city already exists at index:{index}")


@pytest.mark.parametrize("prefix", ["im_", ""])
def test_attributes_are_read_set_and_removed(api, prefix):
    code, answer = api(f"{prefix}get_attr", {"To_Account": ["ann", "bob", "cid"]})
    assert code == 0 and set(answer) == {"ActionStatus", "ErrorCode", "ErrorInfo", "UserAttrs"}
    both = {"sex": "m", "city": "Oslo"}
    assert shown(answer) == {"ann": {"sex": "f", "city": "Oslo"}, "bob": both, "cid": {"sex": "m"}}
    assert api(f"{prefix}set_attr", attrs(bob={"city": "Rome"}, cid={"city": "x"}))[0] == 0
    assert api(f"{prefix}remove_attr", attrs(ann=["sex"], dan=["sex"]))[0] == 0
    assert [api.app.attrs(account) for account in ("ann", "bob", "cid", "dan")] == [
        {"city": "Oslo"},
        {"sex": "m", "city": "Rome"},
        {"sex": "m", "city": "x"},
        {"city": "Rome"},
    ]
    assert api.app.writes == 2


@pytest.mark.parametrize("prefix", ["im_", ""])
def test_tags_are_read_added_and_removed(api, prefix):
    code, answer = api(f"{prefix}get_tag", {"To_Account": ["ann", "cid"]})
    assert code == 0 and set(answer) == {"ActionStatus", "ErrorCode", "ErrorInfo", "UserTags"}
    assert shown(answer, "UserTags") == {"ann": ["c", "a", "b"], "cid": []}
    assert api(f"{prefix}add_tag", tags(bob=["x", "a"], cid=["x", "x"]))[0] == 0
    assert api(f"{prefix}remove_tag", tags(ann=["a", "z"], dan=["z"]))[0] == 0
    assert [api.app.tags(account) for account in ("ann", "bob", "cid", "dan")] == [["b", "c"], ["a", "x"], ["x"], ["c"]]
    assert api.app.writes == 2


def test_calls_that_overwrite_or_clear_tags(api):
    twenty = [str(index) for index in range(20)]
    assert api("add_tag", {**tags(ann=twenty), "Replace": 1})[0] == 0
    assert api.app.tags("ann") == twenty
    assert api("im_remove_all_tags", {"To_Account": ["ann"]})[0] == 0
    assert api("clear_all_tags", {"To_Account": ["bob"]})[0] == 0
    assert api.app.tags("ann") == api.app.tags("bob") == []


def test_an_app_has_at_most_a_thousand_tags(serve):
    users = {f"u{index}": {"tags": [f"t{index}.{one}" for one in range(99)]} for index in range(10)}
    api = serve(users={**users, "ann": {"tags": ["a", "b", "c", "d"]}, "bob": {"tags": ["e", "f", "g"]}, "cid": {}})
    steps = [
        ("im_add_tag", tags(bob=["n1", "n2", "n3"]), 0),
        ("im_add_tag", tags(cid=["n4"]), 90032),
        ("im_add_tag", tags(cid=["n1", "a"]), 0),
        ("im_remove_tag", tags(ann=["d"]), 0),
        ("im_add_tag", tags(cid=["n4"]), 0),
        ("im_add_tag", tags(cid=["n5"]), 90032),
    ]
    assert [api(command, body)[0] for command, body, _code in steps] == [code for _command, _body, code in steps]


def test_a_request_takes_no_longer_if_an_app_has_many_users(api):
    took = dict.fromkeys((1_000, 50_000), 0.0)
    for _round in range(3):
        for size in took:
            api.app.users = {f"user{index}": {"tags": ["old"]} for index in range(size)}
            part = [f"user{index}" for index in range(size - 100, size)]
            started = time.process_time()
            for _request in range(5):
                assert api("im_set_attr", attrs(**{one: {"sex": "x"} for one in part}))[0] == 0
                assert api("im_add_tag", tags(**{one: ["new"] for one in part}))[0] == 0
            took[size] += time.process_time() - started
            assert all(api.app.attrs(one) == {"sex": "x"} and len(api.app.tags(one)) == 2 for one in part)
    assert took[50_000] < 5 * took[1_000], took  # a search through all users for each one would take 50 times as long


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
    assert api("multiaccount_import", imports(eve={"Nick": "E", "FaceUrl": ""}, bob={"FaceUrl": "b"}))[1] == SUCCESS
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
    api.app.reimport = "blocked"
    assert api("account_import", {"UserID": "ann"})[0] == 0  # it exists


@pytest.mark.parametrize(("setting", "shown"), [("documented", ...), ("empty", []), ("null", None)])
def test_the_list_of_failures_if_nothing_failed(serve, setting, shown):
    api = serve(fail_fields=setting)
    assert api("multiaccount_import", {"Accounts": ["cid"]})[1].get("FailAccounts", ...) == shown
    assert api("portrait_get", wanted("ann"))[1].get("Fail_Account", ...) == shown


def test_profiles_are_read_and_set(api):
    code, answer = api("portrait_get", wanted("ann", "bob", "cid"))
    assert (code, set(answer)) == (0, {*SUCCESS, "UserProfileItem"})
    profiles = {item["To_Account"]: item["ProfileItem"] for item in answer["UserProfileItem"]}
    nick, image = ({"Tag": tag, "Value": value} for tag, value in ((NICK, "Ann"), (IMAGE, "a.png")))
    assert profiles == {"ann": [nick, image], "bob": [{**nick, "Value": "Bob"}], "cid": []}
    assert {(item["ResultCode"], item["ResultInfo"]) for item in answer["UserProfileItem"]} == {(0, "")}
    answer = api("portrait_get", wanted("ann", tags=[IMAGE]))[1]
    assert answer["UserProfileItem"][0]["ProfileItem"] == [image]
    users = dict(api.app.users)
    assert api("portrait_set", profile("cid", Nick="Ann", Image="a.png"))[1] == SUCCESS
    assert api("portrait_set", profile("bob", Nick="New"))[1] == SUCCESS
    cid = {**users["cid"], "nick": "Ann", "face_url": "a.png"}
    assert api.app.users == {**users, "bob": {**users["bob"], "nick": "New"}, "cid": cid}
