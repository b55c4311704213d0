# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drift report says about each app, attribute and user, and that it shows foreign text as text."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from ansible_collections.tencentcloud.chat.plugins.filter.drift_report import drift_report
from ansible_collections.tencentcloud.chat.plugins.plugin_utils import _drift_texts

MADE_AT = "2026-11-29T03:00:00Z"
COMMAND = "ansible-playbook names.yml --limit localhost,HOSTS"
HOSTILE = {
    "0": "<script>alert(1)</script>",
    "1": "{{ 7*7 }}",
    "2": "a|b`c",
    "3": "](javascript:alert(1))",
    "4": "x\ny\x00\ud800",
    "5": "\u202egnp.exe",
    "6": '"><img src=x onerror=alert(1)>',
    "7": "]]><!-- {% raw %}",
    "8": "![x](https://example.org/x.png) www.example.org *a* _b_ ~c~ @d #1",
    "9": "</style></code></pre>```",
}


def names(declared: object, actual: dict | None = None, name: str = "news", **result) -> list:
    """Return what the role registers about an app: *actual* names, or a failed *result*."""
    app = {"name": name, "sdkappid": 1400000002, "region": "frankfurt", "api": "timpush", "attr_names": declared}
    app.update({key: result.pop(key) for key in ("attr_types", "region", "api", "sdkappid") if key in result})
    found = {} if actual is None else {"attr_names": actual}
    if "types" in result:
        found["attr_types"] = result.pop("types")
    return [f"app-{name}", {"results": [{"drift_report_declared": app, **found, **result}]}]


def app_of(result: list) -> dict:
    (app,) = drift_report([result], MADE_AT)["apps"]
    return app


def page(results: list) -> str:
    return drift_report(results, MADE_AT, "html", COMMAND)


# What the role registers, the states of attributes, the differences, and why setting the names would fail.
ATTRIBUTES = {
    "as declared": (names({0: "sex"}, {"0": "sex"}), {0: "as_declared"}, [], ""),
    "nothing": (names({}, {}), {}, [], ""),
    "several": (
        names({"0": "it's", "1": "city"}, {"1": "town", "5": "tier"}),
        {0: "missing", 1: "other_name", 5: "undeclared"},
        *(['0 ("it\'s") is missing', "1 is 'town', declared as 'city'", "5 ('tier') is not declared"], ""),
    ),
    "types": (
        names({0: "sex", 1: "id", 2: "x"}, {"0": "sex", "1": "id"}, attr_types={1: 1, 2: 1}, types={"0": 1, "1": 0}),
        {0: "as_declared", 1: "type_differs", 2: "missing"},
        *(
            ["1 ('id') has type 0 (user ID), declared as 1 (registration ID)", "2 ('x') is missing"],
            "attribute 1 has type 0",
        ),
    ),
    "another name and another type": (
        *(names({0: "a"}, {"0": "b"}, attr_types={0: 1}, types={"0": 0}), {0: "other_name"}),
        ["0 is 'b', declared as 'a'", "0 ('b') has type 0 (user ID), declared as 1 (registration ID)"],
        "attribute 0 has type 0",
    ),
    "the name of another attribute": (
        *(names({1: "city"}, {"5": "city"}), {1: "missing", 5: "undeclared"}),
        *(["1 ('city') is missing", "5 ('city') is not declared"], "'city' is used for attributes 1 and 5"),
    ),
}


@pytest.mark.parametrize("case", ATTRIBUTES)
def test_attributes_are_compared(case):
    result, states, differing, blocked = ATTRIBUTES[case]
    app, differences = app_of(result), [f"attribute {words}" for words in differing]
    assert {one["number"]: one["state"] for one in app["attributes"]} == states
    assert (app["state"], app["differences"]) == ("drifted" if differences else "as_declared", differences)
    assert drift_report([result], format="text") == (f"news: {'; '.join(differences)}" if differences else "")
    assert blocked in app["blocked"] if blocked else app["blocked"] is None
    assert blocked in html.unescape(page([result]))
    assert not blocked or _drift_texts.repair(drift_report([result], MADE_AT), COMMAND) == ""


