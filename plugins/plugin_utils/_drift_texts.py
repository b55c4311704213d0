# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!
"""Writes a drift report as JSON, Markdown, JUnit XML and HTML.

Names, values, accounts and error messages come from outside: each format shows them as text.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import re
import shlex
from collections.abc import Iterable
from xml.etree import ElementTree

import jinja2
import markupsafe

from ._drift import DECLARED, DRIFTED, MISSING, OTHER_NAME, OTHER_VALUE, TYPE, UNDECLARED, UNREADABLE, Item

# What a report calls each state, with a symbol, so that it does not depend on colors.
WORDS = {
    DECLARED: ("✓", "as declared"),
    DRIFTED: ("▲", "drifted"),
    UNREADABLE: ("✕", "unreadable"),
    MISSING: ("○", "missing"),
    OTHER_NAME: ("≠", "other name"),
    UNDECLARED: ("+", "undeclared"),
    TYPE: ("±", "type differs"),
    OTHER_VALUE: ("≠", "other value"),
}
_HOSTS, _MOST_HOSTS = "HOSTS", 20  # in the command that repairs
# Strings that YAML reads as something else unless they are quoted.
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z][\w-]*\Z", re.IGNORECASE | re.ASCII)


def visible(text: object) -> str:
    """Return *text* without characters that are invisible, end a line or are forbidden in XML: "\\n" takes two."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def sentence(text: str) -> str:
    """Return a message on one line."""
    return visible(" ".join(text.split()))


def verdict(report: Item) -> str:
    """Return the result in a sentence about the apps, and if users were compared, another about them."""
    users = [users_verdict(report["users_summary"])] if "users" in report else []
    return " ".join([_apps_verdict(report["summary"]), *users])


def _apps_verdict(summary: Item) -> str:
    checked, drifted, unreadable = summary["checked"], summary[DRIFTED], summary[UNREADABLE]
    apps = _number(checked, "app")
    if not drifted and not unreadable:
        return f"All {apps} are as declared." if checked > 1 else f"{apps} is as declared."
    parts = [f"{drifted} of {apps} {'has' if drifted == 1 else 'have'} drifted"] if drifted else []
    if unreadable:
        parts.append(f"{unreadable}{'' if drifted else f' of {apps}'} could not be read")
    return ", and ".join(parts) + "."


def users_verdict(summary: Item) -> str:
    """Return the result for the users in sentences."""
    compared, drifted, unreadable = summary["checked"] - summary[UNREADABLE], summary[DRIFTED], summary[UNREADABLE]
    sentences = [f"{drifted} of {_number(compared, 'user')} {'has' if drifted == 1 else 'have'} drifted."]
    if unreadable:
        sentences.append(f"The users of {_number(unreadable, 'app')} could not be compared.")
    return " ".join(sentences)


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def repair(report: Item, command: str) -> str:
    """Return the *command* that sets the declared names, for the apps that need it. Empty if none does."""
    hosts = [app["host"] for app in report["apps"] if _can_be_set(app)]
    if not hosts or not command:
        return ""
    return command.replace(_HOSTS, shlex.quote(",".join(hosts)) if len(hosts) <= _MOST_HOSTS else "all")


def _can_be_set(app: Item) -> bool:
    return not app["blocked"] and any(one["state"] in (MISSING, OTHER_NAME) for one in app["attributes"])


def declaration(app: Item) -> str:
    """Return the declaration of the names that *app* has now, in YAML."""
    names = {
        one["number"]: one["actual"] if one["actual"] is not None else one["declared"] for one in app["attributes"]
    }
    return "attr_names: {" + ", ".join(f"{number}: {_yaml(name)}" for number, name in names.items()) + "}"


def _yaml(text: str) -> str:
    if _PLAIN.match(text):
        return text
    return ("!unsafe " if "{" in text else "") + json.dumps(text, ensure_ascii=not text.isprintable())


# -- JSON and JUnit -----------------------------------------------------------------------------------------------


def as_json(report: Item, command: str) -> str:
    return json.dumps({**report, "repair": repair(report, command) or None}, indent=2, ensure_ascii=False)


