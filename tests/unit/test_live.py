# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe of ``nox -e live``, run against the simulator, whose settings it must name."""

from __future__ import annotations

import copy
import importlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.redaction import forms
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.response import Reply
from live import __main__ as command
from live import contract, facts, integration
from live.calls import WAITS, Caller
from live.contract import PUSHES, READS
from live.probe import Probe
from live.recorded import differences
from live.report import exit_status, report, table
from live.virtual import ADMIN, APP, KEY, Clock, Direct, virtual_time
from memory import Memory
from simulator.app import App
from simulator.core import INFERRED
from simulator.faults import KINDS, fault
from simulator.service import Service
from tasks import THOROUGH, run

TESTS = Path(__file__).resolve().parents[1]
USER, COLLEAGUE, ACCOUNT = "scratch-user", "colleague", "scratch-account"
NAMES = {"0": "sex", "3": "home town", "7": "国家"}
USERS = {
    USER: {"attrs": {"sex": "m", "国家": "nz"}, "tags": ["vip", "beta"]},
    ADMIN: {"attrs": {"sex": "f"}, "nick": "the-nick-of-the-admin"},
    COLLEAGUE: {"tags": ["vip"]},
}
NO_NAMES, UNKNOWN = (facts.SETTINGS[fact][1] for fact in ("no_names", "unknown_account"))
SCRATCH = {"SCRATCH_APP": str(APP), "SCRATCH_USER": USER, "SCRATCH_ACCOUNT": ACCOUNT}


class Watched(Direct):
    """Asks the service, and notes when, what, and the code. No push may select anybody but the scratch user."""

    def __init__(self, asked: Service, clock: Clock, refused: str = "") -> None:
        super().__init__(asked, clock)
        self.refused = refused  # a command that the app may not use
        self.calls: list[tuple[float, str, int]] = []
        self.saved: list[str] = []  # the playbooks that restore

    def arrive(self, now: float = 0.0) -> None:
        """Apply the requests that have arrived by *now*: nothing is late."""

    def answer(self, request):
        at, command = self.clock.now, request.url.rpartition("/")[2]
        if command in PUSHES:
            body = json.loads(request.body)
            (tag,) = body.get("Condition", {"TagsOr": ["live_probe_"]})["TagsOr"]
            assert tag.startswith("live_probe_") and ("Condition" in body or body["To_Account"] == [USER])
        refusal = Reply(200, b'{"ActionStatus": "FAIL", "ErrorCode": 60010, "ErrorInfo": "why"}')
        answer = refusal if command == self.refused else super().answer(request)
        self.calls.append((at, command, json.loads(answer.body)["ErrorCode"]))
        return answer

    def accepted(self, *commands: str) -> list[float]:
        """Return when calls of these commands were accepted."""
        return [at for at, command, code in self.calls if command in commands and not int(code)]


def served(app: App, network: type[Watched] = Watched, *settings) -> Watched:
    service = Service()
    service.add(app)
    return network(service, Clock(), *settings)


def probed(app: App, account: str = USER, throwaway: str = ACCOUNT, *network) -> tuple[Probe, Watched]:
    """Run the probe against *app* in virtual time, over a Watched network or this *network* with its settings."""
    post = served(app, *network)
    probe = Probe(Caller(post.client(), COLLEAGUE), True, account, throwaway, post.saved.append)
    with virtual_time(post.clock):
        probe.run()
        post.arrive(post.clock.now + 10)
    return probe, post


def app_with(**settings) -> App:
    state = {"names": dict(NAMES), "users": copy.deepcopy(USERS)}
    return App(APP, KEY, **{**state, **settings})


def verdict(probe: Probe, fact: str) -> str:
    return probe.findings.found[fact]["verdict"]


def state_of(app: App) -> dict:
    users = {account: (app.attrs(account), sorted(app.tags(account)), app.profile(account)) for account in app.users}
    return copy.deepcopy({"names": app.names, "timpush": app.timpush_names, "users": users})


