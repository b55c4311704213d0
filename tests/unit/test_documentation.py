# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each option of each module is documented as it is declared, and each plugin names its requirements."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "tencentcloud.chat"
MODULES, FILTERS = (sorted(file.stem for file in ROOT.glob(f"plugins/{kind}/*.py")) for kind in ("modules", "filter"))
FACTS = {"type": "str", "required": False, "default": None, "elements": None}


def declared(name: str) -> dict:
    """Return the options that the module *name* and its action plugin declare."""
    action = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.action.{name}")
    return action.ActionModule.operation.arguments["argument_spec"]


@pytest.fixture(scope="module")
def plugins(tmp_path_factory):
    """The documentation of modules and filters with their fragments, as ansible-doc reads it."""
    folder = tmp_path_factory.mktemp("documentation")
    (folder / "ansible_collections" / "tencentcloud").mkdir(parents=True)
    (folder / "ansible_collections" / "tencentcloud" / "chat").symlink_to(ROOT)
    (folder / "ansible.cfg").touch()
    places = {"CONFIG": folder / "ansible.cfg", "COLLECTIONS_PATH": folder, "HOME": folder / "home"}
    environment = {**os.environ, **{f"ANSIBLE_{name}": str(path) for name, path in places.items()}}
    program = str(Path(sys.executable).parent / "ansible-doc")
    found = {}
    for kind, names in (("module", MODULES), ("filter", FILTERS)):
        command = [program, "--json", "--type", kind, *(f"{COLLECTION}.{name}" for name in names)]
        shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        found |= {name.rpartition(".")[2]: entry["doc"] for name, entry in json.loads(shown).items()}
    return found


def facts(options: dict, suboptions: str) -> dict[str, dict]:
    """Return what a declaration and its documentation share, for each option and suboption."""
    found = {}
    for name, option in options.items():
        found[name] = {fact: option.get(fact, usual) for fact, usual in FACTS.items()}
        found[name]["choices"] = list(option.get("choices") or ())
        found[name]["aliases"] = list(option.get("aliases") or ())
        inner = facts(option.get(suboptions) or {}, suboptions)
        found.update({f"{name}.{key}": value for key, value in inner.items()})
    return found


@pytest.mark.parametrize("name", MODULES)
def test_options_and_their_environment_variables_are_documented_as_they_are_declared(plugins, name):
    options = plugins[name]["options"]
    assert facts(options, "suboptions") == facts(declared(name), "options")
    for option, spec in declared(name).items():
        names = spec.get("fallback", (None, []))[1]
        assert all(variable in json.dumps(options[option]) for variable in names), (option, names)


def test_the_role_accepts_options_of_the_module_and_passes_all_of_them():
    role = ROOT / "roles" / "push_attr_names"
    spec = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())
    options = set(spec["argument_specs"]["main"]["options"]["push_attr_names_apps"]["options"]) - {"name"}
    assert options <= set(declared("chat_push_attr_names"))


def test_each_module_and_filter_names_its_requirements(plugins):
    requirements = {name: plugin["requirements"] for name, plugin in plugins.items()}
    assert [requirements[name] for name in MODULES] == [["python >= 3.9", "requests >= 2.25"]] * len(MODULES)
    without = ["python >= 3.9 (the C(requests) library is not required)"]
    assert [requirements[name] for name in FILTERS] == [without] * len(FILTERS) != []


def test_filters_do_without_requests():
    """In a new process, in which importing the library fails."""
    imports = "".join(f"import ansible_collections.{COLLECTION}.plugins.filter.{name}\n" for name in FILTERS)
    code = f"import sys\nsys.modules['requests'] = None\n{imports}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
