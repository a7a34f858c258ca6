"""Who is at the other end of a Unix socket, as the system knows it."""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass
from typing import Protocol

_FORMAT = "3i"


class HasOptions(Protocol):
    """A socket, as far as it is asked here."""

    def getsockopt(self, level: int, optname: int, buflen: int, /) -> bytes:
        """Return an option as bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Peer:
    """The process at the other end, when it connected."""

    pid: int
    """number of the process"""
    uid: int
    """number of its user"""

    @property
    def may_ask(self) -> bool:
        """Whether it belongs to the user of this process, or to the administrator."""
        return self.uid in (os.geteuid(), 0)


def peer_of(connection: HasOptions) -> Peer | None:
    """Return who is at the other end; None where the system does not tell (all but Linux)."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    found = connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize(_FORMAT))
    pid, uid, _ = struct.unpack(_FORMAT, found)
    return Peer(pid, uid)
