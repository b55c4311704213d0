# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat_push_attr_names and its _info module in both execution modes."""

from __future__ import annotations

import json
import re

import TLSSigAPIv2
from both_modes import (
    ANOTHER_KEY,
    FIRST_APP,
    NASTY_KEY,
    PROXY_PASSWORD,
    CaseTests,
    case,
    check_hidden,
    comparable,
    run_both,
)
from conftest import IN_PROCESS, KEY, Player

ACTION = "tencentcloud.chat.chat_push_attr_names"
INFO = "tencentcloud.chat.chat_push_attr_names_info"

EVIL = {"0": "{{ lookup('pipe', 'touch owned') }}", "1": "{{ 7 * 7 }}"}
OK_WITH_ID = '{"ActionStatus": "OK", "ErrorCode": 0, "RequestId": "%s", "AttrNames": {"0": "sex"}}'


def names(options: dict, returns: dict | None = None, **more) -> dict:
    return case({"attr_names": {0: "x"}, **options}, returns, **more)


# Each case has an app of its own. What a case may contain: tests/README.md.
CASES: dict[str, dict] = {
    "set the first names": names({"attr_names": {0: "城市", "1": "emoji \U0001f600"}}, {"changed": True}),
    "set the first names, checked": names({}, {"changed": True}, task={"check_mode": True}),
    "nothing to change, as JSON text": names(
        {"attr_names": '{"0": "sex"}'}, {"changed": False, "attr_names": {"0": "sex"}}, app={"names": {"0": "sex"}}
    ),
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
    "names from variables": names(
        {"attr_names": "{{ names }}", "retries": "{{ 1 + 1 }}"},
        {"attr_names": {"0": "sex", "1": "city", "2": "{{ 7 * 7 }}"}},
        task={"vars": {"names": {0: "sex", "1": "{{ 'ci' ~ 'ty' }}", 2: "{{ '{{ 7 * 7 }}' }}"}}},
    ),
    "names of an info task, which look like templates": case({}, {"attr_names": EVIL}, app={"names": EVIL}, do=INFO),
    "types": names(
        {"api": "timpush", "attr_names": {0: "sex", "1": "device"}, "attr_types": {1: "{{ 1 }}"}},
        {"changed": True, "attr_types": {"0": 0, "1": 1, "5": 1}},
        app={"names": {"5": "kept"}, "types": {"5": 1}},
        task={"diff": True},
    ),
    "a given usersig": names({"usersig": "{{ usersig }}", "secret_key": "{{ omit }}"}),
    "a vaulted key with special characters": names({"secret_key": "{{ vaulted_key }}"}, app={"secret_key": NASTY_KEY}),
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


def test_verbose_output_shows_retries_and_request_ids(simulator, play):
    """In-process, each attempt on a line of its own."""
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
    run = play([{"name": "set", ACTION: options}], "-v", env={"TENCENT_CHAT_SECRET_KEY": KEY})
    assert run.result("set")["changed"] and run.result("set")["retried"]["times"] == 2, run.output
    assert "too many requests" in run.result("set")["retried"]["reason"]
    # Ansible wraps long lines, and shows the result, which also contains the reason, below them.
    shown = " ".join(run.section("set").partition("changed: ")[0].split())
    assert len(re.findall("Attempt|request simulated", shown)) == len(lines)
    assert re.search(".*".join(lines), shown), shown


CRASH = f"""
import hmac
real = hmac.new
def new(key, *rest, **more):
    if key == {ANOTHER_KEY!r}.encode():
        raise RuntimeError(key)
    return real(key, *rest, **more)
hmac.new = new
"""


def test_no_secret_in_the_verbose_output_of_retries_and_of_a_crash(simulator, play, way):
    """The service returns the key and the signature in texts that are shown with -v. An exception contains a key."""
    simulator.add(FIRST_APP, secret_key=KEY, answers="documented")
    usersig = TLSSigAPIv2.TLSSigAPIv2(FIRST_APP, KEY).gen_sig("administrator", 3600)
    secrets = {"secret_key": KEY, "usersig": usersig}
    for text in (f"{'x' * 440} {KEY}", f"{usersig} at the end of {'x' * 400} {usersig}"):
        simulator.fail(FIRST_APP, "code", code=60008, info=text)
        simulator.fail(FIRST_APP, "garbage", body=OK_WITH_ID % text)
    (play.folder / "vars.json").write_text(json.dumps({**secrets, "another": ANOTHER_KEY}))
    (play.folder / "sitecustomize.py").write_text(CRASH)
    tasks = [{"name": name, INFO: {"sdkappid": FIRST_APP, name: f"{{{{ {name} }}}}"}} for name in secrets]
    tasks.append({"name": "crash", INFO: {"sdkappid": FIRST_APP, "secret_key": "{{ another }}"}})
    env = {"PYTHONPATH": str(play.folder)}
    run = play(tasks, "-vvv", "-e", f"@{play.folder / 'vars.json'}", way=way, env=env)
    assert run.result("crash")["msg"].startswith("RuntimeError at operation.py:"), run.output
    assert run.way("crash") == way
    for name in secrets:
        assert run.way(name) == way and run.result(name)["retried"]["times"] == 1
        assert "********" in run.result(name)["retried"]["reason"]
        assert ("request xxx" in run.section(name) or "request ***" in run.section(name)) is (way == IN_PROCESS)
    parts = [secret[start : start + 16] for secret in secrets.values() for start in range(0, len(secret) - 16, 16)]
    check_hidden([*parts, ANOTHER_KEY], {"": run.output + run.log + json.dumps(run.lines)})


def test_loops_and_defaults(simulator, play, way):
    """A loop has one connection in-process, and one for each item as a module. Without -v, no attempt is shown.

    The task takes precedence over module_defaults, and those over the environment.
    """
    task, default, variable, *others = (simulator.add(FIRST_APP + number, secret_key=KEY) for number in range(6))
    numbers = [app.sdkappid for app in others]
    simulator.fail(task.sdkappid, "http", status=502)
    group = {"sdkappid": default.sdkappid, "secret_key": KEY}
    defaults = {"module_defaults": {"group/tencentcloud.chat.chat": group}}
    names = {"attr_names": {0: "x"}}
    looped = {"sdkappid": "{{ item }}", "attr_names": {0: "n{{ item }}"}}
    run = play(
        [
            {"name": "loop", ACTION: looped, "loop": numbers, "register": "looped", **defaults},
            {"name": "later", "ansible.builtin.debug": {"var": "looped.results"}},
            {ACTION: {**names, "sdkappid": task.sdkappid}, **defaults},
            {ACTION: names, **defaults},
            {INFO: {}, **defaults},
            {ACTION: {**names, "secret_key": KEY}},
        ],
        way=way,
        env={"TENCENT_CHAT_SDKAPPID": str(variable.sdkappid), "TENCENT_CHAT_SECRET_KEY": "wrong"},
    )
    assert run.code == 0 and "ttempt" not in run.output, run.output
    found = run.result("later")["looped.results"]
    assert [(one["item"], one["changed"], one["attr_names"]) for one in found] == [
        (number, True, {"0": f"n{number}"}) for number in numbers
    ]
    assert [app.names for app in others] == [one["attr_names"] for one in found]
    asked = [*(number for number in numbers for _call in range(3)), *[task.sdkappid] * 4, *[default.sdkappid] * 4]
    assert [entry["sdkappid"] for entry in simulator.log] == asked + [variable.sdkappid] * 3
    assert simulator.connections() == 4 + (1 if way == IN_PROCESS else len(numbers))


def test_cases_are_the_same_with_the_defaults_of_ansible(simulator, workspace, tmp_path):
    """The version of ansible-core and a setting decide whether a result contains its invocation."""
    player = Player(workspace, simulator, tmp_path)
    del player.environment["ANSIBLE_INJECT_INVOCATION"]
    some = {name: CASES[name] for name in ("another key", "no_log", "a bad number")}
    here, module = run_both(simulator, player, ACTION, some).values()
    for name in some:
        assert comparable(here.run.result(name)) == comparable(module.run.result(name)), name
    assert here.requests == module.requests and here.states == module.states
