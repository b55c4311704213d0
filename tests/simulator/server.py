# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The Chat service on loopback: HTTP and HTTPS, and what tests ask the simulator."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import ssl
import tempfile
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web

from . import log
from .answers import document, headers
from .app import App
from .control import add_routes
from .faults import KINDS, Fault, Faults, fault
from .service import Service
from .spoil import instead, spoiled

LARGEST_BODY = 1024**2  # bytes; the control endpoints take 64 times as much, for settings of many users


class Simulator:
    """A Chat service that runs in a thread; use it with ``with``.

    hostnames -- what its certificate is for
    not_after -- when its certificate expires
    latency -- seconds that each response takes
    keepalive -- seconds after which an idle connection is closed
    """

    http_url = https_url = ""
    _loop: Any = None
    _failure: BaseException | None = None
    _opened = 0

    def __init__(
        self,
        hostnames: Iterable[str] = ("localhost", "127.0.0.1", "::1"),
        not_after: datetime | None = None,
        latency: float = 0.0,
        keepalive: float = 75.0,
        host: str = "127.0.0.1",
        ports: tuple[int, int] = (0, 0),
    ) -> None:
        self.service = Service()
        self.faults: dict[int, Faults] = {}
        self.log: list[dict[str, Any]] = []
        self.latency = latency
        self.ca = trustme.CA()
        self._host = host
        self._ports = ports
        self._keepalive = keepalive
        self._tls = _server_context(self.ca, hostnames, not_after)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._connections: dict[Any, int] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="chat-simulator-")
        self.ca_file = str(Path(self._folder.name) / "ca.pem")
        self.ca.cert_pem.write_to_path(self.ca_file)

    # -- for tests ---------------------------------------------------------------------------------

    def add(self, sdkappid: int = 1400000001, secret_key: str = "", **settings: Any) -> App:
        """Add an app, in place of an earlier one of this number."""
        self.faults[sdkappid] = Faults()
        return self.service.add(App(sdkappid, secret_key or f"{sdkappid:064x}", **settings))

    def fail(self, sdkappid: int, kind: str, times: int = 1, **settings: Any) -> None:
        """Queue a fault for the app's next *times* requests, or for one if the kind itself takes ``times``."""
        if "times" in KINDS.get(kind, {}):
            times, settings = 1, {"times": times, **settings}
        self.faults[sdkappid].queue += [fault(kind, **settings)] * times

    def requests(self, sdkappid: int | None = None) -> list[dict[str, Any]]:
        """Return the log, of all apps or of one."""
        return [entry for entry in self.log if sdkappid in (None, entry["sdkappid"])]

    def commands(self, sdkappid: int | None = None) -> list[str]:
        """Return the first word of each command in the log, in their order: "get", "set", "add", "remove", "push"."""
        return [entry["command"].removeprefix("im_").split("_")[0] for entry in self.requests(sdkappid)]

    def busiest(self, sdkappid: int | None = None) -> dict[str, int]:
        """Return for each command the largest number of requests that arrived in any sliding second."""
        return log.busiest(self.requests(sdkappid))

    def connections(self, sdkappid: int | None = None) -> int:
        """Return how many different connections the requests in the log came through."""
        return log.connections(self.requests(sdkappid))

    def most_open(self, sdkappid: int | None = None) -> int:
        """Return how many requests were being answered at the same time at most."""
        return log.most_open(self.requests(sdkappid))

    # -- running -----------------------------------------------------------------------------------

    def __enter__(self) -> Simulator:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join()
        self._folder.cleanup()

    def stop(self, after: float = 0.0) -> None:
        """Stop serving after these seconds. It may be stopped already, by the control endpoints."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.call_later, after, self._stop.set)

    def join(self) -> None:
        """Wait until somebody stops it."""
        while self._thread.is_alive():
            self._thread.join(1)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # connections cut on purpose
        app = web.Application(client_max_size=64 * LARGEST_BODY)
        add_routes(app.router, self)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=self._keepalive, shutdown_timeout=0.1)
        try:
            await runner.setup()
            shown = f"[{self._host}]" if ":" in self._host else self._host
            self.http_url = f"http://{shown}:{await self._listen(runner, self._ports[0], None)}"
            self.https_url = f"https://{shown}:{await self._listen(runner, self._ports[1], self._tls)}"
        except OSError as error:
            self._failure = error
        self._ready.set()
        if self._failure is None:
            await self._stop.wait()
        await runner.cleanup()

    async def _listen(self, runner: web.AppRunner, port: int, tls: ssl.SSLContext | None) -> int:
        site = web.TCPSite(runner, self._host, port, ssl_context=tls, backlog=1024)
        await site.start()
        return site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    # -- one request -------------------------------------------------------------------------------

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        entry = log.entry(request, self._connection(request.transport))
        try:
            return await self._respond(request, entry)
        finally:
            entry["ended"] = time.monotonic()

    async def _respond(self, request: web.Request, entry: log.Entry) -> web.StreamResponse:
        faults = self.faults.get(entry["sdkappid"])
        meets = (faults.take(entry["command"]) if faults else None) or {"kind": "none"}
        entry["fault"] = meets["kind"]
        body = b"" if meets["kind"] == "cut_early" else await request.read()
        entry["body"] = body.decode("utf-8", "replace")
        self.log.append(entry)
        if len(body) > LARGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, len(body))
        if self.latency:
            await asyncio.sleep(self.latency)
        before = instead(request, meets)
        if before is not None:
            return before
        answer = self._answer(request, body, meets)
        entry["answered"] = int(answer["ErrorCode"])
        shown = headers(self.service.apps.get(entry["sdkappid"]))
        return await spoiled(request, json.dumps(answer, ensure_ascii=False).encode(), shown, meets)

    def _answer(self, request: web.Request, body: bytes, meets: Fault) -> dict[str, Any]:
        """Apply the request."""
        stale, host = meets["kind"] == "stale", request.url.host or ""
        path, query = request.match_info["path"], list(request.query.items())
        answer = self.service.answer(path, query, body, stale, request.method, host)
        return document(meets["code"], meets["info"]) if meets["kind"] == "code_after" else answer

    def _connection(self, transport: Any) -> int:
        """Return a number for the connection, the same for all requests on it; 0 if it is closed already."""
        if transport is None:  # the client is gone already
            return 0
        if transport not in self._connections:
            for closed in [one for one in self._connections if one.is_closing()]:
                del self._connections[closed]
            self._opened += 1
            self._connections[transport] = self._opened
        return self._connections[transport]


def _server_context(
    ca: trustme.CA,
    hostnames: Iterable[str],
    not_after: datetime | None,
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*hostnames, not_after=not_after).configure_cert(context)
    return context
