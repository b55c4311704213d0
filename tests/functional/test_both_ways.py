# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every case in-process and as a module: the same result, requests and state, and no secret anywhere."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
import TLSSigAPIv2
from ansible.parsing.vault import VaultLib, VaultSecret
from conftest import IN_PROCESS, MODULE, WAYS, Player, Run
from simulator import Simulator

SET = "tencentcloud.chat.chat_push_attr_names"
INFO = "tencentcloud.chat.chat_push_attr_names_info"

KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
NASTY_KEY = 'k*ey"with\\nasty+chars/=5bd2850fff3ecb11'
PROXY_PASSWORD = "pr*xy-passw0rd"

# Each case has an app of its own: how it begins, what goes wrong, the task, and what must come of it.
CASES: dict[str, dict] = {
    "set the first names": {"args": {"attr_names": {0: "sex", "1": "city"}}, "is": {"changed": True}},
    "set the first names, checked": {"args": {"attr_names": {0: "sex"}}, "task": {"check_mode": True}},
    "nothing to change": {"app": {"names": {"0": "sex"}}, "args": {"attr_names": {0: "sex"}}, "is": {"changed": False}},
    "nothing to change, checked": {
        "app": {"names": {"0": "sex"}},
        "args": {"attr_names": {0: "sex"}},
        "task": {"check_mode": True},
        "is": {"changed": False},
    },
    "rename, with diff": {
        "app": {"names": {"0": "sex", "7": "kept"}, "mode": "replace"},
        "args": {"attr_names": {0: "gender"}},
        "task": {"diff": True},
        "is": {"changed": True, "attr_names": {"0": "gender", "7": "kept"}},
    },
    "rename, with diff, checked": {
        "app": {"names": {"0": "sex", "7": "kept"}},
        "args": {"attr_names": {0: "gender"}},
        "task": {"diff": True, "check_mode": True},
        "is": {"changed": True, "attr_names": {"0": "gender", "7": "kept"}},
    },
    "an empty map": {"app": {"names": {"0": "sex"}}, "args": {"attr_names": {}}, "is": {"changed": False}},
    "names that look like templates": {
        "args": {"attr_names": {0: "{{ '{{ 7 * 7 }}' }}"}},
        "is": {"attr_names": {"0": "{{ 7 * 7 }}"}},
    },
    "names beyond ASCII": {"args": {"attr_names": {0: "城市", 1: "emoji \U0001f600"}}, "is": {"changed": True}},
    "names from variables": {
        "args": {"attr_names": "{{ names }}", "retries": "{{ 1 + 1 }}"},
        "task": {"vars": {"names": {0: "sex", "1": "{{ 'ci' ~ 'ty' }}"}}},
        "is": {"attr_names": {"0": "sex", "1": "city"}},
    },
    "names as JSON text": {"args": {"attr_names": '{"0": "sex"}'}, "is": {"attr_names": {"0": "sex"}}},
    "names of an info task": {"app": {"names": {"3": "x"}}, "do": INFO, "is": {"attr_names": {"3": "x"}}},
    "no names of an info task": {"app": {"no_names": "null"}, "do": INFO, "is": {"attr_names": {}, "changed": False}},
    "types": {
        "app": {"names": {"5": "kept"}, "types": {"5": 1}},
        "args": {"api": "timpush", "attr_names": {0: "sex", "1": "device"}, "attr_types": {1: "{{ 1 }}"}},
        "task": {"diff": True},
        "is": {"changed": True, "attr_types": {"0": 0, "1": 1, "5": 1}},
    },
    "types, checked": {
        "args": {"api": "timpush", "attr_names": {0: "sex"}, "attr_types": {0: 1}},
        "task": {"diff": True, "check_mode": True},
        "is": {"changed": True, "attr_types": {"0": 1}},
    },
    "types, nothing to change": {
        "app": {"names": {"0": "sex"}, "types": {"0": 1}},
        "args": {"api": "timpush", "attr_names": {0: "sex"}, "attr_types": {0: 1}},
        "is": {"changed": False},
    },
    "types of an info task": {
        "app": {"names": {"3": "x", "4": "y"}, "types": {"3": 1}},
        "args": {"api": "timpush"},
        "do": INFO,
        "is": {"attr_names": {"3": "x", "4": "y"}, "attr_types": {"3": 1, "4": 0}},
    },
    "a type that is set": {
        "app": {"names": {"0": "sex"}, "types": {"0": 0}},
        "args": {"api": "timpush", "attr_names": {0: "sex"}, "attr_types": {0: 1}},
        "fails": True,
    },
    "a type that the service knows to be set": {
        "app": {"names": {"0": "sex"}},
        "faults": [
            {"kind": "code", "code": 90033, "info": "attrType cannot change", "command": "set_attr_name"},
        ],
        "args": {"api": "timpush", "attr_names": {0: "sex"}, "attr_types": {0: 1}},
        "fails": True,
        "is": {"error_code": 90033, "command": "set_attr_name"},
    },
    "types without the API": {"args": {"attr_names": {0: "x"}, "attr_types": {0: 1}}, "fails": True},
    "a wrong type": {
        "args": {"api": "timpush", "attr_names": {0: "x"}, "attr_types": {0: True}},
        "early": True,
    },
    "a bad API": {"args": {"attr_names": {0: "x"}, "api": "push"}, "fails": True},
    "a secret with nasty characters": {
        "app": {"secret_key": NASTY_KEY},
        "args": {"attr_names": {0: "sex"}, "secret_key": "{{ nasty_key }}"},
    },
    "a ready usersig": {"args": {"attr_names": {0: "sex"}, "usersig": "{{ usersig }}", "secret_key": "{{ omit }}"}},
    "a vaulted key": {"args": {"attr_names": {0: "sex"}, "secret_key": "{{ vaulted_key }}"}},
    "no_log": {"args": {"attr_names": {0: "sex"}}, "task": {"no_log": True}},
    "delegated": {"args": {"attr_names": {0: "sex"}}, "task": {"delegate_to": "localhost"}},
    "another key": {
        "args": {"attr_names": {0: "sex"}, "secret_key": "{{ another_key }}"},
        "fails": True,
        "is": {"error_code": 70009, "tries": 1},
    },
    "a key that is echoed": {
        "faults": [{"kind": "code", "code": 70003, "info": f"key {KEY} refused"}],
        "args": {"attr_names": {0: "sex"}},
        "fails": True,
        "is": {"error_info": "key ******** refused"},
    },
    "a rubbish usersig": {
        "args": {"attr_names": {0: "x"}, "usersig": "{{ rubbish }}", "secret_key": "{{ omit }}"},
        "fails": True,
        "is": {"error_code": 70003},
    },
    "an unknown app": {"args": {"attr_names": {0: "sex"}, "sdkappid": 3}, "fails": True, "is": {"error_code": 70020}},
    "no admin": {"args": {"attr_names": {0: "sex"}, "identifier": "bob"}, "fails": True, "is": {"error_code": 90009}},
    "a 502 page": {
        "faults": [{"kind": "http", "status": 502}] * 2,
        "args": {"attr_names": {0: "x"}, "retries": 1},
        "fails": True,
        "is": {"http_status": 502, "tries": 2},
    },
    "garbage": {
        "faults": [{"kind": "garbage", "body": "\x00\x1b[31m"}],
        "args": {"attr_names": {0: "x"}},
        "fails": True,
        "is": {"http_status": 200},
    },
    "a cut connection": {"faults": [{"kind": "cut"}], "args": {"attr_names": {0: "x"}, "retries": 0}, "fails": True},
    "a cut connection, got over": {
        "faults": [{"kind": "cut_after"}],
        "args": {"attr_names": {0: "x"}},
        "is": {"changed": True},
    },
    "a redirect": {
        "faults": [{"kind": "redirect"}],
        "args": {"attr_names": {0: "x"}},
        "fails": True,
        "is": {"http_status": 302},
    },
    "a write that does not show": {
        "app": {"ignore_writes": True},
        "args": {"attr_names": {0: "x"}},
        "fails": True,
        "is": {"attr_names": {}, "attr_names_wanted": {"0": "x"}},
    },
    "an unreachable host": {
        "args": {"attr_names": {0: "x"}, "api_url": "https://127.0.0.1:1", "retries": 0},
        "fails": True,
        "is": {"tries": 1},
    },
    "an unknown CA": {
        "args": {"attr_names": {0: "x"}, "ca_path": "{{ other_ca }}"},
        "fails": True,
        "is": {"tries": 1},
    },
    "a proxy that refuses": {
        "args": {"attr_names": {0: "x"}, "api_url": "https://gateway.invalid", "retries": 0},
        "fails": True,
    },
    "an unknown option": {"args": {"attr_names": {0: "x"}, "secretkey": "{{ another_key }}"}, "early": True},
    "no names at all": {"args": {}, "fails": True, "is": {"msg": "missing required arguments: attr_names"}},
    "a bad region": {"args": {"attr_names": {0: "x"}, "region": "mars"}, "fails": True},
    "a bad number": {"args": {"attr_names": {0: "x"}, "timeout": "soon"}, "fails": True},
    "an empty number": {"args": {"attr_names": {0: "x"}, "sdkappid": ""}, "fails": True},
    "names of another type": {"args": {"attr_names": 3}, "early": True},
    "both secrets": {"args": {"attr_names": {0: "x"}, "usersig": "{{ usersig }}"}, "fails": True},
    "no secret": {"args": {"attr_names": {0: "x"}, "secret_key": "{{ omit }}"}, "fails": True},
    "a secret in the wrong place": {
        "args": {"attr_names": {0: "x"}, "api_url": "https://{{ secret_key }}@host"},
        "fails": True,
    },
    "a secret in place of a name": {"args": {"attr_names": {0: "{{ secret_key }}"}}, "early": True},
    "a key of a number": {"args": {"attr_names": {10: "x"}}, "early": True},
    "the number twice": {"args": {"attr_names": {0: "x", "0": "y"}}, "early": True},
    "a name that is a boolean": {"args": {"attr_names": {0: True}}, "early": True},
    "a key that is a boolean": {"args": {"attr_names": {True: "x"}}, "early": True},
    "a name that is a number": {"args": {"attr_names": {0: 2024}}, "early": True},
    "a name that is null": {"args": {"attr_names": {0: None}}, "early": True},
    "a name that is taken": {
        "app": {"names": {"1": "city"}},
        "args": {"attr_names": {0: "city"}},
        "fails": True,
        "is": {"changed": False},
    },
}
FIRST_APP = 1400001000
KEPT = ("*.retry", "facts/*", "kept.json")
PARSED = {"_ansible_parsed": True, "ansible_parsed": True}


