# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks reject: the tables that the test of a subject and test_messages.py share, and what these need."""

from __future__ import annotations

import datetime

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import Failure, OptionError
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.tencentcloud.chat.plugins.module_utils._push import conditions
from ansible_collections.tencentcloud.chat.plugins.module_utils._push.push import PUSH
from names import NEW, OLD

INSIDE = [
    *(("a\x1bb", "U+001B"), ("a\x7f", "U+007F"), ("a\x85b", "U+0085"), ("se\u202ex", "U+202E"), ("a\u2028b", "U+2028")),
    *(("a\u2029b", "U+2029"), ("so\u00adft", "U+00AD"), ("\u2066a\u2069", "U+2066"), ("a\U000e0041", "U+E0041")),
    *(("\u200dab", "U+200D"), ("ab\u200c", "U+200C")),
]
# What is given, and how a message goes on after the label.
INVISIBLE = [
    ("sex\n", "contains the invisible character U+000A: 'sex\\n'. Remove the character."),
    ("\tsex", "contains the invisible character U+0009: '\\tsex'"),
    ("a\x00b", "contains the invisible character U+0000: 'a\\x00b'"),
    ("\ufeffsex", "contains the invisible character U+FEFF: '\\ufeffsex'"),
    ("se\u200bx", "contains the invisible character U+200B: 'se\\u200bx'"),
    *((text, f"contains the invisible character {code}") for text, code in INSIDE),
    (" sex", "starts with a space (U+0020): ' sex'. Remove the space."),
    ("sex ", "ends with a space (U+0020): 'sex '"),
    ("\u3000sex", "starts with a space (U+3000): '\\u3000sex'"),
    ("sex\u00a0", "ends with a space (U+00A0): 'sex\\xa0'"),
]
# Words that need a joiner, an emoji that is made of several, combining characters, blanks inside.
VISIBLE = ["می\u200cخواهم", "क्\u200dष", "👩\u200d🚀", "e\u0301", "first name", "城市", "a\u00a0b", "ﷺ", "✈\ufe0f"]


def refusal(work, *args, error=OptionError, **given) -> Failure:
    """Return why *work* rejects what is given."""
    with pytest.raises(error) as rejected:
        work(*args, **given)
    return rejected.value.failure


SHARED = Operation(lambda client, options, check_mode: Outcome(False), {})  # the shared options alone
GIVEN = {"region": "singapore", "sdkappid": 1400000001, "secret_key": "0123456789abcdef"}


def validated(**options) -> tuple[dict, str]:
    """Return the options as AnsibleModule converts them, and its message."""
    options = {key: value for key, value in {**GIVEN, **options}.items() if value is not ...}
    result = ArgumentSpecValidator(**SHARED.arguments).validate(options)
    return result.validated_parameters, "; ".join(result.error_messages)


