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
from conftest import ROOT

NAME = "tencentcloud.chat.push_attr_names"
KEYS = {name: f"key-of-{name}-that-is-secret" for name in ("shop", "news", "games", "quiet")}
FIRST = 1400060000
EXAMPLES = ROOT / "docs" / "examples"
EXPORT = ("-e", "push_attr_names_export_dest=before.yml")
MISREAD = {"0": "yes", "1": "2024", "2": "{{ 7 * 7 }}", "3": "城市: 'x'", "4": "# no", "5": "!unsafe x", "6": '"'}
BIN = Path(sys.executable).parent


class Apps:
    """Four apps of the simulator, and the two ways to set the names of a list of them."""

    def __init__(self, simulator, play, monkeypatch) -> None:
        self.simulator, self.play, self.monkeypatch = simulator, play, monkeypatch
        self.apps = {
            name: simulator.add(FIRST + number, secret_key=key) for number, (name, key) in enumerate(KEYS.items())
        }
        self.file = play.folder / "apps.yml"

    def wanted(self, name: str, **settings) -> dict:
        app = self.apps[name]
        options = {"sdkappid": app.sdkappid, "secret_key": app.secret_key, "attr_names": {0: "sex"}}
        return {"name": name, **options, **settings}

    def role(self, apps: object, *arguments: str, code: int | None = 0, **settings):
        """Run the role in a play, with *apps* as its list. *settings* are the play's keywords, or ``env``."""
        return self._run([], apps, arguments, code, {"roles": [NAME], **settings})

    def playbook(self, apps: object, *arguments: str, code: int | None = 0, name: str = NAME, **settings):
        """Run the playbook of the collection with *apps* as its list. A *code* of None is any but 0."""
        with self.monkeypatch.context() as patch:
            patch.setattr(self.play, "command", lambda *given: [str(BIN / "ansible-playbook"), name, *given[1:]])
            return self._run([], apps, arguments, code, settings)

    def reapply(self, apps: object, *arguments: str, code: int | None = 0):
        """Set the names in the file that EXPORT writes."""
        export = self.play.folder / "before.yml"
        return self.playbook(apps, "-e", f"chat_export={export}", *arguments, code=code, name=EXAMPLES / "reapply.yml")

    def _run(self, tasks: list, apps: object, arguments: tuple, code: int | None, settings: dict):
        if not isinstance(apps, Path):
            self.file.write_text(yaml.safe_dump({"push_attr_names_apps": apps}, allow_unicode=True))
            apps = self.file
        self.simulator.log.clear()
        run = self.play(tasks, "-e", f"@{apps}", *arguments, **settings)
        assert run.code if code is None else run.code == code, run.output
        self.shows_no_secret(run)
        return run

    def shows_no_secret(self, run) -> None:
        """The output and all files that the run wrote: log, results, fact cache, retry files."""
        written = [file for file in self.play.folder.rglob("*") if file.is_file() and file != self.file]
        texts = [run.output, *(file.read_text(errors="replace") for file in written)]
        assert len(texts) >= (3 if run.lines else 2)
        for key in KEYS.values():
            assert not any(key in text for text in texts)

    def commands(self) -> dict[str, list[str]]:
        """The commands in the simulator's log, by app, for apps that have any."""
        found = {name: self.simulator.commands(app.sdkappid) for name, app in self.apps.items()}
        return {name: commands for name, commands in found.items() if commands}


@pytest.fixture
def apps(simulator, play, monkeypatch):
    return Apps(simulator, play, monkeypatch)


def result(run, task: str) -> dict:
    """The result of a task of the role: ansible-core 2.21 gives its name with that of the role."""
    (found,) = [line["result"] for line in run.lines if line["task"].rpartition(" : ")[2] == task]
    return found


def summary(run) -> dict:
    return result(run, "Sum up")["ansible_facts"]["push_attr_names_summary"]


