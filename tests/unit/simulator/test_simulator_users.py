# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users and their attributes in the simulator."""

from __future__ import annotations

import time

import pytest

USERS = {"ann": {"attrs": {"sex": "f", "city": "Oslo"}}, "bob": {"attrs": {"sex": "m"}}, "cid": {}, "dan": {}}


@pytest.fixture(autouse=True)
def users(app):
    app.names = {"0": "sex", "1": "city"}
    app.users = {account: dict(user) for account, user in USERS.items()}


def shown(answer: dict) -> dict:
    return {entry["To_Account"]: entry["Attrs"] for entry in answer["UserAttrs"]}


def attrs(**of) -> dict:
    return {"UserAttrs": [{"To_Account": account, "Attrs": value} for account, value in of.items()]}


@pytest.mark.parametrize("prefix", ["im_", ""])
def test_attributes_are_read_set_and_removed(app, push_api, prefix):
    app.answers = "documented"
    code, answer = push_api(f"{prefix}get_attr", {"To_Account": list(USERS)})
    assert code == 0 and set(answer) == {"ActionStatus", "ErrorCode", "ErrorInfo", "UserAttrs"}
    assert shown(answer) == {"ann": {"sex": "f", "city": "Oslo"}, "bob": {"sex": "m"}, "cid": {}, "dan": {}}
    assert push_api(f"{prefix}set_attr", attrs(bob={"city": "Rome"}, cid={"sex": "x"}))[0] == 0
    assert push_api(f"{prefix}remove_attr", attrs(ann=["sex"], dan=["sex"]))[0] == 0
    assert {account: app.attrs(account) for account in USERS} == {
        "ann": {"city": "Oslo"},
        "bob": {"sex": "m", "city": "Rome"},
        "cid": {"sex": "x"},
        "dan": {},
    }
    assert app.writes == 2


@pytest.mark.parametrize(
    ("command", "body", "code"),
    [
        ("set_attr", attrs(ann={"sex": "x" * 50}), 0),
        ("set_attr", attrs(ann={"sex": "城" * 17}), 90030),
        ("set_attr", attrs(ann={"sex": ""}), 90030),
        ("set_attr", attrs(ann={"": "m"}), 90030),
        ("set_attr", attrs(ann={"x" * 51: "m"}), 90030),
        ("remove_attr", attrs(ann=["x" * 51]), 90030),
        ("get_attr", {"To_Account": ["ann"], "More": None}, 0),
        ("set_attr", attrs(ann={"sex": "m", "size": "s"}, bob={"sex": "f"}), 90033),
        ("set_attr", attrs(ann={"0": "m"}), 90033),
        ("set_attr", attrs(ann={"sex": 1}), 90001),
        ("set_attr", attrs(ann=["sex"]), 90001),
        ("set_attr", attrs(ann={}), 90001),
        ("set_attr", {"Attrs": [{"To_Account": "ann", "Attrs": {"sex": "m"}}]}, 90001),
        ("set_attr", {"UserAttrs": []}, 90001),
        ("set_attr", {"UserAttrs": {"ann": {"sex": "m"}}}, 90001),
        ("set_attr", {"UserAttrs": ["ann"]}, 90001),
        ("set_attr", {"UserAttrs": [{"To_Account": "ann"}]}, 90001),
        ("set_attr", {"UserAttrs": [{"To_Account": "ann", "Attrs": {"sex": "m"}, "More": 1}]}, 90001),
        ("set_attr", {"UserAttrs": [{"To_Account": 7, "Attrs": {"sex": "m"}}]}, 60015),
        ("set_attr", {"UserAttrs": [{"To_Account": "ann", "Attrs": {"sex": "m"}}] * 2}, 70402),
        ("set_attr", attrs(**{f"u{index}": {"sex": "m"} for index in range(101)}), 90018),
        ("remove_attr", attrs(ann=["sex"]), 0),
        ("remove_attr", attrs(ann=["size"]), 90033),
        ("remove_attr", attrs(ann={"sex": "f"}), 90001),
        ("remove_attr", attrs(ann=[]), 90001),
        ("remove_attr", attrs(ann=[1]), 90001),
        ("get_attr", {"To_Account": "ann"}, 90001),
        ("get_attr", {"To_Account": []}, 90001),
        ("get_attr", {"To_Account": ["ann", "ann"]}, 70402),
        ("get_attr", {"To_Account": [7]}, 60015),
        ("get_attr", {"To_Account": ["ann"], "More": 1}, 90001),
        ("get_attr", {"To_Account": [f"u{index}" for index in range(101)]}, 90018),
    ],
)
@pytest.mark.parametrize("prefix", ["im_", ""])
def test_a_request_about_attributes_is_checked(app, push_api, prefix, command, body, code):
    answered, answer = push_api(prefix + command, body)
    assert answered == code, answer
    assert app.writes == (code == 0 and command != "get_attr")
    if code:
        assert app.users == USERS


