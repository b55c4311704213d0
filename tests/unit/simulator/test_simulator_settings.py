# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the simulator, and what they change for all subjects. test_live.py tests those that the probe sees."""

from __future__ import annotations

from copy import deepcopy

import pytest
from live.contract import BATCH, PUSH, attrs, ids, imports, profile, tags, wanted
from simulator.app import App

HUNDRED = {"users": {"ann": {"tags": [str(index) for index in range(100)]}}}
WORDS = {"sensitive_words": ["bad", "worse"]}


@pytest.mark.parametrize(
    ("settings", "command", "body", "code"),
    [
        ({"refuse_swaps": True}, "im_set_attr_name", {"AttrNames": {"0": "city", "1": "sex"}}, 90033),
        ({"refuse_swaps": True}, "im_set_attr_name", {"AttrNames": {"0": "sex", "1": "city", "2": "c"}}, 0),
        ({}, "im_set_attr", attrs(eve={"sex": "f"}, bob={"sex": "x"}), 70107),
        ({"remove_missing": "error"}, "im_remove_attr", attrs(ann=["sex"], dan=["sex"]), 90033),
        ({"remove_missing": "error"}, "im_remove_attr", attrs(ann=["sex"], bob=["sex"]), 0),
        ({"remove_missing": "error"}, "im_remove_tag", tags(ann=["a"], bob=["z"]), 70402),
        (HUNDRED, "im_add_tag", tags(ann=["0", "x"]), 90046),
        (HUNDRED, "add_tag", tags(ann=["0", "x"]), 90032),
        (HUNDRED, "add_tag", tags(ann=["0", "1"]), 0),
        ({"deletion": "refused"}, "account_delete", ids("DeleteItem", "ann", "eve"), 71000),
        ({"trial_limit": 5}, "multiaccount_import", {"Accounts": ["eve", "fay"]}, 70398),
        ({"trial_limit": 5}, "multiaccount_import", {"Accounts": ["eve", "ann"]}, 0),
        ({"trial_limit": 4}, "account_import", {"UserID": "eve"}, 70398),
        ({"trial_limit": 4}, "account_import", {"UserID": "ann"}, 0),
        ({"failing_users": {"eve": 70202}}, "account_import", {"UserID": "eve"}, 70202),
        ({"failing_users": {"ann": 40008}}, "portrait_set", profile("ann", Nick="X"), 40008),
        ({"failing_users": {"ann": {"code": 1, "commands": []}}}, "portrait_set", profile("ann", Nick="X"), 0),
        (WORDS, "account_import", {"UserID": "eve", "Nick": "so bad"}, 40005),
        (WORDS, "account_import", {"UserID": "eve", "FaceUrl": "bad"}, 0),
        (WORDS, "portrait_set", profile("ann", Nick="New", Image="much worse"), 40005),
        (WORDS, "portrait_set", profile("ann", Nick="New", Image="worst"), 0),
        ({"unknown_profiles": "whole"}, "portrait_get", wanted("ann", "eve"), 40003),
        ({"unknown_profiles": "whole"}, "portrait_get", wanted("ann", "administrator"), 0),
        ({"empty_condition": "rejected"}, "im_push", {**PUSH, "Condition": {"TagsOr": []}}, 90001),
        ({"empty_condition": "rejected"}, "im_push", PUSH, 0),
        ({"recall_info": "optional"}, "revoke", {"TaskId": "x"}, 90049),
        ({"recall_info": "optional"}, "revoke", {"TaskId": "x", "OfflinePushInfo": {"Title": None}}, 90049),
        *(({"account_error": code}, "im_get_attr", {"To_Account": ["eve"]}, code) for code in (90012, 90048)),
        ({"account_error": 90012}, "im_push", {**PUSH, "From_Account": "eve"}, 90012),
    ],
)
def test_a_setting_decides_whether_a_request_is_rejected_as_a_whole(serve, settings, command, body, code):
    api = serve(**settings)
    before = deepcopy(api.state)
    answered, answer = api(command, body)
    assert answered == code, answer
    if code:
        assert api.state == before


CONDITION = {"AttrsOr": {"sex": "m"}, "AttrsAnd": None, "TagsOr": None, "TagsAnd": None}


