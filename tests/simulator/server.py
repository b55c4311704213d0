# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The Chat service on loopback: HTTP and HTTPS, faults, and the request log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import ssl
import tempfile
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web

from .app import App
from .control import add_routes
from .core import number
from .faults import Fault, Faults, fault
from .service import Service, document

LARGEST_BODY = 1024**2  # bytes; the control path takes 64 times as much, for settings of many users
HTML = "<html><body><h1>Bad Gateway</h1></body></html>"


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
        """Queue a fault for the app's next requests."""
        self.faults[sdkappid].queue += [fault(kind, **settings)] * times

    def requests(self, sdkappid: int | None = None) -> list[dict[str, Any]]:
        """Return the log, of all apps or of one."""
        return [entry for entry in self.log if sdkappid in (None, entry["sdkappid"])]

    def commands(self, sdkappid: int | None = None) -> list[str]:
        """Return the first word of each command in the log, in their order: "get", "set", "add", "remove", "push"."""
        return [entry["command"].removeprefix("im_").split("_")[0] for entry in self.requests(sdkappid)]

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
        """Stop serving after these seconds. It may be stopped already, by the control path."""
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
        entry = self._entry(request)
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
        before = _instead(request, meets)
        if before is not None:
            return before
        answer = self._answer(request, body, meets)
        entry["answered"] = int(answer["ErrorCode"])
        return await _spoiled(request, json.dumps(answer, ensure_ascii=False).encode(), meets)

    def _answer(self, request: web.Request, body: bytes, meets: Fault) -> dict[str, Any]:
        """Apply the request."""
        if request.method != "POST":
            return document(None, 60009, "not a POST")
        path, query = request.match_info["path"], list(request.query.items())
        answer = self.service.answer(path, query, body, stale=meets["kind"] == "stale")
        return document(None, meets["code"], meets["info"]) if meets["kind"] == "code_after" else answer

    def _entry(self, request: web.Request) -> dict[str, Any]:
        path = request.match_info["path"]
        return {
            "sdkappid": number(request.query.get("sdkappid", ""), 2**32 - 1),
            "path": path,
            "command": path.rpartition("/")[2],
            "method": request.method,
            "query": dict(request.query),
            "body": "",
            "headers": dict(request.headers),
            "connection": self._connection(request.transport),
            "tls": request.secure,
            "answered": None,
        }

    def _connection(self, transport: Any) -> int:
        """Return a number for the connection; it is the same for all requests on it."""
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


def _instead(request: web.Request, meets: Fault) -> web.Response | None:
    """Return what comes in place of a response, with nothing applied."""
    kind = meets["kind"]
    if kind == "code":
        return web.json_response(document(None, meets["code"], meets["info"]))
    if kind == "http":
        return web.Response(status=meets["status"], text=HTML, content_type="text/html")
    if kind == "redirect":
        return web.Response(status=meets["status"], headers={"Location": meets["location"]})
    if kind in ("cut", "cut_early"):
        return _cut(request)
    return None


async def _spoiled(request: web.Request, answer: bytes, meets: Fault) -> web.StreamResponse:
    """Send the response to what was applied, as the fault has it."""
    kind = meets["kind"]
    if kind == "cut_after":
        return _cut(request)
    if kind == "http_after":
        return web.Response(status=meets["status"], text=HTML, content_type="text/html")
    if kind == "slow":
        await asyncio.sleep(meets["seconds"])
    if kind == "garbage":
        return web.Response(body=meets["body"].encode(), content_type="application/json")
    if kind == "trickle":
        return await _trickle(request, answer, meets["interval"])
    if kind == "truncated":
        response = web.StreamResponse(headers={"Content-Length": str(len(answer))})
        await response.prepare(request)
        await response.write(answer[: len(answer) // 2])
        return _cut(request, flush=True)
    if kind == "hang_up" and request.transport is not None:
        asyncio.get_running_loop().call_later(0.02, request.transport.close)
    return web.Response(body=answer, content_type="application/json")


def _cut(request: web.Request, flush: bool = False) -> web.Response:
    if request.transport is not None:
        request.transport.close() if flush else request.transport.abort()
    return web.Response()


async def _trickle(request: web.Request, answer: bytes, interval: float) -> web.Response:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
    for byte in head.encode() + answer:
        if request.transport is None or request.transport.is_closing():
            break
        request.transport.write(bytes([byte]))
        await asyncio.sleep(interval)
    return _cut(request, flush=True)
