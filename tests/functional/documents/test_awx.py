# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credential type and the surveys for Automation Platform and AWX, injected as AWX does, into real plays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import TLSSigAPIv2
import yaml
from conftest import ROOT
from jinja2.sandbox import ImmutableSandboxedEnvironment

EXAMPLES = ROOT / "docs" / "examples"
TYPE = yaml.safe_load((EXAMPLES / "awx" / "credential_type.yml").read_text())
SURVEYS = {
    "survey.yml": json.loads((EXAMPLES / "awx" / "survey.json").read_text()),
    "announce.yml": json.loads((EXAMPLES / "awx" / "announce_survey.json").read_text()),
    "recall.yml": json.loads((EXAMPLES / "awx" / "recall_survey.json").read_text()),
}
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
APP = 1400080001


def injected(**inputs: str) -> dict[str, str]:
    """Return the environment that AWX creates from a credential: a field that was left empty is an empty variable."""
    fields = {field["id"]: field for field in TYPE["inputs"]["fields"]}
    assert set(inputs) <= set(fields) and set(TYPE["inputs"]["required"]) <= set(inputs)
    for name, value in inputs.items():
        assert value in fields[name].get("choices", [value])
    environment = ImmutableSandboxedEnvironment()
    return {name: environment.from_string(text).render(**inputs) for name, text in TYPE["injectors"]["env"].items()}