@pytest.mark.parametrize(
    ("command", "body", "code"),
    [
        ("im_set_attr", {"UserAttrs": [{"To_Account": "ann", "Attrs": {"sex": "m"}, "More": None}]}, 90001),
        ("im_set_attr", {**attrs(ann={"sex": "m"}), "More": None}, 90001),
        ("set_attr_name", {"AttrNames": {"0": "sex"}, "AttrTypes": None}, 90001),
        ("add_tag", {**tags(ann=["x"]), "Replace": None}, 90001),
        ("multiaccount_import", imports(eve={"Nick": None}), 70402),
        ("account_import", {"UserID": "eve", "FaceUrl": None}, 70402),
        ("im_push", {"Condition": None}, 90001),
        ("im_push", {"Condition": CONDITION}, 90039),
        ("im_push", {"Condition": {**CONDITION, "TagsNot": None}}, 90001),
        ("push", {"Condition": {**CONDITION, "TagsNot": None}}, 90039),
        ("im_push", {"From_Account": None}, 70107),
        ("im_push", {"MsgLifeTime": None}, 90044),
        ("im_push", {"OfflinePushInfo": None}, 90043),
        ("im_push", {"OfflinePushInfo": {"Title": None, "PushFlag": None}}, 90043),
        ("im_push", {"TaskName": None}, 90001),
        ("push", {"OnlineOnlyFlag": None}, 90001),
        ("push", {"DataId": None}, 90001),
        ("push", {"MsgBody": None, "OfflinePushInfo": {"Title": "t"}}, 90007),
    ],
)
def test_null_in_an_optional_field_is_absent_or_rejected(api, command, body, code):
    body = {**PUSH, **body} if "push" in command else body
    assert api(command, body)[0] == 0
    if body.get("Condition"):
        assert api.app.pushes[0]["recipients"] == ["bob", "cid"]
    api.app.nulls = "rejected"
    assert api(command, {**body, "MsgRandom": 8} if "push" in command else body)[0] == code


@pytest.mark.parametrize("command", ["im_push", "push"])
def test_null_in_a_required_field_is_missing(api, command):
    assert api(command, {**PUSH, "MsgRandom": None})[0] == 90005
    assert api(command, {**PUSH, "MsgBody": None})[0] == 90002


def failures(answer: dict) -> dict:
    """Return account -> code of those who failed, None where the response does not say it."""
    found = {one["To_Account"]: one["ErrorCode"] for one in answer.get("ErrorList", [])}
    for item in answer.get("ResultItem", answer.get("UserProfileItem", [])):
        if item["ResultCode"]:
            assert "AccountStatus" not in item and "ProfileItem" not in item
            found[item.get("UserID", item.get("To_Account"))] = item["ResultCode"]
    assert "UserProfileItem" not in answer or sorted(answer.get("Fail_Account", [])) == sorted(found)
    return {**found, **dict.fromkeys(answer.get("FailAccounts", []))}


FAILING = {"failing_users": {"ann": 91000, "bob": {"code": 90035, "commands": ["im_set_attr", "get_attr"]}}}
LISTED = {"unknown_accounts": "list"}
X = {"sex": "x"}
KINDS = {"types": {"0": 0, "1": 1}, "users": {"ann": {}, "bob": {}, "dev": {"kind": 1}}}


