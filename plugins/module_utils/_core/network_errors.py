# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Turns an exception of requests, urllib3, ssl or socket into a failure.

The text of such an exception contains the URL, and the URL contains the UserSig, so no text leaves this file.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from typing import Any

from .errors import Failure
from .libraries import CertificateError, requests, urllib3
from .response import is_transient_status
from .tls import PROXY_HINT

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
_NET_HINT = "Check the network, region and api_url"
# Exhausted resources of this machine, by errno.
_EXHAUSTED = {
    errno.EMFILE: "this process has too many open files",
    errno.ENFILE: "this machine has too many open files",
    errno.ENOMEM: "this machine has no memory left",
    errno.ENOBUFS: "this machine has no memory left for connections",
    errno.EADDRNOTAVAIL: "this machine has no local port left, or no address that can reach the server",
}
_EXHAUSTED_HINT = "Use fewer forks, or raise the limits of this machine or container"
NO_THREAD = Failure(
    "this machine cannot start a thread",
    "Use fewer forks, or raise the limit of processes of this machine or container",
    is_transient=True,
    not_accepted=True,
)

# The stage of a connection.Line when the time of its request was up -> the message and the hint.
_STAGES = {
    "resolve": ("the host name was not resolved within {:g} seconds", "Check the DNS servers of this machine"),
    "connect": ("no connection within {:g} seconds", _NET_HINT),
}


def given_up(stage: str, seconds: float) -> Failure:
    """Return the failure for a request that is given up after *seconds*, in this *stage*."""
    what, hint = _STAGES.get(stage, ("no complete response within {:g} seconds", "Check the network and timeout"))
    return Failure(what.format(seconds), hint, is_transient=True)


def explain(error: BaseException, timeout: float, stage: str = "") -> Failure:
    """Return the failure for an exception of requests, urllib3, ssl or socket."""
    causes = _causes(error)
    return _exhausted(causes) or _tls_failure(causes) or _proxy_failure(causes) or _other(causes, timeout, stage)


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


def _first(causes: list[BaseException], *kinds: type[BaseException]) -> Any:
    return next((cause for cause in causes if isinstance(cause, kinds)), None)


def _exhausted(causes: list[BaseException]) -> Failure | None:
    for cause in causes:
        what = _EXHAUSTED.get(getattr(cause, "errno", None) or 0)
        if what:
            return Failure(what, _EXHAUSTED_HINT, is_transient=True)
    return None


def _tls_failure(causes: list[BaseException]) -> Failure | None:
    rejected = _first(causes, ssl.SSLCertVerificationError)
    if rejected is not None:
        code = getattr(rejected, "verify_code", 62)  # ssl.match_hostname() of Python 3.9 does not set it
        what = _BAD_CERTIFICATE.get(code, f"the certificate was rejected (OpenSSL code {code})")
        return Failure(f"no TLS connection: {what}", _CA_HINT)
    if _first(causes, CertificateError) is not None:  # urllib3 1.26 compares the names itself
        return Failure(f"no TLS connection: {_OTHER_NAME}", _CA_HINT)
    if _first(causes, ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError, socket.timeout) is not None:
        return None
    other = _first(causes, ssl.SSLError)
    if other is None:
        return None
    reason = _name(getattr(other, "reason", None))
    return Failure(f"no TLS connection: {reason}", "TLS 1.2 or later is required; check api_url and the proxy")


def _name(reason: Any) -> str:
    """Return the name of an OpenSSL error, such as "UNSUPPORTED_PROTOCOL", if it consists of letters and digits."""
    text = str(reason or "")
    return text.replace("_", " ").lower() if re.fullmatch(r"\w+", text) else "the handshake failed"


def _proxy_failure(causes: list[BaseException]) -> Failure | None:
    unusable = (requests.exceptions.InvalidProxyURL, requests.exceptions.InvalidSchema)
    if _first(causes, *unusable, urllib3.exceptions.ProxySchemeUnknown) is not None:
        return Failure("the proxy in the environment cannot be used", f"{PROXY_HINT}; SOCKS requires PySocks")
    if _first(causes, requests.exceptions.ProxyError, urllib3.exceptions.ProxyError) is None:
        return None
    for cause in causes:
        status = re.search(r"Tunnel connection failed: (\d{3})", str(cause))
        if status:
            code = int(status.group(1))
            what = f"the proxy returned HTTP {code}"
            return Failure(what, PROXY_HINT, is_transient=is_transient_status(code), http_status=code)
    return Failure("the proxy cannot be reached", PROXY_HINT, is_transient=True)


def _other(causes: list[BaseException], timeout: float, stage: str) -> Failure:
    timeouts = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, socket.timeout)
    network = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError)
    bad_urls = (
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        urllib3.exceptions.LocationValueError,
    )
    if _first(causes, *bad_urls) is not None:
        return Failure("the URL cannot be used", "Check api_url")
    if _first(causes, socket.gaierror) is not None:
        return Failure("the host name cannot be resolved", _NET_HINT, is_transient=True)
    if _first(causes, ConnectionRefusedError) is not None:
        return Failure("the connection was refused", _NET_HINT, is_transient=True)
    if _first(causes, *timeouts) is not None:
        if stage == "connect":
            return given_up(stage, timeout)
        return Failure(f"no response within {timeout:g} seconds", "Check the network and timeout", is_transient=True)
    if _first(causes, *network) is None:  # a ValueError: the next attempt would fail in the same way
        hint = "Check api_url and the proxy. If they are right, report this as a bug in the collection"
        return Failure("the request could not be sent", hint)
    return Failure("the connection broke before the response was complete", _NET_HINT, is_transient=True)
