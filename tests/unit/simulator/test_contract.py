# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract of tests/live, which ``nox -e live`` checks with the real service, holds for the simulator."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live.contract import EVERY, PUSHES, READS
from simulator.core import COMMANDS, INFERRED

README = (Path(__file__).resolve().parents[2] / "simulator" / "README.md").read_text()
ALWAYS = [case for line in README.splitlines() if "(always)" in line for case in re.findall(r"^\| `(\w+)`", line)]


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


def test_the_readme_lists_each_case_with_its_code():
    table = README.partition("## Inferred codes")[2].partition("## ")[0]
    listed = {}
    for cases, codes in re.findall(r"^\| (`.*?`) \| ([\d, ]+) \|", table, re.MULTILINE):
        listed.update(zip(re.findall(r"\w+", cases), [int(code) for code in codes.split(",")] * 2))
    assert listed == INFERRED


def test_the_contract_covers_each_case_but_a_few_that_other_tests_cover():
    url = {"method", "parameter_missing", "parameter_unknown", "random", "contenttype"}  # test_simulator_service.py
    state = {"tags_of_user", "im_tags_of_user", "tags_of_app", "import_blocked", "admin_deleted"}
    assert {row.case for row in EVERY} - {""} == set(INFERRED) - url - state


TEXTS = st.sampled_from(["", "a", "sex", "x" * 51, "城市", "ann", "bob", "TIMTextElem", "\0"])
FIELDS = [
    *("AttrNames", "AttrTypes", "To_Account", "UserAttrs", "UserTags", "Attrs", "Tags", "Replace", "MsgRandom"),
    *("MsgBody", "MsgType", "MsgContent", "Text", "MsgLifeTime", "OnlineOnlyFlag", "Condition", "OfflinePushInfo"),
    *("AttrsOr", "AttrsAnd", "TagsOr", "TagsAnd", "TagsNot", "From_Account", "Title", "PushFlag", "0", "1", "sex"),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
)


@st.composite
def spoiled(draw: Any, value: Any) -> Any:
    """Return *value* without some part of it, or with another value in its place."""
    if not value or not isinstance(value, (dict, list)) or draw(st.booleans()):
        return draw(VALUES)
    part = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
    changed = value.copy()
    changed[part] = draw(spoiled(value[part]))
    if draw(st.booleans()):
        del changed[part]
    return changed


# For each command, the longest body of the contract that is valid and not huge.
VALID = [row for row in EVERY if row.code in (0, 90049) and len(str(row.body)) < 400]
BODIES: dict[str, Any] = {row.command: row.body for row in sorted(VALID, key=lambda row: len(str(row.body)))}


@given(data=st.data(), lax=st.booleans())
@pytest.mark.parametrize("command", [path.rpartition("/")[2] for path in COMMANDS])
def test_every_body_and_every_almost_valid_body_gets_a_document(serve, command, data, lax):
    api = serve(**({"codes": dict.fromkeys(INFERRED, 0), "unknown_accounts": "empty"} if lax else {}))
    _code, answer = api(command, data.draw(spoiled(BODIES[command])))
    assert (answer["ActionStatus"] == "OK") is (answer["ErrorCode"] == 0)
    json.dumps(answer)
