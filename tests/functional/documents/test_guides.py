# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follow the README, and the guides in the order of the sidebar, with the same service, files and shell."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from conftest import BIN, ROOT
from guides import APPS, GUIDES, INSTEAD, README, Reader, Shell, add_examples, blocks, reading, user_environment

# tests/automation follows guide_awx, because its commands need awx.awx, ansible-builder and ansible-rulebook.
FOLLOWED = [page for page in GUIDES if page != "guide_awx"]

DECLARED = {"0": "sex", "1": "city", "2": "country"}
NEWS = {"0": "language", "1": "city"}
ALL = {"shop": DECLARED, "news": NEWS, "games": DECLARED}

# What somebody has changed in the console when a guide begins, as its text says.
CONSOLE: dict[str, dict[str, dict]] = {
    "guide_start": {"shop": {"2": "country"}},
    "guide_drift": {"shop": {"1": "town"}, "news": {"5": "tier"}},
}
# The names that an app has when a guide is done, if they are not those from before.
AFTER: dict[str, dict[str, dict]] = {
    "guide_start": {"shop": DECLARED},
    "guide_credentials": {"news": NEWS},
    "guide_fleet": {"games": DECLARED},
    "guide_drift": {"shop": DECLARED, "news": {**NEWS, "5": "tier"}},
}


@pytest.fixture(scope="session")
def tarball(tmp_path_factory) -> Path:
    """The collection as it is released."""
    folder = tmp_path_factory.mktemp("tarball")
    build = [BIN / "ansible-galaxy", "collection", "build", ROOT, "--output-path", folder]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = folder.glob("*.tar.gz")
    return built


@pytest.fixture
def reader(tmp_path, tarball) -> Iterator[Reader]:
    with reading(tmp_path, tarball) as someone:
        yield someone


@pytest.fixture(scope="module")
def follow_up_to(tarball, tmp_path_factory) -> Iterator[Callable[[str], None]]:
    """Somebody who follows all guides in one go, and begins in an empty home directory."""
    home = tmp_path_factory.mktemp("journey")
    ahead, names = list(FOLLOWED), {app: {} for app in APPS}
    with reading(home, tarball) as reader:
        # This guide has a directory of its own. Its commands provide the programs and the service.
        environment = user_environment(home, Path("/usr/bin"))
        offline = Reader(home / "offline", environment, reader.apps, reader.values)

        def follow(guide: str) -> None:
            while guide in ahead:
                page = ahead.pop(0)
                for app, changed in CONSOLE.get(page, {}).items():
                    reader.apps[app].names.update(changed)
                (offline if page == "guide_simulator" else reader).follow(GUIDES[page])
                names.update(AFTER.get(page, {}))
                assert {app: state.names for app, state in reader.apps.items()} == names, page
                CHECKS.get(page, bool)(reader.apps)

        with contextlib.closing(offline):
            yield follow


def check_push(apps: dict) -> None:
    shop = apps["shop"]
    assert shop.attrs("1001") == {"city": "Berlin"} and shop.attrs("1002") == {"city": "Paris"}
    assert sorted(shop.tags("1002")) == ["canary", "staff"]
    assert [shop.profile(account)["nick"] for account in ("1001", "1002")] == ["Ann", "Bob"]
    announced, alert = shop.pushes
    assert (announced["recipients"], alert["recipients"]) == (["1001", "1002"], ["1001"])
    assert announced["recall"]["Title"] == "Recalled" and "recalled" not in alert
    assert not any(app.pushes or app.writes for app in (apps["news"], apps["games"]))


def check_runbook(apps: dict) -> None:
    assert apps["shop"].pushes[-1]["recall"]["Title"] == "Recalled"


CHECKS = {"guide_push": check_push, "guide_runbook": check_runbook}


def test_the_commands_of_the_readme_do_what_it_shows(reader):
    shop = reader.apps["shop"]
    shop.names = {"9": "tier"}
    reader.follow(README)
    assert shop.names == {"0": "sex", "1": "city", "9": "tier"}
    assert [push["condition"] for push in shop.pushes] == [{"TagsOr": ["staff"]}]


@pytest.mark.parametrize("guide", FOLLOWED)
def test_the_commands_of_a_guide_do_what_it_shows_after_those_of_the_guides_before(guide, follow_up_to):
    follow_up_to(guide)


def steps(pipeline: dict) -> list[tuple[str, dict]]:
    """Return the commands of a pipeline of GitHub or GitLab in order, each with its environment."""
    if "jobs" in pipeline:
        return [(step["run"], step.get("env", {})) for step in pipeline["jobs"]["compare"]["steps"] if "run" in step]
    jobs = [pipeline["drift"], pipeline["pages"]]
    return [(command, job.get("variables", {})) for job in jobs for command in job["script"]]


@pytest.mark.parametrize("file", [".github/workflows/drift.yml", ".gitlab-ci.yml"])
@pytest.mark.parametrize(("names", "expected"), [(DECLARED, 0), ({**DECLARED, "1": "town"}, 2)])
def test_a_pipeline_of_the_guide_to_drift_fails_only_on_drift_and_publishes_in_both_cases(
    names, expected, file, reader
):
    add_examples(reader.folder)
    for app, declared in {**ALL, "shop": names}.items():
        reader.apps[app].names = declared
    (pipeline,) = [block for block in blocks(GUIDES["guide_drift"]) if block.saved_as == file]
    summary = reader.folder / "summary.md"
    given = {"VAULT_PASSWORD": "a password", "GITHUB_STEP_SUMMARY": str(summary)}
    for number, (command, variables) in enumerate(steps(yaml.safe_load(pipeline.text))):
        assert set(re.findall(r"\$\{\{ secrets\.(\w+) \}\}", json.dumps(variables))) <= set(given)
        shell = reader.shells[str(number)] = Shell(reader.folder, {**reader.environment, **variables, **given})
        status, output = shell.type(reader.instead(command), 0)
        assert status == (expected if "drift_report" in command else 0), output
    page = (reader.folder / "public" / "index.html").read_text()
    assert ("1 of 3 apps has drifted." if expected else "All 3 apps are as declared.") in page
    written = [summary] if "github" in file else [reader.folder / "drift.md", reader.folder / "drift.xml"]
    assert all(("town" in path.read_text()) == bool(expected) for path in written)
    assert reader.apps["shop"].names == names


# A command that prints the messages of hosts in another order than the page shows them.
HOSTS = """\
   $ printf '"msg": "%s"\\n' two one
   ..."msg": "one"...
   ...
   ..."msg": "two"...
"""


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("   $ echo city\n   town\n", r"the page shows\s+town"),
        ("   $ echo city\n   ci\n", r"the page shows\s+ci\n"),
        ("   $ false\n", "exit status 1"),
        ("   $ false\n   $ echo $?\n   2\n", r"the page shows\s+2"),
        (HOSTS.replace("two one", "two two"), "the page shows"),
    ],
)
def test_a_block_that_does_not_do_what_it_shows_is_an_error(page, problem, reader):
    reader.follow(f".. code-block:: console\n\n{HOSTS}")
    with pytest.raises(AssertionError, match=problem):
        reader.follow(f".. code-block:: console\n\n{page}")


@pytest.mark.parametrize("said", INSTEAD)
def test_each_replacement_is_needed(said):
    assert any(re.search(said, page) for page in [README, *GUIDES.values()])
