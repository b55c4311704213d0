# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The TLS context, and the proxy from the environment."""

from __future__ import annotations

import functools
import os
import ssl
import threading
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment

from . import libraries
from .errors import OptionError

PROXY_HINT = "Check HTTPS_PROXY, ALL_PROXY and NO_PROXY"

_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class Route(NamedTuple):
    """The route to the service. Only requests with the same route may share a connection.

    ca_path -- a file or directory of CA certificates, or None for those of requests
    proxy -- the URL of the proxy, with its credentials, or None
    """

    validate_certs: bool = True
    ca_path: str | None = None
    proxy: str | None = None


def environment_proxy(url: str) -> str | None:
    """Return the proxy for *url* that HTTPS_PROXY, ALL_PROXY and NO_PROXY set, or None.

    None for http, which is for loopback addresses: a proxy would get the UserSig in clear text.
    Raises OptionError if the proxy is not a valid URL.
    """
    if urlsplit(url).scheme == "http" or not any(os.environ.get(name) for name in _PROXY_VARIABLES):
        return None  # looking through the whole environment takes longer
    utils = libraries.requests.utils
    if utils.should_bypass_proxies(url, no_proxy=None):  # reads NO_PROXY
        return None
    proxy: str | None = utils.select_proxy(url, getproxies_environment()) or None
    try:
        _proxy_netloc(proxy or "")
    except ValueError:  # the value may contain a password, so it is not shown
        raise OptionError("the proxy in the environment is not a valid URL", PROXY_HINT) from None
    return proxy


def _proxy_netloc(proxy: str) -> str:
    """Return user, password, host and port of a proxy. Raises ValueError if they cannot be separated."""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    _port = parts.port  # raises ValueError for "host:x"
    return parts.netloc


def proxy_secrets(proxy: str | None) -> list[str]:
    """Return the password in the URL of a proxy, as written and decoded, and what the header contains."""
    credentials = _proxy_netloc(proxy).rpartition("@")[0] if proxy else ""
    password = credentials.partition(":")[2]
    return [password, unquote(password), unquote(credentials)] if password else []


_ONE_AT_A_TIME = threading.Lock()


def context(validate_certs: bool, ca_path: str | None) -> ssl.SSLContext:
    """Return the TLS context for these options, created once in a process, and again only if the file changes.

    Raises OptionError if ca_path does not contain certificates.
    """
    path = ca_path or str(libraries.requests.certs.where())  # type: ignore[attr-defined]
    try:
        changed_at = os.stat(path).st_mtime if validate_certs else 0.0
        with _ONE_AT_A_TIME:  # a cache does not stop two threads from creating the same
            return _context(validate_certs, path, changed_at)
    except (OSError, ValueError) as error:  # SSLError is an OSError; a path with a null byte is a ValueError
        missing = isinstance(error, FileNotFoundError)
        what = "the file does not exist" if missing else "it cannot be read as CA certificates in PEM format"
        hint = "Set ca_path to a PEM file or to a directory made with c_rehash"
        raise OptionError(f"ca_path {path!r}: {what}", hint) from None


@functools.lru_cache(maxsize=32)
def _context(validate_certs: bool, path: str, changed_at: float) -> ssl.SSLContext:
    made = _without_key_log(ssl.CERT_REQUIRED if validate_certs else ssl.CERT_NONE)
    if not validate_certs:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif os.path.isdir(path):
        made.load_verify_locations(capath=path)
    else:
        made.load_verify_locations(cafile=path)
    made.minimum_version = ssl.TLSVersion.TLSv1_2  # the default of Python 3.9 is lower
    return made


def _without_key_log(required: ssl.VerifyMode) -> ssl.SSLContext:
    """Return a context as urllib3 creates its own: 1.26 verifies names itself, and sends none for an IP address.

    urllib3 would write the keys of each connection to the file in SSLKEYLOGFILE, and so reveal the UserSig.
    """
    key_log = os.environ.pop("SSLKEYLOGFILE", None)
    try:
        return libraries.create_urllib3_context(cert_reqs=required)
    finally:
        if key_log is not None:
            os.environ["SSLKEYLOGFILE"] = key_log
