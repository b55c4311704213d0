# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that the rulebook passes to announce.yml, in real plays. tests/automation runs the rulebook itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jinja2
import pytest
import yaml
from conftest import ROOT
from jinja2.nativetypes import NativeEnvironment

EXAMPLES = ROOT / "docs" / "examples"
(RULEBOOK,) = yaml.safe_load((EXAMPLES / "eda" / "alert.yml").read_text())
ACTION = RULEBOOK["rules"][0]["action"]["run_playbook"]
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
LIST = ["1001", "1002"]


def passed(value, event: dict):
    """Return what ansible-rulebook makes of the extra variables (ansible_rulebook.util.substitute_variables)."""
    if isinstance(value, dict):
        return {key: passed(inner, event) for key, inner in value.items()}
    if isinstance(value, list):
        return [passed(inner, event) for inner in value]
    environment = NativeEnvironment(undefined=jinja2.StrictUndefined)
    return environment.from_string(value).render(event=event) if "{{" in value else value


@pytest.fixture
def send(play, simulator, tmp_path):
    """Run announce.yml with a text, as the rulebook does. Return the app, whose users are two on call and another."""
    app = simulator.add(1400000001, secret_key=KEY, users={"1001": {}, "1002": {}, "2001": {}}, push_interval=0)

    def run(text) -> None:
        event = {"payload": {"commonAnnotations": {"summary": text}}}
        variables = {
            **passed(ACTION["extra_vars"], event),
            "ansible_eda": {"event": event},
            "chat_secret_keys": {"shop": KEY},
        }
        (tmp_path / "extravars").write_text(yaml.dump(variables))
        command = [Path(sys.executable).parent / "ansible-playbook", ACTION["name"], "-i", "inventory.yml"]
        done = subprocess.run(
            [*command, "--limit", RULEBOOK["hosts"], "-e", f"@{tmp_path}/extravars"],
            cwd=EXAMPLES,
            env=play.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout

    run.app = app
    return run


@pytest.mark.parametrize(
    "text",
    [
        "The database is down: 100 % of 3 'nodes' \"failed\" + \\n\nsince 02:00 ⚠ 状",
        "{{ lookup('ansible.builtin.pipe', 'touch ran') }}{% if true %}{# x #}{% endif %}",
        "' }}{{ lookup('ansible.builtin.pipe', 'touch ran') }}{{ '",
        "{{ 1 + 1 }}",
        "[2024]",
    ],
)
def test_the_text_of_an_alert_reaches_the_listed_users_as_it_is(send, text):
    send(text)
    (push,) = send.app.pushes
    assert sorted(push["recipients"]) == LIST
    assert push["body"]["OfflinePushInfo"]["Desc"] == f"Alert: {text}"
    assert not (EXAMPLES / "ran").exists()


def test_a_text_that_is_not_a_string_is_sent_as_one(send):
    send(["{{ 1 + 1 }}"])
    (push,) = send.app.pushes
    assert push["body"]["OfflinePushInfo"]["Desc"] == "Alert: ['{{ 1 + 1 }}']"


def test_the_webhook_only_accepts_requests_with_a_token_on_its_own_machine():
    ((_name, options),) = RULEBOOK["sources"][0].items()
    assert options["host"] == "127.0.0.1" and options["token"] == "{{ CHAT_WEBHOOK_TOKEN }}"