def recap(run) -> dict[str, dict[str, int]]:
    """The lines of the recap by host: the counts that are not 0. The hosts of apps without their prefix."""
    lines = run.output.partition("\nPLAY RECAP ")[2].splitlines()
    found = dict(line.split(" : ", 1) for line in lines if " : ok=" in line)
    counts = {host.strip(): re.findall(r"(\w+)=(\d+)", line) for host, line in found.items()}
    return {
        host.removeprefix("app-"): {name: int(number) for name, number in pairs if number != "0"}
        for host, pairs in counts.items()
        if host != "localhost"
    }


CHANGED, UNCHANGED, FAILED = {"ok": 1, "changed": 1}, {"ok": 1}, {"failed": 1}
TWO = {"ok": 2, "changed": 1}
WRITE, READ = ["get", "set", "get"], ["get"]
TRANSITION = [(["--check"], True), (["--check"], True), ([], True), ([], False), (["--check"], False)]


def test_playbook_in_check_mode_real_and_again(apps):
    shop, news = apps.apps["shop"], apps.apps["news"]
    news.names = {"0": "sex"}
    wanted = [apps.wanted("shop", attr_names={0: "sex", 1: "city"}), apps.wanted("news")]
    for arguments, changed in TRANSITION:
        run = apps.playbook(wanted, *arguments, "--diff")
        assert recap(run) == {"shop": CHANGED if changed else UNCHANGED, "news": UNCHANGED}
        assert ('+    "1": "city"' in run.output) is changed
        assert ("--- before" in run.output) is changed
        assert apps.commands() == {"shop": WRITE if changed and not arguments else READ, "news": READ}
    assert (shop.names, news.names) == ({"0": "sex", "1": "city"}, {"0": "sex"})
    assert (shop.writes, news.writes) == (1, 0)


def test_role_in_check_mode_real_and_again(apps):
    shop, news = apps.apps["shop"], apps.apps["news"]
    news.names = {"0": "sex"}
    wanted = [apps.wanted("shop", attr_names={0: "sex", 1: "city"}), apps.wanted("news")]
    for arguments, changed in TRANSITION:
        run = apps.role(wanted, *arguments, "--diff")
        found = {"changed": ["shop"], "unchanged": ["news"]} if changed else {"unchanged": ["shop", "news"]}
        assert summary(run) == {"changed": [], "failed": {}, "skipped": [], **found}
        heading = "would change" if arguments else "changed"
        lines = (f"{heading}: shop", "unchanged: news") if changed else (f"{heading}: ", "unchanged: shop, news")
        assert result(run, "Report")["msg"] == [*lines, "failed: ", "skipped: "]
        assert ('+    "1": "city"' in run.output) is changed
        assert apps.commands() == {"shop": WRITE if changed and not arguments else READ, "news": READ}
    assert (shop.names, news.names) == ({"0": "sex", "1": "city"}, {"0": "sex"})
    assert (shop.writes, news.writes) == (1, 0)


def four(apps) -> list[dict]:
    """The second fails with a code, the third without a code, and the fourth has no name but its SDKAppID."""
    last = apps.wanted("quiet")
    del last["name"]
    return [
        apps.wanted("shop"),
        apps.wanted("news", secret_key="another-key"),
        apps.wanted("games", attr_names={0: "same", 1: "same"}),
        last,
    ]


def test_playbook_goes_on_with_the_other_apps_after_a_failure(apps):
    run = apps.playbook(four(apps), code=2)
    assert recap(run) == {"shop": CHANGED, "news": FAILED, "games": FAILED, str(FIRST + 3): CHANGED}
    assert apps.commands() == {"shop": WRITE, "news": READ, "quiet": WRITE}
    assert {name: app.names for name, app in apps.apps.items()} == {
        "shop": {"0": "sex"},
        "news": {},
        "games": {},
        "quiet": {"0": "sex"},
    }
    failures = {line["host"]: line["result"] for line in run.lines if line["status"] == "failed"}
    assert failures["app-news"]["error_code"] == 70009
    assert "'same'" in failures["app-games"]["msg"] and "error_code" not in failures["app-games"]


