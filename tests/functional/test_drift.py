# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook tencentcloud.chat.drift_report, for a list of apps and for an inventory."""

from __future__ import annotations

import json
import re
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
    "4": "{% raw %}",
    "5": "x\ny",
    "6": "['a', 1]",
    "8": "!unsafe y",
    "9": '{"a": 1}',
}
WAYS = ("list", "inventory")
READS = {"get_attr_name", "get_attr", "get_tag"}


class Fleet:
    """Three apps of the simulator, declared in a list or in an inventory."""

    def __init__(self, simulator, play) -> None:
        self.simulator, self.play, self.folder = simulator, play, play.folder
        self.apps = {
            name: simulator.add(FIRST + number, secret_key=key, names={"0": "sex", "1": "city"})
            for number, (name, key) in enumerate(KEYS.items())
        }
        self.declared: dict[str, dict] = {name: {0: "sex", 1: "city"} for name in KEYS}
        self.keys = dict(KEYS)

    def arguments(self, way: str) -> list[str]:
        """Declare the apps in files, and return the arguments that name them."""
        options = {
            name: {"sdkappid": app.sdkappid, "region": REGIONS[name], "attr_names": self.declared[name]}
            for name, app in self.apps.items()
        }
        if way == "list":
            apps = [{"name": name, "secret_key": self.keys[name], **given} for name, given in options.items()]
            return ["-e", f"@{self.write('apps.yml', {'push_attr_names_apps': apps})}"]
        hosts = {
            # The playbook does not log in anywhere.
            name: {"ansible_connection": "ssh", **{f"chat_{option}": value for option, value in given.items()}}
            for name, given in options.items()
        }
        inventory = {"all": {"children": {"chat_apps": {"hosts": hosts}, "web": {"hosts": {"web1": {}}}}}}
        keys = self.write("keys.yml", {"chat_secret_keys": self.keys})
        return ["-i", self.write("inventory.yml", inventory), "-e", f"@{keys}"]

    def write(self, name: str, content: object) -> str:
        (self.folder / name).write_text(yaml.safe_dump(content, allow_unicode=True))
        return str(self.folder / name)

    def report(self, *arguments: str, code: int = 0, files: object = FILES[2], book: str = NAME):
        """Run the playbook in the folder, which must end with *code* and not have changed anything."""
        self.simulator.log.clear()
        run = self.play(book, "-e", json.dumps({"drift_report_dest": files}), *arguments, cwd=self.folder)
        assert run.code == code, run.output
        assert all(app.writes == 0 for app in self.apps.values())
        assert {entry["command"].removeprefix("im_") for entry in self.simulator.log} <= READS
        written = [file.read_text() for file in self.folder.glob("report*") if file.is_file()]
        assert not any(key in text for text in (run.output, run.log, *written) for key in KEYS.values())
        return run

    def found(self) -> dict:
        return json.loads((self.folder / "report.json").read_text())

    def states(self) -> dict[str, str]:
        return {app["name"]: app["state"] for app in self.found()["apps"]}


@pytest.fixture
def fleet(simulator, play):
    return Fleet(simulator, play)


def messages(run) -> dict[str, str]:
    """Return the messages of the hosts that failed."""
    found = re.findall(r"^fatal: \[([\w-]+)\]: FAILED! => (\{.*\})$", run.output, re.M)
    return {host.removeprefix("app-"): json.loads(result)["msg"] for host, result in found}


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
    """Because of its key, or because its variables are incomplete."""
    fleet.keys["shop"] = "another"
    del fleet.keys["news"]
    fleet.apps["games"].names["9"] = "x"
    run = fleet.report(*fleet.arguments("inventory"), code=2)
    assert fleet.states() == {"games": "drifted", "news": "unreadable", "shop": "unreadable"}
    assert messages(run).keys() == KEYS.keys()
    assert "error 70009" in messages(run)["shop"] and "'news'" in messages(run)["news"]
    (error,) = [app["error"] for app in fleet.found()["apps"] if app["name"] == "shop"]
    assert error["code"] == 70009 and "Check that secret_key belongs to sdkappid" in error["message"]
    assert fleet.simulator.commands(FIRST + 1) == []


# The arguments, and what the output says.
CASES = {
    "no inventory and no list": ([], "push_attr_names_apps is not set, and no host of the inventory is in chat_apps"),
    "empty list": (["-e", '{"push_attr_names_apps": []}'], "No app was checked: push_attr_names_apps is empty"),
    "limit without localhost": (["list", "--limit", "app-shop", "--check"], "checked: --limit app-shop excludes all"),
    "limit without apps": (["list", "--limit", "localhost"], "No app was checked: --limit localhost excludes all"),
    "users of an unknown app": (
        ["list", "-e", "drift_report_users=users.yml"],
        "users.yml lists apps that are not checked: blog",
    ),
    "suffixes": (
        ["inventory", "-e", '{"drift_report_dest": ["report.md", "report.txt", "html"]}'],
        "a file must end in .html, .md, .json or .xml, which rejects {folder}/report.txt, {folder}/html",
    ),
}


