# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook tencentcloud.chat.push_attr_names, and the role in a playbook of one's own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from both_modes import vaulted
from conftest import BIN, ROOT

WAYS = ("role", "playbook")
NAME = "tencentcloud.chat.push_attr_names"
KEYS = {name: f"key-of-{name}-that-is-secret" for name in ("shop", "news", "games", "quiet")}
ANOTHER = "another-key-that-is-secret"
FIRST = 1400060000
EXAMPLES = ROOT / "docs" / "examples"
EXPORT = ("-e", "push_attr_names_export_dest=before.yml")
GO_ON, STOP = (("-e", f"push_attr_names_continue={goes_on}") for goes_on in ("true", "false"))
MISREAD = {"0": "yes", "1": "2024", "2": "{{ 7 * 7 }}", "3": "城市: 'x'", "4": "# no", "5": "!unsafe x", "6": '"'}


class Apps:
    """Four apps of the simulator, and the two ways to set the names of a list of them."""

    def __init__(self, simulator, play) -> None:
        self.simulator, self.play, self.folder = simulator, play, play.folder
        self.apps = {
            name: simulator.add(FIRST + number, secret_key=key) for number, (name, key) in enumerate(KEYS.items())
        }
        self.file = play.folder / "apps.yml"

    def wanted(self, name: str, **settings) -> dict:
        app = self.apps[name]
        options = {"sdkappid": app.sdkappid, "secret_key": app.secret_key, "attr_names": {0: "sex"}}
        return {"name": name, **options, **settings}

    def run(self, way: str | Path, apps: list | Path | str, *arguments: str, code: int | None = 0, **settings):
        """Set the names of *apps* with the role, the playbook of the collection, or another one.

        *settings* are the play's keywords, or ``env``. A *code* of None is any but 0. Neither the output nor a file
        that the run wrote shows a secret: log, results, fact cache, retry files.
        """
        if not isinstance(apps, Path):
            self.file.write_text(yaml.safe_dump({"push_attr_names_apps": apps}, allow_unicode=True))
            apps = self.file
        self.simulator.log.clear()
        book = {"role": [], "playbook": NAME}.get(way, way)
        run = self.play(book, "-e", f"@{apps}", *arguments, cwd=self.folder, roles=[NAME], **settings)
        assert run.code if code is None else run.code == code, run.output
        written = [file for file in self.folder.rglob("*") if file.is_file() and file != self.file]
        texts = [run.output, *(file.read_text(errors="replace") for file in written)]
        assert len(texts) > 2
        assert not any(key in text for key in (*KEYS.values(), ANOTHER) for text in texts)
        return run

    def commands(self) -> dict[str, list[str]]:
        """The commands in the simulator's log, by app, for apps that have any."""
        found = {name: self.simulator.commands(app.sdkappid) for name, app in self.apps.items()}
        return {name: commands for name, commands in found.items() if commands}

    def names(self) -> dict[str, dict]:
        """The names of each app that has any."""
        return {name: app.names for name, app in self.apps.items() if app.names}

    def write(self, name: str, content: object) -> str:
        (self.folder / name).write_text(yaml.safe_dump(content))
        return str(self.folder / name)


@pytest.fixture
def apps(simulator, play):
    return Apps(simulator, play)


def result(run, task: str) -> dict:
    """The result of a task of the role: ansible-core 2.21 gives its name with that of the role."""
    (found,) = [line["result"] for line in run.lines if line["task"].rpartition(" : ")[2] == task]
    return found


def summary(run) -> dict:
    return result(run, "Sum up")["ansible_facts"]["push_attr_names_summary"]


def recap(run) -> dict[str, dict[str, int]]:
    """The lines of the recap by host: the counts that are not 0. The hosts of apps without their prefix."""
    lines = re.findall(r"^(?!localhost)(?:app-)?(\S.*?) +: (ok=.*)", run.output.partition("\nPLAY RECAP ")[2], re.M)
    return {host: {name: int(n) for name, n in re.findall(r"(\w+)=([1-9]\d*)", counts)} for host, counts in lines}


