# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of contributors. ".venv/bin/nox --list" shows them; "make test" creates .venv.

antsibull-nox.toml configures the sessions that antsibull-nox provides. All sessions write to .nox. Those without an
environment of their own use the tools of .venv.
"""

from __future__ import annotations

import contextlib
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

# Each supported ansible-core, and the newest Python that it supports. The last one is a pre-release.
CORES = {"2.16": "3.12", "2.17": "3.12", "2.18": "3.13", "2.19": "3.13", "2.20": "3.14", "2.21": "3.14", "2.22": "3.15"}
FIRST, *_, NEWEST, PRE = CORES
OLDEST = "3.9"  # Python of managed nodes
PARTS = ("sanity", "units", "integration", "old-target")

ROOT = Path(__file__).resolve().parent
WORK = ROOT / ".nox"
PINS = ROOT / "tests" / "requirements"
COLLECTION = Path("ansible_collections", "tencentcloud", "chat")
# Settings and interpreters in the user's home directory, and downloads if the user keeps them.
READ = (".config", ".gitconfig", ".local", ".netrc", ".pip", ".pyenv", ".ansible/test/cache")
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


def pulse() -> None:
    """Print a line from time to time, because nox prints the output of parallel sessions only when they end."""
    for seconds in range(15, 7200, 15):
        time.sleep(15)
        print(f"... {seconds} s", flush=True)


if "--parallel" in sys.argv and "--parallel-worker" not in sys.argv and not sys.stdout.isatty():
    threading.Thread(target=pulse, daemon=True).start()
os.environ.update(
    ANTSIBULL_NOX_IGNORE_INSTALLED_COLLECTIONS="true",
    HOME=new_home(WORK / "home"),
    NOX_ENABLE_STALENESS_CHECK="1",  # another Python has become the newest
    PATH=os.pathsep.join(dict.fromkeys([str(ROOT / ".venv" / "bin"), *os.environ["PATH"].split(os.pathsep)])),
    PYTHONPYCACHEPREFIX=str(WORK / "pycache"),
)
(WORK / "home" / ".cache" / "pip").mkdir(parents=True, exist_ok=True)  # for all homes
link(WORK / "link" / COLLECTION, ROOT)  # the checkout under the full name of the collection
nox.needs_version = ">=2026.7.11"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
antsibull_nox.load_antsibull_nox_toml()
for _name, _added in nox.registry.get().items():
    _added.allow_parallel = True
    _added.tags += ["test"] if _name in ("lint", "ansible-lint") else ["check"] if "-check" in _name else []


def work(session: nox.Session, name: str) -> Path:
    """Return the path of a file or directory of a session."""
    place = WORK / "work" / session.name / name
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def stage(session: nox.Session) -> Path:
    """Copy the files of the checkout to where ansible-test requires them, and return that directory."""
    place = work(session, "stage") / COLLECTION
    shutil.rmtree(place, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], capture_output=True, text=True, check=True
    )
    for file in filter(os.path.exists, listed.stdout.splitlines()):
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, place / file)
    for command in (["init", "--quiet"], ["add", "--all"]):  # ansible-test lists the files with git
        subprocess.run(["git", "-C", place, *command], check=True)
    return place


def run(session: nox.Session, part: str, *command: str, show: str = "(?!)", **variables: str) -> str:
    """Run a command and return its output. Print the lines that match *show*; if it fails, the end of the output."""
    path = os.pathsep.join([*(session.bin_paths or ()), os.environ["PATH"]])
    log = work(session, f"{part}.log")
    with (
        log.open("w") as file,
        subprocess.Popen(
            command, env={**os.environ, "PATH": path, **variables}, stdout=-1, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        for line in process.stdout or ():
            file.write(line)
            if re.search(show, line):
                print(line, end="", flush=True)
    text = log.read_text()
    if process.returncode:
        print(*text.splitlines()[-60:], sep="\n", flush=True)
        session.error(f"{part} failed. The whole output is in {log}")
    return text


# Sessions that run one command: name, tag, files of packages (those of .venv if empty), command, description.
for _name, _tag, _packages, _command, _description in (
    ("demo", "", "", "python tests/demo.py", "Run the example playbooks against the simulator, step by step."),
    ("shellcheck", "test", "", "shellcheck .ci/run", "Check the shell script of CI."),
    ("returns", "test", "", "python tests/returns.py --check", "Check the generated RETURN documentation."),
    ("unit", "test", "", "pytest -q tests/unit -n 3", "Run the unit tests."),
    ("functional", "test", "", "pytest -q tests/functional -n 3 --dist loadfile", "Run playbooks in both modes."),
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
        session.run(*command.split(), *session.posargs, external=True)

    _session.__doc__ = _description
    nox.session(
        name=_name,
        python=None if _packages else False,
        default=False,
        tags=[_tag] if _tag else [],
        requires=["docs"] if _name == "docs-test" else [],
        allow_parallel=_tag == "test" or bool(_packages),
    )(_session)

in_venv = functools.partial(nox.session, python=False, default=False)
in_own = functools.partial(nox.session, default=False)


@in_venv
def quick(session: nox.Session) -> None:
    """Check a change in seconds: nox -e quick -- tests/unit/test_project.py rename."""
    file, word = session.posargs or ("tests/unit/test_project.py", "rename")
    for command in ("ruff check --quiet .", "ruff format --quiet --check .", "mypy", f"pytest -q {file}"):
        session.run(*command.split())
    session.run("pytest", "-q", "tests/functional/test_attr_names.py", "-k", word)


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


@functools.cache
def installed(minor: int) -> bool:
    """Return whether a Python runs. The shims of pyenv exist for each of its versions, and run only the chosen ones."""
    path = shutil.which(f"python3.{minor}")
    return bool(path) and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0


def commands(session: nox.Session, core: str, python: str, part: str) -> list[tuple[str, ...]]:
    """Return the commands that test a part on an ansible-core."""
    test = ("ansible-test", part, "--color", "no", "--local", "--python", python)
    files = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    if part == "sanity" and core == NEWEST:
        targets = [f"--target-python=3.{minor}" for minor in range(9, int(python[2:])) if installed(minor)]
        old = ("ansible-test", "sanity", "--color", "no", "--test", "import", "--test", "compile")
        return [test, (*old, "--controller", f"origin:python={python}", *targets)]
    if part == "sanity":
        return [(*test, "--skip-test", "pylint")]  # slow, and it hardly depends on the version
    if part == "units":
        # "make test" runs what does not depend on the version.
        ignored = [f"--ignore=tests/functional/test_{name}.py" for name in ("commands", "demo", "guides", "linter")]
        playbooks = [(*files, "tests/functional", "-n", "2", "--dist", "loadfile", *ignored)]
        return [test if core == NEWEST else (*files, "tests/unit", "-n", "2")] + playbooks * (core in (FIRST, PRE))
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
    last = int(newest.partition(".")[2])
    python = next((f"3.{minor}" for minor in range(last, 9, -1) if installed(minor)), newest)

    def tests(session: nox.Session) -> None:
        constraints = work(session, "constraints.txt")
        pins = (PINS / "test.txt").read_text().splitlines(keepends=True)
        constraints.write_text("".join(pin for pin in pins if not pin.startswith(("ansible-core", "resolvelib"))))
        wanted = f"ansible-core>={core}.0a1" if core == PRE else f"ansible-core=={core}.*"
        session.install("--constraint", str(constraints), wanted, "--requirement", "tests/unit/requirements.txt")
        # ansible-test creates environments in HOME, and fails if another core creates the same one at that moment.
        home = new_home(work(session, "home"))
        with session.chdir(stage(session)):
            version = run(session, "version", "ansible", "--version").partition("]")[0].replace("[", "")
            for part in session.posargs or PARTS:
                start = time.monotonic()
                text = "".join(
                    run(session, part, *command, HOME=home) for command in commands(session, core, python, part)
                )
                found = ", ".join(re.findall(r"\b\d+ passed", text))
                print(
                    f"{version} on Python {python}: {part} passed in {time.monotonic() - start:.0f} s",
                    found,
                    flush=True,
                )

    tests.__doc__ = f"Run {', '.join(PARTS)} tests on ansible-core {core}; one part: nox -e core-{core} -- sanity."
    nox.session(name=f"core-{core}", python=python, default=False, tags=["check"], allow_parallel=True)(tests)
    # What GitHub installs. The newest core also compiles and imports the plugins with each Python that they support.
    pythons = [f"3.{minor}" for minor in range(9, last + 1)] if core == NEWEST else [OLDEST, newest]
    register("cores", {"name": f"core-{core}", "python": "\n".join(pythons)})


for _core, _newest in CORES.items():
    add_core(_core, _newest)


@in_own(allow_parallel=True)
def docs(session: nox.Session) -> None:
    """Build the documentation site in .nox/docs/html."""
    session.install("--requirement", str(PINS / "check.txt"))
    rst, html = (WORK / "docs" / name for name in ("rst", "html"))
    for place in (rst, html):
        shutil.rmtree(place, ignore_errors=True)
    rst.mkdir(mode=0o700)  # antsibull-docs requires this
    build = (
        "antsibull-docs",
        "collection",
        "--use-current",
        "--squash-hierarchy",
        "--fail-on-error",
        "tencentcloud.chat",
    )
    run(session, "antsibull", *build, "--dest-dir", str(rst), ANSIBLE_COLLECTIONS_PATH=str(WORK / "link"))
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
    """Change the code in every small way; the unit tests must detect 95 % (about an hour)."""
    session.install("--requirement", str(PINS / "test.txt"), "--requirement", str(PINS / "mutation.txt"))
    (stage(session).parents[2] / "setup.cfg").write_text((ROOT / "tests" / "mutation.cfg").read_text())
    with session.chdir(work(session, "stage")):
        session.run("mutmut", "run", *(session.posargs or ["--max-children=2"]))
        states = re.findall(r"(\S+): ([\w ]+)$", run(session, "all", "mutmut", "results", "--all", "true"), re.M)
        survivors = [name for name, state in states if state not in ("killed", "timeout")]
        for name in survivors:
            session.run("mutmut", "show", name)
    print(f"The unit tests noticed {len(states) - len(survivors)} of {len(states)} changes.")
    if len(survivors) * 20 > len(states):
        session.error("They must notice 95 %")


@in_venv(name="live-integration")
def live_integration(session: nox.Session) -> None:
    """Run the integration targets against a scratch app of the real service; see tests/live/README.md."""
    app, scratch, key = (os.environ.get(f"TENCENT_CHAT_{name}") for name in ("SDKAPPID", "SCRATCH_APP", "SECRET_KEY"))
    if not key or not app or app != scratch:
        session.error(
            "The targets write to the app: name it twice, as TENCENT_CHAT_SDKAPPID and TENCENT_CHAT_SCRATCH_APP"
        )
    config = stage(session) / "tests" / "integration" / "integration_config.yml"
    config.touch(mode=0o600)
    try:  # the configuration and the log contain the secret key
        config.write_text(session.run("env", "PYTHONPATH=tests", "python", "-m", "live.integration", silent=True))
        with session.chdir(config.parents[2]):
            run(
                session, "output", "ansible-test", "integration", "--local", "--color", "no", "live/", show="^testhost "
            )
    finally:
        config.unlink()
        work(session, "output.log").unlink(missing_ok=True)


@in_venv
def pins(session: nox.Session) -> None:
    """Refresh the pinned development dependencies."""
    options = "--quiet --universal --upgrade --python-version 3.11 --no-emit-index-url --no-annotate --no-header"
    for file in sorted(PINS.glob("*.in")):
        session.run(*f"uv pip compile {options}".split(), str(file), "--output-file", str(file.with_suffix(".txt")))
