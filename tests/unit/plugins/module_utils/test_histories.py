# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole histories of an app: tasks of all subjects one after another, with faults and other writers in between.

Whatever a task meets, its result must be true to what the app contains. A further task without faults does the rest.
"""

from __future__ import annotations

import contextlib
import copy
import random
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple
from unittest import mock

import tasks
from ansible_collections.tencentcloud.chat.plugins.module_utils._accounts import accounts
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.client import Account, Client
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.worker import Workers
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_names, recall, user_attrs, user_tags
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH
from hypothesis import Phase, event
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from memory import WRITES, Memory, Met
from simulator import core
from simulator.faults import KINDS, Faults, fault

WORDS = ["city", "sex", "城市", "first name", "{{ x }}", "x" * 50, "null"]
VALUES = ["a", "b", "城市", "{{ x }}", "x" * 50]
TAGS = [f"t{number:02}" for number in range(14)]  # more than a request can remove
ACCOUNTS = [f"u{number}" for number in range(5)]
CROWD = [f"c{number:03}" for number in range(130)]  # more than a request can contain
KEYS = ("attrs", "tags", "nick", "face_url")
NOTE = {"title": "Alert", "desc": "The database is down"}

# What the histories must reach, so that the assertions about it run.
REACHED = {f"{what}: {how}" for what in ("names", "attrs", "tags", "accounts") for how in ("changed", "unchanged")}
REACHED |= {f"{what}: failed, not written" for what in ("names", "attrs", "tags", "accounts")}
REACHED |= {"push: yes, 1 sent", "recall: True, before: False", "recall: False, before: True", "interrupted"}

apis = st.sampled_from(["all_member_push", "timpush"])
# Numbers of faults; a negative one is none. A write often meets the same fault in each attempt.
some = st.lists(st.integers(-8, 17), max_size=6)
same = st.integers(0, 17).map(lambda number: [number] * 6)
meets = st.one_of(st.just(([], [])), st.tuples(some, some), st.tuples(some, same), st.tuples(st.just([]), same))
chances = st.integers(0, 2**32).map(random.Random)


class State(NamedTuple):
    """What an app contains."""

    names: dict[str, str]
    users: dict[str, dict[str, Any]]

    def without(self, names, listed) -> State:
        """Return what a task that lists these *names* or accounts must not touch."""
        both = zip(self, (names, listed))
        return State(*({key: one for key, one in part.items() if key not in touched} for part, touched in both))

    def with_users(self, key: str, values: dict[str, Any]) -> State:
        """Return what it is after users got these values; an empty one is not there."""
        users = {account: {**self.users[account], key: value} for account, value in values.items()}
        kept = {account: {name: one for name, one in user.items() if one} for account, user in users.items()}
        return self._replace(users={**self.users, **kept})


class Other(NamedTuple):
    """Another writer: before which request of the task it writes, and what it writes."""

    number: int
    names: dict[str, str]
    users: dict[str, dict[str, Any]]


class Histories(RuleBasedStateMachine):
    Service: Any = Memory
    seen: ClassVar[Counter[str]] = Counter()  # what became of tasks

    @initialize(chance=chances)
    def an_app(self, chance):
        names = {"0": chance.choice(WORDS[:3]), **dict(zip(chance.sample("123456", 2), chance.sample(WORDS[3:], 2)))}
        self.service = self.Service(
            names=names,
            delay=chance.choice([0.0, 0.0, 1.5]),
            users={account: self.some_user(chance, names) for account in [*ACCOUNTS[:3], *CROWD]},
            mode=chance.choice(["merge", "replace"]),
            no_names=chance.choice(["missing", "null", "empty", "text", "blank"]),
            unknown_accounts=chance.choice(["error", "skip", "list"]),
            remove_missing=chance.choice(["ok", "error"]),
            tag_order=chance.choice(["kept", "sorted", "reversed"]),
            no_tags=chance.choice(["empty", "null", "missing"]),
            unset_profile=chance.choice(["missing", "blank", "null"]),
            unknown_profiles=chance.choice(["item", "whole"]),
            import_profiles=chance.choice(["keep", "drop"]),
            recall_old=chance.choice([True, False]),
            random_repeats="again",
            codes={"remove_undeclared": 0},
        )
        self.app = self.service.app
        self.running = self.service.running()
        self.running.__enter__()

    def note(self, what: str) -> None:
        event(what)
        self.seen[what] += 1

    def teardown(self):
        if hasattr(self, "running"):
            self.running.__exit__(None, None, None)

    @staticmethod
    def some_user(chance, names) -> dict[str, Any]:
        return {"tags": chance.sample(TAGS, 2), "attrs": {chance.choice(list(names.values())): "a"}}

    def some_accounts(self, chance) -> list[str]:
        """Return accounts of the app, and sometimes one that it does not have."""
        some = sorted({account for account in ACCOUNTS if account in self.app.users or chance.random() < 0.1})
        return CROWD if not some or chance.random() < 0.2 else chance.sample(some, chance.randint(1, len(some)))

    def some_other(self, chance, listed) -> Other | None:
        """Return another writer, who writes what the task does not list."""
        if chance.random() < 0.7:
            return None
        users = {account: self.some_user(chance, self.app.names) for account in self.app.users if account not in listed}
        # A task sets all names that it has read, so another writer's change of a name can be lost; a new name is not,
        # unless the service replaces names.
        names = {"9": "other"} if self.app.mode == "merge" and "9" not in self.app.names else {}
        return Other(chance.randint(0, 4), names, users)

    def state(self) -> State:
        """Return what the app contains. The tags of a user have no order, and what is empty is not there."""
        users = {
            account: {key: sorted(user[key]) if key == "tags" else user[key] for key in KEYS if user.get(key)}
            for account, user in self.app.users.items()
        }
        return copy.deepcopy(State(self.app.names, users))

    def run(self, operation, faults=(), between=None, check_mode=False, **given) -> dict[str, Any]:
        kinds = dict(enumerate(self.service.KINDS))
        met = Met(*(tuple(kinds.get(number, "none") for number in numbers) for numbers in faults))
        result = tasks.run(operation, self.service.task(met, between), check_mode, **given)
        assert "Report this as a bug" not in result.get("msg", ""), result
        return result

    def met(self, *but: str, reads: bool = False) -> bool:
        """Return whether a request of the last task met a fault that is none of these; or only one that *reads*."""
        asked = [one for one in self.service.log if not (reads and one[0].startswith(WRITES))]
        return any(fault not in ("none", *but) for _command, fault in asked)

    def change(self, what: str, operation, faults, plan: Callable[[State], State], other, listed, **given) -> None:
        """Run a task, and check what it says and what it leaves.

        plan -- what should become of the state
        listed -- the names and the accounts that the task lists
        """
        before, writes = self.state(), self.app.writes
        predicted = self.run(operation, check_mode=True, **given)
        assert self.state() == before and self.app.writes == writes, "check mode wrote"
        between = {other.number: lambda: self.interfere(other)} if other else {}
        refuses = what in ("attrs", "tags") and other is None and len(faults[0]) % 3 == 1
        refused = set(sorted(listed[1])[:1]) if refuses else set()  # by the service
        self.app.failing_users = dict.fromkeys(refused, 90035)
        result = self.run(operation, faults, between, **given)
        self.app.failing_users = {}
        if predicted.get("failed"):  # the options do not suit the app
            self.note(f"{what}: impossible")
            assert result.get("failed") and not result["changed"] and self.app.writes == writes
            return
        if other and other.number >= len(self.service.log):
            self.interfere(other)
        before = self.mixed(before, other)
        after, found = plan(before), self.state()
        assert found.without(*listed) == before.without(*listed), "what is not listed has changed"
        assert other or predicted["changed"] is (before != after)
        # After a write whose outcome is unknown, the change of another job cannot be told from that of the task.
        assert other or not result["changed"] or self.app.writes > writes
        if not result.get("failed"):
            self.note(f"{what}: {'changed' if before != after else 'unchanged'}")
            assert found == after
            assert result["changed"] is (before != after)
            assert other or {**result, "retried": None} == {**predicted, "retried": None}
        else:
            self.note(f"{what}: failed, {'not ' * (found == before)}written")
            assert other or self.met() or refused, result
            if refused and not self.met():
                kept = {one: before.users[one] for one in refused}
                assert found == after._replace(users={**after.users, **kept}) and set(result["failed_users"]) == refused
                assert result["changed"] is (found != before)
            # The last task may have read what was there before its own write.
            is_misread = bool(self.app.delay) or any(fault == "stale" for _command, fault in self.service.log)
            if not (is_misread or other or refused or self.met(reads=True)):
                assert found != after, result  # what the service contains decides
            if not (is_misread or other):
                assert result["changed"] or found == before or not {"users", "attr_names", "accounts"} & set(result)
                have = {account: found.users[account].get(what) for account in result.get("users", ())}
                assert have == {account: value or None for account, value in result.get("users", {}).items()}
        rest = self.run(operation, **given)
        assert not rest.get("failed") and self.state() == after and rest["changed"] is (found != after)
        writes = self.app.writes
        again = self.run(operation, **given)
        assert not again.get("failed") and not again["changed"] and self.app.writes == writes

    def interfere(self, other: Other) -> None:
        self.app.names = {**self.app.names, **other.names}
        self.app.users = {**self.app.users, **other.users}

    @staticmethod
    def mixed(state: State, other: Other | None) -> State:
        names, users = (other.names, other.users) if other else ({}, {})
        users = {account: {**user, "tags": sorted(user["tags"])} for account, user in users.items()}
        return State({**state.names, **names}, {**state.users, **users})

    @rule(api=apis, faults=meets, chance=chances)
    def names(self, api, faults, chance):
        size = chance.randint(1, 3)
        unused = [word for word in (*WORDS, *"vwxyz") if word not in self.app.names.values()]
        there = chance.sample(sorted(self.app.names.items()), size)
        words = chance.choice([unused, unused, WORDS])  # some of WORDS may be names of other attributes
        new = zip(chance.sample("01234567", size), chance.sample(words, size))
        wanted = dict(there if chance.random() < 0.2 else new)
        other = self.some_other(chance, ())

        def plan(before: State) -> State:
            return before._replace(names={**before.names, **wanted})

        self.change("names", attr_names.ENSURE, faults, plan, other, (wanted, ()), attr_names=wanted, api=api)

    @rule(api=apis, faults=meets, chance=chances, exclusive=st.booleans())
    def attrs(self, api, faults, chance, exclusive):
        names = sorted(self.app.names.values())
        wanted = {
            account: {name: chance.choice([*VALUES, None]) for name in chance.sample(names, chance.randint(0, 2))}
            for account in self.some_accounts(chance)
        }
        other = self.some_other(chance, wanted)

        def attrs_of(user: dict[str, Any], given: dict[str, str | None]) -> dict[str, str]:
            merged = {**({} if exclusive else user.get("attrs", {})), **given}
            return {name: value for name, value in merged.items() if value is not None}

        def plan(before: State) -> State:
            values = {account: attrs_of(before.users[account], given) for account, given in wanted.items()}
            return before.with_users("attrs", values)

        options = {"users": wanted, "api": api, "exclusive": exclusive}
        self.change("attrs", user_attrs.ENSURE, faults, plan, other, ((), wanted), **options)

    @rule(api=apis, faults=meets, chance=chances, kind=st.sampled_from(["present", "absent", "exclusive"]))
    def tags(self, api, faults, chance, kind):
        wanted = {one: chance.sample(TAGS, chance.choice([0, 1, 3, 12])) for one in self.some_accounts(chance)}
        options = {"exclusive": True} if kind == "exclusive" else {"state": kind}
        become = {"present": set.union, "absent": set.difference, "exclusive": lambda _tags, given: set(given)}[kind]
        other = self.some_other(chance, wanted)

        def plan(before: State) -> State:
            have = {account: set(before.users[account].get("tags", ())) for account in wanted}
            return before.with_users("tags", {one: sorted(become(have[one], given)) for one, given in wanted.items()})

        self.change("tags", user_tags.ENSURE, faults, plan, other, ((), wanted), users=wanted, api=api, **options)

    @rule(faults=meets, chance=chances, absent=st.booleans())
    def accounts(self, faults, chance, absent):
        listed = ACCOUNTS[:]
        chance.shuffle(listed)
        wanted = {
            account: {part: chance.choice(VALUES) for part in ("nick", "face_url") if chance.random() < 0.4}
            for account in listed[: chance.randint(1, 4)]
        }
        options = {"state": "absent", "confirm_deletion": True} if absent else {}
        given = dict.fromkeys(wanted) if absent else wanted
        other = self.some_other(chance, wanted)

        def plan(before: State) -> State:
            users = {account: {**before.users.get(account, {}), **profile} for account, profile in wanted.items()}
            return before.without((), wanted) if absent else before._replace(users={**before.users, **users})

        self.change("accounts", accounts.ENSURE, faults, plan, other, ((), wanted), accounts=given, **options)

    @rule(api=apis, faults=meets, chance=chances)
    def push(self, api, faults, chance):
        before, pushes = self.state(), list(self.app.pushes)
        given = self.some_push(chance, api)
        predicted = self.run(PUSH, check_mode=True, msg_random=7, **given)
        assert self.app.pushes == pushes and {"push", "batch"}.isdisjoint(dict(self.service.log))
        result = self.run(PUSH, faults, msg_random=7, **given)
        sent = self.app.pushes[len(pushes) :]
        assert self.state() == before and len(sent) <= 1, "a push was sent twice"
        if predicted.get("failed"):
            assert result["failed"] and result["sent"] == "no" and not sent
            return
        outcome = result.get("sent", "yes")
        self.note(f"push: {outcome}, {len(sent)} sent")
        assert result["changed"] is (outcome in ("yes", "partly")) and ("sent" in result) is bool(result.get("failed"))
        reached = sorted(sent[0]["recipients"]) if sent else []
        if outcome in ("yes", "partly"):
            assert result["task_id"] == sent[0]["task_id"] and sent[0]["random"] == result["msg_random"]
            assert reached == sorted(set(given.get("users", reached)) - set(result.get("failed_users", ())))
        elif outcome == "no":
            assert not reached
        else:
            assert self.met(*self.service.CLEAR), result

    def some_push(self, chance, api) -> dict[str, Any]:
        if api == "timpush" and chance.random() < 0.4:
            return {"api": api, "users": chance.sample([*ACCOUNTS, "nobody"], 3), "offline_push": NOTE}
        name = chance.choice(sorted(self.app.names.values()))
        tags, attrs = {"tags_or": chance.sample(TAGS, 2)}, {"attrs_or": {name: chance.choice(VALUES)}}
        return {"api": api, "text": "hi", **chance.choice([{"all_users": True}, tags, attrs])}

    @rule(number=st.integers(0, 5), chance=chances)
    def an_interrupted_task(self, number, chance):
        """Press Ctrl-C while a task sends requests."""
        wanted = {one: chance.sample(TAGS, 1) for one in self.some_accounts(chance) if one in self.app.users}
        before = self.state().without((), wanted)

        def press() -> None:
            self.note("interrupted")
            raise KeyboardInterrupt

        with contextlib.suppress(KeyboardInterrupt):
            self.run(user_tags.ENSURE, between={number: press}, users=wanted)
        assert not wanted or not self.run(user_tags.ENSURE, users=wanted).get("failed")
        assert all(set(tags) <= set(self.app.users[account]["tags"]) for account, tags in wanted.items())
        assert self.state().without((), wanted) == before

    @precondition(lambda self: self.app.pushes)
    @rule(faults=meets, chance=chances)
    def recall(self, faults, chance):
        for met in (faults, ()):
            pushes = copy.deepcopy(self.app.pushes)
            chosen = chance.randrange(len(pushes))
            result = self.run(recall.RECALL, met, task_id=pushes[chosen]["task_id"], offline_push=NOTE)
            others = [push for number, push in enumerate(self.app.pushes) if number != chosen]
            assert others == [push for number, push in enumerate(pushes) if number != chosen]
            was, is_now = ("recalled" in push for push in (pushes[chosen], self.app.pushes[chosen]))
            self.note(f"recall: {'failed' if result.get('failed') else result['changed']}, before: {was}")
            assert is_now or result.get("failed")
            assert not result["changed"] or not was or self.met()
            assert result.get("failed") or result["changed"] is (not was) or (was and self.met())


class ByKind(Faults):
    """The faults of the simulator for a task."""

    def __init__(self, met: Met) -> None:
        super().__init__()
        self._met = met
        self._before = [0, 0]  # requests that read, and that write

    def take(self, command: str) -> dict | None:
        command = command.removeprefix("im_")
        is_write = command.startswith(WRITES)
        kind = self._met.of(command, self._before[is_write])
        self._before[is_write] += 1
        return fault(kind) if kind != "none" else None


class Sockets:
    """An app of the simulator behind real connections, with the faults that these can have. Only pauses are virtual."""

    # Nobody can tell a second response, which is late, from that to the next request.
    KINDS = tuple(kind for kind in KINDS if kind not in ("stale", "trickle", "twice"))
    CLEAR = ("none", "redirect", "slow", "hang_up", "interim", "chunked_longer")
    server: ClassVar[Any]
    number: ClassVar[int] = 1400200000

    def __init__(self, **settings) -> None:
        Sockets.number += 1
        unlimited = {"delay": 0.0, "push_interval": 0.0, "recall_interval": 0.0}
        self.app = self.server.add(self.number, **{**settings, **unlimited})
        self.workers = Workers()

    def task(self, faults, between=None) -> Client:
        self.server.log.clear()
        self.server.faults[self.number] = ByKind(faults)
        account = Account(self.number, "administrator", secret_key=self.app.secret_key)
        return tasks.client_of(self.workers, account, self.server.http_url, retries=2)

    @property
    def log(self) -> list[tuple[str, str]]:
        return [(entry["command"].removeprefix("im_"), entry["fault"]) for entry in self.server.log]

    @contextlib.contextmanager
    def running(self):
        with mock.patch.dict(core.RATES, dict.fromkeys(core.RATES, 10**6)):
            yield
        self.workers.close()


class SocketHistories(Histories):
    Service = Sockets
    seen: ClassVar[Counter[str]] = Counter()

    def some_other(self, chance, listed) -> None:
        """Return no other writer: the requests of a task are not counted here."""


def settings(few: int, steps: int) -> hypothesis_settings:
    """Return how many histories to try, and how many tasks each may have."""
    phases = [Phase.generate, *([Phase.shrink] if tasks.THOROUGH else [])]  # to shrink a history takes minutes
    return hypothesis_settings(max_examples=tasks.runs(few), stateful_step_count=steps, phases=phases)


def test_histories():
    run_state_machine_as_test(Histories, settings=settings(120, 12))
    missing = REACHED - {*Histories.seen}
    assert tasks.runs(120) < 120 or not missing, "try more histories"


def test_histories_over_sockets(simulator):
    Sockets.server = simulator
    run_state_machine_as_test(SocketHistories, settings=settings(20, 8))
