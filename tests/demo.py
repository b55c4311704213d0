# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the playbooks of docs/examples step by step against the simulator, as a user runs them."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COLLECTION = Path("ansible_collections", "tencentcloud", "chat")
sys.path.insert(0, str(ROOT / "tests"))

from simulator import Simulator
from TLSSigAPIv2 import TLSSigAPIv2

APPS = {"shop": 1400000001, "news": 1400000002, "games": 1400000003}
BEFORE = {"9": "tier"}  # a name of the shop that no playbook lists
DECLARED = {"0": "sex", "1": "city", "2": "country"}
AFTER = {**DECLARED, **BEFORE}
INVENTORY = ("-i", "inventory.yml")
REPORT = ROOT / ".nox" / "demo" / "drift.html"
INTRODUCTION = """This demo runs the playbooks of docs/examples against a simulated Chat service on this machine.
It writes only to its own temporary directory, which it deletes at the end, and the drift report to
{report}

The apps: shop, news and games. The shop already has a push attribute that no playbook lists: attribute 9, named "tier".

Each step shows its command. To repeat a command with your own apps, copy docs/examples to a directory, and create
secrets.yml there with the secret keys of your apps: {{"chat_secret_keys": {{"shop": "..."}}}}
Here these variables select the simulator instead of the regions, and this collection:

$ cd {folder}
$ export TENCENT_CHAT_API_URL={url}
$ export TENCENT_CHAT_CA_PATH={ca_file}
$ export ANSIBLE_COLLECTIONS_PATH={collections}"""
COLORS = sys.stdout.isatty() and not any(os.environ.get(name) for name in ("NO_COLOR", "ANSIBLE_NOCOLOR"))
# Text that YAML, Jinja or Ansible would read as something else if it were not quoted.
MISREAD = {"0": "yes", "1": "2024", "2": "{{ 7 * 7 }}", "3": "城市: 'x'", "4": "# no", "5": "!unsafe x", "6": '"'}


class Demo:
    """Steps that each print what they do, do it, and check the result."""

    def __init__(self, simulator: Simulator, folder: Path, collections: str) -> None:
        self.keys = {name: secrets.token_hex(32) for name in APPS}
        self.simulator = simulator
        self.folder = folder
        self.step = 0
        shutil.copytree(Path(collections) / COLLECTION / "docs" / "examples", folder)
        (folder / "secrets.yml").write_text(json.dumps({"chat_secret_keys": self.keys}))
        self.apps = {
            name: simulator.add(number, secret_key=self.keys[name], names=dict(BEFORE) if name == "shop" else {})
            for name, number in APPS.items()
        }
        # The demo is the same for everyone: without the user's own ansible.cfg, and without these variables.
        others = re.compile(r"(ANSIBLE|TENCENT_CHAT)_|.*_proxy$", re.I)
        (folder / "home").mkdir()
        (folder / "home" / "ansible.cfg").touch()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not others.match(name)},
            "ANSIBLE_COLLECTIONS_PATH": collections,
            # Its output comes through a pipe, to be checked.
            "ANSIBLE_FORCE_COLOR" if COLORS else "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_CONFIG": str(folder / "home" / "ansible.cfg"),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_REMOTE_TMP": str(folder / "home" / "remote"),  # by default in the user's home directory
            "TENCENT_CHAT_API_URL": simulator.https_url,
            "TENCENT_CHAT_CA_PATH": simulator.ca_file,
        }
        addresses = {"url": simulator.https_url, "ca_file": simulator.ca_file, "report": REPORT}
        print(INTRODUCTION.format(folder=folder, collections=collections, **addresses), flush=True)

    def say(self, text: str) -> None:
        """Print the title of the next step."""
        self.step += 1
        title = f"== {self.step}. {text}"
        print("", f"\033[1m{title}\033[0m" if COLORS else title, sep="\n", flush=True)

    def run(
        self,
        playbook: str,
        *arguments: str,
        changed: int = 0,
        shows: str = "",
        keys: str = "secrets.yml",
        fails: str = "",
    ) -> None:
        """Run a playbook; it must report *changed* tasks and print *shows*. *fails* says why it must fail."""
        arguments += ("-e", f"@{keys}") if keys else ()
        if fails:
            print("This command is expected to fail:", fails)
        print("$", shlex.join(["ansible-playbook", playbook, *arguments]), flush=True)
        command = [str(Path(sys.executable).parent / "ansible-playbook"), playbook, *arguments]
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        output = ""  # without colors
        with subprocess.Popen(command, cwd=self.folder, env=self.environment, **pipe) as process:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                output += re.sub(r"\x1b\[[\d;]*m", "", line)
        code = process.returncode
        found = sum(int(number) for number in re.findall(r"changed=(\d+)", output))
        self.check(code == (2 if fails else 0), f"its exit status is {code}")
        self.check(found == changed, f"{found} changed instead of {changed}")
        self.check(shows in re.sub(r"\s+", " ", output), f"no {shows!r} in the output")
        for key in self.keys.values():
            self.check(key not in output, "a key in the output")
        if fails:
            print(f"The command failed as expected, with exit status {code}.", flush=True)

    def check(self, fine: bool, otherwise: str) -> None:
        if not fine:
            sys.exit(f"\nStep {self.step} did not do what it should: {otherwise}")

    def expect(self, app: str, names: dict[str, str]) -> None:
        """Check that the simulator stores these names."""
        found = self.apps[app].names
        self.check(found == names, f"{app} has {found} instead of {names}")
        print(f"The simulator now stores for {app}: {dict(sorted(found.items()))}", flush=True)


