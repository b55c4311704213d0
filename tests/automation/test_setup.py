# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""awx/setup.yml against a Controller: it creates everything, changes nothing again, and repairs what was changed."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from types import SimpleNamespace

import pytest
import yaml
from controller import TOKEN
from guides import GUIDES
from installed import BIN, EXAMPLES

AWX = EXAMPLES / "awx"
PROJECT = "https://git.example.org/chat.git"
IMAGE = ("-e", "chat_image=registry.example.org/chat-ee:1.0.0")


# The job templates: name, playbook, survey, credential.
TEMPLATES = [
    ("Chat names", "survey.yml", "survey.json", "Chat app"),
    ("Chat names, check only", "survey.yml", "survey.json", "Chat app"),
    ("Chat announcement", "announce.yml", "announce_survey.json", "Chat keys"),
    ("Chat recall", "recall.yml", "recall_survey.json", "Chat keys"),
    ("Chat drift report", "drift.yml", None, "Chat keys"),
    ("Chat drift repair", "many_regions.yml", None, "Chat keys"),
]


@pytest.fixture(scope="module")
def run(controller, environment, examples):
    """Runs setup.yml. Returns the numbers of its tasks that succeeded and that changed something, and its writes."""
    variables = {**environment, "CONTROLLER_HOST": controller.url_for(""), "CONTROLLER_OAUTH_TOKEN": TOKEN}

    def start(*arguments: str) -> SimpleNamespace:
        controller.clear_log()
        command = [BIN / "ansible-playbook", "awx/setup.yml", "-e", f"chat_project_url={PROJECT}", *arguments]
        done = subprocess.run(command, cwd=examples, env=variables, capture_output=True, text=True, check=False)
        output = done.stdout + done.stderr
        counts = re.search(r"localhost +: ok=(\d+) +changed=(\d+) +unreachable=0 +failed=0 ", output)
        assert counts and "[WARNING]" not in output, output
        writes = [(request.method, request.path) for request, _response in controller.log if request.method != "GET"]
        return SimpleNamespace(ok=int(counts[1]), changed=int(counts[2]), writes=writes)

    return start


@pytest.fixture(scope="module")
def created(run) -> SimpleNamespace:
    """Everything has been created."""
    return run(*IMAGE)


def test_the_first_run_creates_everything(controller, created):
    assert created.changed == created.ok == 12
    assert not any(path for method, path in created.writes if method == "PATCH")
    assert {kind: sorted(controller.named(kind)) for kind in controller.items if kind != "project_updates"} == {
        "credential_types": ["Tencent Cloud Chat", "Vault"],
        "credentials": ["Chat app", "Chat keys"],
        "execution_environments": ["Chat"],
        "inventories": ["Chat"],
        "inventory_sources": ["Chat"],
        "job_templates": sorted(name for name, *_others in TEMPLATES),
        "organizations": ["Default"],
        "projects": ["Chat"],
        "schedules": ["Chat nightly drift check"],
        "workflow_approval_templates": ["Set the declared names"],
        "workflow_job_template_nodes": ["approve", "repair", "report"],
        "workflow_job_templates": ["Chat nightly drift check"],
    }


def test_the_credential_type_is_the_file_with_its_templates(controller, created):
    declared = yaml.safe_load((AWX / "credential_type.yml").read_text())
    kept = controller.named("credential_types")[declared["name"]]
    assert {key: kept[key] for key in declared} == declared
    assert kept["injectors"]["env"]["TENCENT_CHAT_SECRET_KEY"] == "{{ secret_key }}"


def test_the_credentials_are_created_without_secrets(controller, created):
    kinds = {name: item["id"] for name, item in controller.named("credential_types").items()}
    credentials = controller.named("credentials")
    assert not any("inputs" in item for item in credentials.values())
    assert credentials["Chat app"]["credential_type"] == kinds["Tencent Cloud Chat"]
    assert credentials["Chat keys"]["credential_type"] == kinds["Vault"]


@pytest.mark.parametrize(("name", "playbook", "survey", "credential"), TEMPLATES)
def test_each_job_template_has_its_survey_and_credential(controller, created, name, playbook, survey, credential):
    template = controller.named("job_templates")[name]
    assert template["playbook"] == playbook
    assert template["job_type"] == ("check" if "check" in name else "run")
    assert template["ask_limit_on_launch"] is (name == "Chat recall")
    assert template["survey_enabled"] is bool(survey)
    assert controller.surveys.get(template["id"]) == (json.loads((AWX / survey).read_text()) if survey else None)
    assert controller.linked(template, "credentials") == [controller.named("credentials")[credential]["id"]]
    plurals = {"project": "projects", "inventory": "inventories", "execution_environment": "execution_environments"}
    for kind, plural in plurals.items():
        assert template[kind] == controller.named(plural)["Chat"]["id"]


