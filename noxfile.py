# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of contributors. ".venv/bin/nox --list" shows them; "make test" creates .venv.

antsibull-nox.toml configures the sessions that antsibull-nox provides. All sessions write to .nox. Those without an
environment of their own use the tools of .venv.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import antsibull_nox
import nox
from antsibull_nox.sessions.utils import register

sys.path.insert(0, str(Path(__file__).resolve().parent / "tests"))

from sessions import COLLECTION, PINS, ROOT, WORK, in_venv, link, new_home, run, stage, work

# Each supported ansible-core, and the newest Python that it supports. The last one is a pre-release.
CORES = {"2.16": "3.12", "2.17": "3.12", "2.18": "3.13", "2.19": "3.13", "2.20": "3.14", "2.21": "3.14", "2.22": "3.15"}
FIRST, *_, NEWEST, PRE = CORES
OLDEST = "3.9"  # Python of managed nodes
PARTS = ("sanity", "units", "integration", "old-target")
# Sanity tests whose results depend little on the version. Only NEWEST, the newest stable core, runs them.
SKIPPED = tuple(f"--skip-test={name}" for name in ("changelog", "compile", "import", "pep8", "pylint"))
PLAYBOOKS = ("tests/functional", "--ignore=tests/functional/documents", "--dist", "loadfile")


def pulse() -> None:
    """Print a line from time to time, because nox prints the output of parallel sessions only when they end."""
    for seconds in range(15, 7200, 15):
        time.sleep(15)
        print(f"... {seconds} s", flush=True)


if "--parallel" in sys.argv and "--parallel-worker" not in sys.argv and not sys.stdout.isatty():
    threading.Thread(target=pulse, daemon=True).start()
os.environ.update(
    ANSIBLE_REMOTE_TMP=str(WORK / "user" / "remote"),  # by default in the home directory of the account, not in HOME
    ANTSIBULL_NOX_IGNORE_INSTALLED_COLLECTIONS="true",
    HOME=new_home(WORK / "user"),
    NOX_ENABLE_STALENESS_CHECK="1",  # another Python has become the newest
    PATH=os.pathsep.join(dict.fromkeys([str(ROOT / ".venv" / "bin"), *os.environ["PATH"].split(os.pathsep)])),
    PYTHONPYCACHEPREFIX=str(WORK / "pycache"),
)
(WORK / "user" / ".cache" / "pip").mkdir(parents=True, exist_ok=True)  # for all homes
link(WORK / "link" / COLLECTION, ROOT)  # the checkout under the full name of the collection
nox.needs_version = ">=2026.7.11"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
antsibull_nox.load_antsibull_nox_toml()
for _name, _added in nox.registry.get().items():
    _added.allow_parallel = True
    _added.tags += ["test"] if _name == "lint" else ["check"] if re.search("-check|-lint", _name) else []


# Short sessions: name, tag, files of packages (those of .venv if empty), commands, description.
for _name, _tag, _packages, _command, _description in (
    ("demo", "", "", "python tests/demo.py", "Run the example playbooks against the simulator, step by step."),
    ("quick", "", "", "ruff check -q . && ruff format -q --check . && mypy && pytest -q", "Check a change in seconds."),
    ("shellcheck", "test", "", "shellcheck .ci/run", "Check the shell script of CI."),
    ("returns", "test", "", "python tests/returns.py --check", "Check the generated RETURN documentation."),
    ("imports", "test", "", "env PYTHONPATH=.nox/link lint-imports --no-cache", "Check which file imports which."),
    ("unit", "test", "", "pytest -q tests/unit -n 2", "Run the unit tests."),
    ("functional", "test", "", f"pytest -q -n 3 {' '.join(PLAYBOOKS)}", "Run playbooks in both modes."),
    ("documents", "check", "", "pytest -q tests/functional/documents -n 2", "Follow the README, guides and examples."),
    ("coverage", "", "", "pytest -q tests/unit -n 3 --cov", "Show the lines that the unit tests do not reach."),
    ("reliability", "check", "", "pytest -q tests/reliability -n 2", "Run playbooks on bad networks (8 minutes)."),
    ("automation", "check", "automation", "pytest -q tests/automation", "Simulate AWX, and run a rulebook."),
    ("docs-test", "check", "test docs", "pytest -q tests/docs", "Open each page of the site in Chromium."),
    ("bench", "", "test bench", "python tests/benchmark/bench.py", "Measure the speed, and write its page (30 min)."),
    ("bench-page", "", "", "python tests/benchmark/report.py", "Write that page again, from the same figures."),
    ("live", "", "", "env PYTHONPATH=tests python -m live", "Check the real service for what is not documented."),
):

    def _session(session: nox.Session, files: list[str] = _packages.split(), command: str = _command) -> None:
        if files:
            session.install(*(word for name in files for word in ("--requirement", str(PINS / f"{name}.txt"))))
        *others, last = command.split(" && ")
        for other in others:
            session.run(*other.split())
        session.run(*last.split(), *session.posargs, external=True)

    _session.__doc__ = _description
    nox.session(
        name=_name,
        python=None if _packages else False,
        default=False,
        tags=[_tag] if _tag else [],
        requires=["docs"] if _name == "docs-test" else [],
        allow_parallel=bool(_tag),
    )(_session)


