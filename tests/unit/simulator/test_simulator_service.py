# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator checks each request, judged by plain requests and Tencent Cloud's own signer."""

from __future__ import annotations

import pytest

GET, SET = "v4/all_member_push/im_get_attr_name", "v4/all_member_push/im_set_attr_name"


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


def test_an_expired_signature(app, post):
    assert post(expire=3600)[0] == 0
    assert post(expire=-5)[0] == 70001


def test_the_code_for_no_admin_can_be_the_other(app, post):
    app.admin_error = 60010
    assert post(identifier="bob", signed_for="bob")[0] == 60010


def test_a_hundred_calls_a_second_for_each_app_and_command(app, post):
    from simulator.core import Rejected
    from simulator.service import check_rate

    for _turn in range(100):
        check_rate(app.calls, "one")
    with pytest.raises(Rejected) as rejected:
        check_rate(app.calls, "one")
    assert rejected.value.code == 60011
    check_rate(app.calls, "another")
