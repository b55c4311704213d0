# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README and the guides, and a reader who saves the files and types the commands.

- The commands of a ``console`` block begin with "$ ". A line that ends with a backslash continues.
- The lines below a command must appear in its output, one after the other. "..." stands for any text in a line; as
  a line of its own, for any lines. Ansible prints hosts as they finish, so their messages may appear in another order.
- A command must succeed, unless the next one is "echo $?", below which the page shows the exit status.
- "Save ... as ``NAME``" before a block makes it a file. A block that is captioned "In a second shell ..." runs in one
  that knows nothing of the first.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from conftest import BIN, ROOT
from simulator import Simulator
from TLSSigAPIv2 import TLSSigAPIv2


def restructured(markdown: str) -> str:
    """Return *markdown* with its code blocks and literals in the form of the guides."""
    fences = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
    text = re.sub(r"(?<!`)`(?!`)", "``", markdown)
    return fences.sub(lambda block: f".. code-block:: {block[1]}\n\n{textwrap.indent(block[2], '   ')}", text)


DOCSITE = ROOT / "docs" / "docsite"
README = restructured((ROOT / "README.md").read_text())
# In the order of the sidebar. The Chinese pages have the same blocks as the English ones: tests/unit/test_chinese.py.
GUIDES = {
    page: (DOCSITE / "rst" / f"{page}.rst").read_text()
    for section in yaml.safe_load((DOCSITE / "extra-docs.yml").read_text())["sections"]
    for page in section["toctree"]
    if page.startswith("guide_") and not page.endswith("_zh")
}

# What a reader does and a test cannot do, and what it does instead. The replacements are templates of Reader.values.
INSTEAD = {
    # Tests do not need the network, and Galaxy does not have this version yet.
    r"collection install (\\\n +)?(git\+https://github\.com/ansible-collections/)?tencentcloud\.chat": (
        "collection install --offline {tarball}"
    ),
    r"name: https://github\.com/ansible-collections/tencentcloud\.chat, type: git, version: main": (
        "name: {tarball}, type: file"
    ),
    r"(ansible-galaxy collection install)( -r \S+)": r"\1 --offline\2",
    # This fails if a package is missing in this environment.
    r"(python3?) -m pip install ([\w -]+)": r"{python} -m pip install --quiet --no-index \2",
    # A new environment with these packages is this environment; without the next step it is not in PATH.
    r"python3 -m venv venv": "mkdir -p venv/bin && echo PATH={bin}:$PATH > venv/bin/activate",
    r"git clone https://github\.com/ansible-collections/tencentcloud\.chat": "ln -s {root} tencentcloud.chat",
    # test_demo.py plays it.
    r"make (-C \S+ )?demo": r"make \1--dry-run demo PYTHON={python} > /dev/null",
    # There is nobody to type the password, or to paste the latest file into the editor.
    r"--ask-vault-pass": "--vault-password-file {password}",
    r"ansible-vault (create|edit) (\S+)": r"EDITOR='cp {folder}/pasted' ansible-vault \1 \2"
    r" --vault-password-file {password}",
    r"ansible-vault create": "ansible-vault create --skip-tty-check",
    # Fixed ports may be in use.
    r"\b8080\b": "{http_port}",
    r"\b8443\b": "{https_port}",
    r"http://127\.0\.0\.1:5000": "http://127.0.0.1:{webhook_port}",
    r"https://awx\.example\.org": "{awx}",
    # Tests do not need a container engine.
    r"ansible-builder build(.*) \\\n +--tag \S+": r"ansible-builder create\1",
    r"~/\.chat_vault_password": "{password}",
    # The placeholders of two UserSigs.
    r"eJwVj\.\.\.": "{usersig_shop}",
    r"eJxNj\.\.\.": "{usersig_news}",
    # The service gives each push another one.
    r"chat_task_id=1400000001_\.\.\.": "chat_task_id={task_id}",
}

KEYS = {"shop": "5bd2...", "news": "8c41...", "games": "f06a..."}  # as the pages abbreviate them
APPS = {"shop": 1400000001, "news": 1400000002, "games": 1400000003}


class Block(NamedTuple):
    """A code block, with the file that it is to be saved as, or nothing."""

    language: str
    caption: str
    saved_as: str
    text: str


def blocks(page: str) -> list[Block]:
    """Return the code blocks of a page, in order."""
    found = []
    for match in re.finditer(r"^\.\. code-block:: (\w+)\n((?:   :\w+:.*\n)*)\n((?:   .*\n|\n)+)", page, re.M):
        before = page[: match.start()].rstrip().rpartition("\n\n")[2]
        saved_as = re.search(r"\bSave\b[^`]*\bas\s+``([\w./-]+)``", before)
        caption = re.search(r":caption: (.*)", match[2])
        text = textwrap.dedent(match[3]).strip("\n") + "\n"
        found.append(Block(match[1], caption[1] if caption else "", saved_as[1] if saved_as else "", text))
    assert len(found) == page.count(".. code-block::")
    return found


