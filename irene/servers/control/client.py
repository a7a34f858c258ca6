"""Asking a running assistant from another process; blocks, for the command line and for scripts."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from irene.errors import NotRunningError
from irene.servers.control.peer import peer_of
from irene.servers.control.place import require_own
from irene.servers.control.protocol import Request, error_in

PATIENCE_S = 10.0
"""longest time for an assistant to answer what takes it no time"""


class ControlClient:
    """A connection to one running assistant.

    ::

        with ControlClient(path) as client:
            print(client.ask("status"))
    """

    def __init__(self, path: Path) -> None:
        """Connect.

        Raises:
            NotRunningError: nobody listens there.
            ConfigurationError: the folder is somebody else's.
        """
        self._name = path.stem
        try:
            if os.geteuid() != 0:  # the administrator may ask the assistants of everybody
                require_own(path.parent)
            self._socket = _connected(path)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise NotRunningError(f"assistant {self._name!r} is not running ({reason})") from None
        self._lines = self._socket.makefile("rb")

    def __enter__(self) -> ControlClient:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()

    def ask(
        self,
        command: str,
        arguments: Mapping[str, Any] | None = None,
        patience_s: float | None = PATIENCE_S,
    ) -> Any:
        """Return the result of a command, waiting for it as long as that (None: for ever).

        Raises:
            NotRunningError: the assistant went away, or does not answer.
            IreneError: it refused, for the reason and with the code that it gave.
        """
        self._socket.settimeout(patience_s)
        with suppress(BrokenPipeError, ConnectionResetError):  # what it said before is still there
            self._socket.sendall(Request(command, arguments or {}).to_line())
        reply = self._next()
        if reply is None:
            raise NotRunningError(f"assistant {self._name!r} went away without an answer")
        if not reply.get("ok"):
            raise error_in(reply)
        return reply.get("result")

    def follow(self) -> Iterator[dict[str, Any]]:
        """Yield what happens from now on, as the JSON of events, until the assistant ends."""
        self.ask("events")
        self._socket.settimeout(None)
        while (event := self._next()) is not None:
            yield event

    def wait_until_gone(self, patience_s: float) -> bool:
        """Wait for the assistant to end; return whether it did in time."""
        self._socket.settimeout(patience_s)
        try:
            while self._next() is not None:
                pass
        except NotRunningError:
            return False
        return True

    def _next(self) -> dict[str, Any] | None:
        try:
            line = self._lines.readline()
        except TimeoutError:
            raise NotRunningError(f"{self._whole_name()} does not answer") from None
        except ConnectionError:
            return None
        if not line.endswith(b"\n"):
            return None
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            raise NotRunningError(f"{self._whole_name()} answers what no assistant says")
        return message

    def _whole_name(self) -> str:
        peer = peer_of(self._socket)
        process = f" (process {peer.pid})" if peer is not None else ""
        return f"assistant {self._name!r}{process}"


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(PATIENCE_S)
        connection.connect(str(path))
    except BaseException:
        connection.close()
        raise
    return connection