def as_junit(report: Item, command: str) -> str:
    """Return a JUnit report with a test case for each app, and for each user."""
    suites = [("push attribute names", report["summary"], report["apps"])]
    if "users" in report:
        suites.append(("push attributes and tags of users", report["users_summary"], report["users"]))
    root = ElementTree.Element("testsuites")
    for name, summary, items in suites:
        counts = {"tests": summary["checked"], "failures": summary[DRIFTED], "errors": summary[UNREADABLE]}
        suite = ElementTree.SubElement(root, "testsuite", {"name": name, "timestamp": report["made_at"].rstrip("Z")})
        suite.attrib.update({key: str(count) for key, count in counts.items()})
        for item in items:
            _test_case(suite, item)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _test_case(suite: ElementTree.Element, item: Item) -> None:
    place = visible(item["region"] or "no region")
    case = ElementTree.SubElement(suite, "testcase", {"classname": place, "name": visible(item["name"])})
    if item["state"] == DRIFTED:
        differences = [sentence(what) for what in item["differences"]]
        failure = ElementTree.SubElement(case, "failure", {"type": DRIFTED, "message": "; ".join(differences)})
        failure.text = "\n".join(differences)
    elif item["state"] == UNREADABLE:
        code = item["error"]["code"]
        attributes = {"type": UNREADABLE if code is None else str(code), "message": sentence(item["error"]["message"])}
        ElementTree.SubElement(case, "error", attributes)


# -- Markdown -----------------------------------------------------------------------------------------------------


def as_markdown(report: Item, command: str) -> str:
    """Return a report for the job summary of a pipeline."""
    lines = ["# Drift report", "", f"**{verdict(report)}** Made at {_time(report)}.", ""]
    lines += _table(["App", "SDKAppID", "Region", "State", "What differs"], map(_app_row, report["apps"]))
    if "users" in report:
        lines += ["## Users", "", f"**{users_verdict(report['users_summary'])}**", ""]
        lines += _table(["User", "Region", "State", "What differs"], map(_user_row, report["users"]))
    fixed = repair(report, command)
    if fixed:
        fence = max(["``", *re.findall("`+", fixed)]) + "`"  # longer than any in the command
        lines += ["Set the declared names with this command:", "", f"{fence}console", f"$ {sentence(fixed)}", fence]
    return "\n".join(lines).rstrip()


def _time(report: Item) -> str:
    return str(report["made_at"]).replace("T", " ").replace("Z", " UTC")


def _table(heads: list[str], rows: Iterable[list[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def _app_row(app: Item) -> list[str]:
    return [_md(app["name"]), _md(app["sdkappid"] or ""), *_user_row(app)[1:]]


def _user_row(item: Item) -> list[str]:
    what = [_md(sentence(difference)) for difference in item["differences"]]
    if item["error"]:
        code, message = item["error"]["code"], sentence(item["error"]["message"])
        what.append(_md(message if code is None or str(code) in message else f"error {code}: {message}"))
    return [_md(item["name"]), _md(item["region"]), " ".join(WORDS[item["state"]]), "<br>".join(what)]


def _md(text: object) -> str:
    """Return *text* with references for punctuation, which Markdown and HTML never read as markup."""
    return re.sub(
        r"[!#$&*/:<>@\[\\\]^_`{|}~]|(?<=www)[.]", lambda found: f"&#{ord(found[0])};", visible(text), flags=re.I
    )


# -- HTML ---------------------------------------------------------------------------------------------------------


def as_html(report: Item, command: str) -> str:
    """Return a page that needs nothing else. Jinja escapes all values."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(visible=visible, sentence=sentence)
    environment.globals.update(
        words=WORDS, verdict=verdict, users_verdict=users_verdict, declaration=declaration, cells=_cells
    )
    style = _read("_drift_page.css")
    # With its digest, a browser applies this style and nothing else, whatever names contain.
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.from_string(_read("_drift_page.html.j2")).render(
        report=report,
        groups=_groups(report["apps"]),
        time=_time(report),
        repair=repair(report, command),
        style=markupsafe.Markup(style),  # noqa: S704
        digest=digest,
    )


def _cells(app: Item) -> list[Item | None]:
    """Return attribute 0 to 9 of *app*. None: neither declared nor there."""
    found = {one["number"]: one for one in app["attributes"]}
    return [found.get(number) for number in range(10)]


def _read(name: str) -> str:
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
        return file.read()


def _groups(apps: list[Item]) -> list[tuple[str, str, list[Item]]]:
    """Return the apps by state and region."""
    grouped = itertools.groupby(apps, key=lambda app: (app["state"], app["region"]))
    return [(state, region, list(items)) for (state, region), items in grouped]


FORMATS = {"html": as_html, "md": as_markdown, "json": as_json, "xml": as_junit}
