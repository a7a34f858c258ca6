"""Telling systemd how a service does: its notification protocol, one datagram per message."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

_US_PER_S = 1_000_000


class Notifier:
    """Sends states to the service manager (sd_notify(3)).

    Without `$NOTIFY_SOCKET`, or where nobody listens any more, nothing is sent and nothing fails:
    a program does the same under systemd and in a terminal.
    """

    def __init__(self, address: str = "", watchdog_s: float | None = None) -> None:
        self._address = address
        self.watchdog_s = watchdog_s
        """seconds after the last sign of life at which the service is killed; None: never"""

    @classmethod
    def of(cls, environ: Mapping[str, str], pid: int | None = None) -> Notifier:
        """Return what reaches the service manager of these variables.

        Args:
            environ: `NOTIFY_SOCKET`, and for the watchdog `WATCHDOG_USEC` and `WATCHDOG_PID`.
            pid: number of the process that the watchdog must be meant for; None: this one.
        """
        given = environ.get("NOTIFY_SOCKET", "")
        if not hasattr(socket, "AF_UNIX") or not given.startswith(("/", "@")):
            return cls()
        address = f"\0{given[1:]}" if given.startswith("@") else given  # @: abstract
        own = str(os.getpid() if pid is None else pid)
        is_meant = environ.get("WATCHDOG_PID", own) == own
        return cls(address, _seconds(environ.get("WATCHDOG_USEC", "")) if is_meant else None)

    @property
    def is_heard(self) -> bool:
        """Whether there is a service manager at all."""
        return bool(self._address)

    def send(self, **states: str | int) -> None:
        """Send states in one message, such as `READY=1`; never blocks, never fails."""
        if not self._address:
            return
        lines = (f"{name}={_one_line(value)}" for name, value in states.items())
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there,
        ):
            there.setblocking(False)
            there.sendto("\n".join(lines).encode(errors="replace"), self._address)


def _seconds(text: str) -> float | None:
    """Return a time in microseconds as seconds; None for what is no such time."""
    return int(text) / _US_PER_S if text.isdecimal() and int(text) else None


def _one_line(value: str | int) -> str:
    return " ".join(str(value).splitlines())
