# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator is as strict as the service, judged by plain requests and the vendor's own signer."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
import TLSSigAPIv2
from simulator.service import Names

TESTS = Path(__file__).resolve().parents[1]
GET, SET = "v4/all_member_push/im_get_attr_name", "v4/all_member_push/im_set_attr_name"


@pytest.fixture
def post(simulator, app):
    def send(path=GET, body: object = None, method="POST", drop=(), **query):
        signer = TLSSigAPIv2.TLSSigAPIv2(query.pop("signed_app", app.sdkappid), query.pop("key", app.secret_key))
        signed = signer.gen_sig(query.pop("signed_for", "administrator"), query.pop("expire", 3600))
        parameters = {
            "sdkappid": app.sdkappid,
            "identifier": "administrator",
            "usersig": signed,
            "random": 4294967295,
            "contenttype": "json",
            **query,
        }
        for name in drop:
            del parameters[name]
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        url = f"{simulator.https_url}/{path}"
        answer = requests.request(method, url, params=parameters, data=data, verify=simulator.ca_file, timeout=10)
        assert answer.status_code == 200
        assert set(answer.json()) >= {"ActionStatus", "ErrorCode", "ErrorInfo"}
        return answer.json()["ErrorCode"], answer.json()

    return send


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, 0),
        ({"method": "GET"}, 60009),
        ({"method": "PUT"}, 60009),
        ({"path": "v4/all_member_push/im_no_such"}, 60009),
        ({"path": GET.upper()}, 60009),
        ({"random": 0}, 0),
        ({"random": 2**32}, 60002),
        ({"random": -1}, 60002),
        ({"random": "x"}, 60002),
        ({"contenttype": "xml"}, 60002),
        ({"contenttype": "JSON"}, 60002),
        ({"colour": "red"}, 60002),
        ({"drop": ["random"]}, 60002),
        ({"drop": ["contenttype"]}, 60002),
        ({"drop": ["usersig"]}, 60002),
        ({"drop": ["sdkappid"]}, 60012),
        ({"sdkappid": "abc"}, 60006),
        ({"sdkappid": 1400009999}, 70020),
        ({"usersig": ""}, 70002),
        ({"usersig": "rubbish"}, 70003),
        ({"key": "another"}, 70009),
        ({"signed_for": "another"}, 70013),
        ({"signed_app": 1400000002}, 70014),
        ({"identifier": "bob", "signed_for": "bob"}, 90009),
        ({"body": b""}, 90001),
        ({"body": b"{"}, 90001),
        ({"body": []}, 90001),
        ({"body": {"colour": "red"}}, 90001),
    ],
)
def test_a_get_is_checked(post, query, code):
    assert post(**query)[0] == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"AttrNames": {"0": "sex", "9": "a b", "1": "城市"}}, 0),
        ({"AttrNames": {"0": "x" * 50}}, 0),
        ({}, 90001),
        ({"AttrNames": {}}, 90001),
        ({"AttrNames": None}, 90001),
        ({"AttrNames": ["sex"]}, 90001),
        ({"AttrNames": {"0": "sex"}, "More": 1}, 90001),
        ({"AttrNames": {"10": "sex"}}, 70402),
        ({"AttrNames": {"01": "sex"}}, 70402),
        ({"AttrNames": {"٣": "sex"}}, 70402),
        ({"AttrNames": {"0": ""}}, 70402),
        ({"AttrNames": {"0": "x" * 51}}, 70402),
        ({"AttrNames": {"0": "城" * 17}}, 70402),
        ({"AttrNames": {"0": 3}}, 90001),
        ({"AttrNames": {"0": "sex", "1": "sex"}}, 90033),
        ({"AttrNames": {"0": "kept"}}, 90033),
    ],
)
def test_a_set_is_checked(app, post, body, code):
    app.names = {"5": "kept"}
    answered, document = post(SET, body)
    assert answered == code, document
    assert app.writes == (code == 0)
    assert app.names == ({"5": "kept", **body["AttrNames"]} if code == 0 else {"5": "kept"})


def test_a_set_merges_or_replaces(app, post):
    app.names = {"5": "kept"}
    post(SET, {"AttrNames": {"0": "sex"}})
    assert app.names == {"5": "kept", "0": "sex"}
    app.mode = "replace"
    post(SET, {"AttrNames": {"1": "city"}})
    assert app.names == {"1": "city"}


def test_an_expired_signature(app, post):
    assert post(expire=3600)[0] == 0
    assert post(expire=-5)[0] == 70001


def test_the_code_for_no_admin_can_be_the_other(app, post):
    app.admin_error = 60010
    assert post(identifier="bob", signed_for="bob")[0] == 60010


def test_a_hundred_calls_a_second_for_each_app_and_command(app, post):
    from simulator.service import Refused, check_rate

    for _turn in range(100):
        check_rate(app.calls, "one")
    with pytest.raises(Refused) as refused:
        check_rate(app.calls, "one")
    assert refused.value.code == 60011
    check_rate(app.calls, "another")


