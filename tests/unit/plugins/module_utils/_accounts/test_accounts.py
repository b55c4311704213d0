# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each transition of accounts, accounts that fail or that another job changes, responses, and what is rejected."""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts import rules
from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts.accounts import ENSURE, INFO
from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts.calls import AccountCalls
from ansible_collections.tencentcloud.chat.plugins.module_utils._many.exchange import Step
from hypothesis import given
from hypothesis import strategies as st
from memory import Memory
from rejected import ACCOUNTS, refusal
from tasks import before, queue, run, some

GONE = {"state": "absent", "confirm_deletion": True}
CHECK, IMPORT, DELETE = "account_check", "multiaccount_import", "account_delete"
GET, SET = "portrait_get", "portrait_set"
ANN, BOB = {"nick": "Ann", "face_url": "http://a"}, {"nick": "Bob"}


def profiles(app) -> dict:
    """Return the accounts that the app stores, with their profiles."""
    fields = ("nick", "face_url")
    return {one: {name: user[name] for name in fields if user.get(name)} for one, user in app.users.items()}


def commands_of(simulator) -> list[str]:
    return [entry["command"] for entry in simulator.log]


def written(simulator) -> list:
    """Return the requests that write: the command, and the accounts that it is about."""
    found = []
    for entry in simulator.log:
        body = json.loads(entry["body"])
        if entry["command"] == SET:
            found.append((SET, body["From_Account"]))
        elif entry["command"] in (IMPORT, DELETE):
            (entries,) = body.values()
            found.append((entry["command"], [one["UserID"] for one in entries]))
    return found


TRANSITIONS = [
    # start, accounts, options, what is stored afterwards, the commands
    ({}, {"u1": None, "u2": {}}, {}, {"u1": {}, "u2": {}}, [CHECK, IMPORT, CHECK]),
    ({}, {"u1": ANN, "u2": None}, {}, {"u1": ANN, "u2": {}}, [CHECK, IMPORT, GET]),
    ({"u1": BOB}, {"u1": ANN}, {}, {"u1": ANN}, [CHECK, GET, SET, GET]),
    ({"u1": ANN}, {"u1": BOB}, {}, {"u1": {**ANN, **BOB}}, [CHECK, GET, SET, GET]),
    ({"u1": ANN, "u9": BOB}, {"u1": None}, {}, {"u1": ANN, "u9": BOB}, [CHECK]),
    ({"u1": ANN}, {"u1": ANN}, {}, {"u1": ANN}, [CHECK, GET]),
    ({"u1": BOB}, {"u1": ANN, "u2": ANN}, {}, {"u1": ANN, "u2": ANN}, [CHECK, GET, IMPORT, GET, SET, GET]),
    ({"u1": ANN, "u2": {}}, {"u1": None, "u3": ANN}, GONE, {"u2": {}}, [CHECK, DELETE, CHECK]),
    ({"u2": {}}, {"u1": None}, GONE, {"u2": {}}, [CHECK]),
    ({}, {}, {}, {}, []),
]


@pytest.mark.parametrize("unset", ["missing", "blank", "null"])
@pytest.mark.parametrize(("start", "accounts", "options", "after", "commands"), TRANSITIONS)
def test_each_transition(simulator, app, connect, start, accounts, options, after, commands, unset):
    """In check mode, real, again, and in check mode again."""
    app.unset_profile = unset
    app.users = {account: dict(user) for account, user in start.items()}
    predicted = run(ENSURE, connect(), check_mode=True, accounts=accounts, **options)
    assert profiles(app) == start and written(simulator) == []
    simulator.log.clear()
    result = run(ENSURE, connect(), accounts=accounts, **options)
    assert profiles(app) == after and commands_of(simulator) == commands
    assert predicted == result and result["changed"] is (after != start)
    changes = [account for account in accounts if start.get(account) != after.get(account)]
    fields = [name for name in ("nick", "face_url") if any(name in (one or {}) for one in accounts.values())]
    for side, state in (("before", start), ("after", after)):
        assert list(result["diff"][side]) == [account for account in changes if account in state]
        for account, shown in result["diff"][side].items():
            known = fields if accounts[account] else []
            assert shown == {name: text for name, text in state[account].items() if name in known}
    assert result["accounts"].keys() == {account for account in accounts if account in after}
    simulator.log.clear()
    for check_mode in (False, True):
        again = run(ENSURE, connect(), check_mode=check_mode, accounts=accounts, **options)
        assert not again["changed"] and again["diff"] == {"before": {}, "after": {}}
        assert again["accounts"] == result["accounts"]
    assert written(simulator) == [] and profiles(app) == after


