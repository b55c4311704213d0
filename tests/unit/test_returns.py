# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/returns.py keeps the RETURN keys that several modules share the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import returns
import yaml

MODULES = sorted(file.stem for file in (returns.ROOT / "plugins" / "modules").glob("*.py"))


@pytest.fixture
def checkout(tmp_path):
    """A copy of what the generator reads and writes."""
    shutil.copytree(returns.ROOT / "plugins" / "modules", tmp_path / "plugins" / "modules")
    (tmp_path / "tests").mkdir()
    shutil.copy(returns.ROOT / returns.SOURCE, tmp_path / returns.SOURCE)
    return tmp_path


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def documented(module: str, root: Path = returns.ROOT) -> dict:
    text = (root / "plugins" / "modules" / f"{module}.py").read_text()
    return yaml.safe_load(returns.RETURN.search(text)[0])


@pytest.mark.parametrize("module", MODULES)
def test_a_changed_word_in_a_module_fails_the_check_and_is_undone(checkout, capsys, module):
    file = checkout / "plugins" / "modules" / f"{module}.py"
    right = file.read_text()
    replace(file, "The API command that failed.", "The API call that failed.")
    changed = file.read_text()
    assert returns.main(["--check"], checkout) == 1
    output = capsys.readouterr().out
    assert f"--- plugins/modules/{module}.py" in output and "+  description: The API command that failed." in output
    assert returns.SOURCE in output
    assert file.read_text() == changed
    assert returns.main([], checkout) == 0
    assert file.read_text() == right


def test_a_changed_word_in_the_source_reaches_all_modules_and_no_key_of_their_own(checkout):
    replace(checkout / returns.SOURCE, "The API command that failed.", "The API call that failed.")
    assert returns.main(["--check"], checkout) == 1
    assert returns.main([], checkout) == 0
    for module in MODULES:
        before, after = documented(module), documented(module, checkout)
        assert after.pop("command") == {**before.pop("command"), "description": "The API call that failed."}
        assert after == before


@pytest.mark.parametrize("text", ["word " * 60 + "end.", "HTTP: it's " * 30 + "#1", "502"])
def test_a_text_is_wrapped_and_quoted_as_it_needs_and_a_missing_marker_is_added(checkout, text):
    replace(checkout / returns.SOURCE, "The HTTP status of the last response.", json.dumps(text))
    file = checkout / "plugins" / "modules" / "chat_push.py"
    own, _marker, rest = file.read_text().partition(returns.MARKER)
    file.write_text(own + rest[rest.index('"""\n') :])
    assert returns.main([], checkout) == 0
    assert documented("chat_push", checkout)["http_status"]["description"] == text
    assert max(map(len, file.read_text().splitlines())) <= returns.WIDTH
    assert "task_id" in documented("chat_push", checkout)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (returns.SOURCE, "    command: im_push\n", "", "chat_push needs the word 'command'"),
        ("plugins/modules/chat_push.py", "task_id:", "tries:", "keys that tests/returns.yml defines: tries"),
        ("plugins/modules/chat_push.py", "RETURN = ", "RETURNS = ", "RETURN is missing"),
    ],
)
def test_a_mistake_is_reported(checkout, file, old, new, message):
    replace(checkout / file, old, new)
    with pytest.raises(SystemExit, match=message):
        returns.main([], checkout)


@pytest.mark.parametrize("module", MODULES)
def test_every_key_has_what_ansible_doc_shows(module):
    for name, key in documented(module).items():
        assert {"description", "returned", "type"} <= set(key), name
        assert ("sample" in key) != ("contains" in key), name
    assert {"changed", "request_id", "retried", "tries"} <= set(documented(module))
