# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""One POST over the network. The only file that knows requests.

Nothing that requests or urllib3 say in an exception leaves this file: their texts hold
the URL, and the URL holds the UserSig.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import queue
import re
import socket
import ssl
import threading
import traceback
import warnings
from typing import Any, Callable, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment

try:
    import requests
    import requests.adapters
    import requests.certs
    import requests.structures
    import requests.utils
    import urllib3
    import urllib3.exceptions

    REQUESTS_MISSING = None
except ImportError:
    REQUESTS_MISSING = traceback.format_exc()
    _HTTPAdapter: Any = object
else:
    _HTTPAdapter = requests.adapters.HTTPAdapter

from .errors import ChatError, OptionError

_HEADERS = {"Content-Type": "application/json", "User-Agent": "ansible-tencentcloud.chat"}
_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_LARGEST_ANSWER = 1024 * 1024  # bytes; ten names need less than two thousand


class Reply(NamedTuple):
    """What came back: the HTTP status, the body, and whether the body is all that was announced."""

    status: int
    body: bytes
    complete: bool


class Route(NamedTuple):
    """Everything that decides which connections may be shared.

    ca_path -- a file or folder with CA certificates, or None for those of requests
    proxy -- the proxy's URL, with its credentials, or None
    """

    validate_certs: bool = True
    ca_path: str | None = None
    proxy: str | None = None


class _DropSignedUrls(logging.Filter):
    """urllib3 logs URLs, not at the level DEBUG alone, and ours hold the signature."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "usersig=" not in record.getMessage()


class _Adapter(_HTTPAdapter):
    """requests' adapter with a TLS context made once, in place of a CA file read for each connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if proxy.lower().startswith("https:"):
            kwargs["proxy_ssl_context"] = self._context
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        # The context holds the CA certificates; requests would have each connection load them again.
        conn.cert_reqs = "CERT_REQUIRED" if verify else "CERT_NONE"


def environment_proxy(url: str) -> str | None:
    """The proxy for *url* that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY ask for, or None."""
    if not any(os.environ.get(name) for name in _PROXY_VARIABLES):
        return None  # to look through the whole environment takes longer
    if requests.utils.should_bypass_proxies(url, no_proxy=None):  # which reads NO_PROXY
        return None
    return requests.utils.select_proxy(url, getproxies_environment()) or None


def proxy_secrets(proxy: str | None) -> list[str]:
    """The password in a proxy's URL, as it stands there and decoded, and what goes into the header."""
    if not proxy:
        return []
    netloc = urlsplit(proxy if "://" in proxy else f"http://{proxy}").netloc
    credentials = netloc.rpartition("@")[0]
    password = credentials.partition(":")[2]
    return [password, unquote(password), unquote(credentials)] if password else []


def _changed_at(path: str) -> float:
    return os.stat(path).st_mtime


def tls_context(validate_certs: bool, ca_path: str | None) -> ssl.SSLContext:
    """A TLS context for these options, made once and again only when the file changes.

    Raises OptionError where ca_path holds no certificates.
    """
    path = ca_path or requests.certs.where()
    try:
        return _tls_context(validate_certs, path, _changed_at(path) if validate_certs else 0.0)
    except (OSError, ssl.SSLError) as error:  # SSLError is an OSError; its errno is no file's
        missing = isinstance(error, FileNotFoundError)
        what = "there is no such file" if missing else "it cannot be read as CA certificates in PEM form"
        raise OptionError(f"ca_path {path!r}: {what}", "Give a PEM file, or a folder made by c_rehash") from None


@functools.lru_cache(maxsize=32)
def _tls_context(validate_certs: bool, path: str, changed_at: float) -> ssl.SSLContext:
    if not validate_certs:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif os.path.isdir(path):
        context = ssl.create_default_context(capath=path)
    else:
        context = ssl.create_default_context(cafile=path)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # Python 3.9's own default is lower
    return context


