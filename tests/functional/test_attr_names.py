# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_push_attr_names and its _info module in both execution modes."""

from __future__ import annotations

from both_modes import FIRST_APP, KEY, NASTY_KEY, Cases, CaseTests, comparable, run_cases, write_variables
from conftest import IN_PROCESS, WAYS, Player

ACTION = "tencentcloud.chat.chat_push_attr_names"
INFO = "tencentcloud.chat.chat_push_attr_names_info"

# Each case has an app of its own. What a case may contain: tests/README.md.
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
    "a type that is set but not returned": {
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
    "a secret with special characters": {
        "app": {"secret_key": NASTY_KEY},
        "args": {"attr_names": {0: "sex"}, "secret_key": "{{ nasty_key }}"},
    },
    "a given usersig": {"args": {"attr_names": {0: "sex"}, "usersig": "{{ usersig }}", "secret_key": "{{ omit }}"}},
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
    "an invalid usersig": {
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
    "a cut connection, retried": {
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
        "is": {"changed": True, "attr_names": {}, "attr_names_wanted": {"0": "x"}},
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
    "a proxy that rejects": {
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
    "text that is not a map": {"args": {"attr_names": "0:sex"}, "early": True, "says": ["such as {0: sex}", "space"]},
    "a list of names": {"args": {"attr_names": ["sex"]}, "early": True},
    "a key that is a number": {"args": {"attr_names": {0: True}, "secret_key": 123456}, "early": True},
    "undeclared names": {
        "app": {"names": {"0": "sex", "9": "clicked"}},
        "args": {"attr_names": {0: "sex"}},
        "is": {"changed": False, "undeclared": {"9": "clicked"}},
    },
    "undeclared names that are not allowed": {
        "app": {"names": {"0": "sex", "9": "clicked"}},
        "args": {"attr_names": {0: "gender"}, "undeclared": "fail"},
        "fails": True,
        "sends": ["im_get_attr_name"],
        "is": {"changed": False, "undeclared": {"9": "clicked"}},
    },
    "a secret in place of a name": {"args": {"attr_names": {0: "{{ secret_key }}"}}, "early": True},
    "attribute 10": {"args": {"attr_names": {10: "x"}}, "early": True},
    "an attribute listed twice": {"args": {"attr_names": {0: "x", "0": "y"}}, "early": True},
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


class TestCases(CaseTests):
    """Each case in both execution modes."""


def test_a_crash_leaks_nothing(simulator, play, tmp_path, way):
    """The result does not contain the text of the exception, here the key itself."""
    simulator.add(FIRST_APP, secret_key=KEY)
    (tmp_path / "sitecustomize.py").write_text(
        "import hmac\n"
        "real = hmac.new\n"
        f"def new(key, *rest, **more):\n    if key == {KEY!r}.encode():\n"
        "        raise RuntimeError(key)\n    return real(key, *rest, **more)\n"
        "hmac.new = new\n"
    )
    task = {"name": "crash", ACTION: {"sdkappid": FIRST_APP, "attr_names": {0: "x"}}, "ignore_errors": True}
    env = {"PYTHONPATH": str(tmp_path), "TENCENT_CHAT_SECRET_KEY": KEY}
    run = play([task], "-vvv", way=way, env=env)
    assert run.result("crash")["msg"].startswith("RuntimeError at operation.py:"), run.output
    assert KEY not in run.output + run.log
    assert run.way("crash") == way


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
                ACTION: {"sdkappid": "{{ item }}", "attr_names": {0: "n{{ item }}"}},
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


def test_the_task_takes_precedence_over_module_defaults_and_those_over_the_environment(simulator, play, way):
    for number in range(3):
        simulator.add(FIRST_APP + number, secret_key=KEY)
    env = {"TENCENT_CHAT_SDKAPPID": str(FIRST_APP), "TENCENT_CHAT_SECRET_KEY": "wrong"}
    names = {"attr_names": {0: "x"}}
    defaults = {"group/tencentcloud.chat.chat": {"sdkappid": FIRST_APP + 1, "secret_key": KEY}}
    for task, keywords, expected in [
        ({ACTION: {**names, "sdkappid": FIRST_APP + 2}}, {"module_defaults": defaults}, FIRST_APP + 2),
        ({ACTION: names}, {"module_defaults": defaults}, FIRST_APP + 1),
        ({INFO: {}}, {"module_defaults": defaults}, FIRST_APP + 1),
        ({ACTION: {**names, "secret_key": KEY}}, {}, FIRST_APP),
    ]:
        simulator.log.clear()
        run = play([{"name": "task", **task}], way=way, env=env, **keywords)
        assert run.code == 0, run.output
        assert {entry["sdkappid"] for entry in simulator.log} == {expected}


def test_cases_are_the_same_with_the_defaults_of_ansible(simulator, workspace, tmp_path):
    """The version of ansible-core and a setting decide whether a result contains its invocation."""
    some = ("rename, with diff", "another key", "no_log", "a bad number", "an unreachable host")
    player = Player(workspace, simulator, tmp_path)
    del player.environment["ANSIBLE_INJECT_INVOCATION"]
    cases = Cases({name: CASES[name] for name in some}, ACTION, list(some))
    write_variables(tmp_path, simulator.ca_file, cases)
    here, module = (run_cases(simulator, player, way, cases) for way in WAYS)
    for name in some:
        assert comparable(here.run.result(name)) == comparable(module.run.result(name)), name
    assert here.requests == module.requests and here.states == module.states
