# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugins' base, without a playbook around it. With playbooks: tests/functional."""

from __future__ import annotations

import datetime
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
from ansible_collections.tencentcloud.chat.plugins.action import (
    chat_push,
    chat_push_attr_names,
    chat_push_attr_names_info,
)
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import libraries, owner, redaction, tls
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.owner import Owner
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE
from ansible_collections.tencentcloud.chat.plugins.plugin_utils import _in_process as in_process
from ansible_collections.tencentcloud.chat.plugins.plugin_utils._plain import plain

SET = "tencentcloud.chat.chat_push_attr_names"
CONFIG = constants.config


def shown(result: dict) -> str:
    """Return a result as a user sees it: from 2.22 on, ansible-core masks registered secrets when it shows them."""
    try:
        from ansible.module_utils.secrets import mask_secrets
    except ImportError:
        return str(result)
    return mask_secrets(str(result))


class MadeUpTemplar:
    """Templates nothing but what a test says."""

    def __init__(self, **values):
        self.values = values

    def template(self, value):
        return self.values.get(value, value) if isinstance(value, str) else value


@pytest.fixture(autouse=True)
def no_config(monkeypatch):
    """The interpreter as a playbook would set it; invocation as ansible-core before 2.21 shows it."""

    def get_config_value(name, variables=None, **_more):
        if name == "INJECT_INVOCATION":
            return (variables or {}).get("ansible_inject_invocation", True)
        assert name == "INTERPRETER_PYTHON"
        return (variables or {}).get("ansible_python_interpreter", "auto")

    monkeypatch.setattr(constants, "config", SimpleNamespace(get_config_value=get_config_value))
    yield
    in_process.workers.close()


@pytest.fixture
def action(simulator, app):
    def make(
        args=None, check_mode=False, kind=chat_push_attr_names, become=None, transport="local", templar=None, **more
    ):
        given = {
            "api_url": simulator.https_url,
            "ca_path": simulator.ca_file,
            "sdkappid": app.sdkappid,
            "secret_key": app.secret_key,
            **(args or {}),
        }
        given = {name: value for name, value in given.items() if value is not ...}
        fields = {"delegate_to": None, "async_val": 0, "environment": [], "action": SET, "check_mode": check_mode}
        work = SimpleNamespace(args=given, **{**fields, **more})
        shell = SimpleNamespace(tmpdir=None)
        connection = SimpleNamespace(become=become, transport=transport, _shell=shell, has_pipelining=True)
        loader = SimpleNamespace(get_basedir=lambda: "/playbooks")
        return kind.ActionModule(work, connection, SimpleNamespace(), loader, templar or MadeUpTemplar(), None)

    return make


@pytest.fixture
def handed(monkeypatch):
    """Record what is handed to the module."""
    calls = []
    monkeypatch.setattr(
        in_process.RunAsModule, "run", lambda self, tmp, task_vars: calls.append(task_vars) or {"by": "module"}
    )
    return calls


def test_a_change_here(simulator, app, action, handed):
    app.names = {"0": "sex"}
    result = action({"attr_names": {0: "gender"}}).run(None, {"x": 1})
    assert result["changed"] is True and result["attr_names"] == app.names == {"0": "gender"}
    assert len(result["warnings"]) == 1 and handed == []
    arguments = result["invocation"]["module_args"]
    assert arguments["sdkappid"] == app.sdkappid and arguments["timeout"] == 10
    assert app.secret_key not in shown(result)
    again = action({"attr_names": {0: "gender"}}).run()
    assert again["changed"] is False and "warnings" not in again


def test_check_mode_and_info(simulator, app, action):
    assert action({"attr_names": {0: "sex"}}, check_mode=True).run(None, {})["changed"] is True
    assert app.writes == 0
    result = action(kind=chat_push_attr_names_info).run(None, {"ansible_inject_invocation": False})
    assert result == {"changed": False, "attr_names": {}}
    assert simulator.commands() == ["get", "get"]


