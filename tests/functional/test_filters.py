# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters in playbooks; tests/unit/plugins/filter has a case for each kind of input."""

from __future__ import annotations

from conftest import KEY

APP = 1400070001


def test_a_signature_is_what_the_service_accepts_and_no_message_contains_a_secret(simulator, play):
    """The call of the filter's own example, against the simulator, and invalid input."""
    simulator.add(APP, secret_key=KEY, names={"0": "sex"})
    parameters = {
        "sdkappid": APP,
        "identifier": "administrator",
        "usersig": f"{{{{ key | tencentcloud.chat.usersig({APP}, expire=60) }}}}",
        "random": "{{ 4294967295 | random }}",
        "contenttype": "json",
    }
    call = {
        "url": f"{simulator.https_url}/v4/all_member_push/im_get_attr_name?{{{{ parameters | urlencode }}}}",
        "method": "POST",
        "body_format": "json",
        "body": {},
        "ca_path": simulator.ca_file,
    }
    shown = {
        "show": "{{ answer.json.AttrNames }}",
        "sign": f"{{{{ key | tencentcloud.chat.usersig({APP}, 7) }}}}",
        "decode": "{{ key | tencentcloud.chat.usersig_decode }}",
    }
    run = play(
        [
            {"name": "ask", "ansible.builtin.uri": call, "register": "answer", "no_log": True},
            *({"name": name, "ansible.builtin.debug": {"msg": text}} for name, text in shown.items()),
        ],
        env={"TENCENT_CHAT_SECRET_KEY": "the filters take no secret from the environment"},
        vars={"key": KEY, "parameters": parameters},
        ignore_errors=True,
    )
    assert run.result("show")["msg"] == {"0": "sex"}, run.output
    assert "usersig: identifier must be a string, not 7" in run.result("sign")["msg"]
    assert "usersig_decode: " in run.result("decode")["msg"]
    (request,) = simulator.requests(APP)
    assert KEY not in run.output + run.log and request["query"]["usersig"] not in run.output + run.log
