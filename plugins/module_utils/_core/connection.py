# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The connections of one thread: how they are opened, shared by its requests, and ended."""

from __future__ import annotations

import contextlib
import functools
import http.client
import socket
import ssl
from typing import Any

from .libraries import HTTPAdapter, urllib3, wait_for_read

_MOST_INTERIM = 20  # responses before the final one; an endless series of them would block the thread forever


class Line:
    """The connections of one thread, and the stage of its request: "resolve", "connect" or "send"."""

    def __init__(self) -> None:
        self.stage = ""
        self._adapter: _Adapter | None = None
        self._target: tuple[str | None, str] = (None, "")
        self._is_interrupted = False
        self._connection: Any = None  # the one in use
        self._socket: socket.socket | None = None  # a second handle to its socket

    def adapter(self, context: ssl.SSLContext, target: tuple[str | None, str], fresh: bool) -> _Adapter:
        """Return the adapter for the one connection of this line.

        target -- the proxy and the URL. Another target gets a new connection, and so does a *fresh* request
        """
        if fresh or self._adapter is None or self._adapter.context is not context or self._target != target:
            self.close()
            self._adapter, self._target = _Adapter(context, self), target
        return self._adapter

    def hold(self, connection: Any, connected: socket.socket) -> None:
        """Keep a second handle to the socket of a new connection, with which another thread can end it."""
        self._release()
        self._connection = connection
        self._socket = connected.dup()
        if self._is_interrupted:
            connected.close()
            self._release()
            raise TimeoutError

    def is_clean(self) -> bool:
        """Return whether the connection has nothing left to read, so that the next response can only be its own."""
        pending = getattr(getattr(self._connection, "sock", None), "pending", None)  # bytes that TLS has decrypted
        if pending is not None and pending():
            return False
        return self._socket is None or not wait_for_read(self._socket, timeout=0.0)

    def interrupt(self) -> None:
        """End the connection, so that the thread that reads from it wakes up. Called by another thread."""
        self._is_interrupted = True
        with contextlib.suppress(OSError, AttributeError):  # it may be closed at this moment
            self._socket.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    def close(self) -> None:
        """Close all connections."""
        if self._adapter is not None:
            self._adapter.close()
        self._adapter = None
        self._release()

    def _release(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._connection = self._socket = None


class _Response(http.client.HTTPResponse):
    """Skips interim responses, such as 103. http.client skips only 100, and takes any other for the final one."""

    def _read_status(self) -> tuple[str, int, str]:
        for _turn in range(_MOST_INTERIM + 1):
            found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if not 100 <= found[1] <= 199 or found[1] == http.client.SWITCHING_PROTOCOLS:
                return found
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("too many interim responses")


class _Connected:
    """Changes both kinds of connections of urllib3: how they connect and send, and which responses they skip."""

    response_class = _Response

    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = line
        self._holds = False
        self._held = b""

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        self._holds = True
        super().endheaders(*args, **kwargs)  # type: ignore[misc]

    def send(self, data: bytes) -> None:
        """Send the headers together with the body, because two pieces are two packets, and take longer."""
        if self._holds:
            self._holds, self._held = False, data
            made: Any = self
            if made.sock is None:  # the body begins only when there is a connection
                made.connect()
        else:
            held, self._held = self._held, b""
            super().send(held + data)  # type: ignore[misc]

    def _new_conn(self) -> socket.socket:
        """Connect. Each address of the host gets its share of the time, because the first ones may not respond."""
        made: Any = self
        if hasattr(made, "_socks_options"):  # the proxy resolves the name
            self._line.stage = "connect"
            connected: socket.socket = super()._new_conn()  # type: ignore[misc]
            self._line.hold(made, connected)
            return connected
        timeout = made.timeout if isinstance(made.timeout, (int, float)) else None
        self._line.stage = "resolve"
        host = made._dns_host.strip("[]")
        try:
            family = urllib3.util.connection.allowed_gai_family()
            found = socket.getaddrinfo(host, made.port, family, socket.SOCK_STREAM)
        except UnicodeError:  # a part of the name is empty or too long
            raise urllib3.exceptions.LocationParseError(host) from None
        except OSError as error:
            raise urllib3.exceptions.NewConnectionError(made, "not resolved") from error
        self._line.stage = "connect"
        for at, (family, kind, protocol, _name, address) in enumerate(found, 1):
            try:
                connected = _connect((family, kind, protocol), address, timeout and timeout / len(found))
            except OSError as error:
                if at == len(found):
                    raise urllib3.exceptions.NewConnectionError(made, "not connected") from error
            else:
                connected.settimeout(timeout)
                self._line.hold(made, connected)
                return connected
        raise urllib3.exceptions.NewConnectionError(made, "no address")


def _connect(kind: tuple[int, int, int], address: Any, timeout: float | None) -> socket.socket:
    made = socket.socket(*kind)
    try:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(timeout)
        made.connect(address)
    except BaseException:
        made.close()
        raise
    return made


@functools.cache
def _connected(kind: type) -> type:
    """Return *kind*, a class of connections of urllib3, with the changes of _Connected."""
    return type(kind.__name__, (_Connected, kind), {})


class _Adapter(HTTPAdapter):  # type: ignore[misc]
    """An adapter of requests with one TLS context, whose connections a Line can end.

    Do not use a session: it would read ~/.netrc and REQUESTS_CA_BUNDLE, keep cookies and follow redirects.
    """

    def __init__(self, context: ssl.SSLContext, line: Line) -> None:
        self.context = context
        self._line = line
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self.context, **kwargs)
        self._use_line(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if proxy in self.proxy_manager:
            return self.proxy_manager[proxy]
        if proxy.lower().startswith("https:"):
            kwargs["proxy_ssl_context"] = self.context
        return self._use_line(super().proxy_manager_for(proxy, ssl_context=self.context, **kwargs))

    def _use_line(self, manager: Any) -> Any:
        pools = manager.pool_classes_by_scheme  # a SOCKS proxy has other pools
        manager.pool_classes_by_scheme = {
            scheme: functools.partial(_pool, pools[scheme], self._line) for scheme in pools
        }
        return manager

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        # requests 2.32.2 would use a context of its own.
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {**pool, "ssl_context": self.context}

    def build_response(self, req: Any, resp: Any) -> Any:
        # That of urllib3 is enough. The one of requests would also collect cookies, for a tenth of the time.
        return resp

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        # The context contains the CA certificates; requests would load them again for each connection.
        conn.cert_reqs = "CERT_REQUIRED" if verify else "CERT_NONE"


def _pool(kind: Any, line: Line, *args: Any, **kwargs: Any) -> Any:
    pool = kind(*args, **kwargs)
    pool.ConnectionCls = functools.partial(_connected(kind.ConnectionCls), line=line)
    return pool