CHANGED, UNCHANGED, FAILED = {"ok": 1, "changed": 1}, {"ok": 1}, {"failed": 1}
TWO = {"ok": 2, "changed": 1}
WRITE, READ = ["get", "set", "get"], ["get"]


def test_apps_in_check_mode_and_really(apps, way):
    apps.apps["news"].names = {"0": "sex"}
    wanted = [apps.wanted("shop", attr_names={0: "sex", 1: "city"}), apps.wanted("news")]
    for arguments, heading, commands in ((["--check"], "would change", READ), ([], "changed", WRITE)):
        run = apps.run(way, wanted, *arguments, "--diff", "-vvv")
        if way == "playbook":
            assert recap(run) == {"shop": CHANGED, "news": UNCHANGED}
        else:
            assert summary(run) == {"changed": ["shop"], "unchanged": ["news"], "failed": {}, "skipped": []}
            assert result(run, "Report")["msg"] == [f"{heading}: shop", "unchanged: news", "failed: ", "skipped: "]
        assert run.output.count(": run in-process") == 2 and "module_args" in run.output
        assert '+    "1": "city"' in run.output and run.output.count("--- before") == 1
        assert apps.commands() == {"shop": commands, "news": READ}
    assert apps.names() == {"shop": {"0": "sex", "1": "city"}, "news": {"0": "sex"}}


def four(apps) -> list[dict]:
    """The second fails with a code, the third without a code, and the fourth has no name but its SDKAppID."""
    last = apps.wanted("quiet")
    del last["name"]
    return [
        apps.wanted("shop"),
        apps.wanted("news", secret_key=ANOTHER),
        apps.wanted("games", attr_names={0: "same", 1: "same"}),
        last,
    ]


def test_playbook_goes_on_with_the_other_apps_after_a_failure(apps):
    """It keeps secrets out of the fact cache and retry files too."""
    env = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(apps.folder / "facts")}
    run = apps.run("playbook", four(apps), "-vvv", "--diff", code=2, env=env)
    assert recap(run) == {"shop": CHANGED, "news": FAILED, "games": FAILED, str(FIRST + 3): CHANGED}
    assert apps.commands() == {"shop": WRITE, "news": READ, "quiet": WRITE}
    assert apps.names() == {"shop": {"0": "sex"}, "quiet": {"0": "sex"}}
    failures = {line["host"]: line["result"] for line in run.lines if line["status"] == "failed"}
    assert failures["app-news"]["error_code"] == 70009
    assert "'same'" in failures["app-games"]["msg"] and "error_code" not in failures["app-games"]
    assert "creating host" in run.output
    assert (apps.folder / "push_attr_names.retry").read_text().split() == ["app-games", "app-news"]


def test_the_inventory_can_stop_the_playbook_after_a_batch_but_send_no_task_elsewhere(apps):
    """It contains the name of an app. Other tests set push_attr_names_continue with -e."""
    variables = {"ansible_connection": "ssh", "ansible_host": "192.0.2.1", "ansible_become": True}
    variables |= {"ansible_python_interpreter": "/nowhere/python", "push_attr_names_continue": False}
    inventory = apps.write("inventory.yml", {"all": {"vars": variables, "hosts": {"shop": {}}}})
    wanted = four(apps)
    wanted[1]["name"] = "localhost"
    run = apps.run("playbook", wanted, "-vvv", "-f", "2", "-i", inventory, code=2)
    assert recap(run) == {"shop": CHANGED, "localhost": FAILED}
    assert run.output.count(": run in-process") == 2
    assert apps.commands() == {"shop": WRITE, "news": READ}