LIMITS = [("sdkappid", 1, 2**63 - 1), ("usersig_expire", 1, 2**31 - 1), ("timeout", 1, 600), ("retries", 0, 20)]
# Option values that are rejected, and what the message must contain. Together with those for attr_names these
# are the table of wrong values; none of them reaches the network.
OPTIONS = [
    *(
        ({"api_url": url}, f"api_url must begin with https://, or for a loopback address with http://: '{url}'. Set")
        for url in (
            *("http://gateway.example", "http://10.0.0.1", "http://localhost.example", "http://127.0.0.1.example"),
            *("http://127.1", "ftp://127.0.0.1"),
        )
    ),
    ({"api_url": "file:///etc/passwd"}, "api_url must be a valid URL: '"),
    ({"api_url": "gateway.example"}, "api_url must begin with https://: 'gateway.example'"),
    *(
        ({"api_url": f"https://{rest}"}, "api_url must be a valid URL: '")
        for rest in ("", "/path", "host:99999", "host:x", "host:0", "[::1", "ho st", "host\n")
    ),
    ({"api_url": "https://host\\@other"}, "api_url must be a valid URL. Set"),
    *(
        ({"api_url": f"https://{rest}"}, "api_url must not contain credentials, a query or a fragment")
        for rest in ("user:hunter2@host", "user@host", "host?usersig=hunter2", "host#hunter2")
    ),
    ({"region": "mars"}, "value of region must be one of: china, singapore"),
    ({"region": "Singapore"}, "value of region must be one of"),
    ({"region": ..., "api_url": ""}, "region or api_url must be set"),
    ({"region": ...}, "one of the following is required: region, api_url"),
    ({"sdkappid": ...}, "missing required arguments: sdkappid"),
    *(
        ({name: value}, f"{name} must be an integer from {smallest} to {largest}, not {value}.")
        for name, smallest, largest in LIMITS
        for value in (smallest - 1, largest + 1)
    ),
    *(({name: value}, f"not {value}") for name, value in (("sdkappid", -5), ("usersig_expire", -1), ("timeout", -1))),
    ({"sdkappid": True}, "sdkappid must be an integer from 1 to 9223372036854775807, not a boolean: True"),
    *(({"sdkappid": value}, "sdkappid") for value in ("abc", 1.5, "")),
    *(({name: value}, name) for name, value in (("usersig_expire", "a day"), ("timeout", "soon"), ("timeout", 0.5))),
    *(({name: value}, name) for name, value in (("retries", "many"), ("validate_certs", "perhaps"))),
    ({"identifier": ""}, "identifier is empty: ''"),
    ({"identifier": "  "}, "identifier starts with a space (U+0020): '  '"),
    ({"identifier": " admin"}, "identifier starts with a space (U+0020): ' admin'"),
    ({"identifier": "ad\nmin"}, "identifier contains the invisible character U+000A"),
    *(({"secret_key": value}, "usersig or secret_key must be set") for value in (..., "")),
    ({"usersig": "x" * 20}, "parameters are mutually exclusive: usersig|secret_key"),
    ({"secret_key": "hunter2\n"}, "secret_key contains spaces or control characters"),
    ({"secret_key": "hunter2 hunter2"}, "secret_key contains spaces or control characters"),
    ({"secret_key": ..., "usersig": "hunter2\t"}, "usersig contains spaces or control characters"),
    ({"ca_path": "/nowhere/ca.pem"}, "ca_path '/nowhere/ca.pem': the file does not exist"),
    ({"ca_path": "/dev/null"}, "ca_path '/dev/null': it cannot be read as CA certificates"),
    ({"colour": "red"}, "colour. Supported parameters include"),
]
# What is given, and what the message must hold.
ATTR_NAMES = [
    ({10: "x"}, "10 is not an attribute number"),
    ({"01": "x"}, "'01' is not an attribute number"),
    ({"٣": "x"}, "'٣' is not an attribute number"),
    ({"sex": "x"}, "'sex' is not an attribute number"),
    ({1.0: "x"}, "1.0 is not an attribute number"),
    ({True: "x"}, "True is not an attribute number"),
    ({0: "x", "0": "y"}, "attribute 0 is listed more than once"),
    ({0: ""}, "attribute 0 is empty: ''"),
    ({0: "a" * 51}, "has 51 bytes in UTF-8, but at most 50 are allowed"),
    ({0: True}, "must be a string, not a boolean: True"),
    ({0: None}, "must be a string, not null"),
    ({0: ["a"]}, "must be a string, not a list: ['a']"),
    ({0: "city", 1: "city"}, "name 'city' is used for attributes 0 and 1"),
    ({"0:sex": None}, "'0:sex' is not an attribute number. Use 0 to 9, without a sign or a leading zero, and put a s"),
    ("0:sex", "attr_names must be a map, not a string: '0:sex'. Write a map such as {0: sex}, with a space after each"),
    ("{0: sex}", "attr_names must be a map, not a string: '{0: sex}'"),
    (None, "attr_names must be a map, not null"),
    *(({3: text}, f"attr_names: the name of attribute 3 {part}") for text, part in INVISIBLE),
]
ATTR_TYPES = [
    ([1], "Write a map such as {0: 1}"),
    ({10: 0}, "10 is not an attribute number"),
    ({0: 2}, "2 is not a valid type for attribute 0"),
    ({0: True}, "True"),
    ({0: 1.0}, "1.0"),
]
ATTR_NAMES_FOUND = [
    # expected, found, what the hint says
    ({"0": "e\u0301"}, {"0": "\xe9"}, "Unicode normalization form C"),
    ({"0": "e\u0301", "1": "b"}, {"0": "\xe9", "1": "b"}, "Unicode normalization form C"),
    ({"0": "e\u0301", "1": "b"}, {"0": "\xe9", "1": "c"}, "Another job may have set names at the same time"),
    ({"0": "a"}, {"0": "b"}, "Another job may have set names at the same time"),
    ({"0": "a"}, {"0": "a", "1": "b"}, "Another job may have set names at the same time"),
    ({"0": "a", "1": "b", "2": "c"}, {"1": "b"}, "Another job may have removed the names of attributes 0, 2"),
    ({"0": "e\u0301"}, {}, "Another job may have removed the names of attributes 0"),
    ({"0": "a"}, {"0": "a"}, "Another job may have set names"),  # types alone differ
]
USER_IDS = [
    (83, "must be a string, not a number: 83"),
    (None, "must be a string, not null"),
    ("", "a user ID is empty: ''"),
    (" u1", "user ID ' u1' starts with a space (U+0020)"),
    ("u\n1", "contains the invisible character U+000A"),
]
USER_LISTS = [("u1", "users must be a list, not a string: 'u1'")]
USER_MAPS = [("u1", "users must be a map, not a string: 'u1'")]
USER_ATTRS = [
    ({"u1": None}, "users: the attributes of user 'u1' must be a map, not null"),
    ({"u1": "city"}, "users: the attributes of user 'u1' must be a map, not a string: 'city'."),
    ({"u1": {1: "x"}}, "users: an attribute name of user 'u1' must be a string, not a number: 1"),
    ({"u1": {"": "x"}}, "an attribute name of user 'u1' is empty: ''"),
    ({"u1": {"city": 2024}}, "users: attribute 'city' of user 'u1' must be a string, not a number: 2024"),
    ({"u1": {"city": ""}}, "is empty: ''"),
    *(({"u1": {text: "x"}}, f"users: an attribute name of user 'u1' {part}") for text, part in INVISIBLE),
    *(({"u1": {"city": text}}, f"users: attribute 'city' of user 'u1' {part}") for text, part in INVISIBLE),
]
USER_TAGS = [
    ({"u1": None}, "users: the tags of user 'u1' must be a list, not null"),
    ({"u1": "staff"}, "users: the tags of user 'u1' must be a list, not a string: 'staff'."),
    ({"u1": [7]}, "users: a tag of user 'u1' must be a string, not a number: 7"),
    ({"u1": [""]}, "users: a tag of user 'u1' is empty: ''"),
    ({"u1": [f"t{n}" for n in range(101)]}, "users: user 'u1' would have 101 tags, but at most 100 are allowed."),
    *(({"u1": ["a", text]}, f"users: a tag of user 'u1' {part}") for text, part in INVISIBLE),
]