@in_venv(tags=["test"], allow_parallel=True)
def integration(session: nox.Session) -> None:
    """Run the integration targets with ansible-test."""
    command = ("ansible-test", "integration", "--color", "no", "--local", *session.posargs)
    with session.chdir(stage(session)):
        text = run(session, "output", *command, show=r"^(Running|TASK \[chat_|testhost )")
    print(f"{len(re.findall('^Running', text, re.M))} integration targets passed")


@in_venv
def nightly(session: nox.Session) -> None:
    """Run the unit tests with thousands of random examples and runs, in random order."""
    seed = os.environ.get("CHAT_SEED") or str(int(time.time()))
    session.env.update(CHAT_SEED=seed, CHAT_NIGHTLY="1", CHAT_RUNS="2000")
    print(f"CHAT_SEED={seed}", flush=True)
    seeds = (f"--randomly-seed={seed}", f"--hypothesis-seed={seed}")
    session.run("pytest", "tests/unit", "-q", "-n", "3", "-p", "randomly", *seeds, "--timeout", "3600")


def pythons(core: str, first: int = 9) -> list[str]:
    """Return the Pythons from 3.9, or another *first* minor version, to the newest that an ansible-core supports."""
    return [f"3.{minor}" for minor in range(first, int(CORES[core][2:]) + 1)]


@functools.cache
def installed(version: str) -> bool:
    """Return whether a Python runs. The shims of pyenv exist for each of its versions, and run only the chosen ones."""
    path = shutil.which(f"python{version}")
    return bool(path) and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0


def commands(session: nox.Session, core: str, python: str, part: str) -> list[tuple[str, ...]]:
    """Return the commands that test a part on an ansible-core."""
    test = ("ansible-test", part, "--color", "no", "--local", "--python", python)
    files = ("python", "-m", "pytest", "-q")
    if part == "sanity" and core == NEWEST:
        targets = [f"--target-python={one}" for one in pythons(core) if one != python and installed(one)]
        old = ("ansible-test", "sanity", "--color", "no", "--test", "import", "--test", "compile")
        return [test, (*old, "--controller", f"origin:python={python}", *targets)]
    if part == "sanity":
        return [(*test, *SKIPPED)]
    if part == "units":
        # Histories depend little on the version; here, a few are enough. The pre-release evaluates templates as the
        # version of "make test" does, which has run the roles. The oldest one evaluates them differently.
        roles = [f"--ignore=tests/functional/test_{name}.py" for name in ("drift", "role") if core == PRE]
        playbooks = [(*files, "-n", "2", *PLAYBOOKS, *roles)]
        units = ("env", "CHAT_RUNS=10", *files, "tests/unit/plugins", "-n", "2")
        return [test if core == NEWEST else units] + playbooks * (core in (FIRST, PRE))
    if part == "integration":
        return [test]
    if part != "old-target":
        session.error(f"The parts are: {', '.join(PARTS)}")
    # With the oldest requests that the collection supports, and the urllib3 of Debian 11, Ubuntu 22.04 and RHEL 9.
    place = str(work(session, "old-target"))
    return [
        ("uv", "venv", "--quiet", "--clear", "--python", OLDEST, place),
        ("uv", "pip", "install", "--quiet", "--python", place, "requests==2.25.1", "urllib3==1.26.5"),
        ("env", f"OLD_TARGET_PYTHON={place}/bin/python", *files, "tests/functional/old_target.py"),
    ]


def add_core(core: str, newest: str) -> None:
    """Add a session for an ansible-core, with the newest of its Pythons that is installed."""
    python = next(filter(installed, reversed(pythons(core, 10))), newest)
    # The newest core also compiles and imports the plugins with each Python that they support.
    wanted = pythons(core) if core == NEWEST else [OLDEST, newest]

    def tests(session: nox.Session) -> None:
        missing = [version for version in wanted if not installed(version)]
        if missing:
            print(f"Not tested, because it is not installed: Python {', '.join(missing)}")
        constraints = work(session, "constraints.txt")
        pins = (PINS / "test.txt").read_text().splitlines(keepends=True)
        constraints.write_text("".join(pin for pin in pins if not pin.startswith(("ansible-core", "resolvelib"))))
        package = f"ansible-core>={core}.0a1" if core == PRE else f"ansible-core=={core}.*"
        session.install("--constraint", str(constraints), package, "--requirement", "tests/unit/requirements.txt")
        # ansible-test creates environments in HOME, and fails if another core creates the same one at that moment.
        home = new_home(work(session, "user"))
        with session.chdir(stage(session)):
            version = run(session, "version", "ansible", "--version").partition("]")[0].replace("[", "")
            for part in session.posargs or (PARTS if core in (FIRST, NEWEST, PRE) else ("sanity", "integration")):
                start = time.monotonic()
                todo = commands(session, core, python, part)
                text = "".join(run(session, part, *command, show="^ERROR", HOME=home) for command in todo)
                found = ", ".join(re.findall(r"\b\d+ passed", text))
                seconds = round(time.monotonic() - start)
                print(f"{version} on Python {python}: {part} passed in {seconds} s", found, flush=True)

    tests.__doc__ = f"Test on ansible-core {core}, or one part alone: nox -e core-{core} -- {PARTS[0]}."
    nox.session(name=f"core-{core}", python=python, default=False, tags=["check"], allow_parallel=True)(tests)
    register("cores", {"name": f"core-{core}", "python": "\n".join(wanted)})  # what GitHub installs


for _core in sorted(CORES, key=(PRE, FIRST, NEWEST).count, reverse=True):  # the longest begin first
    add_core(_core, CORES[_core])
