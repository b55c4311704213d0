# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of requests about many accounts: what a response contains, and the failure that names accounts."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.codes import Code
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.redaction import Redactor
from ansible_collections.tencentcloud.chat.plugins.module_utils._many import outcome
from ansible_collections.tencentcloud.chat.plugins.module_utils._many.outcome import Outcome, Refused

CODES = {1: Code("first meaning", "Do this"), 2: Code("second meaning", "Do that"), 3: Code("third meaning", "Do this")}
ASKED = ["u1", "u2", "u3"]
mask = Redactor(["the-secret"]).text


def where(command) -> str:
    return f"{command} for app 7 at here"


def entry(account, **fields) -> dict:
    return {"To_Account": account, **fields}


def test_an_outcome_is_a_value():
    found = Outcome({"u1": 1})
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.failure = None
    assert found == Outcome({"u1": 1}) and Outcome() == Outcome({}, {}, frozenset(), frozenset(), frozenset())


def test_accounts_are_named_by_error_code_with_each_hint_once():
    refused = {
        "b": Refused(1, "why", "add"),
        "a": Refused(2),
        "c": Refused(1, "another"),
        "d": Refused(),
        "e": Refused(3),
    }
    failure = outcome.failure_of(refused, CODES, where)
    assert failure.what == (
        "error 1, first meaning (the service says \"why\"), for: 'b', 'c'; error 2, second meaning, for: 'a';"
        " the service returned no data for: 'd'; error 3, third meaning, for: 'e'"
    )
    assert failure.hint == "Do this. Do that. Check the spelling, and import missing accounts with chat_accounts"
    assert failure.message.startswith("add for app 7 at here: error 1, first meaning")
    assert (failure.command, failure.error_code, failure.error_info) == ("add", 1, "why")  # of the first account
    assert failure.tries is None and failure.http_status is None  # the request itself succeeded


def test_an_account_without_data_has_no_code():
    failure = outcome.failure_of({"d": Refused(command="get")}, CODES, where, Code("lost", "Find it"))
    assert failure.message == "get for app 7 at here: lost for: 'd'. Find it."
    assert (failure.command, failure.error_code, failure.error_info) == ("get", None, None)


def test_entries_are_those_of_the_accounts_that_were_asked_for_in_any_order():
    response = {"List": [entry("u3", n=1), entry("another"), entry("u1", n=2), entry("u3", n=3)]}
    found = [(account, one["n"]) for account, one in outcome.entries(response, "List", ASKED)]
    assert found == [("u3", 1), ("u1", 2), ("u3", 3)]
    named = {"List": [{"UserID": "u1"}]}
    assert list(outcome.entries(named, "List", ASKED, key="UserID")) == [("u1", {"UserID": "u1"})]


@pytest.mark.parametrize("nothing", [{}, {"List": None}, {"List": []}, {"List": ""}])
def test_a_response_without_entries(nothing):
    assert list(outcome.entries(nothing, "List", ASKED)) == []
    assert outcome.entry_by_account(nothing, "List", ASKED) == {}


@pytest.mark.parametrize("listed", [3, "x", {"u1": 1}, [3], [None], [[]], [{}], [entry(None)], [entry(1)]], ids=repr)
def test_reject_a_list_of_another_shape(listed):
    for field in ("List", "ErrorList"):
        with pytest.raises(ChatError, match=f"not a valid Chat API response: {field} ") as rejected:
            list(outcome.entries({field: listed}, field, ASKED))
        assert not rejected.value.failure.not_accepted
    with pytest.raises(ChatError, match="ErrorList"):
        outcome.refusals({"ErrorList": listed}, ASKED, mask)


def test_entries_that_contradict_each_other_are_rejected():
    same = {"List": [entry("u1", n=1), entry("u1", n=1), entry("x", n=1), entry("x", n=2)]}
    assert outcome.entry_by_account(same, "List", ASKED) == {"u1": entry("u1", n=1)}
    with pytest.raises(ChatError, match="List contains different entries for 'u1'"):
        outcome.entry_by_account({"List": [entry("u1", n=1), entry("u1", n=2)]}, "List", ASKED)


def test_the_first_error_of_an_account_counts_and_no_error_is_none():
    listed = [
        *(entry("u1", ErrorCode=code, ErrorInfo=str(code)) for code in (0, "90035", 90032, 0)),
        entry("u2", ErrorCode=0),
        entry("u3", ErrorCode="0"),
        entry("another", ErrorCode=1),
    ]
    assert outcome.refusals({"ErrorList": listed}, ASKED, mask) == {"u1": Refused(90035, "90035")}


def test_the_text_of_an_error_is_masked_before_it_is_cut():
    text = "x" * 495 + "the-secret"
    listed = [entry("u1", ErrorCode=1, ErrorInfo=text), entry("u2", ErrorCode=1, ErrorInfo=["the-secret"])]
    found = outcome.refusals({"ErrorList": listed}, ASKED, mask)
    assert found == {"u1": Refused(1, "x" * 495 + "*****..."), "u2": Refused(1, "")}


@pytest.mark.parametrize("code", [None, True, "", "x", 1.5, "-1", "１", [], "9" * 12])
def test_reject_an_error_code_of_another_type(code):
    with pytest.raises(ChatError, match="the ErrorCode of an entry in ErrorList is not a number"):
        outcome.refusals({"ErrorList": [entry("u1", ErrorCode=code)]}, ASKED, mask)
