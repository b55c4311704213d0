# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attribute names and types in the simulator."""

from __future__ import annotations

import time

import pytest
from simulator.attr_names import Names

GET, SET = "v4/all_member_push/im_get_attr_name", "v4/all_member_push/im_set_attr_name"


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
        ({"AttrNames": {"0": ""}}, 90030),
        ({"AttrNames": {"0": "x" * 51}}, 90030),
        ({"AttrNames": {"0": "城" * 17}}, 90030),
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


def test_swaps_can_be_rejected(app, post):
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
    assert post(SET, {"AttrNames": {"9": "x"}, "AttrTypes": {"9": 1}})[0] == 90001  # all_member_push has no types


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


@pytest.mark.parametrize(
    ("stored", "names", "index"),
    [
        ({"1": "city"}, {"0": "city"}, "1"),
        ({"0": "sex", "1": "city"}, {"0": "city"}, "1"),
        ({"0": "city", "1": "sex"}, {"1": "city"}, "0"),
        ({}, {"3": "city", "2": "city"}, "3"),
    ],
)
@pytest.mark.parametrize("path", [SET, SET_TYPED])
def test_a_repeated_name_is_reported_where_it_is(app, post, path, stored, names, index):
    app.names = stored
    code, answer = post(path, {"AttrNames": names})
    assert (code, answer["ErrorInfo"]) == (90033, f"attrName:city already exists at index:{index}")


def test_a_name_can_move_in_one_request(app, post):
    app.names = {"0": "a", "1": "b"}
    assert post(SET, {"AttrNames": {"0": "b", "1": "a"}})[0] == 0
    assert app.names == {"0": "b", "1": "a"}


def test_null_types_are_absent_or_rejected(app, post):
    body = {"AttrNames": {"0": "sex"}, "AttrTypes": None}
    assert post(SET_TYPED, body)[0] == 0
    app.nulls = "rejected"
    assert post(SET_TYPED, body)[0] == 90001


def test_names_are_stored_as_they_are_sent_or_normalized(app, post):
    post(SET, {"AttrNames": {"0": "cafe\u0301"}})
    assert app.names == {"0": "cafe\u0301"}
    app.normalize = "NFC"
    post(SET, {"AttrNames": {"0": "cafe\u0301", "1": "e\u0301" * 25}})
    assert app.names == {"0": "caf\u00e9", "1": "\u00e9" * 25}