OPEN = [
    dict(zip(("refuse_swaps", "delay", "shared", "unknown_accounts"), values))
    for values in itertools.product((False, True), (0.0, 2.0), (True, False), UNKNOWN)
]
COMBINED = ("swap", "shared_names", "unknown_account", "merge", "no_names")
FORMS = [(mode, no_names) for mode in ("merge", "replace") for no_names in NO_NAMES]


def some_of_the_open_settings(turn: int) -> list[dict]:
    """Return an eighth of OPEN, which has each pair of values of the first three, and each value of the last."""
    picked = (number for number in range(8) if number.bit_count() % 2 == turn % 2)  # of the first three
    return OPEN if THOROUGH else [OPEN[4 * number + (turn - number) % 4] for number in picked]


@pytest.mark.parametrize(("mode", "no_names"), FORMS)
def test_each_combination_of_open_settings_is_named_and_the_state_restored(mode, no_names):
    for other in some_of_the_open_settings(FORMS.index((mode, no_names))):
        settings = {"mode": mode, "no_names": no_names, **other}
        for names, account in ((NAMES, USER), ({}, "")):
            app = app_with(**settings, names=dict(names))
            before = state_of(app)
            probe, post = probed(app, account=account)
            check_verdicts(probe, settings, names)
            # The service may keep new names.
            check_restored(probe, app, before, *([] if names else ["names"]))
            assert all(push["recipients"] == [account] for push in app.pushes)
            pushes = post.accepted(*PUSHES)
            assert len(pushes) == (3 if account else 0)
            assert all(later - earlier > 1 for earlier, later in itertools.pairwise(pushes))
            times = [at for at, _command, _code in post.calls]
            assert all(later - earlier > 0.199 for earlier, later in zip(times, times[10:]))  # 50 calls a second
            check_report(probe)


def check_report(probe: Probe) -> None:
    """It describes a simulator with the same responses, and contains no secret."""
    made = report(probe)
    shown = json.dumps(made, ensure_ascii=False)
    assert made["source"] == "simulator" and differences(json.loads(shown)) == []
    known = {KEY, *probe.caller.client.redact_foreign.secrets, str(APP), *NAMES.values(), ADMIN, '"vip"', ACCOUNT}
    known |= {USERS[ADMIN]["nick"], *([USER] if probe.account else [])}
    assert [secret for secret in known if secret in shown + table(made)] == []


def check_verdicts(probe: Probe, settings: dict, names: dict) -> None:
    assert probe.stopped == ""
    assert probe.findings.with_verdict(facts.DIFFERS) == []
    is_seen = not names or not settings["shared"] or settings["no_names"] == "blank"
    for fact in COMBINED[: None if is_seen else -1]:
        setting, words = facts.SETTINGS[fact]
        assert verdict(probe, fact) == f"settled: {words[settings[setting]]}"
    if not is_seen:
        assert verdict(probe, "no_names") == facts.NOT_OBSERVABLE
    for fact in ("import_delay", "write_delay", "user_write_delay") if names else ("import_delay", "write_delay"):
        answer = verdict(probe, fact).removeprefix("settled: ")
        if settings["delay"]:
            assert 2.0 <= float(answer.split()[1]) <= 3.0
        else:
            assert answer == "at once"


def changes(before: dict, after: dict) -> dict:
    """Return what differs: key -> the value after, or None."""
    return {key: after.get(key) for key in {**before, **after} if after.get(key) != before.get(key)}


def what_is(**parts) -> dict:
    """Return the parts that are not empty."""
    return {part: some for part, some in parts.items() if some}


