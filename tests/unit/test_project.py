# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of the project as a whole."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tarfile
import textwrap
import venv
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "docsite" / "rst"
TAG = "SPDX-License" + "-Identifier"  # in two parts, so that it is not taken for a statement itself
GIT = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
FILES = subprocess.run(GIT, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
COLLECTION = "ansible_collections.tencentcloud.chat"
SECTIONS = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text())["sections"]
UNRELATED = ("venv", ".venv", "env", "ENV", "virtualenv", "chat-env", "py311", "sandbox", "node_modules", "dist")


def test_the_tarball_contains_what_users_need_and_nothing_else(tmp_path):
    """It is built from the checkout, with unrelated files next to those in git."""
    checkout = tmp_path / "checkout"
    for name in FILES:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_bytes((ROOT / name).read_bytes())
    for name in UNRELATED:
        venv.create(checkout / name, symlinks=True)
    for name in ("secrets.yml", "vault_password", "ansible.cfg", "inventory.yml", "tencentcloud-chat-0.9.0.tar.gz"):
        (checkout / name).write_text("unrelated")
    galaxy = str(Path(sys.executable).parent / "ansible-galaxy")
    command = [galaxy, "collection", "build", str(checkout), "--output-path", str(tmp_path / "built")]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = (tmp_path / "built").iterdir()
    with tarfile.open(built) as archive:
        shipped = {member.name for member in archive}
    left_out = ("tests/", ".", "changelogs/config.yaml", "changelogs/fragments/", "Makefile", "REUSE.toml")
    left_out += ("antsibull-nox.toml", "galaxy.yml", "noxfile.py", "pyproject.toml")
    files = {name for name in FILES if not name.startswith(left_out)}
    directories = {str(parent) for name in files for parent in Path(name).parents} - {"."}
    assert shipped == files | directories | {"MANIFEST.json", "FILES.json"}
    assert shipped >= {"README.md", "CHANGELOG.md", "COPYING", "meta/runtime.yml", "LICENSES/GPL-3.0-or-later.txt"}


def test_the_root_has_the_license_under_the_usual_name():
    assert (ROOT / "COPYING").read_bytes() == (ROOT / "LICENSES" / "GPL-3.0-or-later.txt").read_bytes()


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".py", ".sh"))])
def test_each_file_states_its_license(name):
    head = (ROOT / name).read_text().splitlines()[:6]
    license_id = "BSD-2-Clause" if name.startswith("plugins/module_utils/") else "GPL-3.0-or-later"
    stated = [line for line in head if line.startswith(f"# {TAG}: ")]
    assert len(stated) == 1
    assert "# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors" in head
    if name.startswith("plugins/"):
        assert stated == [f"# {TAG}: {license_id}"]


def test_every_module_is_in_the_action_group_and_has_an_action_plugin():
    modules = {Path(name).stem for name in FILES if name.startswith("plugins/modules/")}
    actions = {Path(name).stem for name in FILES if name.startswith("plugins/action/")}
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    assert modules == actions == set(runtime["action_groups"]["chat"])


@pytest.mark.parametrize("folder", ["doc_fragments", "module_utils", "plugin_utils"])
def test_what_other_collections_must_not_use_is_private_by_name(folder):
    names = {path.name for path in (ROOT / "plugins" / folder).iterdir()} - {"__pycache__"}
    assert names and all(name.startswith("_") for name in names)
    files = (ROOT / "plugins" / folder).glob("*.py")  # those of module_utils are in private directories
    assert all("is **PRIVATE** to the collection." in file.read_text() for file in files)


def test_no_file_contains_a_local_path_or_the_address_of_a_package_index():
    for name in FILES:
        if name.endswith("test_project.py"):
            continue
        text = (ROOT / name).read_text(errors="replace")
        for word in ("/root/", "/home/", "pypi.org", "pythonhosted"):
            assert word not in text, (name, word)


def test_the_overview_that_galaxy_shows_leads_to_every_guide():
    """With the sections of the site, and the words of its front page. Galaxy renders Markdown below docs/ alone."""
    about = yaml.safe_load((ROOT / "tests" / "docs" / "about.yml").read_text())
    address = yaml.safe_load((ROOT / "galaxy.yml").read_text())["repository"] + "/blob/main/docs/docsite/rst"
    wanted = []
    for section in SECTIONS:
        wanted.append(f"## {section['title']}")
        for guide in section["toctree"]:
            title = re.search(r"^(\S.*)\n=+$", (GUIDES / f"{guide}.rst").read_text(), re.M)[1]
            wanted.append(f"- [{title}]({address}/{guide}.rst): {about[guide]}")
    overview = (ROOT / "docs" / "README.md").read_text()
    assert [line for line in overview.splitlines() if line.startswith(("## ", "- "))] == wanted


