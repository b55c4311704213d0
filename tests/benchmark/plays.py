# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmark runs: the apps of the simulator before a play, and the plays that change them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml

OURS, MODULE, URI, PING, DEBUG = "in-process", "as module", "uri get-then-set", "ping", "debug"
HOLD = "set_fact"  # what Ansible itself needs to pass the users to a task, and to take a result as large
CONTESTANTS = (OURS, MODULE, URI, PING, DEBUG)
FIRST = 1400000001
KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
BEFORE, WANTED = {"9": "tier"}, {"0": "sex", "1": "city"}
BATCH = 100  # users; the most that a call accepts


class Scene(NamedTuple):
    """What is run: *count* apps in one task, a loop, or an inventory; each answer takes *latency* seconds."""

    name: str
    kind: str
    count: int
    forks: int
    latency: float

    @property
    def apps(self) -> range:
        return range(FIRST, FIRST + self.count)


class Subject(NamedTuple):
    """What users are given.

    module -- the module that sets it, by its short name
    read, write -- the calls that the module makes
    key, field -- where a call carries users, and what a user is given
    state -- the name of the field in the simulator's state of a user
    order -- the Jinja filter that makes two values comparable: the service returns them in any order
    wanted -- what each user has to have
    """

    name: str
    module: str
    read: str
    write: str
    key: str
    field: str
    state: str
    order: str
    wanted: dict[str, str] | list[str]


ATTRIBUTES = Subject(
    "user attributes",
    "chat_push_user_attrs",
    *("im_get_attr", "im_set_attr", "UserAttrs", "Attrs", "attrs", "dictsort"),
    {"sex": "f", "city": "Paris"},
)
TAGS = Subject(
    "user tags",
    "chat_push_user_tags",
    *("im_get_tag", "im_add_tag", "UserTags", "Tags", "tags", "sort"),
    ["beta", "paying"],
)


def settings(**more: Any) -> dict:
    """Return the simulator's settings for an app. The module uri needs the header Content-Type in each response."""
    return {"secret_key": KEY, "answers": "documented", **more}


def accounts(count: int) -> list[str]:
    return [f"user{number:06}" for number in range(count)]


def half_done(subject: Subject, count: int) -> dict:
    """Return the settings for an app in which every other user, from the second on, has what is wanted."""
    users = {
        account: {"attrs": {}, "tags": [], **({subject.state: subject.wanted} if number % 2 else {})}
        for number, account in enumerate(accounts(count))
    }
    return settings(names=WANTED, users=users)


def is_done(subject: Subject, user: dict) -> bool:
    """Return whether a user in the state of the simulator has what is wanted."""
    found = user[subject.state]
    return (sorted(found) if subject is TAGS else found) == subject.wanted


def uri(call: str, body: dict, app: str = "sdkappid", **more: Any) -> dict:
    """Return a task that makes a call for the *app* in this variable."""
    url = "{{ api_url }}/v4/all_member_push/%s?identifier=administrator&random=1&contenttype=json"
    url += "&sdkappid={{ %s }}&usersig={{ usersigs[%s | string] }}"
    options = {"method": "POST", "body_format": "json", "body": body, "ca_path": "{{ ca_path }}"}
    return {"ansible.builtin.uri": {**options, "url": url % (call, app, app), **more}}


def names_tasks(contestant: str, app: str) -> list[dict]:
    """What *contestant* does for the app in the variable *app*: the names are missing, and have to be set."""
    if contestant in (OURS, MODULE):
        return [{"tencentcloud.chat.chat_push_attr_names": {"sdkappid": f"{{{{ {app} }}}}", "attr_names": WANTED}}]
    if contestant == PING:
        return [{"ansible.builtin.ping": {}}]
    if contestant == DEBUG:
        return [{"ansible.builtin.debug": {"msg": f"{{{{ {app} }}}}"}}]
    have = "(reply.json.AttrNames | default({}, true))"
    should = f"({have} | combine(wanted))"
    reply = "{{ got.results[loop_index] if got.results is defined else got }}"
    change = uri("im_set_attr_name", {"AttrNames": f"{{{{ {should} }}}}"}, app)
    return [
        {**uri("im_get_attr_name", {}, app), "register": "got"},
        {**change, "when": f"{have} != {should}", "vars": {"reply": reply, "wanted": WANTED}},
    ]


