# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Search what ansible-runner keeps of a job, as AWX runs it, for secrets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml
from both_modes import KEY, NASTY_KEY, forms
from conftest import IN_PROCESS

APP = 1400004000
CHAT = "tencentcloud.chat.chat_push"
USERS = {"ann": {"attrs": {"city": "Oslo"}, "tags": ["staff"]}}

# The options of each task that succeeds, and of some that fail. Secrets are templates, as in real playbooks: Ansible
# itself shows what a playbook contains.
SUCCEEDING = {
    "tencentcloud.chat.chat_accounts": {"accounts": {"ann": {"nick": "Ann"}}},
    f"{CHAT}_attr_names": {"attr_names": {"0": "city"}},
    f"{CHAT}_user_attrs": {"users": {"ann": {"city": "Bonn"}}},
    f"{CHAT}_user_tags": {"users": {"ann": ["canary"]}},
    CHAT: {"text": "hi", "all_users": True},
    f"{CHAT}_info": {"reasons": True},
    f"{CHAT}_recall": {"task_id": "{{ result_4.task_id }}", "offline_push": {"title": "Recalled"}},
}
WRONG_KEY = {"secret_key": "{{ another_key }}"}
MISSPELLED = {"secretkey": "{{ key }}"}
ALTERED_USERSIG = {"secret_key": "{{ omit }}", "usersig": "{{ altered }}"}
SECRET_AS_ACCOUNT = {"identifier": "{{ key }}"}
FAILING = [
    *((module, wrong) for module in SUCCEEDING for wrong in (WRONG_KEY, MISSPELLED)),
    (f"{CHAT}_attr_names", ALTERED_USERSIG),
    (f"{CHAT}_user_tags", ALTERED_USERSIG),
    (f"{CHAT}_user_attrs", SECRET_AS_ACCOUNT),
    (CHAT, SECRET_AS_ACCOUNT),
]
SECRETS = {"key": KEY, "another_key": NASTY_KEY, "altered": "altered-usersig-that-is-secret"}


def tasks() -> list[dict]:
    made = [{"name": "succeed", module: options} for module, options in SUCCEEDING.items()]
    made += [
        {"name": "fail", module: {**SUCCEEDING[module], **wrong}, "ignore_errors": True} for module, wrong in FAILING
    ]
    return [{**task, "register": f"result_{number}"} for number, task in enumerate(made)]


def keep(count: int) -> list[dict]:
    """Return tasks that show the results, and store them as facts."""
    results = [f"result_{number}" for number in range(count)]
    kept = f"{{{{ [{', '.join(results)}] | map('combine', {{'invocation': none}}) | list }}}}"
    return [
        {"name": "show", "ansible.builtin.debug": {"var": "{{ item }}"}, "loop": results},
        # ansible-core 2.22 masks the arguments in its output, but not in variables, whatever the module.
        {"name": "store", "ansible.builtin.set_fact": {"kept": kept, "cacheable": True}},
    ]


def write_job(folder: Path, way: str) -> None:
    made = tasks()
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/tencentcloud.chat.chat": {"sdkappid": APP, "secret_key": "{{ key }}", "retries": 0}},
        "tasks": made + keep(len(made)),
    }
    for name, content in {
        "project/job.yml": yaml.safe_dump([play], sort_keys=False),
        "env/extravars": json.dumps({**SECRETS, "tencentcloud_chat_in_process": way == IN_PROCESS}),
        "inventory/hosts": f"localhost ansible_connection=local ansible_python_interpreter={sys.executable}\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def run_job(play, way: str) -> tuple[Path, str]:
    """Run a job with ansible-runner, and return the directory of its artifacts and its output."""
    folder = play.folder / "job"
    write_job(folder, way)
    commands = Path(sys.executable).parent
    done = subprocess.run(
        [str(commands / "ansible-runner"), "run", str(folder), "-p", "job.yml", "-i", "job", "-vvvv"],
        env={**play.environment, "PATH": f"{commands}:{play.environment['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return folder / "artifacts" / "job", done.stdout


def contents(artifacts: Path) -> dict[str, str]:
    """Return the files that a job leaves. The file command contains the environment of the job by design."""
    files = [file for file in artifacts.rglob("*") if file.is_file() and file.name != "command"]
    return {str(file.relative_to(artifacts)): file.read_text() for file in files}


def test_no_secret_in_what_a_job_leaves(simulator, play, way):
    app = simulator.add(APP, secret_key=KEY, users=USERS, push_interval=0, recall_old=True)
    artifacts, output = run_job(play, way)
    files = contents(artifacts)
    assert app.names == {"0": "city"} and len(app.pushes) == 1 and app.pushes[0]["recalled"]
    assert app.users == {"ann": {"attrs": {"city": "Bonn"}, "tags": ["staff", "canary"], "nick": "Ann"}}
    events = [json.loads(content) for name, content in files.items() if name.startswith("job_events/")]
    ended = [event["event"] for event in events if event["event"].startswith("runner_on_")]
    assert ended.count("runner_on_failed") == len(FAILING)
    assert files["stdout"] and any(name.startswith("fact_cache/") for name in files)
    assert ("AnsiballZ_chat_push" in files["stdout"]) is (way == "module")
    signatures = {entry["query"]["usersig"] for entry in simulator.log}
    assert len(signatures) > 3  # of both keys, for both accounts, and the altered one
    for secret in {*SECRETS.values(), *signatures}:
        for form in forms(secret):
            for name, content in {**files, "output": output}.items():
                assert form not in content, (name, content[content.index(form) - 300 :][:400])
    assert "70009" in files["stdout"] and "secretkey" in files["stdout"]
