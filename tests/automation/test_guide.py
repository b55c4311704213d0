# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follow guide_awx as tests/functional/documents/test_guides.py follows the other guides."""

from __future__ import annotations

import contextlib
import shutil
import subprocess

import yaml
from controller import Controller
from installed import BIN, EXAMPLES, needs_java
from jobs import until
from test_guides import GUIDES, KEYS, Reader, free_port, surroundings


@needs_java
def test_the_commands_of_the_guide_do_what_it_shows(tmp_path, home, environment):
    password, port = home / "password", free_port()
    password.write_text("a password\n")
    with surroundings(tmp_path, password) as (simulator, values):
        reader = Reader(tmp_path / "work", home, simulator, values)
        reader.environment |= environment
        shutil.copytree(EXAMPLES, reader.folder, dirs_exist_ok=True)
        (reader.folder / "secrets.yml").write_text(yaml.safe_dump({"chat_secret_keys": KEYS}))
        subprocess.run(
            [BIN / "ansible-vault", "encrypt", "--vault-password-file", password, reader.folder / "secrets.yml"],
            check=True,
            capture_output=True,
        )
        rulebook = reader.folder / "eda" / "alert.yml"
        rulebook.write_text(rulebook.read_text().replace("port: 5000", f"port: {port}"))
        with Controller(reader.folder / "project") as controller, contextlib.closing(reader):
            reader.values |= {"awx": controller.url, "webhook_port": port}
            reader.apps["shop"].users |= {"1001": {}}
            reader.follow(GUIDES["guide_awx"])
            assert len(controller.named("job_templates")) == 6
            assert (reader.folder / "awx" / "context" / "_build").is_dir()
            shop = reader.apps["shop"]
            until(lambda: shop.pushes, "the push of the alert")
        (push,) = shop.pushes
        assert push["recipients"] == ["1001", "1002"]
        assert push["body"]["OfflinePushInfo"]["Desc"] == "Alert: The database is down"
        assert not any(reader.apps[name].pushes for name in ("news", "games"))