def tasks() -> list[dict]:
    return [
        {
            "name": name,
            case.get("do", SET): {"sdkappid": FIRST_APP + number, **case.get("args", {})},
            "ignore_errors": True,
            "register": f"result_{number}",
            **case.get("task", {}),
        }
        for number, (name, case) in enumerate(CASES.items())
    ]


def afterwards() -> list[dict]:
    """What people do with results: show them, keep them as facts, write them to files, and fail."""
    results = [f"result_{number}" for number in range(len(CASES))]
    # ansible-core 2.22 masks the arguments in what it shows, and not in variables, whatever the module.
    kept = "{{ [" + ", ".join(results) + "] | map('combine', {'invocation': none}) | list }}"
    return [
        {"name": "show", "ansible.builtin.debug": {"var": "{{ item }}"}, "loop": results},
        {"name": "keep", "ansible.builtin.set_fact": {"kept": kept, "cacheable": True}},
        {
            "name": "write",
            "ansible.builtin.copy": {"content": "{{ kept | to_json }}", "dest": "{{ file }}", "mode": "0600"},
        },
        {
            "name": "fail for good",
            **{SET: {"sdkappid": FIRST_APP, "attr_names": {0: "x"}, "secret_key": "{{ another_key }}"}},
        },
    ]


def write_variables(folder: Path, other_ca: str) -> None:
    (folder / "password").write_text("vault-password")
    vaulted = VaultLib([("default", VaultSecret(b"vault-password"))]).encrypt(KEY).decode()
    ready = TLSSigAPIv2.TLSSigAPIv2(FIRST_APP + list(CASES).index("a ready usersig"), KEY)
    values = {
        "secret_key": KEY,
        "nasty_key": NASTY_KEY,
        "another_key": "another-key-that-is-secret",
        "rubbish": "rubbish-usersig-that-is-secret",
        "usersig": ready.gen_sig("administrator", 3600),
        "other_ca": other_ca,
    }
    content = "".join(f"{name}: {json.dumps(value)}\n" for name, value in values.items())
    content += "vaulted_key: !vault |\n" + "".join(f"  {line}\n" for line in vaulted.split())
    (folder / "vars.yml").write_text(content)