def audience(api=OLD, **options) -> dict:
    """Return the condition for the audience of a push."""
    parsed = PUSH.parse(options)
    return conditions.condition_of({**dict.fromkeys(conditions.OPTIONS), "api": api, **options, **parsed})


ALL = "To select all users, set all_users: true instead"
TWICE = "the audience of the push is set more than once:"
NOT_SET = f"the audience of the push is not set. Set attrs_or, attrs_and, tags_or, tags_and or users. {ALL}"
# The options, and how the message begins; messages.json has the whole messages.
AUDIENCES = [
    ({}, NOT_SET),
    ({"all_users": False}, NOT_SET),
    ({"tags_or": []}, f"tags_or is empty. List a tag, or remove tags_or. {ALL}"),
    ({"attrs_or": {}}, f"attrs_or is empty. List an attribute, or remove attrs_or. {ALL}"),
    ({"attrs_or": {"city": ["Berlin", "Paris"]}}, "attrs_or: the value of attribute 'city' must be a string, not a l"),
    ({"all_users": None}, "all_users must be a boolean, not null"),
    ({"attrs_or": None}, "attrs_or must be a map, not null. Write"),
    ({"attrs_or": "{city: Oslo}"}, "attrs_or must be a map, not a string: '{city: Oslo}'. Remove the quotes"),
    ({"tags_or": None}, "tags_or must be a list, not null"),
    ({"tags_or": "staff"}, "tags_or must be a list, not a string: 'staff'"),
    ({"tags_or": ["a", 5]}, "tags_or: tag number 2 must be a string, not a number: 5"),
    ({"tags_or": [""]}, "tags_or: tag number 1 is empty: ''"),
    ({"tags_or": ["x" * 51]}, "tags_or: tag number 1 has 51 bytes in UTF-8, but at most 50 are allowed"),
    ({"tags_or": [str(n) for n in range(11)]}, "tags_or has 11 tags, but at most 10 are allowed"),
    ({"tags_or": ["a"], "tags_and": ["a"]}, "tags_or, tags_and: tag 'a' is listed more than once"),
    ({"attrs_or": {5: "m"}}, "attrs_or: an attribute name must be a string, not a number: 5"),
    ({"attrs_or": {"": "m"}}, "attrs_or: an attribute name is empty: ''"),
    ({"attrs_or": {"a": ""}}, "attrs_or: the value of attribute 'a' is empty: ''"),
    ({"all_users": True, "tags_or": ["a"]}, f"{TWICE} all_users, tags_or. Keep one of: all_users, tags"),
    ({"attrs_and": {"a": "b"}, "tags_and": ["a"]}, f"{TWICE} attrs_and, tags_and. Keep"),
    ({"tags_or": ["a"], "tags_not": ["b"]}, f"tags_not: the API family {OLD} does not support this option. Set api"),
    ({"api": NEW, "tags_not": ["b"]}, "tags_not alone selects nearly all users of the app. Also set tags_or or tags_"),
    ({"api": NEW, "all_users": True, "tags_not": ["b"]}, f"{TWICE} all_users, tags_not. Keep"),
    ({"api": NEW, "tags_and": ["b"], "tags_not": ["b"]}, "tags_and, tags_not: tag 'b' is listed more than once"),
    *(({"tags_or": ["a", text]}, f"tags_or: tag number 2 {part}") for text, part in INVISIBLE),
    *(({"attrs_or": {text: "m"}}, f"attrs_or: an attribute name {part}") for text, part in INVISIBLE),
    *(({"attrs_and": {"a": text}}, f"attrs_and: the value of attribute 'a' {part}") for text, part in INVISIBLE),
]
TEXT = [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}]
DATE = datetime.date(2026, 1, 2)
EVERYONE = {"text": "hi", "all_users": True}
NOTE = {"title": "Alert", "desc": "The database is down"}


