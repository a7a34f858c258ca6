"""One request over HTTP and its answer: every wait ends at a deadline or by hanging up."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from irene_plugins.intents.network.addresses import (
    RequestFailedError,
    check_header,
    check_url,
    origin_of,
)
from irene_plugins.intents.network.deadline import Deadline
from irene_plugins.intents.network.http_sockets import TimedSocket, connected


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where requests go, and what they carry."""

    name: str
    """what messages call it"""
    url: str
    """address that paths are appended to; `http` or `https`"""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """sent with every request; never shown"""
    verify_tls: bool = True
    """whether the certificate of `https` is checked"""
    ca_file: str = ""
    """certificates that are trusted besides the machine's own (PEM)"""

    def __post_init__(self) -> None:
        check_url(self.url)
        for name, value in self.headers.items():
            check_header(name, value)

    @property
    def parts(self) -> SplitResult:
        """The address in parts."""
        return urlsplit(self.url)

    @property
    def origin(self) -> str:
        """The address as messages show it: paths and queries may hold secrets."""
        return origin_of(self.url)


class Exchange:
    """One request and its answer as it comes in; `close` ends it at once, from any thread."""

    def __init__(
        self, server: Server, tls: ssl.SSLContext | None, prefix: str, deadline: Deadline
    ) -> None:
        self.deadline = deadline
        self.status = 0
        self._server = server
        self._tls = tls
        self._prefix = prefix
        self._closed = False
        self._connection: _Connection | None = None
        self._response: HTTPResponse | None = None

    def begin(self, method: str, path: str, body: object = None) -> None:
        """Send the request and read the head of the answer.

        Raises:
            RequestFailedError: no connection, too late, or no HTTP.
        """
        parts = self._server.parts
        target = (parts.path.rstrip("/") if path else parts.path) + path or "/"
        self._send(method, f"{target}?{parts.query}" if parts.query else target, body)

    def _send(self, method: str, target: str, body: object) -> None:
        headers = {
            "User-Agent": "irene",
            "Accept-Encoding": "identity",
            "Connection": "close",
            **self._server.headers,
        }
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode(errors="replace")
            headers["Content-Type"] = "application/json"
        with _Border(self):
            self._connection = _Connection(self._server, self._tls, self.deadline)
            self._connection.connect()
            if self._closed:
                self.close()
            self._connection.sock.settimeout(self.deadline.left_s())
            self._connection.request(method, target, data, headers)
            self._response = self._connection.getresponse()
            self.status = self._response.status

    @property
    def content_type(self) -> str:
        """Type of the answer's body, lower case, without parameters."""
        found = self.header("Content-Type")
        return found.partition(";")[0].strip().lower()

    def header(self, name: str) -> str:
        """Return a header of the answer; empty when it has none of this name."""
        return (self._response.getheader(name) if self._response else None) or ""

    def read(self, max_bytes: int) -> bytes:
        """Return the whole body.

        Raises:
            RequestFailedError: it is too large, too late, or breaks off.
        """
        response = self._response
        assert response is not None, "read before begin"
        with _Border(self):
            body = response.read(max_bytes + 1)
        if len(body) > max_bytes:
            raise RequestFailedError(f"{self._prefix} sent more than {max_bytes} bytes", "garbled")
        if response.length:
            raise RequestFailedError(f"{self._prefix} broke off in its answer", "garbled")
        return body

    def read_some(self) -> bytes:
        """Return what has come in, at least one byte; empty at the end of the body.

        Raises:
            RequestFailedError: it is too late, or breaks off.
        """
        assert self._response is not None, "read before begin"
        with _Border(self):
            return self._response.read1(16384)

    @property
    def closed(self) -> bool:
        """Whether somebody closed it."""
        return self._closed

    def close(self) -> None:
        """End the exchange and its connection; whoever waits for it is woken."""
        self._closed = True
        if self._connection is not None:
            self._connection.cut()

    def failure(self, error: Exception) -> RequestFailedError:
        """Return what a failure on the way means, in words that hold no secret."""
        if isinstance(error, TimeoutError):
            late = f"did not answer within {self.deadline.total_ms} ms"
            return RequestFailedError(f"{self._prefix} {late}", "late")
        if isinstance(error, ssl.SSLCertVerificationError):
            what = f"shows a certificate that is not trusted ({error.verify_message})"
            return RequestFailedError(f"{self._prefix} {what}", "unreachable")
        if isinstance(error, (ConnectionResetError, BrokenPipeError, IncompleteRead)):
            return RequestFailedError(f"{self._prefix} broke the connection off", "garbled")
        if isinstance(error, HTTPException):
            return RequestFailedError(f"{self._prefix} did not answer in HTTP", "garbled")
        reason = getattr(error, "strerror", None) or type(error).__name__
        return RequestFailedError(f"{self._prefix} cannot be reached: {reason}", "unreachable")


class _Border:
    """A `with` block around the network: what fails there leaves it as a `RequestFailedError`."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, RequestFailedError):
            return
        # http.client raises anything when another thread closes the connection under it
        if isinstance(error, (OSError, HTTPException)) or self._exchange.closed:
            self._exchange.close()
            raise self._exchange.failure(error) from None


class _Connection(HTTPConnection):
    """A connection whose every wait ends at one deadline."""

    auto_open = 0
    """else a request that somebody ended just before it was sent would connect again"""

    def __init__(self, server: Server, tls: ssl.SSLContext | None, deadline: Deadline) -> None:
        parts = server.parts
        self.default_port = 443 if parts.scheme == "https" else 80
        super().__init__(parts.hostname or "", parts.port or self.default_port)
        self._tls = tls
        self._deadline = deadline
        self._open_socket: TimedSocket | None = None

    def connect(self) -> None:
        """Connect, and agree on encryption."""
        plain = connected(self.host, self.port, self._deadline)
        try:
            plain.settimeout(self._deadline.left_s())
            secure = self._tls.wrap_socket(plain, server_hostname=self.host) if self._tls else plain
        except (OSError, ValueError):
            plain.close()
            raise
        self._open_socket = TimedSocket(secure, self._deadline)
        self.sock = cast(Any, self._open_socket)

    def cut(self) -> None:
        """End the connection, also under a thread that reads from it."""
        if self._open_socket is not None:
            self._open_socket.cut()
        with suppress(OSError):
            self.close()
