# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Chinese pages match the English ones, and the READMEs match the modules and the repository."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GUIDES = "docs/docsite/rst"
READMES = ("README.md", "README.zh-CN.md")
GUIDE_PAIR = (f"{GUIDES}/guide_start.rst", f"{GUIDES}/guide_start_zh.rst")
LABEL = "ansible_collections.tencentcloud.chat.docsite."
REPOSITORY = yaml.safe_load((ROOT / "galaxy.yml").read_text())["repository"]

# Where the Chinese pages link to another address than the English ones.
CHINESE_LINKS = {
    f"{REPOSITORY}/blob/main/{GUIDES}/guide_start.rst": f"{REPOSITORY}/blob/main/{GUIDES}/guide_start_zh.rst",
    "https://www.tencentcloud.com/products/im": "https://cloud.tencent.com/product/im",
    "https://www.tencentcloud.com/document/product/1047/37166": "https://cloud.tencent.com/document/product/269/45934",
    "https://www.tencentcloud.com/document/product/1047/37167": "https://cloud.tencent.com/document/product/269/45935",
    "https://www.tencentcloud.com/document/product/1047/34620": "https://cloud.tencent.com/document/product/269/1519",
    "https://www.tencentcloud.com/document/product/1047/34348": "https://cloud.tencent.com/document/product/269/1671",
}
# The console is at one of two addresses. The guide to getting started states both of them.
CONSOLES = ("https://console.tencentcloud.com/im", "https://console.cloud.tencent.com/im")


class Section(NamedTuple):
    """What a section has in both languages. The level of its heading is 1 for the title."""

    level: int
    blocks: list[str]
    literals: set[str]
    links: set[str]


def markdown(text: str) -> list[Section]:
    """Return the sections of a page in Markdown."""
    addresses = dict(re.findall(r"^\[([^]]+)\]: (\S+)$", text, re.M))
    block = re.compile(r"^```.*?^```$", re.M | re.S)
    body = block.sub("", text)
    assert set(addresses) == set(re.findall(r"\]\[([^]]+)\]", body)), "each address is used"
    assert "](" not in body, "links are written as [text][label]"
    found = []
    for heading, blocks, rest in sections(text, block, re.compile(r"^(#+) .*$", re.M)):
        links = {addresses[label] for label in re.findall(r"\]\[([^]]+)\]", rest)}
        found.append(Section(len(heading), blocks, set(re.findall(r"`([^`\n]+)`", rest)), links))
    return found


def restructured(text: str) -> list[Section]:
    """Return the sections of a page in reStructuredText."""
    block = re.compile(r"^\.\. code-block::.*\n(?:   .*\n|\n(?=\n*   ))*", re.M)
    found = []
    for heading, blocks, rest in sections(text, block, re.compile(r"^\S.*\n(={3,}|-{3,}|~{3,})$", re.M)):
        links = re.findall(r"<([^<>\s]+)>`|:ansplugin:`([^`]+)`|(?<!<)(https://[\w./-]+)", rest)
        level, literals = "=-~".index(heading[0]) + 1, set(re.findall(r"``(.+?)``", rest))
        found.append(Section(level, blocks, literals, set(map("".join, links))))
    return found


def sections(text: str, block: re.Pattern[str], heading: re.Pattern[str]) -> Iterator[tuple[str, list[str], str]]:
    """Yield what *heading* captures of each heading, the blocks below it, and the other text up to the next one."""
    blocks = (match[0].strip() for match in block.finditer(text))
    before, *parts = heading.split(block.sub("\0\n", text))
    assert "\0" not in before
    for marks, rest in zip(parts[::2], parts[1::2], strict=True):
        yield marks, list(itertools.islice(blocks, rest.count("\0"))), rest


# The pages in both languages, and the addresses that only one of them has, such as those of the links between them.
PAIRS = [
    (markdown, READMES, {*(f"{REPOSITORY}/blob/main/{name}" for name in READMES), *CONSOLES}),
    (restructured, GUIDE_PAIR, {f"{LABEL}{Path(name).stem}" for name in GUIDE_PAIR}),
]


@pytest.mark.parametrize(("parse", "names", "differ"), PAIRS)
def test_both_languages_have_the_same_headings_code_blocks_options_and_links_in_each_section(parse, names, differ):
    english, chinese = (parse((ROOT / name).read_text()) for name in names)
    wanted = [
        section._replace(links={CHINESE_LINKS.get(link, link) for link in section.links} - differ)
        for section in english
    ]
    found = [section._replace(links=section.links - differ) for section in chinese]
    assert len(wanted) == len(found) > 5
    for one, other in zip(wanted, found):
        assert one == other
    assert sum(len(section.blocks) for section in wanted) > 5
    assert sum(len(section.literals) for section in wanted) > 5
    assert len(set().union(*(section.links for section in wanted))) > 3


def test_both_languages_link_to_each_other_at_the_top():
    english, chinese = (markdown((ROOT / name).read_text())[0].links for name in READMES)
    guide = restructured((ROOT / GUIDE_PAIR[1]).read_text())[0].links
    start = f"{REPOSITORY}/blob/main/{GUIDE_PAIR[1]}"
    assert {f"{REPOSITORY}/blob/main/README.zh-CN.md", start} <= english
    assert {f"{REPOSITORY}/blob/main/README.md", start} <= chinese
    assert f"{LABEL}guide_start" in guide


@pytest.mark.parametrize("name", READMES)
def test_a_readme_lists_each_module_role_playbook_and_filter(name):
    listed = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|.*\|$", (ROOT / name).read_text(), re.M))))
    files = (("plugins/modules", "*.py"), ("plugins/filter", "*.py"), ("playbooks", "*.yml"), ("roles", "*"))
    assert listed == {path.stem for folder, pattern in files for path in (ROOT / folder).glob(pattern)}


@pytest.mark.parametrize("name", READMES)
def test_a_readme_is_short(name):
    text = re.sub(r"^\[[^]]+\]: \S+\n", "", (ROOT / name).read_text(), flags=re.M)
    assert len(text.rstrip().splitlines()) <= 180


@pytest.mark.parametrize("name", READMES)
def test_the_links_of_a_readme_work_in_the_tarball_and_on_galaxy(name):
    """Neither has the files of the repository next to the README."""
    links = set(re.findall(r"^\[[^]]+\]: (\S+)$", (ROOT / name).read_text(), re.M))
    assert all(link.startswith("https://") for link in links)
    paths = [link.partition("/main/")[2] for link in links if link.startswith(f"{REPOSITORY}/") and "/main/" in link]
    assert len(paths) > 15
    for path in paths:
        assert (ROOT / path).exists(), path
