# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ErrorCodes of the service mean to every command."""

from __future__ import annotations

import pytest
from ansible_collections.tencentcloud.chat.plugins.module_utils._core import codes
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.codes import CODES, Code

# The table of Tencent Cloud: which codes may be retried after a delay. 70001 and 70052 need a new UserSig.
THROTTLED = {60007, 60011, 60018, 60019}
UNCLEAR = {60008, 60013, 60014, 70169, 70500, 91000}
RETRIED = THROTTLED | UNCLEAR
RENEWED = {70001, 70052}
FINAL = {
    *(60002, 60003, 60004, 60005, 60006, 60009, 60010, 60012, 60015, 60016, 60017, 60020, 60021, 60026),
    *(70002, 70003, 70005, 70009, 70013, 70014, 70016, 70020, 70050, 70051, 70107, 70114, 70402, 70403),
    *(90001, 90009, 90018, 90045),
}
# Codes that no table lists: those that concern the account and its signature, and others.
SIGNATURE = [70000, 70032, 70346, 70999]
UNKNOWN = [1, 12345, 69999, 71000, 91001]


def test_the_table_has_every_code_of_tencent_cloud():
    assert set(CODES) == RETRIED | RENEWED | FINAL
    assert {code for code, known in CODES.items() if known.is_transient} == RETRIED
    assert {code for code, known in CODES.items() if known.is_throttled} == THROTTLED
    assert {code for code, known in CODES.items() if known.needs_new_usersig} == RENEWED
    assert {code for code, known in CODES.items() if known.may_be_accepted} == UNCLEAR
    assert all(known.meaning and known.hint for known in CODES.values())


@pytest.mark.parametrize("code", [*sorted(CODES), *SIGNATURE, *UNKNOWN])
def test_a_code_becomes_a_complete_failure(code):
    failure = codes.service_failure(code, "what the service says", "FAIL", request_id="r-1")
    known = codes.meaning_of(code)
    assert failure.what == f'error {code}, {known.meaning} (the service says "what the service says")'
    assert failure.hint == known.hint
    shown = (failure.error_code, failure.error_info, failure.action_status, failure.http_status, failure.request_id)
    assert shown == (code, "what the service says", "FAIL", 200, "r-1")
    assert (failure.is_transient, failure.is_throttled) == (code in RETRIED, code in THROTTLED)
    assert failure.needs_new_usersig is (code in RENEWED)
    assert failure.not_accepted is (code in THROTTLED | RENEWED | FINAL)
    assert (failure.command, failure.tries, failure.where, failure.retry_after) == (None, None, "", 0.0)


@pytest.mark.parametrize("code", [60004, 60005, 70001, 70002, 70003, 70005, 70009, 70013, 70014, 70052, *SIGNATURE])
def test_a_hint_names_the_option_that_was_set(code):
    with_key, without = (codes.service_failure(code, "", "FAIL", has_key=has_key).hint for has_key in (True, False))
    assert "usersig" not in with_key and "secret_key" in with_key
    assert "usersig" in without or "UserSig" in without
    assert "Check secret_key" not in without and "sdkappid and secret_key" not in without


@pytest.mark.parametrize("code", [*SIGNATURE, *UNKNOWN])
def test_an_unknown_code_suspects_the_signature_only_if_it_is_about_accounts(code):
    failure = codes.service_failure(code, "", "FAIL", has_key=True)
    suspicion = ", which may concern the UserSig" if code in SIGNATURE else ""
    assert failure.what == f"error {code}, unknown error{suspicion}"
    assert ("then look up the code" if suspicion else "Look up the code") in failure.hint


def test_a_command_can_give_codes_another_meaning():
    own = {60002: Code("something else", "Do that"), 90033: Code("of this command alone", "Do this")}
    assert codes.meaning_of(60002, own).meaning == "something else"
    assert codes.service_failure(90033, "", "FAIL", own).what == "error 90033, of this command alone"
    assert codes.meaning_of(60003, own) == CODES[60003]
    assert codes.meaning_of(90033).meaning == "unknown error"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *((given, int(given)) for given in (0, 60008, -1, "0", "60008", "99999999999")),
        *((wrong, None) for wrong in ("999999999999", "", "x", "-1", " 1", "1.0", "\u0663", "\u00b2")),
        *((wrong, None) for wrong in (None, True, False, 0.0, 1.5, [], {}, float("nan"))),
    ],
)
def test_a_code_may_come_as_a_string(value, code):
    found = codes.as_code(value)
    assert found == code and not isinstance(found, bool)
