# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""One POST over the network. The only file that imports requests.

No text of an exception from requests or urllib3 leaves this file: such a text contains
the URL, and the URL contains the UserSig.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import queue
import re
import signal
import socket
import ssl
import threading
import traceback
import warnings
from collections.abc import Iterator
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
    from urllib3.connection import CertificateError  # type: ignore[attr-defined]  # 1.26.8 moved it
    from urllib3.util.ssl_ import create_urllib3_context

    REQUESTS_MISSING = None
    from requests.adapters import HTTPAdapter as _HTTPAdapter
except ImportError:
    REQUESTS_MISSING = traceback.format_exc()
    _HTTPAdapter = object  # type: ignore[assignment,misc]

from .errors import ChatError, OptionError

_HEADERS = {"Content-Type": "application/json", "User-Agent": "ansible-tencentcloud.chat"}
_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


class Reply(NamedTuple):
    """A response: the HTTP status, the body, whether the body is complete, and the header Date."""

    status: int
    body: bytes
    complete: bool
    date: str = ""


class Route(NamedTuple):
    """How to reach the service. Everything that decides which connections may be shared.

    ca_path -- a file or directory of CA certificates, or None for those of requests
    proxy -- the URL of the proxy, with its credentials, or None
    """

    validate_certs: bool = True
    ca_path: str | None = None
    proxy: str | None = None


class _DropSignedUrls(logging.Filter):
    """Drops the records in which urllib3 logs a signed URL. Some are warnings, so a log level does not help."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "usersig=" not in record.getMessage()


class _Adapter(_HTTPAdapter):
    """The adapter of requests with a TLS context created once, instead of a CA file read for each connection."""

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
    """Return the proxy for *url* that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY set, or None.

    Raises OptionError if it is not a valid URL.
    """
    if not any(os.environ.get(name) for name in _PROXY_VARIABLES):
        return None  # looking through the whole environment takes longer
    if requests.utils.should_bypass_proxies(url, no_proxy=None):  # reads NO_PROXY
        return None
    proxy: str | None = requests.utils.select_proxy(url, getproxies_environment()) or None
    try:
        _proxy_netloc(proxy or "")
    except ValueError:  # the value may contain a password, so it is not shown
        raise OptionError("the proxy in the environment is not a valid URL", _PROXY_HINT) from None
    return proxy


def _proxy_netloc(proxy: str) -> str:
    """Return user, password, host and port of a proxy. Raises ValueError if they cannot be told apart."""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    _port = parts.port  # raises ValueError for "host:x"
    return parts.netloc


def proxy_secrets(proxy: str | None) -> list[str]:
    """Return the password in the URL of a proxy, as written and decoded, and what the header contains."""
    credentials = _proxy_netloc(proxy).rpartition("@")[0] if proxy else ""
    password = credentials.partition(":")[2]
    return [password, unquote(password), unquote(credentials)] if password else []


def _changed_at(path: str) -> float:
    return os.stat(path).st_mtime


def tls_context(validate_certs: bool, ca_path: str | None) -> ssl.SSLContext:
    """Return the TLS context for these options, created once, and again only if the file changes.

    Raises OptionError if ca_path does not contain certificates.
    """
    path = ca_path or str(requests.certs.where())  # type: ignore[attr-defined]
    try:
        return _tls_context(validate_certs, path, _changed_at(path) if validate_certs else 0.0)
    except (OSError, ValueError) as error:  # SSLError is an OSError; a path with a null byte is a ValueError
        missing = isinstance(error, FileNotFoundError)
        what = "the file does not exist" if missing else "it cannot be read as CA certificates in PEM format"
        hint = "Set ca_path to a PEM file or to a directory made with c_rehash"
        raise OptionError(f"ca_path {path!r}: {what}", hint) from None


@functools.lru_cache(maxsize=32)
def _tls_context(validate_certs: bool, path: str, changed_at: float) -> ssl.SSLContext:
    # As urllib3 creates its own: 1.26 verifies the host name itself, and sends no name for an IP address.
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if validate_certs else ssl.CERT_NONE)
    if not validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif os.path.isdir(path):
        context.load_verify_locations(capath=path)
    else:
        context.load_verify_locations(cafile=path)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # the default of Python 3.9 is lower
    return context


@functools.lru_cache(maxsize=32)
def _adapter(context: ssl.SSLContext) -> _Adapter:
    """Return the connections that this context may use. requests keeps those through each proxy apart.

    Do not use a session: it would read ~/.netrc and REQUESTS_CA_BUNDLE, keep cookies and follow redirects.
    """
    return _Adapter(context)


class _Body:
    """The body of a request. It records whether sending it began, and can be withdrawn before that.

    urllib3 sends the headers first, then what iterating over the body returns. The service cannot
    accept a request whose body it never got.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.begun = False
        self.withdrawn = False

    def __iter__(self) -> Iterator[bytes]:
        self.begun = True
        if self.withdrawn:  # nobody waits for the response any more
            raise TimeoutError
        yield self.content


