# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The faults that can be requested: in turn, or at random with a seed."""

from __future__ import annotations

import random
from typing import Any

from .core import is_integer

Fault = dict[str, Any]

# Each with what it takes, and the values that a fault has unless it says otherwise.
NOT_APPLIED: dict[str, Fault] = {
    "code": {"code": 60008, "info": "simulated"},  # an error response
    "http": {"status": 502, "retry_after": ""},  # an HTML page; retry_after is the header Retry-After, "" for none
    "redirect": {"location": "https://localhost/elsewhere", "status": 302},
    "cut_early": {},  # the connection is reset when the headers have arrived, before the body is read
    "cut": {},  # the connection is reset when the request has arrived
}
LOST: dict[str, Fault] = {
    "code_after": {"code": 91000, "info": "simulated"},  # an error response
    "http_after": {"status": 502},  # an HTML page
    "cut_after": {},  # the connection is reset in place of a response
    "truncated": {},  # half of the body that Content-Length announces, then the connection is closed
    "garbage": {"body": "\u0000\ufffd not JSON"},  # HTTP 200, and this text as the body
    "bytes": {"body": "\xff\xfe"},  # HTTP 200, and a body of these bytes, each written as a character of Latin-1
    "slow": {"seconds": 0.05},  # the right response, late
    "trickle": {"interval": 1.0},  # the right response, a byte at a time, headers too
}
APPLIED: dict[str, Fault] = {
    **LOST,
    "stale": {},  # a read returns what was there before the last write
    "hang_up": {},  # the right response, then the connection is closed without notice
    "interim": {"status": 102, "times": 1},  # so many interim responses (100, 102, 103), then the right one
    "twice": {"seconds": 0.05},  # the right response, and after these seconds the same bytes again
    "encoded": {"encoding": "gzip"},  # the right response, compressed in these codings ("gzip", "deflate") in turn
    "chunked_longer": {},  # the right response in chunks, beside a Content-Length that is too large
    "duplicate_key": {},  # the right response, with "ErrorCode": 90001 as an additional first field
}
KINDS = {**NOT_APPLIED, **APPLIED}


def fault(kind: str, **settings: Any) -> Fault:
    """Return a fault of this *kind*; with ``command`` it waits for a request of that command."""
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"there is no fault of kind {kind!r}; the kinds are {', '.join(KINDS)}")
    defaults: Fault = {**KINDS[kind], "command": ""}
    for name, value in settings.items():
        if name not in defaults:
            raise ValueError(f"a fault of kind {kind} does not accept {name!r}; it accepts {', '.join(defaults)}")
        kinds = (int, float) if isinstance(defaults[name], float) else (type(defaults[name]),)
        if type(value) not in kinds:
            raise ValueError(f"{name} of a fault must be like {defaults[name]!r}, not {value!r}")
        _check_value(kind, name, value)
    return {"kind": kind, **KINDS[kind], **settings}


def _check_value(kind: str, name: str, value: Any) -> None:
    if (kind, name) == ("interim", "status") and value not in (100, 102, 103):
        raise ValueError(f"status of an interim response must be 100, 102 or 103, not {value!r}")
    if (kind, name) == ("encoded", "encoding") and not {one.strip() for one in value.split(",")} <= {"gzip", "deflate"}:
        raise ValueError(f"encoding of a fault must list gzip or deflate, not {value!r}")
    if (kind, name) == ("bytes", "body") and max(value, default="") > "\xff":
        raise ValueError(f"body of a fault of kind bytes must be characters up to U+00FF, not {value!r}")


def fault_from(data: Any) -> Fault:
    """Return the fault that a JSON document describes."""
    if not isinstance(data, dict) or "kind" not in data:
        raise ValueError(f'a fault must be a map with a kind, such as {{"kind": "cut"}}, not {data!r}')
    return fault(**data)


class Faults:
    """The faults to come for one app."""

    def __init__(self) -> None:
        self.queue: list[Fault] = []
        self.stop_random()

    def at_random(self, rate: float, seed: int, kinds: list[str]) -> None:
        """From now on, *rate* (0 to 1) of the requests that no queued fault meets have one of these *kinds*."""
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
            raise ValueError(f"rate must be a number from 0 to 1, not {rate!r}")
        if not is_integer(seed):
            raise ValueError(f"seed must be an integer, not {seed!r}")
        if not isinstance(kinds, (list, tuple)) or not kinds:
            raise ValueError(f"kinds must be a list of kinds of faults, not {kinds!r}")
        self._kinds = [fault(kind)["kind"] for kind in kinds]
        self._random = random.Random(seed)
        self._rate = rate

    def stop_random(self) -> None:
        """From now on, only queued faults happen."""
        self._random = random.Random()
        self._rate = 0.0
        self._kinds: list[str] = []

    def take(self, command: str) -> Fault | None:
        """Return the fault for a request of *command* that comes in now."""
        for index, one in enumerate(self.queue):
            if one.get("command", command) == command:
                return self.queue.pop(index)
        if self._random.random() < self._rate:
            return fault(self._random.choice(self._kinds))
        return None
