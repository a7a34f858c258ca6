"""What others listen at: the assistant that may be running, and the ports that it wants."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from irene.cli.doctor.finding import Finding, Topic, split_cure
from irene.config.secrets import masked_text
from irene.config.sections import Config
from irene.errors import IreneError
from irene.servers.control.finding import running
from irene.servers.control.place import (
    make_private,
    require_unix_sockets,
    socket_folder,
    socket_path,
)

_PATIENCE_S = 2.0
_CONTROL, _PORTS = Topic("control"), Topic("ports")


def control(config: Config) -> Iterator[Finding]:
    """Tell whether an assistant of this name runs, and whether it could be reached."""
    if not config.assistant.control:
        yield _CONTROL.note("assistant.control = false: `irene status` and the like reach nobody")
        return
    name = config.assistant.name
    try:
        require_unix_sockets()
        path = socket_path(name, socket_folder())
        make_private(path.parent)
    except IreneError as error:
        yield _CONTROL.error(*split_cure(str(error)))
        return
    if path.stem in running(path.parent):
        yield _CONTROL.note(f"an assistant called {name!r} is running: `irene status` asks it")
    else:
        yield _CONTROL.ok(f"{path}: free")


def ports(config: Config) -> Iterator[Finding]:
    """Tell whether the port for the figures is free, and whether the collector answers."""
    settings = config.performance
    if settings.metrics_port:
        yield _own_port(settings.metrics_host, settings.metrics_port)
    if settings.otel_endpoint:
        yield _collector(settings.otel_endpoint)


def _own_port(host: str, port: int) -> Finding:
    address = f"performance.metrics_port = {port} on {host}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return _PORTS.error(
            f"{address}: {reason}", "choose another port, unless irene itself is running"
        )
    return _PORTS.ok(f"{address}: free")


def _collector(endpoint: str) -> Finding:
    named = f"performance.otel_endpoint = {masked_text(endpoint)!r}"
    try:
        parts = urlsplit(endpoint)
        place = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        socket.create_connection(place, _PATIENCE_S).close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return _PORTS.warning(
            f"{named} does not answer: {reason}",
            "start the collector, or set performance.otel_endpoint to where it is",
        )
    return _PORTS.ok(f"{named} answers")
