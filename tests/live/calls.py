# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of the probe: sent with the collection's own signing and workers, slowly, and recorded."""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ansible_collections.tencentcloud.chat.plugins.module_utils._core import converge, response, usersig
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.client import Client
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.codes import meaning_of
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.errors import Failure
from ansible_collections.tencentcloud.chat.plugins.module_utils._core.wire import Request

from .contract import SENT, filled, path
from .facts import FACTS, Findings, NotObservable, NotShown

INTERVAL = 0.02  # seconds between two calls: half of the documented 100 calls a second
PATIENCE = 30.0  # seconds in which a write has to show
WAITS = sum(converge.DELAYS)  # seconds for which the collection reads back
SETTLED = 5.0  # seconds after which a write that nobody waited for has shown

# How a request is signed.
AS_GIVEN = "as given"
ANOTHER_KEY, ANOTHER_APP, ANOTHER_ACCOUNT = "with another key", "for another app", "for another account"
EXPIRED, NOT_ADMIN = "expired", "not an admin"


def fresh() -> str:
    """Return a name, value, tag or account that nobody else has."""
    return f"live_probe_{secrets.token_hex(8)}"


class Unanswered(Exception):
    """The service did not answer; the text, which contains no secret, says what happened."""


@dataclass(frozen=True)
class Answer:
    """A response of the service: its JSON object, and its ErrorCode, None if the collection cannot read it."""

    document: Mapping[str, Any]
    code: int | None
    problem: str = ""

    def __str__(self) -> str:
        return self.problem or f"ErrorCode {self.code}"

    def entries(self, field: str, key: str = "To_Account") -> dict[str, Mapping[str, Any]]:
        """Return the entries in the list *field* by what they have as *key*."""
        listed = self.document.get(field)
        entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        return {one[key]: one for one in entries if key in one}

    def require(self, what: str) -> None:
        """Raise NotObservable unless the service accepted the call, which was about *what*."""
        if self.code != 0 or self.document.get("ErrorList") or self.document.get("FailAccounts"):
            raise NotObservable(f"The service rejected {what}: {self}.")