def declare_names(demo: Demo) -> None:
    demo.say("See what would change. Check mode with --diff writes nothing")
    demo.run("single_app.yml", "--check", "--diff", changed=1)
    demo.expect("shop", BEFORE)
    demo.say("Apply it. Attribute 9 is not listed, so it keeps its name")
    demo.run("single_app.yml", "--diff", changed=1)
    demo.expect("shop", AFTER)
    demo.say("Run it again. Nothing changes")
    demo.run("single_app.yml")
    demo.expect("shop", AFTER)
    demo.say("Set the names of several apps in a loop. The shop already has its names")
    demo.run("many_apps.yml", changed=1, shows="changed: [localhost] => (item=news)")
    demo.expect("news", {"0": "language", "1": "city"})
    demo.say("Set the names of apps in several regions, from an inventory")
    demo.run("many_regions.yml", *INVENTORY, changed=1)
    demo.expect("games", DECLARED)


def find_and_repair_drift(demo: Demo) -> None:
    demo.say('Find drift. The demo has just renamed "city" of the shop to "town", as if in the console')
    demo.apps["shop"].names["1"] = "town"
    REPORT.unlink(missing_ok=True)
    reason = "the drift report fails if an app differs from what is declared."
    shows = "shop: attribute 1 is 'town', declared as 'city'; attribute 9 ('tier') is not declared"
    report = ("tencentcloud.chat.drift_report", *INVENTORY, "-e", f"drift_report_dest={REPORT}")
    demo.run(*report, shows=shows, fails=reason)
    demo.check("1 of 3 apps has drifted." in REPORT.read_text(), "the report does not show the drift")
    print(f"Open the report in a browser: {REPORT}", flush=True)
    demo.expect("shop", {**AFTER, "1": "town"})
    demo.say("Repair it. The module warns of the rename")
    repair = ("many_regions.yml", *INVENTORY, "--limit", "shop", "--diff")
    demo.run(*repair, changed=1, shows="Attribute 1 is renamed from 'town' to 'city'")
    demo.expect("shop", AFTER)
    demo.say("Use a wrong key. The message contains the error code of the service and what to do")
    (demo.folder / "wrong.yml").write_text(json.dumps({"chat_secret_keys": {"shop": "0" * 64}}))
    reason = "the key in wrong.yml does not belong to the app."
    shows = "Check that secret_key belongs to sdkappid"
    demo.run("single_app.yml", shows=shows, keys="wrong.yml", fails=reason)
    demo.expect("shop", AFTER)


def reach_the_staff(demo: Demo) -> None:
    demo.say("Import the accounts of the staff, in all apps")
    print("Each app already has two accounts: 1002, which has no registered device, and 1003.")
    for app in demo.apps.values():
        app.users = {"1002": {"device": False}, "1003": {}}
    demo.run("accounts.yml", *INVENTORY, changed=3)
    for name, app in demo.apps.items():
        nicks = {account: app.profile(account)["nick"] for account in ("1001", "1002")}
        print(f"The simulator now stores for {name}: the accounts {list(app.users)}, with the nicknames {nicks}")
        demo.check(nicks == {"1001": "Ann", "1002": "Bob"}, "a nickname is missing")
    demo.say("Give the staff a city and tags. First see what would change, then apply it, then run it again")
    demo.run("staff.yml", *INVENTORY, "--check", "--diff", changed=6)
    demo.check(not any(app.tags("1001") for app in demo.apps.values()), "check mode wrote tags")
    demo.run("staff.yml", *INVENTORY, changed=6)
    demo.run("staff.yml", *INVENTORY)
    for name, app in demo.apps.items():
        print(f"The simulator now stores for {name}: 1002 has {app.attrs('1002')} and the tags {app.tags('1002')}")
        demo.check(set(app.tags("1002")) == {"staff", "canary"}, "a tag is missing")


