# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, step by step, on the embedded simulator: the playbooks of docs/examples/ as a user runs them."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
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
DECLARED = {"0": "sex", "1": "city", "2": "country"}


class Demo:
    """Steps that each say what they do, do it, and check that it happened."""

    def __init__(self, simulator: Simulator, folder: Path, collections: str) -> None:
        self.keys = {name: secrets.token_hex(32) for name in APPS}
        self.simulator = simulator
        self.folder = folder
        self.examples = Path(collections) / COLLECTION / "docs" / "examples"
        self.step = 0
        (folder / "secrets.yml").write_text(json.dumps({"chat_secret_keys": self.keys}))
        self.apps = {
            name: simulator.add(number, secret_key=self.keys[name], names={"9": "tier"} if name == "shop" else {})
            for name, number in APPS.items()
        }
        clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.environment = {
            **clean,
            "ANSIBLE_COLLECTIONS_PATH": collections,
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_HOME": str(folder / "home"),
            "TENCENT_CHAT_API_URL": simulator.https_url,
            "TENCENT_CHAT_CA_PATH": simulator.ca_file,
        }

    def say(self, text: str) -> None:
        self.step += 1
        print(
            f"\n\033[1m== {self.step}. {text}\033[0m" if sys.stdout.isatty() else f"\n== {self.step}. {text}",
            flush=True,
        )

    def run(
        self,
        playbook: str,
        *arguments: str,
        code: int = 0,
        changed: int = 0,
        shows: str = "",
        keys: str = "secrets.yml",
    ) -> None:
        """Run a playbook; it has to end with *code*, *changed* tasks in its recap, and *shows* in its output."""
        print("$", shlex.join(["ansible-playbook", playbook, *arguments]), flush=True)
        command = [str(Path(sys.executable).parent / "ansible-playbook"), *arguments, playbook]
        command += ["-e", f"@{self.folder / keys}"] if keys else []
        process = subprocess.Popen(
            command,
            cwd=self.examples,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        output = ""
        for line in process.stdout or ():
            print(line, end="", flush=True)
            output += line
        found = sum(int(number) for number in re.findall(r"changed=(\d+)", output))
        self.check(process.wait() == code, f"exit status {process.returncode} instead of {code}")
        self.check(found == changed, f"{found} changed instead of {changed}")
        self.check(shows in re.sub(r"\s+", " ", output), f"no {shows!r} in the output")
        for key in self.keys.values():
            self.check(key not in output, "a key in the output")

    def check(self, fine: bool, otherwise: str) -> None:
        if not fine:
            sys.exit(f"\nStep {self.step} did not do what it should: {otherwise}")

    def holds(self, app: str, names: dict[str, str]) -> None:
        """The service has to hold these names."""
        found = self.apps[app].names
        self.check(found == names, f"{app} has {found} instead of {names}")
        print(f"The service holds for {app}: {found}", flush=True)


def play(demo: Demo) -> None:
    before = {"9": "tier"}
    after = {**DECLARED, **before}
    demo.say("What would change? Check mode with diff writes nothing")
    demo.run("single_app.yml", "--check", "--diff", changed=1)
    demo.holds("shop", before)
    demo.say("Apply it; a name that is not listed stays")
    demo.run("single_app.yml", "--diff", changed=1)
    demo.holds("shop", after)
    demo.say("Run it again: nothing changes")
    demo.run("single_app.yml")
    demo.holds("shop", after)
    demo.say("Several apps in a loop")
    demo.run("many_apps.yml", changed=1, shows="changed: [localhost] => (item=news)")
    demo.holds("news", {"0": "language", "1": "city"})
    demo.say("Several regions from an inventory")
    demo.run("many_regions.yml", "-i", "inventory.yml", changed=1)
    demo.holds("games", DECLARED)
    demo.say("Someone changes a name behind our back: city becomes town. The drift report tells")
    demo.apps["shop"].names["1"] = "town"
    demo.run("drift_report.yml", "-i", "inventory.yml", "--diff", code=2, changed=1, shows="shop has")
    demo.holds("shop", {**after, "1": "town"})
    demo.say("Repair it; the rename is warned of")
    demo.run("single_app.yml", "--diff", changed=1, shows="Attribute 1 is renamed from 'town' to 'city'")
    demo.holds("shop", after)
    demo.say("A wrong key fails with the service's code and what to do")
    wrong = demo.folder / "wrong.yml"
    wrong.write_text(json.dumps({"chat_secret_keys": {"shop": "0" * 64}}))
    demo.run("single_app.yml", code=2, shows="Check that secret_key belongs to sdkappid", keys="wrong.yml")
    demo.holds("shop", after)
    demo.say("Export what all apps have; lose it; re-apply it")
    nasty = {"0": "yes", "1": "2024", "2": "{{ 7 * 7 }}", "3": "城市: 'x'", "4": "# no", "5": "!unsafe x", "6": '"'}
    demo.apps["news"].names = dict(nasty)
    export = ("-i", "inventory.yml", "-e", f"chat_export={demo.folder / 'names.yml'}")
    demo.run("export.yml", *export, changed=1)
    print((demo.folder / "names.yml").read_text(), flush=True)
    demo.apps["shop"].names, demo.apps["news"].names = {}, {}
    demo.run("reapply.yml", *export, changed=2)
    demo.holds("shop", after)
    demo.holds("news", nasty)
    demo.say("A list of apps, by the playbook that comes with the collection; one of them fails, the others are done")
    demo.apps["news"].names = {}
    demo.apps["shop"].secret_key = "another"
    demo.run("tencentcloud.chat.push_attr_names", "-e", "@apps.yml", code=2, changed=1, shows="failed: shop: 70009")
    demo.holds("news", {"0": "language", "1": "city"})
    demo.say("One app, as a survey of Automation Platform or AWX asks for it; the key comes from a credential")
    answers = {"chat_region": "frankfurt", "chat_sdkappid": APPS["games"], "chat_attr_names": "3: level"}
    demo.environment["TENCENT_CHAT_SECRET_KEY"] = demo.keys["games"]
    demo.run("survey.yml", "-e", json.dumps(answers), changed=1, keys="")
    demo.holds("games", {**DECLARED, "3": "level"})
    demo.say("See that a UserSig is about to expire, without the key")
    days = {"young": 180, "old": 2}
    signed = {name: TLSSigAPIv2(APPS["games"], demo.keys["games"]).gen_sig(name, days[name] * 86400) for name in days}
    (demo.folder / "usersigs.yml").write_text(json.dumps({"chat_usersigs": signed}))
    demo.run("usersig_expiry.yml", code=2, shows="old: old of app 1400000003, only until", keys="usersigs.yml")


def main() -> None:
    """Play the demo with the collection of this checkout, or with one installed below the path that is given."""
    with tempfile.TemporaryDirectory(prefix="chat-demo-") as name, Simulator() as simulator:
        folder = Path(name)
        collections = str(Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else str(folder)
        if len(sys.argv) == 1:
            (folder / COLLECTION).parent.mkdir(parents=True)
            (folder / COLLECTION).symlink_to(ROOT)
        demo = Demo(simulator, folder, collections)
        play(demo)
        print(f"\nAll {demo.step} steps did what they should.")


if __name__ == "__main__":
    main()