def check_restored(probe: Probe, app: App, before: dict, *may_differ: str) -> None:
    """What differs from before is what the probe reports, and only in these parts: names, user, account."""
    after = state_of(app)
    had, attrs = (state["users"].get(USER, ({}, [], {}))[0] for state in (before, after))
    tagged, tags = (state["users"].pop(USER, ({}, [], {}))[1] for state in (before, after))
    differ = what_is(added=sorted({*tags} - {*tagged}), removed=sorted({*tagged} - {*tags}))
    user = what_is(Attrs=changes(had, attrs), Tags=differ)
    account = {"UserID": ACCOUNT} if after["users"].pop(ACCOUNT, None) else {}
    left = what_is(names=changes(before["names"], after["names"]), user=user, account=account)
    assert (probe.left, probe.unrestored) == (left, [])
    assert set(left) <= set(may_differ) and app.deleted <= {ACCOUNT}
    assert (after["timpush"], after["users"]) == (before["timpush"], before["users"])


@pytest.fixture
def start(monkeypatch, tmp_path, capsys):
    """Runs the command with these variables. Returns its exit status, its output, and its report if it made one."""

    def main(clock: Clock, network: dict, *arguments: str, **variables: str) -> tuple[int, str, str]:
        given = {"API_URL": "http://127.0.0.1:9", "SDKAPPID": str(APP), "SECRET_KEY": KEY, **variables}
        for name, value in given.items():
            monkeypatch.setenv(f"TENCENT_CHAT_{name}", value)
        file = tmp_path / "report.json"
        with virtual_time(clock):
            status = command.main(["--report", str(file), *arguments], **network)
        return status, "".join(capsys.readouterr()), file.read_text() if file.exists() else ""

    return main


@pytest.mark.parametrize("scratch", ["", "1400000002", "01400000001"])
def test_an_app_that_is_not_named_as_scratch_is_only_read(scratch, start):
    for settings in OPEN[::5]:
        app = app_with(**settings)
        before, post = state_of(app), served(app)
        status, output, made = start(post.clock, post.network, **{**SCRATCH, "SCRATCH_APP": scratch})
        assert (status, json.loads(made)["wrote"], output.startswith("Reading only: ")) == (0, False, True)
        assert (app.writes, app.pushes, state_of(app)) == (0, [], before)
        assert all(called.startswith(READS) for _at, called, _code in post.calls)


NAMED = [
    *((fact, {setting: value}, words) for fact, (setting, of) in facts.SETTINGS.items() for value, words in of.items()),
    ("clear_name", {"codes": {"name_empty": 0}}, "removed"),
    ("clear_name", {"codes": {"name_empty": 70402}}, "rejected"),
    ("account_twice", {"codes": {"account_repeated": 0}}, "accepted"),
    ("account_twice", {"codes": {"account_repeated": 70402}}, "rejected"),
    ("statistics_total", {"total_task_id": ""}, "''"),
    ("statistics_total", {"total_task_id": "missing"}, "missing"),
    ("statistics_codes", {"codes": {"report_tasks": 91234, "attribute_number": 91235}}, "rejected"),
    ("unknown_profile", {"fail_fields": "null"}, "an entry"),
    ("unknown_profile", {"fail_fields": "empty"}, "an entry"),
]


@pytest.mark.parametrize(("fact", "settings", "answer"), [one for one in NAMED if one[0] not in COMBINED])
def test_each_other_open_setting_is_named(fact, settings, answer):
    users = {"users": {USER: {}, ADMIN: {}}} if fact == "no_tags" else {}
    app = app_with(**settings, **users)
    before = state_of(app)
    probe, _report = probed(app)
    assert verdict(probe, fact) == f"settled: {answer}"
    assert state_of(app) == before
    assert differences(report(probe)) == []


