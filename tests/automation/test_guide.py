# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follow guide_awx as tests/functional/documents/test_guides.py follows the other guides."""

from __future__ import annotations

from controller import Controller
from guides import GUIDES, add_examples, free_port, reading
from installed import needs_java
from jobs import until


@needs_java
def test_the_commands_of_the_guide_do_what_it_shows(home, environment):
    port = free_port()
    with reading(home) as reader, Controller(reader.folder / "project") as controller:
        reader.environment |= environment
        add_examples(reader.folder)
        rulebook = reader.folder / "eda" / "alert.yml"
        rulebook.write_text(rulebook.read_text().replace("port: 5000", f"port: {port}"))
        reader.values |= {"awx": controller.url_for(""), "webhook_port": port}
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