def test_an_import_contains_the_profile_and_a_profile_only_what_differs(simulator, app, connect):
    app.users = {"u1": {"nick": "Ann"}}
    run(ENSURE, connect(), accounts={"u1": ANN, "u2": BOB, "u3": None})
    bodies = {entry["command"]: json.loads(entry["body"]) for entry in simulator.log}
    assert bodies[IMPORT] == {"AccountList": [{"UserID": "u2", "Nick": "Bob"}, {"UserID": "u3"}]}
    items = [{"Tag": "Tag_Profile_IM_Image", "Value": "http://a"}]
    assert bodies[SET] == {"From_Account": "u1", "ProfileItem": items}
    assert bodies[GET]["TagList"] == ["Tag_Profile_IM_Nick", "Tag_Profile_IM_Image"]
    assert {entry["path"] for entry in simulator.log} > {f"v4/profile/{command}" for command in (GET, SET)}


@pytest.mark.parametrize("values", [[None], [{}], [BOB], [ANN], [BOB, None]])
def test_250_missing_accounts_take_at_most_nine_requests(simulator, app, connect, values):
    accounts = dict(zip(some(250), values * 250))
    assert run(ENSURE, connect(), accounts=accounts)["changed"] and len(simulator.log) <= 9
    assert profiles(app) == {account: value or {} for account, value in accounts.items()}


@pytest.mark.parametrize("delay", [0, 0.3])
@pytest.mark.parametrize("unknown", ["item", "whole"])
@pytest.mark.parametrize("kept", ["keep", "drop"])
def test_right_whether_an_import_stores_profiles_and_how_soon_it_shows(simulator, app, connect, kept, unknown, delay):
    app.import_profiles, app.unknown_profiles, app.delay = kept, unknown, delay
    accounts = {**dict.fromkeys(some(7), BOB), "u1": ANN, "u2": None}
    result = run(ENSURE, connect(sleep=time.sleep), accounts=accounts)
    assert not result.get("failed"), result
    assert result["changed"] and profiles(app) == {one: value or {} for one, value in accounts.items()}
    assert result["accounts"] == profiles(app)
    assert [command for command, _accounts in written(simulator)].count(IMPORT) == 1
    sets = [account for command, account in written(simulator) if command == SET]
    assert kept == "keep" or sorted(sets) == sorted(one for one, value in accounts.items() if value)
    assert kept == "drop" or delay or not sets


def test_an_existing_account_is_never_imported_again(simulator, app, connect):
    app.users = {"u1": dict(ANN), "u2": {}}
    run(ENSURE, connect(), accounts={"u1": BOB, "u2": None, "u3": ANN})
    assert [accounts for command, accounts in written(simulator) if command == IMPORT] == [["u3"]]


@pytest.mark.parametrize("fields", ["documented", "null"])
def test_what_is_null_because_nothing_failed(app, connect, fields):
    app.fail_fields = fields
    assert run(ENSURE, connect(), accounts={"u1": ANN})["changed"]
    assert run(INFO, connect(), accounts=["u1"])["accounts"] == {"u1": ANN}


# -- accounts that fail ---------------------------------------------------------------------------------------------

NONE: dict[str, Any] = {}


class Case(NamedTuple):
    """A task about accounts, what the app stores before and afterwards, and the codes of the accounts that failed.

    failing -- an account, the code with which the service rejects it, and the commands that do
    settings -- those of the app
    """

    accounts: dict[str, Any]
    start: dict[str, Any]
    stored: dict[str, Any]
    failed: dict[str, Any]
    says: str
    failing: tuple = ("", 0)
    settings: dict[str, Any] = NONE
    options: dict[str, Any] = NONE