@pytest.mark.parametrize(
    ("settings", "fact"),
    [
        ({"code_as_text": True}, "error_code_number"),
        ({"delay": 6.0}, "write_delay user_write_delay import_delay"),
        ({"ignore_writes": True}, "write_delay import_delay"),
        ({"codes": {"name_too_long": 0}}, "name_51_bytes"),
        ({"codes": {"attribute_number": 0}}, "eleventh_number"),
        ({"codes": {"value_too_long": 0}}, "value_51_bytes"),
        ({"codes": {"value_empty": 0}}, "attrs_checked"),
        ({"codes": {"value_empty": 90001}}, "attrs_checked"),
        ({"codes": {"tag_too_long": 90001}}, "tag_51_bytes"),
        ({"codes": {"import_value_too_long": 0}}, "imports_checked"),
        ({"codes": {"body_element": 0}}, "pushes_checked"),
        ({"codes": {"report_too_many": 0}}, "statistics_codes"),
        ({"admin_error": 70001}, "not_admin"),
        # As if no check existed: what was stored is set back, and pushes reach nobody.
        ({"codes": dict.fromkeys(INFERRED, 0), "unknown_fields": "tolerated"}, "names_checked"),
    ],
)
def test_a_response_that_the_code_does_not_expect_is_reported_and_fails(settings, fact):
    app = app_with(**settings)
    before = state_of(app)
    probe, _post = probed(app)
    assert {verdict(probe, one) for one in fact.split()} == {facts.DIFFERS}
    assert exit_status(probe) == 1
    codes = settings.get("codes", {})
    if len(codes) == 1:
        about = {one: [row for row in rows if row.case in codes] for one, rows in contract.SENT.items()}
        assert set(probe.findings.with_verdict(facts.DIFFERS)) == {one for one, rows in about.items() if rows}
        assert f"{about[fact][0].command} {{" in probe.findings.found[fact]["detail"]
    app.names = {number: name for number, name in app.names.items() if name}
    check_restored(probe, app, before, "names")
    assert NAMES.items() <= app.names.items()
    assert all(push["recipients"] in ([], [USER]) for push in app.pushes)


def test_the_requests_of_the_contract_that_are_sent_are_safe():
    rows = [row for rows in contract.SENT.values() for row in rows]
    harmful = ("batch", "account_delete", "account_import", "im_remove_all_tags", "clear_all_tags")
    assert all(row.code and row.command not in harmful and "Replace" not in row.body for row in rows)
    pushes = [row.body for row in rows if row.command in ("im_push", "push")]
    assert pushes and not any({"Condition", "To_Account", "To_All"} & set(body) for body in pushes)
    bodies = "".join(str(row.body) for row in rows)
    words = {"USER", "GHOST", "ACCOUNT", "ADMIN", "NUMBER", "SECOND", "NAME", "OTHER", "NEW"}
    assert set(re.findall(r"\$\{?([A-Z]+)", bodies)) <= words
    accounts = re.findall(r"'(?:To_Account|From_Account|UserID|Accounts)': ([^,}]*)", bodies)
    assert {one.strip("[]'") for one in accounts} <= {"$USER", "$GHOST", "$ACCOUNT", "$ADMIN"}


def test_a_run_checks_each_documented_fact():
    app = app_with(types={"0": 0})
    before = state_of(app)
    probe, post = probed(app)
    check_restored(probe, app, before)
    assert app.deleted == {ACCOUNT} and len(post.accepted("multiaccount_import")) == 2
    unseen = set(probe.findings.with_verdict(facts.NOT_OBSERVABLE))
    not_asked = {fact for fact, known in facts.FACTS.items() if "not_asked" in known}
    assert unseen == not_asked | {"no_names", "no_tags", "old_statistics"}
    assert set(probe.findings.with_verdict(facts.AS_DOCUMENTED)) >= {
        *("success_shape", "error_code_number", "bad_key", "other_app", "other_account", "expired", "not_admin"),
        *("account_status", "accounts_in_request", "profile_shape", "profile_field", "deletion", "delete_again"),
        *("listed_push", "recall", "recall_again", "statistics_shape", "losses_shape"),
        *("name_50_bytes", "name_51_bytes", "eleventh_number", "repeated_name_timpush", "types_shape", "task_id"),
    }
    inferred = {"repeated_name", "profile_merge", *(fact for fact in facts.FACTS if fact.endswith("_checked"))}
    assert set(probe.findings.with_verdict(facts.AS_INFERRED)) == inferred and len(inferred) == 10


