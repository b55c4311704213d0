# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of the collection with many apps and many forks."""

from __future__ import annotations

import time

import pytest
import yaml
from parts import IN_PROCESS, MODULE, Player, scenario

START = 1400090000
COUNTS = {IN_PROCESS: 300, MODULE: 60}


class PlaybookPlayer(Player):
    """Runs the playbook instead of a play."""

    def command(self, *arguments, **keywords) -> list[str]:
        playbook = "tencentcloud.chat.push_attr_names"
        return [playbook if part.endswith("play.yml") else part for part in super().command(*arguments, **keywords)]


@pytest.mark.parametrize("way", COUNTS)
@scenario(
    "the playbook push_attr_names",
    "300 apps with 50 forks in-process, and 60 apps as modules",
    "all apps have their names after at most 3 minutes, and no key or UserSig is in the output",
)
def test_many_apps(simulator, workspace, tmp_path, way):
    count = COUNTS[way]
    keys = {START + number: f"key-{number}-that-is-secret" for number in range(count)}
    apps = [simulator.add(number, secret_key=key, names={"9": "kept"}) for number, key in keys.items()]
    wanted = [{"sdkappid": number, "secret_key": key, "attr_names": {0: f"n{number}"}} for number, key in keys.items()]
    file = tmp_path / "apps.yml"
    file.write_text(yaml.safe_dump({"push_attr_names_apps": wanted}))
    simulator.log.clear()
    started = time.monotonic()
    run = PlaybookPlayer(workspace, simulator, tmp_path)([], "--forks", "50", "-e", f"@{file}", "-v", way=way)
    assert time.monotonic() - started < 180
    assert run.code == 0, run.output[-3000:]
    assert [app.names for app in apps] == [{"0": f"n{number}", "9": "kept"} for number in keys]
    assert len(simulator.log) == 3 * count
    written = [path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file() and path != file]
    shown = "".join([run.output, *written])
    assert "that-is-secret" not in shown
    assert not any(entry["query"]["usersig"] in shown for entry in simulator.log)