@pytest.mark.parametrize(
    ("shape", "names", "answer"),
    [
        ("missing", {}, {}),
        ("null", {}, {"AttrNames": None}),
        ("empty", {}, {"AttrNames": {}}),
        ("text", {}, {"AttrNames": ""}),
        ("blank", {}, {"AttrNames": dict.fromkeys("0123456789", "")}),
        ("missing", {"1": "city"}, {"AttrNames": {"1": "city"}}),
    ],
)
def test_the_shapes_of_no_names(app, post, shape: str, names: Names, answer: dict):
    app.no_names, app.names = shape, names
    _code, document = post()
    assert {key: value for key, value in document.items() if key == "AttrNames"} == answer


def test_delay_and_ignored_writes(app, post):
    app.delay = 0.3
    post(SET, {"AttrNames": {"0": "sex"}})
    assert "AttrNames" not in post()[1]
    time.sleep(0.35)
    assert post()[1]["AttrNames"] == {"0": "sex"}
    app.ignore_writes = True
    assert post(SET, {"AttrNames": {"0": "gender"}})[0] == 0
    assert app.names == {"0": "sex"}


def test_swaps_can_be_refused(app, post):
    app.names, app.refuse_swaps = {"0": "a", "1": "b"}, True
    code, answer = post(SET, {"AttrNames": {"0": "b", "1": "a"}})
    assert (code, answer["ErrorInfo"]) == (90033, "attrName:b already exists at index:1")
    assert post(SET, {"AttrNames": {"0": "a", "1": "b", "2": "c"}})[0] == 0  # as they are is no swap


GET_TYPED, SET_TYPED = "v4/timpush/get_attr_name", "v4/timpush/set_attr_name"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"AttrNames": {"0": "sex"}}, 0),
        ({"AttrNames": {"0": "sex"}, "AttrTypes": {}}, 0),
        ({"AttrNames": {"0": "sex"}, "AttrTypes": {"0": 1}}, 0),
        ({"AttrNames": {"0": "sex"}, "AttrTypes": {"5": 1}}, 0),
        ({"AttrNames": {"0": "sex"}, "AttrTypes": {"5": 0}}, 90033),
        ({"AttrNames": {"0": "sex"}, "AttrTypes": {"1": 0}}, 70402),
        ({"AttrNames": {"0": "sex"}, "AttrTypes": {"0": 2}}, 70402),
        ({"AttrNames": {"0": "sex"}, "AttrTypes": {"0": True}}, 70402),
        ({"AttrNames": {"0": "sex"}, "AttrTypes": {"0": "1"}}, 70402),
        ({"AttrNames": {"0": "sex"}, "AttrTypes": [1]}, 90001),
        ({"AttrNames": {"0": "sex"}, "Colour": 1}, 90001),
        ({"AttrNames": {"0": "kept"}}, 90033),
        ({"AttrTypes": {"0": 1}}, 90001),
    ],
)
def test_a_set_of_timpush_is_checked(app, post, body, code):
    app.names, app.types = {"5": "kept"}, {"5": 1}
    assert post(SET_TYPED, body)[0] == code
    assert app.writes == (0 if code else 1)
    assert app.types == {"5": 1} if code else app.types == {"5": 1, "0": body.get("AttrTypes", {}).get("0", 0)}
    assert post(SET, {"AttrNames": {"9": "x"}, "AttrTypes": {"9": 1}})[0] == 90001  # the old family knows no types


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("no_type", ["missing", "zero"])
def test_timpush_shows_types_and_shares_its_names_or_not(app, post, shared, no_type):
    app.shared, app.no_type = shared, no_type
    assert post(SET, {"AttrNames": {"0": "sex"}})[0] == 0
    assert post(SET_TYPED, {"AttrNames": {"1": "device"}, "AttrTypes": {"1": 1}})[0] == 0
    names = {"0": "sex", "1": "device"} if shared else {"1": "device"}
    types = {"0": 0, "1": 1} if shared and no_type == "zero" else {"1": 1}
    answer = post(GET_TYPED)[1]
    assert (answer["AttrNames"], answer["AttrTypes"]) == (names, types)
    assert "AttrTypes" not in post(GET)[1]
    assert post(GET)[1]["AttrNames"] == (names if shared else {"0": "sex"})


def test_random_faults_follow_their_seed(simulator):
    def drawn() -> list:
        app = simulator.add(1400000077)
        faults = simulator.faults[app.sdkappid]
        faults.at_random(0.3, 7, ["cut", "stale", "code"])
        return [(faults.take("x") or {}).get("kind") for turn in range(200)]

    first = drawn()
    assert first == drawn()
    assert 30 < sum(kind is not None for kind in first) < 90
    assert set(first) == {None, "cut", "stale", "code"}


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
