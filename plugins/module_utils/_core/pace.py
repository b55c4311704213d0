# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Limits the rate of calls: the service rejects more than a certain number of calls of a command within a second.

The service counts a call when it arrives, which is some time between its beginning and its end here. So a call
counts from its beginning until a second after its end.
"""

from __future__ import annotations

from collections import deque

PER_SECOND = 100  # calls of one command
_WINDOW = 1.01  # seconds; the clock of the service may be slower than this one


class Pace:
    """The calls of one command. The times are those of one monotonic clock, in seconds.

    most -- calls within a second that the service accepts
    """

    def __init__(self, most: int = PER_SECOND) -> None:
        self._most = most
        self._allowed = float(most)  # fewer if others call the same app: the service counts all of them
        self._halved_at = float("-inf")
        self._under_way = 0
        self._ended: deque[float] = deque()

    def wait(self, now: float) -> float | None:
        """Return the seconds until the next call may begin. None: wait until one under way has ended."""
        while self._ended and self._ended[0] + _WINDOW <= now:
            self._ended.popleft()
        too_many = self._under_way + len(self._ended) + 1 - int(self._allowed)
        if too_many <= 0:
            return 0.0
        return self._ended[too_many - 1] + _WINDOW - now if too_many <= len(self._ended) else None

    def begin(self) -> None:
        self._under_way += 1

    def end(self, now: float, throttled: bool = False) -> None:
        """Count the end of a call. After a rejection because of the rate, allow half as many, then gradually more."""
        self._under_way -= 1
        self._ended.append(now)
        if not throttled:
            self._allowed = min(self._most, self._allowed + 1 / self._allowed)
        elif self._halved_at + _WINDOW <= now:  # once for all calls that were under way
            self._halved_at = now
            self._allowed = max(1.0, self._allowed / 2)
