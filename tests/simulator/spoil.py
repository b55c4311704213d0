# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What a fault does to a response, and to the connection."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable

from aiohttp import web

from .answers import document
from .faults import Fault
from .raw import RawResponse, response, write

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


async def spoiled(request: web.Request, answer: bytes, headers: Headers, meets: Fault) -> web.StreamResponse:
    """Return the response to what was applied, as the fault has it."""
    kind = meets["kind"]
    if kind in _REWRITTEN:
        return RawResponse(request, _REWRITTEN[kind](request, answer, headers, meets))
    if kind == "cut_after":
        return _cut(request)
    if kind == "http_after":
        return _page(meets["status"], {})
    if kind == "trickle":
        return await _trickle(request, response(request, answer, headers), meets["interval"])
    if kind == "truncated":
        return await _truncate(request, answer)
    if kind == "slow":
        await asyncio.sleep(meets["seconds"])
    if kind == "hang_up" and request.transport is not None:
        asyncio.get_running_loop().call_later(0.02, request.transport.close)
    content = response(request, answer, headers)
    if kind == "twice":
        asyncio.get_running_loop().call_later(meets["seconds"], write, request, content)
    return RawResponse(request, content)


def _page(status: int, headers: Headers) -> web.Response:
    return web.Response(status=status, text=HTML, content_type="text/html", headers=headers)


def _cut(request: web.Request, flush: bool = False) -> web.Response:
    if request.transport is not None:
        request.transport.close() if flush else request.transport.abort()
    return web.Response()


async def _truncate(request: web.Request, answer: bytes) -> web.Response:
    shortened = web.StreamResponse(headers={"Content-Length": str(len(answer))})
    await shortened.prepare(request)
    await shortened.write(answer[: len(answer) // 2])
    return _cut(request, flush=True)


async def _trickle(request: web.Request, content: bytes, interval: float) -> web.Response:
    for byte in content:
        if request.transport is None or request.transport.is_closing():
            break
        write(request, bytes([byte]))
        await asyncio.sleep(interval)
    return _cut(request, flush=True)


# -- responses of which a fault changes the bytes ------------------------------------------------------


def _garbage(request: web.Request, answer: bytes, headers: Headers, meets: Fault) -> bytes:
    return response(request, meets["body"].encode(), headers)


def _bytes(request: web.Request, answer: bytes, headers: Headers, meets: Fault) -> bytes:
    return response(request, meets["body"].encode("latin-1"), headers)


def _interim(request: web.Request, answer: bytes, headers: Headers, meets: Fault) -> bytes:
    one = f"HTTP/1.1 {meets['status']} {INTERIM[meets['status']]}\r\n\r\n"
    return one.encode() * meets["times"] + response(request, answer, headers)


def _encoded(request: web.Request, answer: bytes, headers: Headers, meets: Fault) -> bytes:
    for coding in meets["encoding"].split(","):
        answer = gzip.compress(answer) if coding.strip() == "gzip" else zlib.compress(answer)
    return response(request, answer, {**headers, "Content-Encoding": meets["encoding"]})


def _chunked_longer(request: web.Request, answer: bytes, headers: Headers, meets: Fault) -> bytes:
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(answer), answer)
    length = {"Transfer-Encoding": "chunked", "Content-Length": str(len(chunks) + EXCESS)}
    return response(request, chunks, {**headers, **length})


def _duplicate_key(request: web.Request, answer: bytes, headers: Headers, meets: Fault) -> bytes:
    return response(request, b'{"ErrorCode": 90001, ' + answer[1:], headers)


_REWRITTEN: dict[str, Callable[[web.Request, bytes, Headers, Fault], bytes]] = {
    "garbage": _garbage,
    "bytes": _bytes,
    "interim": _interim,
    "encoded": _encoded,
    "chunked_longer": _chunked_longer,
    "duplicate_key": _duplicate_key,
}
