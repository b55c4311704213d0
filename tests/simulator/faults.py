# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What can be told to go wrong: in turn, or at random with a seed."""

from __future__ import annotations

import random
from typing import Any

Fault = dict[str, Any]

# Each with what it takes, and an example that the random choice uses.
KINDS: dict[str, Fault] = {
    "code": {"code": 60008, "info": "simulated"},  # an error answer, nothing applied
    "code_after": {"code": 91000, "info": "simulated"},  # an error answer, though it was applied
    "http": {"status": 502},  # an HTML page
    "redirect": {"location": "https://localhost/elsewhere", "status": 302},
    "slow": {"seconds": 0.05},  # the right answer, late
    "trickle": {"interval": 1.0},  # the right answer, a byte at a time, headers too
    "cut": {},  # the connection, before anything is applied
    "cut_after": {},  # the connection, after it was applied and before the answer
    "truncated": {},  # half of the body that Content-Length announces
    "garbage": {"body": "\u0000\ufffd not JSON"},  # HTTP 200, and this text as the body
    "stale": {},  # a get shows what was there before the last set
    "hang_up": {},  # the right answer, then the connection is closed without a word
}


def fault(kind: str, **settings: Any) -> Fault:
    """A fault of this *kind*. With ``command`` it waits for a request of that command."""
    unknown = set(settings) - set(KINDS[kind]) - {"command"}
    if unknown:
        raise ValueError(f"a fault of kind {kind} has no {', '.join(sorted(unknown))}")
    return {"kind": kind, **KINDS[kind], **settings}


class Faults:
    """The faults to come for one app."""

    def __init__(self) -> None:
        self.queue: list[Fault] = []
        self._random = random.Random()
        self._rate = 0.0
        self._kinds: list[str] = []

    def at_random(self, rate: float, seed: int, kinds: list[str]) -> None:
        """From now on, *rate* (0 to 1) of the requests that no queued fault meets have one of these *kinds*."""
        self._random = random.Random(seed)
        self._rate = rate
        self._kinds = [fault(kind)["kind"] for kind in kinds]

    def take(self, command: str) -> Fault | None:
        """The fault for a request of *command* that comes in now."""
        for index, one in enumerate(self.queue):
            if one.get("command", command) == command:
                return self.queue.pop(index)
        if self._random.random() < self._rate:
            return fault(self._random.choice(self._kinds))
        return None