def test_the_project_contains_the_inventory(controller, created):
    project, source = controller.named("projects")["Chat"], controller.named("inventory_sources")["Chat"]
    assert (project["scm_type"], project["scm_url"]) == ("git", PROJECT)
    assert (source["source"], source["source_path"]) == ("scm", "inventories/chat.yml")
    assert source["source_project"] == project["id"]
    assert source["inventory"] == controller.named("inventories")["Chat"]["id"]


def test_the_workflow_reports_every_night_and_repairs_after_an_approval(controller, created):
    nodes, templates = controller.named("workflow_job_template_nodes"), controller.named("job_templates")
    ids = {name: node["id"] for name, node in nodes.items()}
    ways = itertools.product(nodes, ("success", "failure", "always"))
    linked = {(name, way): controller.linked(nodes[name], f"{way}_nodes") for name, way in ways}
    assert {key: value for key, value in linked.items() if value} == {
        ("report", "failure"): [ids["approve"]],
        ("approve", "success"): [ids["repair"]],
    }
    assert nodes["report"]["unified_job_template"] == templates["Chat drift report"]["id"]
    assert nodes["repair"]["unified_job_template"] == templates["Chat drift repair"]["id"]
    approval = controller.items["workflow_approval_templates"][nodes["approve"]["unified_job_template"]]
    assert approval["timeout"] < 24 * 3600
    workflow = controller.named("workflow_job_templates")["Chat nightly drift check"]
    assert workflow["allow_simultaneous"] is False
    schedule = controller.named("schedules")["Chat nightly drift check"]
    assert schedule["unified_job_template"] == workflow["id"] and "FREQ=DAILY" in schedule["rrule"]
    assert re.fullmatch(r"DTSTART:\d{8}T\d{6}Z RRULE:.*INTERVAL=\d+.*", schedule["rrule"])  # AWX rejects others


@pytest.mark.timeout(600)  # runs setup.yml three times
def test_the_next_runs_change_only_what_differs(controller, run, created):
    # Somebody enters the password in the web interface, as the guide says.
    controller.named("credentials")["Chat keys"]["inputs"] = {"vault_password": "$encrypted$"}
    before = controller.state()
    again = run(*IMAGE)
    assert (again.ok, again.changed) == (created.ok, 0)
    assert controller.state() == before
    # awx.awx sends two empty fields of an inventory each time, and reports no change.
    assert again.writes == [("PATCH", controller.named("inventories")["Chat"]["url"])]

    # Somebody changes the playbook of a job template, a survey and the workflow.
    templates = controller.named("job_templates")
    templates["Chat names"]["playbook"] = "recall.yml"
    controller.surveys[templates["Chat recall"]["id"]]["spec"].pop()
    controller.links[controller.named("workflow_job_template_nodes")["approve"]["url"] + "success_nodes/"].clear()
    changed = controller.state()
    check = run(*IMAGE, "--check")
    assert check.changed >= 2 and check.writes == [] and controller.state() == changed
    repair = run(*IMAGE)
    assert repair.changed == 2 and controller.state() == before


def test_the_command_of_the_guide_lets_the_playbook_use_ansible_controller(environment, tmp_path):
    """With awx.awx under the name of ansible.controller, which has the same modules and is not on PyPI."""
    (command,) = re.findall(r"``(sed -i [^`]*)``", GUIDES["guide_awx"])
    shutil.copytree(AWX, tmp_path / "awx")
    subprocess.run(command.split(), cwd=tmp_path, check=True)
    tasks = yaml.safe_load((tmp_path / "awx" / "setup.yml").read_text())[0]["tasks"]
    modules = {key for task in tasks for key in task if "." in key}
    assert {name.rpartition(".")[0] for name in modules} == {"ansible.controller"}
    (installed,) = BIN.parent.glob("lib/python3.*/site-packages/ansible_collections/awx/awx")
    (tmp_path / "ansible_collections" / "ansible").mkdir(parents=True)
    (tmp_path / "ansible_collections" / "ansible" / "controller").symlink_to(installed)
    command = [BIN / "ansible-playbook", "--syntax-check", tmp_path / "awx" / "setup.yml"]
    variables = {**environment, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path)}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