BOTH, FIRST, UNREAD, UNKNOWN = {"u1": ANN, "u2": BOB}, {"u1": {}}, {"u1": 40006}, {"u1": 40003}
THREE, TWO, PAIR = dict.fromkeys(["u1", "u2", "u3"]), dict.fromkeys(["u1", "u3"]), dict.fromkeys(["u1", "u2"])
CASES = {
    "an import that is rejected": Case(
        *({**BOTH, "u3": None}, {}, {"u1": ANN, "u3": {}}, {"u2": None}),
        *("without a reason, for: 'u2'.", ("u2", 70402, IMPORT)),
    ),
    "the only import is rejected": Case({"u1": BOB}, {}, {}, {"u1": None}, "for: 'u1'", ("u1", 70402, IMPORT)),
    "an account that cannot be found": Case(
        {**BOTH, "u1": None}, FIRST, {"u1": {}, "u2": BOB}, UNREAD, "could not be read or written", ("u1", 40006, CHECK)
    ),
    "a profile that cannot be read": Case(
        BOTH, FIRST, {"u1": {}, "u2": BOB}, UNREAD, "could not be read or written", ("u1", 40006, GET)
    ),
    "a profile that cannot be read back": Case(
        *({**BOTH, "old": BOB}, {"old": {"nick": "Old"}}, {"u1": {}, "u2": BOB, "old": BOB}),
        *(UNREAD, "for: 'u1'", ("u1", 40006, GET), {"import_profiles": "drop"}),
    ),
    "a profile that is rejected": Case(
        *({**BOTH, "u1": {"nick": "a bad word"}}, {"u1": {}, "u2": {}}, {"u1": {}, "u2": BOB}),
        *({"u1": 40005}, "sensitive word", ("", 0), {"sensitive_words": ["bad"]}),
    ),
    # It is not imported again, even if the call for profiles does not know it.
    "an account without a profile": Case({"u1": BOB}, FIRST, FIRST, UNKNOWN, "for: 'u1'", ("u1", 40003, GET, SET)),
    "a profile that never shows after the import": Case(BOTH, {}, BOTH, UNKNOWN, "for: 'u1'", ("u1", 40003, GET, SET)),
    "a deletion that is rejected": Case(
        THREE, {"u1": {}, "u2": {}}, FIRST, {"u1": 30006}, "for: 'u1'", ("u1", 30006, DELETE), options=GONE
    ),
    "deletions that the service does not allow": Case(
        *(TWO, FIRST, FIRST, {}, "error 71000, the app does not allow the deletion of accounts"),
        settings={"deletion": "refused"},
        options=GONE,
    ),
    "more accounts than a trial allows": Case(
        TWO, FIRST, FIRST, {}, "Upgrade the app, or delete accounts", settings={"trial_limit": 1}
    ),
    "a service that normalizes text": Case(
        *({"u1": {"nick": "e\u0301"}}, FIRST, {"u1": {"nick": "\xe9"}}, {}),
        "The service stores text in Unicode normalization form C: use that form in accounts.",
        settings={"normalize": "NFC"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_fails_is_named_and_the_others_are_done_and_a_second_run_does_the_rest(simulator, app, connect, case):
    one, code, *commands = case.failing
    failing = {one: {"code": code, "commands": commands}} if one else {}
    app.change({"users": dict(case.start), "failing_users": failing, **case.settings})
    result = run(ENSURE, connect(), accounts=case.accounts, **case.options)
    assert result["failed"] and profiles(app) == case.stored and result["changed"] is (case.stored != case.start)
    assert {one: why["error_code"] for one, why in result.get("failed_accounts", {}).items()} == case.failed
    is_unconfirmed = "normalize" in case.settings
    assert case.says in result["msg"] and not (is_unconfirmed and "another job" in result["msg"])
    known = {account for account in case.accounts if account != one or not {CHECK, GET}.intersection(commands)}
    assert result.get("accounts", {}) == {account: case.stored[account] for account in known if account in case.stored}
    assert not any(command == IMPORT and set(case.start) & set(sent) for command, sent in written(simulator))
    assert ("the task again for the remaining accounts." in result["msg"]) is (result["changed"] and not is_unconfirmed)
    app.change({"failing_users": {}, **{name: getattr(type(app), name, []) for name in case.settings}})
    again = run(ENSURE, connect(), accounts=case.accounts, **case.options)
    wanted = {account: {**case.start.get(account, {}), **(new or {})} for account, new in case.accounts.items()}
    assert profiles(app) == ({} if case.options else {**case.start, **wanted})
    assert not again.get("failed") and again["changed"] is (profiles(app) != case.stored)


def test_a_write_that_does_not_show(app, connect):
    app.users, app.ignore_writes = {}, True
    result = run(ENSURE, connect(), accounts={"u1": BOB})
    assert result["failed"] and result["changed"] and result["accounts"] == {}
    assert "the service does not return the change of multiaccount_import when read back, for: 'u1'" in result["msg"]


def test_an_import_that_is_rejected_after_one_that_was_lost_and_does_not_show(simulator, app, connect):
    queue(simulator, app, IMPORT, "cut", 70402)
    result = run(ENSURE, connect(), accounts={"u1": None})
    assert (result["failed"], result["changed"], result["error_code"]) == (True, False, 70402)


@pytest.mark.parametrize("wanted", [BOB, None])
def test_an_import_that_is_rejected_because_another_job_imported_the_account(app, connect, wanted):
    app.failing_users, client = {"u1": {"code": 70402, "commands": [IMPORT]}}, connect()
    before(client, IMPORT, lambda: app.users.update(u1={"nick": "Old"}))
    result = run(ENSURE, client, accounts={"u1": wanted})
    assert not result.get("failed") and result["changed"] is (wanted is BOB)
    assert result["accounts"] == {"u1": wanted or {}} and profiles(app) == {"u1": wanted or {"nick": "Old"}}


def test_an_account_that_another_job_deletes_first_is_gone(app, connect):
    app.users, client = {"u1": {}, "u2": {}}, connect()
    before(client, DELETE, lambda: app.users.pop("u1"))
    result = run(ENSURE, client, accounts={"u1": None, "u2": None}, **GONE)
    assert not result.get("failed") and result["changed"] and result["accounts"] == {} and not app.users


@pytest.mark.parametrize("command", [IMPORT, SET, DELETE])
@pytest.mark.parametrize("times", [1, 4])
def test_a_write_whose_response_is_lost(simulator, app, connect, command, times):
    app.users = {} if command == IMPORT else {"u1": {}, "u2": {}}
    simulator.fail(app.sdkappid, "cut_after", command=command, times=times)
    options = GONE if command == DELETE else {}
    accounts = {"u1": None, "u2": None} if command == DELETE else {"u1": BOB, "u2": BOB}
    result = run(ENSURE, connect(retries=3), accounts=accounts, **options)
    assert not result.get("failed") and result["changed"], result
    assert profiles(app) == ({} if command == DELETE else {"u1": BOB, "u2": BOB})


def test_many_accounts_of_which_half_are_missing(simulator, app, connect):
    accounts = dict.fromkeys(some(2_500))
    app.users = {account: {} for account in list(accounts)[::2]}
    result = run(ENSURE, connect(sleep=time.sleep), accounts=accounts)
    assert result["changed"] and len(app.users) == 2_500
    assert commands_of(simulator).count(IMPORT) == 13 and len(simulator.log) <= 52
    assert max(simulator.busiest(app.sdkappid).values()) <= 100


def test_profiles_are_set_one_by_one_at_the_pace_of_the_service(simulator, app, connect):
    accounts = dict.fromkeys(some(450), BOB)
    app.users = {account: {} for account in accounts}
    result = run(ENSURE, connect(sleep=time.sleep, clock=time.monotonic), accounts=accounts)
    assert result["changed"] and profiles(app) == accounts and "retried" not in result
    assert simulator.busiest(app.sdkappid)[SET] <= 200 and commands_of(simulator).count(SET) == 450
    calls = (AccountCalls(connect()).call(Step(command, {"u1": {}})) for command in (CHECK, IMPORT, DELETE, GET, SET))
    assert [call.per_second for call in calls] == [100, 100, 100, 200, 200]


def test_info_returns_profiles_and_what_is_missing(simulator, app, connect):
    app.users = {"u1": dict(ANN), "u2": {}}
    for check_mode in (False, True):
        result = run(INFO, connect(), check_mode=check_mode, accounts=["u3", "u2", "u1", "u2"])
        assert result == {"changed": False, "accounts": {"u2": {}, "u1": ANN}, "missing": ["u3"]}
    assert commands_of(simulator) == [CHECK, GET] * 2


@pytest.mark.parametrize("command", [CHECK, GET])
def test_info_names_accounts_that_fail(app, connect, command):
    app.users = {"u1": dict(ANN), "u2": {}}
    app.failing_users = {"u2": {"code": 40006, "commands": [command]}}
    result = run(INFO, connect(), accounts=["u1", "u2", "u3"])
    assert result["failed"] and result["accounts"] == {"u1": ANN} and result["missing"] == ["u3"]
    assert result["failed_accounts"] == {"u2": {"error_code": 40006, "error_info": "simulated"}}
    assert "'u2'" in result["msg"] and result["changed"] is False
    assert "the profile could not be read or written" in result["msg"]


@pytest.mark.parametrize("unknown", ["item", "whole"])
def test_info_of_an_account_that_is_deleted_meanwhile(app, connect, unknown):
    app.users, app.unknown_profiles, client = {"u1": dict(ANN), "u2": {}}, unknown, connect()
    before(client, GET, lambda: app.users.pop("u2"))
    result = run(INFO, client, accounts=["u1", "u2"])
    assert result == {"changed": False, "accounts": {"u1": ANN}, "missing": ["u2"]}


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


def test_a_deletion_of_an_account_that_the_service_calls_unknown_and_still_returns(app, connect):
    app.users = {"u1": {}}
    app.failing_users = {"u1": {"code": 70107, "commands": [DELETE]}}
    gone = run(ENSURE, connect(), accounts={"u1": None}, **GONE)
    assert gone["failed"] and "does not return the change of account_delete" in gone["msg"] and not gone["changed"]


@pytest.mark.parametrize(
    ("operation", "given"),
    [(ENSURE, {"accounts": PAIR}), (ENSURE, {"accounts": PAIR, **GONE}), (INFO, {"accounts": ["u1", "u2"]})],
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
        (GET, profile({"Tag": NICK, "Value": 7}), "ProfileItem contains a value that is not"),
        (GET, profile({"Tag": NICK, "Value": "\ud800x"}), "ProfileItem contains a value that is not"),
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


# -- rules --------------------------------------------------------------------------------------------------------

PROFILES = st.fixed_dictionaries({}, optional={field: st.sampled_from("ab") for field in rules.FIELDS})
KNOWN = st.dictionaries(st.sampled_from(["u1", "u2", "u3"]), st.none() | PROFILES)


@pytest.mark.parametrize(("option", "part"), ACCOUNTS)
def test_what_cannot_be_an_account_is_rejected(option, part):
    assert part in refusal(rules.parse_option, option).message


def test_what_can_be_an_account_is_accepted():
    longest = {"nick": "é" * 250, "face_url": "x" * 500}
    declared = {"x" * 32: longest, "a b~!": None, "@RBT": {}, "@TOA#x": {"nick": None, "face_url": "u"}}
    parsed = rules.parse_option(declared)
    assert parsed == {"x" * 32: longest, "a b~!": {}, "@RBT": {}, "@TOA#x": {"face_url": "u"}}


def test_a_list_of_accounts_has_the_same_rules_and_may_contain_robots():
    assert rules.parse_list(["u1", "@RBT#1", "u1"]) == ["u1", "@RBT#1"]
    for value, part in (("u1", "must be a list"), ([7], "not a number: 7"), (["x" * 33], "33 bytes"), (["é"], "ASCII")):
        assert part in refusal(rules.parse_list, value).message


@given(known=KNOWN, data=st.data())
def test_a_plan_imports_what_is_missing_and_keeps_what_is_not_declared(known, data):
    wanted = {account: data.draw(PROFILES) for account in known}
    before = {account: None if now is None else dict(now) for account, now in known.items()}
    imported = rules.imported(known, wanted)
    assert imported == {account: wanted[account] if now is None else now for account, now in before.items()}
    after = rules.with_profiles(imported, wanted)
    assert rules.with_profiles(after, wanted) == after and rules.existing(after) == after
    for account, profile in after.items():
        assert profile == {**(before[account] or {}), **wanted[account]}
    assert known == before


def test_a_missing_account_gets_no_profile():
    assert rules.with_profiles({"u1": None}, {"u1": {"nick": "Ann"}}) == {"u1": None}


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_deletion_must_be_confirmed_and_spares_the_identifier(confirmed):
    parts = ("Remove 'admin' from accounts",) if confirmed else ("contacts", "groups", "conversations", "three months")
    message = refusal(rules.require_deletable, {"u1": {}, "admin": {}}, "admin", confirmed).message
    assert all(part in message for part in parts)
    rules.require_deletable({"u1": {}}, "admin", True)
