# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
import sys

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import module, transport
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_names
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE, INFO


class Ended(Exception):
    """A module has ended, with its result."""


@pytest.fixture
def run_module(monkeypatch, simulator, app):
    """Runs an operation as a module; returns how it ended, and what it warned of."""

    class Module:
        check_mode = False

        def __init__(self, supports_check_mode, **arguments):
            assert supports_check_mode
            self.warnings = []
            result = ArgumentSpecValidator(**arguments).validate(self.given)
            assert not result.error_messages
            self.params = result.validated_parameters

        def warn(self, text):
            self.warnings.append(text)

        def exit_json(self, **result):
            raise Ended("exit", result, self.warnings)

        def fail_json(self, msg, **result):
            raise Ended("fail", {"msg": msg, **result}, self.warnings)

    def run(operation, check_mode=False, **options):
        monkeypatch.setattr(Module, "check_mode", check_mode)
        given = {"api_url": simulator.https_url, "ca_path": simulator.ca_file, "sdkappid": app.sdkappid}
        monkeypatch.setattr(Module, "given", {**given, "secret_key": app.secret_key, **options}, raising=False)
        monkeypatch.setattr(basic, "AnsibleModule", Module)
        with pytest.raises(Ended) as ended:
            module.run_module(operation)
        return ended.value.args

    return run


def test_an_operation_as_a_module(app, run_module):
    app.names = {"0": "sex"}
    way, result, warnings = run_module(ENSURE, attr_names={"0": "gender"})
    assert (way, result["changed"], result["attr_names"]) == ("exit", True, {"0": "gender"})
    assert warnings == attr_names.rename_warnings({"0": "sex"}, {"0": "gender"}) and "warnings" not in result
    assert run_module(INFO) == ("exit", {"changed": False, "attr_names": {"0": "gender"}}, [])
    way, result, _warnings = run_module(INFO, secret_key="another")
    assert (way, result["failed"], result["error_code"]) == ("fail", True, 70009)


def test_a_module_in_check_mode_writes_nothing(app, run_module):
    _way, result, _warnings = run_module(ENSURE, check_mode=True, attr_names={"0": "gender"})
    assert result["changed"] is True and app.names == {}


def test_a_module_without_requests_says_so(monkeypatch, run_module):
    monkeypatch.setattr(transport, "REQUESTS_MISSING", "Traceback: no module")
    way, result, _warnings = run_module(INFO)
    assert way == "fail" and "library (requests)" in result["msg"]
    assert result["exception"] == "Traceback: no module"


def garbage_collection_after(statement):
    """Return whether a new process has it enabled after *statement*, and whether that left objects out of it.

    Python 3.12 leaves some out by itself.
    """
    count = "gc.get_freeze_count()"
    code = f"import gc\nbefore = {count}\n{statement}\nprint(gc.isenabled(), {count} > before)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    return process.stdout.split() or process.stderr


def test_garbage_is_collected_in_the_process_of_a_module_but_not_among_what_was_imported():
    assert garbage_collection_after(f"import {module.__name__}") == ["True", "True"]


def test_an_action_plugin_leaves_garbage_collection_alone():
    plugins = module.__name__.partition(".module_utils")[0]
    assert garbage_collection_after(f"import {plugins}.action.chat_push") == ["True", "False"]


def test_a_python_that_cannot_freeze_objects_runs_a_module():
    assert garbage_collection_after(f"f = gc.freeze; del gc.freeze; import {module.__name__}") == ["True", "False"]