def test_playbook_runs_as_many_apps_at_once_as_there_are_forks_and_shows_a_line_for_each(apps):
    """Each app's first response takes so long that all first requests arrive before any second one."""
    names = {FIRST + number: f"many {number}" for number in range(100, 110)}
    for number in names:
        apps.simulator.add(number, secret_key=KEYS["shop"])
        apps.simulator.fail(number, "slow", seconds=6.0)
    options = {"secret_key": KEYS["shop"], "attr_names": {0: "sex"}}
    wanted = [{"sdkappid": number, "name": name, **options} for number, name in names.items()]
    run = apps.run("playbook", wanted, "-f", "10")
    assert recap(run) == dict.fromkeys(names.values(), CHANGED)
    assert apps.simulator.most_open() == len(names)
    assert all(apps.simulator.commands(number) == WRITE for number in names)
    added = run.section(f"{NAME} : Add a host for each app").split("\n\n")[0].splitlines()[1:]
    assert added == [f"ok: [localhost] => (item={name})" for name in names.values()]
    assert set(re.findall(r"^changed: \[app-(.*)\]$", run.output, re.M)) == set(names.values())
    assert "censored" not in run.output


VALUES = f"""
push_attr_names_apps:
  - name: shop
    sdkappid: {FIRST}
    secret_key: {vaulted(KEYS["shop"], "vault-password")}
    attr_names: {{0: !unsafe "{{{{ 7 * 7 }}}}", "1": "2024"}}
  - name: news
    sdkappid: {FIRST + 1}
    secret_key: "{{{{ chat_secret_keys.news }}}}"
    attr_names: {{0: true}}
"""


def test_values_are_passed_as_they_are(apps, way):
    """A vaulted secret and text that looks like a template. A name that YAML reads as a boolean is rejected."""
    (apps.folder / "password").write_text("vault-password")
    apps.file.write_text(VALUES)
    keys = json.dumps({"chat_secret_keys": KEYS})
    apps.run(way, apps.file, "--vault-password-file", "password", "-e", keys, code=2)
    assert apps.apps["shop"].names == {"0": "{{ 7 * 7 }}", "1": "2024"}
    assert apps.commands() == {"shop": WRITE}


def test_options_of_an_app_take_precedence_over_the_environment(apps, way):
    """Each app has another result without its own options, or without those of the environment."""
    apps.apps["quiet"].secret_key = KEYS["shop"]
    apps.apps["games"].names = {"9": "clicked"}
    wanted = [
        # Its first response is too late, and it sends no second request.
        {"name": "shop", "sdkappid": FIRST, "attr_names": {0: "sex"}, "validate_certs": False},
        apps.wanted("news", api="timpush", attr_types={0: 1}, timeout=10, ca_path=apps.simulator.ca_file),
        apps.wanted("games", retries=1, undeclared="fail", ca_path=apps.simulator.ca_file),
        {"name": "quiet", "sdkappid": FIRST + 3, "attr_names": {0: "sex"}, "validate_certs": False},
    ]
    apps.simulator.fail(FIRST, "slow", seconds=3)
    apps.simulator.fail(FIRST + 1, "slow", seconds=3)
    apps.simulator.fail(FIRST + 2, "http", status=502)
    variables = {"SECRET_KEY": KEYS["shop"], "REGION": "tokyo", "TIMEOUT": "1", "RETRIES": "0", "CA_PATH": ""}
    env = {f"TENCENT_CHAT_{name}": value for name, value in variables.items()}
    run = apps.run(way, wanted, *GO_ON, code=2, env=env)
    assert "does not list: {9: 'clicked'}" in run.output
    assert apps.commands() == {"shop": READ, "news": WRITE, "games": READ + READ, "quiet": WRITE}
    assert apps.apps["news"].types == {"0": 1}


def test_role_stops_at_the_first_failure_and_lists_the_remaining_apps_as_skipped(apps):
    run = apps.run("role", four(apps), *STOP, "-vvv", code=2)
    last = str(FIRST + 3)
    assert summary(run) == {"changed": ["shop"], "unchanged": [], "failed": {"news": 70009}, "skipped": ["games", last]}
    changed, unchanged, failed, skipped = result(run, "Report")["msg"].splitlines()
    assert (changed, unchanged, skipped) == ("changed: shop", "unchanged: ", f"skipped: games, {last}")
    assert failed.startswith(f"failed: news: im_get_attr_name for app {FIRST + 1} at ")
    assert "error 70009, UserSig generated with the key of another app" in failed
    assert apps.commands() == {"shop": WRITE, "news": READ}


