"""A web server on this machine that says what a test tells it to, slowly or wrongly if it must."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Request:
    """What a client sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Conversation(BaseHTTPRequestHandler):
    """One request: the server's `answer` decides what comes back."""

    protocol_version = "HTTP/1.1"
    server: LocalServer

    def _serve(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(size))
        self.server.requests.append(request)
        self.server.answer(self, request)

    do_GET = do_POST = _serve  # noqa: N815 - http.server's names

    def reply(self, status: int, body: object = b"", **headers: str) -> None:
        """Answer properly; anything but bytes is sent as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        kind = "text/plain" if isinstance(body, bytes) else "application/json"
        fields = {"Content-Type": kind, "Content-Length": str(len(data))}
        for name, value in {**fields, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self) -> None:
        """Begin an answer of server-sent events in chunked transfer."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        """Send one chunk; an empty one ends the answer."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def raw(self, data: bytes) -> None:
        """Send bytes as they are, and hang up."""
        self.wfile.write(data)
        self.wfile.flush()
        self.close_connection = True

    def wait(self, seconds: float = 60) -> bool:
        """Say nothing until the test is over; return whether it was over in time."""
        self.close_connection = True
        return self.server.over.wait(seconds)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class LocalServer(ThreadingHTTPServer):
    """The server; `requests` keeps what was asked."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Conversation, Request], None]) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.answer = answer
        self.requests: list[Request] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        scheme = "https" if hasattr(self.socket, "context") else "http"
        return f"{scheme}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


@contextmanager
def serving(
    answer: Callable[[Conversation, Request], None],
    prepare: Callable[[LocalServer], None] | None = None,
) -> Iterator[LocalServer]:
    """Run a server while the block runs."""
    server = LocalServer(answer)
    if prepare is not None:
        prepare(server)
    thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Conversation) as server:
        return int(server.server_address[1])
