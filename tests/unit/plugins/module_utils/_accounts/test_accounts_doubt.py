# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts that another job changes at the same time, and responses that contradict what was sent."""

from __future__ import annotations

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts.accounts import ENSURE, INFO
from memory import Memory
from tasks import before, queue, run, some
from test_accounts import ANN, BOB, CHECK, DELETE, GET, GONE, IMPORT, SET, commands_of, profiles


@pytest.mark.parametrize(
    ("command", "work", "wanted", "options"),
    [
        (SET, lambda users: users.pop("u1"), {"nick": "New"}, {}),
        (SET, lambda users: users["u1"].update(face_url="theirs"), {"nick": "bad", "face_url": "mine"}, {}),
        (DELETE, lambda users: users.pop("u1"), None, GONE),
    ],
)
def test_what_another_job_changed_is_no_change_of_this_task(app, connect, command, work, wanted, options):
    app.users, app.sensitive_words, client = {"u1": {"nick": "Old"}}, ["bad"], connect()
    before(client, command, lambda: work(app.users))
    assert run(ENSURE, client, accounts={"u1": wanted}, **options)["changed"] is False


def test_a_field_that_is_not_declared_may_change(app, connect):
    app.users, client = {"u1": dict(ANN), "u2": dict(ANN)}, connect()
    before(client, SET, lambda: app.users["u1"].update(face_url="theirs"))
    result = run(ENSURE, client, accounts={"u1": {"nick": "New"}, "u2": {"face_url": "new"}})
    assert not result.get("failed") and profiles(app)["u1"] == {"nick": "New", "face_url": "theirs"}
    assert result["accounts"] == profiles(app)


def test_a_deletion_by_another_job_that_does_not_show_yet(app, connect):
    app.users, client = {"u1": {}}, connect()
    app.failing_users = {"u1": {"code": 70107, "commands": [DELETE]}}
    checks = iter([True, True, False])
    before(client, DELETE, lambda: next(checks))
    gone = run(ENSURE, client, accounts={"u1": None}, **GONE)
    assert gone["failed"] and "does not return the change of account_delete" in gone["msg"] and not gone["changed"]


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        (ENSURE, {"accounts": {"u1": None, "u2": None}}),
        (ENSURE, {"accounts": {"u1": None, "u2": None}, **GONE}),
        (INFO, {"accounts": ["u1", "u2"]}),
    ],
)
def test_a_check_that_is_rejected_as_a_whole_says_nothing_about_accounts(simulator, app, connect, operation, given):
    """The code is that of the account in identifier."""
    app.users = {"u1": {}, "u2": {}}
    simulator.fail(app.sdkappid, "code", code=70107, command=CHECK)
    result = run(operation, connect(), **given)
    assert result["failed"] and result["error_code"] == 70107 and "identifier" in result["msg"]
    assert commands_of(simulator) == [CHECK] and len(app.users) == 2


@pytest.mark.parametrize("exist", [True, False])
def test_setting_profiles_after_an_import_has_its_own_time(exist):
    wanted = dict.fromkeys(some(1500), BOB)
    memory = Memory(users={account: {} for account in wanted if exist}, import_profiles="drop")
    with memory.running():
        assert not run(ENSURE, memory.client(timeout=2, retries=0), accounts=wanted).get("failed")
    assert profiles(memory.app) == wanted


def test_an_import_that_is_lost_then_rejected_and_shows_late(simulator, app, connect):
    missing = {"ResultItem": [{"UserID": "u1", "ResultCode": 0, "AccountStatus": "NotImported"}]}
    queue(simulator, app, IMPORT, "cut_after", {"FailAccounts": ["u1"]})
    queue(simulator, app, CHECK, "pass", missing)
    result = run(ENSURE, connect(), accounts={"u1": None})
    assert not result.get("failed") and result["changed"] and result["accounts"] == {"u1": {}}
    assert commands_of(simulator) == [CHECK, IMPORT, IMPORT, CHECK, CHECK]


NICK = "Tag_Profile_IM_Nick"


def profile(*items) -> dict:
    return {"UserProfileItem": [{"To_Account": "u1", "ProfileItem": items}]}


@pytest.mark.parametrize(
    ("command", "answer", "part"),
    [
        (CHECK, {"ResultItem": "x"}, "ResultItem is not a list"),
        (CHECK, {"ResultItem": [{"UserID": 7}]}, "ResultItem contains an entry without UserID"),
        (CHECK, {"ResultItem": [{"UserID": "u1", "ResultCode": "x"}]}, "the ResultCode of an entry is not a number"),
        (CHECK, {"ResultItem": [{"UserID": "u1", "ResultCode": 0}]}, "AccountStatus is neither Imported nor"),
        (IMPORT, {"FailAccounts": [7]}, "FailAccounts is not a list of strings"),
        (GET, {"UserProfileItem": [], "Fail_Account": "u1"}, "Fail_Account is not a list of strings"),
        (GET, profile({"Tag": ["x"], "Value": "y"}), "ProfileItem contains an entry without Tag"),
        (GET, profile({"Value": "y"}), "ProfileItem contains an entry without Tag"),
        *(
            (GET, profile({"Tag": NICK, "Value": one}), "ProfileItem contains a value that is not")
            for one in (7, "\ud800x")
        ),
        (GET, profile(7), "ProfileItem is not a list of maps"),
    ],
)
def test_a_response_of_another_shape(simulator, app, connect, command, answer, part):
    app.users, app.ignore_writes = {"u1": {}} if command == CHECK else {}, command == IMPORT
    queue(simulator, app, command, answer)
    result = run(ENSURE, connect(), accounts={"u1": BOB})
    assert result["failed"] and result["changed"] is (command == GET)
    assert f"not a valid Chat API response: {part}" in result["msg"]


@pytest.mark.parametrize("answer", [{}, {"ResultItem": None}, {"ResultItem": [{"UserID": "other", "ResultCode": 0}]}])
def test_an_account_that_the_response_leaves_out_is_named(simulator, app, connect, answer):
    queue(simulator, app, CHECK, answer)
    result = run(ENSURE, connect(), accounts={"u1": None})
    assert result["failed"] and "the service returned no data for: 'u1'" in result["msg"]
    assert result["failed_accounts"] == {"u1": {"error_code": None, "error_info": ""}} and not result["changed"]


def test_accounts_that_cannot_be_read_and_those_that_are_rejected_are_in_one_message(app, connect):
    app.users = {"u1": {}}
    app.failing_users = {"u1": {"code": 40006, "commands": [GET]}, "u2": {"code": 70202, "commands": [IMPORT]}}
    message = run(ENSURE, connect(), accounts={"u1": BOB, "u2": None})["msg"]
    where = "portrait_get for app 1400000001 at singapore"
    assert message == (
        f"{where}: error 40006, the profile could not be read or written (the service says \"simulated\"), for: 'u1'; "
        "the service rejected the import, without a reason, for: 'u2'. Run the task again later. Check the user IDs, "
        "nicknames and URLs. An account that was deleted can be blocked for three months."
    )


def test_an_account_that_is_only_listed_as_failed_has_no_reason(simulator, app, connect):
    app.users = {"u1": {}}
    queue(simulator, app, GET, {"UserProfileItem": [], "Fail_Account": ["u1"]})
    result = run(INFO, connect(), accounts=["u1"])
    assert result["failed_accounts"] == {"u1": {"error_code": None, "error_info": ""}}
