# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many calls of one task: several under way at once, from the point of view of one thread."""

from __future__ import annotations

import names
import pytest
import virtual
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import schedule
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import ChatError, Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.schedule import Jobs
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import MOST
from virtual import each

REFUSED = virtual.reply(70402)


def jobs_sent(service: virtual.Service) -> list:
    return [sent.body["job"] for sent in service.sent]


def code(outcome: Failure | int) -> int | None:
    return outcome.error_code if isinstance(outcome, Failure) else outcome


def test_all_jobs_are_done_once_and_several_at_a_time():
    service = virtual.Service(seconds=0.1)
    found = list(each(service.client(), range(50)))
    assert found == [(job, 0) for job in range(50)] and jobs_sent(service) == list(range(50))
    assert service.most_under_way == MOST <= 16
    assert service.now - 1000.0 == pytest.approx(0.1 * -(-50 // MOST))
    assert service.pauses == [] and not service.is_closed


def test_outcomes_come_in_the_order_in_which_they_end():
    seconds = (3.0, 1.0, 2.0)
    service = virtual.Service(seconds=lambda sent: seconds[sent.body["job"]])
    times = [(job, service.now) for job, _outcome in each(service.client(), range(3))]
    assert times == [(1, 1001.0), (2, 1002.0), (0, 1003.0)]


def test_a_failure_is_the_outcome_of_its_job_alone():
    def parse(job, response):
        if job == 1:
            raise ChatError(Failure("AttrNames is not a map", http_status=200))
        return job

    service = virtual.Service(lambda sent, number: REFUSED if sent.body["job"] == 2 else virtual.reply())
    outcomes = dict(each(service.client(), range(4), parse=parse))
    assert (outcomes[0], outcomes[3], len(service.sent)) == (0, 3, 4)
    for job, what, not_accepted in ((1, "AttrNames is not a map", False), (2, "error 70402, invalid parameter", True)):
        failed = outcomes[job]
        assert (failed.what, failed.command, failed.tries, failed.not_accepted) == (what, "get", 1, not_accepted)
        assert failed.where == "get for app 1400000001 at singapore"


@pytest.mark.parametrize(("seconds", "turns"), [(0.01, [20]), (0.2, range(4, 8))])
def test_others_go_on_while_a_job_waits_and_its_next_attempt_comes_before_new_jobs(seconds, turns):
    service = virtual.Service(virtual.in_turn(virtual.BROKEN), seconds=seconds, most=1)
    list(each(service.client(), range(20)))
    assert jobs_sent(service).index(0, 1) in turns and sorted(jobs_sent(service)) == [0, *range(20)]


def test_of_several_that_wait_the_first_that_is_due_is_next():
    """The first attempts of 0, 1 and 2 fail at different times, and so do the second ones begin."""
    seconds = (0.9, 0.1, 0.5)
    late = virtual.NOT_SENT._replace(retry_after=5.0)
    service = virtual.Service(virtual.in_turn(late, late, late), seconds=lambda sent: seconds[sent.body["job"]])
    list(each(service.client(), range(3)))
    assert jobs_sent(service) == [0, 1, 2, 1, 2, 0]
    assert [sent.at for sent in service.sent[3:]] == pytest.approx([1005.1, 1005.5, 1005.9])


def test_nothing_new_begins_after_stop_and_what_is_under_way_is_awaited():
    service = virtual.Service(lambda sent, number: REFUSED if sent.body["job"] == 1 else virtual.reply(), most=3)
    jobs, found = Jobs(range(30)), []
    for job, outcome in each(service.client(), jobs):
        found.append((job, code(outcome)))
        if isinstance(outcome, Failure):
            jobs.stop()
    assert found == [(0, 0), (1, 70402), (2, 0), (3, 0)]
    assert jobs_sent(service) == [0, 1, 2, 3] and not service.is_closed
    assert jobs.stopped and not jobs


def test_what_waits_for_its_next_attempt_ends_with_its_last_failure_after_stop():
    def answer(sent: virtual.Sent, number: int):
        return {0: virtual.BROKEN, 1: virtual.reply(60008), 2: REFUSED}.get(sent.body["job"], virtual.reply())

    service = virtual.Service(answer, seconds=lambda sent: 0.01 * (sent.body["job"] + 1), most=4)
    jobs, outcomes = Jobs(range(30)), {}
    for job, outcome in each(service.client(), jobs):
        outcomes[job] = outcome
        if code(outcome) == 70402:
            jobs.stop()
    assert service.pauses == [], "the task does not wait for what it does not send"
    assert jobs_sent(service).count(0) == jobs_sent(service).count(1) == 1
    assert set(outcomes) == set(jobs_sent(service)) < set(range(30))
    assert outcomes[0].what == virtual.BROKEN.what and outcomes[0].tries == 1 and not outcomes[0].not_accepted
    assert (outcomes[1].error_code, outcomes[1].command) == (60008, "get")


def test_what_was_never_sent_has_no_outcome_after_stop():
    """More jobs than the pace allows: the next one waits for its time when the task stops."""
    service = virtual.Service(seconds=0.01)
    jobs, found = Jobs(range(10)), []
    for job, _outcome in each(service.client(), jobs, per_second=2):
        found.append(job)
        jobs.stop()
    assert found == jobs_sent(service) == [0, 1]


def test_jobs_can_be_added_while_it_runs():
    """As a batch of accounts is halved, or goes on with its next step before other batches begin."""
    service = virtual.Service(most=2)
    jobs, found = Jobs("abcdef"), []
    for job, _outcome in each(service.client(), jobs):
        found.append(job)
        if job == "a":
            jobs.extendleft(["a2", "a1"])
    assert sorted(found) == ["a", "a1", "a2", *"bcdef"]
    assert found.index("a") < found.index("a1") < found.index("a2") < found.index("d")


def test_each_job_adds_to_the_time_of_the_task_also_if_it_is_added_while_it_runs():
    made = virtual.Service(seconds=0.0).client(timeout=8, retries=1)
    list(each(made, Jobs([1])))
    one = made.time_left()
    assert one == 2 * (16 + 5)
    list(each(made, range(25)))
    assert made.time_left() == pytest.approx(2 * one + 24 * 8 / MOST)
    jobs, found = Jobs([3]), []
    for job, _outcome in each(made, jobs):
        found.append(job)
        jobs.extend([job - 1] if job else [])
    assert found == [3, 2, 1, 0], "a job can be added after the last one"
    assert made.time_left() == pytest.approx(3 * one + 27 * 8 / MOST)


@pytest.mark.parametrize("most", [1, MOST])
def test_what_waits_when_the_time_is_up_fails_with_its_last_failure_and_what_never_began_is_late(most):
    service = virtual.Service(lambda sent, number: virtual.BROKEN, seconds=lambda sent: sent.limit, most=most)
    outcomes = dict(each(service.client(timeout=10, retries=20), range(100)))
    assert service.now - 1000.0 <= 21 * 25 + 99 * 10 / MOST + 20 + 1
    sent = set(jobs_sent(service))
    expected = {job: virtual.BROKEN.what if job in sent else schedule.LATE.what for job in range(100)}
    assert {job: failure.what for job, failure in outcomes.items()} == expected and len(sent) < 100


@pytest.mark.parametrize("number", [1, 30])
def test_if_nobody_takes_further_outcomes_what_is_under_way_is_withdrawn(number):
    """If nothing is under way, the connection that is left serves the next task of the process."""
    service = virtual.Service()
    outcomes = each(service.client(), range(number))
    next(outcomes)
    outcomes.close()
    assert service.is_closed is (number == 30) and len(service.sent) == min(number, MOST)


@pytest.mark.parametrize(
    ("answer", "parse"),
    [
        *((virtual.in_turn(virtual.reply(), error), None) for error in (MemoryError(), KeyboardInterrupt())),
        (virtual.in_turn(), lambda job, response: 1 // (1 - job)),
    ],
)
def test_an_error_withdraws_what_is_under_way(answer, parse):
    service = virtual.Service(answer)
    with pytest.raises((MemoryError, KeyboardInterrupt, ZeroDivisionError)):
        list(each(service.client(), range(30), parse=parse))
    assert service.is_closed and len(service.sent) < 30


def test_what_was_withdrawn_does_not_come_back_in_the_next_calls(simulator, app, connect):
    """The responses of withdrawn requests may arrive after the next ones have begun."""
    simulator.fail(app.sdkappid, "slow", times=30, seconds=0.2)
    simulator.faults[app.sdkappid].queue.insert(0, {"kind": "code", "code": 70402, "info": ""})
    outcomes = each(connect(), range(30), names.CALL)
    next(outcomes)
    outcomes.close()
    simulator.faults[app.sdkappid].queue.clear()
    for _turn in range(10):
        found = list(each(connect(), range(5), names.CALL))
        assert sorted(found) == [(job, 0) for job in range(5)]


def test_what_was_given_up_does_not_come_back_as_another_outcome(simulator, app, connect):
    simulator.fail(app.sdkappid, "trickle", times=3, interval=0.2)
    outcomes = dict(each(connect(timeout=0.4, retries=5), range(10), names.CALL))
    assert outcomes == dict.fromkeys(range(10), 0)
