# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmark plays that change many users of one app, and many apps with one playbook."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import yaml

BATCH = 100  # users; the most that a call accepts
OURS, URI, HOLD = "in-process", "uri get-then-set", "set_fact"


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


def accounts(count: int) -> list[str]:
    return [f"user{number:06}" for number in range(count)]


def app_settings(subject: Subject, key: str, count: int) -> dict:
    """Return the simulator's settings for an app in which every other user, from the second on, has what is wanted."""
    users = {
        account: {"attrs": {}, "tags": [], **({subject.state: subject.wanted} if number % 2 else {})}
        for number, account in enumerate(accounts(count))
    }
    names = {"0": "sex", "1": "city"}
    # The module uri needs the header Content-Type in each response.
    return {"secret_key": key, "answers": "documented", "names": names, "users": users}


def uri_tasks(subject: Subject) -> list[dict]:
    """Read each batch of users, then write the batches that differ."""
    url = "{{ api_url }}/v4/all_member_push/%s?sdkappid={{ sdkappid }}&identifier=administrator"
    url += "&usersig={{ usersig }}&random=1&contenttype=json"
    call = {"method": "POST", "body_format": "json", "ca_path": "{{ ca_path }}", "return_content": True}
    control = {"label": "batch", "index_var": "at"}
    asked = {"To_Account": "{{ item | map(attribute='To_Account') | list }}"}
    values = f"| sort(attribute='To_Account') | map(attribute='{subject.field}') | map('{subject.order}') | list"
    repeat = {"loop": "{{ batches }}", "loop_control": control}
    return [
        {"ansible.builtin.uri": {**call, "url": url % subject.read, "body": asked}, "register": "got", **repeat},
        {
            "ansible.builtin.uri": {**call, "url": url % subject.write, "body": {subject.key: "{{ item }}"}},
            "when": f"(got.results[at].json.{subject.key} {values}) != (item {values})",
            **repeat,
        },
    ]


def users_differ(subject: Subject, state: dict, count: int) -> list[str]:
    """The users in the simulator's *state* of the app who do not have what is wanted."""
    found = {name: user[subject.state] for name, user in state["users"].items()}
    if isinstance(subject.wanted, list):
        found = {name: sorted(value) for name, value in found.items()}
    return [name for name in accounts(count) if found[name] != subject.wanted]


def write_play(folder: Path, tasks: list[dict], variables: dict) -> list[str]:
    """Write a play and its variables; return the arguments of ansible-playbook."""
    (folder / "bulk.yml").write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    (folder / "bulk.json").write_text(json.dumps(variables))
    return [str(folder / "bulk.yml"), "-e", f"@{folder / 'bulk.json'}"]


def write_users(folder: Path, subject: Subject, contestant: str, count: int, more: dict) -> list[str]:
    """Write a play that sets the users, for the module or, for uri, in batches as the calls carry them."""
    names = accounts(count)
    if contestant == URI:
        carried = [{"To_Account": name, subject.field: subject.wanted} for name in names]
        batches = [carried[at : at + BATCH] for at in range(0, count, BATCH)]
        return write_play(folder, uri_tasks(subject), {"batches": batches, **more})
    module = {f"tencentcloud.chat.{subject.module}": {"sdkappid": "{{ sdkappid }}", "users": "{{ users }}"}}
    hold = {"ansible.builtin.set_fact": {"found": "{{ users }}"}}  # returns the users as a result, and sends nothing
    users = dict.fromkeys(names, subject.wanted)
    return write_play(folder, [hold if contestant == HOLD else module], {"users": users, **more})


def half_of_accounts(key: str, count: int) -> dict:
    """Return the simulator's settings for an app in which every other account exists."""
    return {"secret_key": key, "users": {account: {} for account in accounts(count)[::2]}}


def write_accounts(folder: Path, count: int, more: dict) -> list[str]:
    """Write a play that imports the accounts; return the arguments of ansible-playbook."""
    task = {"tencentcloud.chat.chat_accounts": {"sdkappid": "{{ sdkappid }}", "accounts": "{{ accounts }}"}}
    return write_play(folder, [task], {"accounts": dict.fromkeys(accounts(count)), **more})


def write_apps(folder: Path, numbers: Iterable[int], key: str, names: dict[str, str]) -> list[str]:
    """Write the list of apps for the playbook of the collection; return the arguments of ansible-playbook."""
    apps = [{"name": f"app{at}", "sdkappid": at, "secret_key": key, "attr_names": names} for at in numbers]
    (folder / "apps.json").write_text(json.dumps({"push_attr_names_apps": apps}))
    return ["tencentcloud.chat.push_attr_names", "-e", f"@{folder / 'apps.json'}"]