def form_of(value: Any, **forms: Any) -> str:
    """Return how a response shows nothing: "missing" (...), "null", or one of *forms*. "" if it shows something."""
    return next((form for form, nothing in {"missing": ..., "null": None, **forms}.items() if value == nothing), "")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs: key -> the value after, or None."""
    return {key: after.get(key) for key in sorted({*before, *after}) if after.get(key) != before.get(key)}


class Caller:
    """Asks the service for one app, and records what was sent and answered, and the findings.

    not_admin -- an account that is not an app admin account
    words -- what stands in the requests of the contract for $USER and the like
    """

    def __init__(self, client: Client, not_admin: str = "") -> None:
        self.client = client
        self.not_admin = not_admin
        self.sleep = client.sleep
        self.clock = client.clock
        self.attempts = 3
        self.fact = ""  # the fact that the next calls are about
        self.words = {"ADMIN": client.account.identifier, "GHOST": fresh()}
        self.exchanges: list[dict[str, Any]] = []
        self.findings = Findings(self.exchanges)
        self._began = self.clock()
        self._last = self._began - INTERVAL

    def ask(self, command: str, body: Mapping[str, Any], signed: str = AS_GIVEN, attempts: int = 0) -> Answer:
        """Return the answer to a call. Raises Unanswered after so many *attempts*, by default self.attempts."""
        attempts = attempts or self.attempts
        for attempt in range(1, attempts + 1):
            self._pace()
            exchange = {"fact": self.fact, "path": path(command), "signed": signed, "sent": body}
            exchange["at"] = round(self._last - self._began, 3)
            self.exchanges.append(exchange)
            answer = self._send(body, signed, exchange)
            if isinstance(answer, Failure):
                exchange["failed"] = self.client.redact_foreign.text(answer.what)
                if attempt == attempts:
                    raise Unanswered(exchange["failed"])
            else:
                exchange["answered"] = answer.document
                if attempt == attempts or not meaning_of(answer.code or 0).is_transient:
                    return answer
            self.sleep(min(attempt, 5))
        raise Unanswered("no attempt was allowed")

    @contextlib.contextmanager
    def about(self, what: str) -> Iterator[None]:
        """Record the calls in the block as being about *what*."""
        before, self.fact = self.fact, what
        yield
        self.fact = before

    def _pace(self) -> None:
        pause = self._last + INTERVAL - self.clock()
        if pause > 0:
            self.sleep(pause)
        self._last = self.clock()

    def _send(self, body: Mapping[str, Any], signed: str, exchange: dict[str, Any]) -> Answer | Failure:
        client, (identifier, signature) = self.client, self._sign(signed)
        query = {"sdkappid": client.account.sdkappid, "identifier": identifier, "usersig": signature}
        query.update(random=secrets.randbelow(2**32), contenttype="json")
        url, content = f"{client.endpoint.base_url}/{exchange['path']}", json.dumps(body).encode()
        request = Request(url, urlencode(query), content, client.endpoint.route, client.timeout)
        try:
            sending = client.workers.start(request, client.is_wanted, 2 * client.timeout)
            reply = dict(client.workers.wait())[sending]
        finally:
            client.workers.close()  # after Ctrl-C, what was not sent yet never is
        if isinstance(reply, Failure):
            return reply
        exchange["status"] = reply.status
        found = response.read(reply, client.redact_foreign.text)
        if not isinstance(found, Failure):
            return Answer(found, 0)
        try:
            document = json.loads(reply.body) if reply.status == 200 and reply.complete else None
        except (ValueError, RecursionError):
            return found
        if not isinstance(document, dict):  # so it does not come from the service itself
            return found
        return Answer(document, found.error_code, found.what if found.error_code is None else "")

    def _sign(self, signed: str) -> tuple[str, str]:
        account = self.client.account
        identifier = self.not_admin if signed == NOT_ADMIN else account.identifier
        if signed == AS_GIVEN:
            return identifier, self.client.sign()
        made = usersig.sign(
            secrets.token_hex(32) if signed == ANOTHER_KEY else account.secret_key or "",
            account.sdkappid + (1 if signed == ANOTHER_APP else 0),
            identifier + ("x" if signed == ANOTHER_ACCOUNT else ""),
            int(time.time()) - (7200 if signed == EXPIRED else 0),
            3600,
        )
        self.client.redact_foreign.learn(made)
        return identifier, made

    def wait(self, is_shown: Callable[[], bool], limit: float = PATIENCE) -> bool:
        """Return whether *is_shown* comes true within *limit* seconds; it reads from the service."""
        end, pauses = self.clock() + limit, itertools.chain((0.25, 0.5, 0.5), itertools.repeat(1.0))
        while not is_shown():
            if self.clock() >= end:
                return False
            self.sleep(next(pauses))
        return True

    def settle(self) -> None:
        """Let the writes show for which nobody waited."""
        self.sleep(SETTLED + 2 * self.findings.settings.get("delay", 0.0))

    def judge_contract(self, fact: str, ask: Callable[..., Answer] | None = None, timpush: bool = True) -> None:
        """Send the requests of the contract for *fact*, all of which the service must reject, and note its codes.

        Raises NotObservable if there are none.

        ask -- sends one of them, and can set back what it changed if the service accepts it
        timpush -- whether to send those to timpush
        """
        self.fact = fact
        findings, wrong, codes, settings = self.findings, [], set(), {}
        rows = [row for row in SENT[fact] if timpush or row.command.startswith("im_")]
        if not rows:
            raise NotObservable("This needs timpush, and names that both API families share.")
        for row in rows:
            answer = (ask or self.ask)(row.command, filled(row.body, {**self.words, "NEW": fresh()}))
            codes.add(str(answer))
            settings.update({row.case: answer.code or 0} if row.case else {})
            if not answer.code or (row.codes and answer.code not in row.codes):
                wrong.append(f"{row.command} {json.dumps(row.body)[:120]} got {answer}")
                findings.differs(fact, "; ".join(wrong))
        findings.set(codes=settings)
        detail = f"{', '.join(sorted(codes))}."
        if not wrong and FACTS[fact]["status"] == "open":
            findings.settle(fact, "rejected", detail)
        elif not wrong:
            findings.check(fact, True, detail)

    def require(self, is_shown: Callable[[], bool]) -> None:
        """Wait until *is_shown* comes true; it reads from the service. Raises NotShown."""
        if not self.wait(is_shown):
            raise NotShown(f"A write did not show within {PATIENCE:g} seconds.")

    def judge_delay(self, fact: str, is_shown: Callable[[], bool]) -> None:
        """Wait until the write that was sent last shows, and note how long that took. Raises NotShown."""
        findings, written_at = self.findings, self.exchanges[-1]["at"]
        relies = f"The collection waits for {WAITS:g} seconds."
        try:
            self.require(is_shown)
        except NotShown as why:
            findings.differs(fact, f"{why} {relies}")
            raise
        answered = [exchange["at"] - written_at for exchange in self.exchanges if "answered" in exchange]
        before, last = answered[-2:]
        detail = f"A read showed it {last:.1f} seconds after the write; {before:.1f} seconds after it, none did."
        if before <= 0:
            delay, answer = 0.0, "at once"
            detail = f"The first read showed it, {last:.1f} seconds after the write."
        else:
            delay, answer = round((before + last) / 2, 3), f"after {last:.1f} seconds"
        findings.settle(fact, answer, detail, delay=max(delay, findings.settings.get("delay", 0.0)))
        if before > WAITS:
            findings.differs(fact, f"{detail} {relies}")
