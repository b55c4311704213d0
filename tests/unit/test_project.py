# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the project as a whole."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import textwrap
from pathlib import Path

import pytest
import yaml
from ansible_collections.tencentcloud.chat.plugins.module_utils import connection, errors, task

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "docsite" / "rst"
TAG = "SPDX-License" + "-Identifier"  # in two parts, so that it is not taken for a statement itself
FILES = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split()


def test_the_tarball_holds_what_users_need_and_nothing_else(tmp_path):
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    galaxy = str(Path(sys.executable).parent / "ansible-galaxy")
    command = [galaxy, "collection", "build", str(tmp_path), "--output-path", str(tmp_path / "built")]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = (tmp_path / "built").iterdir()
    with tarfile.open(built) as archive:
        shipped = {member.name for member in archive if member.isfile()}
    left_out = (
        "tests/",
        ".",
        "changelogs/config.yaml",
        "changelogs/fragments/",
        "Makefile",
        "REUSE.toml",
        "pyproject.toml",
    )
    expected = {name for name in FILES if not name.startswith(left_out)} - {"galaxy.yml"}
    assert shipped == expected | {"MANIFEST.json", "FILES.json"}
    assert shipped >= {"README.md", "CHANGELOG.md", "meta/runtime.yml", "LICENSES/GPL-3.0-or-later.txt"}
    assert {name.split("/")[0] for name in shipped} <= {
        *("MANIFEST.json", "FILES.json", "README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "LICENSES"),
        *("meta", "plugins", "docs", "changelogs", "roles", "playbooks", "CODE_OF_CONDUCT.md"),
    }


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".py", ".sh"))])
def test_each_file_states_its_licence(name):
    head = (ROOT / name).read_text().splitlines()[:6]
    licence = "BSD-2-Clause" if name.startswith("plugins/module_utils/") else "GPL-3.0-or-later"
    stated = [line for line in head if line.startswith(f"# {TAG}: ")]
    assert len(stated) == 1
    assert "# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors" in head
    if name.startswith("plugins/"):
        assert stated == [f"# {TAG}: {licence}"]


def test_every_module_is_in_the_action_group_and_has_an_action_plugin():
    modules = {Path(name).stem for name in FILES if name.startswith("plugins/modules/")}
    actions = {Path(name).stem for name in FILES if name.startswith("plugins/action/")}
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    assert modules == actions == set(runtime["action_groups"]["chat"])
    assert modules >= {"chat_push_attr_names", "chat_push_attr_names_info"}


def test_no_file_holds_a_path_of_a_machine_or_an_index():
    for name in FILES:
        if name.endswith("test_project.py"):
            continue
        text = (ROOT / name).read_text(errors="replace")
        for word in ("/root/", "/home/", "pypi.org", "pythonhosted"):
            assert word not in text, (name, word)


def test_the_readme_has_every_region_and_code():
    text = "".join((ROOT / name).read_text() for name in FILES if name == "README.md" or name.startswith("docs/"))
    for word in [*connection.HOSTS, *connection.HOSTS.values(), *map(str, errors.CODES)]:
        assert word in text, word


def test_the_simulator_imports_nothing_from_the_plugins():
    for name in FILES:
        if name.startswith("tests/simulator/") and name.endswith(".py"):
            assert "ansible_collections" not in (ROOT / name).read_text()


def blocks(text: str) -> list[tuple[str, str]]:
    """Each block of YAML in a guide: the file that its caption names, or nothing, and what it shows."""
    found = re.findall(r"\.\. code-block:: yaml\n(?:   :caption: (\S+)\n)?\n((?:   .*\n|\n)+)", text)
    return [(file, textwrap.dedent(content).strip("\n")) for file, content in found]


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.rst")), ids=lambda file: file.stem)
def test_the_guides_show_what_the_examples_hold(guide):
    for file, content in blocks(guide.read_text()):
        yaml.safe_load(content)
        if file:
            lines = [line.strip() for line in (ROOT / file).read_text().splitlines()]
            shown = [line.strip() for line in content.splitlines() if line.strip()]
            kept = [line for line in lines if line and not line.startswith("#")]
            assert any(kept[at : at + len(shown)] == shown for at in range(len(kept))), (file, content)


def test_every_guide_is_on_the_front_page():
    sections = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text())["sections"]
    listed = [guide for section in sections for guide in section["toctree"]]
    assert sorted(listed) == sorted(guide.stem for guide in GUIDES.glob("*.rst"))


def test_the_options_of_modules_are_those_of_their_documentation_in_the_role():
    spec = yaml.safe_load((ROOT / "roles" / "push_attr_names" / "meta" / "argument_specs.yml").read_text())
    options = set(spec["argument_specs"]["main"]["options"]["push_attr_names_apps"]["options"])
    passed = yaml.safe_load((ROOT / "roles" / "push_attr_names" / "tasks" / "main.yml").read_text())[0]
    assert options - {"name"} == set(passed["tencentcloud.chat.chat_push_attr_names"])
    assert options - {"name"} <= set(task.SET_NAMES.arguments["argument_spec"])