def test_limit_selects_apps_of_the_playbook(apps):
    run = apps.playbook([apps.wanted("shop"), apps.wanted("news")], "--limit", "localhost,app-news")
    assert recap(run) == {"news": CHANGED}
    assert apps.commands() == {"news": WRITE}


def test_playbook_stops_after_a_batch_with_a_failure_if_asked_to(apps):
    """The inventory sets push_attr_names_continue. Other tests set it with -e."""
    inventory = write(apps.play.folder / "inventory.yml", {"all": {"vars": {"push_attr_names_continue": False}}})
    run = apps.playbook(four(apps), "-f", "2", "-i", inventory, code=2)
    assert recap(run) == {"shop": CHANGED, "news": FAILED}
    assert apps.commands() == {"shop": WRITE, "news": READ}


def write(file: Path, content: object) -> str:
    file.write_text(yaml.safe_dump(content))
    return str(file)


def test_playbook_runs_as_many_apps_at_once_as_there_are_forks(apps):
    """Each app's first response takes so long that all first requests arrive before any second one."""
    numbers = range(FIRST + 100, FIRST + 120)
    options = {"secret_key": KEYS["shop"], "attr_names": {0: "sex"}}
    wanted = [{"sdkappid": number, **options} for number in numbers]
    for seconds in (5.0, 8.0, 8.0):  # on a slow machine, the first hosts may end before the last ones begin
        for number in numbers:
            apps.simulator.add(number, secret_key=KEYS["shop"])
            apps.simulator.fail(number, "slow", seconds=seconds)
        run = apps.playbook(wanted, "-f", "20")
        assert recap(run) == {str(number): CHANGED for number in numbers}
        if apps.simulator.most_open() == len(numbers):
            break
    assert apps.simulator.most_open() == len(numbers)
    assert {entry["sdkappid"] for entry in apps.simulator.log[:20]} == set(numbers)
    assert apps.simulator.commands()[:20] == ["get"] * 20
    assert all(apps.simulator.commands(number) == WRITE for number in numbers)
    assert all(apps.simulator.service.apps[number].names == {"0": "sex"} for number in numbers)


def test_playbook_keeps_secrets_out_of_output_log_fact_cache_and_retry_files(apps):
    cache = apps.play.folder / "facts"
    env = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(cache)}
    run = apps.playbook(
        [apps.wanted("shop"), apps.wanted("news", identifier="nobody"), apps.wanted("games", identifier=" ")],
        *("-vvv", "--diff"),
        code=2,
        env=env,
    )
    assert recap(run) == {"shop": CHANGED, "news": FAILED, "games": FAILED}
    assert run.output.count(": run in-process") == 3
    assert "module_args" in run.output and "creating host" in run.output
    assert (apps.play.folder / "push_attr_names.retry").read_text().split() == ["app-games", "app-news"]


VALUES = f"""
push_attr_names_apps:
  - name: shop
    sdkappid: {FIRST}
    secret_key: VAULTED
    attr_names: {{0: !unsafe "{{{{ 7 * 7 }}}}", "1": "2024"}}
  - name: news
    sdkappid: {FIRST + 1}
    secret_key: "{{{{ chat_secret_keys.news }}}}"
    attr_names: {{0: true}}
"""


