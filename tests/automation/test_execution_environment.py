# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-builder makes of awx/execution-environment.yml, as far as that goes without a container engine."""

from __future__ import annotations

import subprocess

import pytest
import yaml
from installed import BIN, EXAMPLES

FILE = EXAMPLES / "awx" / "execution-environment.yml"


@pytest.fixture(scope="module")
def context(environment, tmp_path_factory):
    """The directory from which a container engine builds the image."""
    folder = tmp_path_factory.mktemp("context")
    command = [BIN / "ansible-builder", "create", "--file", FILE, "--context", folder]
    command += ["--output-filename", "Containerfile"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_image_contains_the_collection_and_its_requirement(context):
    collections = yaml.safe_load((context / "_build" / "requirements.yml").read_text())["collections"]
    found = [(each["type"], each["name"].rpartition("/")[2]) for each in collections]
    assert found == [("git", "tencentcloud.chat.git")]
    assert (context / "_build" / "requirements.txt").read_text().split() == ["requests>=2.25"]


def test_the_image_is_built_from_the_base_image_with_git(context):
    lines = (context / "Containerfile").read_text().splitlines()
    base = yaml.safe_load(FILE.read_text())["images"]["base_image"]["name"]
    assert f'ARG EE_BASE_IMAGE="{base}"' in lines
    git = lines.index("RUN $PKGMGR install -y git-core")
    (install,) = [number for number, line in enumerate(lines) if "ansible-galaxy collection install" in line]
    assert lines.index("FROM base AS galaxy") < git < install
