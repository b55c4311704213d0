# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the CASES of a test file in-process and as modules: the same result, requests and state, and no secret anywhere.

A test file derives a class from CaseTests. With -k, only the selected cases are run.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

import pytest
import TLSSigAPIv2
from ansible.parsing.vault import VaultLib, VaultSecret
from conftest import KEY, WAYS, Player, Run
from simulator import Simulator

NASTY_KEY = 'k*ey"with\\nasty+chars/=5bd2850fff3ecb11'
ANOTHER_KEY = "another-key-that-is-secret"
PROXY_PASSWORD = "pr*xy-passw0rd"
FIRST_APP = 1400001000
KEPT = ("*.retry", "facts/*", "kept.json")
REASONS = ("msg", "error_code", "http_status", "failed_users", "failed_accounts")  # at least one in a failing case
PARSED = {"_ansible_parsed": True, "ansible_parsed": True}


def case(args: dict, returns: dict | None = None, **more) -> dict:
    """Return a case: its options, and what its result contains. tests/README.md lists what it may contain as well."""
    return {"args": args, "is": returns or {}, **more}


def vaulted(secret: str, password: str) -> str:
    """Return *secret* as YAML that Ansible decrypts."""
    encrypted = VaultLib([("default", VaultSecret(password.encode()))]).encrypt(secret).decode()
    return f"!vault {json.dumps(encrypted)}"


def keeping(results: list[str]) -> list[dict]:
    """Return tasks that show registered results, and keep them as facts."""
    # ansible-core 2.22 masks the arguments in its output, but not in variables, whatever the module.
    kept = f"{{{{ [{', '.join(results)}] | map('combine', {{'invocation': none}}) | list }}}}"
    return [
        {"name": "show", "ansible.builtin.debug": {"var": "{{ item }}"}, "loop": results},
        {"name": "keep", "ansible.builtin.set_fact": {"kept": kept, "cacheable": True}},
    ]


class Outcome(NamedTuple):
    run: Run
    requests: dict[str, list]  # by case: the command and the body of each
    states: dict[str, dict]  # by case, of its app
    signatures: set[str]
    later: dict[str, dict]  # by case: the result, as later tasks use it
    files: str  # facts, retry files, and what a play wrote


def run_both(simulator: Simulator, player: Player, module: str, cases: dict[str, dict]) -> dict[str, Outcome]:
    """Return the outcome of *cases* in each execution mode. The tasks without another module are of *module*."""
    with Simulator() as other:
        return {way: run_cases(simulator, player, module, cases, way, other.ca_file) for way in WAYS}


def run_cases(simulator, player: Player, module: str, cases: dict[str, dict], way: str, other_ca: str) -> Outcome:
    """Run a play of all cases, which then uses their results, and fails. Each case has an app of its own."""
    simulator.log.clear()
    simulator.service.apps.clear()
    simulator.add(FIRST_APP, secret_key=KEY)
    apps, tasks = {}, []
    for number, (name, case) in enumerate(cases.items(), FIRST_APP + 1):
        apps[name] = simulator.add(number, **{"secret_key": KEY, **case.get("app", {})})
        for fault in case.get("faults", ()):
            simulator.fail(number, **fault)
        task = {case.get("do", module): {"sdkappid": number, **case.get("args", {})}, **case.get("task", {})}
        tasks.append({"name": name, "ignore_errors": True, "register": f"result_{number}", **task})
    signed_app = apps["a given usersig"].sdkappid if "a given usersig" in apps else FIRST_APP
    values = {
        "secret_key": KEY,
        "another_key": ANOTHER_KEY,
        "usersig": TLSSigAPIv2.TLSSigAPIv2(signed_app, KEY).gen_sig("administrator", 3600),
        "other_ca": other_ca,
    }
    folder = player.folder
    (folder / "password").write_text("vault-password")
    (folder / "vars.yml").write_text(
        "".join(f"{name}: {json.dumps(value)}\n" for name, value in values.items())
        + f"vaulted_key: {vaulted(NASTY_KEY, 'vault-password')}\n"
    )
    copy = {"content": "{{ kept | to_json }}", "dest": str(folder / "kept.json"), "mode": "0600"}
    failing = {"sdkappid": FIRST_APP, "secret_key": "{{ another_key }}"}
    run = player(
        [
            *tasks,
            *keeping([task["register"] for task in tasks]),
            {"name": "write", "ansible.builtin.copy": copy},
            {"name": "fail for good", "tencentcloud.chat.chat_push_attr_names_info": failing},
        ],
        *("-vvv", "-e", f"@{folder / 'vars.yml'}", "--vault-password-file", str(folder / "password")),
        way=way,
        env={
            "HTTPS_PROXY": f"http://user:{quote(PROXY_PASSWORD)}@127.0.0.1:1",
            "NO_PROXY": "127.0.0.1",
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "facts"),
        },
        module_defaults={"group/tencentcloud.chat.chat": {"secret_key": "{{ secret_key }}"}},
    )
    return Outcome(
        run,
        {
            name: [(entry["command"], entry["body"]) for entry in simulator.requests(app.sdkappid)]
            for name, app in apps.items()
        },
        {name: without_times(app) for name, app in apps.items()},
        {entry["query"]["usersig"] for entry in simulator.log},
        dict(zip(cases, json.loads((folder / "kept.json").read_text()))),
        "".join(file.read_text() for pattern in KEPT for file in folder.glob(pattern)),
    )


