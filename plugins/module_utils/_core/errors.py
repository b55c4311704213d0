# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Failures as values: each is made once, complete, and never changed.

This file imports no other part of the collection, so that a subject's rules can use it without the network.
"""

from __future__ import annotations

import os
import traceback
from typing import NamedTuple

REPORT_BUG = "Report this as a bug in the collection"
CHECK_ENDPOINT = "Check api_url, and any proxy or gateway in between"

_LONGEST_TEXT = 500  # characters of a foreign text that are shown


class Failure(NamedTuple):
    """Why a task, or one request of it, failed.

    what -- what happened, without a final period
    hint -- what the user should do, without a final period
    is_transient -- the same request may succeed after a delay
    is_throttled -- the service rejects the rate of the requests, not this one; waiting does not use up a retry
    needs_new_usersig -- a newly generated UserSig may help
    not_accepted -- it is certain that the service did not accept the request, in any of its attempts
    retry_after -- seconds that the service asks to wait before the next attempt
    where -- which call failed, for the message
    command, tries -- the API command, and how many times it was sent
    error_code, error_info, action_status, http_status, request_id -- what the service returned
    """

    what: str
    hint: str = ""
    is_transient: bool = False
    is_throttled: bool = False
    needs_new_usersig: bool = False
    not_accepted: bool = False
    retry_after: float = 0.0
    where: str = ""
    command: str | None = None
    tries: int | None = None
    error_code: int | None = None
    error_info: str | None = None
    action_status: str | None = None
    http_status: int | None = None
    request_id: str | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether the service rejected the last attempt, perhaps because it had accepted an earlier one."""
        return self.error_code is not None and not self.is_transient and not self.not_accepted and (self.tries or 1) > 1

    @property
    def message(self) -> str:
        """The sentences that a failed task shows."""
        sentences = [f"{self.where}: {self.what}" if self.where else self.what, self.hint]
        if (self.tries or 1) > 1:
            sentences.append(f"Gave up after {self.tries} attempts")
        return "".join(f"{sentence}. " for sentence in sentences if sentence).rstrip()


class ChatError(Exception):
    """Carries a failure to the code that turns it into a result."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.what)
        self.failure = failure


class OptionError(ChatError):
    """An option of the task is wrong; nothing was written."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(Failure(what, hint, not_accepted=True))


def printable(text: str) -> str:
    """Return a foreign text without control characters, and of bounded length. Mask its secrets first."""
    text = "".join(c if c.isprintable() else " " for c in text).strip()
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."


def invalid_response(why: str) -> ChatError:
    """Return the error for a response that does not have the shape that the API documents."""
    return ChatError(Failure(f"not a valid Chat API response: {why}", CHECK_ENDPOINT, http_status=200))


def bug(error: BaseException) -> Failure:
    """Return the failure for an unforeseen exception: its place, but not its text, which may contain a secret."""
    places = [f"{os.path.basename(at.filename)}:{at.lineno}" for at in traceback.extract_tb(error.__traceback__)]
    return Failure(f"{type(error).__name__} at {' > '.join(places)}", REPORT_BUG)
