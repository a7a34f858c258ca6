"""An MQTT 3.1.1 broker on this machine that takes messages, and refuses or goes when told to."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A message that the broker took."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


class _Session(socketserver.BaseRequestHandler):
    """One client, from CONNECT to DISCONNECT (OASIS MQTT 3.1.1, chapter 3)."""

    server: SmallBroker

    def handle(self) -> None:
        self.server.sessions.append(self.request)
        with contextlib.suppress(OSError, EOFError):
            while self._packet():
                pass

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.request.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def _packet(self) -> bool:
        head = self._read(1)[0]
        size, shift = 0, 0
        while True:
            byte = self._read(1)[0]
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        body = self._read(size)
        kind = head >> 4
        if kind == 1:
            return self._connect(body)
        if kind == 3:
            self._publish(head, body)
        elif kind == 6:  # PUBREL
            self.request.sendall(b"\x70\x02" + body[:2])
        elif kind == 12:  # PINGREQ
            self.request.sendall(b"\xd0\x00")
        return kind != 14

    def _connect(self, body: bytes) -> bool:
        assert body[:7] == b"\x00\x04MQTT\x04", "MQTT 3.1.1"
        flags = body[7]
        fields, rest = [], body[10:]
        while rest:
            (length,) = struct.unpack(">H", rest[:2])
            fields.append(rest[2 : 2 + length].decode())
            rest = rest[2 + length :]
        login = tuple(fields[1:]) if flags & 0x80 else ()
        is_known = self.server.login in ((), login)
        self.request.sendall(b"\x20\x02\x00" + (b"\x00" if is_known else b"\x05"))
        return is_known

    def _publish(self, head: int, body: bytes) -> None:
        (length,) = struct.unpack(">H", body[:2])
        topic, rest = body[2 : 2 + length].decode(), body[2 + length :]
        qos = (head >> 1) & 3
        number, payload = (rest[:2], rest[2:]) if qos else (b"", rest)
        self.server.published.append(Published(topic, payload, qos, bool(head & 1)))
        self.server.taken.set()
        if qos and not self.server.is_mute:
            self.request.sendall((b"\x40" if qos == 1 else b"\x50") + b"\x02" + number)


class SmallBroker(socketserver.ThreadingTCPServer):
    """The broker; `published` keeps what it took."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0, login: tuple[str, ...] = ()) -> None:
        super().__init__(("127.0.0.1", port), _Session)
        self.login = login
        self.is_mute = False
        """whether it takes messages without saying so"""
        self.published: list[Published] = []
        self.taken = threading.Event()
        self.sessions: list[socket.socket] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        connection.settimeout(10)
        return connection, address

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are no news."""


@contextlib.contextmanager
def broker(port: int = 0, login: tuple[str, ...] = (), prepare=None) -> Iterator[SmallBroker]:
    """Run a broker while the block runs; then it hangs up on everybody."""
    server = SmallBroker(port, login)
    if prepare is not None:
        prepare(server)
    thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        for session in server.sessions:
            with contextlib.suppress(OSError):
                session.shutdown(socket.SHUT_RDWR)
        thread.join()
