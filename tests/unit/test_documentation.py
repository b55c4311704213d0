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
from ansible.module_utils.basic import AnsibleModule

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "tencentcloud.chat"
MODULES, FILTERS = (
    sorted(file.stem for file in (ROOT / "plugins" / kind).glob("*.py")) for kind in ("modules", "filter")
)
FACTS = {"type": "str", "required": False, "default": None, "elements": None}


class Declared(BaseException):
    """Carries what a module passes to AnsibleModule; not an Exception, so that the module does not handle it."""


def declared(name: str, monkeypatch) -> dict:
    """Return the argument spec that the module *name* passes to AnsibleModule."""

    def capture(self, argument_spec, **_more):
        raise Declared(argument_spec)

    monkeypatch.setattr(AnsibleModule, "__init__", capture)
    with pytest.raises(Declared) as caught:
        importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{name}").main()
    return caught.value.args[0]


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Return the documentation of plugins of a type with their fragments, as ansible-doc reads it."""
    folder = tmp_path_factory.mktemp("documentation")
    (folder / "ansible_collections" / "tencentcloud").mkdir(parents=True)
    (folder / "ansible_collections" / "tencentcloud" / "chat").symlink_to(ROOT)
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(folder), "ANSIBLE_HOME": str(folder / "home")}

    def read(kind: str, names: list[str]) -> dict[str, dict]:
        program = str(Path(sys.executable).parent / "ansible-doc")
        command = [program, "--json", "--type", kind, *(f"{COLLECTION}.{name}" for name in names)]
        shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        return {name.rpartition(".")[2]: entry["doc"] for name, entry in json.loads(shown).items()}

    return read


@pytest.fixture(scope="module")
def plugins(read):
    return {**read("module", MODULES), **read("filter", FILTERS)}


@pytest.fixture(scope="module")
def documented(plugins):
    """The options of all modules."""
    return {name: plugins[name]["options"] for name in MODULES}


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
def test_options_are_documented_as_they_are_declared(documented, monkeypatch, name):
    assert facts(documented[name], "suboptions") == facts(declared(name, monkeypatch), "options")


@pytest.mark.parametrize("name", MODULES)
def test_environment_variables_of_options_are_documented(documented, monkeypatch, name):
    for option, spec in declared(name, monkeypatch).items():
        names = spec.get("fallback", (None, []))[1]
        text = json.dumps(documented[name][option])
        assert all(variable in text for variable in names), (option, names)


def test_the_role_accepts_options_of_the_module_and_passes_all_of_them(monkeypatch):
    role = ROOT / "roles" / "push_attr_names"
    spec = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())
    options = set(spec["argument_specs"]["main"]["options"]["push_attr_names_apps"]["options"]) - {"name"}
    assert options <= set(declared("chat_push_attr_names", monkeypatch))


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
