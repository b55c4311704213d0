# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract of tests/live, which ``nox -e live`` checks with the real service, holds for the simulator."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path

import pytest
from live.contract import EVERY
from simulator.core import INFERRED

README = (Path(__file__).resolve().parents[2] / "simulator" / "README.md").read_text()
ALWAYS = [case for line in README.splitlines() if "(always)" in line for case in re.findall(r"^\| `(\w+)`", line)]
PUSHES = ("im_push", "push", "batch")
READS = ("im_get_", "get_", "account_check", "portrait_get", "all_member_push_")


@pytest.mark.parametrize("row", EVERY, ids=lambda row: f"{row.command}-{row.code}")
def test_the_simulator_answers_each_request_of_the_contract(api, row):
    before = deepcopy(api.state)
    code, answer = api(row.command, row.body)
    assert code == row.code, answer
    assert api.app.writes == (code == 0 and not row.command.startswith((*PUSHES, *READS)))
    assert len(api.app.pushes) == (code == 0 and row.command in PUSHES)
    if code:
        assert api.state == before
        assert answer.get("TaskId") == ("" if row.command == "batch" else None)


@pytest.mark.parametrize("row", [row for row in EVERY if row.case], ids=lambda row: f"{row.command}-{row.case}")
def test_a_code_that_the_documents_do_not_define_is_a_setting(serve, row):
    assert row.code == INFERRED[row.case]
    assert serve(codes={row.case: 91234})(row.command, row.body)[0] == 91234
    code = serve(codes={row.case: 0})(row.command, row.body)[0]
    assert (code == row.code) is (row.case in ALWAYS), code
    if row.case in ("field_unknown", "condition_field"):
        assert serve(unknown_fields="tolerated")(row.command, row.body)[0] == code


def test_the_contract_and_other_tests_cover_each_case():
    url = {"method", "parameter_missing", "parameter_unknown", "random", "contenttype"}  # test_simulator_service.py
    state = {"tags_of_user", "im_tags_of_user", "tags_of_app", "import_blocked", "admin_deleted"}
    assert {row.case for row in EVERY} - {""} == set(INFERRED) - url - state
