# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What mutmut changed in the code of the collection, which of it the unit tests noticed, and what was reviewed."""

from __future__ import annotations

import ast
import functools
import itertools
import json
import operator
import re
import subprocess
import textwrap
from collections import Counter
from pathlib import Path

import yaml

PACKAGE = "ansible_collections.tencentcloud.chat."
REVIEWED = Path(__file__).with_name("unnoticed.yml")
NOTICED = (1, 3)  # exit statuses of pytest: a test failed, or pytest itself, which mutmut counts in the same way
MUTATED = ("filter", "module_utils", "modules", "plugin_utils")  # directories of plugins

Change = tuple[str, str]  # the function, and what was changed in it


def results(folder: Path) -> dict[Change, list[bool]]:
    """Return for each change in *folder*, where mutmut ran, whether the tests noticed it.

    Two changes of a function can look the same.
    """
    found: dict[Change, list[bool]] = {}
    for file in sorted(folder.glob("mutants/**/*.meta")):
        for name, status in json.loads(file.read_text())["exit_code_by_key"].items():
            if status is not None:
                found.setdefault(_change(file.with_suffix(""), name), []).append(status in NOTICED)
    return found


def unnoticed(found: dict[Change, list[bool]]) -> Counter[Change]:
    return Counter({change: times.count(False) for change, times in found.items() if not all(times)})


def reviewed() -> Counter[Change]:
    """Return the changes in unnoticed.yml."""
    reasons = yaml.safe_load(REVIEWED.read_text())
    return Counter(
        (function, change)
        for functions in reasons.values()
        for function, changes in functions.items()
        for change in changes
    )


def as_yaml(changes: Counter[Change]) -> str:
    """Return *changes* as they stand in unnoticed.yml, below a reason."""
    functions: dict[str, list[str]] = {}
    for function, change in sorted(changes.elements()):
        functions.setdefault(function, []).append(change)
    text = yaml.safe_dump(functions, allow_unicode=True, default_flow_style=None, width=116)
    return textwrap.indent(text, "  ") if functions else ""


def _change(file: Path, name: str) -> Change:
    """Return the change that mutmut calls *name*."""
    name = name.rpartition(".")[2]
    base, _mark, _number = name.rpartition("__mutmut_")
    before, after = (_functions(file)[one] for one in (f"{base}__mutmut_orig", name))
    module = ".".join(file.with_suffix("").parts).rpartition(f"{PACKAGE}plugins.")[2]
    return f"{module}.{base[2:].replace('ǁ', '.')}", difference(before, after)


@functools.cache
def _functions(file: Path) -> dict[str, str]:
    """Return the source of each function in a file that mutmut made, without its number."""
    text = file.read_text()
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    lines = re.sub(r"__mutmut_(orig|\d+)\b", "", text).splitlines()
    return {node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno]) for node in found}


def difference(before: str, after: str) -> str:
    """Return what differs, from the word before it to the end of the words that differ."""
    one, other = (re.findall(r"\w+|\s+|.", text, re.S) for text in (before, after))
    start = _same(one, other)
    end = _same(one[start:][::-1], other[start:][::-1])
    words = [at for at in range(start) if one[at].isidentifier()]
    first = max(words, default=start) if start - max(words, default=-9) < 9 else start
    return " -> ".join(" ".join("".join(part[first : len(part) - end]).split()) for part in (one, other))


def _same(one: list[str], other: list[str]) -> int:
    """Return with how many words both lists begin."""
    return len(list(itertools.takewhile(bool, map(operator.eq, one, other))))


def changed_functions(since: str) -> list[str]:
    """Return the patterns by which mutmut selects the functions that this branch has changed *since* a commit.

    Files that git does not know yet are left out.
    """
    options = ("--unified=0", "--no-color", "--no-ext-diff", "--src-prefix=a/", "--dst-prefix=b/", "--diff-filter=d")
    command = ("git", "diff", *options, "--merge-base", since, "--", *(f"plugins/{name}/*.py" for name in MUTATED))
    diff = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [
        f"{PACKAGE}{'.'.join(Path(file).with_suffix('').parts)}.{name}__mutmut_*"
        for file, lines in changed_lines(diff).items()
        for name in touched(ast.parse(Path(file).read_text()), lines)
    ]


def changed_lines(diff: str) -> dict[str, set[int]]:
    """Return the files in a *diff* without context, with the lines that are new or beside lines that were deleted."""
    found = {}
    for part in diff.split("\n+++ b/")[1:]:
        hunks = re.findall(r"^@@ \S+ \+(\d+)(?:,(\d+))? @@", part, re.M)
        # Where lines were only deleted, the number is that of the line before them.
        ranges = [range(int(first), int(first) + (2 if count == "0" else int(count or 1))) for first, count in hunks]
        found[part.partition("\n")[0]] = {line for lines in ranges for line in lines}
    return found


def touched(tree: ast.Module, lines: set[int]) -> list[str]:
    """Return the functions and methods that contain some of *lines*, by mutmut's names."""
    named = [(node, f"x_{getattr(node, 'name', '')}") for node in tree.body]
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            named += [(method, f"xǁ{node.name}ǁ{getattr(method, 'name', '')}") for method in node.body]
    return [
        name
        for node, name in named
        if isinstance(node, ast.FunctionDef)
        and {ast.unparse(one) for one in node.decorator_list} <= {"staticmethod", "classmethod"}  # mutmut skips others
        and lines & set(range(node.lineno, (node.end_lineno or 0) + 1))
    ]
