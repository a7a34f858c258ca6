"""One client of the control socket: its requests are served one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from irene.domain.deadlines import within
from irene.errors import IreneError, RequestError
from irene.servers.control.arguments import Arguments, near
from irene.servers.control.followers import Followers
from irene.servers.control.protocol import (
    LONGEST_LINE,
    VERSION,
    Request,
    encoded,
    read_request,
    refusal,
    success,
)

Command = Callable[[Mapping[str, Any]], Awaitable[object]]
"""Serves a request: takes its arguments, returns what JSON can hold, raises expected errors."""

EVENTS = "events"
"""the command after whose reply every event of the run is sent, until the client goes"""
_PATIENCE_S = 5.0
"""longest time that a client may take to read a reply"""


class Connection:
    """Reads requests and writes replies until the client goes, or behaves so that it has to go.

    It has to when a line has no end, or when it does not read what it asked for.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        commands: Mapping[str, Command],
        followers: Followers,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._commands = commands
        self._followers = followers
        self._is_over = False
        self.is_idle = True
        """whether it waits for a request"""

    async def serve(self) -> None:
        """Serve every request; returns when the client is gone or has to go."""
        with suppress(ConnectionError, asyncio.TimeoutError):
            while not self._is_over and (line := await self._next_line()) is not None:
                if line.strip():
                    self.is_idle = False
                    await self._serve(line)
                    self.is_idle = True

    async def refuse(self, reason: str) -> None:
        """Say why nothing is served."""
        with suppress(ConnectionError, asyncio.TimeoutError):
            await self._send(refusal(RequestError(reason)))

    async def part(self, patience_s: float) -> None:
        """Let the client read what was sent, for that long at most, and close."""
        self._writer.close()
        try:
            await within(patience_s, self._writer.wait_closed())
        except (ConnectionError, asyncio.TimeoutError):
            self._writer.transport.abort()

    async def _next_line(self) -> bytes | None:
        """Return the next whole line; None at the end, and after a line that is too long."""
        try:
            return await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return None  # a line that was not ended is not meant
        except asyncio.LimitOverrunError:
            await self.refuse(f"the request is longer than {LONGEST_LINE} bytes")
            return None

    async def _serve(self, line: bytes) -> None:
        request: Request | None = None
        try:
            request = read_request(line)
            if request.command == EVENTS:
                Arguments(EVENTS, request.arguments).done()
                await self._follow(request)
                return
            result = await self._command(request.command)(request.arguments)
        except IreneError as error:
            await self._send(refusal(error, request))
            return
        await self._send(success(result, request))

    def _command(self, name: str) -> Command:
        command = self._commands.get(name)
        if command is None:
            hint = near(name, [*self._commands, EVENTS])
            raise RequestError(f"no command is called {name!r}{hint}")
        return command

    async def _follow(self, request: Request) -> None:
        """Send every event from now on, until the client goes or falls behind."""
        follower = self._followers.add()
        try:
            await self._send(success({"version": VERSION}, request))
            waited = [
                asyncio.ensure_future(one)
                for one in (
                    self._send_lines(follower.next),
                    self._until_gone(),
                    follower.lost.wait(),
                )
            ]
            try:
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waited:
                    one.cancel()
                await asyncio.gather(*waited, return_exceptions=True)
            if follower.lost.is_set():
                self._writer.transport.abort()
        finally:
            self._is_over = True
            self._followers.remove(follower)

    async def _send_lines(self, next_line: Callable[[], Awaitable[bytes | None]]) -> None:
        while (line := await next_line()) is not None:
            self._writer.write(line)
            await self._writer.drain()  # who reads slowly is given up by whoever publishes

    async def _until_gone(self) -> None:
        while await self._reader.read(LONGEST_LINE):
            pass  # whoever follows has nothing more to say

    async def _send(self, message: Mapping[str, Any]) -> None:
        self._writer.write(encoded(message))
        await within(_PATIENCE_S, self._writer.drain())
