# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook tencentcloud.chat.drift_report, for a list of apps and for an inventory."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

NAME = "tencentcloud.chat.drift_report"
KEYS = {name: f"key-of-{name}-that-is-secret" for name in ("shop", "news", "games")}
REGIONS = {"shop": "singapore", "news": "frankfurt", "games": "frankfurt"}
FIRST = 1400080000
FILES = ("report.html", "report.md", "report.json", "report.xml")
HOSTILE = {
    "0": "<script>alert(1)</script>",
    "1": "{{ 7*7 }}",
    "2": "a|b`c",
    "3": "](javascript:alert(1))",
    "4": "{% raw %}",
    "5": "x\ny",
    "6": "['a', 1]",
    "7": "[link](http://x)",
    "8": "!unsafe y",
    "9": '{"a": 1}',
}
WAYS = ("list", "inventory")


class Fleet:
    """Three apps of the simulator, declared in a list or in an inventory."""

    def __init__(self, simulator, play, monkeypatch) -> None:
        self.simulator, self.play, self.monkeypatch = simulator, play, monkeypatch
        self.folder = play.folder
        self.apps = {
            name: simulator.add(FIRST + number, secret_key=key, names={"0": "sex", "1": "city"})
            for number, (name, key) in enumerate(KEYS.items())
        }
        self.declared: dict[str, dict] = {name: {0: "sex", 1: "city"} for name in KEYS}
        self.keys = dict(KEYS)

    def arguments(self, way: str) -> list[str]:
        """Declare the apps in files, and return the arguments that name them."""
        if way == "list":
            apps = [
                {
                    "name": name,
                    "region": REGIONS[name],
                    "sdkappid": app.sdkappid,
                    "secret_key": self.keys[name],
                    "attr_names": self.declared[name],
                }
                for name, app in self.apps.items()
            ]
            return ["-e", f"@{self.write('apps.yml', {'push_attr_names_apps': apps})}"]
        hosts = {
            name: {
                "chat_sdkappid": app.sdkappid,
                "chat_region": REGIONS[name],
                "chat_attr_names": self.declared[name],
                "ansible_connection": "ssh",  # the playbook does not log in anywhere
            }
            for name, app in self.apps.items()
        }
        inventory = {"all": {"children": {"chat_apps": {"hosts": hosts}, "web": {"hosts": {"web1": {}}}}}}
        keys = self.write("keys.yml", {"chat_secret_keys": self.keys})
        return ["-i", self.write("inventory.yml", inventory), "-e", f"@{keys}"]

    def write(self, name: str, content: object) -> str:
        (self.folder / name).write_text(yaml.safe_dump(content, allow_unicode=True))
        return str(self.folder / name)

    def report(self, *arguments: str, code: int = 0, files: object = FILES[2], env: dict | None = None):
        """Run the playbook in the folder, which must end with *code* and not have changed anything."""
        self.simulator.log.clear()
        command = [str(Path(sys.executable).parent / "ansible-playbook"), NAME]
        dest = ["-e", json.dumps({"drift_report_dest": files})] if files else []
        with self.monkeypatch.context() as patch:
            patch.setattr(self.play, "command", lambda *given: [*command, *given])
            run = self.play(*arguments, *dest, cwd=self.folder, env=env)
        assert run.code == code, run.output
        assert all(app.writes == 0 for app in self.apps.values())
        assert {entry["command"].removeprefix("im_") for entry in self.simulator.log} <= READS
        written = [file for file in self.folder.glob("report*") if file.is_file()]
        for text in (run.output, run.log, *(file.read_text() for file in written)):
            assert not any(key in text for key in KEYS.values())
        return run

    def found(self) -> dict:
        return json.loads((self.folder / "report.json").read_text())

    def states(self) -> dict[str, str]:
        return {app["name"]: app["state"] for app in self.found()["apps"]}


READS = {"get_attr_name", "get_attr", "get_tag"}


@pytest.fixture
def fleet(simulator, play, monkeypatch):
    return Fleet(simulator, play, monkeypatch)


def messages(run) -> dict[str, str]:
    """Return the messages of the hosts that failed."""
    found = re.findall(r"^fatal: \[([\w-]+)\]: FAILED! => (\{.*\})$", run.output, re.M)
    return {host.removeprefix("app-"): json.loads(result)["msg"] for host, result in found}


def test_apps_as_declared_succeed(fleet):
    """The apps are in a list. test_users_as_declared_succeed has them in an inventory."""
    run = fleet.report(*fleet.arguments("list"))
    assert fleet.states() == dict.fromkeys(KEYS, "as_declared")
    assert messages(run) == {}
    assert "Apps checked: 3, as declared: 3, drifted: 0, unreadable: 0." in run.output
    assert [fleet.simulator.commands(app.sdkappid) for app in fleet.apps.values()] == [["get"]] * 3


