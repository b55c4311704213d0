# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service does with single requests. A unit test runs each row against the simulator.

The probe sends the rows of a fact to the real service, which must reject them. What it could accept, what could reach
another user, and what nobody could set back is in SIMULATED, for the simulator alone.
"""

from __future__ import annotations

import json
import secrets
import string
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

Body = dict[str, Any]
NICK, IMAGE = "Tag_Profile_IM_Nick", "Tag_Profile_IM_Image"
PUSHES = ("im_push", "push", "batch")
READS = ("im_get_", "get_", "account_check", "portrait_get", "all_member_push_")


class Row(NamedTuple):
    """One request, in which words such as $USER stand for what an app has.

    command -- with a "*" in front: that of timpush, and that of all_member_push, which begins with "im_"
    code -- of the response
    case -- the key of the simulator's setting `codes` that replaces the code
    """

    command: str
    body: Body
    code: int = 0
    case: str = ""

    @property
    def codes(self) -> set[int]:
        """The codes that the documents give; none if they leave the code open."""
        return DOCUMENTED.get(self.case, set()) if self.case else {self.code}


# The codes that the documents give for a case of the simulator.
DOCUMENTED = {
    **{case: {90030} for case in ("name_too_long", "value_empty", "value_too_long")},
    "tag_too_long": {90020, 90034},
    "account_not_text": {60015},
}


def path(command: str) -> str:
    """Return the path of a call."""
    families = {"im": "all_member_push", "portrait": "profile"}
    families.update(dict.fromkeys(("account", "multiaccount"), "im_open_login_svc"))
    return f"v4/{families.get(command.partition('_')[0], 'timpush')}/{command}"


def filled(body: Any, words: Mapping[str, str]) -> Any:
    """Return *body* with these *words* in place of $USER and the like."""
    text = string.Template(json.dumps(body)).safe_substitute({one: json.dumps(words[one])[1:-1] for one in words})
    return json.loads(text)


def attrs(value: Any = None, **of: Any) -> Body:
    """Return a request about attributes of $USER, or of these accounts. The next two functions are alike."""
    return {"UserAttrs": [{"To_Account": one, "Attrs": what} for one, what in (of or {"$USER": value}).items()]}


def tags(value: Any = None, **of: Any) -> Body:
    return {"UserTags": [{"To_Account": one, "Tags": what} for one, what in (of or {"$USER": value}).items()]}


def imports(value: Any = None, **of: Any) -> Body:
    return {"AccountList": [{"UserID": one, **what} for one, what in (of or {"$ACCOUNT": value}).items()]}


def ids(field: str, *accounts: Any) -> Body:
    return {field: [{"UserID": account} for account in accounts]}


def wanted(*accounts: Any, tags: Any = (NICK, IMAGE)) -> Body:
    return {"To_Account": list(accounts), "TagList": tags}


def profile(account: Any, **values: Any) -> Body:
    items = [{"Tag": f"Tag_Profile_IM_{tag}", "Value": value} for tag, value in values.items()]
    return {"From_Account": account, "ProfileItem": items}


def each(body: Mapping[str, Any], field: str, *values: Any) -> list[Body]:
    """Return *body* with each of *values* in this field. A field that is ... is left out."""
    return [{name: one for name, one in {**body, field: value}.items() if one is not ...} for value in values]


def names(*values: Any) -> list[Body]:
    return each({}, "AttrNames", *values)


LONG = "x" * 51
WIDE = "城" * 17  # 51 bytes
LONG500, WIDE500 = "x" * 501, "城" * 167  # 501 bytes
TAGS = [f"${{NEW}}_{number}" for number in range(11)]
MANY = [f"${{GHOST}}_{number}" for number in range(501)]
ITEM = {"Tag": NICK, "Value": "A"}
NOW, DAY = int(time.time()), 86400
RANDOM = secrets.randbelow(2**32)  # no other run has it
HI = {"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}
TEXT = [HI]
INFO = {"PushFlag": 0, "Title": "t", "Desc": "d"}
NINE = {"AttrNames": {"9": "a"}}
IMPORT, STATISTICS, LOSS = "multiaccount_import", "all_member_push_statistics", "all_member_push_loss"
# Valid requests
PUSH = {"MsgRandom": RANDOM, "MsgBody": TEXT}
BATCH = {"From_Account": "administrator", "To_Account": ["$USER"], "MsgRandom": RANDOM, "OfflinePushInfo": INFO}
RECALL = {"TaskId": "$NEW", "OfflinePushInfo": INFO}
REPORT = {"StartTime": NOW - 3600, "EndTime": NOW, "TaskID": []}


_SENT: dict[str, list[tuple[Any, ...]]] = {
    "name_51_bytes": [("*set_attr_name", names({"$NUMBER": LONG}), 90030, "name_too_long")],
    "eleventh_number": [("*set_attr_name", names({"10": "$NEW"}), 70402, "attribute_number")],
    "repeated_name": [("im_set_attr_name", names({"$NUMBER": "$OTHER", "$SECOND": "$OTHER"}), 90033)],
    "repeated_name_timpush": [("set_attr_name", names({"$NUMBER": "$OTHER", "$SECOND": "$OTHER"}), 90033)],
    "names_checked": [
        ("*set_attr_name", [{}, *names(["$NAME"])], 90001),
        ("*set_attr_name", names({"01": "$NEW"}, {"٣": "$NEW"}), 70402, "attribute_number"),
        ("*set_attr_name", names({"$NUMBER": WIDE}), 90030, "name_too_long"),
        ("*set_attr_name", names({"$NUMBER": 3}), 90001, "name_not_text"),
        ("*set_attr_name", names({"$NUMBER": "$NEW", "$SECOND": "$NEW"}), 90033),
    ],
    "undeclared_attr": [("*set_attr", [attrs({"$NEW": "x"}), attrs({"$NAME": "m", "$NEW": "s"})], 90033)],
    "value_51_bytes": [("*set_attr", [attrs({"$NAME": value}) for value in (LONG, WIDE)], 90030, "value_too_long")],
    "attrs_checked": [
        ("*set_attr", attrs({"$NAME": ""}), 90030, "value_empty"),
        ("*set_attr", attrs({"$NAME": 1}), 90001, "value_not_text"),
        ("*set_attr", {"Attrs": [{"To_Account": "$USER", "Attrs": {"$NAME": "m"}}]}, 90001),
        ("*set_attr", [{}, attrs(["$NAME"]), *each({}, "UserAttrs", ["$USER"], [{"To_Account": "$USER"}])], 90001),
        ("*set_attr", {"UserAttrs": [{"To_Account": ["$USER"], "Attrs": {"$NAME": "m"}}]}, 60015, "account_not_text"),
        ("*remove_attr", [attrs({"$NAME": "f"}), attrs([1])], 90001),
        ("*get_attr", {"To_Account": "$USER"}, 90001),
        ("*get_attr", {"To_Account": [["$USER"]]}, 60015, "account_not_text"),
    ],
    "tag_51_bytes": [("*add_tag", [tags([LONG]), tags([WIDE])], 90020, "tag_too_long")],
    "eleven_tags": [("*add_tag", tags(TAGS), 90032)],
    "tags_checked": [
        ("*add_tag", tags([["$NEW"]]), 90001, "tag_not_text"),
        ("*remove_tag", {"UserTags": ["$USER"]}, 90001),
        ("*get_tag", {"To_Account": "$USER"}, 90001),
    ],
    "accounts_checked": [
        ("account_check", [{}, *each({}, "CheckItem", ["$GHOST"], [{"Identifier": "$GHOST"}])], 70402),
        ("account_check", ids("CheckItem", ["$GHOST"]), 60015, "account_not_text"),
    ],
    "profile_field": [("portrait_get", wanted("$ADMIN", tags=["Tag_Profile_IM_Unknown"]), 40009)],
    "profiles_checked": [
        ("portrait_get", [{}, {"To_Account": ["$GHOST"]}, wanted("$GHOST", tags=NICK)], 40001),
        ("portrait_get", each(wanted(), "To_Account", "$GHOST"), 40001),
        ("portrait_get", wanted(["$GHOST"]), 60015, "account_not_text"),
        ("portrait_get", wanted("$GHOST", tags=[7]), 40009),
    ],
    "imports_checked": [
        (IMPORT, {}, 70402, "import_form"),
        (IMPORT, [imports({"Nick": LONG500}), imports({"FaceUrl": WIDE500})], 40601, "import_value_too_long"),
        (IMPORT, imports({"Nick": 7}), 70402, "import_value"),
        ("portrait_set", [{}, *each(profile("$ACCOUNT"), "ProfileItem", ..., ["Nick"], [{"Tag": NICK}])], 40001),
        ("portrait_set", profile("$ACCOUNT", Unknown="x"), 40009),
        ("portrait_set", [profile("$ACCOUNT", Nick=LONG500), profile("$ACCOUNT", Image=WIDE500)], 40601),
        ("portrait_set", profile("$ACCOUNT", Nick=7), 40610),
        ("portrait_set", profile(["$ACCOUNT"], Nick="A"), 60015, "account_not_text"),
    ],
    "pushes_checked": [
        ("im_push", each(PUSH, "MsgRandom", ..., True, -1, 2**32), 90005),
        ("*push", each(PUSH, "MsgBody", ..., []), 90002, "body_missing"),
        ("im_push", {"MsgRandom": RANDOM, "OfflinePushInfo": INFO}, 90002, "body_missing"),
        ("im_push", each(PUSH, "MsgBody", TEXT[0], "hi"), 90007),
        ("im_push", each(PUSH, "MsgBody", ["hi"], each(HI, "MsgContent", ...)), 90010, "body_element"),
        ("im_push", each(PUSH, "MsgBody", each(HI, "MsgType", "Text")), 90010, "body_element"),
        ("im_push", each(PUSH, "MsgBody", each(HI, "MsgContent", {"text": "hi"})), 90010, "body_element"),
        ("im_push", each(PUSH, "MsgBody", each(HI, "MsgContent", {"Text": "x" * 10240})), 90056),
        ("im_push", each(PUSH, "MsgLifeTime", 604801, -1), 90026),
        ("im_push", each(PUSH, "MsgLifeTime", "60"), 90044),
        ("push", each(PUSH, "OnlineOnlyFlag", 2), 90001, "online_flag"),
        ("im_push", each(PUSH, "OfflinePushInfo", {"Ext": {}}, {"PushFlag": 2}), 90043, "offline_push"),
        ("im_push", each(PUSH, "OfflinePushInfo", []), 90043),
        ("push", each(PUSH, "DataId", "x" * 65), 90057),
        ("push", each(PUSH, "DataId", 7), 90001, "data_id"),
    ],
    "recalls_checked": [
        ("revoke", each(RECALL, "TaskId", ..., 7), 90001, "task_id"),
        ("revoke", each(RECALL, "OfflinePushInfo", {"Title": 7}), 90043, "offline_push"),
        ("revoke", each(RECALL, "OfflinePushInfo", "t"), 90043),
        ("revoke", RECALL, 90049),
    ],
    "statistics_codes": [
        (STATISTICS, [*each(REPORT, "StartTime", ...), *each(REPORT, "EndTime", ..., 1e9)], 90001, "report_times"),
        (STATISTICS, each(REPORT, "StartTime", NOW, NOW - 30 * DAY - 1100), 90001, "report_period"),
        (STATISTICS, each(REPORT, "TaskID", ..., [7]), 90001, "report_tasks"),
        (STATISTICS, each(REPORT, "TaskID", TAGS[:6]), 90001, "report_too_many"),
    ],
}

_SIMULATED: list[tuple[Any, ...]] = [
    # The service may accept these, or the documents do not say that it rejects them.
    ("*get_attr_name", {}),
    ("*set_attr_name", names({"2": "a b", "9": "城市"}, {"$NUMBER": "x" * 50})),
    ("*set_attr_name", names({"$NUMBER": "$OTHER", "$SECOND": "$NAME"})),
    ("*set_attr_name", names({}), 90001, "names_empty"),
    ("*set_attr_name", names(None), 90001),
    ("*set_attr_name", names({"$NUMBER": ""}), 90030, "name_empty"),
    ("*set_attr_name", names({"$NUMBER": "kept"}), 90033),
    # A type that is set cannot be taken back.
    ("im_set_attr_name", each(NINE, "AttrTypes", {"9": 1}), 90001, "field_unknown"),
    ("set_attr_name", each(NINE, "AttrTypes", {}, None, {"9": 1, "5": 1})),
    ("set_attr_name", each(NINE, "AttrTypes", {"5": 0}), 90033),
    ("set_attr_name", each(NINE, "AttrTypes", {"8": 0}, {"9": 2}, {"9": True}, {"9": "1"}), 70402, "attribute_type"),
    ("set_attr_name", [*each(NINE, "AttrTypes", [1]), {"AttrTypes": {"9": 1}}], 90001),
    ("*set_attr", {"UserAttrs": {"$USER": {"$NAME": "m"}}}, 90001),
    ("*set_attr", attrs({"$NAME": "x" * 50})),
    ("*set_attr", attrs({"$NUMBER": "m"}), 90033),
    ("*set_attr", attrs({"": "m"}), 90030),
    ("*set_attr", attrs({LONG: "m"}), 90030, "name_too_long"),
    ("*set_attr", attrs({"$NAME": None}), 90001, "value_not_text"),
    ("*set_attr", attrs({}), 90001, "values_empty"),
    ("*set_attr", {"UserAttrs": [{"To_Account": "$USER", "Attrs": {"$NAME": "m"}, "More": 1}]}, 90001, "field_unknown"),
    ("*set_attr", {"UserAttrs": []}, 90001, "accounts_empty"),
    ("*set_attr", {"UserAttrs": attrs({"$NAME": "m"})["UserAttrs"] * 2}, 70402, "account_repeated"),
    ("*remove_attr", attrs(["$NAME"])),
    ("*remove_attr", attrs([LONG]), 90030, "name_too_long"),
    ("*remove_attr", attrs(["$NEW"]), 90033, "remove_undeclared"),
    ("*remove_attr", attrs([]), 90001, "values_empty"),
    ("*get_attr", {"To_Account": ["$USER"]}),
    ("*get_tag", {"To_Account": ["$USER"]}),
    ("*get_attr", {"To_Account": []}, 90001, "accounts_empty"),
    ("*get_attr", {"To_Account": ["$USER", "$USER"]}, 70402, "account_repeated"),
    ("*add_tag", [{"Tags": [{"To_Account": "$USER", "Tags": ["$NEW"]}]}, tags("$NEW")], 90001),
    ("*add_tag", [tags(["x" * 50]), tags(TAGS[:10])]),
    ("*add_tag", tags([]), 90001, "tags_empty"),
    ("*add_tag", {"UserTags": []}, 90001, "accounts_empty"),
    ("*remove_tag", tags(["a", "z"])),
    ("*remove_tag", tags(TAGS), 90032, "tags_in_remove"),
    ("*add_tag", tags([""]), 90040),
    ("*remove_tag", tags([""]), 90040),
    # The collection never sends these: they overwrite all tags.
    ("add_tag", [{**tags([*"abcdefghijklmnopqrst"]), "Replace": 1}, *each(tags(["x"]), "Replace", None)]),
    ("add_tag", each(tags(["x"]), "Replace", 2), 90001),
    ("im_add_tag", each(tags(["x"]), "Replace", 1), 90001, "field_unknown"),
    ("im_remove_all_tags", {"To_Account": ["$USER"]}),
    ("clear_all_tags", {"To_Account": ["$USER"]}),
    # Other accounts
    ("*set_attr", attrs(**{one: {"$NAME": "m"} for one in MANY[:101]}), 90018),
    ("*add_tag", tags(**{one: ["x"] for one in MANY[:101]}), 90018),
    ("*get_attr", {"To_Account": MANY[:101]}, 90018),
    ("account_check", [ids("CheckItem", "x" * 32), ids("CheckItem", *MANY[:100])]),
    ("account_check", ids("CheckItem", *MANY[:101]), 70206),
    ("account_check", {"CheckItem": []}, 70402, "account_list_empty"),
    ("account_check", {"CheckItem": [{"UserID": "$USER", "More": 1}]}, 90001, "field_unknown"),
    ("account_check", ids("CheckItem", 7), 60015, "account_not_text"),
    ("account_check", ids("CheckItem", ""), 70402, "userid_empty"),
    ("account_check", ids("CheckItem", "城" * 11), 70402, "userid_too_long"),
    ("account_check", ids("CheckItem", "$USER", "$USER"), 70402, "account_repeated"),
    ("account_delete", ids("DeleteItem", "$USER")),
    ("account_delete", ids("CheckItem", "$USER"), 90001, "field_unknown"),
    ("account_delete", {}, 70402),
    ("account_delete", ids("DeleteItem", *MANY[:101]), 70206),
    (IMPORT, [imports({"Nick": "x" * 500, "FaceUrl": "城" * 166}), imports({"Nick": "n", "FaceUrl": None})]),
    (IMPORT, [{"Accounts": ["$ACCOUNT"], "AccountList": None}, {"Accounts": MANY[:100]}]),
    (IMPORT, imports({"Tag": "x"}), 90001, "field_unknown"),
    (IMPORT, {"Accounts": ["$ACCOUNT"], **imports({})}, 70402, "import_form"),
    (IMPORT, {"Accounts": "$ACCOUNT"}, 70402),
    (IMPORT, {"Accounts": []}, 70402, "account_list_empty"),
    (IMPORT, {"Accounts": [7]}, 60015, "account_not_text"),
    (IMPORT, {"Accounts": ["x" * 33]}, 70402, "userid_too_long"),
    (IMPORT, {"Accounts": MANY[:101]}, 70206),
    ("account_import", [{"UserID": "$USER", "Nick": "n", "FaceUrl": None}, {"Identifier": "$ACCOUNT"}]),
    ("account_import", [{}, {"UserID": "$ACCOUNT", "Identifier": "$ACCOUNT"}], 70402, "import_form"),
    ("account_import", {"UserID": ["$ACCOUNT"]}, 60015, "account_not_text"),
    ("account_import", {"UserID": ""}, 70402, "userid_empty"),
    ("account_import", {"UserID": "$ACCOUNT", "Nick": "x" * 501}, 40601, "import_value_too_long"),
    ("account_import", {"UserID": "$ACCOUNT", "Type": 0}, 90001, "field_unknown"),
    ("portrait_get", [wanted("$USER", "administrator"), wanted(*MANY[:100])]),
    ("portrait_get", wanted(*MANY[:101]), 70206),
    ("portrait_get", wanted(), 70402, "account_list_empty"),
    ("portrait_get", wanted("$USER", tags=[]), 40001, "profile_empty"),
    ("portrait_set", [profile("$USER", Nick="x" * 500), profile("administrator", Nick="A")]),
    ("portrait_set", profile("$USER", Nick=None), 40610),
    ("portrait_set", {"From_Account": "$USER", "ProfileItem": [ITEM | {"More": 1}]}, 90001, "field_unknown"),
    ("portrait_set", profile("$USER"), 40001, "profile_empty"),
    ("portrait_set", profile("", Nick="A"), 70402, "userid_empty"),
    ("portrait_set", profile("$GHOST", Nick="A"), 40003),
    # Pushes that could reach others
    ("*push", PUSH),
    ("im_push", [*each(PUSH, "MsgRandom", 2**32 - 1), *each(PUSH, "From_Account", "$USER", "administrator")]),
    ("push", {"MsgRandom": RANDOM, "OfflinePushInfo": {"Title": "t"}}),
    ("im_push", each(PUSH, "MsgBody", [{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "d"}}])),
    ("im_push", PUSH | {"MsgBody": [HI | {"MsgContent": {"Text": "x" * 10000}}], "MsgLifeTime": 604800}),
    ("im_push", each(PUSH, "OfflinePushInfo", {**INFO, "Ext": "{}", "PushFlag": 1})),
    ("push", each(PUSH, "DataId", "x" * 64)),
    ("im_push", each(PUSH, "Condition", {"TagsOr": TAGS[:10]})),
    ("push", each(PUSH, "MsgLifeTime", 60), 90001, "field_unknown"),
    ("im_push", [PUSH | {"OnlineOnlyFlag": 1}, PUSH | {"DataId": "x"}], 90001, "field_unknown"),
    ("im_push", each(PUSH, "To_All", True), 90001, "field_unknown"),
    ("im_push", each(PUSH, "From_Account", "$GHOST"), 70107),
    ("im_push", each(PUSH, "Condition", [], {"AttrsOr": ["sex"]}, {"TagsOr": "a"}), 90001),
    ("*push", each(PUSH, "Condition", {"Tags": ["a"]}), 90001, "condition_field"),
    ("im_push", each(PUSH, "Condition", {"TagsNot": ["a"]}), 90001, "condition_field"),
    ("im_push", each(PUSH, "Condition", {"AttrsOr": {"sex": "m"}, "TagsOr": ["a"]}), 90039),
    ("push", each(PUSH, "Condition", {"AttrsAnd": {"sex": "m"}, "TagsNot": ["a"]}), 90039),
    ("im_push", each(PUSH, "Condition", {"AttrsOr": {"sex": 1}}), 90001, "condition_value"),
    ("im_push", each(PUSH, "Condition", {"AttrsOr": {"sex": LONG}}), 90030, "condition_value_too_long"),
    ("im_push", each(PUSH, "Condition", {"AttrsOr": {"sex": ""}}), 90030, "condition_value_empty"),
    ("im_push", each(PUSH, "Condition", {"AttrsOr": {LONG: "m"}}), 90030, "name_too_long"),
    ("im_push", each(PUSH, "Condition", {"AttrsOr": {"": "m"}}), 90030, "name_empty"),
    ("im_push", each(PUSH, "Condition", {"TagsOr": [1]}), 90001, "tag_not_text"),
    ("im_push", each(PUSH, "Condition", {"TagsOr": [""]}), 90040),
    ("im_push", each(PUSH, "Condition", {"TagsOr": [LONG]}), 90020, "tag_too_long"),
    ("im_push", each(PUSH, "Condition", {"TagsOr": ["a", "a"]}, {"TagsOr": ["a"], "TagsAnd": ["a"]}), 90022),
    ("im_push", each(PUSH, "Condition", {"TagsOr": TAGS}), 90032),
    ("batch", [BATCH, *each(BATCH, "From_Account", "$USER"), *each(BATCH, "To_Account", MANY[:500])]),
    ("batch", each(BATCH, "From_Account", ...), 90048, "sender_missing"),
    ("batch", each(BATCH, "From_Account", "$GHOST", 7), 70107),
    ("batch", each(BATCH, "To_Account", ..., "$USER"), 90001),
    ("batch", each(BATCH, "To_Account", []), 90001, "accounts_empty"),
    ("batch", each(BATCH, "To_Account", [7]), 60015, "account_not_text"),
    ("batch", each(BATCH, "To_Account", ["$USER", "$USER"]), 70402, "account_repeated"),
    ("batch", each(BATCH, "To_Account", MANY), 90018),
    ("batch", each(BATCH, "MsgRandom", ...), 90005),
    ("batch", each(BATCH, "OfflinePushInfo", ...), 90043, "offline_part_missing"),
    ("batch", [BATCH | {"OfflinePushInfo": INFO | {name: None}} for name in INFO], 90043, "offline_part_missing"),
    ("batch", each(BATCH, "OfflinePushInfo", {**INFO, "Ext": "{}"})),
    ("batch", each(BATCH, "DataId", "城" * 22), 90057),
    ("batch", each(BATCH, "DataId", 7), 90001, "data_id"),
    ("batch", [BATCH | {"MsgBody": TEXT}, BATCH | {"Condition": {}}], 90001, "field_unknown"),
    # With a push that can be recalled, these would recall it.
    ("revoke", each(RECALL, "OfflinePushInfo", ..., {"Title": None}), 90053),
    ("revoke", each(RECALL, "TaskID", "$NEW"), 90001, "field_unknown"),
    (STATISTICS, [REPORT | {"StartTime": NOW - ago, "TaskID": TAGS[:5]} for ago in (1, 30 * DAY - 7200)]),
    (STATISTICS, each(REPORT, "TaskID", None), 90001, "report_tasks"),
    (STATISTICS, each(REPORT, "TaskId", "x"), 90001, "field_unknown"),
    (LOSS, each(REPORT, "StartTime", NOW - 7 * DAY + 7200)),
    (LOSS, each(REPORT, "StartTime", NOW - 7 * DAY - 1100), 90001, "report_period"),
    (LOSS, each(REPORT, "TaskID", TAGS[:6]), 90001, "report_too_many"),
]
# No command accepts another field, unless it is null.
_ANY = {command: body[0] if isinstance(body, list) else body for command, body, *code in _SIMULATED if not code}
_SIMULATED += [(command, each(body, "More", None)) for command, body in _ANY.items()]
_SIMULATED += [(command, each(body, "More", 1), 90001, "field_unknown") for command, body in _ANY.items()]


def _rows(table: list[tuple[Any, ...]]) -> list[Row]:
    rows = []
    for command, bodies, *others in table:
        for body in bodies if isinstance(bodies, list) else [bodies]:
            prefixes = ("im_", "") if command.startswith("*") else ("",)
            rows += [Row(prefix + command.removeprefix("*"), body, *others) for prefix in prefixes]
    return rows


SENT = {fact: _rows(table) for fact, table in _SENT.items()}
SIMULATED = _rows(_SIMULATED)
EVERY = [*(row for rows in SENT.values() for row in rows), *SIMULATED]