class Request(NamedTuple):
    """A request, and its limits.

    url -- without its query
    query -- the encoded query, which contains the signature
    timeout -- seconds to wait for the connection, and for each next piece of the response
    limit -- seconds after which the request is given up, whatever has arrived by then
    largest -- bytes that a response may have
    """

    url: str
    query: str
    body: bytes
    timeout: float
    limit: float
    largest: int = 1024 * 1024


def post(request: Request, route: Route) -> Reply:
    """POST *request*.

    Raises ChatError: is_transient if the same request may succeed later, not_accepted if its body was not sent.
    """
    adapter = _adapter(tls_context(route.validate_certs, route.ca_path))
    body = _Body(request.body)
    try:
        return _within(request.limit, lambda: _post(adapter, request, body, route))
    except ChatError as error:
        body.withdrawn = True  # before `begun` is read: what has not begun by now never begins
        error.not_accepted = not body.begun
        raise
    finally:
        body.withdrawn = True  # also after Ctrl-C or the task's own timeout
        if _Helper.current is None:  # a helper left behind would return its connection, which may be about to close
            _adapter.cache_clear()


class _Helper:
    """A thread that does the requests of this process, one after the other, while the task waits for it.

    A read timeout starts again with each byte, and name resolution has none: a service that
    trickles would block the task for ever. So a thread waits instead, and may be left behind.
    """

    current: _Helper | None = None

    def __init__(self) -> None:
        self.process = os.getpid()
        self.work: queue.SimpleQueue[Callable[[], Reply]] = queue.SimpleQueue()
        self.outcome: queue.SimpleQueue[tuple[Reply | None, BaseException | None]] = queue.SimpleQueue()
        # A new thread inherits the blocked signals. If it took one, the waiting main thread would not wake up
        # to handle it, and Ctrl-C would have no effect until the response arrives.
        allowed = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            threading.Thread(target=self.run, daemon=True).start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, allowed)

    def run(self) -> None:
        while True:
            work = self.work.get()
            try:
                self.outcome.put((work(), None))
            except BaseException as error:  # every exception goes to the task
                self.outcome.put((None, error))


def _within(limit: float, work: Callable[[], Reply]) -> Reply:
    """Return or raise what *work* does, unless it takes longer than *limit* seconds."""
    helper = _Helper.current
    _Helper.current = None  # whatever ends this wait early, also an alarm or Ctrl-C, leaves the helper behind
    if helper is None or helper.process != os.getpid():  # a fork does not take threads along
        helper = _Helper()
    helper.work.put(work)
    try:
        reply, error = helper.outcome.get(timeout=limit)
    except queue.Empty:
        what = f"no complete response within {limit:g} seconds"
        raise ChatError(what, "Check the network and timeout", is_transient=True) from None
    _Helper.current = helper
    if reply is None:
        raise error or RuntimeError
    return reply


@functools.lru_cache(maxsize=32)
def _prepared(url: str) -> str:
    """Return *url* as it is sent, in ASCII."""
    return str(requests.Request("POST", url).prepare().url)


def _post(adapter: _Adapter, sent: Request, body: _Body, route: Route) -> Reply:
    proxies = {"https": route.proxy, "http": route.proxy} if route.proxy else {}
    request = requests.PreparedRequest()
    timeouts = (sent.timeout, sent.timeout)
    try:
        request.method = "POST"
        request.body = body  # type: ignore[assignment]  # urllib3 accepts an iterable
        request.url = f"{_prepared(sent.url)}?{sent.query}"
        length = str(len(sent.body))
        request.headers = requests.structures.CaseInsensitiveDict({**_HEADERS, "Content-Length": length})
        with contextlib.ExitStack() as stack:
            if not route.validate_certs:  # the user asked for it, and needs no warning
                stack.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
            with adapter.send(request, True, timeouts, route.validate_certs, None, proxies) as response:
                return _read(response, sent.largest)
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise explain(error, sent.timeout) from None


def _read(response: requests.Response, largest: int) -> Reply:
    """Return the reply, with a body of at most *largest* bytes."""
    pieces: list[bytes] = []
    size = 0
    date = response.headers.get("Date", "")
    try:
        for piece in response.iter_content(65536):
            pieces.append(piece)
            size += len(piece)
            if size > largest:
                raise ChatError("the response is far too large for the Chat service", "Check api_url")
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
        return Reply(response.status_code, b"".join(pieces), False, date)
    announced = response.headers.get("Content-Length", "")
    encoded = "Content-Encoding" in response.headers
    complete = encoded or not announced.isdecimal() or size >= int(announced)
    return Reply(response.status_code, b"".join(pieces), complete, date)


