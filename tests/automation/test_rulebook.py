# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""eda/alert.yml with ansible-rulebook: an alert becomes a push to the listed users, and nobody else can send one.

tests/functional/documents/test_eda.py tests which texts arrive as they are.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess

import jsonschema
import pytest
import requests
import yaml
from installed import BIN, EXAMPLES, needs_java
from jobs import until
from parts import KEY
from simulator import Simulator
from test_guides import GUIDES, blocks, free_port

TOKEN = "3fa94b0d1f6c"
COMMAND = [BIN / "ansible-rulebook", "-r", "eda/alert.yml", "-i", "inventory.yml", "--env-vars", "CHAT_WEBHOOK_TOKEN"]


def test_the_rulebook_has_the_form_that_ansible_rulebook_accepts():
    (file,) = BIN.parent.glob("lib/python3.*/site-packages/ansible_rulebook/schema/ruleset_schema.json")
    schema, rulebook = json.loads(file.read_text()), yaml.safe_load((EXAMPLES / "eda" / "alert.yml").read_text())
    jsonschema.validate(rulebook, schema)
    (block,) = [block for block in blocks(GUIDES["guide_awx"]) if block.text.startswith("run_job_template")]
    rulebook[0]["rules"][0]["action"] = yaml.safe_load(block.text)
    jsonschema.validate(rulebook, schema)
    del rulebook[0]["rules"][0]["condition"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(rulebook, schema)


class Webhook:
    """A running rulebook."""

    def __init__(self, port: int, app, process: subprocess.Popen) -> None:
        self.url, self.app, self.process = f"http://127.0.0.1:{port}/alert", app, process

    def post(self, summary: str, group: str, status: str = "firing", token: str | None = TOKEN) -> int:
        alert = {"status": status, "groupKey": group, "commonAnnotations": {"summary": summary}}
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.post(self.url, json=alert, headers=headers, timeout=10).status_code

    def wait(self, done) -> None:
        until(lambda: self.process.poll() is not None or done(), "what the rulebook has to do")
        assert self.process.poll() is None

    def answers(self) -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return bool(self.post("", "", token=None))
        return False

    def sent(self) -> list[str]:
        return [push["body"]["OfflinePushInfo"]["Desc"] for push in self.app.pushes]


@pytest.fixture(scope="module")
def webhook(environment, tmp_path_factory):
    folder = shutil.copytree(EXAMPLES, tmp_path_factory.mktemp("rulebook") / "work")
    port, rulebook = free_port(), folder / "eda" / "alert.yml"
    rulebook.write_text(rulebook.read_text().replace("port: 5000", f"port: {port}"))
    (folder / "group_vars").mkdir()
    (folder / "group_vars" / "chat_apps.yml").write_text(yaml.safe_dump({"chat_secret_keys": {"shop": KEY}}))
    with Simulator() as simulator, (folder / "log").open("w") as log:
        app = simulator.add(1400000001, secret_key=KEY, users={"1001": {}, "1002": {}, "2001": {}}, push_interval=0)
        service = {"TENCENT_CHAT_API_URL": simulator.https_url, "TENCENT_CHAT_CA_PATH": simulator.ca_file}
        variables = {**environment, **service, "CHAT_WEBHOOK_TOKEN": TOKEN}
        process = subprocess.Popen(COMMAND, cwd=folder, env=variables, stdout=log, stderr=log, start_new_session=True)
        try:
            running = Webhook(port, app, process)
            running.wait(running.answers)
            yield running
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


@needs_java
@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_a_request_without_the_token_is_rejected(webhook, token):
    assert webhook.post("forged", "forged", token=token) == 401


@needs_java
def test_an_alert_is_sent_once_to_the_listed_users_as_it_is(webhook):
    text = "{{ lookup('ansible.builtin.pipe', 'touch ran') }} {{ 1 + 1 }} ⚠"
    assert webhook.post("🚨", "emoji") == 200  # ansible-rulebook cannot pass it to a playbook, as the guide says
    for number, group in enumerate(["database", "database", "disk"]):
        assert webhook.post("resolved", group, status="resolved") == 200
        assert webhook.post(f"{number}: {text}", group) == 200
    webhook.wait(lambda: len(webhook.sent()) == 2)
    # The source has put its events into a queue, and actions run one after the other: the last one has been sent.
    assert webhook.sent() == [f"Alert: 0: {text}", f"Alert: 2: {text}"]
    assert all(sorted(push["recipients"]) == ["1001", "1002"] for push in webhook.app.pushes)


@needs_java
def test_the_rulebook_does_not_start_without_a_token(environment):
    done = subprocess.run(
        COMMAND, cwd=EXAMPLES, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0 and "CHAT_WEBHOOK_TOKEN" in done.stdout + done.stderr
