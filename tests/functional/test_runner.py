# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Search what ansible-runner keeps of a job, as AWX runs it, for secrets."""

from __future__ import annotations

import json
import subprocess
import sys

from both_modes import NASTY_KEY, check_hidden, keeping
from conftest import BIN, IN_PROCESS, KEY

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


def test_no_secret_in_what_a_job_leaves(simulator, play, way):
    app = simulator.add(APP, secret_key=KEY, users=USERS, push_interval=0, recall_old=True)
    tasks = [{"name": "succeed", module: options} for module, options in SUCCEEDING.items()]
    for module, wrong in FAILING:
        tasks.append({"name": "fail", module: {**SUCCEEDING[module], **wrong}, "ignore_errors": True})
    results = [f"result_{number}" for number in range(len(tasks))]
    defaults = {"sdkappid": APP, "secret_key": "{{ key }}", "retries": 0}
    play.command(  # writes the playbook
        [{**task, "register": name} for task, name in zip(tasks, results)] + keeping(results),
        module_defaults={"group/tencentcloud.chat.chat": defaults},
    )
    folder = play.folder / "job"
    for name, content in {
        "env/extravars": json.dumps({**SECRETS, "tencentcloud_chat_in_process": way == IN_PROCESS}),
        "inventory/hosts": f"localhost ansible_connection=local ansible_python_interpreter={sys.executable}\n",
    }.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(content)
    command = [BIN / "ansible-runner", "run", folder, "--project-dir", play.folder, "-p", "play.yml", "-i", "job"]
    done = subprocess.run(
        [*command, "-vvvv"],
        env={**play.environment, "PATH": f"{BIN}:{play.environment['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    artifacts = folder / "artifacts" / "job"
    # The file command contains the environment of the job by design.
    left = [file for file in artifacts.rglob("*") if file.is_file() and file.name != "command"]
    files = {str(file.relative_to(artifacts)): file.read_text() for file in left}
    assert app.names == {"0": "city"} and len(app.pushes) == 1 and app.pushes[0]["recalled"]
    assert app.users == {"ann": {"attrs": {"city": "Bonn"}, "tags": ["staff", "canary"], "nick": "Ann"}}
    events = [json.loads(content)["event"] for name, content in files.items() if name.startswith("job_events/")]
    assert events.count("runner_on_failed") == len(FAILING)
    assert files["stdout"] and any(name.startswith("fact_cache/") for name in files)
    assert ("AnsiballZ_chat_push" in files["stdout"]) is (way == "module")
    signatures = {entry["query"]["usersig"] for entry in simulator.log}
    assert len(signatures) > 3  # of both keys, for both accounts, and the altered one
    check_hidden({*SECRETS.values(), *signatures}, {**files, "output": done.stdout})
    assert "70009" in files["stdout"] and "secretkey" in files["stdout"]
