# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reviewed changes of the code that no unit test notices, and how they are found."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import mutations
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FUNCTION = "def x_f__mutmut_{}(a, {}):\n    return max({})\n"


def test_each_reviewed_change_is_still_possible():
    assert mutations.reviewed()
    for function, change in mutations.reviewed():
        before, arrow, _after = change.partition(" ->")
        assert arrow and before.replace(" ", "") in "".join(source_of(function).split()), (function, change)


def source_of(function: str) -> str:
    """Return the source of a function, as unnoticed.yml names it."""
    parts = function.split(".")
    for count in range(len(parts), 0, -1):
        path = ROOT / "plugins" / f"{'/'.join(parts[:count])}.py"
        if path.is_file():
            text, nodes = path.read_text(), ast.parse(path.read_text()).body
            for name in parts[count:]:
                (node,) = [one for one in nodes if getattr(one, "name", "") == name]
                nodes = node.body
            return ast.get_source_segment(text, node)
    raise LookupError(function)


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        (("b=0", "None, key=len"), "max(a -> max(None"),
        (("b=0", "a, key=None"), "key=len -> key=None"),
        (("b=0", "a, "), "a, key=len -> a,"),
        (("b=1", "a, key=len"), "b=0 -> b=1"),
    ],
)
@pytest.mark.parametrize(("status", "noticed"), [(1, True), (3, True), (0, False), (33, False), (-24, False)])
def test_changes_are_read_from_what_mutmut_leaves(tmp_path, changed, shown, status, noticed):
    file = tmp_path / "mutants" / "ansible_collections" / "tencentcloud" / "chat" / "plugins" / "filter" / "y.py"
    file.parent.mkdir(parents=True)
    file.write_text(FUNCTION.format("orig", "b=0", "a, key=len") + FUNCTION.format(1, *changed))
    name = "ansible_collections.tencentcloud.chat.plugins.filter.y.x_f__mutmut_"
    statuses = {f"{name}1": status, f"{name}2": None}  # the second one has not been run
    Path(f"{file}.meta").write_text(json.dumps({"exit_code_by_key": statuses}))
    found = mutations.results(tmp_path)
    assert found == {("filter.y.f", shown): [noticed]}
    listed = mutations.as_yaml(mutations.unnoticed(found))
    assert yaml.safe_load(listed) == (None if noticed else {"filter.y.f": [shown]}) and listed[:2] in ("", "  ")


def test_only_the_functions_on_changed_lines_are_selected():
    diff = """--- a/plugins/filter/y.py
+++ b/plugins/filter/y.py
@@ -3 +3 @@ def f():
-    return 1
+    return 2
@@ -9,2 +8,0 @@ def g():
-    a
-    b
--- a/plugins/filter/old.py
+++ b/plugins/filter/new.py
@@ -0,0 +1,3 @@
"""
    assert mutations.changed_lines(diff) == {"plugins/filter/y.py": {3, 8, 9}, "plugins/filter/new.py": {1, 2, 3}}
    tree = ast.parse("A = 1\n\ndef f():\n    return 1\n\nclass C:\n    b = 2\n    def g(self):\n        return 3\n")
    assert [mutations.touched(tree, {line}) for line in (1, 4, 7, 9)] == [[], ["x_f"], [], ["xǁCǁg"]]
    for decorator, names in (("d", []), ("staticmethod", ["x_f"])):
        assert mutations.touched(ast.parse(f"@{decorator}\ndef f():\n    return 1\n"), {3}) == names
