# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The log of requests, and what it shows of the pace and the concurrency of clients."""

from __future__ import annotations

import bisect
import itertools
import math
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from .core import number

Entry = dict[str, Any]


def entry(request: web.Request, connection: int) -> Entry:
    """Return the entry of a request that arrives now. Times are those of time.monotonic()."""
    path = request.match_info["path"]
    return {
        "sdkappid": number(request.query.get("sdkappid", ""), 2**32 - 1),
        "path": path,
        "command": path.rpartition("/")[2],
        "method": request.method,
        "query": dict(request.query),
        "body": "",
        "headers": dict(request.headers),
        "connection": connection,
        "tls": request.secure,
        "answered": None,
        "at": time.monotonic(),
        "ended": None,
    }


class Log:
    """The requests so far. What it returns is about all apps, or about one."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.log = list(entries)

    def requests(self, sdkappid: int | None = None) -> list[Entry]:
        """Return the log."""
        return [one for one in self.log if sdkappid is None or one["sdkappid"] == sdkappid]

    def commands(self, sdkappid: int | None = None) -> list[str]:
        """Return the first word of each command in the log, in their order: "get", "set", "add", "remove", "push"."""
        return [one["command"].removeprefix("im_").split("_")[0] for one in self.requests(sdkappid)]

    def busiest(self, sdkappid: int | None = None) -> dict[str, int]:
        """Return for each command the largest number of requests that arrived in any sliding second."""
        arrived = defaultdict(list)
        for one in self.requests(sdkappid):
            arrived[one["command"]].append(one["at"])
        return {command: _most_in_a_second(sorted(times)) for command, times in arrived.items()}

    def connections(self, sdkappid: int | None = None) -> int:
        """Return how many different connections the requests came through."""
        return len({one["connection"] for one in self.requests(sdkappid)})

    def most_open(self, sdkappid: int | None = None) -> int:
        """Return how many requests were being answered at the same time at most."""
        changes = []
        for one in self.requests(sdkappid):
            changes += [(one["at"], 1), (math.inf if one["ended"] is None else one["ended"], -1)]
        # At the same moment, a request ends before another begins.
        return max(itertools.accumulate(change for _at, change in sorted(changes)), default=0)


def _most_in_a_second(times: list[float]) -> int:
    return max(last - bisect.bisect_right(times, at - 1) + 1 for last, at in enumerate(times))
