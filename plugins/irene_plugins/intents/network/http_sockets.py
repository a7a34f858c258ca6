"""Sockets whose every wait ends at one deadline, however slowly the other side drips."""

from __future__ import annotations

import io
import socket
import ssl
from contextlib import suppress
from typing import Any

from irene import ConfigurationError
from irene_plugins.intents.network.deadline import Deadline


def connected(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Return a connection to the first address of a host that takes it.

    How long a name takes to be looked up is for the system to bound.

    Raises:
        OSError: none takes it, or the deadline passed.
    """
    problem: OSError = OSError(f"no address for {host}")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.settimeout(deadline.left_s())
            candidate.connect(address)
            candidate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return candidate
        except OSError as error:
            candidate.close()
            problem = error
    raise problem


def tls_context(verify: bool, ca_file: str) -> ssl.SSLContext:
    """Return how encrypted connections are made.

    Args:
        verify: whether the certificate of the other side is checked.
        ca_file: certificates that are trusted besides the machine's own (PEM); empty for none.

    Raises:
        ConfigurationError: the file cannot be read, or holds no certificates.
    """
    context = ssl.create_default_context()
    try:
        if ca_file:
            context.load_verify_locations(ca_file)
    except OSError as error:
        reason = "no certificates in it" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigurationError(f"ca_file {ca_file}: {reason}") from None
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class TimedSocket:
    """What `http.client` needs of a socket; the time that is left is asked for at every read."""

    def __init__(self, plain: socket.socket, deadline: Deadline) -> None:
        self._plain = plain
        self._deadline = deadline

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """Return a reader of what comes in."""
        raw = self._plain.makefile("rb", buffering=0)
        return io.BufferedReader(_TimedReader(raw, self._plain, self._deadline))

    def settimeout(self, seconds: float) -> None:
        """Bound the next write."""
        self._plain.settimeout(seconds)

    def sendall(self, data: bytes) -> None:
        """Send all of it within the time that is left."""
        self._plain.settimeout(self._deadline.left_s())
        self._plain.sendall(data)

    def close(self) -> None:
        """Close, once nothing reads any more."""
        self._plain.close()

    def cut(self) -> None:
        """End the connection at once: reads in progress find its end."""
        with suppress(OSError):
            self._plain.shutdown(socket.SHUT_RDWR)


class _TimedReader(io.RawIOBase):
    """Reads from a socket within the time that is left."""

    def __init__(self, raw: Any, plain: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._plain = plain
        self._deadline = deadline

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for bytes until the deadline."""
        self._plain.settimeout(self._deadline.left_s())
        found: int | None = self._raw.readinto(buffer)
        return found

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()