def commands(text: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the output that the page shows."""
    first, *parts = re.split(r"^\$ ", text, flags=re.M)
    assert not first
    split = [re.match(r"((?:.*\\\n)*.*\n)((?:.*\n)*)", part) for part in parts]
    return [(match[1].rstrip("\n"), match[2].strip("\n")) for match in split]


def pattern(shown: str) -> str:
    """Return the regular expression for output that has the lines *shown*."""
    found = r"(?:^|\n)"
    for line in shown.splitlines():
        found += r"(?:.*\n)*?" if line == "..." else re.escape(line.rstrip()).replace(r"\.\.\.", ".*") + r"[ ]*\n"
    return found


def orders(shown: str) -> Iterator[str]:
    """Return the lines *shown* in each order of those that are messages of hosts."""
    lines = shown.splitlines()
    places = [place for place, line in enumerate(lines) if line.startswith('..."msg": ')]
    for order in itertools.permutations(places):
        moved = dict(zip(places, order))
        yield "\n".join(lines[moved.get(place, place)] for place in range(len(lines)))


class Shell:
    """A bash to type commands into. Its environment and directory last from one command to the next."""

    END = "-- end of the command:"

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        command = ["bash", "--noprofile", "--norc"]
        self.process = subprocess.Popen(command, cwd=folder, env=environment, **pipes, start_new_session=True)

    def type(self, command: str, lines: int) -> tuple[int | None, str]:
        """Return the exit status and the output; for a server, which does not end, None and the first *lines*."""
        serves = re.search(r" -m simulator |^ansible-rulebook ", command)
        # $? has to be that of the command, because the next one may be "echo $?".
        end = f"status=$?; printf '\\n%s %s\\n' '{self.END}' $status; (exit $status)"
        self.process.stdin.write(f"{{ {command}\n}} </dev/null\n{end}\n")
        self.process.stdin.flush()
        output = ""
        if serves and not lines:
            return None, output
        for line in self.process.stdout:
            if line.startswith(self.END):
                return int(line.rpartition(" ")[2]), output
            output += line
            if serves and output.count("\n") == lines:
                return None, output
        raise AssertionError(f"the shell ended: {output}")

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.communicate()


def free_port() -> int:
    """Return a port that is free, and below those that the system gives to anyone who asks for any port."""
    for port in random.sample(range(20000, 32000), 100):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port")


def user_environment(home: Path, programs: Path) -> dict[str, str]:
    """Return the environment of a user who has nothing but these programs."""
    return {
        "HOME": str(home),
        "ANSIBLE_REMOTE_TMP": str(home / "remote"),  # by default in the home directory of the account
        "PATH": f"{programs}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "COLUMNS": "80",
    }


class Reader:
    """Somebody in a directory who types commands. *values* is what Reader.instead needs."""

    def __init__(self, folder: Path, environment: dict[str, str], apps: dict, values: dict[str, Any]) -> None:
        folder.mkdir()
        self.folder, self.environment, self.apps = folder, environment, apps
        self.values = {**values, "folder": folder}
        self.shells: dict[str, Shell] = {}

    def instead(self, text: str) -> str:
        """Return *text* with all that is in INSTEAD replaced."""
        pushes = self.apps["shop"].pushes
        values = {**self.values, "task_id": pushes[-1]["task_id"] if pushes else ""}
        for said, done in INSTEAD.items():
            if re.search(said, text):
                template = re.sub(r"\{(\w+)\}", lambda name: str(values[name[1]]), done)
                text = re.sub(said, template, text)
        return text

    def follow(self, page: str) -> None:
        for block in blocks(page):
            if block.language == "console":
                second = block.caption if block.caption.startswith("In a second shell") else ""
                self.type(self.instead(block.text), second)
            else:
                self.save(block)

    def save(self, block: Block) -> None:
        (self.folder / "pasted").write_text(self.instead(block.text))
        if block.saved_as:
            target = self.folder / block.saved_as
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / "pasted", target)

    def type(self, text: str, shell: str) -> None:
        if shell not in self.shells:
            self.shells[shell] = Shell(self.folder, self.environment)
        typed = commands(text)
        for (command, shown), (following, _shown) in zip(typed, [*typed[1:], ("", "")]):
            status, output = self.shells[shell].type(command, len(shown.splitlines()))
            said = f"$ {command}\n{output}"
            assert not status or following == "echo $?", f"exit status {status} of {said}"
            assert any(re.search(pattern(order), output) for order in orders(shown)), (
                f"the page shows\n{shown}\nbut:\n{said}"
            )

    def close(self) -> None:
        for shell in self.shells.values():
            shell.close()


@contextlib.contextmanager
def reading(home: Path, tarball: Path | None = None) -> Iterator[Reader]:
    """Provide somebody in an empty directory, with a service that has three apps."""
    users = {"1002": {"online": False, "device": False}, "2001": {"tags": ["canary"]}}
    password = home / "password"
    password.write_text("a password\n")
    values = {"root": ROOT, "bin": BIN, "python": sys.executable, "tarball": tarball, "password": password}
    values |= {"http_port": free_port(), "https_port": free_port()}
    values |= {f"usersig_{app}": TLSSigAPIv2(APPS[app], KEYS[app]).gen_sig("administrator") for app in APPS}
    with Simulator() as simulator:
        service = {"TENCENT_CHAT_API_URL": simulator.https_url, "TENCENT_CHAT_CA_PATH": simulator.ca_file}
        apps = {
            name: simulator.add(number, secret_key=KEYS[name], users=copy.deepcopy(users))
            for name, number in APPS.items()
        }
        reader = Reader(home / "work", {**user_environment(home, BIN), **service}, apps, values)
        with contextlib.closing(reader):
            yield reader


def add_examples(folder: Path) -> None:
    """Add the examples, and the keys of all apps in a vault."""
    shutil.copytree(ROOT / "docs" / "examples", folder, dirs_exist_ok=True)
    vault = VaultLib([("default", VaultSecret(b"a password"))])
    (folder / "secrets.yml").write_bytes(vault.encrypt(yaml.safe_dump({"chat_secret_keys": KEYS})))