def launch(play, environment: dict[str, str], playbook: str, variables: dict, *arguments: str) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), playbook, "-e", json.dumps(variables), *arguments],
        cwd=EXAMPLES,
        env={**play.environment, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert KEY not in done.stdout
    return done.stdout


@pytest.fixture
def app(simulator, play):
    return simulator.add(APP, secret_key=KEY, admins=["ops"])


USERSIG = TLSSigAPIv2.TLSSigAPIv2(APP, KEY).gen_sig("ops", 3600)
NAMES = "0: sex\n1: 城市\n2: 'yes'"


@pytest.mark.parametrize(
    "inputs",
    [
        {"secret_key": KEY, "identifier": "ops"},
        {"usersig": USERSIG, "identifier": "ops"},
        {"secret_key": KEY, "identifier": "ops", "sdkappid": "77", "region": "tokyo"},  # the play says another
    ],
)
def test_a_survey_and_a_credential_name_an_app(simulator, play, app, inputs):
    answers = {"chat_region": "singapore", "chat_sdkappid": APP, "chat_attr_names": NAMES}
    output = launch(play, injected(**inputs), "survey.yml", answers)
    assert "changed=1" in output and "failed=0" in output, output
    assert app.names == {"0": "sex", "1": "城市", "2": "yes"}
    assert {entry["query"]["identifier"] for entry in simulator.requests(APP)} == {"ops"}


def test_the_credential_can_set_everything_about_the_app(simulator, play, app):
    app.names = {"0": "sex"}
    environment = injected(secret_key=KEY, identifier="ops", sdkappid=str(APP), region="tokyo")
    play.environment.update(environment)
    run = play([{"name": "read", "tencentcloud.chat.chat_push_attr_names_info": {}}])
    assert run.result("read")["attr_names"] == {"0": "sex"}


def test_a_credential_without_a_secret_gets_a_message_about_it(play, app):
    answers = {"chat_region": "singapore", "chat_sdkappid": APP, "chat_attr_names": NAMES}
    output = launch(play, injected(identifier="ops"), "survey.yml", answers)
    assert "usersig or secret_key must be set" in output


@pytest.fixture
def fleet(simulator, play):
    """The apps of inventory.yml, each with a user of the staff and another user."""
    users = {"1001": {"tags": ["staff"]}, "2001": {}}
    return {
        name: simulator.add(number, secret_key=KEY, users=users, push_interval=0)
        for number, name in enumerate(("shop", "news", "games"), 1400000001)
    }


def test_surveys_announce_to_each_app_and_recall_the_push_of_one(play, fleet):
    inventory, keys = ("-i", "inventory.yml"), {"chat_secret_keys": dict.fromkeys(fleet, KEY)}
    answers = {question["variable"]: question["default"] for question in SURVEYS["announce.yml"]["spec"]}
    answers |= {"chat_announcement": "Line 1: 'all'\nis {well}", **keys}
    output = launch(play, {}, "announce.yml", answers, *inventory, "--check")  # job type Check
    assert output.count("changed=1") == 3 and not any(app.pushes for app in fleet.values()), output
    output = launch(play, {}, "announce.yml", answers, *inventory)
    assert output.count("changed=1") == 3, output
    for app in fleet.values():
        (push,) = app.pushes
        assert push["recipients"] == ["1001"]
        assert push["body"]["MsgBody"][0]["MsgContent"] == {"Text": answers["chat_announcement"]}
        assert push["body"]["OfflinePushInfo"]["Desc"] == answers["chat_announcement"]
    pushes = {name: app.pushes[0] for name, app in fleet.items()}
    assert all(f'"chat_sent.task_id": "{push["task_id"]}"' in output for push in pushes.values()), output
    answers = {question["variable"]: question["default"] for question in SURVEYS["recall.yml"]["spec"]}
    (recall,) = yaml.safe_load((EXAMPLES / "recall.yml").read_text())
    assert set(answers) == {"chat_task_id", *recall["vars"]}
    assert {name: answers[name] for name in recall["vars"]} == recall["vars"]
    answers |= {"chat_task_id": pushes["news"]["task_id"], "chat_recall_text": "Line 1: 'all'\nis {well}", **keys}
    limited = (*inventory, "--limit", "news")
    output = launch(play, {}, "recall.yml", answers, *limited, "--check")  # job type Check
    assert "changed=1" in output and "recalled" not in pushes["news"], output
    output = launch(play, {}, "recall.yml", answers, *limited)
    assert "changed=1" in output and "failed=0" in output, output
    assert pushes["news"]["recall"] == {"Title": "Recalled", "Desc": answers["chat_recall_text"]}
    assert not any("recalled" in pushes[name] for name in ("shop", "games"))


def test_the_jobs_of_the_workflow_report_drift_and_repair_it(play, fleet):
    inventory, keys = ("-i", "inventory.yml"), {"chat_secret_keys": dict.fromkeys(fleet, KEY)}
    output = launch(play, {}, "awx/drift.yml", keys, *inventory)
    assert "Apps checked: 3, as declared: 0, drifted: 3, unreadable: 0." in output, output
    assert output.count("failed=1") == 3 and not any(app.writes for app in fleet.values())
    output = launch(play, {}, "many_regions.yml", keys, *inventory)
    assert output.count("changed=1") == 3, output
    output = launch(play, {}, "awx/drift.yml", keys, *inventory)
    assert "Apps checked: 3, as declared: 3, drifted: 0, unreadable: 0." in output and "failed=1" not in output, output


def test_credential_type_and_surveys_have_the_form_that_awx_accepts():
    assert set(TYPE) == {"name", "kind", "description", "inputs", "injectors"} and TYPE["kind"] == "cloud"
    for field in TYPE["inputs"]["fields"]:
        assert set(field) <= {"id", "type", "label", "secret", "help_text", "default", "choices"}
        assert field.get("secret", False) is (field["id"] in ("secret_key", "usersig"))
    regions = next(field for field in TYPE["inputs"]["fields"] if field["id"] == "region")["choices"]
    assert regions == SURVEYS["survey.yml"]["spec"][0]["choices"]


@pytest.mark.parametrize("playbook", SURVEYS)
def test_the_surveys_are_those_that_awx_accepts(playbook):
    survey = SURVEYS[playbook]
    assert set(survey) == {"name", "description", "spec"}
    for question in survey["spec"]:
        assert question["variable"] in (EXAMPLES / playbook).read_text()
        assert question["type"] in ("multiplechoice", "integer", "text", "textarea")
        assert question["required"] is True and question["question_name"]
        if question["type"] == "multiplechoice" and question["default"]:
            assert question["default"] in question["choices"]
        if question["type"] == "integer" and question["default"] != "":
            assert question["min"] <= question["default"] <= question["max"]