@pytest.mark.parametrize(
    ("settings", "command", "body", "failed", "changed"),
    [
        (FAILING, "im_set_attr", attrs(ann=X, bob=X, cid=X), {"ann": 91000, "bob": 90035}, {"cid"}),
        (FAILING, "im_get_attr", {"To_Account": ["ann", "bob"]}, {}, set()),
        (FAILING, "im_remove_attr", attrs(bob=["sex"]), {}, {"bob"}),
        (FAILING, "get_attr", {"To_Account": ["ann", "bob"]}, {"bob": 90035}, set()),
        (FAILING, "add_tag", tags(ann=["x"], bob=["x"], eve=["x"]), {"ann": 91000, "eve": 70107}, {"bob"}),
        (FAILING, "batch", {**BATCH, "To_Account": ["bob", "eve", "ann"]}, {"ann": 91000, "eve": 70107}, set()),
        (KINDS, "set_attr", attrs(ann={"city": "x"}, bob=X, dev={"city": "x"}), {"ann": 90035}, {"bob", "dev"}),
        ({}, "clear_all_tags", {"To_Account": ["ann", "eve"]}, {"eve": 70107}, {"ann"}),
        ({}, "get_attr", {"To_Account": ["eve", "bob"]}, {"eve": 70107}, set()),
        ({"account_error": 90012}, "set_attr", attrs(eve=X), {"eve": 70107}, set()),
        (LISTED, "im_get_attr", {"To_Account": ["eve", "bob", "zoe"]}, {"eve": 70107, "zoe": 70107}, set()),
        (LISTED, "im_set_attr", attrs(eve=X, bob=X), {"eve": 70107}, {"bob"}),
        ({"unknown_accounts": "skip"}, "im_set_attr", attrs(eve=X, bob=X), {}, {"bob"}),
        ({"unknown_accounts": "empty"}, "im_set_attr", attrs(eve=X, bob=X), {}, {"bob"}),
        (FAILING, "multiaccount_import", imports(ann={}, bob={"Nick": "B"}), {"ann": None}, {"bob"}),
        (WORDS, "multiaccount_import", imports(eve={"Nick": "bad"}, fay={"FaceUrl": "bad"}), {"eve": None}, {"fay"}),
        (FAILING, "account_delete", ids("DeleteItem", "ann", "bob", "eve"), {"ann": 91000, "eve": 70107}, {"bob"}),
        ({}, "account_delete", ids("DeleteItem", "administrator"), {"administrator": 70402}, set()),
        ({"failing_users": {"ann": 1}}, "account_check", ids("CheckItem", "ann"), {}, set()),
        ({"failing_users": {"ann": {"code": 1}}}, "account_check", ids("CheckItem", "ann", "bob"), {"ann": 1}, set()),
        ({"failing_users": {"ann": {"code": 1}}}, "portrait_get", wanted("ann", "bob"), {"ann": 1}, set()),
        ({"failing_users": {"ann": 1}}, "portrait_get", wanted("ann", "eve"), {"eve": 40003}, set()),
    ],
)
def test_a_response_lists_those_who_failed_and_the_others_are_served(serve, settings, command, body, failed, changed):
    api = serve(**settings)
    before = deepcopy(api.app.users)
    code, answer = api(command, body)
    assert (code, failures(answer)) == (0, failed)
    assert {one for one in {*before, *api.app.users} if before.get(one) != api.app.users.get(one)} == changed
    assert api.app.writes == bool(changed)
    if command == "batch":
        assert api.app.pushes[0]["recipients"] == ["bob"]


@pytest.mark.parametrize(("command", "info"), [("im_set_attr", "illegal user"), ("set_attr", "of the other kind")])
def test_90035_means_something_else_in_each_family(serve, command, info):
    answer = serve(failing_users={"ann": 90035})(command, attrs(ann={"sex": "x"}))[1]
    assert info in answer["ErrorList"][0]["ErrorInfo"]


def order(answer: dict) -> list:
    """Return the accounts in a response in their order."""
    (listed,) = (answer[name] for name in ("UserAttrs", "UserTags", "ResultItem", "UserProfileItem") if name in answer)
    return [item.get("UserID", item.get("To_Account")) for item in listed]


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("im_get_attr", lambda asked: {"To_Account": asked}),
        ("get_tag", lambda asked: {"To_Account": asked}),
        ("portrait_get", lambda asked: wanted(*asked)),
        ("account_delete", lambda asked: ids("DeleteItem", *asked)),
    ],
)
def test_the_order_of_a_response_is_never_or_always_that_of_the_request(serve, command, body):
    for asked in (["ann", "bob"], ["bob", "ann"], ["ann", "bob", "cid", "dan"]):
        shown = order(serve()(command, body(asked))[1])
        assert shown != asked and sorted(shown) == sorted(asked)
        assert shown == order(serve()(command, body(asked))[1])
        assert order(serve(answer_order="request")(command, body(asked))[1]) == asked


