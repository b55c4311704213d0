# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How modules and action plugins are imported, what they run, and what they offer to linters.

ansible-test runs this file with all of ansible-core, for the action.
"""

from __future__ import annotations

import collections
import importlib
import json
import os
import subprocess
import sys
import zipfile
import zipimport
from pathlib import Path
from unittest import mock

import ansible
import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import module, start

COLLECTION = "ansible_collections/tencentcloud/chat"
PLUGINS = Path(start.__file__).parents[2]
MAIN = f"{COLLECTION}/plugins/module_utils/_core/module".replace("/", ".")
SUBJECT = f"{COLLECTION}/plugins/module_utils/_push/push".replace("/", ".")
PROGRAM = f"""
import json, sys
sys.path.insert(0, sys.argv[1])
compiled = []
sys.addaudithook(lambda event, data: compiled.append(str(data[1])) if event == "compile" else None)
import {MAIN}, {SUBJECT}
files = {{name: found.__file__ for name, found in sys.modules.items() if name.startswith("ansible_collections.")}}
print(json.dumps([compiled, files]))
"""


@pytest.fixture(scope="module")
def payload(tmp_path_factory):
    """The collection and ansible-core in a ZIP file, as Ansible sends them."""
    path = tmp_path_factory.mktemp("payload") / "payload.zip"
    core = Path(ansible.__file__).parent
    files = {"ansible/__init__.py": b"", "ansible/release.py": (core / "release.py").read_bytes()}
    for root, place in ((core, "ansible"), (PLUGINS, f"{COLLECTION}/plugins")):
        for file in (root / "module_utils").rglob("*.py"):
            files[f"{place}/{file.relative_to(root)}"] = file.read_bytes()
    packages = {str(parent) for name in files for parent in Path(name).parents} - {"."}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**{f"{package}/__init__.py": b"" for package in packages}, **files}.items():
            archive.writestr(name, content)
    return path


def test_each_file_of_a_module_is_compiled_once_and_has_the_name_that_python_gives_it(payload):
    command = [sys.executable, "-c", PROGRAM, payload]
    compiled, files = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    times = collections.Counter(name for name in compiled if name.startswith(f"{payload}/{COLLECTION}/"))
    assert len(times) > 30
    early = ("/start.py", "/module.py", "/__init__.py")  # before start.py is there, Python compiles them twice
    assert {name for name, count in times.items() if count > 1 and not name.endswith(early)} == set()
    assert times[f"{payload}/{SUBJECT.replace('.', '/')}.py"] == 1
    assert files[SUBJECT] == f"{payload}/{SUBJECT.replace('.', '/')}.py"
    for name, file in files.items():
        path = f"{payload}/{name.replace('.', '/')}"
        assert file in (f"{path}.py", f"{path}/__init__.py")


PACKAGE = module.__name__.partition(".module_utils")[0]
ACTION = f"{PACKAGE}.action.chat_push"


@pytest.mark.parametrize("name", [module.__name__, ACTION])
@pytest.mark.parametrize(("first", "is_left_out"), [("", "True"), ("del gc.freeze; ", "False")])
def test_garbage_is_collected_but_not_among_what_was_imported_if_python_can_leave_it_out(name, first, is_left_out):
    """In a new process. Python 3.12 leaves some objects out by itself."""
    count = "gc.get_freeze_count()"
    code = f"import gc\nbefore = {count}\n{first}import {name}\nprint(gc.isenabled(), {count} > before)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert process.stdout.split() == ["True", is_left_out], process.stderr


def test_the_importer_knows_the_files_that_the_one_of_python_finds(payload):
    utils = f"{COLLECTION}/plugins/module_utils"
    known = {"": "ansible", "ansible": "ansible.release", utils: "x._core", f"{utils}/_core": "x.start"}
    for prefix, name in known.items():
        path = f"{payload}/{prefix}".rstrip("/")
        assert start.Importer(path).get_filename(name) == zipimport.zipimporter(path).get_filename(name)


@pytest.mark.parametrize("calls", [["freeze", "enable"], ["enable"]])
def test_garbage_is_looked_for_again_in_any_python(monkeypatch, calls):
    collector = mock.Mock(spec=calls)
    monkeypatch.setattr(start, "gc", collector)
    start.end()
    assert [call[0] for call in collector.mock_calls] == calls


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
