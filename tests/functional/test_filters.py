# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters in playbooks: a call of one's own, signatures about to expire, and what they refuse."""

from __future__ import annotations

import json
import time

import pytest
import TLSSigAPIv2

KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
APP = 1400070001
SIGN = "{{ key | tencentcloud.chat.usersig(app, identifier, expire) }}"


def evaluate(play, expression: str, **variables):
    """What a template gives, as a playbook sees it; the message if it fails."""
    task = {"name": "evaluate", "ansible.builtin.set_fact": {"found": expression}}
    run = play([task], vars={"key": KEY, "app": APP, "identifier": "administrator", "expire": 60, **variables})
    result = run.result("evaluate")
    return result["ansible_facts"]["found"] if run.code == 0 else result["msg"]


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


def test_ours_says_what_it_was_told_and_the_vendors_can_be_read(play):
    before = int(time.time())
    found = evaluate(play, "{{ " + SIGN[3:-3] + " | tencentcloud.chat.usersig_decode }}", app=str(APP))
    assert before <= found["issued_at"] <= time.time()
    claims = {"identifier": "administrator", "sdkappid": APP, "expire": 60}
    assert found == {**claims, "issued_at": found["issued_at"], "expires_at": found["issued_at"] + 60}
    vendors = TLSSigAPIv2.TLSSigAPIv2(APP, KEY).gen_sig("ops", 180 * 86400)
    found = evaluate(play, "{{ given | tencentcloud.chat.usersig_decode }}", given=vendors + "\n")
    assert (found["identifier"], found["expire"]) == ("ops", 180 * 86400)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"key": ""}, "the secret key is missing"),
        ({"key": None}, "the secret key is missing"),
        ({"key": KEY + " "}, "secret_key: it has blanks or control characters"),
        ({"app": 0}, "sdkappid: 0 is out of range"),
        ({"app": "x"}, "sdkappid: 'x' is no whole number"),
        ({"app": True}, "sdkappid: True is no whole number"),
        ({"app": 1.5}, "sdkappid: 1.5 is no whole number"),
        ({"expire": 0}, "expire: 0 is out of range"),
        ({"identifier": ""}, "identifier: '' is no account"),
        ({"identifier": 7}, "identifier: 7 is no text"),
    ],
)
def test_what_cannot_be_signed_is_refused(play, variables, words):
    message = evaluate(play, SIGN, **variables)
    assert words in message and KEY not in message


def test_an_empty_key_is_not_taken_from_the_environment(play):
    play.environment["TENCENT_CHAT_SECRET_KEY"] = KEY
    assert "the secret key is missing" in evaluate(play, SIGN, key="")


@pytest.mark.parametrize("wrong", ["", "rubbish-that-is-secret", 7, ["x"]])
def test_what_is_no_usersig_is_refused(play, wrong):
    message = evaluate(play, "{{ wrong | tencentcloud.chat.usersig_decode }}", wrong=wrong)
    assert "usersig_decode: " in message
    assert "rubbish-that-is-secret" not in json.dumps(message)
