"""A worker: runs one provider for the assistant, in a process of its own."""

from __future__ import annotations

import faulthandler
import io
import os
import pickle
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from socket import recv_fds, socket
from typing import Any, cast

from irene.components.isolation.boot import Boot
from irene.components.isolation.grammar_store import GrammarStore
from irene.components.isolation.lane_server import LaneServer
from irene.components.isolation.messages import facts_of, receive_bytes, send
from irene.components.isolation.shared_region import SharedRegion
from irene.components.isolation.shared_state import SharedState
from irene.components.isolation.worker_side import worker_side
from irene.errors import IreneError
from irene.providers.asr import Asr
from irene.providers.border import ForeignCode
from irene.providers.provider import Provider

BEAT_S = 1.0
"""time between two signs of life"""
NEW_LANE = b"L"
"""comes with two descriptors: the channel of the lane and its memory"""
END = b"E"
"""asks the worker to close its provider and end"""


@dataclass(frozen=True)
class Facts:
    """What is known of a provider once it is loaded."""

    capabilities: Any
    sample_rate: int | None
    """of a voice, Hz; None for other providers"""
    version: str
    """empty for providers that have none"""


def serve(control_fd: int, status_fd: int) -> None:
    """Load the provider that the assistant names, answer it, and end when it says so or is gone."""
    faulthandler.enable()  # a crash leaves the stack in the assistant's log
    _print_by_line()
    os.set_inheritable(control_fd, False)
    os.set_inheritable(status_fd, False)
    threading.Thread(target=_show_life, args=(status_fd,), daemon=True).start()
    control = socket(fileno=control_fd)
    provider: Provider[Any] | None = None
    with suppress(EOFError, OSError):
        boot: Boot = pickle.loads(receive_bytes(control))
        provider = _started(boot, control)
        if provider is not None:
            _serve_lanes(provider, control)
    _end(provider)


def _started(boot: Boot, control: socket) -> Provider[Any] | None:
    """Return the provider, loaded; tell the assistant what it is, or why it could not be loaded."""
    try:
        with ForeignCode():
            provider = boot.provider()
            provider.load()
            if boot.warm:
                provider.warm_up()
            _prepare(provider, boot)
            facts = Facts(
                provider.capabilities,
                getattr(provider, "sample_rate", None),
                provider.version,
            )
    except IreneError as error:
        send(control, (False, facts_of(error)))
        return None
    send(control, (True, facts))
    return provider


def _prepare(provider: Provider[Any], boot: Boot) -> None:
    """Compile what the process before this one had compiled; it was not refused there."""
    grammars = GrammarStore()
    for entry in boot.prepared:
        cast("Asr[Any]", provider).prepare(grammars.find(entry))


def _serve_lanes(provider: Provider[Any], control: socket) -> None:
    shared = SharedState()
    asked = worker_side(provider, shared)
    while True:
        message, fds, _, _ = recv_fds(control, 1, 2)
        if message != NEW_LANE or len(fds) != 2:
            return
        for fd in fds:
            os.set_inheritable(fd, False)
        channel, region = socket(fileno=fds[0]), SharedRegion(fds[1])
        server = LaneServer(asked, shared, channel, region)
        threading.Thread(
            target=partial(_serve_lane, server, channel, region), name="lane", daemon=True
        ).start()


def _serve_lane(server: LaneServer, channel: socket, region: SharedRegion) -> None:
    try:
        server.serve()
    finally:
        channel.close()
        region.close()


def _end(provider: Provider[Any] | None) -> None:
    """Close the provider and leave, whatever its threads are doing."""
    with suppress(IreneError), ForeignCode():
        if provider is not None:
            provider.close()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)


def _show_life(status_fd: int) -> None:
    """Tell the assistant every second that this process runs and nobody holds the interpreter."""
    pause = threading.Event()
    with suppress(OSError):
        while True:
            os.write(status_fd, b"b\n")
            pause.wait(BEAT_S)


def _print_by_line() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="replace")