def test_a_code_that_the_documents_do_not_define_is_a_setting(app, push_api):
    app.codes = {"value_empty": 0, "account_repeated": 0, "value_too_long": 90001}
    assert push_api("im_set_attr", attrs(ann={"sex": ""}))[0] == 0
    assert push_api("im_set_attr", attrs(ann={"sex": "x" * 51}))[0] == 90001
    assert shown(push_api("im_get_attr", {"To_Account": ["bob", "bob"]})[1]) == {"bob": {"sex": "m"}}


@pytest.mark.parametrize(
    ("how", "code", "read", "failed"),
    [
        ("error", 70107, None, None),
        ("skip", 0, {"bob": {"sex": "m"}}, None),
        ("empty", 0, {"bob": {"sex": "m"}, "eve": {}, "zoe": {}}, None),
        ("list", 0, {"bob": {"sex": "m"}}, {"eve": 70107, "zoe": 70107}),
    ],
)
def test_all_member_push_treats_unknown_accounts_as_set(app, push_api, how, code, read, failed):
    app.unknown_accounts = how
    answered, answer = push_api("im_get_attr", {"To_Account": ["eve", "bob", "zoe"]})
    assert answered == code
    if code:
        assert "eve" in answer["ErrorInfo"] and "UserAttrs" not in answer
    else:
        assert shown(answer) == read
        assert {one["To_Account"]: one["ErrorCode"] for one in answer.get("ErrorList", [])} == (failed or {})
    answered, answer = push_api("im_set_attr", attrs(eve={"sex": "f"}, bob={"sex": "x"}))
    assert answered == code and ("ErrorList" in answer) == (how == "list")
    assert "eve" not in app.users and app.attrs("bob") == {"sex": "m" if code else "x"}


def test_timpush_always_lists_unknown_accounts(app, push_api):
    code, answer = push_api("get_attr", {"To_Account": ["eve", "bob"]})
    assert (code, shown(answer)) == (0, {"bob": {"sex": "m"}})
    assert answer["ErrorList"] == [{"To_Account": "eve", "ErrorCode": 70107, "ErrorInfo": "account does not exist"}]
    code, answer = push_api("set_attr", attrs(eve={"sex": "f"}))
    assert (code, [one["To_Account"] for one in answer["ErrorList"]], app.writes) == (0, ["eve"], 0)


def test_failing_users_fail_in_writes_alone(app, push_api):
    app.failing_users = {"ann": 91000, "bob": {"code": 90035, "commands": ["im_set_attr", "get_attr"]}}
    code, answer = push_api("im_set_attr", attrs(ann={"sex": "x"}, bob={"sex": "x"}, cid={"sex": "x"}))
    assert code == 0
    assert {one["To_Account"]: one["ErrorCode"] for one in answer["ErrorList"]} == {"ann": 91000, "bob": 90035}
    assert [app.attrs(account).get("sex") for account in ("ann", "bob", "cid")] == ["f", "m", "x"]
    assert "ErrorList" not in push_api("im_get_attr", {"To_Account": ["ann", "bob"]})[1]
    assert "ErrorList" not in push_api("im_remove_attr", attrs(bob=["sex"]))[1]
    assert shown(push_api("get_attr", {"To_Account": ["ann", "bob"]})[1]) == {"ann": {"sex": "f", "city": "Oslo"}}


def test_an_attribute_of_the_other_kind_fails_with_timpush(app, push_api):
    app.types, app.users["dev"] = {"0": 0, "1": 1}, {"kind": 1}
    _code, answer = push_api("set_attr", attrs(ann={"city": "Rome"}, bob={"sex": "x"}, dev={"city": "Rome"}))
    assert [(one["To_Account"], one["ErrorCode"]) for one in answer["ErrorList"]] == [("ann", 90035)]
    assert [app.attrs(account) for account in ("bob", "dev")] == [{"sex": "x"}, {"city": "Rome"}]
    assert app.attrs("ann")["city"] == "Oslo"


def test_the_order_of_a_response_is_not_that_of_the_request(app, push_api):
    def order(*asked: str) -> list[str]:
        return [entry["To_Account"] for entry in push_api("im_get_attr", {"To_Account": asked})[1]["UserAttrs"]]

    for asked in (["ann", "bob"], ["bob", "ann"], ["ann", "bob", "cid", "dan"]):
        assert order(*asked) != asked and sorted(order(*asked)) == sorted(asked)
    assert order("ann", "bob", "cid", "dan") == order("ann", "bob", "cid", "dan")
    app.answer_order = "request"
    assert order("dan", "ann", "bob") == ["dan", "ann", "bob"]


