# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugins' base, without a playbook around it. With playbooks: tests/functional."""

from __future__ import annotations

import datetime
import importlib
import os
import re
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader
from ansible.template import Templar
from ansible_collections.tencentcloud.chat.plugins.action import chat_push, chat_push_attr_names
from ansible_collections.tencentcloud.chat.plugins.action import chat_push_attr_names_info as names_info
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import libraries, owner, redaction, tls
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.owner import Owner
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE
from ansible_collections.tencentcloud.chat.plugins.plugin_utils import _in_process as in_process
from ansible_collections.tencentcloud.chat.plugins.plugin_utils._plain import plain

SET = "tencentcloud.chat.chat_push_attr_names"
CONFIG = constants.config
AS_MODULE = {in_process.SWITCH: False}
NAMES = {"attr_names": {0: "sex"}}
UNKNOWN = rf"Unsupported parameters for \({SET}\) module:"
KNOWN = "Supported parameters include: api, api_url, "


def shown(result: dict) -> str:
    """Return a result as a user sees it: from 2.22 on, ansible-core masks registered secrets when it shows them."""
    try:
        from ansible.module_utils.secrets import mask_secrets
    except ImportError:
        return str(result)
    return mask_secrets(str(result))


def templar_of(**values):
    """Return what templates nothing but these *values*."""
    return SimpleNamespace(template=lambda value: values.get(value, value) if isinstance(value, str) else value)


@pytest.fixture(autouse=True)
def no_config(monkeypatch):
    """The interpreter as a playbook would set it; invocation as ansible-core before 2.21 shows it."""

    def get_config_value(name, variables=None, **_more):
        if name == "INJECT_INVOCATION":
            setting = (variables or {}).get("ansible_inject_invocation", True)
            if isinstance(setting, Exception):
                raise setting
            return setting
        assert name == "INTERPRETER_PYTHON"
        return (variables or {}).get("ansible_python_interpreter", "auto")

    monkeypatch.setattr(constants, "config", SimpleNamespace(get_config_value=get_config_value))
    yield
    in_process.workers.close()


@pytest.fixture
def action(simulator, app):
    """Makes an action plugin, by default of a task that sets a name. "..." stands for an option that is not set."""

    def make(args=None, kind=chat_push_attr_names, become=None, transport="local", templar=None, folder="/", **more):
        service = {"api_url": simulator.https_url, "ca_path": simulator.ca_file}
        given = {**service, "sdkappid": app.sdkappid, "secret_key": app.secret_key, **(NAMES if args is None else args)}
        given = {name: value for name, value in given.items() if value is not ...}
        fields = {"delegate_to": None, "async_val": 0, "environment": [], "action": SET, "check_mode": False, **more}
        shell = SimpleNamespace(tmpdir=None)
        connection = SimpleNamespace(become=become, transport=transport, _shell=shell, has_pipelining=True)
        loader = SimpleNamespace(get_basedir=lambda: folder)
        task = SimpleNamespace(args=given, **fields)
        return kind.ActionModule(task, connection, SimpleNamespace(), loader, templar or templar_of(), None)

    return make


@pytest.fixture
def run(action):
    """Returns the result of a task, with the parameters of the fixture action."""
    return lambda args=NAMES, task_vars=None, **more: action(args, **more).run(None, task_vars or {})


@pytest.fixture
def info(run):
    """Returns the result of a task that reads the names."""
    return lambda **task_vars: run({}, task_vars, kind=names_info)


@pytest.fixture
def handed(monkeypatch):
    """Record what is handed to the module."""
    calls = []
    monkeypatch.setattr(
        in_process.RunAsModule, "run", lambda self, tmp, task_vars: calls.append(task_vars) or {"by": "module"}
    )
    return calls


@pytest.fixture
def said(monkeypatch):
    """Return what is said at -vvv."""
    lines = []
    monkeypatch.setattr(in_process.display, "vvv", lines.append)
    return lines


