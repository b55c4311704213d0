# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""eda/alert.yml with ansible-rulebook: an alert becomes a push to the listed users, and nobody else can send one."""

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
from guides import GUIDES, blocks, free_port
from installed import BIN, EXAMPLES, needs_java
from jobs import until
from parts import KEY
from simulator import Simulator

(RULEBOOK,) = yaml.safe_load((EXAMPLES / "eda" / "alert.yml").read_text())
TOKEN = "3fa94b0d1f6c"
COMMAND = [BIN / "ansible-rulebook", "-r", "eda/alert.yml", "-i", "inventory.yml", "--env-vars", "CHAT_WEBHOOK_TOKEN"]
TEXTS = [
    "The database is down: 100 % of 3 'nodes' \"failed\" + \\n\n\nsince 02:00 ⚠ 状",
    "{{ lookup('ansible.builtin.pipe', 'touch ran') }}{% if true %}{# x #}{% endif %}",
    "' }}{{ lookup('ansible.builtin.pipe', 'touch ran') }}{{ '",
    "{{ 1 + 1 }}",
    "[2024]",
    ["{{ 1 + 1 }}"],  # not a string: sent as one
]


def test_the_rulebook_has_the_form_that_ansible_rulebook_accepts():
    (file,) = BIN.parent.glob("lib/python3.*/site-packages/ansible_rulebook/schema/ruleset_schema.json")
    (block,) = [block for block in blocks(GUIDES["guide_awx"]) if block.text.startswith("run_job_template")]
    of_guide = {**RULEBOOK, "rules": [{**RULEBOOK["rules"][0], "action": yaml.safe_load(block.text)}]}
    for rulebook in (RULEBOOK, of_guide):
        jsonschema.validate([rulebook], json.loads(file.read_text()))


def test_the_webhook_only_listens_on_its_own_machine():
    ((_name, options),) = RULEBOOK["sources"][0].items()
    assert options["host"] == "127.0.0.1"


class Webhook:
    """A running rulebook."""

    def __init__(self, port: int, app, process: subprocess.Popen) -> None:
        self.url, self.app, self.process = f"http://127.0.0.1:{port}/alert", app, process

    def post(self, summary: str | list, group: str, status: str = "firing", token: str | None = TOKEN) -> int:
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
@pytest.mark.timeout(600)  # each text is a run of a playbook
def test_an_alert_is_sent_once_to_the_listed_users_as_it_is(webhook):
    assert webhook.post("🚨", "emoji") == 200  # ansible-rulebook cannot pass it to a playbook, as the guide says
    for number, text in enumerate(TEXTS):
        group = f"group {number}"
        posted = [webhook.post(*alert) for alert in (("resolved", group, "resolved"), (text, group), ("again", group))]
        assert posted == [200, 200, 200]
        webhook.wait(lambda count=number: len(webhook.sent()) > count)
    assert webhook.sent() == [f"Alert: {text}" for text in TEXTS]
    assert all(sorted(push["recipients"]) == ["1001", "1002"] for push in webhook.app.pushes)


@needs_java
def test_the_rulebook_does_not_start_without_a_token(environment):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(COMMAND, cwd=EXAMPLES, env=environment, **pipes, timeout=60, check=False)
    assert done.returncode != 0 and "CHAT_WEBHOOK_TOKEN" in done.stdout
