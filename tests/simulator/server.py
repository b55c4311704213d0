# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The Chat service on loopback: HTTP and HTTPS, and what tests ask the simulator."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import ssl
import tempfile
import threading
import time
import weakref
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
from .faults import KINDS, Faults, fault
from .service import Service
from .spoil import instead, spoiled

LARGEST_BODY = 1024**2  # bytes; the control endpoints take 64 times as much, for settings of many users


class Simulator(log.Log):
    """A Chat service that runs in a thread; use it with ``with``.

    hostnames -- what its certificate is for
    not_after -- when its certificate expires
    latency -- seconds that each response takes
    """

    http_url = https_url = ""
    _loop: Any = None
    _failure: BaseException | None = None

    def __init__(
        self,
        hostnames: Iterable[str] = ("localhost", "127.0.0.1", "::1"),
        not_after: datetime | None = None,
        latency: float = 0.0,
        host: str = "127.0.0.1",
        ports: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__()
        self.service = Service()
        self.faults: dict[int, Faults] = {}
        self.latency = latency
        self.ca = trustme.CA()
        self._host = host
        self._ports = ports
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*hostnames, not_after=not_after).configure_cert(self._tls)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._connections: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._numbers = itertools.count(1)  # of connections
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
        except OSError as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # connections cut on purpose
        app = web.Application(client_max_size=64 * LARGEST_BODY)
        add_routes(app.router, self)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=75, shutdown_timeout=0.1)
        try:
            await runner.setup()
            for port, tls in zip(self._ports, (None, self._tls)):
                await web.TCPSite(runner, self._host, port, ssl_context=tls, backlog=1024).start()
            shown = f"[{self._host}]" if ":" in self._host else self._host
            http, https = (address[1] for address in runner.addresses)
            self.http_url, self.https_url = f"http://{shown}:{http}", f"https://{shown}:{https}"
            self._ready.set()
            await self._stop.wait()
        finally:
            await runner.cleanup()

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
        query, is_stale, host = list(request.query.items()), meets["kind"] == "stale", request.url.host or ""
        answer = self.service.answer(entry["path"], query, body, is_stale, request.method, host)
        if meets["kind"] == "code_after":
            answer = document(meets["code"], meets["info"])
        entry["answered"] = int(answer["ErrorCode"])
        shown = headers(self.service.apps.get(entry["sdkappid"]))
        return await spoiled(request, json.dumps(answer, ensure_ascii=False).encode(), shown, meets)

    def _connection(self, transport: Any) -> int:
        """Return a number for the connection, the same for all requests on it; 0 if it is closed already."""
        if transport is None:
            return 0
        if transport not in self._connections:
            self._connections[transport] = next(self._numbers)
        return self._connections[transport]
