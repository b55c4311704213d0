# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests about many accounts, without a network: their order, whatever ends first, and what became of each."""

from __future__ import annotations

import dataclasses
import random

import pytest
import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.codes import Code
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, Failure, invalid_response
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.redaction import Redactor
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.retry import Call
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import MOST
from ansible_collections.tencentcloud.chat.plugins.module_utils._many import exchange, outcome
from ansible_collections.tencentcloud.chat.plugins.module_utils._many.exchange import Batch, Step, batches
from ansible_collections.tencentcloud.chat.plugins.module_utils._many.outcome import Outcome, Refused
from hypothesis import given
from hypothesis import strategies as st
from tasks import some

CODES = dict.fromkeys([90012, 90033, 90048], Code("meaning", "hint"))  # each rejects a request
LOST = Failure("the connection broke", is_transient=True)
SEEDS = pytest.mark.parametrize("seed", range(12))


class Calls:
    """A subject: the response of a request lists what it refuses, and all others succeed."""

    def call(self, step: Step) -> Call:
        return Call(f"v4/subject/{step.command}", dict(step.parts), codes=CODES)

    def parse(self, step: Step, response: dict) -> tuple[dict, dict]:
        refused = {account: Refused(90035, "why") for account in response.get("refused", ())}
        return {account: part for account, part in step.parts.items() if account not in refused}, refused

    def is_about_accounts(self, step: Step, failure: Failure) -> bool:
        return failure.error_code in exchange.NO_ACCOUNT

    def may_be_done(self, step: Step, failure: Failure) -> bool:
        return step.command == "remove" and failure.is_doubtful


def writes(accounts: list[str], commands: tuple[str, ...] = ("remove", "add")) -> list[Batch]:
    """Return batches that take all these steps for each account."""
    return [
        Batch(batch, tuple(Step(command, dict.fromkeys(batch, command)) for command in commands))
        for batch in batches(accounts)
    ]


def done(answer, work: list[Batch], seed: int | None = None, **settings) -> tuple[Outcome, tasks.Workers]:
    workers = tasks.Workers(answer, seed)
    return exchange.exchange(tasks.client_of(workers, **settings), Calls(), work), workers


def accept(command, body) -> dict:
    return {}


def assert_in_order(workers: tasks.Workers, commands: tuple[str, ...] = ("remove", "add")) -> None:
    """Each step of an account began after all of its earlier ones had ended."""
    taken: dict[str, list[str]] = {}
    under_way: set[str] = set()
    for event, command, body in workers.log:
        if event == "begin":
            assert under_way.isdisjoint(body)
            under_way.update(body)
        else:
            under_way.difference_update(body)
            for account in body:
                taken.setdefault(account, []).append(command)
    assert not under_way
    assert all(sorted(steps, key=commands.index) == steps for steps in taken.values())


def requests(workers: tasks.Workers, event: str = "begin") -> list[tuple[str, int]]:
    return [(command, len(body)) for kind, command, body in workers.log if kind == event]


def test_batches_are_of_at_most_a_hundred():
    assert [len(batch) for batch in batches(some(201))] == [100, 100, 1]
    assert [account for batch in batches(some(201)) for account in batch] == some(201)
    assert list(batches([])) == []


ACCOUNTS = st.lists(st.sampled_from(some(20)), unique=True, min_size=2)


@given(accounts=ACCOUNTS, about=st.lists(st.sets(st.sampled_from(some(20))), min_size=1, max_size=3))
def test_two_halves_are_the_whole(accounts, about):
    steps = (Step("add", {one: number for one in accounts if one in some}) for number, some in enumerate(about))
    batch = Batch(tuple(accounts), tuple(step for step in steps if step.parts))
    if not batch.steps:
        return
    halves = list(batch.halves())
    assert sorted(account for half in halves for account in half.accounts) == sorted(accounts)
    parts = [(number, one) for half in halves for step in half.steps for one, number in step.parts.items()]
    assert sorted(parts) == sorted((number, one) for step in batch.steps for one, number in step.parts.items())
    assert all(step.parts for half in halves for step in half.steps)
    sizes = [len(half.only(batch.steps[0].parts).accounts) for half in halves]
    assert abs(sizes[0] - sizes[1]) <= 1


