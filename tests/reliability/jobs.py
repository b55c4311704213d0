# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job that can be killed, all processes that it started, and a service that is down at first."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulator import Simulator

LONGEST = 60.0  # seconds until a test fails
CONNECTIONS = 12  # the most requests of a task that are under way at once

# Runs a command as ansible-runner does for AWX, and cancels it when the file exists.
RUNNER = """
import os, sys, ansible_runner
folder, command = sys.argv[1], sys.argv[2:]
config = ansible_runner.RunnerConfig(private_data_dir=folder, playbook="unused.yml", quiet=True)
config.prepare()
config.command = command
config.pexpect_timeout = 1
ended = ansible_runner.Runner(config, cancel_callback=lambda: os.path.exists(f"{folder}/cancel")).run()
print(ended)
"""


# Becomes a command that these signals end, also if the tests run with nohup or in the background of a script.
HEEDING_SIGNALS = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


def until(condition: Callable[[], Any], what: str, job: Job | None = None) -> None:
    """Wait until *condition* returns something true. If it does not, show the output of *job*."""
    end = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < end, f"after {LONGEST:g} seconds still not: {what}\n{job.output if job else ''}"
        time.sleep(0.01)


class Job:
    """An ansible-playbook in a session of its own; use it with ``with``.

    All of its processes, also those in other sessions, are found by a variable of their environment.
    """

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path, runner: bool) -> None:
        self.folder, value = folder, uuid.uuid4().hex
        self._mark = f"CHAT_JOB={value}".encode()
        self._output = folder / "output"
        if runner:
            command = [sys.executable, "-c", RUNNER, str(folder), *command]
        command = [sys.executable, "-S", "-c", HEEDING_SIGNALS, *command]
        variables = {**environment, "CHAT_JOB": value, "PYTHONUNBUFFERED": "1"}  # the output shows at once
        with self._output.open("wb") as output:
            ends = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            self.process = subprocess.Popen(command, env=variables, start_new_session=True, **ends)

    def __enter__(self) -> Job:
        return self

    def __exit__(self, *_: object) -> None:
        until(lambda: not self._kill_all(), "all processes of a job are gone")
        self.process.wait()

    def _kill_all(self) -> list[int]:
        found = self.processes()
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return found

    @property
    def output(self) -> str:
        return self._output.read_text(errors="replace")

    def processes(self) -> list[int]:
        """Return the processes of the job that still run."""
        return [int(path.name) for path in Path("/proc").glob("[0-9]*") if self._is_mine(path)]

    def _is_mine(self, path: Path) -> bool:
        try:
            return self._mark in (path / "environ").read_bytes().split(b"\0")
        except OSError:  # it ended, or it belongs to another user
            return False

    def wait(self) -> None:
        """Wait until the main process has ended. From then on, its children have another parent."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(LONGEST)
        assert self.process.returncode is not None, self.output

    def kill(self, name: str) -> None:
        self.process.send_signal(getattr(signal, name))
        self.wait()

    def cancel(self) -> None:
        """Cancel a job of ansible-runner."""
        (self.folder / "cancel").touch()
        self.wait()
        assert "canceled" in self.output, self.output

    def ends(self, unless: Callable[[], Any]) -> None:
        """Wait until no process of the job is left, so that nothing can be sent any more, or *unless* is true."""
        until(lambda: unless() or not self.processes(), "all processes of the job have ended")


class DownAtFirst:
    """A service that cannot be reached until comes_back(); use it with ``with``.

    silent -- accept connections and never respond, instead of resetting them
    """

    def __init__(self, silent: bool = False) -> None:
        self._silent = silent
        self._held: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.attempts = 0
        self.simulator = Simulator(ports=(0, port))
        self.https_url, self.ca_file = f"https://127.0.0.1:{port}", self.simulator.ca_file
        self._thread = threading.Thread(target=self._turn_away, daemon=True)
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> DownAtFirst:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_listening()
        self._stack.close()

    def _turn_away(self) -> None:
        with contextlib.suppress(OSError):  # it stops listening
            while True:
                self._held.append(self._listener.accept()[0])
                self.attempts += 1
                if not self._silent:
                    self._reset()

    def _reset(self) -> None:
        while self._held:
            with self._held.pop() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _stop_listening(self) -> None:
        with contextlib.suppress(OSError):  # on a second call
            self._listener.shutdown(socket.SHUT_RDWR)  # ends accept()
        self._thread.join()
        self._listener.close()
        self._reset()

    def comes_back(self) -> None:
        """Serve on the same port from now on."""
        self._stop_listening()
        self._stack.enter_context(self.simulator)


def under_way(requests: list[dict]) -> int:
    """Return how many requests have arrived and have not been applied yet."""
    return sum(entry["answered"] is None for entry in requests)


def settled(simulator: Simulator, sdkappid: int) -> list[dict]:
    """Return the requests of an app of a job that has ended, once the last of them was applied."""
    seen: list[dict] = []

    def is_quiet() -> bool:
        before, seen[:] = len(seen), simulator.requests(sdkappid)
        time.sleep(0.05)  # a request that was sent completely may not be in the log yet
        return before == len(simulator.requests(sdkappid)) and not under_way(seen)

    until(is_quiet, "the service is quiet")
    return seen