@pytest.mark.parametrize("way", WAYS)
def test_drift_fails_for_each_app_that_has_drifted_and_is_in_each_file(fleet, way):
    fleet.apps["shop"].names = {"0": "sex", "1": "town"}
    fleet.apps["news"].names = {"0": "sex", "5": "tier"}
    run = fleet.report(*fleet.arguments(way), code=2, files=FILES if way == "list" else FILES[2:])
    news = ["attribute 1 ('city') is missing", "attribute 5 ('tier') is not declared"]
    assert messages(run) == {
        "shop": "shop: attribute 1 is 'town', declared as 'city'",
        "news": f"news: {'; '.join(news)}",
    }
    found = fleet.found()
    assert found["summary"] == {"checked": 3, "as_declared": 1, "drifted": 2, "unreadable": 0}
    assert [(app["name"], app["region"], app["sdkappid"]) for app in found["apps"]] == [
        ("news", "frankfurt", FIRST + 1),
        ("shop", "singapore", FIRST),
        ("games", "frankfurt", FIRST + 2),
    ]
    assert found["apps"][0]["differences"] == news
    prefix = "localhost,app-news,app-shop" if way == "list" else "news,shop"
    assert re.search(rf" --limit {prefix} --diff$", found["repair"])
    cases = ElementTree.parse(fleet.folder / "report.xml").findall("testsuite/testcase")
    assert {case.attrib["name"]: len(case) for case in cases} == {"news": 1, "shop": 1, "games": 0}
    for file in FILES[:2] if way == "list" else ():
        text = (fleet.folder / file).read_text()
        assert all(word in text for word in ("shop", "news", "games", "town", "tier", found["repair"]))


def test_an_app_that_cannot_be_read_fails_and_the_others_are_in_the_report(fleet):
    fleet.keys["news"] = "another"
    fleet.apps["games"].names["9"] = "x"
    run = fleet.report(*fleet.arguments("list"), code=2)
    assert fleet.states() == {"games": "drifted", "news": "unreadable", "shop": "as_declared"}
    assert set(messages(run)) == {"news", "games"} and "error 70009" in messages(run)["news"]
    error = fleet.found()["apps"][1]["error"]
    assert error["code"] == 70009 and "Check that secret_key belongs to sdkappid" in error["message"]


def test_an_app_whose_variables_are_incomplete_is_unreadable(fleet):
    del fleet.keys["news"]
    run = fleet.report(*fleet.arguments("inventory"), code=2)
    assert fleet.states() == {"news": "unreadable", "shop": "as_declared", "games": "as_declared"}
    assert "'news'" in messages(run)["news"]
    assert fleet.simulator.commands(FIRST + 1) == []


def test_a_declaration_that_is_invalid_is_unreadable(fleet):
    fleet.declared["news"] = {0: True}
    run = fleet.report(*fleet.arguments("inventory"), code=2)
    assert fleet.states()["news"] == "unreadable"
    assert messages(run)["news"].count("a boolean: True") == 1


# What is left of the run, and what the output says.
NOTHING = {
    "no inventory and no list": ([], "push_attr_names_apps is not set, and no host of the inventory is in chat_apps"),
    "empty list": (["-e", '{"push_attr_names_apps": []}'], "push_attr_names_apps is empty"),
    "renamed group": (["inventory", "-e", "drift_report_hosts=apps"], "no host of the inventory is in apps"),
    "limit without localhost": (["list", "--limit", "app-shop"], "--limit app-shop excludes all"),
    "limit without apps": (["list", "--limit", "localhost"], "--limit localhost excludes all"),
    "limit to other hosts": (["inventory", "--limit", "web1"], "--limit web1 excludes all"),
    "limit with check mode": (["list", "--limit", "app-shop", "--check"], "--limit app-shop excludes all"),
}


@pytest.mark.parametrize("case", NOTHING)
def test_a_run_that_checks_no_app_fails(fleet, case):
    arguments, words = NOTHING[case]
    given = [part for one in arguments for part in (fleet.arguments(one) if one in WAYS else [one])]
    run = fleet.report(*given, code=2)
    assert words in " ".join(run.output.split())
    assert "No app was checked" in run.output
    assert fleet.simulator.log == [] and not list(fleet.folder.glob("report.*"))


@pytest.mark.parametrize(("way", "limit"), [("list", "localhost,app-news"), ("inventory", "news")])
def test_a_limit_selects_apps(fleet, way, limit):
    fleet.apps["shop"].names = {}
    fleet.report(*fleet.arguments(way), "--limit", limit)
    assert fleet.states() == {"news": "as_declared"}
    assert {entry["sdkappid"] for entry in fleet.simulator.log} == {FIRST + 1}