@pytest.mark.parametrize(
    ("args", "msg"),
    [
        ({}, "missing required arguments: attr_names"),
        (
            {"attr_names": {}, "sdkappid": ...},
            "missing required arguments: sdkappid. Set it in the task, in module_defa",
        ),
        ({"attr_names": {}, "retries": "x"}, "argument 'retries' is of type"),
        (
            {"attr_names": {}, "colour": "red"},
            f"Unsupported parameters for ({SET}) module: colour. Supported parameters include: api, api_url, attr_n",
        ),
    ],
)
def test_wrong_arguments(simulator, app, action, args, msg):
    result = action(args).run(None, {})
    assert result["failed"] is True and result["msg"].startswith(msg)
    assert ("invocation" in result) is ("Unsupported" not in msg) and app.secret_key not in shown(result)
    assert simulator.log == []


def test_given_secrets_are_registered_if_ansible_core_supports_it(monkeypatch, app, action):
    known: set[str] = set()
    monkeypatch.setattr(redaction, "register", lambda secrets: known.update(secrets) or True)
    result = action({"attr_names": {0: "sex"}}).run(None, {})
    assert known >= {app.secret_key}
    assert result["invocation"]["module_args"]["secret_key"] == app.secret_key, "ansible-core masks it itself"


@pytest.mark.skipif(redaction.register([]), reason="ansible-core masks them itself")
def test_given_secrets_are_masked_as_a_module_does(app, action):
    result = action({"attr_names": {0: "sex"}}).run(None, {})
    assert result["invocation"]["module_args"]["secret_key"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert result["invocation"]["module_args"]["usersig"] is None


@pytest.mark.parametrize(
    ("task_vars", "fields", "reason"),
    [
        ({}, {}, ""),
        ({in_process.SWITCH: "yes"}, {}, ""),
        ({in_process.SWITCH: False}, {}, "tencentcloud_chat_in_process is false"),
        ({in_process.SWITCH: "no"}, {}, "tencentcloud_chat_in_process is false"),
        ({in_process.SWITCH: "not a boolean"}, {}, "tencentcloud_chat_in_process is false"),
        (
            {in_process.SWITCH: "{{ off }}"},
            {"templar": MadeUpTemplar(**{"{{ off }}": False})},
            "tencentcloud_chat_in_process is false",
        ),
        ({}, {"async_val": 10}, "async is set"),
        ({}, {"environment": [{}]}, ""),
        ({}, {"environment": None}, ""),
        ({}, {"environment": [{}, {"A": "b"}]}, "environment is set"),
        ({}, {"become": SimpleNamespace()}, "become is set"),
        ({}, {"transport": "ssh"}, "the connection is not local"),
        ({"ansible_python_interpreter": "auto_silent"}, {}, ""),
        ({"ansible_python_interpreter": sys.executable}, {}, ""),
        ({"ansible_python_interpreter": "{{ own }}"}, {"templar": MadeUpTemplar(**{"{{ own }}": sys.executable})}, ""),
        ({"ansible_python_interpreter": "/nowhere/python"}, {}, "another Python interpreter is set"),
        ({"ansible_python_interpreter": os.path.realpath("/bin/sh")}, {}, "another Python interpreter is set"),
        ({"ansible_python_interpreter": "/nowhere/python"}, {"delegate_to": "far"}, ""),
        (
            {"ansible_delegated_vars": {"far": {"ansible_python_interpreter": "/nowhere/python"}}},
            {"delegate_to": "far"},
            "another Python interpreter is set",
        ),
    ],
)
def test_each_condition(monkeypatch, action, handed, task_vars, fields, reason):
    said = []
    monkeypatch.setattr(in_process.display, "vvv", said.append)
    made = action({"attr_names": {}}, **fields)
    assert made.module_reason(task_vars) == reason
    result = made.run(None, task_vars)
    assert said == [f"{SET}: run as a module, because {reason}" if reason else f"{SET}: run in-process"]
    assert handed == ([task_vars] if reason else [])
    assert ("by" in result) is bool(reason)


def test_a_link_in_another_directory_is_another_interpreter(tmp_path, action):
    (tmp_path / "python").symlink_to(os.path.realpath(sys.executable))
    made = action({"attr_names": {}})
    task_vars = {"ansible_python_interpreter": str(tmp_path / "python")}
    assert made.module_reason(task_vars) == "another Python interpreter is set"


def test_requests_missing_and_macos(monkeypatch, action):
    monkeypatch.setattr(libraries, "MISSING", "Traceback")
    assert action().module_reason({}) == "requests is missing here"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert action().module_reason({}) == "forked workers crash in system proxy lookups on macOS"


def test_values_that_yaml_misread_are_rejected_before_the_mode_is_chosen(simulator, action, handed):
    for names in ({0: True}, {0: datetime.date(2024, 1, 1)}, {0: "a", "0": "b"}, {None: "x"}):
        for task_vars in ({}, {in_process.SWITCH: False}):
            result = action({"attr_names": names}).run(None, task_vars)
            assert result["failed"] and result["msg"].startswith("attr_names: ")
    refused = action({"attr_names": {0: "hunter2" * 9}, "secret_key": "hunter2" * 9}).run(None, {})
    assert "attribute 0 has 63 bytes" in refused["msg"] and "hunter2" not in str(refused)
    refused = action({"attr_names": {0: "x"}, "attr_types": {0: True}}).run(None, {})
    assert refused["msg"].startswith("attr_types: True is not a valid type for attribute 0")
    assert handed == [] and simulator.log == []
    assert action({"attr_names": '{"0": "sex"}'}).run(None, {})["attr_names"] == {"0": "sex"}


# As templates deliver them: a string whose str() is not a plain str either.
Text = type("Text", (str,), {"__str__": lambda self: self})
Number = type("Number", (int,), {})
Real = type("Real", (float,), {})
AnsibleVaultEncryptedUnicode = type("AnsibleVaultEncryptedUnicode", (), {"__str__": lambda self: Text("decrypted")})


def test_plain_takes_the_subclasses_off():
    value = {
        Text("a"): [Text("b"), (Number(3),)],
        Number(1): AnsibleVaultEncryptedUnicode(),
        "c": True,
        "d": None,
        "e": Real(1.5),
    }
    found = plain(value)
    assert found == {"a": ["b", [3]], 1: "decrypted", "c": True, "d": None, "e": 1.5}
    assert {type(key) for key in found} == {str, int}
    items = (found["a"][0], found["a"][1][0], found[1], found["c"], found["e"])
    assert [type(item) for item in items] == [str, int, str, bool, float]
    day = datetime.date(2024, 1, 1)
    assert plain(day) is day


@pytest.mark.parametrize(("setting", "is_shown"), [(True, True), (False, False), (AnsibleError("unknown"), True)])
def test_invocation_is_shown_if_ansible_shows_it_or_has_no_setting_for_it(monkeypatch, action, setting, is_shown):
    def get_config_value(name, variables=None):
        if name == "INJECT_INVOCATION":
            if isinstance(setting, Exception):
                raise setting
            return setting
        return "auto"

    monkeypatch.setattr(constants, "config", SimpleNamespace(get_config_value=get_config_value))
    assert ("invocation" in action(kind=chat_push_attr_names_info).run(None, {})) is is_shown


def test_the_parent_loads_the_ca_file_once(monkeypatch, simulator):
    loaded = []
    monkeypatch.setattr(tls, "context", lambda *given: loaded.append(given))
    monkeypatch.setenv("TENCENT_CHAT_CA_PATH", simulator.ca_file)
    in_process.warm_up()
    assert loaded == [(True, simulator.ca_file)]
    monkeypatch.setattr(sys, "platform", "darwin")
    in_process.warm_up()
    assert len(loaded) == 1


def test_a_bad_ca_file_fails_only_when_it_is_used(monkeypatch):
    monkeypatch.setenv("TENCENT_CHAT_CA_PATH", "/nowhere")
    in_process.warm_up()


def test_a_task_of_ansible_core_itself_runs_in_process(monkeypatch, simulator, app, handed, said, tmp_path):
    """With the parts of this ansible-core in place of those that the other tests make up."""
    monkeypatch.setattr(constants, "config", CONFIG)
    loader = DataLoader()
    loader.set_basedir(str(tmp_path))
    task = Task()
    task.action = SET
    options = {"api_url": simulator.https_url, "ca_path": simulator.ca_file, "sdkappid": app.sdkappid}
    task.args = {**options, "secret_key": app.secret_key, "attr_names": {0: "sex"}}
    connection = connection_loader.get("local", PlayContext(), os.devnull)
    made = chat_push_attr_names.ActionModule(task, connection, PlayContext(), loader, Templar(loader), None)
    result = made.run(None, {"ansible_python_interpreter": sys.executable})
    assert said == [f"{SET}: run in-process"] and handed == []
    assert result["changed"] is True and app.names == {"0": "sex"}
    for keyword, value in (("environment", [{"COLOR": "red"}]), ("async_val", 60)):
        other = task.copy()
        setattr(other, keyword, value)
        made = chat_push_attr_names.ActionModule(other, connection, PlayContext(), loader, Templar(loader), None)
        assert made.run(None, {}) == {"by": "module"}


def test_the_value_of_an_unknown_option_is_not_shown(simulator, action, handed):
    """A misspelled secret_key has a secret as its value."""
    for task_vars in ({}, {in_process.SWITCH: False}):
        result = action({"attr_names": {0: "x"}, "secretkey": "hunter2", "colour": "red"}).run(None, task_vars)
        assert (
            result["failed"]
            and "module: colour, secretkey. Supported parameters include: api, api_url," in result["msg"]
        )
        assert "hunter2" not in str(result)
    assert handed == [] and simulator.log == []


def test_a_relative_ca_path_begins_where_a_local_module_would_run(simulator, app, action, monkeypatch):
    directory, name = os.path.split(simulator.ca_file)
    made = action({"attr_names": {0: "sex"}, "ca_path": name})
    made._loader = SimpleNamespace(get_basedir=lambda: directory)
    result = made.run(None, {})
    assert result["changed"] is True and app.names == {"0": "sex"}
    assert result["invocation"]["module_args"]["ca_path"] == name


# -- an ansible-core that is different ----------------------------------------------------------------


# What running in-process needs of ansible-core, and where it is imported from.
NEEDED = {
    "ArgumentSpecValidator": "ansible.module_utils.common.arg_spec",
    "remove_values": "ansible.module_utils.common.parameters",
    "boolean": "ansible.module_utils.parsing.convert_bool",
    "config": "ansible.constants",
}


def fail(*_args, **_more):
    raise RuntimeError


OTHER_SHAPES = {
    "returns None": lambda *_args, **_more: None,
    "returns another type": lambda *_args, **_more: 7,
    "is not a function": object(),
    "raises": fail,
    "raises at the first use": SimpleNamespace(get_config_value=fail, validate=fail),
    "has a method that returns None": SimpleNamespace(get_config_value=lambda *_args, **_more: None),
}


@pytest.fixture
def said(monkeypatch):
    """Return what is said at -vvv."""
    lines = []
    monkeypatch.setattr(in_process.display, "vvv", lines.append)
    return lines


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("kind", ["missing", *OTHER_SHAPES])
def test_a_task_runs_as_a_module_if_ansible_core_lacks_a_part(
    monkeypatch, simulator, app, action, handed, said, name, kind
):
    monkeypatch.setattr(redaction, "register", lambda secrets: False)  # else remove_values is not needed
    if kind == "missing":
        monkeypatch.delattr(f"{NEEDED[name]}.{name}")
    else:
        monkeypatch.setattr(f"{NEEDED[name]}.{name}", OTHER_SHAPES[kind])
    assert action({"attr_names": {0: "sex"}}).run(None, {"x": 1}) == {"by": "module"}
    assert handed == [{"x": 1}] and simulator.log == []
    assert len(said) == 1
    assert re.fullmatch(f"{SET}: run as a module, because this ansible-core is different: [A-Z][A-Za-z]+", said[0])


@pytest.mark.parametrize("outcome", [{}, {"validated_parameters": None}, {"validated_parameters": []}])
def test_a_validator_that_returns_something_else_means_the_module(
    monkeypatch, simulator, action, handed, said, outcome
):
    validator = SimpleNamespace(validate=lambda given: SimpleNamespace(error_messages=[], **outcome))
    monkeypatch.setattr(f"{NEEDED['ArgumentSpecValidator']}.ArgumentSpecValidator", lambda **_arguments: validator)
    assert action({"attr_names": {0: "sex"}}).run(None, {}) == {"by": "module"}
    assert len(handed) == 1 and simulator.log == [] and "this ansible-core is different: " in said[0]


def test_remove_values_is_not_needed_where_ansible_core_can_be_told_about_secrets(monkeypatch, app, action, handed):
    monkeypatch.setattr(redaction, "register", lambda secrets: True)
    monkeypatch.delattr(f"{NEEDED['remove_values']}.remove_values")
    assert action({"attr_names": {0: "sex"}}).run(None, {})["changed"] is True and handed == []


@pytest.mark.parametrize(
    "distort",
    [
        lambda made: delattr(made._task, "async_val"),
        lambda made: delattr(made._task, "environment"),
        lambda made: setattr(made._task, "environment", 3),
        lambda made: delattr(made._task, "delegate_to"),
        lambda made: delattr(made._task, "check_mode"),
        lambda made: delattr(made._connection, "become"),
        lambda made: delattr(made._connection, "transport"),
        lambda made: setattr(made, "_templar", SimpleNamespace()),
        lambda made: setattr(made, "_loader", None),
    ],
)
def test_a_task_or_connection_of_another_shape_runs_as_a_module(monkeypatch, simulator, app, action, handed, distort):
    said = []
    monkeypatch.setattr(in_process.display, "vvv", said.append)
    made = action({"attr_names": {0: "sex"}})
    distort(made)
    assert made.run(None, {}) == {"by": "module"}
    assert len(handed) == 1 and simulator.log == []
    assert re.search(r"run as a module, because this ansible-core is different: (Attribute|Type)Error$", said[0])


def test_internal_arguments_of_a_module_are_not_unknown_options(app, action):
    """As in the second round of `until`, after the first ran as a module."""
    result = action({"attr_names": {0: "sex"}, "_ansible_check_mode": False, "_ansible_version": "x"}).run(None, {})
    assert result["changed"] is True and app.names == {"0": "sex"}


def test_a_validator_that_accepts_everything_means_the_module(monkeypatch, action, handed):
    class Lax:
        def __init__(self, **_arguments):
            pass

        def validate(self, given):
            valid = {"timeout": 10, **{name: int(value) for name, value in given.items() if name == "number"}}
            return SimpleNamespace(validated_parameters=valid, error_messages=[])

    monkeypatch.setattr("ansible.module_utils.common.arg_spec.ArgumentSpecValidator", Lax)
    assert action({"attr_names": {0: "sex"}}).run(None, {}) == {"by": "module"}


def test_a_relative_ca_path_is_not_loaded_before_the_playbook_is_known(monkeypatch, simulator):
    loaded = []
    monkeypatch.setattr(tls, "context", lambda *given: loaded.append(given))
    monkeypatch.setenv("TENCENT_CHAT_CA_PATH", "certificates/ca.pem")
    in_process.warm_up()
    assert loaded == []
    monkeypatch.delenv("TENCENT_CHAT_CA_PATH")
    in_process.warm_up()
    assert loaded == [(True, None)]


# -- failures, retries, and jobs that have ended ----------------------------------------------------------------------


def test_an_error_in_a_parser_is_a_failed_result(simulator, action, handed):
    made = action({"attr_names": {0: "x"}})
    made.operation = ENSURE._replace(parsers={"attr_names": lambda value: 1 / 0})
    result = made.run(None, {})
    assert result["failed"] and result["msg"].startswith("ZeroDivisionError at ")
    assert handed == [] and simulator.log == []


def test_each_failed_result_has_the_keys_of_the_operation(simulator, action, handed):
    for args, words in (
        ({"text": "hello", "retries": "many"}, "argument 'retries' is of type"),
        ({"text": "hello", "colour": "red"}, "Unsupported parameters"),
        ({"text": " "}, "text is empty"),
        ({"text": "hello", "timeout": 0}, "timeout must be an integer from 1 to 600, not 0"),
    ):
        result = action(args, kind=chat_push).run(None, {})
        assert result["failed"] and words in result["msg"]
        assert (result["sent"], result["msg_random"]) == ("no", None)
    assert handed == [] and simulator.log == []


def test_retries_and_request_ids_are_told_at_v(monkeypatch, simulator, app, action):
    told = []
    monkeypatch.setattr(in_process.display, "v", lambda line, **_more: told.append(line))
    monkeypatch.setattr(in_process.display, "verbosity", 1)
    simulator.fail(app.sdkappid, "http", status=502)
    result = action(kind=chat_push_attr_names_info).run(None, {})
    assert result["retried"] == {"times": 1, "reason": "HTTP 502"}
    where = f"im_get_attr_name for app {app.sdkappid} at "
    assert told[0].startswith(where) and ": HTTP 502. Attempt 2 follows in " in told[0]
    assert told[1].startswith(where) and told[1].endswith(": request simulated")


@pytest.fixture
def exits(monkeypatch):
    """Record that the process would end."""
    codes = []
    monkeypatch.setattr(os, "_exit", codes.append)
    return codes


@pytest.mark.parametrize("task_vars", [{}, {in_process.SWITCH: False}])
def test_a_worker_whose_job_has_ended_sends_nothing_and_ends(monkeypatch, simulator, action, handed, exits, task_vars):
    """ansible-core would wait for ever to hand over a large result that nobody takes."""
    monkeypatch.setattr(owner, "owner_in_process", lambda: Owner([1]))  # another parent than that of this process
    result = action({"attr_names": {0: "x"}}).run(None, task_vars)
    assert simulator.log == [] and exits == [1]
    assert "by" in result or "the job that started this task has ended" in result["msg"]


def test_a_worker_whose_job_is_there_does_not_end(action, handed, exits):
    assert action({"attr_names": {0: "x"}}).run(None, {})["changed"] is True
    assert action({"attr_names": {0: "x"}}).run(None, {in_process.SWITCH: False}) == {"by": "module"}
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
        action({"attr_names": {0: "x"}}).run(None, {in_process.SWITCH: False})
    with started[0] as process:
        assert process.wait(60) == -signal.SIGKILL


def test_the_items_of_a_loop_share_a_connection(simulator, app, action):
    for _item in range(5):
        action(kind=chat_push_attr_names_info).run(None, {})
    assert len(simulator.log) == 5 and simulator.connections(app.sdkappid) == 1


def test_values_of_templates_become_plain_values(app, action):
    result = action({"attr_names": {Number(0): Text("sex")}, "timeout": Number(7)}).run(None, {})
    assert result["attr_names"] == {"0": "sex"} and result["attr_names"]["0"].__class__ is str
    assert result["invocation"]["module_args"]["timeout"].__class__ is int
