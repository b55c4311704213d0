# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that the rulebook passes to announce.yml, in real plays. tests/automation runs the rulebook itself."""

from __future__ import annotations

import jinja2
import pytest
import yaml
from conftest import KEY, ROOT
from jinja2.nativetypes import NativeEnvironment

EXAMPLES = ROOT / "docs" / "examples"
(RULEBOOK,) = yaml.safe_load((EXAMPLES / "eda" / "alert.yml").read_text())
ACTION = RULEBOOK["rules"][0]["action"]["run_playbook"]


def passed(value, event: dict):
    """Return what ansible-rulebook makes of the extra variables (ansible_rulebook.util.substitute_variables)."""
    if isinstance(value, dict):
        return {key: passed(inner, event) for key, inner in value.items()}
    if isinstance(value, list):
        return [passed(inner, event) for inner in value]
    environment = NativeEnvironment(undefined=jinja2.StrictUndefined)
    return environment.from_string(value).render(event=event) if "{{" in value else value


@pytest.mark.parametrize(
    "text",
    [
        "The database is down: 100 % of 3 'nodes' \"failed\" + \\n\nsince 02:00 ⚠ 状",
        "{{ lookup('ansible.builtin.pipe', 'touch ran') }}{% if true %}{# x #}{% endif %}",
        "' }}{{ lookup('ansible.builtin.pipe', 'touch ran') }}{{ '",
        "{{ 1 + 1 }}",
        "[2024]",
        ["{{ 1 + 1 }}"],  # not a string: sent as one
    ],
)
def test_the_text_of_an_alert_reaches_the_listed_users_as_it_is(play, simulator, text):
    """The users are two on call and another."""
    app = simulator.add(1400000001, secret_key=KEY, users={"1001": {}, "1002": {}, "2001": {}}, push_interval=0)
    event = {"payload": {"commonAnnotations": {"summary": text}}}
    variables = {**passed(ACTION["extra_vars"], event), "ansible_eda": {"event": event}}
    (play.folder / "extravars").write_text(yaml.dump({**variables, "chat_secret_keys": {"shop": KEY}}))
    arguments = ("-i", "inventory.yml", "--limit", RULEBOOK["hosts"], "-e", f"@{play.folder / 'extravars'}")
    run = play(EXAMPLES / ACTION["name"], *arguments, cwd=EXAMPLES)
    assert run.code == 0, run.output
    (push,) = app.pushes
    assert sorted(push["recipients"]) == ["1001", "1002"]
    assert push["body"]["OfflinePushInfo"]["Desc"] == f"Alert: {text}"
    assert not (EXAMPLES / "ran").exists()


def test_the_webhook_only_accepts_requests_with_a_token_on_its_own_machine():
    ((_name, options),) = RULEBOOK["sources"][0].items()
    assert options["host"] == "127.0.0.1" and options["token"] == "{{ CHAT_WEBHOOK_TOKEN }}"