def test_a_run_that_checks_no_app_fails(fleet, case):
    arguments, words = CASES[case]
    fleet.write("users.yml", {"shop": {}, "blog": {"1": {"tags": ["x"]}}})
    given = [part for one in arguments for part in (fleet.arguments(one) if one in WAYS else [one])]
    run = fleet.report(*given, code=2)
    assert words.format(folder=fleet.folder.resolve()) in " ".join(run.output.split())
    assert fleet.simulator.log == [] and not list(fleet.folder.glob("report.*"))


def test_names_that_look_like_templates_are_compared_and_shown_as_they_are(fleet):
    """Names that are declared with !unsafe, as an export or a repair writes them, and foreign names."""
    fleet.apps["shop"].names = {"0": "{{ 7*7 }}", "1": "{{ lost }}"}
    fleet.declared["shop"] = "NAMES"
    fleet.apps["news"].names = dict(HOSTILE)
    arguments = fleet.arguments("list")
    text = (fleet.folder / "apps.yml").read_text()
    declared = '{0: !unsafe "{{ 7*7 }}", 1: !unsafe "{{ lost }}"}'
    (fleet.folder / "apps.yml").write_text(text.replace("NAMES", declared))
    run = fleet.report(*arguments, code=2, files=FILES)
    assert fleet.states() == {"news": "drifted", "shop": "as_declared", "games": "as_declared"}
    attributes = {app["name"]: app["attributes"] for app in fleet.found()["apps"]}
    assert [one["declared"] for one in attributes["shop"]] == ["{{ 7*7 }}", "{{ lost }}"]
    actual = {str(one["number"]): one["actual"] for one in attributes["news"]}
    assert actual == HOSTILE
    assert "49" not in messages(run)["news"] and "{{ 7*7 }}" in messages(run)["news"]
    page, text = ((fleet.folder / file).read_text() for file in FILES[:2])
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script" not in page
    assert "<bdi>{{ 7*7 }}</bdi>" in page and "<bdi>x\\ny</bdi>" in page
    assert "&#60;script&#62;alert(1)" in text and "&#123;&#123; 7&#42;7 &#125;&#125;" in text
    failures = ElementTree.parse(fleet.folder / "report.xml").findall("testsuite/testcase/failure")
    assert any("'{{ 7*7 }}'" in failure.text for failure in failures)


def test_an_inventory_may_have_other_variables_and_another_command_that_repairs(fleet):
    options = {
        "sdkappid": "{{ app_id }}",
        "secret_key": "{{ app_key }}",
        "attr_names": {0: "sex"},
        "api_url": fleet.simulator.https_url,
    }
    hosts = {"shop": {"app_id": FIRST, "app_key": KEYS["shop"]}}
    variables = {"drift_report_options": options, "drift_report_repair": "make names ONLY=HOSTS"}
    inventory = fleet.write("other.yml", {"apps": {"vars": variables, "hosts": hosts}})
    fleet.apps["shop"].names = {}
    run = fleet.report("-i", inventory, "-e", "drift_report_hosts=apps", code=2)
    assert messages(run) == {"shop": "shop: attribute 0 ('sex') is missing"}
    assert fleet.found()["repair"] == "make names ONLY=shop"


def test_as_many_apps_as_there_are_forks_are_read_at_once(fleet):
    """Without a file for the report."""
    numbers = range(FIRST + 100, FIRST + 110)
    for number in numbers:
        fleet.simulator.add(number, secret_key=KEYS["shop"], names={"0": "sex"})
        fleet.simulator.fail(number, "slow", seconds=5.0)
    wanted = [{"sdkappid": number, "secret_key": KEYS["shop"], "attr_names": {0: "sex"}} for number in numbers]
    run = fleet.report("-f", "10", "-e", f"@{fleet.write('many.yml', {'push_attr_names_apps': wanted})}", files="")
    assert fleet.simulator.most_open() > 5
    assert "Apps checked: 10, as declared: 10, drifted: 0, unreadable: 0." in run.output
    assert not list(fleet.folder.glob("report*"))


# -- the users ----------------------------------------------------------------------------------------------------

USERS = {
    "shop": {"1001": {"attrs": {"city": "Berlin"}, "tags": ["staff"]}, "1002": {"tags": ["staff"]}},
    "news": {"1001": {"attrs": {"city": "{{ 7*7 }}"}}},
}


