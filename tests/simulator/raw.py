# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Responses whose bytes the simulator writes itself, so that they can be what a web framework does not send."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

from aiohttp import web


class RawResponse(web.Response):
    """A response of these bytes, status line and headers included; the connection stays open if the client wants it."""

    def __init__(self, request: web.Request, content: bytes) -> None:
        super().__init__()
        self._raw_content = content
        self._raw_keep_alive = request.keep_alive

    @property
    def keep_alive(self) -> bool:
        return self._raw_keep_alive

    async def prepare(self, request: web.BaseRequest) -> Any:
        write(request, self._raw_content)

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: the bytes have been written."""


def write(request: web.BaseRequest, content: bytes) -> None:
    """Write these bytes on the connection of *request*, unless it is closed."""
    if request.transport is not None and not request.transport.is_closing():
        request.transport.write(content)


def response(request: web.Request, body: bytes, headers: dict[str, str]) -> bytes:
    """Return the bytes of a response with status 200. A Content-Length in *headers* replaces the right one."""
    fields = {"Content-Length": str(len(body)), "Date": formatdate(usegmt=True), **headers}
    if not request.keep_alive:
        fields["Connection"] = "close"
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in fields.items())]
    head = "".join(f"{line}\r\n" for line in [*lines, ""]).encode()
    return head if request.method == "HEAD" else head + body
