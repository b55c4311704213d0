# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the examples for Automation Platform with the commands that the session automation installs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from controller import Controller
from guides import user_environment
from installed import BIN, EXAMPLES, ROOT


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home directory in which this collection is installed."""
    home = tmp_path_factory.mktemp("home")
    namespace = home / ".ansible" / "collections" / "ansible_collections" / "tencentcloud"
    namespace.mkdir(parents=True)
    (namespace / "chat").symlink_to(ROOT)
    return home


@pytest.fixture(scope="module")
def environment(home) -> dict[str, str]:
    """The environment of a user who has nothing but the commands of .nox/automation."""
    return {
        **user_environment(home, BIN),
        "PYTHONDONTWRITEBYTECODE": "1",  # the collection is the checkout
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }


@pytest.fixture(scope="module")
def examples(tmp_path_factory) -> Path:
    """A copy of the examples."""
    return Path(shutil.copytree(EXAMPLES, tmp_path_factory.mktemp("work") / "examples"))


@pytest.fixture(scope="module")
def controller(examples):
    """A Controller. The examples are also its project."""
    shutil.copy(examples / "awx" / "drift.yml", examples)
    with Controller(examples) as running:
        yield running
