# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Sends one POST with requests: bytes in, bytes out. Runs in a thread of worker.py, which waits for the response."""

from __future__ import annotations

import functools
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from . import tls
from .connection import Line
from .errors import ChatError, Failure, invalid_response
from .libraries import MISSING, requests, urllib3
from .network_errors import explain
from .response import Reply

# Encoded responses are rejected, because a small response could become a large one.
_HEADERS = {
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": "ansible-tencentcloud.chat",
}
_BROKEN_OFF = () if MISSING else (urllib3.exceptions.ProtocolError,)  # a response that ends too early


class Request(NamedTuple):
    """A request, and its limits.

    url -- without its query
    query -- the encoded query, which contains the UserSig
    timeout -- seconds to wait for the connection, and for each next piece of the response
    largest -- the largest size of a response, in bytes
    fresh -- whether it needs a connection of its own: a server or NAT may be about to drop an idle one
    """

    url: str
    query: str
    body: bytes
    route: tls.Route
    timeout: float
    largest: int = 1024 * 1024
    fresh: bool = False


class Body:
    """The body of a request. It records whether sending it began, and can be withdrawn before that.

    urllib3 sends the headers first, then what iterating over the body returns. The service cannot
    accept a request whose body it never got.
    """

    def __init__(self, content: bytes, is_wanted: Callable[[], bool]) -> None:
        self._content = content
        self._is_wanted = is_wanted
        self.begun = False
        self.withdrawn = False

    def __iter__(self) -> Iterator[bytes]:
        if not self._is_wanted():  # the run ended while this request waited for its connection
            raise TimeoutError
        self.begun = True
        if self.withdrawn:  # nobody waits for the response any more
            raise TimeoutError
        yield self._content


@functools.lru_cache(maxsize=32)
def _prepared(url: str) -> str:
    """Return *url* as it is sent, in ASCII."""
    return str(requests.Request("POST", url).prepare().url)


def post(line: Line, sent: Request, body: Body) -> Reply | Failure:
    """POST *sent*, with connections of *line*. Return the response, or the failure."""
    proxies = {"https": sent.route.proxy, "http": sent.route.proxy} if sent.route.proxy else {}
    request = requests.PreparedRequest()
    request.method = "POST"
    request.body = body  # type: ignore[assignment]  # urllib3 accepts an iterable
    request.headers = requests.structures.CaseInsensitiveDict({**_HEADERS, "Content-Length": str(len(sent.body))})
    line.stage = "send"
    try:
        context = tls.context(sent.route.validate_certs, sent.route.ca_path)
        request.url = f"{_prepared(sent.url)}?{sent.query}"
        if not sent.route.validate_certs:  # the user asked for it, and needs no warning
            # For the whole process, because the filters of a context manager would be those of all threads too.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        adapter = line.adapter(context, (sent.route.proxy, "/".join(sent.url.split("/", 3)[:3])), sent.fresh)
        timeouts = (sent.timeout, sent.timeout)
        with adapter.send(request, True, timeouts, sent.route.validate_certs, None, proxies) as response:
            reply = _read(response, sent.largest)
    except ChatError as error:  # the CA certificates were readable a moment ago
        line.close()
        return error.failure
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        line.close()
        return explain(error, sent.timeout, line.stage if not body.begun else "")
    if isinstance(reply, Failure) or not reply.complete or reply.status < 200 or sent.fresh or not line.is_clean():
        line.close()  # the next response on this connection might be one to this request
    return reply


def _read(response: Any, largest: int) -> Reply | Failure:
    """Return the response, with a body of at most *largest* bytes, or the failure if it cannot be from the service."""
    headers, pieces, size = response.headers, [], 0
    if response.status == 200 and headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        return invalid_response("it is encoded, although the request accepts no encoding").failure
    is_whole = True
    try:
        while piece := response.read(65536, decode_content=False):
            pieces.append(piece)
            size += len(piece)
            if size > largest:
                return Failure("the response is far too large for the Chat service", "Check api_url")
    except _BROKEN_OFF:
        is_whole = False
    announced = headers.get("Content-Length", "")
    if announced.isdecimal() and "chunked" not in headers.get("Transfer-Encoding", "").lower():
        is_whole = is_whole and size >= int(announced)  # urllib3 before 2 takes a shorter response for a whole one
    date, retry_after = headers.get("Date", ""), headers.get("Retry-After", "")
    return Reply(response.status, b"".join(pieces), is_whole, date, retry_after)


class _DropSignedUrls(logging.Filter):
    """Drops the records in which urllib3 logs a signed URL. Some are warnings, so a log level does not help."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "usersig=" not in record.getMessage()


if MISSING is None:
    # A filter has no effect on the child loggers.
    for _name in ("connection", "connectionpool", "poolmanager", "response", "util.retry"):
        logging.getLogger(f"urllib3.{_name}").addFilter(_DropSignedUrls())
