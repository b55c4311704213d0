# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's settings for the site of the collection, which builds without a network."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

project = "tencentcloud.chat"
author = copyright = "Tencent Cloud Chat collection contributors"
html_title = html_short_title = "Tencent Cloud Chat for Ansible"
html_theme = "furo"
html_favicon = "icon.svg"
html_show_sphinx = False
html_copy_source = False
extensions = ["sphinx_antsibull_ext"]
highlight_language = "yaml"
nitpicky = True

# Labels of Ansible's own site. Its inventory, by which intersphinx would find them, takes a network.
ANSIBLE = "https://docs.ansible.com/ansible/latest"
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


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", of_ansible)
