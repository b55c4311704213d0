# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control path of the simulator, and its command line."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import requests

TESTS = Path(__file__).resolve().parents[2]
GET = "v4/all_member_push/im_get_attr_name"


def test_it_can_be_started_from_a_shell_and_steered(tmp_path):
    apps = tmp_path / "apps.json"
    apps.write_text(json.dumps({"1400000001": {"secret_key": "k", "names": {"0": "sex"}}}))
    command = [sys.executable, "-m", "simulator", "--apps", str(apps), "--ca-file", str(tmp_path / "ca.pem")]
    command += ["--ready-file", str(tmp_path / "ready.json")]
    with (
        subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as running,
        contextlib.ExitStack() as end,
    ):
        end.callback(running.kill)
        assert running.stdout
        ready = json.loads(running.stdout.readline())
        assert json.loads((tmp_path / "ready.json").read_text()) == ready
        control = ready["http_url"] + "/control"

        def call(method: str, path: str, data: object = None) -> object:
            return requests.request(method, f"{control}/{path}", json=data, timeout=10).json()

        assert call("GET", "apps/1400000001")["names"] == {"0": "sex"}
        assert call("PATCH", "apps/1400000001", {"names": {"0": "town"}, "mode": "replace"})["mode"] == "replace"
        assert call("PUT", "apps/1400000002", {"secret_key": "k"})["writes"] == 0
        assert call("POST", "apps/1400000001/faults", [{"kind": "http", "status": 503}]) == 1
        assert call("POST", "apps/1400000001/random", {"rate": 0, "seed": 1, "kinds": ["cut"]}) is None
        url = f"{ready['https_url']}/{GET}?sdkappid=1400000001"
        assert requests.post(url, data="{}", verify=ready["ca_file"], timeout=10).status_code == 503
        assert [entry["fault"] for entry in call("GET", "log/1400000001")] == ["http"]
        assert call("GET", "log/1400000002") == []
        assert call("DELETE", "log") is None and call("GET", "log") == []
        for wrong in (("PATCH", "apps/1400000001", {"colour": 1}), ("GET", "apps/7", None), ("GET", "nothing", None)):
            assert "error" in call(*wrong)
        call("POST", "stop")
        assert running.wait(10) == 0
