"""The figures of an assistant over HTTP, in Prometheus's text format or OpenMetrics."""

from __future__ import annotations

import errno

from irene.errors import ConfigurationError
from irene.telemetry.exposition import registry_of
from irene.telemetry.recorder import Recorder

LOOPBACK = "127.0.0.1"
"""the address that only this machine can reach"""


class MetricsServer:
    """Serves what a recorder holds at `/metrics`, from a thread of its own, until it is closed.

    Every request takes a snapshot on that thread: the event loop has nothing to do with it.
    """

    def __init__(self, recorder: Recorder, port: int, host: str = LOOPBACK) -> None:
        """Begin to serve; port 0 takes any that is free.

        Raises:
            ConfigurationError: the address cannot be opened, or Prometheus's client is not
                installed; the message names the cure.
        """
        registry = registry_of(lambda: recorder.snapshot().readings)
        from prometheus_client import start_http_server

        try:
            self._server, self._thread = start_http_server(port, host, registry)
        except OSError as error:
            raise ConfigurationError(_reason(error, port, host)) from error
        self._host = host

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """Where the figures can be read."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}/metrics"

    def close(self) -> None:
        """Serve no more; a second call does nothing."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> MetricsServer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _reason(error: OSError, port: int, host: str) -> str:
    """Return one line that says why the address cannot be opened, and what would be right."""
    if error.errno == errno.EADDRINUSE:
        return f"performance.metrics_port = {port} is in use on {host}: choose another port"
    if error.errno == errno.EACCES:
        return f"performance.metrics_port = {port} needs rights: choose a port above 1023"
    return (
        f"performance.metrics_host = {host!r} is no address of this machine "
        f"({error.strerror or error}): choose {LOOPBACK}, or 0.0.0.0 for all"
    )