@SEEDS
@pytest.mark.parametrize("count", [1, 100, 101, 250, 1234])
def test_each_account_takes_its_steps_one_after_another_and_several_requests_are_under_way(seed, count):
    found, workers = done(accept, writes(some(count)), seed)
    everyone = frozenset(some(count))
    assert found == Outcome(dict.fromkeys(some(count), "add"), {}, everyone, everyone)
    number = -(-count // 100)
    assert workers.most_under_way == min(MOST, number) and len(requests(workers)) == 2 * number
    assert_in_order(workers)


def test_a_batch_goes_on_before_another_begins():
    """So that users are complete one after another, and few are half done when the task is ended."""
    workers = tasks.Workers(accept, most=1)
    exchange.exchange(tasks.client_of(workers), Calls(), writes(some(300)))
    accounts = [min(body) for event, _command, body in workers.log if event == "begin"]
    # The second batch is the next job before the first one has a second step.
    assert accounts == ["u00000", "u00100", "u00000", "u00100", "u00200", "u00200"]


def test_nothing_to_do_needs_no_request():
    empty = [Batch(("u1",), ()), *writes([])]
    found, workers = done(accept, empty)
    assert found == Outcome() and workers.log == []


def test_steps_that_are_about_some_of_the_accounts():
    steps = (Step("remove", {"u1": 1}), Step("add", {"u2": 2}), Step("add", {"u1": 3, "u3": 4}))
    found, workers = done(accept, [Batch(("u1", "u2", "u3"), steps)])
    assert found.done == found.accepted == {"u1", "u2", "u3"}
    assert [body for event, _command, body in workers.log if event == "begin"] == [step.parts for step in steps]


@SEEDS
def test_an_account_that_is_refused_takes_no_further_step(seed):
    bad = set(random.Random(seed).sample(some(1500), 9))

    def answer(command, body):
        return {"refused": sorted(bad.intersection(body))} if command == "remove" else {}

    found, workers = done(answer, writes(some(1500)), seed)
    assert set(found.refused) == bad and found.failure is None
    assert found.done == found.accepted == set(some(1500)) - bad
    added = {account for event, command, body in workers.log if command == "add" for account in body}
    assert added == set(some(1500)) - bad
    assert_in_order(workers)


@SEEDS
@pytest.mark.parametrize("code", [70107, 90012, 90048])
@pytest.mark.parametrize("step", ["remove", "add"])
def test_all_accounts_that_do_not_exist_are_found_and_all_others_are_done(seed, code, step):
    unknown = set(random.Random(seed).sample(some(1500), seed))

    def answer(command, body):
        return tasks.rejection(code, "unknown") if command == step and unknown.intersection(body) else {}

    found, workers = done(answer, writes(some(1500)), seed)
    assert found.refused == dict.fromkeys(unknown, Refused(code, "unknown", step)) and found.failure is None
    assert list(found.refused) == sorted(unknown)
    assert found.done == set(some(1500)) - unknown and found.uncertain == set()
    assert found.accepted == set(some(1500)) - (unknown if step == "remove" else set())
    assert workers.most_under_way == MOST
    assert len(requests(workers)) <= 30 + 16 * 2 * len(unknown)
    assert_in_order(workers)


def test_another_code_is_not_searched_for():
    found, workers = done(lambda command, body: tasks.rejection(90033), writes(some(50)))
    assert found.failure.error_code == 90033 and found.refused == {} and len(requests(workers)) == 1


@SEEDS
def test_the_search_for_accounts_is_bounded(seed):
    found, workers = done(lambda command, body: tasks.rejection(70107), writes(some(5000)), seed)
    assert found.failure.error_code == 70107
    assert 100 <= len(found.refused) < 100 + MOST and not found.done and not found.accepted
    assert len(requests(workers)) < 100 * 3 + 50


def test_the_parts_of_a_removal_that_may_have_been_applied_may_fail_because_of_that():
    """The first attempt was applied and its response lost; then one account was removed from the app."""
    sent: list[dict] = []

    def answer(command, body):
        sent.append(body)
        if command == "add":
            return {}
        if len(sent) == 1:
            return LOST
        return tasks.rejection(70107 if "u1" in body else 70402)

    found, _workers = done(answer, writes(["u1", "u2"]))
    assert set(found.refused) == {"u1"} and found.failure is None
    assert found.done == found.accepted == {"u2"} and found.uncertain == {"u1", "u2"}
    assert found.doubt.error_code == 70402


def rejects(command: str, account: str, failure):
    """Return the answer of a service that rejects the request of *command* about *account*."""
    return lambda sent, body: failure if sent == command and account in body else {}


@SEEDS
@pytest.mark.parametrize("step", ["remove", "add"])
@pytest.mark.parametrize("failure", [tasks.rejection(70402), invalid_response("why").failure, LOST], ids=str)
def test_nothing_begins_after_a_request_that_is_rejected_and_what_is_under_way_is_awaited(seed, step, failure):
    found, workers = done(rejects(step, "u00850", failure), writes(some(2000)), seed, retries=0)
    (end,) = [at for at, one in enumerate(workers.log) if one[:2] == ("end", step) and "u00850" in one[2]]
    assert "begin" not in [event for event, _command, _body in workers.log[end:]]
    assert sorted(requests(workers)) == sorted(requests(workers, "end"))
    assert_in_order(workers)
    rejected, is_doubtful = set(some(100, 800)), isinstance(failure, Failure)
    assert found.failure.command == step and found.doubt is None and found.refused == {}
    assert found.uncertain == (rejected if is_doubtful else set())
    ended = {(command, account) for event, command, body in workers.log if event == "end" for account in body}
    accepted = ended - {(step, account) for account in rejected}
    assert found.accepted == {account for _command, account in accepted}
    complete = {account for command, account in accepted if command == "add"}
    assert found.done == complete | (rejected if is_doubtful and step == "add" else set())  # until reading back decides


@SEEDS
def test_the_first_failure_counts(seed):
    found, workers = done(lambda command, body: tasks.rejection(70402, min(body)), writes(some(100 * (MOST + 4))), seed)
    first = next(body for event, _command, body in workers.log if event == "end")
    assert found.failure.error_info == min(first)
    assert not found.accepted and not found.done and len(requests(workers)) == MOST


@SEEDS
def test_a_lost_request_is_sent_again_and_others_overtake_it(seed):
    lost: set[str] = set()

    def answer(command, body):
        key = f"{command} {min(body)}"
        if key in lost or min(body) not in ("u00000", "u00300"):
            return {}
        lost.add(key)
        return LOST

    found, workers = done(answer, writes(some(1000)), seed)
    assert found.done == found.accepted == set(some(1000)) and found.failure is None and found.uncertain == set()
    assert len(requests(workers)) == 20 + 4
    assert_in_order(workers)


@SEEDS
def test_a_request_that_waits_to_be_sent_again_fails_when_another_is_rejected(seed):
    def answer(command, body):
        if "u00000" in body:
            return LOST
        return tasks.rejection(70402) if "u00100" in body else {}

    found, workers = done(answer, writes(some(200)), seed, retries=3)
    assert found.failure is not None and found.accepted == set()
    # The lost request ended first, or after the rejection: in neither case was it sent again.
    assert len([1 for event, _command, body in workers.log if event == "begin" and "u00000" in body]) == 1
    assert found.uncertain == set(some(100))


@pytest.mark.parametrize("step", ["remove", "add"])
def test_a_rejection_at_the_repetition_of_a_removal_is_a_doubt_and_of_an_addition_a_failure(step):
    answers = iter([LOST, tasks.rejection(70402)])
    found, workers = done(lambda command, body: next(answers) if command == step else {}, writes(["u1"]))
    problem, other = (found.doubt, found.failure) if step == "remove" else (found.failure, found.doubt)
    assert (problem.error_code, problem.tries, other) == (70402, 2, None)
    assert found.accepted == found.uncertain == found.done == {"u1"}
    assert requests(workers) == sorted([("remove", 1), ("add", 1), (step, 1)], reverse=True)


def test_requests_under_way_are_given_up_with_the_job():
    workers = tasks.Workers(accept)
    wanted = iter([True] * 5)
    client = tasks.client_of(workers, is_wanted=lambda: next(wanted, False))
    with pytest.raises(ChatError, match="nothing more is sent"):
        exchange.exchange(client, Calls(), writes(some(1000)))
    assert workers.is_closed and len(requests(workers)) == 5


def test_a_hundred_thousand_accounts():
    found, workers = done(accept, writes(some(100_000), ("get",)), 1)
    assert len(found.values) == len(found.done) == 100_000 and found.failure is None
    assert requests(workers) == [("get", 100)] * 1000 and workers.most_under_way == MOST


# -- outcome ------------------------------------------------------------------------------------------------------

KNOWN = {1: Code("first meaning", "Do this"), 2: Code("second meaning", "Do that"), 3: Code("third meaning", "Do this")}
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
    known = {"b": Refused(1, "why", "add"), "a": Refused(2), "c": Refused(1, "another")}
    refused = {**known, "d": Refused(), "e": Refused(3)}
    failure = outcome.failure_of(refused, KNOWN, where)
    assert failure.what == (
        "error 1, first meaning (the service says \"why\"), for: 'b', 'c'; error 2, second meaning, for: 'a';"
        " the service returned no data for: 'd'; error 3, third meaning, for: 'e'"
    )
    assert failure.hint == "Do this. Do that. Check the spelling, and import missing accounts with chat_accounts"
    assert failure.message.startswith("add for app 7 at here: error 1, first meaning")
    assert (failure.command, failure.error_code, failure.error_info) == ("add", 1, "why")  # of the first account
    assert failure.tries is None and failure.http_status is None  # the request itself succeeded


def test_an_account_without_data_has_no_code():
    failure = outcome.failure_of({"d": Refused(command="get")}, KNOWN, where, Code("lost", "Find it"))
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
    listed = [entry("u1", ErrorCode=code, ErrorInfo=str(code)) for code in (0, "90035", 90032, 0)]
    listed += [entry("u2", ErrorCode=0), entry("u3", ErrorCode="0"), entry("another", ErrorCode=1)]
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
