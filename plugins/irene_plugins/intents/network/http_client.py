"""Requests to other programs over HTTP: bounded in time and size, without a word of any secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from irene import ConfigurationError
from irene_plugins.intents.network.addresses import (
    RequestFailedError,
    check_url,
)
from irene_plugins.intents.network.deadline import Deadline
from irene_plugins.intents.network.http_exchange import Exchange, Server
from irene_plugins.intents.network.http_sockets import tls_context

_KEEP_METHOD = (307, 308)
_SHOWN = 160
"""characters of a server's own words that a message repeats"""


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    status: int
    """such as 200"""
    body: bytes
    """as it was sent"""
    content_type: str
    """lower case, without parameters"""


class HttpClient:
    """Sends requests to one server; holds nothing open between them, so threads may share it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tls = None
        if server.parts.scheme == "https":
            self._tls = tls_context(server.verify_tls, server.ca_file)
        self._prefix = f"{server.name} at {server.origin}"

    def request(
        self,
        method: str,
        path: str,
        deadline: Deadline,
        body: object = None,
        max_bytes: int = 1 << 20,
    ) -> Reply:
        """Send a request and return the whole answer, whatever its status.

        Args:
            method: such as `GET`.
            path: appended to the server's address; begins with `/`, or is empty.
            deadline: when it must be over.
            body: sent as JSON unless None.
            max_bytes: size of the largest answer that is taken.

        Raises:
            RequestFailedError: no connection, too late, too large, or no HTTP.
        """
        exchange = self.open(method, path, deadline, body)
        try:
            return Reply(exchange.status, exchange.read(max_bytes), exchange.content_type)
        finally:
            exchange.close()

    def open(self, method: str, path: str, deadline: Deadline, body: object = None) -> Exchange:
        """Send a request and return the exchange once the head of the answer is there.

        Raises:
            RequestFailedError: no connection, too late, or no HTTP.
        """
        exchange = self.prepare(deadline)
        exchange.begin(method, path, body)
        return exchange

    def prepare(self, deadline: Deadline) -> Exchange:
        """Return an exchange that has not begun: it can be closed from now on."""
        return Exchange(self._server, self._tls, self._prefix, deadline)

    def failed(self, reply: Reply, words: str = "") -> RequestFailedError:
        """Return the error for an answer whose status is no success."""
        trouble = trouble_of(reply.status)
        said = f": {words}" if words and trouble != "denied" else ""
        message = f"{self._prefix} answered with status {reply.status}{said}"
        return RequestFailedError(self.scrubbed(message), trouble, reply.status)

    def garbled(self, what: str) -> RequestFailedError:
        """Return the error for an answer that is not what it should be."""
        return RequestFailedError(f"{self._prefix} {what}", "garbled")

    def json_of(self, reply: Reply) -> Any:
        """Return the JSON of an answer.

        Raises:
            RequestFailedError: its status is no success, or it is no JSON.
        """
        if not 200 <= reply.status < 300:
            raise self.failed(reply, words_of(reply.body))
        try:
            return json.loads(reply.body)
        except (ValueError, RecursionError):
            raise self.garbled("sent something that is not JSON") from None

    def scrubbed(self, text: str) -> str:
        """Return a text without what the headers hold."""
        for value in self._server.headers.values():
            for secret in (value, value.rpartition(" ")[2]):
                text = text.replace(secret, "***") if len(secret) > 3 else text
        return text


def trouble_of(status: int) -> str:
    """Return the word of `RequestFailedError` for a status that is no success."""
    if status in (401, 403):
        return "denied"
    return "unknown" if status == 404 else "refused"


def words_of(body: bytes) -> str:
    """Return what a server says of its failure, as one short line; empty when it says nothing."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if isinstance(found, Mapping) and isinstance(found.get("error"), Mapping):
        found = found["error"]
    words = found.get("message") or found.get("error") if isinstance(found, Mapping) else ""
    return " ".join(words.split())[:_SHOWN] if isinstance(words, str) else ""


def redirected(client_url: str, exchange: Exchange) -> str:
    """Return the address that an answer sends on to; empty when it does not, or may not.

    Only answers that keep method and body are followed, and never from `https` to `http`.
    """
    if exchange.status not in _KEEP_METHOD:
        return ""
    target = urljoin(client_url, exchange.header("Location"))
    try:
        check_url(target)
    except ConfigurationError:
        return ""
    is_downgrade = urlsplit(client_url).scheme == "https" and urlsplit(target).scheme == "http"
    return "" if is_downgrade else target
