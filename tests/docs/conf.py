# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's settings for the site of the collection, which builds without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import yaml
from docutils import nodes
from pygments.lexers.shell import BashSessionLexer
from pygments.token import Generic, _TokenType
from sphinx.application import Sphinx
from sphinx_antsibull_ext.assets import get_color_scheme_content

ROOT = Path(__file__).resolve().parents[2]

project = "tencentcloud.chat"
author = copyright = "Tencent Cloud Chat collection contributors"
html_title = html_short_title = "Tencent Cloud Chat for Ansible"
html_theme = "furo"
html_favicon = "icon.svg"
html_show_sphinx = False
html_copy_source = False
extensions = ["sphinx_antsibull_ext", "sphinx_copybutton"]
highlight_language = "yaml"
nitpicky = True
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
# The copy button copies the commands of a session, without prompt and output; and all of any other block.
copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"


def antsibull_colors(scheme: str) -> dict[str, str]:
    """Return the colors of antsibull's option tables in *scheme*, with a contrast of at least 4.5."""
    css = get_color_scheme_content(scheme).decode()
    links = {"antsibull-links-background": "#1b7375", "antsibull-links-background-active": "#145a5c"}
    return dict(re.findall(r"--(antsibull-[\w-]+):([^;}]+)", css)) | links


# As variables of the theme they follow its switch too; antsibull's own autodark follows the system alone.
antsibull_ext_color_scheme = "none"
html_theme_options = {
    "light_css_variables": antsibull_colors("default")
    | {"antsibull-option-required": "#c00000", "antsibull-attribute-support-none": "#c00000"}
    | {"diff-added": "#0b5d43", "diff-removed": "#a3261b", "diff-place": "#00618a"},
    "dark_css_variables": antsibull_colors("default-dark")
    | {"antsibull-option-required": "#ffb0b0"}
    | {"diff-added": "#6fd3a5", "diff-removed": "#ffa79a", "diff-place": "#8cc8f0"},
}

# Labels of Ansible's own site. Its inventory, by which intersphinx would find them, takes a network.
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
LABELS = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}


def of_ansible(_app: Sphinx, _env: Any, node: Any, shown: nodes.Node) -> nodes.reference | None:
    """The link for a label that this site has not, if it is one of Ansible's."""
    label = node.get("reftarget", "")
    plugin = re.match(r"ansible_collections\.ansible\.builtin\.(\w+)", label)
    page = f"collections/ansible/builtin/{plugin[1]}.html" if plugin else LABELS.get(label)
    return nodes.reference("", "", shown, internal=False, refuri=f"{ANSIBLE}/{page}") if page else None


class Session(BashSessionLexer):
    """The commands and the output of a shell, in which diffs have their colors."""

    KINDS: ClassVar = {
        "---": Generic.Heading,
        "+++": Generic.Heading,
        "@@": Generic.Subheading,
        "+": Generic.Inserted,
        "-": Generic.Deleted,
    }

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        diff = False
        for at, kind, value in super().get_tokens_unprocessed(text):
            # A diff of Ansible starts with this line, and an empty line follows it.
            diff = value.strip() != "" and (diff or value.startswith("--- ")) if kind is Generic.Output else False
            found = next((self.KINDS[start] for start in self.KINDS if value.startswith(start)), kind)
            yield at, found if diff else kind, value


def label_cells(_app: Sphinx, page: nodes.document, _name: str) -> None:
    """Mark the tables that become cards on a narrow screen, and put the head of its column into each cell."""
    for table in page.findall(nodes.table):
        head, body = (next(table.findall(part), None) for part in (nodes.thead, nodes.tbody))
        if head is None or len(head[0]) < 3 or any(name.startswith("ansible") for name in table["classes"]):
            continue
        table["classes"].append("cards")
        for row in body:
            for column, cell in list(zip(head[0], row))[1:]:
                if cell.children and isinstance(cell[0], nodes.paragraph):
                    cell[0].insert(0, nodes.inline("", f"{column.astext()}: ", classes=["column"]))


def names(pages: Path, kind: str) -> list[str]:
    """Return the names of all plugins of *kind* that have a page in *pages*."""
    return [file.stem.removesuffix(f"_{kind}") for file in pages.glob(f"*_{kind}.rst")]


def fill_in(app: Sphinx, page: str, source: list[str]) -> None:
    """Fill in the front page: the pages of its groups, and links. Shorten the title of the release notes."""
    if page == "changelog":
        source[0] = source[0].replace("Tencentcloud.Chat Release Notes", "Release notes")
    if page != "index":
        return
    extra, links, galaxy = (
        yaml.safe_load((ROOT / file).read_text())
        for file in ("docs/docsite/extra-docs.yml", "docs/docsite/links.yml", "galaxy.yml")
    )
    about = yaml.safe_load(Path(__file__).with_name("about.yml").read_text())
    kinds = ("module", "role", "filter")
    context = {
        # A page that about.yml does not describe ends the build.
        "sections": {part["title"]: {name: about[name] for name in part["toctree"]} for part in extra["sections"]},
        "plugins": [f"{name}_{kind}" for kind in kinds for name in sorted(names(Path(app.srcdir), kind))],
        "galaxy": galaxy,
        "links": links,
    }
    source[0] = app.builder.templates.render_string(source[0], context)


def setup(app: Sphinx) -> None:
    app.connect("source-read", fill_in)
    app.connect("missing-reference", of_ansible)
    app.connect("doctree-resolved", label_cells)
    app.add_lexer("console", Session)