def test_a_change_here(app, action, run, handed):
    app.names = {"0": "sex"}
    result = run({"attr_names": {0: "gender"}}, {"x": 1})
    assert result["changed"] is True and result["attr_names"] == app.names == {"0": "gender"}
    assert len(result["warnings"]) == 1 and handed == []
    arguments = result["invocation"]["module_args"]
    assert arguments["sdkappid"] == app.sdkappid and arguments["timeout"] == 10
    assert app.secret_key not in shown(result)
    again = action({"attr_names": {0: "gender"}}).run()
    assert again["changed"] is False and "warnings" not in again


def test_check_mode_and_info(simulator, app, run, info):
    assert run(check_mode=True)["changed"] is True
    assert app.writes == 0
    assert info(ansible_inject_invocation=False) == {"changed": False, "attr_names": {}}
    assert simulator.commands() == ["get", "get"]


LONG = "hunter2" * 9  # as a name, and as the secret key


# Without "text", they are those of chat_push_attr_names. A misspelled secret_key has a secret as its value.
@pytest.mark.parametrize(
    ("args", "message", "is_early"),
    [
        ({"attr_names": {0: True}}, "attr_names: .*a boolean: True", True),
        ({"attr_names": {0: "a", "0": "b"}}, "attr_names: ", True),
        ({"attr_names": {0: LONG}, "secret_key": LONG}, ".*attribute 0 has 63 bytes", True),
        ({**NAMES, "attr_types": {0: True}}, "attr_types: True is not a valid type for attribute 0", True),
        ({**NAMES, "secretkey": "hunter2", "colour": 1}, rf"{UNKNOWN} colour, secretkey\. {KNOWN}attr_n", True),
        ({"text": "hello", "colour": "red"}, rf"{UNKNOWN} colour\. Supported ", True),
        ({"text": " "}, "text is empty", True),
        ({}, "missing required arguments: attr_names", False),
        ({**NAMES, "sdkappid": ...}, "missing required arguments: sdkappid. Set it in the task, in module_de", False),
        ({**NAMES, "retries": "x"}, "argument 'retries' is of type", False),
        ({"text": "hello", "retries": "many"}, "argument 'retries' is of type", False),
        ({"text": "hello", "timeout": 0}, "timeout must be an integer from 1 to 600, not 0", False),
    ],
)
def test_wrong_options_fail_without_a_request_and_some_in_each_mode(
    simulator, app, run, handed, args, message, is_early
):
    kind = chat_push if "text" in args else chat_push_attr_names
    for task_vars in ({}, AS_MODULE) if is_early else ({},):
        result = run(args, task_vars, kind=kind)
        assert result["failed"] is True and re.match(message, result["msg"]), result
        assert ("invocation" in result) is not is_early
        assert "hunter2" not in str(result) and app.secret_key not in shown(result)
        assert kind is not chat_push or (result["sent"], result["msg_random"]) == ("no", None)
    assert handed == [] and simulator.log == []


