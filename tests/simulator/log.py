# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The log of requests, and what it shows of the pace and the concurrency of clients."""

from __future__ import annotations

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


def busiest(entries: Iterable[Entry]) -> dict[str, int]:
    """Return for each command the largest number of requests that arrived in any sliding second."""
    arrived = defaultdict(list)
    for one in entries:
        arrived[one["command"]].append(one["at"])
    return {command: _most_in_a_second(sorted(times)) for command, times in arrived.items()}


def _most_in_a_second(times: list[float]) -> int:
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def connections(entries: Iterable[Entry]) -> int:
    """Return the number of different connections."""
    return len({one["connection"] for one in entries})


def most_open(entries: Iterable[Entry]) -> int:
    """Return how many requests were being answered at the same time at most."""
    changes = []
    for one in entries:
        changes += [(one["at"], 1), (math.inf if one["ended"] is None else one["ended"], -1)]
    most = running = 0
    for _at, change in sorted(changes):  # at the same moment, a request ends before another begins
        running += change
        most = max(most, running)
    return most
