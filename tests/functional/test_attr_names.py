# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_push_attr_names and its _info module in both execution modes."""

from __future__ import annotations

import json
import re

import pytest
import TLSSigAPIv2
from both_modes import FIRST_APP, NASTY_KEY, PROXY_PASSWORD, CaseTests, case, check_hidden, comparable, run_both
from conftest import IN_PROCESS, KEY, MODULE, Player

ACTION = "tencentcloud.chat.chat_push_attr_names"
INFO = "tencentcloud.chat.chat_push_attr_names_info"

OK_WITH_ID = '{"ActionStatus": "OK", "ErrorCode": 0, "RequestId": "%s", "AttrNames": {"0": "sex"}}'
REPLY = '{"ActionStatus": "%s", "ErrorCode": %d, "RequestId": "id-7", "AttrNames": {"0": "sex", "1": "caf\xe9"}}'


def names(options: dict, returns: dict | None = None, **more) -> dict:
    return case({"attr_names": {0: "x"}, **options}, returns, **more)


# Each case has an app of its own. What a case may contain: tests/README.md.
CASES: dict[str, dict] = {
    "set the first names": names({"attr_names": {0: "sex", "1": "city"}}, {"changed": True}),
    "set the first names, checked": names({}, {"changed": True}, task={"check_mode": True}),
    "nothing to change": names({}, {"changed": False}, app={"names": {"0": "x"}}),
    "rename, with diff": names(
        {"attr_names": {0: "gender"}},
        {"changed": True, "attr_names": {"0": "gender", "7": "kept"}},
        app={"names": {"0": "sex", "7": "kept"}, "mode": "replace"},
        task={"diff": True},
    ),
    "a name that is also the password of the proxy": names(
        {"attr_names": {1: "x"}},
        {"changed": True, "attr_names": {"0": PROXY_PASSWORD, "1": "x"}},
        app={"names": {"0": PROXY_PASSWORD}},
    ),
    "names that look like templates": names(
        {"attr_names": {0: "{{ '{{ 7 * 7 }}' }}"}}, {"attr_names": {"0": "{{ 7 * 7 }}"}}
    ),
    "names beyond ASCII": names({"attr_names": {0: "城市", 1: "emoji \U0001f600"}}, {"changed": True}),
    "names from variables": names(
        {"attr_names": "{{ names }}", "retries": "{{ 1 + 1 }}"},
        {"attr_names": {"0": "sex", "1": "city"}},
        task={"vars": {"names": {0: "sex", "1": "{{ 'ci' ~ 'ty' }}"}}},
    ),
    "names as JSON text": names({"attr_names": '{"0": "sex"}'}, {"attr_names": {"0": "sex"}}),
    "names of an info task": case({}, {"attr_names": {"3": "x"}}, app={"names": {"3": "x"}}, do=INFO),
    "types": names(
        {"api": "timpush", "attr_names": {0: "sex", "1": "device"}, "attr_types": {1: "{{ 1 }}"}},
        {"changed": True, "attr_types": {"0": 0, "1": 1, "5": 1}},
        app={"names": {"5": "kept"}, "types": {"5": 1}},
        task={"diff": True},
    ),
    "a secret with special characters": names({"secret_key": "{{ nasty_key }}"}, app={"secret_key": NASTY_KEY}),
    "a given usersig": names({"usersig": "{{ usersig }}", "secret_key": "{{ omit }}"}),
    "a vaulted key": names({"secret_key": "{{ vaulted_key }}"}),
    "no_log": names({}, task={"no_log": True}),
    "another key": names({"secret_key": "{{ another_key }}"}, {"error_code": 70009, "tries": 1}, fails=True),
    "a key at the end of a long text": names(
        {},
        {"error_code": 70003, "error_info": "x" * 440 + "********"},
        faults=[{"kind": "code", "code": 70003, "info": "x" * 440 + KEY}],
        fails=True,
    ),
    "garbage": names({}, {"http_status": 200}, faults=[{"kind": "garbage", "body": "\x00\x1b[31m"}], fails=True),
    "a 502 page, retried": names(
        {}, {"retried": {"times": 2, "reason": "HTTP 502"}}, faults=[{"kind": "http", "status": 502}] * 2
    ),
    "a request ID": names(
        {},
        {"error_code": 70020, "request_id": "id-7"},
        faults=[{"kind": "garbage", "body": REPLY % ("FAIL", 70020)}],
        fails=True,
    ),
    "a write that does not show": names(
        {},
        {"changed": True, "attr_names": {}, "attr_names_wanted": {"0": "x"}},
        app={"ignore_writes": True},
        fails=True,
        says=["returned others when read back"],
    ),
    "an unknown CA": names(
        {"ca_path": "{{ other_ca }}"}, {"tries": 1}, fails=True, says=["the certificate comes from an unknown CA"]
    ),
    "a proxy that rejects": names(
        {"api_url": "https://gateway.invalid", "retries": 0}, fails=True, says=["the proxy cannot be reached"]
    ),
    "an unknown option": case({"secretkey": "{{ another_key }}"}, do=INFO, early=True, says=["secretkey"]),
    "no names at all": case({}, {"msg": "missing required arguments: attr_names"}, fails=True),
    "a bad number": names({"timeout": "soon"}, fails=True, says=["timeout"]),
    "a secret in the wrong place": names(
        {"api_url": "https://{{ secret_key }}@host"}, fails=True, says=["api_url must not contain credentials"]
    ),
    "a secret in place of a name": names(
        {"attr_names": {0: "{{ secret_key }}"}}, early=True, says=["attribute 0 has 64 bytes"]
    ),
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
    env = {"PYTHONPATH": str(tmp_path), "TENCENT_CHAT_SECRET_KEY": KEY}
    run = play([{"name": "crash", INFO: {"sdkappid": FIRST_APP}}], "-vvv", way=way, env=env)
    assert run.result("crash")["msg"].startswith("RuntimeError at operation.py:"), run.output
    assert KEY not in run.output + run.log
    assert run.way("crash") == way


@pytest.mark.parametrize(("way", "verbosity"), [(IN_PROCESS, "-v"), (IN_PROCESS, ""), (MODULE, "-v")])
def test_verbose_output_shows_retries_and_request_ids(simulator, play, way, verbosity):
    """With -v, in-process, each attempt on a line of its own. The result contains the last reason in both modes."""
    at = rf"for app {FIRST_APP} at 127\.0\.0\.1:\d+"
    lines = [
        rf"im_get_attr_name {at}: HTTP 502\. Attempt 2 follows in \d+\.\d seconds",
        rf"im_get_attr_name {at}: request simulated",
        rf"im_set_attr_name {at}: error 60018, too many requests.*\. Attempt 2 follows in \d+\.\d seconds",
        rf"im_set_attr_name {at}: request simulated",
        rf"im_get_attr_name {at}: request simulated",
    ]
    simulator.add(FIRST_APP, secret_key=KEY)
    simulator.fail(FIRST_APP, "http", status=502)
    simulator.fail(FIRST_APP, "code", code=60018, command="im_set_attr_name")
    options = {"sdkappid": FIRST_APP, "attr_names": {0: "x"}, "retries": 1}
    run = play([{"name": "set", ACTION: options}], *verbosity.split(), way=way, env={"TENCENT_CHAT_SECRET_KEY": KEY})
    assert run.result("set")["changed"] and run.result("set")["retried"]["times"] == 2, run.output
    assert "too many requests" in run.result("set")["retried"]["reason"]
    # Ansible wraps long lines, and shows the result, which also contains the reason, below them.
    shown = " ".join(run.section("set").partition("changed: ")[0].split())
    expected = lines if (way, verbosity) == (IN_PROCESS, "-v") else []
    assert len(re.findall("Attempt|request simulated", shown)) == len(expected)
    assert re.search(".*".join(expected), shown), shown


def test_no_secret_in_the_verbose_output_of_retries(simulator, play, way):
    """The service returns the key and the signature in texts that are shown with -v."""
    simulator.add(FIRST_APP, secret_key=KEY, answers="documented")
    usersig = TLSSigAPIv2.TLSSigAPIv2(FIRST_APP, KEY).gen_sig("administrator", 3600)
    secrets = {"secret_key": KEY, "usersig": usersig}
    for text in (f"{'x' * 440} {KEY}", f"{usersig} at the end of {'x' * 400} {usersig}"):
        simulator.fail(FIRST_APP, "code", code=60008, info=text)
        simulator.fail(FIRST_APP, "garbage", body=OK_WITH_ID % text)
    (play.folder / "vars.json").write_text(json.dumps(secrets))
    tasks = [{"name": name, INFO: {"sdkappid": FIRST_APP, name: f"{{{{ {name} }}}}"}} for name in secrets]
    run = play(tasks, "-vvv", "-e", f"@{play.folder / 'vars.json'}", way=way)
    assert run.code == 0, run.output
    for name in secrets:
        assert run.way(name) == way and run.result(name)["retried"]["times"] == 1
        assert "********" in run.result(name)["retried"]["reason"]
        assert ("request xxx" in run.section(name) or "request ***" in run.section(name)) is (way == IN_PROCESS)
    parts = [secret[start : start + 16] for secret in secrets.values() for start in range(0, len(secret) - 16, 16)]
    check_hidden(parts, {"": run.output + run.log + json.dumps(run.lines)})


def test_loop_module_defaults_and_register(simulator, play, way):
    """A loop over apps: in-process on one connection, as a module on one for each item."""
    numbers = [FIRST_APP + number for number in range(4)]
    apps = [simulator.add(number, secret_key=KEY) for number in numbers]
    options = {"sdkappid": "{{ item }}", "attr_names": {0: "n{{ item }}"}}
    run = play(
        [
            {"name": "loop", ACTION: options, "loop": numbers, "register": "looped"},
            {"name": "later", "ansible.builtin.debug": {"var": "looped.results"}},
        ],
        way=way,
        module_defaults={"group/tencentcloud.chat.chat": {"secret_key": KEY}},
    )
    assert run.code == 0, run.output
    found = run.result("later")["looped.results"]
    assert [(one["item"], one["changed"]) for one in found] == [(number, True) for number in numbers]
    assert [one["attr_names"] for one in found] == [app.names for app in apps]
    assert [app.names for app in apps] == [{"0": f"n{number}"} for number in numbers]
    assert simulator.commands() == ["get", "set", "get"] * 4
    assert simulator.connections() == (1 if way == IN_PROCESS else 4)


def test_the_task_takes_precedence_over_module_defaults_and_those_over_the_environment(simulator, play, way):
    task, default, variable = (simulator.add(FIRST_APP + number, secret_key=KEY).sdkappid for number in range(3))
    env = {"TENCENT_CHAT_SDKAPPID": str(variable), "TENCENT_CHAT_SECRET_KEY": "wrong"}
    names = {"attr_names": {0: "x"}}
    defaults = {"module_defaults": {"group/tencentcloud.chat.chat": {"sdkappid": default, "secret_key": KEY}}}
    tasks = [
        {ACTION: {**names, "sdkappid": task}, **defaults},
        {ACTION: names, **defaults},
        {INFO: {}, **defaults},
        {ACTION: {**names, "secret_key": KEY}},
    ]
    run = play(tasks, way=way, env=env)
    assert run.code == 0, run.output
    assert [entry["sdkappid"] for entry in simulator.log] == [task] * 3 + [default] * 4 + [variable] * 3


def test_cases_are_the_same_with_the_defaults_of_ansible(simulator, workspace, tmp_path):
    """The version of ansible-core and a setting decide whether a result contains its invocation."""
    player = Player(workspace, simulator, tmp_path)
    del player.environment["ANSIBLE_INJECT_INVOCATION"]
    some = {name: CASES[name] for name in ("another key", "no_log", "a bad number")}
    here, module = run_both(simulator, player, ACTION, some).values()
    for name in some:
        assert comparable(here.run.result(name)) == comparable(module.run.result(name)), name
    assert here.requests == module.requests and here.states == module.states
