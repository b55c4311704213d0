# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the CASES of a test file in-process and as modules: the same result, requests and state, and no secret anywhere.

A test file derives a class from CaseTests. With -k, only the selected cases are run.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
import TLSSigAPIv2
from ansible.parsing.vault import VaultLib, VaultSecret
from conftest import IN_PROCESS, MODULE, WAYS, Player, Run
from simulator import Simulator

KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
NASTY_KEY = 'k*ey"with\\nasty+chars/=5bd2850fff3ecb11'
PROXY_PASSWORD = "pr*xy-passw0rd"
PROXY_USER = f"user:{PROXY_PASSWORD}"
FIRST_APP = 1400001000
KEPT = ("*.retry", "facts/*", "kept.json")
REASONS = ("msg", "error_code", "http_status", "failed_users", "failed_accounts")  # at least one in a failing case
PARSED = {"_ansible_parsed": True, "ansible_parsed": True}


class Cases:
    """The selected cases of a test file; each has an app of its own."""

    def __init__(self, every: dict[str, dict], module: str, names: list[str]) -> None:
        self.module = module
        self.complete = len(names) == len(every)
        self.cases = {name: every[name] for name in names}
        self.numbers = {name: FIRST_APP + number for number, name in enumerate(every, start=1)}

    def tasks(self) -> list[dict]:
        return [
            {
                "name": name,
                case.get("do", self.module): {"sdkappid": self.numbers[name], **case.get("args", {})},
                "ignore_errors": True,
                "register": f"result_{self.numbers[name]}",
                **case.get("task", {}),
            }
            for name, case in self.cases.items()
        ]

    def afterwards(self) -> list[dict]:
        """Return tasks that use results: show them, keep them as facts, write them to files, and fail."""
        results = [f"result_{self.numbers[name]}" for name in self.cases]
        # ansible-core 2.22 masks the arguments in its output, but not in variables, whatever the module.
        kept = "{{ [" + ", ".join(results) + "] | map('combine', {'invocation': none}) | list }}"
        copy = {"content": "{{ kept | to_json }}", "dest": "{{ file }}", "mode": "0600"}
        failing = {"sdkappid": FIRST_APP, "secret_key": "{{ another_key }}"}
        return [
            {"name": "show", "ansible.builtin.debug": {"var": "{{ item }}"}, "loop": results},
            {"name": "keep", "ansible.builtin.set_fact": {"kept": kept, "cacheable": True}},
            {"name": "write", "ansible.builtin.copy": copy},
            {"name": "fail for good", "tencentcloud.chat.chat_push_attr_names_info": failing},
        ]

    def prepare(self, simulator: Simulator) -> None:
        simulator.log.clear()
        simulator.service.apps.clear()
        simulator.add(FIRST_APP, secret_key=KEY)
        for name, case in self.cases.items():
            app = simulator.add(self.numbers[name], **{"secret_key": KEY, **case.get("app", {})})
            for fault in case.get("faults", ()):
                simulator.fail(app.sdkappid, **fault)


def write_variables(folder: Path, other_ca: str, cases: Cases) -> None:
    (folder / "password").write_text("vault-password")
    vaulted = VaultLib([("default", VaultSecret(b"vault-password"))]).encrypt(KEY).decode()
    app = cases.numbers.get("a given usersig", FIRST_APP)
    values = {
        "secret_key": KEY,
        "nasty_key": NASTY_KEY,
        "another_key": "another-key-that-is-secret",
        "rubbish": "rubbish-usersig-that-is-secret",
        "usersig": TLSSigAPIv2.TLSSigAPIv2(app, KEY).gen_sig("administrator", 3600),
        "other_ca": other_ca,
    }
    content = "".join(f"{name}: {json.dumps(value)}\n" for name, value in values.items())
    content += "vaulted_key: !vault |\n" + "".join(f"  {line}\n" for line in vaulted.split())
    (folder / "vars.yml").write_text(content)


class Outcome(NamedTuple):
    run: Run
    requests: list
    states: dict
    signatures: set
    files: str  # facts, retry files, and what a play wrote


def run_cases(simulator: Simulator, player: Player, way: str, cases: Cases, env: dict | None = None) -> Outcome:
    cases.prepare(simulator)
    run = player(
        cases.tasks() + cases.afterwards(),
        *("-vvv", "-e", f"@{player.folder / 'vars.yml'}", "--vault-password-file", str(player.folder / "password")),
        way=way,
        env={
            "HTTPS_PROXY": f"http://user:{quote(PROXY_PASSWORD)}@127.0.0.1:1",
            "NO_PROXY": "127.0.0.1",
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(player.folder / "facts"),
            **(env or {}),
        },
        vars={"file": str(player.folder / "kept.json")},
        module_defaults={"group/tencentcloud.chat.chat": {"secret_key": "{{ secret_key }}"}},
    )
    return Outcome(
        run,
        [(entry["sdkappid"], entry["command"], entry["body"]) for entry in simulator.log],
        {number: without_times(app) for number, app in simulator.service.apps.items()},
        {entry["query"]["usersig"] for entry in simulator.log},
        "".join(file.read_text() for pattern in KEPT for file in player.folder.glob(pattern)),
    )


