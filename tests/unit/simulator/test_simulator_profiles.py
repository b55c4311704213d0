# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles of accounts in the simulator."""

from __future__ import annotations

import pytest

USERS = {"ann": {"tags": ["staff"], "nick": "Ann", "face_url": "a.png"}, "bob": {"nick": "Bob"}, "cid": {}}
NICK, IMAGE = "Tag_Profile_IM_Nick", "Tag_Profile_IM_Image"


@pytest.fixture(autouse=True)
def users(app):
    app.users = {account: dict(user) for account, user in USERS.items()}


def wanted(*accounts: object, tags: object = (NICK, IMAGE)) -> dict:
    return {"To_Account": accounts, "TagList": tags}


def values(account: object, **of: object) -> dict:
    tags = {"nick": NICK, "image": IMAGE}
    return {"From_Account": account, "ProfileItem": [{"Tag": tags.get(tag, tag), "Value": of[tag]} for tag in of]}


def shown(answer: dict) -> dict:
    """Return account -> tag -> value, or account -> code."""
    return {
        item["To_Account"]: {one["Tag"]: one["Value"] for one in item["ProfileItem"]}
        if "ProfileItem" in item
        else item["ResultCode"]
        for item in answer["UserProfileItem"]
    }


def test_profiles_are_read_and_set(app, api):
    app.answers = "documented"
    code, answer = api("portrait_get", wanted("ann", "bob", "cid"))
    assert (code, set(answer)) == (0, {"ActionStatus", "ErrorInfo", "ErrorCode", "UserProfileItem"})
    assert shown(answer) == {"ann": {NICK: "Ann", IMAGE: "a.png"}, "bob": {NICK: "Bob"}, "cid": {}}
    assert {(item["ResultCode"], item["ResultInfo"]) for item in answer["UserProfileItem"]} == {(0, "")}
    assert shown(api("portrait_get", wanted("ann", tags=[IMAGE]))[1]) == {"ann": {IMAGE: "a.png"}}
    success = {"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0}
    assert api("portrait_set", values("ann", nick="New"))[1] == success
    assert api("portrait_set", values("cid", nick="C", image="c"))[1] == success
    assert app.users == {
        **USERS,
        "ann": {**USERS["ann"], "nick": "New"},
        "cid": {"nick": "C", "face_url": "c"},
    }
    assert app.writes == 2


MANY = [f"u{index}" for index in range(101)]


@pytest.mark.parametrize(
    ("command", "body", "code"),
    [
        ("portrait_get", {}, 40001),
        ("portrait_get", {"To_Account": ["ann"]}, 40001),
        ("portrait_get", {"To_Account": "ann", "TagList": [NICK]}, 40001),
        ("portrait_get", {**wanted("ann"), "More": 1}, 90001),
        ("portrait_get", wanted(), 70402),
        ("portrait_get", wanted(7), 60015),
        ("portrait_get", wanted(*MANY[:100]), 0),
        ("portrait_get", wanted(*MANY), 70206),
        ("portrait_get", wanted("ann", tags=[]), 40001),
        ("portrait_get", wanted("ann", tags=NICK), 40001),
        ("portrait_get", wanted("ann", tags=["Tag_Profile_IM_Gender"]), 40009),
        ("portrait_get", wanted("ann", tags=[7]), 40009),
        ("portrait_set", {}, 40001),
        ("portrait_set", {"From_Account": "ann"}, 40001),
        ("portrait_set", values("ann"), 40001),
        ("portrait_set", {**values("ann", nick="A"), "More": 1}, 90001),
        ("portrait_set", {"From_Account": "ann", "ProfileItem": ["Nick"]}, 40001),
        ("portrait_set", {"From_Account": "ann", "ProfileItem": [{"Tag": NICK}]}, 40001),
        ("portrait_set", {"From_Account": "ann", "ProfileItem": [{"Tag": NICK, "Value": "A", "More": 1}]}, 90001),
        ("portrait_set", values("ann", Tag_Profile_IM_Gender="x"), 40009),
        ("portrait_set", values("ann", nick="x" * 500), 0),
        ("portrait_set", values("ann", nick="x" * 501), 40601),
        ("portrait_set", values("ann", image="城" * 167), 40601),
        ("portrait_set", values("ann", nick=7), 40610),
        ("portrait_set", values("ann", nick=None), 40610),
        ("portrait_set", values(["ann"], nick="A"), 60015),
        ("portrait_set", values("", nick="A"), 70402),
        ("portrait_set", values("eve", nick="A"), 40003),
        ("portrait_set", values("administrator", nick="A"), 0),
    ],
)
def test_a_request_about_profiles_is_checked(app, api, command, body, code):
    answered, answer = api(command, body)
    assert answered == code, answer
    assert app.writes == (code == 0 and command == "portrait_set")
    if code:
        assert app.users == USERS


def test_an_unknown_tag_has_the_text_that_was_seen(api):
    assert api("portrait_get", wanted("ann", tags=["x"]))[1]["ErrorInfo"] == "Invalid field"


@pytest.mark.parametrize(
    ("setting", "bob", "cid"),
    [
        ("missing", {NICK: "Bob"}, {}),
        ("blank", {NICK: "Bob", IMAGE: ""}, {NICK: "", IMAGE: ""}),
        ("null", {NICK: "Bob", IMAGE: None}, {NICK: None, IMAGE: None}),
    ],
)
def test_the_shapes_of_what_is_unset(app, api, setting, bob, cid):
    app.unset_profile = setting
    app.users["cid"] = {"nick": "", "face_url": ""}
    assert shown(api("portrait_get", wanted("bob", "cid"))[1]) == {"bob": bob, "cid": cid}


@pytest.mark.parametrize(("setting", "nick"), [("clears", {}), ("ignored", {"nick": "Ann"})])
def test_an_empty_value_clears_or_is_ignored(app, api, setting, nick):
    app.blank_profile = setting
    assert api("portrait_set", values("ann", nick="", image="new"))[0] == 0
    assert app.profile("ann") == {**nick, "face_url": "new"}


@pytest.mark.parametrize(("setting", "code"), [("item", 0), ("whole", 40003)])
def test_an_unknown_account_fails_alone_or_with_all(app, api, setting, code):
    app.unknown_profiles = setting
    answered, answer = api("portrait_get", wanted("ann", "eve", "zoe"))
    assert answered == code
    if not code:
        assert shown(answer) == {"ann": {NICK: "Ann", IMAGE: "a.png"}, "eve": 40003, "zoe": 40003}
        assert sorted(answer["Fail_Account"]) == ["eve", "zoe"]
    assert api("portrait_get", wanted("ann", "administrator"))[0] == 0


def test_accounts_are_refused(app, api):
    app.failing_users = {"ann": {"code": 40006, "commands": ["portrait_get"]}, "bob": 40008}
    code, answer = api("portrait_get", wanted("ann", "bob", "cid"))
    assert (code, shown(answer)) == (0, {"ann": 40006, "bob": {NICK: "Bob"}, "cid": {}})
    assert answer["Fail_Account"] == ["ann"]
    assert [api("portrait_set", values(account, nick="X"))[0] for account in ("ann", "bob")] == [0, 40008]
    assert app.profile("bob") == {"nick": "Bob"}


@pytest.mark.parametrize(("setting", "field"), [("documented", {}), ("empty", []), ("null", None)])
def test_fail_account_without_a_failure(app, api, setting, field):
    app.fail_fields = setting
    assert api("portrait_get", wanted("ann"))[1].get("Fail_Account", {}) == field


def test_a_sensitive_word_is_rejected(app, api):
    app.sensitive_words = ["bad", "worse"]
    assert api("portrait_set", values("ann", nick="New", image="worst"))[0] == 0
    assert api("portrait_set", values("ann", nick="Newer", image="much worse"))[0] == 40005
    assert app.profile("ann") == {"nick": "New", "face_url": "worst"}


def test_the_order_of_profiles_is_a_setting(app, api):
    assert list(shown(api("portrait_get", wanted("ann", "bob", "cid"))[1])) != ["ann", "bob", "cid"]
    app.answer_order = "request"
    assert list(shown(api("portrait_get", wanted("cid", "ann", "bob"))[1])) == ["cid", "ann", "bob"]


def test_delay_stale_reads_and_ignored_writes_hold_for_profiles(simulator, app, api):
    def nicks(*accounts: str) -> list:
        found = shown(api("portrait_get", wanted(*accounts))[1])
        return [of if isinstance(of := found[account], int) else of.get(NICK) for account in accounts]

    api("portrait_set", values("ann", nick="1"))
    api("account_import", {"UserID": "dan", "Nick": "Dan"})
    api("account_delete", {"DeleteItem": [{"UserID": "bob"}]})
    simulator.fail(app.sdkappid, "stale")
    assert nicks("ann", "bob", "cid", "dan") == ["Ann", "Bob", None, 40003]
    assert nicks("ann", "bob", "cid", "dan") == ["1", 40003, None, "Dan"]
    app.delay = 60
    api("portrait_set", values("ann", nick="2"))
    assert nicks("ann", "bob", "cid", "dan") == ["Ann", "Bob", None, 40003]
    app.delay = 0
    assert nicks("ann") == ["2"]
    app.ignore_writes = True
    assert api("portrait_set", values("ann", nick="3"))[0] == 0
    assert nicks("ann") == ["2"] and app.writes == 4


def test_profiles_can_be_normalized(app, api):
    app.normalize = "NFC"
    assert api("portrait_set", values("ann", nick="e\u0301"))[0] == 0
    assert api("account_import", {"UserID": "dan", "Nick": "e\u0301"})[0] == 0
    assert (app.profile("ann")["nick"], app.profile("dan")["nick"]) == ("\u00e9", "\u00e9")