# An ansible-core that masks secrets itself has deprecated remove_values.
@pytest.mark.parametrize("is_masked", {True, redaction.register([])})
def test_given_secrets_are_registered_or_if_ansible_core_cannot_mask_them_replaced(monkeypatch, app, run, is_masked):
    known: set[str] = set()
    monkeypatch.setattr(redaction, "register", lambda secrets: known.update(secrets) or is_masked)
    if is_masked:  # then remove_values is not needed
        monkeypatch.delattr("ansible.module_utils.common.parameters.remove_values")
    result = run()
    assert result["changed"] is True and known >= {app.secret_key}
    arguments = result["invocation"]["module_args"]
    assert arguments["secret_key"] == (app.secret_key if is_masked else "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
    assert arguments["usersig"] is None


PYTHON = "ansible_python_interpreter"
OFF, OTHER = "tencentcloud_chat_in_process is false", "another Python interpreter is set"


@pytest.mark.parametrize(
    ("task_vars", "fields", "reason"),
    [
        ({}, {}, ""),
        ({in_process.SWITCH: "yes"}, {}, ""),
        *(({in_process.SWITCH: value}, {}, OFF) for value in (False, "no", "not a boolean")),
        ({in_process.SWITCH: "{{ off }}"}, {"templar": templar_of(**{"{{ off }}": False})}, OFF),
        ({}, {"async_val": 10}, "async is set"),
        *(({}, {"environment": value}, "") for value in ([{}], None)),
        ({}, {"environment": [{}, {"A": "b"}]}, "environment is set"),
        ({}, {"become": SimpleNamespace()}, "become is set"),
        ({}, {"transport": "ssh"}, "the connection is not local"),
        *(({PYTHON: path}, {}, "") for path in ("auto_silent", sys.executable)),
        ({PYTHON: "{{ own }}"}, {"templar": templar_of(**{"{{ own }}": sys.executable})}, ""),
        *(({PYTHON: path}, {}, OTHER) for path in ("/nowhere/python", os.path.realpath("/bin/sh"))),
        ({PYTHON: "/nowhere/python"}, {"delegate_to": "far"}, ""),
        ({"ansible_delegated_vars": {"far": {PYTHON: "/nowhere/python"}}}, {"delegate_to": "far"}, OTHER),
    ],
)
def test_each_condition(run, handed, said, task_vars, fields, reason):
    result = run({"attr_names": {}}, task_vars, **fields)
    assert said == [f"{SET}: run as a module, because {reason}" if reason else f"{SET}: run in-process"]
    assert handed == ([task_vars] if reason else [])
    assert ("by" in result) is bool(reason)


def test_a_link_in_another_directory_is_another_interpreter(tmp_path, action):
    (tmp_path / "python").symlink_to(os.path.realpath(sys.executable))
    assert action().module_reason({PYTHON: str(tmp_path / "python")}) == OTHER


def test_requests_missing_and_macos(monkeypatch, action):
    monkeypatch.setattr(libraries, "MISSING", "Traceback")
    assert action().module_reason({}) == "requests is missing here"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert action().module_reason({}) == "forked workers crash in system proxy lookups on macOS"


# As templates deliver them: a string whose str() is not a plain str either.
Text = type("Text", (str,), {"__str__": lambda self: self})
Number = type("Number", (int,), {})
Real = type("Real", (float,), {})
AnsibleVaultEncryptedUnicode = type("AnsibleVaultEncryptedUnicode", (), {"__str__": lambda self: Text("decrypted")})


def test_plain_takes_the_subclasses_off():
    day = datetime.date(2024, 1, 1)
    sequence = [Text("b"), (Number(3),), AnsibleVaultEncryptedUnicode(), True, None, Real(1.5), day]
    found = plain({Text("a"): sequence, Number(1): Text("c")})
    assert found == {"a": ["b", [3], "decrypted", True, None, 1.5, day], 1: "c"}
    assert [type(key) for key in found] == [str, int]
    assert [type(item) for item in found["a"]] == [str, list, str, bool, type(None), float, datetime.date]
    assert [type(found["a"][1][0]), type(found[1])] == [int, str]


def test_values_of_templates_and_json_become_plain_values(run):
    result = run({"attr_names": {Number(0): Text("sex")}, "timeout": Number(7)})
    assert result["attr_names"] == {"0": "sex"} and result["attr_names"]["0"].__class__ is str
    assert result["invocation"]["module_args"]["timeout"].__class__ is int
    assert run({"attr_names": '{"0": "sex"}'})["attr_names"] == {"0": "sex"}


@pytest.mark.parametrize(("setting", "is_shown"), [(True, True), (False, False), (AnsibleError("unknown"), True)])
def test_invocation_is_shown_if_ansible_shows_it_or_has_no_setting_for_it(info, setting, is_shown):
    assert ("invocation" in info(ansible_inject_invocation=setting)) is is_shown


@pytest.mark.parametrize(
    ("ca_path", "platform", "loaded"),
    [
        ("", "linux", [(True, None)]),
        ("/certificates/ca.pem", "linux", [(True, "/certificates/ca.pem")]),
        ("certificates/ca.pem", "linux", []),  # the playbook is not known yet
        ("/certificates/ca.pem", "darwin", []),
    ],
)
def test_the_parent_loads_the_ca_file_if_workers_can_use_it(monkeypatch, ca_path, platform, loaded):
    found = []
    monkeypatch.setattr(tls, "context", lambda *given: found.append(given))
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("TENCENT_CHAT_CA_PATH", ca_path)
    in_process.warm_up()
    assert found == loaded


def test_a_bad_ca_file_fails_only_when_it_is_used(monkeypatch):
    monkeypatch.setenv("TENCENT_CHAT_CA_PATH", "/nowhere")
    in_process.warm_up()


def test_a_relative_ca_path_begins_where_a_local_module_would_run(simulator, app, run):
    directory, name = os.path.split(simulator.ca_file)
    result = run({**NAMES, "ca_path": name}, folder=directory)
    assert result["changed"] is True and app.names == {"0": "sex"}
    assert result["invocation"]["module_args"]["ca_path"] == name


def test_a_task_of_ansible_core_itself_runs_in_process(monkeypatch, simulator, app, handed, said, tmp_path):
    """With the parts of this ansible-core in place of those that the other tests make up."""
    monkeypatch.setattr(constants, "config", CONFIG)
    loader = DataLoader()
    loader.set_basedir(str(tmp_path))
    connection = connection_loader.get("local", PlayContext(), os.devnull)
    options = {"api_url": simulator.https_url, "ca_path": simulator.ca_file, "sdkappid": app.sdkappid}

    def run(task_vars, **keywords):
        task = Task()
        task.action, task.args = SET, {**options, "secret_key": app.secret_key, **NAMES}
        for keyword, value in keywords.items():
            setattr(task, keyword, value)
        made = chat_push_attr_names.ActionModule(task, connection, PlayContext(), loader, Templar(loader), None)
        return made.run(None, task_vars)

    assert run({PYTHON: sys.executable})["changed"] is True and app.names == {"0": "sex"}
    assert said == [f"{SET}: run in-process"] and handed == []
    assert run({}, environment=[{"COLOR": "red"}]) == run({}, async_val=60) == {"by": "module"}


def fail(*_args, **_more):
    raise RuntimeError


def validator(**outcome):
    """Return a class of validators that have another *outcome*, or one that is not complete."""
    return lambda **_arguments: SimpleNamespace(validate=lambda given: SimpleNamespace(error_messages=[], **outcome))


# What running in-process needs of ansible-core, and what it could find instead. "...": it is missing.
NEEDED = [
    ("ansible.module_utils.common.arg_spec", "ArgumentSpecValidator"),
    ("ansible.module_utils.common.parameters", "remove_values"),
    ("ansible.module_utils.parsing.convert_bool", "boolean"),
    ("ansible.constants", "config"),
]
OTHER_SHAPES = [
    ...,
    lambda *_args, **_more: None,
    lambda *_args, **_more: 7,
    object(),
    fail,
    SimpleNamespace(get_config_value=fail, validate=fail),
    SimpleNamespace(get_config_value=lambda *_args, **_more: None),
    validator(),
    *(validator(validated_parameters=value) for value in (None, [], {"timeout": 10})),
]


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        *((*part, shape) for part in NEEDED for shape in OTHER_SHAPES),
        *(("task", name, ...) for name in ("async_val", "environment", "delegate_to", "check_mode")),
        ("task", "environment", 3),
        *(("connection", name, ...) for name in ("become", "transport")),
        ("plugin", "_templar", SimpleNamespace()),
        ("plugin", "_loader", None),
    ],
)
def test_with_another_ansible_core_a_task_is_a_module(monkeypatch, simulator, action, handed, said, place, name, value):
    if name == "remove_values":  # ansible-core needs it if it does not mask secrets itself
        monkeypatch.setattr(redaction, "register", lambda secrets: False)
    made = action()
    parts = {"task": made._task, "connection": made._connection, "plugin": made}
    part = parts.get(place) or importlib.import_module(place)
    if value is ...:
        monkeypatch.delattr(part, name)
    else:
        monkeypatch.setattr(part, name, value)
    assert made.run(None, {"x": 1}) == {"by": "module"}
    assert handed == [{"x": 1}] and simulator.log == []
    (line,) = said
    assert re.fullmatch(f"{SET}: run as a module, because this ansible-core is different: [A-Z][A-Za-z]+", line)
    assert place not in parts or re.search("(Attribute|Type)Error$", line)


