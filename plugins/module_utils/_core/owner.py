# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Checks whether the processes that started a task still exist.

A worker of Ansible, and a module that a worker started, continue after Ansible's main process was killed.
"""

from __future__ import annotations

import os
import re
import select
from collections.abc import Sequence

_NOBODY = -1
# Ansible starts a module with shells ("sh -c COMMAND") and with the program of become.
_SHELLS = {"ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "mksh", "sh", "tcsh", "yash", "zsh"}
_BECOME = {"doas", "dzdo", "ksu", "pbrun", "pfexec", "pmrun", "run0", "runuser", "sesu", "su", "sudo"}
_SSH_SERVERS = {"dropbear", "sshd"}  # the listener may end before the session that it forked
_ANSIBLE = {"ansible", "ansible-console", "ansible-playbook"}  # they run modules only in workers, which they fork


class Owner:
    """The processes that started a task.

    parents -- the parent of this process, its parent, and so on
    output -- the file descriptor from which the owner gets the result
    """

    def __init__(self, parents: Sequence[int] = (), output: int | None = None) -> None:
        self.parents = tuple(parents)
        self._output = output

    def is_there(self) -> bool:
        """Return whether each parent is the same as before, and the result has a reader. Takes microseconds."""
        if self.parents and os.getppid() != self.parents[0]:
            return False
        # If a process ends, its children get another parent. So a process ID that is used again does not matter.
        same = all(_parent(child) in (parent, None) for child, parent in zip(self.parents, self.parents[1:]))
        return same and (self._output is None or _has_reader(self._output))


def owner_in_process() -> Owner:
    """Return the process that forked this worker of Ansible. In any other process, the owner always exists."""
    import multiprocessing  # a module does not need it

    main = multiprocessing.parent_process()
    return Owner() if main is None or main.pid is None else Owner([main.pid])


def owner_of_module() -> Owner:
    """Return the ancestors of this module up to Ansible's main process, and the reader of its result.

    The reader matters over SSH: if connections are shared, the session process of sshd outlives the task. A missing
    reader also shows that a worker ended before this call. Without /proc, the only known ancestor is the parent.
    """
    return Owner(_ancestors(), output=1)


def _ancestors() -> list[int]:
    """Return the ancestors up to the process that started the module, and the process that forked it.

    A worker is a fork of the main process, so both have the same command line. The processes above the main process
    are left out: a terminal, a shell or a CI runner may end before the job.
    """
    found = [os.getppid()]
    while True:
        command, parent = _command(found[-1]), _parent(found[-1])
        if not command or not parent:  # hidden, outside this container, or without /proc
            return found
        if _passes_on(command):
            found.append(parent)
            continue
        above = _command(parent)
        if above == command and _name(command[0]) not in _SSH_SERVERS:
            return [*found, parent]
        is_orphan = above is not None and any(_name(word) in _ANSIBLE for word in command[:4])
        return [*found, _NOBODY] if is_orphan else found


def _passes_on(command: list[str]) -> bool:
    """Return whether *command* only runs another one. A shell without -c is a terminal or a script."""
    name = _name(command[0])
    return name in _BECOME or (name in _SHELLS and any(re.fullmatch("-[a-z]*c", word) for word in command))


def _name(word: str) -> str:
    """Return "sh" for "/bin/sh", for "-sh", and for a process title such as "sh: title"."""
    return (word if word[:1] == "/" else word.partition(" ")[0]).rpartition("/")[2].strip("-:")


def _command(pid: int) -> list[str] | None:
    line = _read(pid, "cmdline")
    return line.decode("utf-8", "replace").split("\0") if line else None if line is None else []


def _parent(pid: int) -> int | None:
    """Return the parent of a process, 0 if the process does not exist, or None if that is not known."""
    status = _read(pid, "stat")
    fields = (status or b"").rpartition(b")")[2].split()  # the name before it may contain blanks and parentheses
    return 0 if status == b"" else int(fields[1]) if b"".join(fields[1:2]).isdigit() else None


def _read(pid: int, name: str) -> bytes | None:
    """Return a file of a process, nothing if the process does not exist, or None if that is not known."""
    try:
        with open(f"/proc/{pid}/{name}", "rb", buffering=0) as file:
            return file.read()
    except OSError as error:  # others, such as too many open files, do not concern the process
        return b"" if isinstance(error, (FileNotFoundError, ProcessLookupError)) else None


def _has_reader(output: int) -> bool:
    """Return False if *output* is a pipe, socket or terminal, and nothing can read at its other end."""
    if not hasattr(select, "poll"):  # an old macOS
        return True
    poll = select.poll()  # threads must not share a poll object
    poll.register(output, 0)
    return not any(events & (select.POLLERR | select.POLLHUP) for _output, events in poll.poll(0))