@functools.lru_cache(maxsize=32)
def _adapter(route: Route, context: ssl.SSLContext) -> _Adapter:
    """One pool of connections for all that may share them.

    Without a session around it: nothing here has a use for cookies, redirects, ~/.netrc or
    REQUESTS_CA_BUNDLE, and none of them can have an effect.
    """
    return _Adapter(context)


def post(url: str, query: str, body: bytes, route: Route, timeout: float, limit: float) -> Reply:
    """POST *body* to *url* with the encoded *query*.

    timeout -- seconds to wait for the connection, and for each next piece of the answer
    limit -- seconds after which the request is given up, whatever arrives by then
    Raises ChatError; ``retry`` tells whether sending it again may help.
    """
    adapter = _adapter(route, tls_context(route.validate_certs, route.ca_path))
    return _within(limit, lambda: _post(adapter, url, query, body, route, timeout))


class _Helper:
    """A thread that does the requests of this process, one after the other, while the task waits for it.

    A read timeout starts anew with each byte, and name resolution has none: a service that
    trickles would hold the task for ever. So a thread waits in its place, and may be left behind.
    """

    current: _Helper | None = None

    def __init__(self) -> None:
        self.process = os.getpid()
        self.work: queue.SimpleQueue[Callable[[], Reply]] = queue.SimpleQueue()
        self.outcome: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while True:
            work = self.work.get()
            try:
                self.outcome.put((work(), None))
            except BaseException as error:  # handed to the task, whatever it is
                self.outcome.put((None, error))


def _within(limit: float, work: Callable[[], Reply]) -> Reply:
    """What *work* returns or raises, unless it takes longer than *limit* seconds."""
    helper = _Helper.current
    _Helper.current = None  # whatever ends this wait early, also an alarm or Ctrl-C, leaves the helper behind
    if helper is None or helper.process != os.getpid():  # a fork does not take threads along
        helper = _Helper()
    helper.work.put(work)
    try:
        reply, error = helper.outcome.get(timeout=limit)
    except queue.Empty:
        what = f"no complete answer within {limit:g} seconds"
        raise ChatError(what, "Check the network and timeout", retry=True) from None
    _Helper.current = helper
    if error is not None:
        raise error
    return reply


@functools.lru_cache(maxsize=32)
def _prepared(url: str) -> str:
    """*url* as it is sent, in ASCII."""
    return str(requests.Request("POST", url).prepare().url)


def _post(adapter: _Adapter, url: str, query: str, body: bytes, route: Route, timeout: float) -> Reply:
    proxies = {"https": route.proxy, "http": route.proxy} if route.proxy else {}
    request = requests.PreparedRequest()
    try:
        request.method, request.body = "POST", body
        request.url = f"{_prepared(url)}?{query}"
        request.headers = requests.structures.CaseInsensitiveDict({**_HEADERS, "Content-Length": str(len(body))})
        with contextlib.ExitStack() as stack:
            if not route.validate_certs:  # the user asked for it, and needs no warning
                stack.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
            with adapter.send(request, True, (timeout, timeout), route.validate_certs, None, proxies) as response:
                return _read(response)
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise explain(error, timeout) from None


def _read(response: requests.Response) -> Reply:
    """The reply, with a body of at most _LARGEST_ANSWER bytes; what broke off is not complete."""
    body = b""
    try:
        for piece in response.iter_content(65536):
            body += piece
            if len(body) > _LARGEST_ANSWER:
                raise ChatError("the answer is far too large for one of the Chat service", "Check api_url")
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
        return Reply(response.status_code, body, False)
    announced = response.headers.get("Content-Length", "")
    encoded = "Content-Encoding" in response.headers
    complete = encoded or not announced.isdecimal() or len(body) >= int(announced)
    return Reply(response.status_code, body, complete)