def _causes(error: BaseException) -> list[BaseException]:
    """Return *error* and all that it wraps: requests and urllib3 use causes, contexts, reasons and arguments."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found


# The verification results of OpenSSL that have a clearer name (X509_V_ERR_...).
_OTHER_NAME = "the certificate is for another host name"
_UNKNOWN_CA = "the certificate comes from an unknown CA"
_BAD_CERTIFICATE = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is self-signed and not trusted",
    19: _UNKNOWN_CA,
    20: _UNKNOWN_CA,
    21: _UNKNOWN_CA,
    62: _OTHER_NAME,
    64: "the certificate is for another IP address",
}
_CA_HINT = "Set ca_path to the CA certificates, or correct the certificate of the server"
_PROXY_HINT = "Check HTTPS_PROXY, ALL_PROXY and NO_PROXY"
_NET_HINT = "Check the network, region and api_url"


def explain(error: BaseException, timeout: float) -> ChatError:
    """Return the ChatError for an exception of requests, urllib3, ssl or socket, in our words alone."""
    causes = _causes(error)
    return _tls_error(causes) or _proxy_error(causes) or _network_error(causes, timeout)


def _first(causes: list[BaseException], *kinds: type[BaseException]) -> Any:
    return next((cause for cause in causes if isinstance(cause, kinds)), None)


def _tls_error(causes: list[BaseException]) -> ChatError | None:
    rejected = _first(causes, ssl.SSLCertVerificationError)
    if rejected is not None:
        code = getattr(rejected, "verify_code", 62)  # ssl.match_hostname() of Python 3.9 does not set it
        what = _BAD_CERTIFICATE.get(code, f"the certificate was rejected (OpenSSL code {code})")
        return ChatError(f"no TLS connection: {what}", _CA_HINT)
    if _first(causes, CertificateError) is not None:  # urllib3 1.26 compares the names itself
        return ChatError(f"no TLS connection: {_OTHER_NAME}", _CA_HINT)
    if _first(causes, ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError, socket.timeout) is not None:
        return None
    other = _first(causes, ssl.SSLError)
    if other is None:
        return None
    reason = printable_reason(getattr(other, "reason", None))
    return ChatError(f"no TLS connection: {reason}", "TLS 1.2 or later is required; check api_url and the proxy")


def printable_reason(reason: Any) -> str:
    """Return the name of an OpenSSL error, such as "UNSUPPORTED_PROTOCOL", if it consists of letters and digits."""
    text = str(reason or "")
    return text.replace("_", " ").lower() if re.fullmatch(r"\w+", text) else "the handshake failed"


def _proxy_error(causes: list[BaseException]) -> ChatError | None:
    unusable = (requests.exceptions.InvalidProxyURL, requests.exceptions.InvalidSchema)
    if _first(causes, *unusable, urllib3.exceptions.ProxySchemeUnknown) is not None:
        return ChatError("the proxy in the environment cannot be used", f"{_PROXY_HINT}; SOCKS requires PySocks")
    if _first(causes, requests.exceptions.ProxyError, urllib3.exceptions.ProxyError) is None:
        return None
    for cause in causes:
        status = re.search(r"Tunnel connection failed: (\d{3})", str(cause))
        if status:
            code = int(status.group(1))
            what = f"the proxy returned HTTP {code}"
            return ChatError(what, _PROXY_HINT, is_transient=is_transient_status(code), http_status=code)
    return ChatError("the proxy cannot be reached", _PROXY_HINT, is_transient=True)


def is_transient_status(status: int) -> bool:
    """Return whether the same request may succeed after an HTTP *status*."""
    return status == 429 or 500 <= status <= 599


def _network_error(causes: list[BaseException], timeout: float) -> ChatError:
    timeouts = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, socket.timeout)
    network = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError)
    bad_urls = (
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        urllib3.exceptions.LocationValueError,
    )
    if _first(causes, *bad_urls) is not None:
        return ChatError("the URL cannot be used", "Check api_url")
    if _first(causes, socket.gaierror) is not None:
        return ChatError("the host name cannot be resolved", _NET_HINT, is_transient=True)
    if _first(causes, ConnectionRefusedError) is not None:
        return ChatError("the connection was refused", _NET_HINT, is_transient=True)
    if _first(causes, *timeouts) is not None:
        return ChatError(f"no response within {timeout:g} seconds", "Check the network and timeout", is_transient=True)
    if _first(causes, *network) is None:  # a ValueError: the next attempt would fail in the same way
        hint = "Check api_url and the proxy. If they are right, report this as a bug in the collection"
        return ChatError("the request could not be sent", hint)
    return ChatError("the connection broke before the response was complete", _NET_HINT, is_transient=True)


if REQUESTS_MISSING is None:
    # A filter has no effect on the child loggers.
    for _name in ("connection", "connectionpool", "poolmanager", "response", "util.retry"):
        logging.getLogger(f"urllib3.{_name}").addFilter(_DropSignedUrls())
