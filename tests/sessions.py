# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sessions of noxfile.py share, and the longer ones of them."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

import mutations
import nox
from antsibull_nox.paths.utils import copy_collection

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".nox"
PINS = ROOT / "tests" / "requirements"
COLLECTION = Path("ansible_collections", "tencentcloud", "chat")
# Settings and interpreters in the user's home directory, and downloads if the user keeps them.
READ = (".gitconfig", ".netrc", ".pip", ".pyenv", ".ansible/test/cache", ".local/bin", ".local/share/uv")
READ += tuple(f".config/{name}" for name in ("git", "pip", "uv"))
READ += tuple(f".cache/{name}" for name in ("ms-playwright", "pip", "uv"))


def link(place: Path, target: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        place.symlink_to(target)


def new_home(place: Path) -> str:
    """Create a home directory, because some tools write to it without a setting."""
    for name in READ:
        if (Path.home() / name).exists() and Path.home() != place:
            link(place / name, Path.home() / name)
    place.mkdir(parents=True, exist_ok=True)
    return str(place)


def work(session: nox.Session, name: str) -> Path:
    """Return the path of a file or directory of a session."""
    place = WORK / "work" / session.name / name
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def stage(session: nox.Session) -> Path:
    """Copy the files of the checkout to where ansible-test requires them, and return that directory."""
    place = work(session, "stage") / COLLECTION
    place.parent.mkdir(parents=True, exist_ok=True)
    copy_collection(ROOT, place)
    for words in (["init", "--quiet"], ["add", "--all"]):  # ansible-test lists the files with git
        session.run("git", "-C", place, *words, external=True, log=False)
    return place


def run(session: nox.Session, part: str, *command: str, show: str = "(?!)", **variables: str) -> str:
    """Run a command and return its output. Print the lines that match *show*; if it fails, the end of the output."""
    path = os.pathsep.join([*(session.bin_paths or ()), os.environ["PATH"]])
    log = work(session, f"{part}.log")
    environment = {**os.environ, "PATH": path, **variables}
    process = subprocess.Popen(command, env=environment, stdout=-1, stderr=subprocess.STDOUT, text=True)
    with log.open("w", buffering=1) as file:
        for line in process.stdout or ():
            file.write(line)
            if re.search(show, line):
                print(line, end="", flush=True)
    text = log.read_text()
    if process.wait():
        print(*text.splitlines()[-60:], sep="\n", flush=True)
        session.error(f"{part} failed. The whole output is in {log}")
    return text


in_venv = functools.partial(nox.session, python=False, default=False)
in_own = functools.partial(nox.session, default=False)


@in_own(allow_parallel=True)
def docs(session: nox.Session) -> None:
    """Build the documentation site in .nox/site/html."""
    session.install("--requirement", str(PINS / "check.txt"))
    rst, html = (WORK / "site" / name for name in ("rst", "html"))
    shutil.rmtree(WORK / "site", ignore_errors=True)
    rst.mkdir(parents=True)
    rst.chmod(0o700)  # antsibull-docs requires this
    options = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(rst), "tencentcloud.chat")
    run(session, "log", "antsibull-docs", "collection", *options, ANSIBLE_COLLECTIONS_PATH=str(WORK / "link"))
    # The front page takes the place of antsibull's, and lists the plugins as that does.
    plugins = re.findall(r"^\* :ansplugin:.*\n", (rst / "index.rst").read_text(), re.M)
    (rst / "plugins.txt").write_text("".join(plugins))
    for page in rst.rglob("*.rst"):
        # The theme shows a page's contents beside it. The full name of a plugin does not fit on the line of a title.
        text = re.sub(r"^\.\. contents::(.*\n)+?\n", "", page.read_text(), flags=re.M)
        page.write_text(re.sub(r"^tencentcloud\.chat\.(\w+ (module|filter|role) --)", r"\1", text, flags=re.M))
    shutil.copy2("tests/docs/index.rst", rst)
    # docsite/environment_variables.rst replaces this page, which does not list the variables of modules.
    (rst / "environment_variables.rst").unlink()
    shutil.copytree("docs/docsite/rst/images", rst / "docsite" / "images")
    shutil.copytree("docs/examples", rst / "examples")
    session.run("sphinx-build", "-qW", "--keep-going", "-b", "html", "-c", "tests/docs", str(rst), str(html))
    print(f"Open {html}/index.html")


