# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the findings of a run as JSON to attach to an issue, and as a table for people; both without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml
from simulator.profiles import TAGS

from . import ROOT
from .facts import DIFFERS, FACTS, NOT_OBSERVABLE, PARTS
from .probe import Probe

SHOWN = 4  # requests for each fact in the table
VERSION = 3  # of the shape of the report
APP, ADMIN, NOT_ADMIN, USER, ACCOUNT = "SDKAPPID", "ADMIN", "NOT_ADMIN", "SCRATCH_USER", "SCRATCH_ACCOUNT"
_STRUCTURE = {"ActionStatus", "MsgType", "AccountStatus", "Tag"}  # fields whose values are the service's own words


class Mask:
    """Replaces what belongs to the app and its users: accounts, profiles, names, values, tags, and the app's number."""

    def __init__(self, probe: Probe) -> None:
        account, users, names = probe.caller.client.account, probe.users, probe.names
        kinds = {"VALUE": users.before_attrs.values(), "ATTR": users.before_attrs, "TAG": users.before_tags}
        kinds["PROFILE"] = probe.accounts.before.values()
        known = {text: f"{kind}_{at}" for kind, texts in kinds.items() for at, text in enumerate(texts)}
        for kind, named in (("TIMPUSH_NAME", names.before_timpush.get("AttrNames") or {}), ("NAME", names.before)):
            known |= {name: f"{kind}_{number}" for number, name in named.items()}
        known |= {account.identifier: ADMIN, probe.throwaway: ACCOUNT, probe.caller.not_admin: NOT_ADMIN}
        known |= {probe.account: USER, str(account.sdkappid): APP}
        self._known = {text: word for text, word in known.items() if isinstance(text, str) and text}
        words, after = "|".join(map(re.escape, sorted(self._known, key=len, reverse=True))), r"(?![^\W_])"
        # A task ID contains the SDKAppID, perhaps after a word and an underscore.
        self._words = re.compile(rf"(?<!\w)({words}){after}|(?<=_){account.sdkappid}{after}")
        self._app = account.sdkappid
        self._redact = probe.caller.client.redact_foreign

    def text(self, text: str) -> str:
        """Return *text* with everything masked."""
        return self._redact.text(self._words.sub(lambda found: self._known[found[0]], text))

    def __call__(self, value: Any, field: str = "") -> Any:
        if isinstance(value, str):
            return value if field in _STRUCTURE else self.text(value)
        if isinstance(value, Mapping):
            masks_keys = field in ("users", "attrs", "Attrs")
            return {self.text(key) if masks_keys else key: self(item, key) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self(item) for item in value]
        return APP if value == self._app else value


def report(probe: Probe, with_app_id: bool = False) -> dict[str, Any]:
    """Return the report as a JSON object."""
    mask, endpoint = Mask(probe), probe.caller.client.endpoint
    simulated = urlsplit(endpoint.base_url).hostname in ("localhost", "127.0.0.1", "::1")
    return {
        "version": VERSION,
        "collection": yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"],
        "source": "simulator" if simulated else "service",
        "endpoint": "loopback" if simulated else endpoint.name,
        **({"sdkappid": probe.caller.client.account.sdkappid} if with_app_id else {}),
        "wrote": probe.scratch,
        "stopped": mask.text(probe.stopped),
        "findings": [_finding(fact, probe.findings.found[fact], mask) for fact in FACTS],
        "left": mask(probe.left),
        "unrestored": probe.unrestored,
        "simulator": probe.findings.settings,
        "before": mask(_before(probe)),
        "exchanges": [_exchange(exchange, mask) for exchange in probe.caller.exchanges],
    }


def _finding(fact: str, found: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    known = {name: FACTS[fact][name] for name in ("id", "question", "status")}
    return {**known, **found, "detail": mask.text(found["detail"])}


def _exchange(exchange: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    return {key: mask(value) if key in ("sent", "answered", "failed") else value for key, value in exchange.items()}


def _before(probe: Probe) -> dict[str, Any]:
    """Return the state in which a simulator answers as this service did, as its settings."""
    names, users, timpush = probe.names, probe.users, probe.names.before_timpush
    known: dict[str, Any] = {account: {} for account in users.known}
    if users.account in known:
        known[users.account] = {"attrs": users.before_attrs, "tags": users.before_tags}
    if probe.accounts.before:
        profile = {TAGS[tag]: value for tag, value in probe.accounts.before.items()}
        known[probe.accounts.admin] = {**known.get(probe.accounts.admin, {}), **profile}
    timpush_names = {number: name for number, name in (timpush.get("AttrNames") or {}).items() if name}
    state = {"names": names.before, "timpush_names": timpush_names, "types": timpush.get("AttrTypes") or {}}
    return {**state, "users": known}


def exit_status(probe: Probe) -> int:
    """Return 2 if the service could not be asked, 1 if something differs, otherwise 0."""
    if probe.findings.with_verdict(DIFFERS):
        return 1
    return 2 if probe.stopped else 0


def table(made: Mapping[str, Any]) -> str:
    """Return *made*, a report, as a table for people."""
    lines = []
    findings = {finding["id"]: finding for finding in made["findings"]}
    for part, facts in PARTS.items():
        lines += ["", part, "=" * len(part)]
        for fact in facts:
            lines += _rows(findings[fact["id"]], made["exchanges"])
    return "\n".join(lines[1:])


def _rows(finding: Mapping[str, Any], exchanges: list[Mapping[str, Any]]) -> list[str]:
    lines = [f"{finding['question']}  [{finding['id']}]", f"    {finding['verdict']}: {finding['detail']}"]
    if finding["verdict"] == NOT_OBSERVABLE:
        return lines
    shown: dict[str, str] = {}
    own = [exchange for exchange in exchanges if exchange["fact"] == finding["id"]]
    for exchange in own or exchanges[finding["exchange"] : finding["exchange"] + 1]:
        signed = "" if exchange["signed"] == "as given" else f", signed {exchange['signed']}"
        sent = f"{exchange['path'].rpartition('/')[2]} {_short(exchange['sent'])}{signed}"
        shown[sent] = _short(exchange.get("answered", exchange.get("failed")))
    for sent, answer in list(shown.items())[-SHOWN:]:
        lines += [f"      sent      {sent}", f"      answered  {answer}"]
    return lines


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 150 else f"{text[:147]}..."