def test_an_attribute_with_another_name_and_another_type_shows_both():
    shown = page([ATTRIBUTES["another name and another type"][0]])
    assert "declared: <bdi>a</bdi>" in shown and "type 0, declared: 1" in shown


FAILED = "im_get_attr_name for app 1400000002: error 70009, wrong key. Check that secret_key belongs to sdkappid."


@pytest.mark.parametrize(
    ("result", "code", "words"),
    [
        (names({0: "x"}, msg=FAILED, error_code=70009), 70009, FAILED),
        (names({0: "x"}, msg="no response"), None, "no response"),
        (names({0: True}, {"0": "x"}), None, "a boolean: True"),
        (names({0: "x"}, {"0": "x"}, api="all_member_push", attr_types={0: 1}), None, "does not support types"),
        (names(None, {"0": "x"}), None, "attr_names must be a map, not null"),
        (["news", {"failed": True, "msg": "'x' is undefined"}], None, "'x' is undefined"),  # before the loop
        (["news", {}], None, "the task did not return a result"),
    ],
)
def test_an_app_that_could_not_be_read_shows_its_error(result, code, words):
    app = app_of(result)
    assert (app["name"], app["state"], app["error"]["code"]) == ("news", "unreadable", code)
    assert words in app["error"]["message"]
    assert drift_report([result], format="text") == f"news: {app['error']['message']}"
    shown = html.unescape(page([result]))
    assert words in shown and (f"error {code}" in shown) is (code is not None)


def test_apps_that_have_drifted_are_first_then_those_that_could_not_be_read():
    declared = {"d": ({0: "x"}, "tokyo"), "e": ({0: "x"}, "tokyo"), "f": ({0: "x"}, "seoul")}
    declared |= {"a": ({}, "tokyo"), "b": ({}, "seoul")}
    results = [names(wanted, {}, name, region=region) for name, (wanted, region) in reversed(declared.items())]
    results.insert(2, names({}, None, "c", msg="x"))
    found = drift_report(results, MADE_AT)
    assert [app["name"] for app in found["apps"]] == ["f", "d", "e", "c", "b", "a"]
    assert found["summary"] == {"checked": 6, "as_declared": 2, "drifted": 3, "unreadable": 1}
    assert (found["version"], found["made_at"]) == (1, MADE_AT) and "users" not in found


@pytest.mark.parametrize("count", [20, 21])
def test_the_command_names_the_apps_that_it_repairs_if_they_are_at_most_twenty(count):
    named = [f"a {at:02}" for at in range(count)]
    others = [names({}, {"5": "tier"}, "undeclared"), names({}, {}, "quiet")]
    results = [*others, *(names({0: "x"}, {}, name) for name in named)]
    command = COMMAND.replace("HOSTS", f"'{','.join(f'app-{name}' for name in named)}'" if count == 20 else "all")
    report = drift_report(results, MADE_AT)
    assert (_drift_texts.repair(report, COMMAND), _drift_texts.repair(report, "")) == (command, "")
    assert drift_report(results, MADE_AT, "md", COMMAND).endswith(f"\n\n```console\n$ {command}\n```")
    shown = html.unescape(page(results))
    assert command in shown and "2026-11-29 03:00:00 UTC" in shown