def with_users(fleet) -> list[str]:
    for name, value in (("shop", "Berlin"), ("news", "{{ 7*7 }}"), ("games", "x")):
        fleet.apps[name].users = {"1001": {"attrs": {"city": value}, "tags": ["staff"]}, "1002": {"tags": ["staff"]}}
    return ["-e", f"drift_report_users={Path(fleet.write('users.yml', USERS)).name}"]


def test_apps_and_users_as_declared_succeed(fleet):
    run = fleet.report(*fleet.arguments("list"), *with_users(fleet))
    assert fleet.states() == dict.fromkeys(KEYS, "as_declared")
    assert messages(run) == {}
    counts = "checked: 3, as declared: 3, drifted: 0, unreadable: 0."
    assert f"Apps {counts} Users {counts}" in run.output
    assert fleet.found()["users_summary"] == {"checked": 3, "as_declared": 3, "drifted": 0, "unreadable": 0}
    assert {name: fleet.simulator.commands(app.sdkappid) for name, app in fleet.apps.items()} == {
        "shop": ["get"] * 4,
        "news": ["get"] * 3,
        "games": ["get"],
    }


LIMITS = {
    "list": ["--limit", "localhost,app-news", "--check", "--tags", "nightly"],
    "inventory": ["--limit", "news", "--check", "--diff"],
}


def test_a_limit_selects_apps_and_the_report_does_not_depend_on_check_mode_and_tags(fleet, way):
    """The file of users may list users of the other apps."""
    users = with_users(fleet)
    fleet.apps["news"].names["5"] = "tier"
    run = fleet.report(*fleet.arguments(way), *users, *LIMITS[way], code=2, files=FILES)
    assert messages(run) == {"news": "news: attribute 5 ('tier') is not declared"}
    assert fleet.states() == {"news": "drifted"}
    assert {entry["sdkappid"] for entry in fleet.simulator.log} == {FIRST + 1}
    assert "<!DOCTYPE" not in run.output


def test_users_that_have_drifted_fail_in_a_section_of_their_own(fleet):
    """As do those of an app of which one is unknown: they could not be compared."""
    arguments = with_users(fleet)
    fleet.apps["shop"].users["1001"] = {"attrs": {"city": "{{ 6*6 }}"}, "tags": ["<b>"]}
    del fleet.apps["news"].users["1001"]
    run = fleet.report(*fleet.arguments("inventory"), *arguments, code=2, files=FILES[2:])
    differences = ["attribute 'city' is '{{ 6*6 }}', declared as 'Berlin'", "tag 'staff' is missing"]
    assert messages(run).keys() == {"shop", "news"}
    assert messages(run)["shop"] == f"shop, user '1001': {'; '.join(differences)}"
    assert "error 70107" in messages(run)["news"] and "'1001'" in messages(run)["news"]
    assert fleet.states() == dict.fromkeys(KEYS, "as_declared")
    summed_up = "Apps checked: 3, as declared: 3, drifted: 0, unreadable: 0. Users checked: 3, as declared: 1, "
    assert f"{summed_up}drifted: 1, unreadable: 1." in run.output
    assert [user["account"] for user in fleet.found()["users"] if user["state"] == "drifted"] == ["1001"]
    suites = ElementTree.parse(fleet.folder / "report.xml").findall("testsuite")
    assert [suite.attrib["failures"] for suite in suites] == ["0", "1"]


def test_the_role_in_a_play_of_ones_own_reports_drift_of_types_and_an_invalid_declaration(fleet):
    """Directories of a file are created, below the current one."""
    fleet.apps["shop"].types = {"0": 0, "1": 0}
    fleet.apps["news"].types = {"0": 1, "1": 0}
    fleet.declared["games"] = {0: True}
    play = {"hosts": "chat_apps", "gather_facts": False, "roles": [NAME], "vars": {"ansible_connection": "local"}}
    book, file = fleet.write("own.yml", [play]), "deep/er/report.html"
    variables = json.dumps({"chat_api": "timpush", "chat_attr_types": {"0": 1}})
    run = fleet.report(*fleet.arguments("inventory"), "-e", variables, book=book, code=2, files=[file, FILES[2]])
    assert fleet.states() == {"news": "as_declared", "games": "unreadable", "shop": "drifted"}
    assert messages(run)["games"].count("a boolean: True") == 1
    differs = "attribute 0 ('sex') has type 0 (user ID), declared as 1 (registration ID)"
    assert messages(run)["shop"] == f"shop: {differs}"
    assert "type differs" in (fleet.folder / file).read_text()
    assert {str(path.relative_to(fleet.folder)) for path in fleet.folder.rglob("report.*")} == {file, FILES[2]}
