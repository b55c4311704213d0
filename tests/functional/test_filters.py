# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters in playbooks: a call with ansible.builtin.uri, and one play with a case for each kind of input."""

from __future__ import annotations

import time

import pytest
import TLSSigAPIv2
from conftest import Player

KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
APP = 1400070001
SIGN = "{{ key | tencentcloud.chat.usersig(app, identifier, expire) }}"


DECODE = "{{ signed | tencentcloud.chat.usersig_decode }}"
VALID = {"key": KEY, "app": APP, "identifier": "administrator", "expire": 60}
# Variables of the case, and what the message has to contain.
REJECTED_BY_SIGN = {
    "empty key": ({"key": ""}, "the secret key must be a non-empty string"),
    "null as key": ({"key": None}, "the secret key must be a non-empty string"),
    "blank in the key": ({"key": KEY + " "}, "secret_key contains spaces or control characters"),
    "app 0": ({"app": 0}, "sdkappid must be an integer from 1 to 9223372036854775807, not 0"),
    "text as app": ({"app": "x"}, "sdkappid must be an integer, not 'x'"),
    "boolean as app": ({"app": True}, "sdkappid must be an integer, not True"),
    "fraction as app": ({"app": 1.5}, "sdkappid must be an integer, not 1.5"),
    "expiry 0": ({"expire": 0}, "expire must be an integer from 1 to 2147483647, not 0"),
    "empty identifier": ({"identifier": ""}, "identifier is empty: ''"),
    "number as identifier": ({"identifier": 7}, "identifier must be a string, not 7"),
}
REJECTED_BY_DECODE = {
    "empty UserSig": ({"signed": ""}, "usersig_decode: "),
    "invalid UserSig": ({"signed": "rubbish-that-is-secret"}, "usersig_decode: "),
    "number as UserSig": ({"signed": 7}, "usersig_decode: "),
    "list as UserSig": ({"signed": ["x"]}, "usersig_decode: "),
}
REJECTED = REJECTED_BY_SIGN | REJECTED_BY_DECODE


def evaluate(name: str, expression: str, variables: dict) -> dict:
    """A task that stores the value of *expression* in its result."""
    task = {"name": name, "ansible.builtin.set_fact": {"found": expression}}
    return {**task, "vars": {**VALID, **variables}, "ignore_errors": True}


@pytest.fixture(scope="module")
def evaluated(simulator, workspace, tmp_path_factory):
    """One play that calls the filters once for each case."""
    player = Player(workspace, simulator, tmp_path_factory.mktemp("filters"))
    vendors = TLSSigAPIv2.TLSSigAPIv2(APP, KEY).gen_sig("ops", 180 * 86400)
    tasks = [evaluate(name, SIGN, variables) for name, (variables, _words) in REJECTED_BY_SIGN.items()]
    tasks += [evaluate(name, DECODE, variables) for name, (variables, _words) in REJECTED_BY_DECODE.items()]
    tasks.append(evaluate("signed and decoded", SIGN[:-3] + "| tencentcloud.chat.usersig_decode }}", {"app": str(APP)}))
    tasks.append(evaluate("signed by the vendor's package", DECODE, {"signed": vendors + "\n"}))
    # The filters take no secret from the environment.
    return player(tasks, env={"TENCENT_CHAT_SECRET_KEY": KEY})


def test_a_signature_is_what_the_service_accepts(simulator, play):
    """The call of the filter's own example, against the simulator."""
    simulator.add(APP, secret_key=KEY, names={"0": "sex"})
    run = play(
        [
            {
                "name": "ask",
                "ansible.builtin.uri": {
                    "url": "{{ url }}/v4/all_member_push/im_get_attr_name?{{ query | urlencode }}",
                    "method": "POST",
                    "body_format": "json",
                    "body": {},
                    "ca_path": simulator.ca_file,
                    "return_content": True,
                },
                "vars": {
                    "query": {
                        "sdkappid": APP,
                        "identifier": "administrator",
                        "usersig": f"{{{{ key | tencentcloud.chat.usersig({APP}, expire=60) }}}}",
                        "random": "{{ 4294967295 | random }}",
                        "contenttype": "json",
                    }
                },
                "register": "answer",
                "no_log": True,
            },
            {"name": "show", "ansible.builtin.debug": {"var": "answer.json.AttrNames"}},
        ],
        vars={"key": KEY, "url": simulator.https_url},
    )
    assert run.code == 0, run.output
    assert run.result("show")["answer.json.AttrNames"] == {"0": "sex"}
    (request,) = simulator.requests(APP)
    assert KEY not in run.output + run.log and request["query"]["usersig"] not in run.output + run.log


def found(run, task: str) -> dict:
    return run.result(task)["ansible_facts"]["found"]


def test_the_claims_of_a_generated_usersig_can_be_read(evaluated):
    claims = found(evaluated, "signed and decoded")
    issued = claims["issued_at"]
    assert 0 <= time.time() - issued < 300
    assert claims == {
        "identifier": "administrator",
        "sdkappid": APP,
        "expire": 60,
        "issued_at": issued,
        "expires_at": issued + 60,
    }


def test_the_claims_of_a_usersig_of_the_vendors_package_can_be_read(evaluated):
    claims = found(evaluated, "signed by the vendor's package")
    assert (claims["identifier"], claims["expire"]) == ("ops", 180 * 86400)


@pytest.mark.parametrize("case", REJECTED)
def test_invalid_input_is_rejected(evaluated, case):
    assert evaluated.failed(case)
    assert REJECTED[case][1] in evaluated.result(case)["msg"]


def test_no_message_contains_a_secret(evaluated):
    messages = [evaluated.result(case)["msg"] for case in REJECTED]
    assert not any(KEY in message or "rubbish-that-is-secret" in message for message in messages)