@pytest.mark.parametrize("account", ["", "nobody"])
def test_without_a_scratch_user_that_exists_no_user_is_changed_and_nothing_is_pushed(account):
    for how in UNKNOWN:
        app = app_with(unknown_accounts=how)
        before = state_of(app)
        probe, post = probed(app, account=account)
        assert verdict(probe, "merge") == "settled: merges"
        assert verdict(probe, "task_id") == verdict(probe, "tag_order") == facts.NOT_OBSERVABLE
        assert (state_of(app), app.pushes, post.accepted(*PUSHES)) == (before, [], [])


@pytest.mark.parametrize("there", [ACCOUNT, ADMIN, USER, COLLEAGUE, ""])
def test_an_account_that_exists_is_neither_imported_nor_deleted(there):
    app = app_with()
    app.users.setdefault(there or USER, {"nick": "Ann"})
    before = state_of(app)
    probe, post = probed(app, throwaway=there)
    assert verdict(probe, "import_delay") == verdict(probe, "deletion") == facts.NOT_OBSERVABLE
    commands = {command for _at, command, _code in post.calls}
    assert not {"multiaccount_import", "portrait_set", "account_delete"} & commands
    assert (state_of(app), app.deleted) == (before, set())


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({"deletion": "refused"}, ["account"]),
        ({"failing_users": {ACCOUNT: {"code": 40005, "commands": ["multiaccount_import"]}}}, []),
    ],
)
def test_a_scratch_account_that_cannot_be_deleted_or_imported(settings, left):
    app = app_with(**settings)
    before = state_of(app)
    probe, _post = probed(app)
    check_restored(probe, app, before, *left)
    assert app.exists(ACCOUNT) is bool(left)
    assert ACCOUNT not in json.dumps(report(probe))


def test_a_usersig_is_enough_for_what_needs_no_key():
    post = served(app_with())
    probe = Probe(Caller(post.client(secret_key=None, usersig=post.client().sign())), True, USER, ACCOUNT)
    with virtual_time(post.clock):
        probe.run()
    assert verdict(probe, "bad_key") == facts.AS_DOCUMENTED
    assert verdict(probe, "other_app") == verdict(probe, "not_admin") == facts.NOT_OBSERVABLE
    assert verdict(probe, "merge") == "settled: merges"


@pytest.mark.parametrize(
    ("refused", "unseen"),
    [
        ("account_check", ["account_status", "accounts_checked"]),
        ("portrait_get", ["profile_shape", "profile_field", "profiles_checked"]),
        ("all_member_push_statistics", ["statistics_shape", "statistics_codes"]),
        ("get_attr_name", ["types_shape", "repeated_name_timpush"]),
        ("im_set_attr_name", ["merge", "names_checked", "attrs_checked"]),
        ("im_set_attr", ["attrs_merge", "attrs_checked"]),
        ("im_add_tag", ["tag_order", "tags_checked", "pushes_checked"]),
        ("im_push", ["task_id", "pushes_checked", "recalls_checked"]),
        ("batch", ["listed_push", "recall", "recalls_checked"]),
    ],
)
def test_what_the_app_may_not_use_is_not_observable_and_does_not_differ(refused, unseen):
    probe, _post = probed(app_with(), USER, "", Watched, refused)
    assert (probe.stopped, probe.findings.with_verdict(facts.DIFFERS)) == ("", [])
    assert {verdict(probe, fact) for fact in unseen} == {facts.NOT_OBSERVABLE}