@pytest.mark.parametrize("way", ["role", "playbook"])
def test_values_are_passed_as_they_are(apps, way):
    """A vaulted secret and text that looks like a template. A name that YAML reads as a boolean is rejected."""
    password = apps.play.folder / "password"
    password.write_text("vault-password")
    vaulted = subprocess.run(
        [str(BIN / "ansible-vault"), "encrypt_string", "--vault-password-file", password, KEYS["shop"]],
        env=apps.play.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    apps.file.write_text(VALUES.replace("VAULTED", vaulted.strip()))
    keys = json.dumps({"chat_secret_keys": KEYS})
    getattr(apps, way)(apps.file, "--vault-password-file", str(password), "-e", keys, code=2)
    assert apps.apps["shop"].names == {"0": "{{ 7 * 7 }}", "1": "2024"}
    assert apps.commands() == {"shop": WRITE}


def test_playbook_runs_on_the_control_node_whatever_the_inventory_says(apps):
    """Names of hosts of the inventory, and variables that would send tasks elsewhere."""
    elsewhere = {"ansible_connection": "ssh", "ansible_host": "192.0.2.1", "ansible_become": True}
    elsewhere["ansible_python_interpreter"] = "/nowhere/python"
    inventory = {"all": {"vars": elsewhere, "hosts": {"shop": {}}}}
    file = write(apps.play.folder / "inventory.yml", inventory)
    run = apps.playbook([apps.wanted("shop"), {**apps.wanted("news"), "name": "localhost"}], "-vvv", "-i", file)
    assert recap(run) == {"shop": CHANGED, "localhost": CHANGED}
    assert run.output.count(": run in-process") == 2
    assert apps.commands() == {"shop": WRITE, "news": WRITE}


@pytest.mark.parametrize("way", ["role", "playbook"])
def test_options_that_an_app_omits_come_from_the_environment(apps, way):
    wanted = {"sdkappid": FIRST, "attr_names": {0: "sex"}, "api": "timpush", "attr_types": {0: 1}}
    env = {"TENCENT_CHAT_SECRET_KEY": KEYS["shop"], "TENCENT_CHAT_REGION": "tokyo"}
    getattr(apps, way)([wanted], env=env)
    assert apps.commands() == {"shop": WRITE}
    assert (apps.apps["shop"].names, apps.apps["shop"].types) == ({"0": "sex"}, {"0": 1})


def test_role_takes_options_that_an_app_omits_from_module_defaults(apps):
    wanted = {"sdkappid": FIRST, "attr_names": {0: "sex"}}
    secret_key = "{{ lookup('ansible.builtin.env', 'KEY_OF_SHOP') }}"
    defaults = {"group/tencentcloud.chat.chat": {"secret_key": secret_key, "identifier": "nobody"}}
    env = {"KEY_OF_SHOP": KEYS["shop"]}
    apps.role([{**wanted, "identifier": "administrator"}], module_defaults=defaults, env=env)
    assert apps.commands() == {"shop": WRITE}
    assert apps.apps["shop"].names == {"0": "sex"}


def test_role_stops_at_the_first_failure_and_lists_the_remaining_apps_as_skipped(apps):
    run = apps.role(four(apps), "-e", "push_attr_names_continue=false", code=2)
    last = str(FIRST + 3)
    assert summary(run) == {"changed": ["shop"], "unchanged": [], "failed": {"news": 70009}, "skipped": ["games", last]}
    lines = result(run, "Report")["msg"].splitlines()
    assert (lines[:2], lines[3:]) == (["changed: shop", "unchanged: "], [f"skipped: games, {last}"])
    assert lines[2].startswith(f"failed: news: im_get_attr_name for app {FIRST + 1} at ")
    assert "error 70009, UserSig generated with the key of another app" in lines[2]
    assert apps.commands() == {"shop": WRITE, "news": READ}


def test_role_goes_on_after_a_failure_if_asked_to_and_fails_at_the_end(apps):
    run = apps.role(four(apps), "-e", "push_attr_names_continue=true", code=2)
    found = summary(run)
    assert found["changed"] == ["shop", str(FIRST + 3)]
    assert found["unchanged"] == found["skipped"] == []
    assert list(found["failed"]) == ["news", "games"]
    assert found["failed"]["news"] == 70009
    assert "'same'" in found["failed"]["games"]
    assert run.lines[-1]["status"] == "failed" and run.lines[-1]["task"].endswith("Report")
    lines = result(run, "Report")["msg"].splitlines()
    assert [line.split(": ")[:2] for line in lines[2:4]] == [["failed", "games"], ["failed", "news"]]
    assert apps.commands() == {"shop": WRITE, "news": READ, "quiet": WRITE}
    assert apps.apps["quiet"].names == {"0": "sex"} and apps.apps["games"].writes == 0


@pytest.mark.parametrize("way", ["role", "playbook"])
def test_wrong_apps_are_rejected_before_anything_is_sent(apps, way):
    """After an app that is right, and without a secret in the output."""
    wrong = [
        {"name": "shop", "attr_names": {0: "sex"}},
        {"sdkappid": FIRST},
        {"sdkappid": FIRST, "attr_names": {}, "secretkey": KEYS["games"]},
        {"sdkappid": "x", "attr_names": {}},
    ]
    wanted = [apps.wanted("news"), *({"secret_key": KEYS["shop"], **app} for app in wrong)]
    output = getattr(apps, way)(wanted, "-vvv", code=2).output
    required = "missing required arguments:"
    for words in (f"{required} sdkappid", f"{required} attr_names", "apps.secretkey", "'sdkappid' is of type"):
        assert words in output
    assert "push_attr_names_apps" in getattr(apps, way)("shop", code=2).output
    assert apps.simulator.log == []


def test_playbook_rejects_apps_that_cannot_become_hosts(apps):
    def rejected(wanted: list, inventory: dict) -> list[str]:
        file = write(apps.play.folder / "inventory.yml", {"all": {}, **inventory})
        run = apps.playbook(wanted, "-vvv", "-i", file, code=2)
        assert apps.simulator.log == []
        checks = result(run, "Check names and SDKAppIDs")["results"]
        return [check["msg"] for check in checks if "evaluated_to" in check]

    shop, group = apps.wanted("shop"), {"hosts": {"x": {}}}
    names = {"shop": "shop:22", "news": f"{FIRST + 3}", "games": "games\n", "quiet": ""}
    wanted = [{**apps.wanted(app), "name": name} for app, name in names.items()]
    name, number, form = rejected([*wanted, {**shop, "name": "x"}], {})
    assert f"each name must be unique, which rejects {FIRST + 3}. " in name
    assert f"each sdkappid must be unique, which rejects {FIRST}. " in number
    assert "underscores, which rejects shop:22, games" in form
    inventory = {"all": {"hosts": {"app-news": {}}}, "app-shop": group, "push_attr_names_hosts": group}
    (message,) = rejected([shop, apps.wanted("news")], inventory)
    found = re.search(r"host app-NAME of an app, which rejects ([\w, -]+)\. ", message)[1]
    assert sorted(found.split(", ")) == ["app-news", "app-shop", "push_attr_names_hosts"]


@pytest.mark.parametrize("way", ["role", "playbook"])
def test_a_value_that_is_not_a_choice_is_rejected_with_the_name_of_the_app_before_anything_is_sent(apps, way):
    wanted = [
        apps.wanted("shop", region="tokyo", api="timpush", attr_types={0: 1}, undeclared="fail"),
        apps.wanted("news", region="mars", undeclared="drop"),
        apps.wanted("games", api="push"),
    ]
    run = getattr(apps, way)(wanted, code=2)
    said = result(run, "Check options that have choices")["msg"]
    assert said.startswith("push_attr_names_apps: news: region must be one of china, singapore, ")
    assert said.endswith(
        ", riyadh, not mars. news: undeclared must be one of keep, fail, not drop. "
        "games: api must be one of all_member_push, timpush, not push."
    )
    assert said in run.output and "argument_spec_data" not in run.output
    assert apps.simulator.log == []


def test_the_choices_of_the_role_are_those_of_the_module():
    variables = yaml.safe_load((ROOT / "roles" / "push_attr_names" / "vars" / "main.yml").read_text())
    module = (ROOT / "plugins" / "modules" / "chat_push_attr_names.py").read_text()
    fragments = [
        (ROOT / "plugins" / "doc_fragments" / f"_{name}.py").read_text() for name in ("connection", "push_attrs")
    ]
    documented = {}
    for text in (module, *fragments):
        documented |= yaml.safe_load(text.split('"""')[text.count('"""', 0, text.index('r"""')) + 1])["options"]
    choices = {name: option["choices"] for name, option in documented.items() if "choices" in option}
    assert variables["push_attr_names_choices"] == choices
    spec = (ROOT / "roles" / "push_attr_names" / "meta" / "argument_specs.yml").read_text()
    assert all(f"V({choice})" in spec for name in choices for choice in choices[name])


def test_the_output_has_one_line_for_each_of_many_apps_before_the_service_is_called(apps):
    options = {"secret_key": KEYS["shop"], "attr_names": {0: "sex"}}
    wanted = [{"sdkappid": FIRST + number, "name": f"many {number}", **options} for number in range(200, 230)]
    for app in wanted:
        apps.simulator.add(app["sdkappid"], secret_key=KEYS["shop"])
    run = apps.playbook(wanted, "-f", "20", "--check")
    added = run.section(f"{NAME} : Add a host for each app").split("\n\n")[0].splitlines()[1:]
    assert added == [f"ok: [localhost] => (item={app['name']})" for app in wanted]
    assert len(re.findall(r"^changed: \[app-many \d+\]$", run.output, re.M)) == len(wanted)
    assert "censored" not in run.output


@pytest.mark.parametrize("limit", ["", "app-shop", "localhost,app-shp", "@hosts"])
def test_the_playbook_fails_if_it_selects_no_app(apps, limit):
    """An empty limit stands for an empty list."""
    (apps.play.folder / "hosts").write_text("localhost\n\napp-shp\n")
    limit = limit.replace("@", f"@{apps.play.folder}/")
    wanted = [apps.wanted("shop"), apps.wanted("news")] if limit else []
    run = apps.playbook(wanted, *(["--limit", limit] if limit else []), code=None)
    assert "no app is selected. List an app in push_attr_names_apps. A --limit must contain localhost" in run.output
    assert apps.simulator.log == []


def test_the_role_fails_if_the_list_is_empty(apps):
    assert "push_attr_names_apps is empty" in apps.role([], code=2).output


def test_a_limit_can_be_in_a_file(apps):
    (apps.play.folder / "hosts").write_text("localhost\napp-news\n")
    run = apps.playbook([apps.wanted("shop"), apps.wanted("news")], "--limit", f"@{apps.play.folder / 'hosts'}")
    assert recap(run) == {"news": CHANGED}


@pytest.mark.parametrize("way", ["role", "playbook"])
def test_an_app_can_have_options_of_the_connection(apps, way):
    """The environment sets no CA file. Each app fails without its options, or has another result."""
    apps.simulator.fail(FIRST, "slow", seconds=3)
    apps.simulator.fail(FIRST + 3, "http", status=502)
    trusted = {"ca_path": apps.simulator.ca_file, "retries": 0}
    wanted = [
        apps.wanted("shop", timeout=1, **trusted),
        apps.wanted("news", validate_certs=False),
        apps.wanted("games", ca_path=apps.simulator.ca_file),
        apps.wanted("quiet", **trusted),
    ]
    arguments = ["-e", "push_attr_names_continue=true"]
    getattr(apps, way)(wanted, *arguments, code=2, env={"TENCENT_CHAT_CA_PATH": ""})
    assert apps.commands() == {"shop": READ, "news": WRITE, "games": WRITE, "quiet": READ}


@pytest.mark.parametrize("way", ["role", "playbook"])
def test_the_timeout_and_the_retries_of_all_apps_can_come_from_the_environment(apps, way):
    """The app that sets the options itself waits for the response."""
    for app in (apps.apps["shop"], apps.apps["news"]):
        apps.simulator.fail(app.sdkappid, "slow", seconds=3)
    wanted = [apps.wanted("shop"), apps.wanted("news", timeout=10)]
    env = {"TENCENT_CHAT_TIMEOUT": "1", "TENCENT_CHAT_RETRIES": "0"}
    getattr(apps, way)(wanted, "-e", "push_attr_names_continue=true", code=2, env=env)
    assert apps.commands() == {"shop": READ, "news": WRITE}


def read(file: Path) -> dict:
    assert file.stat().st_mode & 0o777 == 0o644
    return yaml.safe_load(file.read_text())


def test_a_change_of_a_fleet_can_be_undone_with_the_export(apps):
    """In check mode, really and again. A relative path begins in the current directory."""
    shop, news, folder = apps.apps["shop"], apps.apps["news"], apps.play.folder
    shop.names, news.names = dict(MISREAD), {"0": "language", "9": "tier"}
    before = {"shop": dict(MISREAD), "news": dict(news.names), "games": {}}
    wanted = [apps.wanted("shop", attr_names={2: "49"}, undeclared="keep"), apps.wanted("news"), apps.wanted("games")]
    run = apps.playbook(wanted, *EXPORT, "--check", "--diff", cwd=folder)
    assert recap(run) == {"shop": {"ok": 3, "changed": 1}, "news": TWO, "games": TWO}
    assert not (folder / "before.yml").exists() and run.output.count("--- before") == 3
    run = apps.playbook(wanted, *EXPORT, cwd=folder)
    assert recap(run) == {"shop": {"ok": 3, "changed": 1}, "news": TWO, "games": TWO}
    assert read(folder / "before.yml") == before
    after = {"shop": {**MISREAD, "2": "49"}, "news": {"0": "sex", "9": "tier"}, "games": {"0": "sex"}}
    assert {name: apps.apps[name].names for name in before} == after

    assert recap(apps.reapply(wanted, "--check"))["news"] == CHANGED
    assert {name: apps.apps[name].names for name in before} == after
    first = {"skipped": 1}
    assert recap(apps.reapply(wanted)) == {"shop": {**CHANGED, **first}, "news": CHANGED, "games": UNCHANGED}
    # A name cannot be removed.
    assert {name: apps.apps[name].names for name in before} == {**before, "games": {"0": "sex"}}
    assert recap(apps.reapply(wanted)) == {"shop": {**UNCHANGED, **first}, "news": UNCHANGED, "games": UNCHANGED}

    apps.playbook(wanted, *EXPORT, cwd=folder)
    assert read(folder / "before.yml") == {**before, "games": {"0": "sex"}}
    (kept,) = folder.glob("before.yml.*")
    assert yaml.safe_load(kept.read_text()) == before


@pytest.mark.parametrize("goes_on", [True, False])
def test_an_app_that_cannot_be_read_is_not_exported_and_not_changed(apps, goes_on):
    names = ("shop", "news", "games")
    wanted = [apps.wanted(name) for name in names]
    wanted[1]["secret_key"] = "another-key"
    arguments = (*EXPORT, "-f", "1", "-e", f"push_attr_names_continue={goes_on}")
    run = apps.playbook(wanted, *arguments, cwd=apps.play.folder, code=2)
    if goes_on:
        assert recap(run) == {"shop": {"ok": 3, "changed": 1}, "news": FAILED, "games": TWO}
        assert read(apps.play.folder / "before.yml") == {"shop": {}, "games": {}}
        assert apps.commands() == {"shop": READ + WRITE, "news": READ, "games": READ + WRITE}
    else:
        assert not (apps.play.folder / "before.yml").exists()
        assert "set" not in apps.simulator.commands()


def test_all_names_are_exported_before_the_first_batch_changes_any(apps):
    wanted = [apps.wanted("shop"), apps.wanted("news")]
    apps.playbook(wanted, *EXPORT, "-f", "1", "-e", "push_attr_names_continue=false", cwd=apps.play.folder)
    assert apps.simulator.commands() == READ + READ + WRITE + WRITE
    assert read(apps.play.folder / "before.yml") == {"shop": {}, "news": {}}


def test_nothing_changes_if_the_export_cannot_be_written(apps):
    run = apps.playbook(
        [apps.wanted("shop"), apps.wanted("news")], "-e", "push_attr_names_export_dest=/dev/x/y", code=2
    )
    assert "/dev/x" in run.output
    assert apps.commands() == {"shop": READ, "news": READ}


def test_reapply_skips_apps_that_the_export_does_not_contain(apps):
    (apps.play.folder / "before.yml").write_text("shop: {'0': gender}")
    wanted = [apps.wanted("shop"), apps.wanted("news")]
    run = apps.reapply(wanted)
    assert recap(run) == {"shop": {**CHANGED, "skipped": 1}, "news": {"skipped": 1}}
    assert apps.commands() == {"shop": WRITE}
    assert "contains none of these apps: app-news" in apps.reapply(wanted[1:], code=2).output
    assert apps.commands() == {}


def test_a_partial_export_of_an_inventory_can_be_reapplied(apps):
    hosts = {name: {"chat_sdkappid": app.sdkappid, "chat_region": "tokyo"} for name, app in apps.apps.items()}
    common = {"ansible_connection": "local", "chat_secret_keys": KEYS, "ansible_python_interpreter": sys.executable}
    file = write(apps.file, {"chat_apps": {"hosts": hosts, "vars": common}})
    export = f"chat_export={apps.play.folder / 'before.yml'}"
    apps.apps["shop"].names, apps.apps["games"].names = {"0": "sex"}, {"1": "{{ 7 * 7 }}"}
    with apps.monkeypatch.context() as patch:
        patch.setattr(apps.play, "command", lambda *given: [str(BIN / "ansible-playbook"), *given[1:]])

        def run(name: str, *arguments: str):
            apps.simulator.log.clear()
            return apps.play([], str(EXAMPLES / name), "-i", file, "-e", export, *arguments)

        exported = run("export.yml", "--limit", "shop,games")
        assert exported.code == 0, exported.output
        assert read(apps.play.folder / "before.yml") == {"shop": {"0": "sex"}, "games": {"1": "{{ 7 * 7 }}"}}
        apps.apps["games"].names = {"1": "49"}
        done = run("reapply.yml")
    assert done.code == 0, done.output
    assert recap(done)["games"] == {**CHANGED, "skipped": 1} and recap(done)["news"] == recap(done)["quiet"] == {
        "skipped": 1
    }
    assert apps.apps["games"].names == {"1": "{{ 7 * 7 }}"}
    assert apps.commands() == {"shop": READ, "games": WRITE}


def test_role_keeps_secrets_out_of_output_and_log(apps):
    run = apps.role([apps.wanted("shop"), apps.wanted("news", identifier="nobody")], "-vvv", code=2)
    assert summary(run)["changed"] == ["shop"]
    assert "module_args" in run.output


def test_role_can_run_twice_in_a_play(apps):
    """The second run does not take the failures of the first run for its own."""
    first = {"push_attr_names_apps": [apps.wanted("news", secret_key="another-key")]}
    second = {"push_attr_names_apps": [apps.wanted("shop"), apps.wanted("games")]}
    run = apps.play(
        [
            {
                "block": [{"name": "first", "ansible.builtin.include_role": {"name": NAME}, "vars": first}],
                "rescue": [{"name": "second", "ansible.builtin.include_role": {"name": NAME}, "vars": second}],
            },
            {"name": "after", "ansible.builtin.debug": {"var": "push_attr_names_summary"}},
        ]
    )
    assert run.code == 0, run.output
    assert run.result("after")["push_attr_names_summary"]["changed"] == ["shop", "games"]
    assert apps.commands() == {"news": READ, "shop": WRITE, "games": WRITE}


def test_undeclared_names_fail_where_asked(apps):
    shop, news = apps.apps["shop"], apps.apps["news"]
    shop.names = {"0": "sex", "9": "clicked"}
    wanted = [apps.wanted("shop", undeclared="fail"), apps.wanted("news", undeclared="fail")]
    run = apps.playbook(wanted, code=2)
    assert recap(run) == {"shop": FAILED, "news": CHANGED}
    assert "does not list: {9: 'clicked'}" in run.output
    assert apps.commands() == {"shop": READ, "news": WRITE}
    run = apps.role(wanted, code=2)
    assert list(summary(run)["failed"]) == ["shop"] and "clicked" in summary(run)["failed"]["shop"]
    assert apps.commands() == {"shop": READ}
    assert shop.names == {"0": "sex", "9": "clicked"} and news.names == {"0": "sex"}