def test_internal_arguments_of_a_module_are_not_unknown_options(app, run):
    """As in the second round of `until`, after the first ran as a module."""
    assert run({**NAMES, "_ansible_check_mode": False, "_ansible_version": "x"})["changed"] is True
    assert app.names == {"0": "sex"}


def test_an_error_in_a_parser_is_a_failed_result(simulator, action, handed):
    made = action()
    made.operation = ENSURE._replace(parsers={"attr_names": lambda value: 1 / 0})
    result = made.run(None, {})
    assert result["failed"] and result["msg"].startswith("ZeroDivisionError at ")
    assert handed == [] and simulator.log == []


def test_retries_and_request_ids_are_told_at_v(monkeypatch, simulator, app, info):
    told = []
    monkeypatch.setattr(in_process.display, "v", lambda line, **_more: told.append(line))
    monkeypatch.setattr(in_process.display, "verbosity", 1)
    simulator.fail(app.sdkappid, "http", status=502)
    assert info()["retried"] == {"times": 1, "reason": "HTTP 502"}
    where = f"im_get_attr_name for app {app.sdkappid} at "
    assert told[0].startswith(where) and ": HTTP 502. Attempt 2 follows in " in told[0]
    assert told[1].startswith(where) and told[1].endswith(": request simulated")


