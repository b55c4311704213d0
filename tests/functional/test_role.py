# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role, by the playbook of the collection, as people run it: ansible-playbook tencentcloud.chat.push_attr_names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KEYS = {name: f"key-of-{name}-that-is-secret" for name in ("shop", "news", "games", "quiet")}
FIRST = 1400060000


class Apps:
    """Apps of the simulator, and the run of the playbook over a list of them."""

    def __init__(self, simulator, play) -> None:
        self.simulator, self.play = simulator, play
        self.apps = {
            name: simulator.add(FIRST + number, secret_key=key) for number, (name, key) in enumerate(KEYS.items())
        }

    def wanted(self, name: str, **settings) -> dict:
        app = self.apps[name]
        return {
            "name": name,
            "sdkappid": app.sdkappid,
            "secret_key": app.secret_key,
            "attr_names": {0: "sex"},
            **settings,
        }

    def run(self, apps: object, *arguments: str, code: int = 0, env: dict | None = None, **variables) -> str:
        """What ansible-playbook shows. The summary is in dump.jsonl, as the last task but one gives it."""
        (self.play.folder / "apps.json").write_text(json.dumps({"push_attr_names_apps": apps, **variables}))
        (self.play.folder / "dump.jsonl").unlink(missing_ok=True)
        self.simulator.log.clear()
        done = subprocess.run(
            [
                str(Path(sys.executable).parent / "ansible-playbook"),
                "tencentcloud.chat.push_attr_names",
                *("-e", f"@{self.play.folder / 'apps.json'}", *arguments),
            ],
            env={**self.play.environment, **(env or {})},
            cwd=self.play.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout
        for key in KEYS.values():
            assert key not in done.stdout
        return done.stdout

    def summary(self) -> dict:
        for line in (self.play.folder / "dump.jsonl").read_text().splitlines():
            result = json.loads(line)["result"]
            if "push_attr_names_summary" in result.get("ansible_facts", {}):
                return result["ansible_facts"]["push_attr_names_summary"]
        raise AssertionError("no summary")


@pytest.fixture
def apps(simulator, play):
    return Apps(simulator, play)


def test_real_again_check_mode_check_mode_again(apps):
    shop, news = apps.apps["shop"], apps.apps["news"]
    news.names = {"0": "sex"}
    wanted = [apps.wanted("shop", attr_names={0: "sex", 1: "city"}), apps.wanted("news")]
    for arguments, changed in ((["--check"], True), (["--check"], True), ([], True), ([], False), (["--check"], False)):
        output = apps.run(wanted, *arguments, "--diff")
        expected = {"changed": ["shop"], "unchanged": ["news"]} if changed else {"unchanged": ["shop", "news"]}
        assert apps.summary() == {"changed": [], "failed": {}, "skipped": [], **expected}
        assert ("changed=1 " in output) is changed and "failed=0" in output
        assert ('+    "1": "city"' in output) is changed
        assert (f"{'would change' if arguments else 'changed'}: {'shop' if changed else ''}" in output) is True
        real = changed and not arguments
        assert apps.simulator.commands(shop.sdkappid) == (["get", "set", "get"] if real else ["get"])
        assert apps.simulator.commands(news.sdkappid) == ["get"]
    assert (shop.names, news.names) == ({"0": "sex", "1": "city"}, {"0": "sex"})
    assert (shop.writes, news.writes) == (1, 0)


def four(apps) -> list[dict]:
    """The second fails with a code, the third without one, and the fourth has no name but its number."""
    last = apps.wanted("quiet")
    del last["name"]
    return [
        apps.wanted("shop"),
        apps.wanted("news", secret_key="another-key"),
        apps.wanted("games", attr_names={0: "same", 1: "same"}),
        last,
    ]


def test_it_stops_at_the_first_failure_and_says_what_was_left_alone(apps):
    output = apps.run(four(apps), code=2)
    assert apps.summary() == {
        "changed": ["shop"],
        "unchanged": [],
        "failed": {"news": 70009},
        "skipped": ["games", str(FIRST + 3)],
    }
    assert "failed: news: 70009" in output and f"skipped: games, {FIRST + 3}" in output
    assert [apps.simulator.commands(FIRST + number) for number in range(4)] == [["get", "set", "get"], ["get"], [], []]


def test_it_goes_on_after_a_failure_if_told_to_and_fails_at_the_end(apps):
    output = apps.run(four(apps), code=2, push_attr_names_continue=True)
    summary = apps.summary()
    assert summary["changed"] == ["shop", str(FIRST + 3)]
    assert summary["unchanged"] == summary["skipped"] == []
    assert summary["failed"]["news"] == 70009
    assert "the name 'same' of number 0 is also that of number 1" in summary["failed"]["games"]
    assert "70009" in output.split("TASK [tencentcloud.chat.push_attr_names : Report]")[1]
    assert apps.apps["quiet"].names == {"0": "sex"} and apps.apps["games"].writes == 0


def test_what_an_app_does_not_say_comes_from_the_environment(apps):
    wanted = {"sdkappid": FIRST, "attr_names": {0: "sex"}, "api": "timpush", "attr_types": {0: 1}}
    apps.run([wanted], env={"TENCENT_CHAT_SECRET_KEY": KEYS["shop"], "TENCENT_CHAT_REGION": "tokyo"})
    assert apps.summary()["changed"] == [str(FIRST)]
    assert (apps.apps["shop"].names, apps.apps["shop"].types) == ({"0": "sex"}, {"0": 1})


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ([{"name": "shop", "attr_names": {0: "sex"}, "secret_key": KEYS["shop"]}], "sdkappid"),
        ([{"sdkappid": FIRST, "secret_key": KEYS["shop"]}], "attr_names"),
        ([{"sdkappid": FIRST, "attr_names": {}, "secretkey": KEYS["shop"]}], "secretkey"),
        ([{"sdkappid": "x", "attr_names": {}, "secret_key": KEYS["shop"]}], "sdkappid"),
        ("shop", "push_attr_names_apps"),
    ],
)
def test_wrong_apps_are_refused_before_anything_is_sent(apps, wanted, words):
    assert words in apps.run(wanted, code=2)
    assert apps.simulator.log == []


def test_no_apps_is_no_error_and_no_secret_is_shown_at_vvv(apps):
    apps.run([])
    assert apps.summary() == {"changed": [], "unchanged": [], "failed": {}, "skipped": []}
    output = apps.run([apps.wanted("shop"), apps.wanted("news", region="mars")], "-vvv", code=2)
    assert "module_args" in output
    log = (apps.play.folder / "ansible.log").read_text() + (apps.play.folder / "dump.jsonl").read_text()
    for key in KEYS.values():
        assert key not in log


def test_it_can_run_twice_in_a_play(simulator, apps):
    """The second run does not take the failures of the first for its own."""
    role = "tencentcloud.chat.push_attr_names"
    first = {"push_attr_names_apps": [apps.wanted("news", secret_key="another-key")]}
    second = {"push_attr_names_apps": [apps.wanted("shop"), apps.wanted("games")]}
    run = apps.play(
        [
            {
                "block": [{"name": "first", "ansible.builtin.include_role": {"name": role}, "vars": first}],
                "rescue": [{"name": "second", "ansible.builtin.include_role": {"name": role}, "vars": second}],
            },
            {"name": "after", "ansible.builtin.debug": {"var": "push_attr_names_summary"}},
        ]
    )
    assert run.code == 0, run.output
    assert run.result("after")["push_attr_names_summary"]["changed"] == ["shop", "games"]