def of_elements(*elements) -> dict:
    return {"msg_body": [*elements], "all_users": True}


NO_JSON = "msg_body contains a value that JSON cannot represent"
# messages.json has the whole messages.
PUSHES = [
    ({"all_users": True}, "the push has no message"),
    ({"all_users": True, "api": "timpush"}, "the push has no message"),
    ({"all_users": True, "offline_push": {"title": "a"}}, "the push has no message"),
    ({**EVERYONE, "msg_body": TEXT}, "text and msg_body are both set"),
    ({"text": "", "all_users": True}, "text is empty: ''"),
    ({"text": 5, "all_users": True}, "text must be a string, not a number: 5"),
    ({**EVERYONE, "from_account": 123}, "from_account must be a string, not a number: 123"),
    (of_elements(), "msg_body is empty. Write a list of elements such as {MsgType: TIMTextElem"),
    ({"msg_body": "hi", "all_users": True}, "msg_body must be a list, not a string"),
    (of_elements(*TEXT, "hi"), "msg_body: element number 2 must be a map, not a string"),
    (of_elements({"MsgContent": {}}), "msg_body: element number 1: MsgType must be a string, not null. Set MsgType"),
    (of_elements({**TEXT[0], "MsgContent": "hi"}), "msg_body: element number 1: MsgContent must be a map, not a str"),
    (of_elements({"MsgType": "TIMTextElem"}), "msg_body: element number 1: MsgContent must be a map, not null"),
    (of_elements({"MsgType": "TIMCustomElem", "MsgContent": {"Data": DATE}}), f"{NO_JSON}. Quote dates"),
    (of_elements({"MsgType": "TIMCustomElem", "MsgContent": {"Data": float("nan")}}), NO_JSON),
    ({**EVERYONE, "offline_push": {}}, "offline_push is empty. Set title, desc or ext"),
    ({**EVERYONE, "offline_push": {"title": None}}, "offline_push is empty"),
    ({**EVERYONE, "offline_push": {"title": 5}}, "offline_push: title must be a string, not a number: 5"),
    ({**EVERYONE, "offline_push": {"titel": "a", "desc": "b"}}, "offline_push: 'titel' is not a valid key. Use"),
    ({**EVERYONE, "offline_push": {"ext": [1]}}, "offline_push: ext must be a map, not a list"),
    ({**EVERYONE, "offline_push": {"ext": {"a": DATE}}}, "offline_push: ext contains a value that JSON cannot"),
    ({**EVERYONE, "lifetime": 604801}, "lifetime must be an integer from 0 to 604800, not 604801"),
    ({**EVERYONE, "lifetime": True}, "lifetime must be an integer from 0 to 604800, not a boolean: True"),
    ({**EVERYONE, "api": "timpush", "lifetime": 0}, "lifetime: the API family timpush does not support this option."),
    ({**EVERYONE, "online_only": False}, "online_only: the API family all_member_push does not support this option."),
    ({**EVERYONE, "msg_random": 2**32}, "msg_random must be an integer from 0 to 4294967295, not 4294967296"),
    ({"text": "hi"}, "the audience of the push is not set"),
    ({"text": "hi", "tags_or": []}, "tags_or is empty"),
]
LISTED_PUSHES = [
    ({"users": []}, "users is empty"),
    ({"users": None}, "users must be a list, not null."),
    ({"users": ["ann", "bob", "ann"]}, "users: 'ann' is listed more than once"),
    ({"users": [f"u{number}" for number in range(501)]}, "users has 501 user IDs, but at most 500 are allowed."),
    ({"users": "ann"}, "users must be a list, not a string: 'ann'."),
    ({"users": [7]}, "users: a user ID must be a string, not a number: 7"),
    ({"api": ...}, "users: the API family all_member_push does not support this option"),
    ({"text": "hi"}, "text: a push to listed users does not support this option"),
    ({"msg_body": [{"MsgType": "TIMTextElem", "MsgContent": {}}]}, "msg_body: a push to listed users does not"),
    ({"online_only": False}, "online_only: a push to listed users does not support this option."),
    ({"lifetime": 60}, "lifetime: a push to listed users does not support this option."),
    ({"offline_push": ...}, "a push to listed users needs a title and a desc"),
    ({"offline_push": {"desc": "x"}}, "a push to listed users needs a title and a desc"),
    ({"all_users": True}, "the audience of the push is set more than once: all_users, users. Keep one of: all_users,"),
    ({"tags_or": ["x"]}, "the audience of the push is set more than once: users, tags_or. Keep one of: users, tags."),
]