class Outcome(NamedTuple):
    run: Run
    requests: list
    states: list
    signatures: set
    files: str  # facts, retry files, and what a play wrote


def run_cases(simulator: Simulator, player: Player, way: str) -> Outcome:
    simulator.log.clear()
    simulator.service.apps.clear()
    for number, case in enumerate(CASES.values()):
        app = simulator.add(FIRST_APP + number, **{"secret_key": KEY, **case.get("app", {})})
        for fault in case.get("faults", ()):
            simulator.fail(app.sdkappid, **fault)
    run = player(
        tasks() + afterwards(),
        *("-vvv", "-e", f"@{player.folder / 'vars.yml'}", "--vault-password-file", str(player.folder / "password")),
        way=way,
        env={
            "HTTPS_PROXY": f"http://user:{quote(PROXY_PASSWORD)}@127.0.0.1:1",
            "NO_PROXY": "127.0.0.1",
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(player.folder / "facts"),
        },
        vars={"file": str(player.folder / "kept.json")},
        module_defaults={"group/tencentcloud.chat.chat": {"secret_key": "{{ secret_key }}"}},
    )
    return Outcome(
        run,
        [(entry["sdkappid"], entry["command"], entry["body"]) for entry in simulator.log],
        [app.state() for app in simulator.service.apps.values()],
        {entry["query"]["usersig"] for entry in simulator.log},
        "".join(file.read_text() for pattern in KEPT for file in player.folder.glob(pattern)),
    )