def test_role_goes_on_after_a_failure_if_asked_to_and_fails_at_the_end(apps):
    run = apps.run("role", four(apps), *GO_ON, code=2)
    found = summary(run)
    assert "'same'" in found["failed"].pop("games")
    assert found == {"changed": ["shop", str(FIRST + 3)], "unchanged": [], "failed": {"news": 70009}, "skipped": []}
    assert run.lines[-1]["status"] == "failed" and run.lines[-1]["task"].endswith("Report")
    lines = result(run, "Report")["msg"].splitlines()
    assert [line.split(": ")[:2] for line in lines[2:4]] == [["failed", "games"], ["failed", "news"]]
    assert apps.commands() == {"shop": WRITE, "news": READ, "quiet": WRITE}


def test_wrong_apps_are_rejected_before_anything_is_sent(apps, way):
    """After an app that is right, and without a secret in the output."""
    wrong = [
        {"name": "shop", "attr_names": {0: "sex"}},
        {"sdkappid": FIRST},
        {"sdkappid": FIRST, "attr_names": {}, "secretkey": KEYS["games"]},
        {"sdkappid": "x", "attr_names": {}},
    ]
    wanted = [apps.wanted("news"), *({"secret_key": KEYS["shop"], **app} for app in wrong)]
    output = apps.run(way, wanted, "-vvv", code=2).output
    required = "missing required arguments:"
    for words in (f"{required} sdkappid", f"{required} attr_names", "apps.secretkey", "'sdkappid' is of type"):
        assert words in output
    assert apps.simulator.log == []


def test_playbook_rejects_apps_that_cannot_become_hosts(apps):
    group = {"hosts": {"x": {}}}
    inventory = {"all": {"hosts": {"app-new": {}}}, "app-old": group, "push_attr_names_hosts": group}
    names = {"shop": "shop:22", "news": f"{FIRST + 3}", "games": "games\n", "quiet": ""}
    wanted = [{**apps.wanted(app), "name": name} for app, name in names.items()]
    wanted += [{**apps.wanted("shop"), "name": name} for name in ("new", "old")]
    run = apps.run("playbook", wanted, "-vvv", "-i", apps.write("inventory.yml", inventory), code=2)
    assert apps.simulator.log == []
    name, number, form, hosts = [check["msg"] for check in result(run, "Check names and SDKAppIDs")["results"]]
    assert f"each name must be unique, which rejects {FIRST + 3}. " in name
    assert f"each sdkappid must be unique, which rejects {FIRST}. " in number
    assert "underscores, which rejects shop:22, games" in form
    found = re.search(r"host app-NAME of an app, which rejects ([\w, -]+)\. ", hosts)[1]
    assert sorted(found.split(", ")) == ["app-new", "app-old", "push_attr_names_hosts"]


def test_a_value_that_is_not_a_choice_is_rejected_with_the_name_of_the_app_before_anything_is_sent(apps, way):
    wanted = [
        apps.wanted("shop", region="tokyo", api="timpush", attr_types={0: 1}, undeclared="fail"),
        apps.wanted("news", region="mars", undeclared="drop"),
        apps.wanted("games", api="push"),
    ]
    run = apps.run(way, wanted, code=2)
    said = result(run, "Check options that have choices")["msg"]
    assert said.startswith("push_attr_names_apps: news: region must be one of china, singapore, ")
    assert said.endswith(
        ", riyadh, not mars. news: undeclared must be one of keep, fail, not drop. "
        "games: api must be one of all_member_push, timpush, not push."
    )
    assert said in run.output and "argument_spec_data" not in run.output
    assert apps.simulator.log == []


