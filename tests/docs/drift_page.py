# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make drift reports for the tests in a browser, and the screenshot of one for the front pages.

.venv/bin/python tests/docs/drift_page.py writes docs/docsite/rst/images/drift_report.webp. It needs a Chromium.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / ".nox" / "link")]

from playwright.sync_api import Browser, sync_playwright
from simulator import Simulator

IMAGE = ROOT / "docs" / "docsite" / "rst" / "images" / "drift_report.webp"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH, SCALE = 1200, 1.5

# The apps of the screenshot: region, what is declared, and what the app has.
NAMES = {0: "sex", 1: "city", 2: "country", 3: "language"}
APPS: dict[str, tuple[str, dict[int, str], dict[int, str]]] = {
    "shop": ("singapore", NAMES, {**NAMES, 1: "town"}),
    "music": ("singapore", {**NAMES, 7: "plan"}, NAMES),
    "news": ("frankfurt", {0: "language", 1: "city"}, {0: "language", 1: "city", 5: "tier"}),
    "chat": ("frankfurt", {**NAMES, 6: "device"}, {**NAMES, 6: "device"}),
    "games": ("frankfurt", {**NAMES, 4: "level"}, {**NAMES, 4: "level"}),
    "travel": ("frankfurt", NAMES, NAMES),
    "maps": ("tokyo", {0: "city"}, {0: "city"}),
}
TYPES = {"chat": {6: 1}}  # as declared; the app has type 0
WRONG_KEY = "maps"


def text(names: dict[int, Any]) -> dict[str, Any]:
    return {str(number): name for number, name in names.items()}


def example(folder: Path) -> Path:
    """Run the playbook for apps in the simulator, and return the page that it writes."""
    wanted = []
    with Simulator() as simulator:
        for number, (name, (region, declared, actual)) in enumerate(APPS.items(), 1400000001):
            types = dict.fromkeys(text(actual), 0)
            app = simulator.add(number, secret_key=f"key-of-{name}", names=text(actual), types=types)
            key = app.secret_key if name != WRONG_KEY else "key-of-another-app"
            options = {"region": region, "sdkappid": number, "secret_key": key, "api": "timpush"}
            wanted.append({"name": name, **options, "attr_names": declared, "attr_types": TYPES.get(name, {})})
        (folder / "apps.json").write_text(json.dumps({"push_attr_names_apps": wanted}))
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".nox" / "link"),
            "ANSIBLE_HOME": str(folder / "home"),
            "TENCENT_CHAT_API_URL": simulator.https_url,
            "TENCENT_CHAT_CA_PATH": simulator.ca_file,
        }
        command = [shutil.which("ansible-playbook", path=path), "tencentcloud.chat.drift_report", "-f", "8"]
        command += ["-e", "@apps.json", "-e", "drift_report_dest=drift.html"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    page = folder / "drift.html"
    assert done.returncode == 2 and page.exists(), done.stdout + done.stderr
    # The address of the simulator is not that of a region.
    page.write_text(page.read_text().replace(f" through {simulator.https_url.partition('//')[2]}", ""))
    return page


def written(folder: Path, results: list) -> Path:
    """Return the page about *results*, without running a playbook."""
    from ansible_collections.tencentcloud.chat.plugins.filter.drift_report import drift_report

    page = folder / "drift.html"
    command = "ansible-playbook names.yml --limit localhost,HOSTS"
    page.write_text(drift_report(results, "2026-11-29T03:00:00Z", "html", command))
    return page


def result(name: str, region: str, declared: dict[int, str], actual: dict[int, str] | None, **failed: object) -> list:
    """Return what the role registers about an app."""
    app = {"name": name, "sdkappid": 1400000001, "region": region, "api": "timpush", "attr_names": declared}
    found = failed if actual is None else {"attr_names": text(actual)}
    return [f"app-{name}", {"results": [{"drift_report_declared": app, **found}]}]


def many(number: int) -> list:
    """Return results for *number* apps, of which each twentieth has drifted and each fiftieth is unreadable."""
    regions = ("china", "singapore", "frankfurt", "silicon_valley")
    names = dict(enumerate(("sex", "city", "country", "language", "level", "device", "tier", "vip", "channel", "plan")))
    drifted = {**names, 1: "town", 9: "a-name-of-fifty-bytes-which-is-as-long-as-can-be-x"}
    failed = {"msg": "error 70009, UserSig generated with the key of another app.", "error_code": 70009}
    results = []
    for place in range(number):
        actual = None if place % 50 == 1 else names if place % 20 else drifted
        results.append(result(f"app-{place:03}", regions[place % len(regions)], names, actual, **failed))
    return results


def launch(playwright: Any) -> Browser:
    # Without one on the PATH it is that of "playwright install chromium".
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])


def screenshot(browser: Browser, page: Path) -> bytes:
    """Return the upper part of *page*, to the end of the table, as WebP."""
    with browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light") as tab:
        tab.goto(page.as_uri())
        end = tab.evaluate("document.querySelector('.sheet').getBoundingClientRect().bottom + 24")
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": end, "scale": SCALE}
        options = {"format": "webp", "quality": 60, "clip": clip, "captureBeyondViewport": True}
        shot = tab.context.new_cdp_session(tab).send("Page.captureScreenshot", options)
    return base64.b64decode(shot["data"])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        IMAGE.write_bytes(screenshot(browser, example(Path(folder))))
        browser.close()
    print(f"{IMAGE}: {IMAGE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