def test_removing_a_missing_attribute_can_be_an_error(app, push_api):
    app.remove_missing = "error"
    assert push_api("im_remove_attr", attrs(ann=["sex"], bob=["city"]))[0] == 90033
    assert app.users == USERS
    assert push_api("im_remove_attr", attrs(ann=["sex"], bob=["sex"]))[0] == 0


def test_delay_ignored_writes_and_stale_reads_hold_for_each_user(simulator, app, push_api):
    def sex(*accounts: str) -> list:
        answer = shown(push_api("im_get_attr", {"To_Account": accounts})[1])
        return [answer[account].get("sex") for account in accounts]

    push_api("im_set_attr", attrs(ann={"sex": "1"}))
    push_api("im_set_attr", attrs(bob={"sex": "2"}))
    simulator.fail(app.sdkappid, "stale")
    assert sex("ann", "bob", "cid") == ["f", "m", None]
    assert sex("ann", "bob", "cid") == ["1", "2", None]
    app.delay = 60
    push_api("im_set_attr", attrs(cid={"sex": "3"}))
    push_api("im_set_attr", attrs(cid={"sex": "4"}))
    assert sex("cid", "dan") == [None, None]
    app.delay = 0
    assert sex("cid", "dan") == ["4", None]
    app.ignore_writes = True
    assert push_api("im_set_attr", attrs(cid={"sex": "5"}))[0] == 0
    assert app.attrs("cid")["sex"] == "4"


def test_a_request_takes_no_longer_if_an_app_has_many_users(app, push_api):
    took = dict.fromkeys((1_000, 50_000), 0.0)
    for _round in range(3):
        for size in took:
            app.users = {f"user{index}": {"tags": ["old"]} for index in range(size)}
            part = [f"user{index}" for index in range(size - 100, size)]
            tags = [{"To_Account": account, "Tags": ["new"]} for account in part]
            started = time.process_time()
            for _request in range(5):
                assert push_api("im_set_attr", attrs(**{account: {"sex": "x"} for account in part}))[0] == 0
                assert push_api("im_add_tag", {"UserTags": tags})[0] == 0
            took[size] += time.process_time() - started
            app.calls.clear()
            assert all(app.attrs(account) == {"sex": "x"} and len(app.tags(account)) == 2 for account in part)
    assert took[50_000] < 5 * took[1_000], took  # a search through all users for each one would take 50 times as long


@pytest.mark.parametrize("code", [70107, 90012, 90048])
def test_the_code_for_an_account_that_does_not_exist_is_a_setting(app, push_api, code):
    app.account_error = code
    assert push_api("im_get_attr", {"To_Account": ["eve"]})[0] == code
    message = {"MsgRandom": 7, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}]}
    assert push_api("im_push", {**message, "From_Account": "eve"})[0] == code
    assert push_api("get_attr", {"To_Account": ["eve"]})[1]["ErrorList"][0]["ErrorCode"] == 70107


@pytest.mark.parametrize(("command", "info"), [("im_set_attr", "illegal user"), ("set_attr", "of the other kind")])
def test_90035_means_something_else_in_each_family(app, push_api, command, info):
    app.failing_users = {"ann": 90035}
    assert info in push_api(command, attrs(ann={"sex": "x"}))[1]["ErrorList"][0]["ErrorInfo"]


def test_unknown_fields_can_be_tolerated(app, push_api):
    body = {"UserAttrs": [{"To_Account": "ann", "Attrs": {"sex": "m"}, "More": 1}], "Much": 2}
    assert push_api("im_set_attr", body)[0] == 90001
    app.unknown_fields = "tolerated"
    assert push_api("im_set_attr", body)[0] == 0


@pytest.mark.parametrize(("nulls", "code"), [("absent", 0), ("rejected", 90001)])
def test_null_in_an_unknown_field_is_absent_or_rejected(app, push_api, nulls, code):
    app.nulls = nulls
    entry = {"To_Account": "ann", "Attrs": {"sex": "m"}}
    assert push_api("im_set_attr", {"UserAttrs": [{**entry, "More": None}]})[0] == code
    assert push_api("im_set_attr", {"UserAttrs": [entry], "More": None})[0] == code
    assert push_api("im_set_attr", attrs(ann={"sex": None}))[0] == 90001


def test_values_can_be_normalized(app, push_api):
    app.normalize, app.names = "NFC", {"0": "caf\u00e9"}
    assert push_api("im_set_attr", attrs(ann={"cafe\u0301": "e\u0301"}))[0] == 0
    assert app.attrs("ann")["caf\u00e9"] == "\u00e9"
    assert push_api("im_remove_attr", attrs(ann=["cafe\u0301"]))[0] == 0
    assert "caf\u00e9" not in app.attrs("ann")
