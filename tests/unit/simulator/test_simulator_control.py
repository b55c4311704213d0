# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoints of the simulator, and its command line."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from live.contract import PUSH
from simulator.app import App
from simulator.control import ROUTES
from simulator.core import COMMANDS
from simulator.faults import KINDS

TESTS = Path(__file__).resolve().parents[2]
GET = "v4/all_member_push/im_get_attr_name"
COMMAND = [sys.executable, "-m", "simulator"]


def test_it_can_be_started_and_controlled_from_a_shell(tmp_path):
    apps, folder = tmp_path / "apps.json", tmp_path / "temporary"
    folder.mkdir()
    apps.write_text(json.dumps({"1400000001": {"secret_key": "k", "names": {"0": "sex"}}}))
    command = [*COMMAND, "--apps", str(apps), "--ready-file", str(tmp_path / "ready.json")]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with (
        subprocess.Popen(command, cwd=TESTS, env=environment, stdout=subprocess.PIPE, text=True) as running,
        contextlib.ExitStack() as end,
    ):
        end.callback(running.kill)
        assert running.stdout
        ready = json.loads(running.stdout.readline())
        assert json.loads((tmp_path / "ready.json").read_text()) == ready
        assert Path(ready["ca_file"]).is_relative_to(folder)

        def call(method: str, path: str, data: object = None) -> object:
            return requests.request(method, f"{ready['http_url']}/control/{path}", json=data, timeout=10).json()

        assert call("GET", "apps/1400000001")["names"] == {"0": "sex"}
        changed = call("PATCH", "apps/1400000001", {"names": {"1": "town"}, "mode": "replace"})
        assert (changed["names"], changed["mode"]) == ({"0": "sex", "1": "town"}, "replace")
        assert call("PUT", "apps/1400000002", {"secret_key": "k"})["writes"] == 0
        assert call("POST", "apps/1400000001/faults", [{"kind": "http", "status": 503}]) == 1
        url = f"{ready['https_url']}/{GET}?sdkappid=1400000001"
        assert requests.post(url, data="{}", verify=ready["ca_file"], timeout=10).status_code == 503
        assert [entry["fault"] for entry in call("GET", "log/1400000001")] == ["http"]
        assert call("GET", "log/1400000002") == []
        assert call("DELETE", "log") is None and call("GET", "log") == []
        call("POST", "stop")
        assert running.wait(10) == 0
    assert list(folder.iterdir()) == []