def test_commands_that_need_a_release_on_galaxy_say_so():
    pages = [name for name in FILES if name.endswith((".md", ".rst"))]
    paragraphs = [part for name in pages for part in (ROOT / name).read_text().split("\n\n")]
    found = [part for part in paragraphs if re.search(r"(install|name:)\s+(\\\s+)?tencentcloud\.chat[,\s`]", part)]
    assert len(found) >= 3
    assert [part for part in found if not re.search("published|发布", part)] == []


def test_the_simulator_imports_nothing_from_the_plugins():
    for name in FILES:
        if name.startswith("tests/simulator/") and name.endswith(".py"):
            assert "ansible_collections" not in (ROOT / name).read_text()


YAML = re.compile(r"\.\. code-block:: yaml\n(?:   :caption: (\S+)\n)?\n((?:   .*\n|\n)+)")


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.rst")), ids=lambda file: file.stem)
def test_the_guides_quote_the_examples(guide):
    for file, content in YAML.findall(guide.read_text()):
        yaml.safe_load(textwrap.dedent(content))
        if file:
            lines = [line.strip() for line in (ROOT / file).read_text().splitlines()]
            shown = [line.strip() for line in content.splitlines() if line.strip()]
            kept = [line for line in lines if line and not line.startswith("#")]
            assert any(kept[at : at + len(shown)] == shown for at in range(len(kept))), (file, content)


def test_every_guide_is_on_the_front_page():
    listed = [guide for section in SECTIONS for guide in section["toctree"]]
    assert sorted(listed) == sorted(guide.stem for guide in GUIDES.glob("*.rst"))


@pytest.mark.parametrize(
    ("page", "comma", "last"),
    [("README.md", ", ", " and the pre-release "), ("README.zh-CN.md", "、", " 和预发布版本 ")],
)
def test_the_readme_lists_the_versions_that_are_tested(page, comma, last):
    cores = ast.literal_eval(re.search(r"^CORES = (\{.*\})$", (ROOT / "noxfile.py").read_text(), re.M)[1])
    *released, pre = cores
    assert f"ansible-core {comma.join(released)}{last}{pre}" in (ROOT / page).read_text()
    requires = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["requires_ansible"]
    assert requires == f">={released[0]}.0"


UTILS = ROOT / "plugins" / "module_utils"


def needed(file: Path, found: set[Path]) -> set[Path]:
    """Add to *found* the files of module_utils that *file* imports, and those that they import."""
    package = ".".join([COLLECTION, *file.relative_to(ROOT).parent.parts])
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            for name in (module, *(f"{module}.{alias.name}" for alias in node.names)):
                path = ROOT / f"{name.removeprefix(f'{COLLECTION}.').replace('.', '/')}.py"
                if path.is_file() and path not in found:
                    found.add(path)
                    needed(path, found)
    return found


# What a module ships besides the core. Two subjects also need the names that the app has declared.
NAMES = {f"_push/{name}" for name in ("api", "attr_names", "attr_name_rules", "attr_types", "attr_numbers", "texts")}
MANY = {"_many/accounts", "_many/exchange", "_many/outcome"}
PUSH = {"_push/api", "_push/message", "_push/task_ids"}
ACCOUNTS = {f"_accounts/{name}" for name in ("accounts", "calls", "reader", "rules", "subjects")}
SHIPPED = {
    "chat_push_attr_names": NAMES,
    "chat_push_user_attrs": {*NAMES, *MANY, "_push/users", "_push/user_attrs", "_push/user_tasks"},
    "chat_push_user_tags": {*MANY, "_push/api", "_push/texts", "_push/users", "_push/user_tags", "_push/user_tasks"},
    "chat_push": {*NAMES, "_many/accounts", "_many/outcome", *PUSH, "_push/push", "_push/conditions"},
    "chat_push_recall": {*PUSH, "_push/recall"},
    "chat_push_info": {"_push/api", "_push/task_ids", "_push/statistics"},
    "chat_accounts": {*MANY, *ACCOUNTS},
}


@pytest.mark.parametrize("module", sorted((ROOT / "plugins" / "modules").glob("*.py")), ids=lambda file: file.stem)
def test_a_module_ships_its_own_subject_alone(module):
    needs = {str(path.relative_to(UTILS).with_suffix("")) for path in needed(module, set())}
    assert {name for name in needs if not name.startswith("_core/")} == (
        SHIPPED.get(module.stem) or SHIPPED[module.stem.removesuffix("_info")]
    )


def test_no_file_of_code_has_more_than_250_lines():
    """Whatever is longer has more than one concern, except modules: these are mostly documents."""
    for file in {*(ROOT / "plugins").rglob("*.py")} - {*(ROOT / "plugins" / "modules").iterdir()}:
        assert len(file.read_text().splitlines()) <= 250, file