def to_listed(users, **more) -> dict:
    """Return the options of a push to listed users. "..." stands for an option that is not set."""
    given = {"api": NEW, "users": users, "offline_push": NOTE, **more}
    return {name: value for name, value in given.items() if value is not ...}


RECALLS = [
    ({"task_id": ""}, "task_id is empty: ''"),
    ({"task_id": 7}, "task_id must be a string, not a number: 7"),
    ({"task_id": None}, "task_id must be a string, not null."),
    ({"task_id": "a\nb"}, "task_id is not a task ID: 'a\\nb'."),
    ({"task_id": "x" * 201}, "task_id is not a task ID"),
    ({"offline_push": None}, "offline_push must be a map, not null."),
    ({"offline_push": {}}, "offline_push is empty"),
    ({"offline_push": {"body": "x"}}, "offline_push: 'body' is not a valid key"),
]
STATISTICS = [
    ({"task_ids": "t"}, "task_ids must be a list, not a string: 't'."),
    ({"task_ids": [7]}, "task_ids: ID number 1 must be a string, not a number: 7"),
    ({"task_ids": ["t", None]}, "task_ids: ID number 2 must be a string, not null"),
    ({"task_ids": list("abcdef")}, "task_ids has 6 IDs, but at most 5 are allowed"),
    ({"days": 0}, "days must be an integer from 1 to 30, not 0"),
    ({"days": 31}, "days must be an integer from 1 to 30, not 31"),
    ({"days": 8, "reasons": True}, "days must be at most 7 if reasons is true, not 8"),
]
STATISTICS_FOUND = [
    *((results, "Results is not a list of maps") for results in ("x", [7])),
    ([{}], "Results contains an entry without TaskID"),
    *(([{"TaskID": value}], "Results contains an entry without TaskID") for value in (7, "\ud800", "\x1b[1m")),
    *(([{"TaskID": "t", "SentCount": value}], "SentCount is not a number") for value in ("many", True)),
    ([{"TaskID": "t", "PlatformStatistics": {"a": 1}}], "PlatformStatistics is not a list of maps"),
    ([{"TaskID": "t", "ReadyToSendLoss": [7]}], "ReadyToSendLoss is not a list of maps"),
    ([{"TaskID": "t", "ReadyToSendLoss": [{"ErrCode": None}]}], "ErrCode is neither a string nor an integer"),
]
ACCOUNTS = [
    (None, "accounts must be a map, not null"),
    ("u1", "accounts must be a map, not a string: 'u1'."),
    ({1001: None}, "accounts: a user ID must be a string, not a number: 1001"),
    ({"u1 ": None}, "user ID 'u1 ' ends with a space (U+0020)"),
    ({"é": None}, "contains characters other than printable ASCII"),
    ({"x" * 33: None}, "has 33 bytes, but at most 32 are allowed"),
    ({"@RBT#001": None}, "begins with @RBT#, which is reserved for robots"),
    ({"@TOA#_x": None}, "begins with @TOA#_, which is reserved for official accounts."),
    ({"u1": "Ann"}, "the profile of 'u1' must be a map, not a string: 'Ann'"),
    ({"u1": {"name": "Ann"}}, "the profile of 'u1' has the unknown key 'name'"),
    ({"u1": {"nick": 7}}, "the nick of 'u1' must be a string, not a number: 7"),
    ({"u1": {"nick": ""}}, "the nick of 'u1' is empty: ''"),
    ({"u1": {"nick": "é" * 250 + "x"}}, "has 501 bytes in UTF-8, but at most 500 are allowed"),
    ({"u1": {"face_url": " http://a"}}, "the face_url of 'u1' starts with a space"),
]