VERDICTS = {
    "All 2 apps are as declared.": [({}, {}), ({}, {})],
    "1 app is as declared.": [({}, {})],
    "1 of 1 app has drifted.": [({0: "x"}, {})],
    "2 of 3 apps have drifted.": [({0: "x"}, {}), ({0: "x"}, {}), ({}, {})],
    "1 of 3 apps has drifted, and 1 could not be read.": [({0: "x"}, {}), ({}, None), ({}, {})],
    "1 of 2 apps could not be read.": [({}, {}), ({}, None)],
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_verdict_is_a_sentence(verdict):
    results = [names(*pair, name=str(number)) for number, pair in enumerate(VERDICTS[verdict])]
    assert f'<p class="verdict">{verdict}</p>' in page(results)
    text = drift_report(results, MADE_AT, "md")
    assert f"**{verdict}**" in text and "Set the declared names" not in text


def users(before: dict, after: dict, everybody: tuple = ()) -> dict:
    return {"users": {**{account: {} for account in everybody}, **after}, "diff": {"before": before, "after": after}}


def test_attributes_and_tags_of_users_are_compared():
    before, after = {"1": {"city": "Rome", "role": "x"}, "2": {}}, {"1": {"city": "Berlin"}, "2": {"city": "Paris"}}
    results = [[*names({}, {}), users(before, after, ("3",)), users({"1": ["a"]}, {"1": ["a", "staff"]}, ("2",))]]
    found = drift_report(results, MADE_AT)
    assert found["users_summary"] == {"checked": 3, "as_declared": 1, "drifted": 2, "unreadable": 0}
    shown = page(results)
    assert "1 app is as declared. 2 of 3 users have drifted.</p>" in shown
    assert "fill='%23c2410c'" in shown and 'class="bar"' not in shown  # a green bar would say that all is well
    city = "attribute 'city' is 'Rome', declared as 'Berlin'"
    assert [(user["account"], user["differences"]) for user in found["users"]] == [
        ("1", [city, "attribute 'role' is to be removed", "tag 'staff' is missing"]),
        ("2", ["attribute 'city' is missing"]),
        ("3", []),
    ]
    assert [item["state"] for item in found["users"][0]["items"]] == ["other_value", "undeclared", "missing"]
    assert found["apps"][0]["state"] == "as_declared"
    message = drift_report(results, format="text")
    assert message.endswith("tag 'staff' is missing; news, user '2': attribute 'city' is missing")


def test_users_that_could_not_be_compared_show_the_error():
    failed = {"msg": "error 70107, for: '9'", "failed_users": {"9": {"error_code": 70107, "error_info": "x"}}}
    result = [[*names({}, {}), failed, {"skipped": True}]]
    found = drift_report(result, MADE_AT)
    assert found["users_summary"] == {"checked": 1, "as_declared": 0, "drifted": 0, "unreadable": 1}
    assert (found["users"][0]["account"], found["users"][0]["error"]["code"]) == (None, 70107)
    assert drift_report(result, format="text") == "news, users: error 70107, for: '9'"
    assert "The users of 1 app could not be compared." in page(result)
    (suite,) = ElementTree.fromstring(drift_report(result, MADE_AT, "xml"))[1:]
    assert suite.attrib["errors"] == "1" and suite.find("testcase/error").attrib["type"] == "70107"
    one = [[*names({}, {}), users({"1": {"a": "b"}}, {"1": {"a": "c"}}), {"skipped": True}]]
    assert "1 of 1 user has drifted." in page(one)


TYPES = {"1": 1, "2": 1}
EACH_FORMAT = [
    [
        *names({0: "x", 1: "y", 2: "z"}, {"1": "{z}", "2": "z", "5": "t"}, "shop", attr_types=TYPES, types=TYPES),
        users({"1": {"city": "Rome"}, "2": {}}, {"1": {"city": "Berlin"}, "2": {"city": "Paris"}}),
        {"skipped": True},
    ],
    names({}, msg="n\x00o|pe", name="l\x0bost", error_code=70009, region=None, sdkappid=None, api=None),
    names({}, name="silent"),
    names({4: "国", 5: "Www.x"}, {"4": "国家"}, "chinese"),
    names({3: "v"}, {"3": "v"}, "typed", sdkappid=1, attr_types={3: 1}, types={"3": 7}),
    [*names({}, {}, "quiet"), {"msg": "error 70107, for: '9'", "error_code": 70107}, {"msg": "x", "error_code": 8}],
    [*names({}, {}, "late"), {}, {"msg": "timed out"}],
]
FILE = Path(__file__).with_name("drift_reports.json")


def test_each_format_but_html_is_as_in_the_file():
    """After you change a format, run pytest with CHAT_UPDATE_MESSAGES=1, and read how drift_reports.json changed."""
    # It contains what ends a code block of Markdown.
    command = "ansible-playbook '``names```.yml' --limit localhost,HOSTS"
    reports = {kind: drift_report(EACH_FORMAT, MADE_AT, kind, command) for kind in ("md", "json", "xml")}
    found = {kind: report.replace("><", ">\n<").splitlines() for kind, report in reports.items()}
    found["text"] = [drift_report([result], format="text") for result in EACH_FORMAT]
    if os.environ.get("CHAT_UPDATE_MESSAGES"):
        FILE.write_text(json.dumps(found, indent=1, ensure_ascii=True) + "\n")
    assert found == json.loads(FILE.read_text())


class Elements(HTMLParser):
    """The elements, the attributes and the texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)


HOSTILE_RESULTS = [
    names({}, HOSTILE, name="<b>|news`"),
    names({0: "x"}, msg="<i>not\nread</i> | [x](y)", error_code=1, name="{{ 6*6 }}", region="<u>"),
    [*names({}, {}), users({"<s>": {}}, {"<s>": {"<q>": "{{ 5*5 }}"}}), {}],
]


def test_a_page_shows_foreign_text_and_does_not_run_it():
    text = page(HOSTILE_RESULTS)
    found = Elements(text)
    assert not {"script", "img", "b", "i", "u", "s", "q"} & set(found.tags)
    assert not any(name.startswith("on") for name, _value in found.attributes)
    shown = {"".join(part.split()) for part in found.texts}
    for name in HOSTILE.values():
        assert "".join(_drift_texts.visible(name).split()) in shown, name
    assert "<b>|news`" in found.texts and "{{ 6*6 }}" in found.texts
    assert "\x00" not in text and "\u202e" not in text


def test_a_page_is_one_file_without_scripts_and_foreign_resources():
    found = Elements(page(HOSTILE_RESULTS))
    assert found.tags.count("style") == 1 and not {"script", "iframe", "object", "form"} & set(found.tags)
    values = dict(found.attributes)
    assert "src" not in values and "style" not in values
    assert [value[:20] for name, value in found.attributes if name == "href"] == ["data:image/svg+xml,%"]
    (policy,) = [value for name, value in found.attributes if name == "content" and "default-src" in value]
    assert re.match(r"default-src 'none'; style-src 'sha256-[\w+/=]+'; ", policy)
    (style,) = re.findall("<style>(.*?)</style>", page([]), re.S)
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert "url(" not in page([]) and "@import" not in page([])


def test_markdown_shows_foreign_text_and_keeps_its_table():
    text = drift_report(HOSTILE_RESULTS, MADE_AT, "md", COMMAND)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 3 + 2 + 1
    assert all(re.sub(r"<br>", "", row).count("<") == 0 for row in rows)
    assert {row.count("|") for row in rows[:5]} == {6} and {row.count("|") for row in rows[5:]} == {5}
    for mark in ("`", "[", "{{", "*", "_", "@", "www.", "://"):
        assert not any(mark in row for row in rows), mark
    shown = html.unescape(text)
    for name in HOSTILE.values():
        assert _drift_texts.sentence(repr(name)) in shown, name
    assert "$ ansible-playbook" not in text  # no app can be repaired with it


def test_the_declaration_to_paste_is_the_names_that_the_app_has():
    actual = {**HOSTILE, "0": "yes", "1": "2024", "2": "tier", "4": "城市", "5": '"'}
    del actual["6"]
    text = _drift_texts.declaration(app_of(names({3: "x", 6: "y"}, actual)))
    assert "2: tier," in text and "!unsafe" in text and '4: "城市", 5: "\\"",' in text

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
    found = yaml.load(text, Loader)["attr_names"]
    assert found == {**{int(number): name for number, name in actual.items()}, 6: "y"}
    assert not re.search(r'(?<!!unsafe )"[^"]*\{[{%]', text)