@in_own(name="release-check", tags=["check"], allow_parallel=True)
def release_check(session: nox.Session) -> None:
    """Build, install offline, run the demo from there, and check as Galaxy does. Leaves the tarball in .nox/build."""
    session.install("--requirement", str(PINS / "check.txt"))
    version = re.findall(r"^version: (.*)", Path("galaxy.yml").read_text(), re.M)[0]
    session.run("antsibull-changelog", "lint")
    if f'id="v{version.replace(".", "-")}"' not in Path("CHANGELOG.md").read_text():
        session.error(f"CHANGELOG.md has no section on {version}: run antsibull-changelog release")
    collections, tarball = work(session, "installed"), WORK / "build" / f"tencentcloud-chat-{version}.tar.gz"
    for place in (collections, tarball.parent):
        shutil.rmtree(place, ignore_errors=True)
    galaxy = ("ansible-galaxy", "collection")
    run(session, "build", *galaxy, "build", "--output-path", str(tarball.parent), str(stage(session)))
    run(session, "install", *galaxy, "install", str(tarball), "--offline", "-p", str(collections))
    shown = run(session, "demo", str(ROOT / ".venv/bin/python"), "tests/demo.py", str(collections)).splitlines()[-1]
    print(f"From {tarball.name}, installed offline: {shown}")
    if "requests>=2.25" not in run(session, "introspect", "ansible-builder", "introspect", str(collections)):
        session.error("ansible-builder does not find the Python packages that the collection needs")
    with session.chdir(tarball.parent):
        text = run(session, "importer", "python", "-m", "galaxy_importer.main", str(tarball))
    # The linter of the importer has neither awx.awx, which an example uses, nor the collection itself.
    known = r"docs/examples/awx/setup.yml.*'awx\.awx\.|Failed to find tencentcloud.chat.drift_report playbook"
    wrong = [line for line in text.splitlines() if re.search("ERROR|WARNING", line) and not re.search(known, line)]
    if wrong or "Importer processing completed" not in text:
        session.error("\n".join(["galaxy-importer found errors or warnings:", *wrong]))


@in_own
def mutation(session: nox.Session) -> None:
    """Change the code in every small way (hours), or only what differs from a commit: nox -e mutation -- COMMIT."""
    changes = mutations.changed_functions(*session.posargs) if session.posargs else ["ansible_collections*"]
    if not changes:
        session.skip("no function of the collection differs")
    session.install("--requirement", str(PINS / "test.txt"), "--requirement", str(PINS / "mutation.txt"))
    settings = {
        "process_isolation": ["forkserver"],  # a fork of a process that ran tests can wait for a lock forever
        "source_paths": ["ansible_collections"],
        "only_mutate": [f"{COLLECTION}/plugins/{name}/*" for name in mutations.MUTATED],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-W", "ignore", "--timeout", "60"],
        "pytest_add_cli_args_test_selection": [f"{COLLECTION}/tests/unit/plugins"],
        "also_copy": ["ansible_collections"],
    }
    lines = ["[mutmut]", *(f"{name}=" + "\n    ".join(values) for name, values in settings.items())]
    shutil.rmtree(work(session, "stage"), ignore_errors=True)  # also the changes of an earlier run
    (stage(session).parents[2] / "setup.cfg").write_text("\n".join(lines))
    with session.chdir(work(session, "stage")):
        # A history takes minutes where mutmut observes each call, so one of each kind runs. With the names of changes,
        # mutmut first runs the tests on the unchanged code, selected by their IDs. Without this, a test ID that pytest
        # cannot find would count as a change that the tests noticed.
        command = ("mutmut", "run", "--max-children=4", *changes)
        some = {"silent": True, "success_codes": [0, 1]} if session.posargs else {}
        temporary = work(session, "stage") / "tmp"  # mutmut ends its processes before they remove theirs
        temporary.mkdir()
        text = session.run(*command, env={"CHAT_RUNS": "1", "TMPDIR": str(temporary)}, **some)
    if "nothing matches" in str(text):
        session.skip("mutmut has nothing to change in these functions")
    found = mutations.results(work(session, "stage"))
    if not found:
        session.error(str(text))
    unnoticed, reviewed = mutations.unnoticed(found), mutations.reviewed()
    total = sum(map(len, found.values()))
    print(f"The unit tests noticed {total - unnoticed.total()} of {total} changes.")
    if unnoticed - reviewed:
        text = mutations.as_yaml(unnoticed - reviewed)
        session.error(f"Add tests that notice these changes, or the reasons to tests/unnoticed.yml:\n{text}")
    if not session.posargs and reviewed - unnoticed:
        session.error(f"Remove these from tests/unnoticed.yml:\n{mutations.as_yaml(reviewed - unnoticed)}")
    if unnoticed.total() * 25 > total and not session.posargs:
        session.error("The unit tests must notice 96 %")


@in_venv(name="live-integration")
def live_integration(session: nox.Session) -> None:
    """Run the integration targets against a scratch app of the real service; see tests/live/README.md."""
    config = stage(session) / "tests" / "integration" / "integration_config.yml"
    try:  # the configuration and the log contain the secret key
        config.touch(mode=0o600)
        made = session.run("env", "PYTHONPATH=tests", "python", "-m", "live.integration", silent=True, log=False)
        config.write_text(made)
        command = ("ansible-test", "integration", "--local", "--color", "no", "live/")
        with session.chdir(config.parents[2]):
            run(session, "output", *command, show="^testhost ")
    finally:
        config.unlink(missing_ok=True)
        work(session, "output.log").unlink(missing_ok=True)


@in_venv
def pins(session: nox.Session) -> None:
    """Refresh the pinned development dependencies."""
    options = "--quiet --universal --upgrade --python-version 3.11 --no-emit-index-url --no-annotate --no-header"
    for file in sorted(PINS.glob("*.in")):
        session.run(*f"uv pip compile {options}".split(), str(file), "--output-file", str(file.with_suffix(".txt")))