@pytest.fixture(scope="module")
def both(simulator, workspace, tmp_path_factory):
    player = Player(workspace, simulator, tmp_path_factory.mktemp("both"))
    with Simulator() as other:
        write_variables(player.folder, other.ca_file)
        return {way: run_cases(simulator, player, way) for way in WAYS}


def test_every_case_ends_the_same_both_ways(both):
    here, module = both[IN_PROCESS], both[MODULE]
    assert here.run.code == module.run.code == 2, here.run.output[-3000:] + module.run.output[-3000:]
    for name in CASES:
        # The mark that a result came as text is all that may differ.
        assert {**module.run.result(name), **PARSED} == {**here.run.result(name), **PARSED}, name
    assert here.requests == module.requests
    assert here.states == module.states


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_each_case_ends_as_it_should(both, way, name):
    run, case = both[way].run, CASES[name]
    result = run.result(name)
    assert run.failed(name) is (case.get("fails", False) or case.get("early", False)), result
    assert run.way(name) == (None if case.get("early") else way)
    assert {key: result.get(key) for key in case.get("is", {})} == case.get("is", {})


def forms(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    found = {secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1], encoded, encoded.rstrip("=")}
    return found | {re.sub("%..", lambda match: match[0].lower(), form) for form in found}


@pytest.mark.parametrize("way", WAYS)
def test_no_secret_in_any_output(both, way):
    run, _requests, _states, signatures, files = both[way]
    secrets = {
        KEY,
        NASTY_KEY,
        PROXY_PASSWORD,
        "another-key-that-is-secret",
        "rubbish-usersig-that-is-secret",
        *signatures,
    }
    assert len(signatures) > 10
    everything = run.output + run.log + files + json.dumps(run.lines)
    for secret in secrets:
        for form in forms(secret):
            assert form not in everything, (secret, everything[everything.index(form) - 300 :][:400])
    assert (
        files.count("error_code") > 4 and "1400001000" in everything and '"administrator"' in everything
    )  # what is no secret is shown
    assert '"attr_names": {"0": "sex"' in everything


