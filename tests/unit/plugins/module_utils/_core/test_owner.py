# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a task notices that its job ended: with real processes, and with tables of processes as Ansible has them."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import owner
from servers import until

on_linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

# The main process forks a worker, which runs a command as a module, and reads what it prints until SIGUSR1.
MAIN = """
import os, signal, subprocess, sys
signal.alarm(120)
if os.fork():
    os.wait()
    signal.pause()
signal.alarm(120)
module = subprocess.Popen(sys.argv[1], shell=True, stdout=subprocess.PIPE, close_fds=False)
signal.signal(signal.SIGUSR1, lambda *_: module.stdout.close())
while True:
    signal.pause()
"""
# A module does what the test says: "create" an owner, and tell whether it "is_there".
MODULE = """
import importlib.util, json, os, signal, socket, sys
signal.alarm(120)
line = socket.socket(fileno=int(sys.argv[2]))
# mutmut recognizes the code by the name of its module.
spec = importlib.util.spec_from_file_location(sys.argv[4], sys.argv[1])
owner = importlib.util.module_from_spec(spec)
spec.loader.exec_module(owner)
create = getattr(owner, sys.argv[3])
line.send(json.dumps(os.getpid()).encode())
while order := line.recv(100).decode():
    if order == "create":
        wanted = create()
    line.send(json.dumps(order == "create" or wanted.is_there()).encode())
"""
# The main process starts a worker as Ansible does in-process.
IN_PROCESS = """
import multiprocessing, runpy, signal, sys
signal.alarm(120)
worker = multiprocessing.get_context("fork").Process(target=runpy.run_path, args=[sys.argv.pop(1)])
worker.start()
worker.join()
signal.pause()
"""


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class Chain:
    """A module with its ancestors up to this test, which gives it orders through a socket."""

    def __init__(self, folder: Path, line: socket.socket, command: list[str], theirs: int) -> None:
        self.line = line
        for name, text in {"ansible-playbook": MAIN, "module": MODULE, "in_process": IN_PROCESS}.items():
            (folder / name).write_text(text)
        # mutmut finds its configuration only in the directory of the tests, and needs it only to measure coverage.
        is_measured = os.environ.get("MUTANT_UNDER_TEST") == "stats"
        environment = {**os.environ, **({"MUTANT_UNDER_TEST": ""} if is_measured else {})}
        self.process = subprocess.Popen(command, pass_fds=[theirs], start_new_session=True, cwd=folder, env=environment)
        self.ancestors = [json.loads(self.line.recv(100))]
        while self.ancestors[-1] != os.getpid():
            self.ancestors.append(parent(self.ancestors[-1]))

    def ask(self, order: str = "is_there") -> bool:
        self.line.send(order.encode())
        return json.loads(self.line.recv(100))

    def kill(self, number: int) -> None:
        """Kill an ancestor, the parent being number 1, and wait until the one below it has another parent."""
        below, victim = self.ancestors[number - 1 : number + 1]
        os.kill(victim, signal.SIGKILL)
        assert until(lambda: parent(below) != victim)


WORKER, MAIN_PROCESS, SHELL_ABOVE = 3, 4, 5  # number 1 and 2 are the shells in between


@pytest.fixture
def start(tmp_path):
    """Start a chain: a shell, the main process, its worker, two shells, the module."""
    with contextlib.ExitStack() as stack:

        def begin(create: str = "owner_of_module", shape: str = "module") -> Chain:
            ours, theirs = (stack.enter_context(end) for end in socket.socketpair())
            ours.settimeout(60)
            call = f"{sys.executable} module {owner.__file__} {theirs.fileno()} {create} {owner.__name__}"
            main = f"{sys.executable} ansible-playbook \"sh -c '{call} && sleep 0' && sleep 0\""
            if shape == "in-process":
                main = f"{sys.executable} in_process {call.partition(' ')[2]}"
            chain = Chain(tmp_path, ours, ["sh", "-c", f"{main}; true"], theirs.fileno())
            stack.callback(chain.process.wait)
            stack.callback(os.killpg, chain.process.pid, signal.SIGKILL)
            return chain

        yield begin


# -- real processes --------------------------------------------------------------------------------


@on_linux
@pytest.mark.parametrize("victim", [1, 2, WORKER, MAIN_PROCESS, "reader"])
def test_a_module_notices_that_an_ancestor_ended_or_gave_up_and_not_what_is_above(start, victim):
    chain = start()
    assert len(chain.ancestors) == SHELL_ABOVE + 2, chain.ancestors  # with the module and this test
    chain.ask("create")
    assert chain.ask()
    chain.kill(SHELL_ABOVE)
    assert chain.ask()
    if victim == "reader":
        os.kill(chain.ancestors[WORKER], signal.SIGUSR1)
    else:
        chain.kill(victim)
    assert until(lambda: not chain.ask()), "the owner is still there"