def without_times(app) -> dict:
    """Return the state of an app, and its pushes without what differs from run to run."""
    pushes = [{key: push[key] for key in ("family", "condition", "recipients")} for push in app.pushes]
    return {**app.state(), "pushes": pushes}


def comparable(result: dict) -> dict:
    """Return *result* without what cannot be the same: the mark that it came as text, and a random number."""
    return {**result, **PARSED, "msg": re.sub(r"msg_random \d+", "msg_random N", str(result.get("msg")))}


def check_hidden(secrets: Iterable[str], texts: dict[str, str]) -> None:
    """Check that no text contains a secret, in any of the forms in which it could be shown."""
    for secret in secrets:
        encoded = base64.b64encode(secret.encode()).decode()
        forms = {secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1], encoded, encoded.rstrip("=")}
        for form in forms | {re.sub("%..", lambda match: match[0].lower(), form) for form in forms}:
            for name, text in texts.items():
                assert form not in text, (name, secret, text[max(text.index(form) - 300, 0) :][:400])


class CaseTests:
    """The tests of the CASES of a file: a file derives a class from this one."""

    pytestmark = pytest.mark.timeout(1300)  # the first test waits for all cases in both modes

    @pytest.fixture(scope="class")
    @classmethod
    def outcomes(cls, request, simulator, workspace, tmp_path_factory) -> dict[str, Outcome]:
        """The outcome of the selected cases in each execution mode."""
        items = [item for item in request.session.items if item.parent is request.node and hasattr(item, "callspec")]
        wanted = {item.callspec.params.get("case") for item in items}
        every = request.module.CASES
        cases = {name: case for name, case in every.items() if name in wanted} or every
        player = Player(workspace, simulator, tmp_path_factory.mktemp("both"))
        return run_both(simulator, player, request.module.ACTION, cases)

    def test_each_case_ends_as_it_should_in_both_modes(self, request, outcomes, case):
        expected = request.module.CASES[case]
        for way, outcome in outcomes.items():
            run, result = outcome.run, outcome.run.result(case)
            assert run.code == 2, run.output[-3000:]
            assert run.failed(case) is (expected.get("fails", False) or expected.get("early", False)), result
            assert run.way(case) == (None if expected.get("early") else way)
            assert {key: result.get(key) for key in expected.get("is", {})} == expected.get("is", {})
            # A later task sees the same, and evaluates nothing in it.
            later = outcome.later[case]
            assert {key: later.get(key) for key in expected.get("is", {})} == expected.get("is", {})
            assert [words for words in expected.get("says", ()) if words not in result["msg"]] == [], result["msg"]
            reasons = [expected.get("says"), *(expected.get("is", {}).get(key) for key in REASONS)]
            assert any(reasons) or not run.failed(case), "state a part of the message in `says`, or a code in `is`"
            commands = [command for command, _body in outcome.requests[case]]
            assert commands == expected.get("sends", commands)

    def test_each_case_is_the_same_in_both_modes(self, request, outcomes, case):
        random = dict.fromkeys(request.module.CASES[case].get("random", ()))
        here, module = outcomes.values()
        assert {**comparable(here.run.result(case)), **random} == {**comparable(module.run.result(case)), **random}
        commands = [[command for command, _body in outcome.requests[case]] for outcome in (here, module)]
        assert commands[0] == commands[1]
        # Requests that are under way at once arrive in any order.
        assert random or sorted(here.requests[case]) == sorted(module.requests[case])
        assert here.states[case] == module.states[case]

    def test_no_secret_in_any_output(self, request, outcomes):
        parts = [KEY[start : start + 16] for start in range(0, len(KEY), 16)]
        for run, requests, _states, signatures, _later, files in outcomes.values():
            assert len(signatures) > len(requests) // 6
            everything = run.output + run.log + files + json.dumps(run.lines)
            check_hidden({*parts, KEY, NASTY_KEY, f"user:{PROXY_PASSWORD}", ANOTHER_KEY, *signatures}, {"": everything})
            # Where a task uses the same text, it is data.
            for name in requests:
                assert PROXY_PASSWORD in str(request.module.CASES[name]) or PROXY_PASSWORD not in run.section(name)
            # What is not a secret is shown.
            assert "70009" in everything and str(FIRST_APP) in everything and '"administrator"' in everything