@pytest.mark.parametrize(
    ("way", "arguments"), [("list", ["--check", "--tags", "nightly"]), ("inventory", ["--check", "--diff"])]
)
def test_the_report_does_not_depend_on_check_mode_and_tags(fleet, way, arguments):
    fleet.apps["news"].names["5"] = "tier"
    run = fleet.report(*fleet.arguments(way), *arguments, code=2)
    assert messages(run) == {"news": "news: attribute 5 ('tier') is not declared"}
    assert fleet.states()["news"] == "drifted"
    assert "<!DOCTYPE" not in run.output


def test_foreign_names_are_shown_as_they_are(fleet):
    fleet.apps["news"].names = dict(HOSTILE)
    run = fleet.report(*fleet.arguments("list"), code=2, files=FILES)
    (news,) = [app for app in fleet.found()["apps"] if app["name"] == "news"]
    assert {str(one["number"]): one["actual"] for one in news["attributes"]} == HOSTILE
    assert "49" not in messages(run)["news"] and "{{ 7*7 }}" in messages(run)["news"]
    page = (fleet.folder / "report.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script" not in page
    assert "<bdi>{{ 7*7 }}</bdi>" in page and "<bdi>x\\ny</bdi>" in page
    text = (fleet.folder / "report.md").read_text()
    assert "&#60;script&#62;alert(1)" in text and "&#123;&#123; 7&#42;7 &#125;&#125;" in text
    assert not re.search(r"[`\[]|<script|javascript:", text.partition("```")[0])
    failures = ElementTree.parse(fleet.folder / "report.xml").findall("testsuite/testcase/failure")
    assert any("'{{ 7*7 }}'" in failure.text for failure in failures)


def test_declared_names_that_look_like_templates_are_compared_as_they_are(fleet):
    """With !unsafe, as an export or a repair writes them."""
    fleet.apps["shop"].names = {"0": "{{ 7*7 }}", "1": "{{ lost }}"}
    arguments = fleet.arguments("list")
    file = fleet.folder / "apps.yml"
    apps = yaml.safe_load(file.read_text())["push_attr_names_apps"][:1]
    text = yaml.safe_dump({"push_attr_names_apps": [{**apps[0], "attr_names": "NAMES"}]})
    file.write_text(text.replace("NAMES", '{0: !unsafe "{{ 7*7 }}", 1: !unsafe "{{ lost }}"}'))
    fleet.report(*arguments)
    assert fleet.states() == {"shop": "as_declared"}
    assert [one["declared"] for one in fleet.found()["apps"][0]["attributes"]] == ["{{ 7*7 }}", "{{ lost }}"]


@pytest.mark.parametrize(
    ("files", "written"),
    [
        (["deep/er/report.html", "report.json"], ["deep/er/report.html", "report.json"]),
        ("", []),
    ],
)
def test_the_files_are_those_that_are_named_below_the_current_directory(fleet, files, written):
    fleet.report(*fleet.arguments("inventory"), "-e", json.dumps({"drift_report_dest": files}), files=None)
    found = [str(file.relative_to(fleet.folder)) for file in fleet.folder.rglob("report.*")]
    assert sorted(found) == sorted(written)


@pytest.mark.parametrize("files", ["report.txt", ["report.md", "html"]])
def test_another_suffix_is_rejected_before_anything_is_read(fleet, files):
    run = fleet.report(*fleet.arguments("inventory"), files=files, code=2)
    assert "must end in .html, .md, .json or .xml" in run.output
    assert fleet.simulator.log == [] and not list(fleet.folder.glob("report*"))


def test_types_are_compared(fleet):
    fleet.apps["shop"].types = {"0": 0, "1": 0}
    inventory = fleet.arguments("inventory")
    run = fleet.report(*inventory, "-e", '{"chat_api": "timpush", "chat_attr_types": {"0": 1}}', code=2, files=FILES[0])
    differs = "attribute 0 ('sex') has type 0 (user ID), declared as 1 (registration ID)"
    assert messages(run)["shop"] == f"shop: {differs}"
    assert "type differs" in (fleet.folder / "report.html").read_text()


def test_an_inventory_may_have_other_variables(fleet):
    inventory = {
        "apps": {
            "vars": {
                "drift_report_options": {
                    "sdkappid": "{{ app_id }}",
                    "secret_key": "{{ app_key }}",
                    "attr_names": {0: "sex"},
                    "api_url": fleet.simulator.https_url,
                }
            },
            "hosts": {"shop": {"app_id": FIRST, "app_key": KEYS["shop"]}},
        }
    }
    run = fleet.report("-i", fleet.write("other.yml", inventory), "-e", "drift_report_hosts=apps", code=2)
    assert messages(run) == {"shop": "shop: attribute 1 ('city') is not declared"}


def test_the_command_that_repairs_can_be_set(fleet):
    fleet.apps["news"].names = {}
    fleet.report(*fleet.arguments("inventory"), "-e", "drift_report_repair='make names ONLY=HOSTS'", code=2)
    assert fleet.found()["repair"] == "make names ONLY=news"


def test_as_many_apps_as_there_are_forks_are_read_at_once(fleet):
    numbers = range(FIRST + 100, FIRST + 110)
    for number in numbers:
        fleet.simulator.add(number, secret_key=KEYS["shop"], names={"0": "sex"})
        fleet.simulator.fail(number, "slow", seconds=5.0)
    wanted = [{"sdkappid": number, "secret_key": KEYS["shop"], "attr_names": {0: "sex"}} for number in numbers]
    fleet.report("-f", "10", "-e", f"@{fleet.write('many.yml', {'push_attr_names_apps': wanted})}")
    assert fleet.simulator.most_open() > 5
    assert fleet.states() == {str(number): "as_declared" for number in numbers}


# -- the users ----------------------------------------------------------------------------------------------------

USERS = {
    "shop": {"1001": {"attrs": {"city": "Berlin"}, "tags": ["staff"]}, "1002": {"tags": ["staff"]}},
    "news": {"1001": {"attrs": {"city": "{{ 7*7 }}"}}},
}


def with_users(fleet) -> list[str]:
    for name, value in (("shop", "Berlin"), ("news", "{{ 7*7 }}"), ("games", "x")):
        fleet.apps[name].users = {"1001": {"attrs": {"city": value}, "tags": ["staff"]}, "1002": {"tags": ["staff"]}}
    return ["-e", f"drift_report_users={Path(fleet.write('users.yml', USERS)).name}"]


def test_users_as_declared_succeed(fleet):
    fleet.report(*fleet.arguments("inventory"), *with_users(fleet))
    assert fleet.found()["users_summary"] == {"checked": 3, "as_declared": 3, "drifted": 0, "unreadable": 0}


def test_users_that_have_drifted_fail_in_a_section_of_their_own(fleet):
    arguments = with_users(fleet)
    fleet.apps["shop"].users["1001"] = {"attrs": {"city": "{{ 6*6 }}"}, "tags": ["<b>"]}
    run = fleet.report(*fleet.arguments("list"), *arguments, code=2, files=FILES[2:])
    differences = ["attribute 'city' is '{{ 6*6 }}', declared as 'Berlin'", "tag 'staff' is missing"]
    assert messages(run) == {"shop": f"shop, user '1001': {'; '.join(differences)}"}
    assert fleet.states() == dict.fromkeys(KEYS, "as_declared")
    assert (
        "Apps checked: 3, as declared: 3, drifted: 0, unreadable: 0. Users checked: 3, as declared: 2, " in run.output
    )
    assert [user["account"] for user in fleet.found()["users"] if user["state"] == "drifted"] == ["1001"]
    suites = ElementTree.parse(fleet.folder / "report.xml").findall("testsuite")
    assert [suite.attrib["failures"] for suite in suites] == ["0", "1"]


def test_users_of_whom_one_is_unknown_could_not_be_compared(fleet):
    arguments = with_users(fleet)
    del fleet.apps["shop"].users["1002"]
    run = fleet.report(*fleet.arguments("inventory"), *arguments, code=2)
    assert "error 70107" in messages(run)["shop"] and "'1002'" in messages(run)["shop"]
    assert fleet.found()["users_summary"]["unreadable"] == 1


def test_users_of_an_app_that_is_not_checked_are_rejected(fleet):
    fleet.write("users.yml", {"shop": {}, "blog": {"1": {"tags": ["x"]}}})
    run = fleet.report(*fleet.arguments("list"), "-e", "drift_report_users=users.yml", code=2)
    assert "users.yml lists apps that are not checked: blog" in run.output
    assert fleet.simulator.log == []
    fleet.report(*fleet.arguments("list"), "-e", "drift_report_users=users.yml", "--limit", "localhost,app-shop")


def test_the_role_in_a_play_of_ones_own(fleet):
    fleet.apps["news"].names["5"] = "tier"
    arguments = fleet.arguments("inventory")
    play = {"hosts": "chat_apps", "gather_facts": False, "roles": [NAME], "vars": {"ansible_connection": "local"}}
    fleet.write("own.yml", [play])
    with fleet.monkeypatch.context() as patch:
        command = [str(Path(sys.executable).parent / "ansible-playbook"), str(fleet.folder / "own.yml")]
        patch.setattr(fleet.play, "command", lambda *given: [*command, *given])
        run = fleet.play(*arguments, "-e", "drift_report_dest=report.json", cwd=fleet.folder)
    assert run.code == 2, run.output
    assert fleet.states()["news"] == "drifted"
