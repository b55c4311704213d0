# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from unittest import mock

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import libraries, module
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.owner import Owner
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_name_rules
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE, INFO
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH


class Ended(Exception):
    """A module has ended, with its result."""


class Module:
    """Stands for AnsibleModule."""

    def __init__(self, supports_check_mode, **arguments):
        assert supports_check_mode
        self.warnings = []
        result = ArgumentSpecValidator(**arguments).validate(self.given)
        if result.error_messages:
            self.fail_json(msg=result.errors.msg)
        self.params = result.validated_parameters

    def warn(self, text):
        self.warnings.append(text)

    def exit_json(self, **result):
        raise Ended("exit", result, self.warnings)

    def fail_json(self, msg, **result):
        raise Ended("fail", {"msg": msg, **result}, self.warnings)


@pytest.fixture
def run_module(monkeypatch, simulator, app):
    """Runs an operation as a module; returns how it ended, and what it warned of."""
    shared = {"api_url": simulator.https_url, "ca_path": simulator.ca_file, "sdkappid": app.sdkappid}

    def run(operation, check_mode=False, **options):
        given = {**shared, "secret_key": app.secret_key, **options}
        given = {name: value for name, value in given.items() if value is not ...}
        kind = type("GivenModule", (Module,), {"check_mode": check_mode, "given": given})
        monkeypatch.setattr(basic, "AnsibleModule", kind)
        with pytest.raises(Ended) as ended:
            module.run_module(operation)
        return ended.value.args

    return run


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_operation_as_a_module(app, run_module, check_mode):
    app.names = {"0": "sex"}
    way, result, warnings = run_module(ENSURE, check_mode, attr_names={"0": "gender"})
    assert (way, result["changed"], result["attr_names"]) == ("exit", True, {"0": "gender"})
    assert warnings == attr_name_rules.rename_warnings({"0": "sex"}, {"0": "gender"}) and "warnings" not in result
    found = {"0": "sex" if check_mode else "gender"}
    assert run_module(INFO) == ("exit", {"changed": False, "attr_names": found}, [])
    way, result, _warnings = run_module(INFO, secret_key="another")
    assert (way, result["failed"], result["error_code"]) == ("fail", True, 70009)


def test_a_module_without_requests_says_so(monkeypatch, run_module):
    monkeypatch.setattr(libraries, "MISSING", "Traceback: no module")
    way, result, _warnings = run_module(INFO)
    assert way == "fail" and "library (requests)" in result["msg"]
    assert result["msg"].endswith(". To use that of the control node, set delegate_to: localhost.")
    assert result["exception"] == "Traceback: no module"
    _way, result, _warnings = run_module(PUSH, text="hello")
    assert (result["sent"], result["msg_random"]) == ("no", None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"retries": "many"}, "argument 'retries' is of type"),
        ({"colour": "red"}, "colour"),
        ({"text": " "}, "text is empty"),
        ({"api_url": ...}, "region, api_url. Set it in the task, in module_defaults, or with TENCENT_CHAT"),
    ],
)
def test_each_failed_result_has_the_keys_of_the_operation(simulator, run_module, options, words):
    """Also where AnsibleModule rejects the options before the operation sees them."""
    way, result, _warnings = run_module(PUSH, **{"text": "hello", **options})
    assert way == "fail" and words in result["msg"]
    assert result["sent"] == "no" and result["msg_random"] is None and simulator.log == []


def test_options_that_are_not_set_are_not_parsed(run_module):
    parsed = []
    operation = Operation(
        lambda client, options, check_mode: Outcome(False, {"shown": options["one"]}),
        {"one": {"type": "str"}, "two": {"type": "str"}},
        {"one": lambda value: parsed.append(value) or value.upper(), "two": parsed.append},
    )
    assert run_module(operation, one="x") == ("exit", {"changed": False, "shown": "X"}, [])
    assert parsed == ["x"]


def test_a_wrong_option_shows_no_secret(simulator, app, run_module):
    way, result, _warnings = run_module(ENSURE, attr_names={"0": app.secret_key})
    assert way == "fail" and "has 64 bytes" in result["msg"] and app.secret_key not in str(result)
    assert simulator.log == []


def test_an_error_in_a_parser_is_a_failed_result(run_module):
    crash = mock.Mock(side_effect=RuntimeError("hunter2"))
    operation = Operation(lambda *_given: Outcome(False), {"one": {"type": "str"}}, {"one": crash})
    way, result, _warnings = run_module(operation, one="x")
    assert way == "fail" and "RuntimeError at " in result["msg"] and "hunter2" not in str(result)


def test_a_module_whose_job_has_ended_sends_nothing(monkeypatch, simulator, run_module):
    monkeypatch.setattr(module, "owner_of_module", lambda: Owner([1]))  # another parent than that of this process
    way, result, _warnings = run_module(INFO)
    assert way == "fail" and "the job that started this task has ended" in result["msg"]
    assert simulator.log == []