@on_linux
@pytest.mark.parametrize("victim", [WORKER, MAIN_PROCESS])
def test_a_module_that_starts_after_its_job_ended_notices(start, victim):
    chain = start()
    chain.kill(victim)
    if victim == WORKER:  # the system closes its end of the pipe before or after the process has another parent
        assert until(lambda: chain.ask("create") and not chain.ask())
    else:
        chain.ask("create")
        assert not chain.ask()


@on_linux
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_notices_that_the_main_process_ended_and_not_what_is_above(start, moment):
    chain = start("owner_in_process", "in-process")
    assert len(chain.ancestors) == 4  # with the shell and this test
    if moment == "after":
        chain.ask("create")
        chain.kill(2)
        assert chain.ask()
    chain.kill(1)
    if moment == "before":
        chain.ask("create")
    assert not chain.ask()


# -- tables of processes ---------------------------------------------------------------------------

PLAYBOOK = "/venv/bin/python /venv/bin/ansible-playbook site.yml"
CI = {10: (9, PLAYBOOK), 9: (8, "bash -e /tmp/step.sh"), 8: (1, "runner"), 1: (0, "/sbin/init")}
WRAPPED = {30: (20, "/bin/sh -c python"), 20: (10, PLAYBOOK), **CI}
ASYNC = "/bin/python3 /ops/.ansible/tmp/AnsiballZ_async_wrapper.py j1.2 60 /ops/AnsiballZ_chat_push.py _"
API = "/venv/bin/python -m celery worker"
SSHD = {20: (10, "sshd: ops@notty"), 10: (9, "sshd: ops [priv]"), 9: (1, "sshd: /usr/sbin/sshd [listener]")}

# pid -> (parent, command), or None if that is hidden; this process is a child of number 30.
TABLES = {
    "local": (WRAPPED, [30, 20, 10]),
    "a second shell": ({**WRAPPED, 30: (25, "sh -c"), 25: (20, "/bin/bash -lc")}, [30, 25, 20, 10]),
    "sudo, which forks": (
        {**WRAPPED, 30: (26, "/bin/sh -c"), 26: (25, "sudo -n"), 25: (24, "sudo -n"), 24: (20, "/bin/sh -c")},
        [30, 26, 25, 24, 20, 10],
    ),
    "su to a login shell": ({**WRAPPED, 30: (25, "-bash -c"), 25: (20, "su - ops")}, [30, 25, 20, 10]),
    "without a shell": ({30: (10, PLAYBOOK), **CI}, [30, 10]),
    "main process is number 1": ({30: (20, "sh -c"), 20: (1, PLAYBOOK), 1: (0, PLAYBOOK)}, [30, 20, 1]),
    "main process has ended": ({**WRAPPED, 20: (1, PLAYBOOK)}, [30, 20, -1]),
    "main process has just ended": ({30: (20, "sh -c"), 20: (10, PLAYBOOK)}, [30, 20, -1]),
    "main process is hidden": ({30: (20, "sh -c"), 20: (10, PLAYBOOK), 10: None}, [30, 20]),
    "a directory with a blank": ({**WRAPPED, 30: (20, "/opt/my tools/sh\0-c\0python")}, [30, 20, 10]),
    "a name that is no UTF-8": (
        {30: (20, "sh -c"), 20: (10, f"{PLAYBOOK} \udce9"), 10: (9, f"{PLAYBOOK} \udce9"), 9: (1, PLAYBOOK)},
        [30, 20, 10],
    ),
    "worker has ended": ({**WRAPPED, 30: (1, "/bin/sh -c python")}, [30, 1]),
    "a program with Ansible in it": (
        {30: (20, "sh -c"), 20: (10, API), 10: (9, API), 9: (1, API), 1: (0, "init")},
        [30, 20, 10],
    ),
    "async": ({30: (20, ASYNC), 20: (1, ASYNC), 1: (0, "init")}, [30, 20]),
    "SSH": ({30: (20, "bash -c /bin/sh"), **SSHD, 1: (0, "init")}, [30, 20]),
    "SSH sessions with one title": ({30: (20, "sh -c"), 20: (10, "sshd: ops"), 10: (9, "sshd: ops")}, [30, 20]),
    "an SSH server that forks": ({30: (20, "sh -c"), 20: (9, "dropbear -F"), 9: (1, "dropbear -F")}, [30, 20]),
    "a container's exec": ({30: (0, "/bin/sh -c")}, [30]),
    "started in a terminal": ({30: (20, "-bash"), 20: (1, "tmux"), 1: (0, "init")}, [30]),
    "other users' processes are hidden": ({30: (20, "sh -c")}, [30, 20]),
    "no /proc": ({}, [30]),
}


