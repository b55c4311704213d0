# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin of each module: what it runs, and what it offers to linters."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import module

PLUGINS = Path(module.__file__).parents[2]
PACKAGE = module.__name__.partition(".module_utils")[0]
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))


def action_of(name):
    return importlib.import_module(f"{PACKAGE}.action.{name}")


@pytest.mark.parametrize("name", MODULES)
def test_the_module_runs_the_operation_of_its_action_plugin(monkeypatch, name):
    found = importlib.import_module(f"{PACKAGE}.modules.{name}")
    ran: list[object] = []
    monkeypatch.setattr(found, "run_module", ran.append)
    found.main()
    assert ran == [action_of(name).ActionModule.operation]


@pytest.fixture
def spec_of(monkeypatch):
    """Returns the options that AnsibleModule gets if a linter runs main() of an action plugin."""

    def run_main(name):
        specs: list[dict] = []
        monkeypatch.setattr(basic, "AnsibleModule", specs.append)
        action_of(name).main()
        return specs[0]

    return run_main


def problems(spec, options):
    return ArgumentSpecValidator(spec).validate(options).error_messages


@pytest.mark.parametrize("name", MODULES)
def test_no_option_is_required_because_module_defaults_can_set_it_and_secrets_stay_out_of_the_report(spec_of, name):
    spec = spec_of(name)
    assert problems(spec, {}) == []
    assert problems(spec, {"secret_key": "a-secret-key", "usersig": "a-usersig", "api_url": "https://chat.test"}) == []
    assert {option for option, facts in spec.items() if facts.get("no_log")} == {"secret_key", "usersig"}


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("chat_push_attr_names", {"attr_name": {0: "sex"}}, "attr_name. Supported parameters include"),
        ("chat_push_attr_names", {"region": "mars"}, "value of region must be one of"),
        ("chat_push_attr_names", {"attr_names": ["sex"]}, "'attr_names' is of type"),
        ("chat_push_user_tags", {"exclusive": "perhaps"}, "'exclusive' is of type"),
        ("chat_accounts", {"accounts": ["ann"]}, "'accounts' is of type"),
        ("chat_push", {"msg_body": ["hello"]}, "msg_body"),
        ("chat_push", {"offline_push": {"titel": "Hello"}}, "titel"),
    ],
)
def test_a_wrong_option_is_reported(spec_of, name, options, words):
    assert any(words in problem for problem in problems(spec_of(name), options))
