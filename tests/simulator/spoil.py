# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What a fault does to a response, and to the connection."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from email.utils import formatdate
from typing import Any

from aiohttp import web

from .answers import document
from .faults import Fault

HTML = "<html><body><h1>Bad Gateway</h1></body></html>"
EXCESS = 100  # bytes that a Content-Length beside chunks announces too many
INTERIM = {100: "Continue", 102: "Processing", 103: "Early Hints"}

Headers = dict[str, str]


def instead(request: web.Request, meets: Fault) -> web.Response | None:
    """Return what comes in place of a response, with nothing applied."""
    kind = meets["kind"]
    if kind == "code":
        return web.json_response(document(meets["code"], meets["info"]))
    if kind == "http":
        return _page(meets["status"], {"Retry-After": meets["retry_after"]} if meets["retry_after"] else {})
    if kind == "redirect":
        return web.Response(status=meets["status"], headers={"Location": meets["location"]})
    if kind in ("cut", "cut_early"):
        return _cut(request)
    return None


async def spoiled(request: web.Request, answer: bytes, headers: Headers, meets: Fault) -> web.Response:
    """Return the response to what was applied, as the fault has it."""
    kind = meets["kind"]
    if kind == "cut_after":
        return _cut(request)
    if kind == "http_after":
        return _page(meets["status"], {})
    content = _content(request, answer, headers, meets)
    if kind == "truncated":
        _write(request, content[: -(len(answer) // 2)])
        return _cut(request, flush=True)
    if kind == "trickle":
        return await _trickle(request, content, meets["interval"])
    if kind == "slow":
        await asyncio.sleep(meets["seconds"])
    if kind == "hang_up" and request.transport is not None:
        asyncio.get_running_loop().call_later(0.02, request.transport.close)
    if kind == "twice":
        asyncio.get_running_loop().call_later(meets["seconds"], _write, request, content)
    return RawResponse(request, content)


def _content(request: web.Request, body: bytes, headers: Headers, meets: Fault) -> bytes:
    """Return the bytes of the response, status line and headers included. Some faults change them."""
    kind, before = meets["kind"], b""
    if kind == "garbage":
        body = meets["body"].encode()
    elif kind == "bytes":
        body = meets["body"].encode("latin-1")
    elif kind == "interim":
        before = f"HTTP/1.1 {meets['status']} {INTERIM[meets['status']]}\r\n\r\n".encode() * meets["times"]
    elif kind == "encoded":
        headers = {**headers, "Content-Encoding": meets["encoding"]}
        for coding in meets["encoding"].split(","):
            body = gzip.compress(body) if coding.strip() == "gzip" else zlib.compress(body)
    elif kind == "chunked_longer":
        headers = {**headers, "Transfer-Encoding": "chunked"}
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    elif kind == "duplicate_key":
        body = b'{"ErrorCode": 90001, ' + body[1:]
    length = len(body) + (EXCESS if kind == "chunked_longer" else 0)
    fields = {"Content-Length": str(length), "Date": formatdate(usegmt=True), **headers}
    if not request.keep_alive:
        fields["Connection"] = "close"
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return before + "\r\n".join(lines).encode() + (b"" if request.method == "HEAD" else body)


class RawResponse(web.Response):
    """A response of these bytes; the connection stays open if the client wants it."""

    def __init__(self, request: web.Request, content: bytes) -> None:
        super().__init__()
        self._raw_content = content
        self._raw_keep_alive = request.keep_alive

    @property
    def keep_alive(self) -> bool:
        return self._raw_keep_alive

    async def prepare(self, request: web.BaseRequest) -> Any:
        _write(request, self._raw_content)

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: the bytes have been written."""


def _write(request: web.BaseRequest, content: bytes) -> None:
    """Write these bytes on the connection of *request*, unless it is closed."""
    if request.transport is not None and not request.transport.is_closing():
        request.transport.write(content)


def _page(status: int, headers: Headers) -> web.Response:
    return web.Response(status=status, text=HTML, content_type="text/html", headers=headers)


def _cut(request: web.Request, flush: bool = False) -> web.Response:
    if request.transport is not None:
        request.transport.close() if flush else request.transport.abort()
    return web.Response()


async def _trickle(request: web.Request, content: bytes, interval: float) -> web.Response:
    for byte in content:
        if request.transport is None or request.transport.is_closing():
            break
        _write(request, bytes([byte]))
        await asyncio.sleep(interval)
    return _cut(request, flush=True)