@pytest.fixture
def table(monkeypatch):
    """A table of processes that replaces /proc; this process is a child of number 30."""
    processes: dict[int, tuple[int, str] | None] = {}

    def opened(path: str, *_how, **_more) -> io.BytesIO:
        pid, name = path.split("/")[2:]
        if not (found := processes.get(int(pid), ())):
            raise PermissionError if found is None else FileNotFoundError
        above, command = found
        title = command if command.startswith("sshd:") or "\0" in command else command.replace(" ", "\0") + "\0"
        status = f"{pid} (a) b) S {above} 1 1"
        return io.BytesIO((title if name == "cmdline" else status).encode("utf-8", "surrogateescape"))

    monkeypatch.setattr(owner, "open", opened, raising=False)
    monkeypatch.setattr(os, "getppid", lambda: 30)
    return processes


@pytest.mark.parametrize("name", TABLES)
def test_the_ancestors_that_count(table, name):
    processes, expected = TABLES[name]
    table.update(processes)
    assert list(owner.owner_of_module().parents) == expected
    assert owner.Owner(expected).is_there() is (-1 not in expected)
    for pid in expected[:-1]:
        ended = table.pop(pid)
        assert not owner.Owner(expected).is_there()
        table[pid] = ended


@pytest.mark.parametrize(
    ("changes", "is_there"),
    [
        ({1: (), 8: (), 9: (), 10: (1, PLAYBOOK)}, True),  # the CI runner ends
        *(({pid: (1, WRAPPED[pid][1])}, False) for pid in (20, 30)),
        *(({pid: ()}, False) for pid in (20, 30)),
        ({20: None}, True),  # hidden
    ],
)
def test_each_link_counts_and_nothing_above(table, changes, is_there):
    table.update(WRAPPED)
    made = owner.Owner(owner.owner_of_module().parents)
    table.update(changes)
    assert made.is_there() is is_there
    table.update(WRAPPED)
    assert made.is_there()


@on_linux
@pytest.mark.parametrize("code", [errno.EMFILE, errno.EACCES])
def test_what_cannot_be_read_ends_nothing(monkeypatch, code):
    made = owner.Owner([os.getppid(), parent(os.getppid())])
    monkeypatch.setattr(owner, "open", mock.Mock(side_effect=OSError(code, "no")), raising=False)
    assert made.is_there() and owner.owner_of_module().parents == (os.getppid(),)


@on_linux
def test_the_processes_of_this_system_are_known(monkeypatch):
    above = os.getppid()
    assert owner.Owner([above, parent(above)]).is_there() and not owner.Owner([above, os.getpid()]).is_there()
    ended = subprocess.Popen(["true"])
    ended.wait()
    monkeypatch.setattr(os, "getppid", lambda: ended.pid)
    assert owner.Owner([ended.pid]).is_there() and not owner.Owner([ended.pid, above]).is_there()


@pytest.mark.parametrize("is_worker", [True, False])
def test_the_owner_of_a_worker_is_the_process_that_forked_it(monkeypatch, is_worker):
    main = SimpleNamespace(pid=os.getppid()) if is_worker else None  # otherwise, it is always there
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: main)
    made = owner.owner_in_process()
    assert made.is_there()
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert made.is_there() is not is_worker and owner.Owner().is_there()


class Redirected:
    """Looks at *output* in place of the standard output of this process."""

    def __init__(self, poll: Any, output: int) -> None:
        self._poll, self._output = poll, output

    def register(self, output: int, events: int) -> None:
        assert output == 1
        self._poll.register(self._output, events)

    def poll(self, wait: int) -> list[tuple[int, int]]:
        return self._poll.poll(wait)


def test_the_owner_of_a_module_is_its_ancestors_and_the_reader_of_its_output(monkeypatch, table):
    table.update(WRAPPED)
    reader, writer = os.pipe()
    monkeypatch.setattr(owner.select, "poll", lambda poll=select.poll: Redirected(poll(), writer))
    made = owner.owner_of_module()
    assert made.is_there()
    table[20] = (1, PLAYBOOK)
    assert not made.is_there()
    table.update(WRAPPED)
    os.close(reader)
    assert not made.is_there()
    os.close(writer)


@pytest.mark.parametrize("connect", [os.pipe, os.openpty, socket.socketpair])
def test_a_result_without_a_reader(monkeypatch, connect):
    reader, writer = (end if isinstance(end, int) else end.detach() for end in connect())
    made = owner.Owner(output=writer)
    assert made.is_there()
    os.close(reader)
    assert not made.is_there()
    monkeypatch.delattr(owner.select, "poll")  # as on an old macOS
    assert made.is_there()
    os.close(writer)


@pytest.mark.parametrize("path", ["/dev/null", __file__])
def test_a_result_in_a_file(path):
    with open(path, "rb") as file:
        assert owner.Owner(output=file.fileno()).is_there()
        descriptor = file.fileno()
    assert owner.Owner(output=descriptor).is_there()  # closed: nothing is known


def test_several_threads_ask():
    reader, writer = os.pipe()
    made = owner.Owner([os.getppid()], writer)
    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(lambda _turn: made.is_there(), range(2000)))
    os.close(reader)
    os.close(writer)