class Broken(Watched):
    """A network that fails from the call *first* on, for *times* calls; the failed writes may have been applied."""

    def __init__(self, asked: Service, clock: Clock, first: int, times: int, how: str) -> None:
        super().__init__(asked, clock)
        self.broken, self.how, self.called = range(first, first + times), how, 0
        self.on_the_way: list = []  # requests of which nobody waits for the response

    def arrive(self, now: float = 0.0) -> None:
        due = [request for at, request in self.on_the_way if at <= max(now, self.clock.now)]
        self.on_the_way = [(at, request) for at, request in self.on_the_way if request not in due]
        for request in due:
            super().answer(request)

    def answer(self, request):
        self.arrive()
        self.called += 1
        if self.called - 1 not in self.broken:
            return super().answer(request)
        if self.how == "lost":
            super().answer(request)
        if self.how == "late":
            self.on_the_way.append((self.clock.now + 1.0, request))
        if self.how in ("interrupt", "late"):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.001)  # the signal is handled between two instructions
        return Failure("the connection broke", is_transient=True)


FOREVER = 10_000
SLOW = {"mode": "replace", "delay": 3.5}
# The service keeps new names, and does not remove attributes and tags.
STUBBORN = {"failing_users": {USER: {"code": 90035, "commands": ["im_remove_attr", "im_remove_tag"]}}}
STUBBORN |= {"names": {}, "delay": 3.5}
BREAKS = [
    *((how, times, {}, USER) for how, times in (("refused", 4), ("lost", 4), ("interrupt", 1), ("late", 1))),
    *((how, times, SLOW, USER) for how, times in (("refused", 4), ("lost", 4), ("interrupt", 1))),
    ("late", 1, {}, ""),
    *((how, FOREVER, {}, USER) for how in ("refused", "lost", "interrupt")),
    *((how, times, STUBBORN, USER) for how, times in (("lost", 4), ("interrupt", 1))),
]


@pytest.mark.parametrize("case", range(len(BREAKS)))
def test_a_run_that_breaks_at_any_call_restores_the_app_or_says_what_is_left(case):
    """Each case breaks half of the writes that are accepted, and a part of the other calls."""
    how, times, settings, account = BREAKS[case]
    half = [one[0] for one in BREAKS[:case]].count(how) % 2  # each way of breaking meets both halves
    calls = list(enumerate(probed(app_with(**settings), account)[1].calls))
    writes = [at for at, (_now, called, code) in calls if not code and not called.startswith(READS)]
    others = [at for at, _call in calls if at not in writes]
    for first in range(len(calls)) if THOROUGH else [*writes[half::2], *others[case % 16 :: 16]]:
        app = app_with(**settings)
        before = state_of(app)
        probe, post = probed(app, account, ACCOUNT, Broken, first, times, how)
        if times < FOREVER:
            check_restored(probe, app, before, *(["names", "user"] if settings is STUBBORN else []))
            continue
        assert probe.stopped
        assert exit_status(probe) == 2 or probe.findings.with_verdict(facts.DIFFERS)
        if state_of(app) != before:
            follow(post.saved[-1], app)
        assert state_of(app) == before, first


@pytest.mark.parametrize("delay", [0.0, 2.0])
@pytest.mark.parametrize(
    ("mode", "names", "codes"),
    [("merge", {"0": "sex"}, {"name_empty": 0}), ("replace", {"0": "sex"}, {}), ("replace", {}, {"names_empty": 0})],
)
def test_new_names_are_removed_again_if_the_service_removes_names(mode, names, codes, delay):
    app = app_with(mode=mode, names=dict(names), codes=codes, delay=delay)
    probe, _post = probed(app, account="")
    assert app.writes > 5 and probe.left == {}
    assert {number: name for number, name in app.names.items() if name} == names


def follow(playbook: str, app: App) -> None:
    """Run the modules in *playbook*."""
    memory = Memory.of(app)
    memory.now += 10_000  # after the run
    (play,) = yaml.safe_load(playbook)
    with memory.running():
        for task in play["tasks"]:
            ((module, options),) = [(key, value) for key, value in task.items() if key != "name"]
            action = importlib.import_module(f"ansible_collections.tencentcloud.chat.plugins.action.{module[18:]}")
            done = run(action.ActionModule.operation, memory.client({"secret_key": KEY}), **options)
            assert "failed" not in done, done