SET, GET = {"AttrNames": {"0": "x"}}, {"To_Account": ["ann", "bob", "cid"]}


@pytest.mark.parametrize(
    ("writes", "read", "body"),
    [
        ([("im_set_attr_name", SET)], "im_get_attr_name", {}),
        ([("set_attr_name", {"AttrNames": {"9": "x"}, "AttrTypes": {"9": 1}})], "get_attr_name", {}),
        ([("im_set_attr", attrs(ann={"sex": "1"})), ("im_set_attr", attrs(bob={"sex": "2"}))], "im_get_attr", GET),
        ([("im_add_tag", tags(ann=["x"])), ("im_remove_tag", tags(bob=["a"]))], "im_get_tag", GET),
        (
            [("account_import", {"UserID": "eve"}), ("account_delete", ids("DeleteItem", "ann"))],
            "account_check",
            ids("CheckItem", "ann", "bob", "eve"),
        ),
        (
            [
                ("portrait_set", profile("ann", Nick="1")),
                ("account_delete", ids("DeleteItem", "bob")),
                ("multiaccount_import", imports(eve={"Nick": "E"})),
            ],
            "portrait_get",
            wanted("ann", "bob", "cid", "eve"),
        ),
    ],
)
def test_delay_stale_reads_and_ignored_writes_hold_for_each_subject(serve, writes, read, body):
    api = serve(ignore_writes=True)
    before = api(read, body)[1]
    assert [api(command, sent)[0] for command, sent in writes] == [0] * len(writes)
    assert (api(read, body)[1], api.app.writes) == (before, 0)
    api.app.ignore_writes, api.app.delay = False, 2.0
    for command, sent in [*writes, *writes]:
        assert api(command, sent)[0] == 0
    assert api(read, body)[1] == before
    api.clock.sleep(2.0)
    assert api(read, body)[1] != before
    fresh = serve()
    assert [fresh(command, sent)[0] for command, sent in writes] == [0] * len(writes)
    assert fresh(read, body, stale=True)[1] == before
    assert fresh(read, body)[1] == api(read, body)[1]


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("im_set_attr_name", {"AttrNames": {"0": "e\u0301"}}),
        ("im_set_attr", attrs(ann={"cafe\u0301": "e\u0301"})),
        ("im_add_tag", tags(cid=["e\u0301"])),
        ("portrait_set", profile("ann", Nick="e\u0301")),
        ("account_import", {"UserID": "eve", "Nick": "e\u0301"}),
        ("push", {**PUSH, "Condition": {"TagsOr": ["e\u0301"]}}),
    ],
)
def test_text_can_be_normalized(serve, command, body):
    for form, declared in (("NFC", "caf\u00e9"), ("", "cafe\u0301")):
        app = (api := serve(normalize=form, names={"1": declared})).app
        assert api(command, body)[0] == 0
        stored = str([app.names, app.users, [push["condition"] for push in app.pushes]])
        assert ("e\u0301" in stored, "\u00e9" in stored) == (not form, bool(form))
        assert api("im_set_attr_name", {"AttrNames": {"0": "e\u0301" * 25}})[0] == (0 if form else 90030)


@pytest.mark.parametrize(
    ("command", "settings", "most"),
    [
        ("im_get_tag", {}, 100),
        ("account_check", {}, 100),
        ("account_import", {}, 200),
        ("portrait_get", {}, 200),
        ("portrait_set", {}, 200),
        ("batch", {"batches_per_second": App.batches_per_second}, 10),
        ("batch", {"batches_per_second": 40}, 40),
        ("all_member_push_statistics", {"reports_per_second": App.reports_per_second}, 1),
        ("all_member_push_loss", {"reports_per_second": 1}, 1),
        ("all_member_push_loss", {"reports_per_second": 3}, 3),
    ],
)
def test_each_app_and_command_has_a_rate_of_its_own(serve, command, settings, most):
    api = serve(**settings)
    codes = [api(command)[0] for _turn in range(most + 1)]
    assert [code == 60011 for code in codes] == [False] * most + [True]
    assert api("im_get_attr_name")[0] == 0
    api.clock.sleep(1)
    assert api(command)[0] != 60011