def test_the_choices_of_the_role_are_those_of_the_module(play):
    module = "tencentcloud.chat.chat_push_attr_names"
    shown = subprocess.run(
        [BIN / "ansible-doc", "--json", module], env=play.environment, capture_output=True, text=True, check=True
    ).stdout
    options = json.loads(shown)[module]["doc"]["options"]
    choices = {name: option["choices"] for name, option in options.items() if "choices" in option}
    role = ROOT / "roles" / "push_attr_names"
    assert yaml.safe_load((role / "vars" / "main.yml").read_text())["push_attr_names_choices"] == choices
    spec = (role / "meta" / "argument_specs.yml").read_text()
    assert all(f"V({choice})" in spec for name in choices for choice in choices[name])


@pytest.mark.parametrize("limit", ["", "app-shop", "localhost,app-shp", "@hosts"])
def test_the_playbook_fails_if_it_selects_no_app(apps, limit):
    """An empty limit stands for an empty list."""
    (apps.folder / "hosts").write_text("localhost\n\napp-shp\n")
    arguments = ("--limit", limit) if limit else ()
    run = apps.run("playbook", [apps.wanted("shop")] if limit else [], *arguments, code=None)
    assert "no app is selected. List an app in push_attr_names_apps. A --limit must contain localhost" in run.output
    assert apps.simulator.log == []


def test_the_role_fails_if_the_list_is_empty(apps):
    assert "push_attr_names_apps is empty" in apps.run("role", [], code=2).output


def test_a_file_of_hosts_selects_apps_of_the_playbook(apps):
    (apps.folder / "hosts").write_text("localhost\napp-news\n")
    apps.run("playbook", [apps.wanted("shop"), apps.wanted("news")], "--limit", "@hosts")
    assert apps.commands() == {"news": WRITE}


def exported(apps) -> dict:
    file = apps.folder / "before.yml"
    assert file.stat().st_mode & 0o777 == 0o644
    return yaml.safe_load(file.read_text())


def test_a_change_of_a_fleet_can_be_undone_with_the_export(apps):
    """A relative path begins in the current directory. reapply.yml skips apps that the export does not contain."""
    before = {"shop": dict(MISREAD), "news": {"0": "language", "9": "tier"}, "games": {}}
    for name, names in before.items():
        apps.apps[name].names = dict(names)
    wanted = [apps.wanted("shop", attr_names={2: "49"}, undeclared="keep"), apps.wanted("news"), apps.wanted("games")]
    counts = {"shop": {"ok": 3, "changed": 1}, "news": TWO, "games": TWO}
    run = apps.run("playbook", wanted, *EXPORT, "--check", "--diff")
    assert recap(run) == counts
    assert not (apps.folder / "before.yml").exists() and run.output.count("--- before") == 3
    # All names are exported before the first batch changes any.
    assert recap(apps.run("playbook", wanted, *EXPORT, *STOP, "-f", "1")) == counts
    assert apps.simulator.commands() == READ * 3 + WRITE * 3
    assert exported(apps) == before
    assert apps.names() == {"shop": {**MISREAD, "2": "49"}, "news": {"0": "sex", "9": "tier"}, "games": {"0": "sex"}}

    reapply = (EXAMPLES / "reapply.yml", [*wanted, apps.wanted("quiet")])
    export = ("-e", f"chat_export={apps.folder / 'before.yml'}")
    first = {"skipped": 1}
    found = recap(apps.run(*reapply, *export))
    assert found == {"shop": {**CHANGED, **first}, "news": CHANGED, "games": UNCHANGED, "quiet": first}
    undone = {**before, "games": {"0": "sex"}}  # a name cannot be removed
    assert apps.names() == undone

    apps.run("playbook", wanted, *EXPORT)
    assert exported(apps) == undone
    (kept,) = apps.folder.glob("before.yml.*")
    assert yaml.safe_load(kept.read_text()) == before
    run = apps.run(EXAMPLES / "reapply.yml", [apps.wanted("quiet")], *export, code=2)
    assert "contains none of these apps: app-quiet" in run.output and apps.commands() == {}