def follow_a_push(demo: Demo) -> None:
    demo.say("Announce maintenance to the staff. Check mode shows the push as body, and sends nothing")
    shows = '"body": {"Condition": {"TagsOr": ["staff"]}, "MsgBody": '
    demo.run("announce.yml", *INVENTORY, "--check", "-v", changed=3, shows=shows)
    demo.check(not any(app.pushes for app in demo.apps.values()), "check mode sent a push")
    demo.say("Send it. Each app gets one push, for 1001 and 1002, and returns its task ID")
    demo.run("announce.yml", *INVENTORY, changed=3, shows="chat_sent.task_id")
    for name, app in demo.apps.items():
        recipients = [push["recipients"] for push in app.pushes]
        print(f"The push of {name} was sent to: {recipients}", flush=True)
        demo.check(recipients == [["1001", "1002"]], "the push was not sent to the staff once")
    demo.say("Follow up on the push of the shop: 1002 did not get it")
    push = demo.apps["shop"].pushes[0]
    one = (*INVENTORY, "--limit", "shop", "-e", f"chat_task_id={push['task_id']}")
    demo.run("follow_up.yml", *one, shows="total 2, sent 1, delivered 1")
    demo.say("Recall it. A second recall does not change anything")
    demo.run("recall.yml", *one, changed=1)
    demo.run("recall.yml", *one)
    print(f"The simulator now stores for this push: recalled, with {push.get('recall')}", flush=True)
    demo.check(push.get("recall", {}).get("Title") == "Recalled", "the push was not recalled")
    demo.check(not any("recalled" in demo.apps[name].pushes[0] for name in ("news", "games")), "another was recalled")


def export_and_restore(demo: Demo) -> None:
    demo.say("Export the names of all apps")
    print(
        "The news app now has names that YAML, Jinja or Ansible would misread without quotes, such as yes, 2024 and",
        "{{ 7 * 7 }}. The export has to keep them exactly as they are.",
    )
    demo.apps["news"].names = dict(MISREAD)
    export = (*INVENTORY, "-e", f"chat_export={demo.folder / 'names.yml'}")
    demo.run("export.yml", *export, changed=1)
    print("$ cat names.yml", (demo.folder / "names.yml").read_text(), sep="\n", flush=True)
    demo.say("Restore the names from the export, after the demo has deleted those of shop and news")
    demo.apps["shop"].names, demo.apps["news"].names = {}, {}
    demo.run("reapply.yml", *export, changed=2)
    demo.expect("shop", AFTER)
    demo.expect("news", MISREAD)


def run_the_shipped_playbook(demo: Demo) -> None:
    demo.say("Run the playbook of the collection on a list of apps. One app fails, the other one is still changed")
    demo.apps["news"].names = {}
    demo.apps["shop"].secret_key = "another"
    reason = "the demo has just replaced the secret key of the shop in the simulator."
    playbook = "tencentcloud.chat.push_attr_names"
    demo.run(playbook, "-e", "@apps.yml", changed=1, shows="fatal: [app-shop]", fails=reason)
    demo.expect("news", {"0": "language", "1": "city"})
    demo.say("Set the names of one app with the input of an AWX survey. The key comes from a credential")
    answers = {"chat_region": "frankfurt", "chat_sdkappid": APPS["games"], "chat_attr_names": "3: level"}
    print("The credential sets TENCENT_CHAT_SECRET_KEY to the key of games.", flush=True)
    demo.environment["TENCENT_CHAT_SECRET_KEY"] = demo.keys["games"]
    demo.run("survey.yml", "-e", json.dumps(answers), changed=1, keys="")
    demo.expect("games", {**DECLARED, "3": "level"})


def check_usersigs(demo: Demo) -> None:
    demo.say("Check when UserSigs expire, without the key")
    days = {"young": 180, "old": 2}
    print("The UserSig named young expires in 180 days, the one named old in 2 days.", flush=True)
    signed = {name: TLSSigAPIv2(APPS["games"], demo.keys["games"]).gen_sig(name, days[name] * 86400) for name in days}
    (demo.folder / "usersigs.yml").write_text(json.dumps({"chat_usersigs": signed}))
    reason = "a UserSig expires within a week."
    shows = "old: old of app 1400000003, only until"
    demo.run("usersig_expiry.yml", shows=shows, keys="usersigs.yml", fails=reason)


PARTS = (declare_names, find_and_repair_drift, reach_the_staff, follow_a_push, export_and_restore)
PARTS += (run_the_shipped_playbook, check_usersigs)


def main() -> None:
    """Run the demo with the collection of this checkout, or with one installed below the path that is given."""
    with tempfile.TemporaryDirectory(prefix="chat-demo-") as name, Simulator() as simulator:
        collections = str(Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else name
        if len(sys.argv) == 1:
            (Path(name) / COLLECTION).parent.mkdir(parents=True)
            (Path(name) / COLLECTION).symlink_to(ROOT)
        demo = Demo(simulator, Path(name) / "playbooks", collections)
        for part in PARTS:
            part(demo)
        print(f"\nAll {demo.step} steps did what they should.")


if __name__ == "__main__":
    main()
