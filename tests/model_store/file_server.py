"""A server of files on this machine that breaks off, stalls, lies and misleads when it is told."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """One file, and what goes wrong with the next requests for it, one after another."""

    content: bytes
    faults: deque = field(default_factory=deque)
    """functions of the request handler, the file and the first byte; None answers properly"""
    etag: str | None = ""
    """empty takes one of the content, None sends none"""
    modified: str | None = None
    ranges: bool = True

    @property
    def tag(self):
        return (
            f'"{hashlib.sha256(self.content).hexdigest()[:16]}"' if self.etag == "" else self.etag
        )


def breaks_off(after, *, hang_up=True):
    """Send that many bytes of what was asked for, and no more."""

    def fault(request, file, start):
        body = file.content[start:]
        request.begin(file, start)
        request.wfile.write(body[: min(after, max(0, len(body) - 1))])
        request.wfile.flush()
        if hang_up:
            request.close_connection = True
        else:
            request.server.over.wait(10)

    return fault


def stalls(after):
    """Send that many bytes, and then nothing for ever."""
    return breaks_off(after, hang_up=False)


def status(code, **headers):
    """Answer with a status and nothing else."""

    def fault(request, file, start):
        request.send_response(code)
        for name, value in {**headers, "Content-Length": "0"}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()

    return fault


def sends(content, *, length=None, code=200, **headers):
    """Answer with other bytes, and say whatever about them."""

    def fault(request, file, start):
        request.send_response(code)
        request.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)
        request.close_connection = True

    return fault


class Handler(BaseHTTPRequestHandler):
    """Answers with a file, or with its next fault."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.server.requests.append((self.path, dict(self.headers)))
        file = self.server.files.get(self.path)
        if file is None:
            status(404)(self, file, 0)
            return
        start = self.start_of(file)
        fault = file.faults.popleft() if file.faults else None
        if fault is not None:
            fault(self, file, start)
        elif start >= len(file.content) and start:
            status(416, Content_Range=f"bytes */{len(file.content)}")(self, file, start)
        else:
            self.begin(file, start)
            self.wfile.write(file.content[start:])

    def start_of(self, file):
        """Return the first byte that is asked for, if ranges work and the file is the same."""
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in (None, file.tag, file.modified)
        return int(wanted[1]) if wanted and file.ranges and same else 0

    def begin(self, file, start):
        size = len(file.content)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(size - start))
        if file.tag is not None:
            self.send_header("ETag", file.tag)
        if file.modified is not None:
            self.send_header("Last-Modified", file.modified)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()

    def log_message(self, format, *args):
        pass


class FileServer(ThreadingHTTPServer):
    """The server; `requests` keeps what was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}
        self.requests = []
        self.over = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def serve(self, path, content, *faults, **manners):
        """Serve a file under a path, and return its address."""
        self.files[path] = Served(content, deque(faults), **manners)
        return self.url + path

    def handle_error(self, request, client_address):
        """Clients that hang up are what these tests are about."""


@contextmanager
def file_server():
    """Run a server while the block runs."""
    server = FileServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
