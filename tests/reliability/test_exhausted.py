# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine that has run out of files or threads: the failure says so, and a push was not sent."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import pytest
from parts import add_app, check_nothing_sent, declare, push, scenario

CGROUPS = [Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup")]  # version 1 and version 2
JOIN = 'echo $$ > "$0/cgroup.procs" && exec "$@"'

# Python imports this module when it starts. Limits hold while the collection opens a socket or starts a thread: with a
# limit for the whole play, Ansible would end before, or could not return a result.
LIMITS = """
import os, resource, socket, sys, threading

def no_file():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(2)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, before[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, before)

def no_thread():
    with open(os.environ["CHAT_CGROUP"] + "/pids.current") as file:
        allow(file.read())
    return lambda: allow("max")

def allow(most):
    with open(os.environ["CHAT_CGROUP"] + "/pids.max", "w") as file:
        file.write(most)

def limited(limit, function):
    def call(self, *arguments, **keywords):
        end = (lambda: None) if os.getpid() == playbook else limit()
        try:
            return function(self, *arguments, **keywords)
        finally:
            end()
    return call

playbook = os.getpid() if sys.argv[0].endswith("ansible-playbook") else 0
if "CHAT_CGROUP" in os.environ:
    threading.Thread.start = limited(no_thread, threading.Thread.start)
else:
    socket.socket.__init__ = limited(no_file, socket.socket.__init__)
"""


@pytest.fixture
def check(simulator, play, way, tmp_path):
    """Runs two tasks that the limits apply to, and checks why they fail."""

    def run(words: str, prefix: tuple[str, ...] = (), **variables: str) -> None:
        app = add_app(simulator)
        (tmp_path / "sitecustomize.py").write_text(LIMITS)
        tasks = [task(timeout=2, retries=0) for task in (declare, push)]
        done = play(tasks, way=way, prefix=prefix, env={"PYTHONPATH": str(tmp_path), **variables})
        check_nothing_sent(done, app, words)

    return run


@pytest.fixture
def cgroup():
    """A control group with a limit of processes and threads."""
    parent = next((path for path in CGROUPS if has_pids(path)), None)
    if parent is None or not os.access(parent, os.W_OK):
        pytest.skip("needs root, and a control group with the controller pids")
    folder = Path(tempfile.mkdtemp(prefix="chat-reliability-", dir=parent))
    yield folder
    folder.rmdir()


def has_pids(path: Path) -> bool:
    """Return whether the groups in *path* can limit the number of processes."""
    with contextlib.suppress(OSError):
        return path.name == "pids" or "pids" in (path / "cgroup.subtree_control").read_text().split()
    return False


@scenario(
    "a process that cannot open another file",
    "names set, and a push",
    "the message names open files as the cause; the push is reported as not sent",
)
def test_too_many_open_files(check):
    check("open files|file descriptors")


@scenario(
    "a control group that allows no further thread",
    "names set, and a push",
    "the message names threads or processes as the cause; the push is reported as not sent",
)
def test_no_thread(check, cgroup):
    check(r"\bthreads?\b|\bprocess(es)?\b", ("sh", "-c", JOIN, str(cgroup)), CHAT_CGROUP=str(cgroup))