def _causes(error: BaseException) -> list[BaseException]:
    """*error* and all that it wraps, as causes, contexts, arguments or reasons."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found


# OpenSSL's verification results that have a clearer name (X509_V_ERR_...).
_BAD_CERTIFICATE = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is self-signed and not trusted",
    19: "the certificate comes from an unknown CA",
    20: "the certificate comes from an unknown CA",
    21: "the certificate comes from an unknown CA",
    62: "the certificate is for another host name",
    64: "the certificate is for another address",
}
_CA_HINT = "Give the CA's certificates with ca_path, or correct the server's certificate"
_PROXY_HINT = "Check HTTPS_PROXY, ALL_PROXY and NO_PROXY"
_NET_HINT = "Check the network, region and api_url"


def explain(error: BaseException, timeout: float) -> ChatError:
    """The ChatError for an exception of requests, urllib3, ssl or socket, in our words alone."""
    causes = _causes(error)
    return _tls_trouble(causes) or _proxy_trouble(causes) or _network_trouble(causes, timeout)


def _first(causes: list[BaseException], *kinds: type[BaseException]) -> Any:
    return next((cause for cause in causes if isinstance(cause, kinds)), None)


def _tls_trouble(causes: list[BaseException]) -> ChatError | None:
    bad = _first(causes, ssl.SSLCertVerificationError)
    if bad is not None:
        what = _BAD_CERTIFICATE.get(bad.verify_code, f"the certificate is refused (OpenSSL code {bad.verify_code})")
        return ChatError(f"no TLS connection: {what}", _CA_HINT)
    if _first(causes, ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError, socket.timeout) is not None:
        return None
    other = _first(causes, ssl.SSLError)
    if other is None:
        return None
    reason = printable_reason(getattr(other, "reason", None))
    return ChatError(f"no TLS connection: {reason}", "TLS 1.2 or later is needed; check api_url and the proxy")


def printable_reason(reason: Any) -> str:
    """OpenSSL's name of a fault, such as "UNSUPPORTED_PROTOCOL": letters and digits, or nothing."""
    text = str(reason or "")
    return text.replace("_", " ").lower() if re.fullmatch(r"\w+", text) else "the handshake failed"


def _proxy_trouble(causes: list[BaseException]) -> ChatError | None:
    unusable = (requests.exceptions.InvalidProxyURL, requests.exceptions.InvalidSchema)
    if _first(causes, *unusable, urllib3.exceptions.ProxySchemeUnknown) is not None:
        return ChatError("the proxy in the environment cannot be used", f"{_PROXY_HINT}; SOCKS needs PySocks")
    if _first(causes, requests.exceptions.ProxyError, urllib3.exceptions.ProxyError) is None:
        return None
    for cause in causes:
        status = re.search(r"Tunnel connection failed: (\d{3})", str(cause))
        if status:
            code = int(status.group(1))
            return ChatError(f"the proxy answered HTTP {code}", _PROXY_HINT, retry=may_pass(code), http_status=code)
    return ChatError("the proxy cannot be reached", _PROXY_HINT, retry=True)


def may_pass(status: int) -> bool:
    """Whether the same request may succeed after an HTTP *status*."""
    return status == 429 or 500 <= status <= 599


def _network_trouble(causes: list[BaseException], timeout: float) -> ChatError:
    timeouts = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, socket.timeout)
    if _first(causes, requests.exceptions.InvalidURL, requests.exceptions.MissingSchema) is not None:
        return ChatError("the URL cannot be used", "Check api_url")
    if _first(causes, socket.gaierror) is not None:
        return ChatError("the host name cannot be resolved", _NET_HINT, retry=True)
    if _first(causes, ConnectionRefusedError) is not None:
        return ChatError("the connection was refused", _NET_HINT, retry=True)
    if _first(causes, *timeouts) is not None:
        return ChatError(f"no answer within {timeout:g} seconds", "Check the network and timeout", retry=True)
    return ChatError("the connection broke before the answer was complete", _NET_HINT, retry=True)


if REQUESTS_MISSING is None:
    # A filter has no effect on loggers below its own.
    for _name in ("connection", "connectionpool", "poolmanager", "response", "util.retry"):
        logging.getLogger(f"urllib3.{_name}").addFilter(_DropSignedUrls())
