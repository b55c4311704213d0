# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters in playbooks; tests/unit/plugins/filter has a case for each kind of input."""

from __future__ import annotations

KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
APP = 1400070001


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


def test_invalid_input_fails_the_task_and_no_message_contains_a_secret(play):
    run = play(
        [
            {
                "name": "sign",
                "ansible.builtin.set_fact": {"signed": f"{{{{ key | tencentcloud.chat.usersig({APP}, 7) }}}}"},
            },
            {"name": "decode", "ansible.builtin.debug": {"msg": "{{ key | tencentcloud.chat.usersig_decode }}"}},
        ],
        env={"TENCENT_CHAT_SECRET_KEY": "the filters take no secret from the environment"},
        vars={"key": KEY},
        ignore_errors=True,
    )
    assert "usersig: identifier must be a string, not 7" in run.result("sign")["msg"]
    assert "usersig_decode: " in run.result("decode")["msg"]
    assert KEY not in run.output + run.log