@pytest.mark.parametrize("way", WAYS)
def test_a_crash_leaks_nothing(simulator, play, tmp_path, way):
    """The exception's text, here the key itself, is no part of the result."""
    simulator.add(FIRST_APP, secret_key=KEY)
    (tmp_path / "sitecustomize.py").write_text(
        "import hmac\n"
        "real = hmac.new\n"
        f"def new(key, *rest, **more):\n    if key == {KEY!r}.encode():\n"
        "        raise RuntimeError(key)\n    return real(key, *rest, **more)\n"
        "hmac.new = new\n"
    )
    task = {"name": "crash", SET: {"sdkappid": FIRST_APP, "attr_names": {0: "x"}}, "ignore_errors": True}
    env = {"PYTHONPATH": str(tmp_path), "TENCENT_CHAT_SECRET_KEY": KEY}
    run = play([task], "-vvv", way=way, env=env)
    assert run.result("crash")["msg"].startswith("RuntimeError at operation.py:"), run.output
    assert KEY not in run.output + run.log
    assert run.way("crash") == way


@pytest.mark.parametrize("way", WAYS)
def test_loop_module_defaults_and_register(simulator, play, way):
    """A loop over apps: in-process on one connection, as a module on one for each item."""
    numbers = [FIRST_APP + 500 + n for n in range(4)]
    for number in numbers:
        simulator.add(number, secret_key=KEY)
    simulator.log.clear()
    run = play(
        [
            {
                "name": "loop",
                SET: {"sdkappid": "{{ item }}", "attr_names": {0: "n{{ item }}"}},
                "loop": numbers,
                "register": "looped",
            },
            {
                "name": "later",
                "ansible.builtin.assert": {
                    "that": [
                        "looped.results | map(attribute='item') | list == numbers",
                        "looped.results | map(attribute='changed') | unique | list == [true]",
                        "looped.results[2].attr_names['0'] == 'n' ~ numbers[2]",
                    ]
                },
            },
        ],
        "-vvv",
        way=way,
        env={"TENCENT_CHAT_SECRET_KEY": KEY},
        vars={"numbers": numbers},
    )
    assert run.code == 0, run.output
    assert [simulator.service.apps[number].names for number in numbers] == [{"0": f"n{number}"} for number in numbers]
    assert simulator.commands() == ["get", "set", "get"] * 4
    connections = {entry["connection"] for entry in simulator.log}
    assert len(connections) == (1 if way == IN_PROCESS else 4)


@pytest.mark.parametrize("way", WAYS)
def test_task_beats_module_defaults_which_beat_the_environment(simulator, play, way):
    for number in range(3):
        simulator.add(FIRST_APP + number, secret_key=KEY)
    env = {"TENCENT_CHAT_SDKAPPID": str(FIRST_APP), "TENCENT_CHAT_SECRET_KEY": "wrong"}
    names = {"attr_names": {0: "x"}}
    defaults = {"group/tencentcloud.chat.chat": {"sdkappid": FIRST_APP + 1, "secret_key": KEY}}
    for task, keywords, expected in [
        ({SET: {**names, "sdkappid": FIRST_APP + 2}}, {"module_defaults": defaults}, FIRST_APP + 2),
        ({SET: names}, {"module_defaults": defaults}, FIRST_APP + 1),
        ({INFO: {}}, {"module_defaults": defaults}, FIRST_APP + 1),
        ({SET: {**names, "secret_key": KEY}}, {}, FIRST_APP),
    ]:
        simulator.log.clear()
        run = play([{"name": "task", **task}], way=way, env=env, **keywords)
        assert run.code == 0, run.output
        assert {entry["sdkappid"] for entry in simulator.log} == {expected}


def test_the_documentation_of_both_modules_is_shown(play):
    command = [str(Path(sys.executable).parent / "ansible-doc"), "--json", SET, INFO]
    shown = json.loads(subprocess.run(command, env=play.environment, capture_output=True, text=True, check=True).stdout)
    for name in (SET, INFO):
        assert shown[name]["doc"]["options"]["usersig"] and shown[name]["return"]["error_code"]["sample"] == 70001
        assert "https://www.tencentcloud.com/document/product/1047/37168" in json.dumps(shown[name]["doc"]["seealso"])
