# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import test_attr_names
import test_options
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import operation as shared_operation
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import attr_names
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.attr_names import ENSURE, INFO


@pytest.fixture
def perform(simulator, app):
    def run(operation=ENSURE, check_mode=False, **options):
        given = {
            "api_url": simulator.https_url,
            "ca_path": simulator.ca_file,
            "sdkappid": app.sdkappid,
            "secret_key": app.secret_key,
            **options,
        }
        given = {name: value for name, value in given.items() if value is not ...}
        result = ArgumentSpecValidator(**operation.arguments).validate(given)
        assert not result.error_messages
        return operation.perform(result.validated_parameters, check_mode)

    return run


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_result_of_a_change(simulator, app, perform, check_mode):
    app.names = {"0": "sex", "5": "kept"}
    assert perform(check_mode=check_mode, attr_names={0: "gender"}) == {
        "changed": True,
        "attr_names": {"0": "gender", "5": "kept"},
        "undeclared": {"5": "kept"},
        "diff": {"before": {"0": "sex", "5": "kept"}, "after": {"0": "gender", "5": "kept"}},
        "warnings": attr_names.rename_warnings({"0": "sex"}, {"0": "gender"}),
    }
    assert simulator.commands() == (["get"] if check_mode else ["get", "set", "get"])


def test_the_result_of_no_change_and_of_info(simulator, app, perform):
    app.names = {"0": "sex"}
    names = {"0": "sex"}
    assert perform(attr_names={"0": "sex"}) == {
        "changed": False,
        "attr_names": names,
        "undeclared": {},
        "diff": {"before": names, "after": names},
        "warnings": [],
    }
    assert perform(INFO) == {"changed": False, "attr_names": names}
    assert perform(INFO, check_mode=True) == {"changed": False, "attr_names": names}
    assert simulator.commands() == ["get"] * 3 and app.writes == 0


def test_the_results_with_types(simulator, app, perform):
    app.names = {"0": "sex"}
    given = {"attr_names": {1: "device"}, "attr_types": {1: 1}}
    before = {"attr_names": {"0": "sex"}, "attr_types": {"0": 0}}
    after = {"attr_names": {"0": "sex", "1": "device"}, "attr_types": {"0": 0, "1": 1}}
    assert perform(api="timpush", **given) == {
        "changed": True,
        **after,
        "undeclared": {"0": "sex"},
        "diff": {"before": before, "after": after},
        "warnings": [],
    }
    assert perform(INFO, api="timpush") == {"changed": False, **after}
    assert {entry["path"] for entry in simulator.log} == {"v4/timpush/get_attr_name", "v4/timpush/set_attr_name"}


def test_a_relative_ca_path_begins_in_the_current_directory(tmp_path, monkeypatch, simulator, perform):
    """That is so in a module. An action plugin passes the directory of the playbook."""
    (tmp_path / "ca.pem").write_bytes(Path(simulator.ca_file).read_bytes())
    monkeypatch.chdir(tmp_path)
    assert perform(INFO, ca_path="ca.pem") == {"changed": False, "attr_names": {}}


WRONG = [{"attr_names": names} for names, _message in test_attr_names.REFUSED]
WRONG += [{"attr_names": {0: "x"}, **options} for options, _message in test_options.REFUSED]


@pytest.mark.parametrize("options", WRONG)
def test_wrong_options_do_not_reach_the_network(simulator, app, options):
    """Ansible's validation rejects some of them, and ours the others."""
    given = {"api_url": simulator.https_url, "ca_path": simulator.ca_file, "sdkappid": app.sdkappid}
    given = {**given, "secret_key": app.secret_key, **options}
    given = {name: value for name, value in given.items() if value is not ...}
    if "region" in options:
        del given["api_url"]
    result = ArgumentSpecValidator(**ENSURE.arguments).validate(given)
    if not result.error_messages:
        outcome = ENSURE.perform(result.validated_parameters, False)
        assert outcome["failed"] and not outcome["changed"] and outcome["msg"]
    assert simulator.log == [] and app.writes == 0


@pytest.mark.parametrize("given", ["usersig", "secret_key"])
def test_a_secret_in_place_of_a_name_is_masked_before_anything_was_signed(app, perform, given):
    secret = "secret-in-the-wrong-place-" * 3
    options = {"usersig": ..., "secret_key": ..., given: secret}
    result = perform(attr_names={0: secret}, **options)
    assert "the name of attribute 0 has 78 bytes" in result["msg"] and secret not in json.dumps(result)


def test_the_message_of_a_crash_does_not_contain_the_text_of_the_exception(monkeypatch, app, perform):
    def crash(*args):
        raise RuntimeError(app.secret_key)

    monkeypatch.setattr(attr_names, "plan_names", crash)
    result = perform(attr_names={0: "sex"})
    assert {"failed": True, "changed": False, "msg": result["msg"]} == result
    way = r"RuntimeError at operation\.py:\d+ > (?:\w+\.py:\d+ > )*attr_names\.py:\d+ > test_operation\.py:\d+\."
    assert re.fullmatch(way + " Report this as a bug in the collection.", result["msg"])


def test_secrets_of_environment_and_task_are_masked_in_the_whole_result(simulator, app, perform, monkeypatch):
    app.names = {"0": f"x{app.secret_key[:40]}"}
    simulator.fail(app.sdkappid, "code", code=70003, info=f"bad key {app.secret_key}!")
    assert perform(attr_names={})["error_info"] == "bad key ********!"
    monkeypatch.setenv("TENCENT_CHAT_SECRET_KEY", app.secret_key)
    simulator.fail(app.sdkappid, "code", code=70003, info=f"bad key {app.secret_key}!")
    assert perform(attr_names={}, secret_key=None)["error_info"] == "bad key ********!"


def test_secrets_are_registered_if_ansible_core_supports_it(monkeypatch, simulator, app, perform):
    known: set[str] = set()
    monkeypatch.setattr(shared_operation, "register_secrets", known.update)
    perform(attr_names={0: "sex"})
    assert app.secret_key in known
    assert simulator.log[0]["query"]["usersig"] in known