def write_scene(folder: Path, scene: Scene, contestant: str, variables: dict) -> list[str]:
    looped = scene.kind == "loop"
    tasks = names_tasks(contestant, "item" if looped else "sdkappid")
    if looped:
        control = {"label": "app", "index_var": "loop_index"}
        tasks = [{**task, "loop": list(scene.apps), "loop_control": control} for task in tasks]
    hosts = "apps" if scene.kind == "inventory" else "localhost"
    if scene.kind == "task":
        variables = {**variables, "sdkappid": FIRST}
    return write_play(folder, tasks, {**variables, "tencentcloud_chat_in_process": contestant == OURS}, scene, hosts)


def users_tasks(subject: Subject) -> list[dict]:
    """Read each batch of users, then write the batches that differ."""
    asked = {"To_Account": "{{ item | map(attribute='To_Account') | list }}"}
    values = f"| sort(attribute='To_Account') | map(attribute='{subject.field}') | map('{subject.order}') | list"
    repeat = {"loop": "{{ batches }}", "loop_control": {"label": "batch", "index_var": "at"}}
    differs = f"(got.results[at].json.{subject.key} {values}) != (item {values})"
    return [
        {**uri(subject.read, asked, return_content=True), "register": "got", **repeat},
        {**uri(subject.write, {subject.key: "{{ item }}"}, return_content=True), "when": differs, **repeat},
    ]


def write_users(folder: Path, subject: Subject, contestant: str, count: int, variables: dict) -> list[str]:
    """Write a play that sets the users, for the module or, for uri, in batches as the calls carry them."""
    if contestant == URI:
        carried = [{"To_Account": name, subject.field: subject.wanted} for name in accounts(count)]
        batches = [carried[at : at + BATCH] for at in range(0, count, BATCH)]
        return write_play(folder, users_tasks(subject), {**variables, "batches": batches, "sdkappid": FIRST})
    task: dict = {f"tencentcloud.chat.{subject.module}": {"sdkappid": FIRST, "users": "{{ users }}"}}
    if contestant == HOLD:
        task = {"ansible.builtin.set_fact": {"found": "{{ users }}"}}
    return write_play(folder, [task], {"users": dict.fromkeys(accounts(count), subject.wanted)})


def write_accounts(folder: Path, count: int) -> list[str]:
    """Write a play that imports the accounts."""
    task = {"tencentcloud.chat.chat_accounts": {"sdkappid": FIRST, "accounts": "{{ accounts }}"}}
    return write_play(folder, [task], {"accounts": dict.fromkeys(accounts(count))})


def write_apps(folder: Path, scene: Scene) -> list[str]:
    """Write the list of apps for the playbook of the collection."""
    apps = [{"name": f"app{at}", "sdkappid": at, "secret_key": KEY, "attr_names": WANTED} for at in scene.apps]
    (folder / "apps.json").write_text(json.dumps({"push_attr_names_apps": apps}))
    return ["tencentcloud.chat.push_attr_names", "-e", f"@{folder / 'apps.json'}"]


def write_play(
    folder: Path, tasks: list[dict], variables: dict, scene: Scene | None = None, hosts: str = "localhost"
) -> list[str]:
    """Write a play, its inventory and its variables; return the arguments of ansible-playbook."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    apps = {f"app{at}": {"sdkappid": at} for at in scene.apps} if scene and scene.kind == "inventory" else {}
    inventory = {"all": {"vars": local, "hosts": {"localhost": {}}, "children": {"apps": {"hosts": apps}}}}
    play = {"hosts": hosts, "gather_facts": False, "tasks": tasks}
    (folder / "vars.json").write_text(json.dumps(variables))
    for name, content in (("play", [play]), ("inventory", inventory)):
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content))
    return [str(folder / "play.yml"), "-i", str(folder / "inventory.yml"), "-e", f"@{folder / 'vars.json'}"]