def test_an_app_that_cannot_be_read_is_not_exported_and_not_changed(apps):
    wanted = [apps.wanted("shop"), apps.wanted("news", secret_key=ANOTHER), apps.wanted("games")]
    apps.run("playbook", wanted, *EXPORT, *STOP, "-f", "1", code=2)
    assert not (apps.folder / "before.yml").exists()
    assert "set" not in apps.simulator.commands()
    run = apps.run("playbook", wanted, *EXPORT, *GO_ON, code=2)
    assert recap(run) == {"shop": {"ok": 3, "changed": 1}, "news": FAILED, "games": TWO}
    assert exported(apps) == {"shop": {}, "games": {}}
    assert apps.commands() == {"shop": READ + WRITE, "news": READ, "games": READ + WRITE}


def test_nothing_is_changed_if_the_export_cannot_be_written(apps):
    """A limit selects the apps that are read."""
    arguments = ("-e", "push_attr_names_export_dest=/dev/x/y", "--limit", "localhost,app-news")
    run = apps.run("playbook", [apps.wanted("shop"), apps.wanted("news")], *arguments, code=2)
    assert "/dev/x" in run.output
    assert apps.commands() == {"news": READ}


def test_a_partial_export_of_an_inventory_can_be_reapplied(apps):
    hosts = {name: {"chat_sdkappid": app.sdkappid, "chat_region": "tokyo"} for name, app in apps.apps.items()}
    common = {"ansible_connection": "local", "chat_secret_keys": KEYS, "ansible_python_interpreter": sys.executable}
    apps.write("apps.yml", {"chat_apps": {"hosts": hosts, "vars": common}})
    apps.apps["shop"].names, apps.apps["games"].names = {"0": "sex"}, {"1": "{{ 7 * 7 }}"}
    export = ("-i", "apps.yml", "-e", f"chat_export={apps.folder / 'before.yml'}")
    run = apps.play(EXAMPLES / "export.yml", *export, "--limit", "shop,games", cwd=apps.folder)
    assert run.code == 0, run.output
    assert exported(apps) == {"shop": {"0": "sex"}, "games": {"1": "{{ 7 * 7 }}"}}
    apps.apps["games"].names = {"1": "49"}
    found = recap(apps.play(EXAMPLES / "reapply.yml", *export, cwd=apps.folder))
    assert found["games"] == {**CHANGED, "skipped": 1} and found["news"] == found["quiet"] == {"skipped": 1}
    assert apps.names() == {"shop": {"0": "sex"}, "games": {"1": "{{ 7 * 7 }}"}}


def test_role_can_run_twice_in_a_play_and_takes_options_that_an_app_omits_from_module_defaults(apps):
    """The second run does not take the failures of the first run for its own."""
    shop = {"name": "shop", "sdkappid": FIRST, "attr_names": {0: "sex"}, "identifier": "administrator"}
    lists = {"block": [apps.wanted("news", secret_key=ANOTHER)], "rescue": [shop]}
    block = {
        part: [{"ansible.builtin.include_role": {"name": NAME}, "vars": {"push_attr_names_apps": wanted}}]
        for part, wanted in lists.items()
    }
    secret_key = "{{ lookup('ansible.builtin.env', 'KEY_OF_SHOP') }}"
    run = apps.play(
        [block, {"name": "after", "ansible.builtin.debug": {"var": "push_attr_names_summary"}}],
        module_defaults={"group/tencentcloud.chat.chat": {"secret_key": secret_key, "identifier": "nobody"}},
        env={"KEY_OF_SHOP": KEYS["shop"]},
    )
    assert run.code == 0, run.output
    assert run.result("after")["push_attr_names_summary"]["changed"] == ["shop"]
    assert apps.commands() == {"news": READ, "shop": WRITE}
