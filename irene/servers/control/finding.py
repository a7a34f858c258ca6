"""Finding the running assistant that somebody means."""

from __future__ import annotations

from pathlib import Path

from irene.errors import ConfigurationError, NotRunningError, RequestError
from irene.servers.control.client import ControlClient
from irene.servers.control.place import require_unix_sockets, socket_folder, socket_path

_START = "start one with `irene run`"


def connected(name: str | None = None, folder: Path | None = None) -> ControlClient:
    """Return a connection to the assistant of a name; without one, to the only one that runs.

    Args:
        name: `assistant.name`.
        folder: where the sockets lie; the user's folder for sockets unless given.

    Raises:
        NotRunningError: there is none; the message names those that there are.
        RequestError: several are running, and none was named.
        ConfigurationError: the system has no Unix sockets, or the folder is somebody else's.
    """
    require_unix_sockets()
    folder = folder or socket_folder()
    if name is not None:
        return _named(name, folder)
    names = running(folder)
    if len(names) > 1:
        raise RequestError(
            f"several assistants are running: {', '.join(names)}; choose one with --name"
        )
    if not names:
        raise NotRunningError(f"no assistant is running; {_START}")
    return ControlClient(folder / f"{names[0]}.sock")


def running(folder: Path | None = None) -> list[str]:
    """Return the names of the assistants that are running, as their files are called."""
    found = sorted((folder or socket_folder()).glob("*.sock"))
    return [path.stem for path in found if _answers(path)]


def _named(name: str, folder: Path) -> ControlClient:
    try:
        return ControlClient(socket_path(name, folder))
    except NotRunningError:
        others = running(folder)
        there = f"running: {', '.join(others)}" if others else _START
        raise NotRunningError(f"no assistant called {name!r} is running; {there}") from None


def _answers(path: Path) -> bool:
    try:
        ControlClient(path).close()
    except (NotRunningError, ConfigurationError):
        return False
    return True
