"""The control socket of a running assistant."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, cast

from irene.domain.events import Event
from irene.servers.control.claim import Claim
from irene.servers.control.connection import Command, Connection
from irene.servers.control.followers import Followers
from irene.servers.control.peer import Peer, peer_of
from irene.servers.control.protocol import LONGEST_LINE

MOST_CLIENTS = 32
"""clients that are served at the same time"""
_LAST_WORDS_S = 1.0
"""longest time at the end for replies and events to be read"""


class ControlServer:
    """Serves commands to programs of the same user, on the running event loop.

    ::

        async with ControlServer(Claim.take("irene", "default"), commands) as control:
            control.publish(event)

    Nothing that a client sends, or does not read, holds the assistant up or ends it. The socket
    and the claim are gone afterwards.
    """

    def __init__(self, claim: Claim, commands: Mapping[str, Command]) -> None:
        self._claim = claim
        self._commands = commands
        self._followers = Followers()
        self._open: dict[asyncio.Task[Any], tuple[asyncio.Task[None], Connection]] = {}
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> ControlServer:
        try:
            self._server = await asyncio.start_unix_server(
                self._connected, sock=self._claim.socket, limit=LONGEST_LINE
            )
        except BaseException:
            self._claim.release()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        self._claim.release()
        self._followers.end()
        await self._part()

    def publish(self, event: Event) -> None:
        """Send an event to whoever follows; never waits. On the event loop."""
        self._followers.publish(event)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, self._commands, self._followers)
        peer = peer_of(writer.get_extra_info("socket"))
        serving = asyncio.ensure_future(self._serve(connection, peer))
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._open[task] = (serving, connection)
        try:
            await asyncio.wait({serving})
            await connection.part(_LAST_WORDS_S)
        finally:
            del self._open[task]
        if not serving.cancelled():
            serving.result()

    async def _serve(self, connection: Connection, peer: Peer | None) -> None:
        if peer is not None and not peer.may_ask:
            await connection.refuse("this assistant belongs to another user")
        elif len(self._open) > MOST_CLIENTS:
            await connection.refuse(f"{MOST_CLIENTS} clients are served already")
        else:
            await connection.serve()

    async def _part(self) -> None:
        """Let requests in progress be answered, but do not wait for long."""
        for serving, connection in self._open.values():
            if connection.is_idle:
                serving.cancel()
        for _ in range(2):
            if self._open:
                await asyncio.wait(set(self._open), timeout=2 * _LAST_WORDS_S)
            for serving, _ in self._open.values():
                serving.cancel()