@pytest.fixture
def exits(monkeypatch):
    """Record that the process would end."""
    codes = []
    monkeypatch.setattr(os, "_exit", codes.append)
    return codes


@pytest.mark.parametrize("task_vars", [{}, AS_MODULE])
def test_a_worker_whose_job_has_ended_sends_nothing_and_ends(monkeypatch, simulator, run, handed, exits, task_vars):
    """ansible-core would wait for ever to hand over a large result that nobody takes."""
    monkeypatch.setattr(owner, "owner_in_process", lambda: Owner([1]))  # another parent than that of this process
    result = run(NAMES, task_vars)
    assert simulator.log == [] and exits == [1]
    assert "by" in result or "the job that started this task has ended" in result["msg"]


def test_a_worker_whose_job_is_there_does_not_end(run, handed, exits):
    assert run()["changed"] is True and run(NAMES, AS_MODULE) == {"by": "module"}
    assert exits == []


def test_the_process_of_a_module_is_ended_if_the_task_is_interrupted(monkeypatch, action):
    """Such as by the keyword timeout: a connection plugin leaves the process running."""
    started = []

    def run(self, tmp, task_vars):
        process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        started.append(process)
        raise TimeoutError

    monkeypatch.setattr(in_process.RunAsModule, "run", run)
    with pytest.raises(TimeoutError):
        action().run(None, AS_MODULE)
    with started[0] as process:
        assert process.wait(60) == -signal.SIGKILL


def test_the_items_of_a_loop_share_a_connection(simulator, app, info):
    for _item in range(5):
        info()
    assert len(simulator.log) == 5 and simulator.connections(app.sdkappid) == 1