@pytest.mark.parametrize("seed", range(4))
def test_random_faults_over_https_leave_no_trace_and_no_secret(simulator, seed, start, caplog):
    app = simulator.add(APP, KEY, names=dict(NAMES), users=copy.deepcopy(USERS))
    before, clock, simulator.log = state_of(app), Clock(), []
    simulator.faults[APP].at_random(0.1, seed, [kind for kind in KINDS if kind != "trickle"])
    caplog.set_level("DEBUG")
    network = {"sleep": clock.sleep, "clock": clock.monotonic}
    _status, output, made = start(clock, network, **SCRATCH, API_URL=simulator.https_url, CA_PATH=simulator.ca_file)
    assert {entry["fault"] for entry in simulator.log} > {"none"}
    assert state_of(app) == before or "Left in the app" in output or "The app was not restored" in output
    assert all(push["recipients"] == [USER] for push in app.pushes)
    seen = output + caplog.text + made
    signatures = {entry["query"]["usersig"] for entry in simulator.log}
    assert not any(form in seen for secret in {KEY, *signatures} for form in forms(secret))


# As "python -m live", without the pauses between two reports
AT_ONCE = "import runpy, live.pushes; live.pushes.REPORTS_APART = 0; runpy.run_module('live', run_name='__main__')"


@pytest.fixture
def until_it_writes(simulator, app, tmp_path):
    """A process of the probe that waits for the response to a write."""
    app.names, app.reports_per_second = {"0": "sex", "1": "city"}, 100
    given = {"API_URL": simulator.https_url, "CA_PATH": simulator.ca_file, "SECRET_KEY": app.secret_key}
    given |= dict.fromkeys(("SDKAPPID", "SCRATCH_APP"), str(app.sdkappid))
    simulator.faults[app.sdkappid].queue.append(fault("slow", seconds=30.0, command="im_set_attr_name"))
    with subprocess.Popen(
        [sys.executable, "-c", AT_ONCE, "--report", str(tmp_path / "report.json")],
        cwd=TESTS,
        env={**os.environ, **{f"TENCENT_CHAT_{name}": value for name, value in given.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # If the tests run in the background of a script, SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        while app.writes == 0 and running.poll() is None:
            time.sleep(0.01)
        yield running
        running.kill()


def test_ctrl_c_restores_the_names(until_it_writes, app, tmp_path):
    """While a request is under way; at each other moment: test_a_run_that_breaks_at_any_call."""
    until_it_writes.send_signal(signal.SIGINT)
    output, _nothing = until_it_writes.communicate(timeout=60)
    assert until_it_writes.returncode == 2, output
    assert app.writes >= 2
    assert app.names == {"0": "sex", "1": "city"} and not (tmp_path / "live-restore.yml").exists()
    assert "Stopped: The probe was interrupted." in output


def test_a_probe_that_is_killed_leaves_the_playbook_that_restores_the_app(until_it_writes, app, tmp_path, start):
    until_it_writes.kill()
    until_it_writes.communicate(timeout=60)
    assert app.names != {"0": "sex", "1": "city"}
    status, output, made = start(Clock(), {})
    assert (status, made) == (2, "") and "is left from a run that did not restore the app" in output
    (play,) = yaml.safe_load((tmp_path / "live-restore.yml").read_text())
    assert [task["tencentcloud.chat.chat_push_attr_names"] for task in play["tasks"]] == [
        {"attr_names": {"0": "sex", "1": "city"}}
    ]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"API_URL": ""}, "region"),
        ({"SDKAPPID": "many"}, "sdkappid"),
        ({"SECRET_KEY": ""}, "usersig or secret_key must be set"),
        ({"SECRET_KEY": "another-key"}, "ErrorCode 70009"),
        ({"SDKAPPID": "1400000002"}, "ErrorCode 70020"),
    ],
)
def test_a_service_that_cannot_be_asked_ends_with_status_2(variables, words, start):
    post = served(app_with())
    status, output, _made = start(post.clock, post.network, **variables)
    assert status == 2 and words in output and "another-key" not in output


