# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credential type and the surveys for Automation Platform and AWX, injected as AWX does, into real plays."""

from __future__ import annotations

import json

import pytest
import TLSSigAPIv2
import yaml
from conftest import KEY, ROOT
from jinja2.sandbox import ImmutableSandboxedEnvironment

EXAMPLES = ROOT / "docs" / "examples"
TYPE = yaml.safe_load((EXAMPLES / "awx" / "credential_type.yml").read_text())
SURVEYS = {
    "survey.yml": json.loads((EXAMPLES / "awx" / "survey.json").read_text()),
    "announce.yml": json.loads((EXAMPLES / "awx" / "announce_survey.json").read_text()),
    "recall.yml": json.loads((EXAMPLES / "awx" / "recall_survey.json").read_text()),
}
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
    run = play(EXAMPLES / playbook, "-e", json.dumps(variables), *arguments, cwd=EXAMPLES, env=environment)
    assert KEY not in run.output
    return run.output


@pytest.fixture
def app(simulator, play):
    return simulator.add(APP, secret_key=KEY, admins=["ops"])


USERSIG = TLSSigAPIv2.TLSSigAPIv2(APP, KEY).gen_sig("ops", 3600)
ANSWERS = {"chat_region": "singapore", "chat_sdkappid": APP, "chat_attr_names": "0: sex\n1: 城市\n2: 'yes'"}


@pytest.mark.parametrize(
    "inputs",
    [
        {"secret_key": KEY, "identifier": "ops"},
        {"usersig": USERSIG, "identifier": "ops"},
        {"secret_key": KEY, "identifier": "ops", "sdkappid": "77", "region": "tokyo"},  # the play says another
    ],
)
def test_a_survey_and_a_credential_name_an_app(simulator, play, app, inputs):
    output = launch(play, injected(**inputs), "survey.yml", ANSWERS)
    assert "changed=1" in output and "failed=0" in output, output
    assert app.names == {"0": "sex", "1": "城市", "2": "yes"}
    assert {entry["query"]["identifier"] for entry in simulator.requests(APP)} == {"ops"}


def test_the_credential_can_set_everything_about_the_app(simulator, play, app):
    app.names = {"0": "sex"}
    environment = injected(secret_key=KEY, identifier="ops", sdkappid=str(APP), region="tokyo")
    run = play([{"name": "read", "tencentcloud.chat.chat_push_attr_names_info": {}}], env=environment)
    assert run.result("read")["attr_names"] == {"0": "sex"}


def test_a_credential_without_a_secret_gets_a_message_about_it(play, app):
    output = launch(play, injected(identifier="ops"), "survey.yml", ANSWERS)
    assert "usersig or secret_key must be set" in output


@pytest.fixture
def fleet(simulator, play):
    """The apps of inventory.yml, each with a user of the staff and another user."""
    users = {"1001": {"tags": ["staff"]}, "2001": {"tags": ["canary"]}}
    return {
        name: simulator.add(number, secret_key=KEY, users=users, push_interval=0)
        for number, name in enumerate(("shop", "news", "games"), 1400000001)
    }


INVENTORY = ("-i", "inventory.yml")
SECRETS = {"chat_secret_keys": dict.fromkeys(("shop", "news", "games"), KEY)}
TEXT = "Line 1: 'all'\nis {well}"


def defaults(playbook: str, asked: str) -> dict:
    """Return the answers of a survey that are given in advance: the variables of its playbook. *asked* has none."""
    answers = {question["variable"]: question["default"] for question in SURVEYS[playbook]["spec"]}
    (play,) = yaml.safe_load((EXAMPLES / playbook).read_text())
    assert answers == {**play["vars"], asked: ""}
    return answers


def test_surveys_announce_to_each_app_and_recall_the_push_of_one(play, fleet):
    answers = defaults("announce.yml", "chat_announcement")
    answers |= {"chat_announcement": TEXT, "chat_audience": "canary", **SECRETS}
    output = launch(play, {}, "announce.yml", answers, *INVENTORY, "--check")  # job type Check
    assert output.count("changed=1") == 3 and not any(app.pushes for app in fleet.values()), output
    output = launch(play, {}, "announce.yml", answers, *INVENTORY)
    assert output.count("changed=1") == 3, output
    for app in fleet.values():
        (push,) = app.pushes
        assert push["recipients"] == ["2001"]
        assert push["body"]["MsgBody"][0]["MsgContent"] == {"Text": TEXT}
        assert push["body"]["OfflinePushInfo"]["Desc"] == TEXT
        assert f'"chat_sent.task_id": "{push["task_id"]}"' in output, output
    pushes = {name: app.pushes[0] for name, app in fleet.items()}
    answers = defaults("recall.yml", "chat_task_id")
    answers |= {"chat_task_id": pushes["news"]["task_id"], "chat_recall_text": TEXT, **SECRETS}
    limited = (*INVENTORY, "--limit", "news")
    output = launch(play, {}, "recall.yml", answers, *limited, "--check")  # job type Check
    assert "changed=1" in output and "recalled" not in pushes["news"], output
    output = launch(play, {}, "recall.yml", answers, *limited)
    assert "changed=1" in output and "failed=0" in output, output
    assert pushes["news"]["recall"] == {"Title": "Recalled", "Desc": TEXT}
    assert not any("recalled" in pushes[name] for name in ("shop", "games"))


def test_the_jobs_of_the_workflow_report_drift_and_repair_it(play, fleet):
    output = launch(play, {}, "awx/drift.yml", SECRETS, *INVENTORY)
    assert "Apps checked: 3, as declared: 0, drifted: 3, unreadable: 0." in output, output
    assert output.count("failed=1") == 3 and not any(app.writes for app in fleet.values())
    output = launch(play, {}, "many_regions.yml", SECRETS, *INVENTORY)
    assert output.count("changed=1") == 3, output
    output = launch(play, {}, "awx/drift.yml", SECRETS, *INVENTORY)
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
    assert set(survey) == {"name", "description", "spec"} and survey["spec"]
    for question in survey["spec"]:
        assert question["variable"] in (EXAMPLES / playbook).read_text()
        assert question["type"] in ("multiplechoice", "integer", "text", "textarea")
        assert question["required"] is True and question["question_name"]
        if question["type"] == "multiplechoice":
            assert question["default"] in question["choices"]
        if question["type"] == "integer" and question["default"] != "":
            assert question["min"] <= question["default"] <= question["max"]