def without_times(app) -> dict:
    """Return the state of an app, and its pushes without what differs from run to run."""
    pushes = [{key: push[key] for key in ("family", "condition", "recipients")} for push in app.pushes]
    return {**app.state(), "pushes": pushes}


def run_both(request, simulator: Simulator, workspace: Path, folder: Path, env: dict | None = None):
    """Return the cases that -k selects, and their outcome in each execution mode."""
    every = request.module.CASES
    wanted = {
        item.callspec.params["case"]
        for item in request.session.items
        if item.module is request.module and "case" in getattr(getattr(item, "callspec", None), "params", {})
    }
    cases = Cases(every, request.module.ACTION, [name for name in every if name in wanted] or list(every))
    player = Player(workspace, simulator, folder)
    player.environment.update(env or {})
    with Simulator() as other:
        write_variables(folder, other.ca_file, cases)
        return cases, {way: run_cases(simulator, player, way, cases) for way in WAYS}


def comparable(result: dict) -> dict:
    """Return *result* without what cannot be the same: the mark that it came as text, and a random number."""
    return {**result, **PARSED, "msg": re.sub(r"msg_random \d+", "msg_random N", str(result.get("msg")))}


def forms(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    found = {secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1], encoded, encoded.rstrip("=")}
    return found | {re.sub("%..", lambda match: match[0].lower(), form) for form in found}


class CaseTests:
    """The tests of the CASES of a file: a file derives a class from this one."""

    pytestmark = pytest.mark.timeout(1300)  # the first test waits for all cases in both modes

    def test_each_case_is_the_same_in_both_modes(self, both, case):
        cases, outcomes = both
        here, module = outcomes[IN_PROCESS], outcomes[MODULE]
        assert here.run.code == module.run.code == 2, here.run.output[-3000:] + module.run.output[-3000:]
        ignored = dict.fromkeys(cases.cases[case].get("random", ()))
        results = [{**comparable(outcome.run.result(case)), **ignored} for outcome in (here, module)]
        assert results[0] == results[1]
        number = cases.numbers[case]
        if not ignored:
            sent = [[entry for entry in outcome.requests if entry[0] == number] for outcome in (here, module)]
            assert [entry[1] for entry in sent[0]] == [entry[1] for entry in sent[1]]
            # Requests that are under way at once arrive in any order.
            assert sorted(sent[0]) == sorted(sent[1])
        assert here.states[number] == module.states[number]

    def test_both_plays_send_as_many_requests(self, both):
        cases, outcomes = both
        here, module = (Counter(entry[0] for entry in outcomes[way].requests) for way in WAYS)
        assert here == module
        assert set(here) <= {FIRST_APP, *cases.numbers.values()}

    def test_each_case_ends_as_it_should(self, both, way, case):
        cases, outcomes = both
        run, expected = outcomes[way].run, cases.cases[case]
        result = run.result(case)
        assert run.failed(case) is (expected.get("fails", False) or expected.get("early", False)), result
        assert run.way(case) == (None if expected.get("early") else way)
        assert {key: result.get(key) for key in expected.get("is", {})} == expected.get("is", {})
        assert [words for words in expected.get("says", ()) if words not in result["msg"]] == [], result["msg"]
        if run.failed(case):
            reasons = [expected.get("says"), *(expected.get("is", {}).get(key) for key in REASONS)]
            assert any(reasons), "a case that fails must state why: a part of the message in `says`, or a code in `is`"
        if "sends" in expected:
            number = cases.numbers[case]
            assert [command for app, command, _body in outcomes[way].requests if app == number] == expected["sends"]

    def test_no_secret_in_any_output(self, both, way):
        cases, outcomes = both
        run, _requests, _states, signatures, files = outcomes[way]
        parts = {KEY[start : start + 16] for start in range(0, len(KEY), 16)}
        fixed = {*parts, KEY, NASTY_KEY, PROXY_USER, "another-key-that-is-secret", "rubbish-usersig-that-is-secret"}
        assert len(signatures) > (len(cases.cases) // 6)
        everything = run.output + run.log + files + json.dumps(run.lines)
        for secret in fixed | signatures:
            for form in forms(secret):
                assert form not in everything, (secret, everything[everything.index(form) - 300 :][:400])
        # Where a task uses the same text, it is data.
        for name, case in cases.cases.items():
            assert PROXY_PASSWORD in str(case) or PROXY_PASSWORD not in run.section(name)
        # What is not a secret is shown.
        assert "70009" in everything and str(FIRST_APP) in everything and '"administrator"' in everything