@pytest.mark.parametrize("arguments", [[], ["--with-app-id"]])
def test_the_report_contains_the_app_id_only_if_asked_for_and_the_table_each_finding(arguments, start):
    post = served(app_with())
    status, output, text = start(post.clock, post.network, *arguments, **SCRATCH)
    made = json.loads(text)
    assert (status, made["wrote"], made.get("sdkappid")) == (0, True, APP if arguments else None)
    assert (str(APP) in text) is bool(arguments) and str(APP) not in output
    for finding in made["findings"]:
        assert f"{finding['question']}  [{finding['id']}]\n    {finding['verdict']}: " in output


def test_the_integration_targets_get_the_app_in_the_environment():
    given = {**SCRATCH, "SDKAPPID": str(APP), "SECRET_KEY": 'a"b: #$', "CA_PATH": "ca.pem"}
    made = yaml.safe_load(integration.config({f"TENCENT_CHAT_{name}": given[name] for name in given}))["live_app"]
    assert (made["sdkappid"], made["secret_key"], made["scratch_user"]) == (str(APP), 'a"b: #$', USER)
    assert made["ca_path"] == os.path.abspath("ca.pem")
    assert made["region"] == made["api_url"] == made["identifier"] == ""


@pytest.mark.parametrize("scratch", ["", "1400000002"])
def test_the_integration_targets_run_only_against_a_scratch_app(scratch):
    given = {"TENCENT_CHAT_SDKAPPID": "1400000001", "TENCENT_CHAT_SECRET_KEY": KEY, "TENCENT_CHAT_SCRATCH_APP": scratch}
    with pytest.raises(SystemExit, match="name it again as TENCENT_CHAT_SCRATCH_APP"):
        integration.config(given)


RECORDED = sorted((TESTS / "live" / "recorded").glob("*.json"))


@pytest.mark.skipif(not RECORDED, reason="nobody has recorded a report of the service yet")
@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_the_simulator_responds_as_recorded(file):
    made = json.loads(file.read_text())
    assert made["source"] == "service"
    assert len([exchange for exchange in made["exchanges"] if "answered" in exchange]) > 5
    assert differences(made) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made["exchanges"][0]["answered"].update(ErrorCode="0"),
        lambda made: made["exchanges"][0]["answered"].update(AttrNames=[]),
        lambda made: made["exchanges"][1]["answered"].update(ErrorCode=70003),
        lambda made: made["simulator"].update(unknown_accounts="skip"),
        lambda made: made["simulator"]["codes"].update(name_too_long=90001),
        lambda made: made["before"].update(users={}),
        lambda made: made.update(version=1),
    ],
    ids=["code as text", "list of names", "another code", "unknown accounts", "inferred code", "no user", "version"],
)
def test_a_recorded_answer_that_differs_is_reported(change):
    probe, _report = probed(app_with(unknown_accounts="list"))
    made = json.loads(json.dumps(report(probe)))
    assert differences(made) == []
    change(made)
    assert differences(made) != []


def test_the_page_shows_the_facts_that_the_report_uses():
    page = (TESTS.parent / "docs" / "docsite" / "rst" / "known.rst").read_text()
    assert page == facts.page()
    probe, _post = probed(app_with())
    assert [finding["id"] for finding in report(probe)["findings"]] == list(facts.FACTS)


def test_each_fact_is_complete():
    for name, fact in facts.FACTS.items():
        assert fact["status"] in ("seen", "documented", "inferred", "open")
        assert ("answer" in fact) is (fact["status"] != "open")
        assert fact["question"].endswith("?")
        assert fact["collection"].endswith(".")
        assert set(fact) <= {"id", "question", "status", "answer", "collection", "needs", "not_asked"}
        if name in ("import_delay", "write_delay", "user_write_delay"):
            assert f"{WAITS:g} seconds" in fact["collection"]