def test_it_removes_its_files_when_it_is_terminated(tmp_path):
    environment, ca_file = {**os.environ, "TMPDIR": str(tmp_path)}, tmp_path / "ca.pem"
    command = [*COMMAND, "--ca-file", str(ca_file)]
    with subprocess.Popen(command, cwd=TESTS, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert json.loads(running.stdout.readline())["ca_file"] == str(ca_file)
        running.terminate()
        assert running.wait(10) == 0
    assert list(tmp_path.iterdir()) == [ca_file]


@pytest.fixture
def control(simulator):
    def send(method: str, path: str, data: object = None) -> tuple[int, object]:
        body = data if isinstance(data, bytes) else json.dumps(data) if data is not None else None
        answer = requests.request(method, f"{simulator.http_url}/control/{path}", data=body, timeout=10)
        assert answer.text.endswith("\n")
        return answer.status_code, answer.json()

    return send


APP = "apps/1400000001"
WRONG_FAULTS = [
    ({"kind": "cats"}, "there is no fault of kind 'cats'; the kinds are code, http"),
    ({"kind": None}, "there is no fault of kind None"),
    ({"kind": ["cut"]}, "there is no fault of kind"),
    ({"kind": "cut", "status": 500}, "a fault of kind cut does not accept 'status'; it accepts command"),
    ({"kind": "http", "status": "500"}, "status of a fault must be like 502, not '500'"),
    ({"kind": "http", "status": True}, "status of a fault must be like 502, not True"),
    ({"kind": "slow", "seconds": "x"}, "seconds of a fault must be like 0.05"),
    ({"kind": "cut", "command": 5}, "command of a fault must be like '', not 5"),
    ({"kind": "http", "retry_after": 5}, "retry_after of a fault must be like '', not 5"),
    ({"kind": "interim", "status": 200}, "status of an interim response must be 100, 102 or 103, not 200"),
    ({"kind": "encoded", "encoding": "br"}, "encoding of a fault must list gzip or deflate, not 'br'"),
    ({"kind": "bytes", "body": "城"}, "body of a fault of kind bytes must be characters up to U+00FF, not '城'"),
    ("cut", "a fault must be a map with a kind"),
    ({"status": 5}, "a fault must be a map with a kind"),
]


@pytest.mark.parametrize(
    ("method", "path", "data", "status", "message"),
    [
        ("PATCH", APP, {"mode": "replace", "colour": 1}, 400, "an app has no setting 'colour'; the settings are"),
        ("PATCH", APP, {"mode": "mix"}, 400, "mode must be one of merge, replace, not 'mix'"),
        ("PATCH", APP, {"mode": ["merge"]}, 400, "mode must be one of merge, replace, not ['merge']"),
        ("PATCH", APP, {"names": ["sex"]}, 400, "names must be a map, not ['sex']"),
        ("PATCH", APP, {"delay": "1"}, 400, "delay must be a number, not '1'"),
        ("PATCH", APP, {"pushes_per_day": True}, 400, "pushes_per_day must be an integer, not True"),
        ("PATCH", APP, {"users": {"ann": None}}, 400, "users['ann'] must be a map, not None"),
        ("PATCH", APP, {"users": {"ann": {"tag": []}}}, 400, "users['ann'] has no key 'tag'; the keys are attrs, tags"),
        ("PATCH", APP, {"users": {"ann": {"tags": "a"}}}, 400, "users['ann']['tags'] must be a list, not 'a'"),
        ("PATCH", APP, {"users": {"ann": {"nick": 7}}}, 400, "users['ann']['nick'] must be a string, not 7"),
        ("PATCH", APP, {"users": {"ann": {"device": 1}}}, 400, "users['ann']['device'] must be true or false, not 1"),
        ("PATCH", APP, {"failing_users": {"ann": "x"}}, 400, "failing_users['ann'] must be an integer, not 'x'"),
        ("PATCH", APP, {"failing_users": {"ann": {}}}, 400, "failing_users['ann']['code'] must be an integer"),
        ("PATCH", APP, {"codes": {"colour": 1}}, 400, "codes has no case 'colour'; the cases are account"),
        ("PATCH", APP, {"sdkappid": 1}, 400, "sdkappid cannot be changed"),
        ("PATCH", APP, ["names"], 400, "settings must be a map, not ['names']"),
        ("PATCH", APP, b"{", 400, "Expecting property name"),
        ("PATCH", APP, b"\xff", 400, "utf"),
        ("PATCH", APP, b"[" * 100_000, 400, "recursion"),
        ("PATCH", "apps/7", {}, 404, "there is no app 7; add it with PUT /control/apps/7"),
        ("PUT", "apps/7", {"colour": 1}, 400, "an app has no setting 'colour'"),
        ("PUT", "apps/7", {"sdkappid": 8}, 400, "sdkappid is in the path already"),
        ("GET", "apps/seven", None, 404, "'seven' is not an SDKAppID"),
        ("GET", "apps/7/pushes", None, 404, "there is no app 7"),
        ("GET", "nothing", None, 404, "no such path or method; there are PUT apps/{number}"),
        ("PUT", "log", None, 404, "no such path or method"),
        ("POST", f"{APP}/faults", {"kind": "cut"}, 400, "faults must be a list"),
        *(("POST", f"{APP}/faults", [{"kind": "cut"}, wrong], 400, message) for wrong, message in WRONG_FAULTS),
        ("POST", f"{APP}/random", {"rate": 1}, 400, "random faults take rate, seed and kinds"),
        ("POST", f"{APP}/random", {"rate": 2, "seed": 1, "kinds": ["cut"]}, 400, "rate must be a number from 0 to 1"),
        ("POST", f"{APP}/random", {"rate": 1, "seed": "a", "kinds": ["cut"]}, 400, "seed must be an integer"),
        ("POST", f"{APP}/random", {"rate": 1, "seed": 1, "kinds": []}, 400, "kinds must be a list of kinds"),
        ("POST", f"{APP}/random", {"rate": 1, "seed": 1, "kinds": ["cats"]}, 400, "there is no fault of kind 'cats'"),
    ],
)
def test_a_wrong_request_changes_nothing(simulator, app, control, method, path, data, status, message):
    before = app.state()
    answered, answer = control(method, path, data)
    assert (answered, set(answer)) == (status, {"error"})
    assert message in answer["error"]
    assert app.state() == before and not simulator.faults[app.sdkappid].queue
    assert simulator.faults[app.sdkappid].take("x") is None and 7 not in simulator.service.apps


def test_random_and_queued_faults_can_be_stopped(simulator, app, control, post):
    assert control("POST", f"{APP}/random", {"rate": 1, "seed": 1, "kinds": ["code"]}) == (200, None)
    assert control("POST", f"{APP}/faults", [{"kind": "code", "code": 60018}]) == (200, 1)
    assert post()[0] == 60018 and post()[0] == 60008
    assert control("POST", f"{APP}/faults", [{"kind": "code", "code": 60018}]) == (200, 1)
    assert control("DELETE", f"{APP}/random") == (200, None)
    assert control("DELETE", f"{APP}/faults") == (200, None)
    assert post()[0] == 0


def test_users_pushes_and_deliveries_are_on_the_control_path(app, control, post):
    users = {"ann": {"tags": ["staff"]}, "城/市": {"attrs": {"sex": "m"}}}
    assert control("PATCH", APP, {"users": users, "names": {"0": "sex"}})[1]["users"] == users
    task_id = post("im_push", {**PUSH, "Condition": {"AttrsOr": {"sex": "m"}}})[1]["TaskId"]
    _status, (push,) = control("GET", f"{APP}/pushes")
    assert (push["task_id"], push["recipients"]) == (task_id, ["城/市"])
    assert control("GET", f"{APP}/deliveries/城%2F市") == (200, [push])
    assert control("GET", f"{APP}/deliveries/ann") == (200, [])


@pytest.mark.parametrize("setting", ["names", "timpush_names"])
def test_names_are_changed_one_by_one_as_at_the_console(app, control, setting):
    setattr(app, setting, {"0": "sex", "1": "city"})
    assert control("PATCH", APP, {setting: {"0": "gender", "2": "country"}})[0] == 200
    assert getattr(app, setting) == {"0": "gender", "1": "city", "2": "country"}
    assert control("PATCH", APP, {setting: {"1": None, "9": None}})[1][setting] == {"0": "gender", "2": "country"}


def test_ten_thousand_users_can_be_added(simulator, control):
    users = {f"user{index}": {"attrs": {"sex": "x" * 50}, "tags": ["t" * 50]} for index in range(10_000)}
    assert control("PUT", "apps/1400000099", {"users": users})[0] == 200
    assert simulator.service.apps[1400000099].users == users


def test_the_service_accepts_a_body_of_at_most_a_megabyte(simulator, app):
    answer = requests.post(f"{simulator.http_url}/{GET}?sdkappid={app.sdkappid}", data=b" " * (2**20 + 1), timeout=10)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("arguments", "apps", "message"),
    [
        (["--apps", "{file}"], {"1400000001": {"colour": 1}}, "an app has no setting 'colour'"),
        (["--apps", "{file}"], {"1400000001": []}, "settings must be a map, not []"),
        (["--apps", "{file}"], [], "must be a map"),
        (["--apps", "{file}"], {"x": {}}, "'x'"),
        (["--apps", "{file}/none"], {}, "Not a directory"),
        (["--http-port", "{port}"], {}, "address already in use"),
        (["--https-port", "{port}"], {}, "address already in use"),
        (["--ca-file", "{file}/ca.pem"], {}, "Not a directory"),
        (["--ready-file", "{file}/ready.json"], {}, "Not a directory"),
    ],
)
def test_wrong_arguments_on_the_command_line_get_one_clear_line(tmp_path, arguments, apps, message):
    file = tmp_path / "apps.json"
    file.write_text(json.dumps(apps))
    with socket.create_server(("127.0.0.1", 0)) as busy:
        given = [one.format(file=file, port=busy.getsockname()[1]) for one in arguments]
        run = subprocess.run([*COMMAND, *given], cwd=TESTS, capture_output=True, text=True, timeout=30, check=False)
    assert (run.returncode, run.stdout) == (2, "") and message in run.stderr
    assert run.stderr.startswith("simulator: ") and run.stderr.count("\n") == 1


def test_the_readme_lists_everything():
    text = (TESTS / "simulator" / "README.md").read_text()
    listed = [*KINDS, *(field.name for field in dataclasses.fields(App))]
    listed += [path.split("/")[2] for path in COMMANDS]
    assert [name for name in listed if f"`{name}`" not in text] == []
    for route in ROUTES:
        method, path = route.replace("{number}", "N").replace("{account:.+}", "ACCOUNT").split(" ")
        assert f"`{method} /control/{path}`" in text
