"""Where the sockets of running assistants lie: a folder that belongs to one user."""

from __future__ import annotations

import os
import socket
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from irene.errors import ConfigurationError
from irene.files.names import file_name
from irene.files.places import named_folder

_LONGEST_PATH = 107 if sys.platform == "linux" else 103
"""bytes that the path of a socket may have (`sun_path` less its end)"""
_CURE = "set XDG_RUNTIME_DIR to a folder that only you can enter, or assistant.control = false"


def require_unix_sockets() -> None:
    """Refuse a system on which no assistant can be reached.

    Raises:
        ConfigurationError: it has no Unix sockets, as Windows has none that Python knows.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise ConfigurationError(
            "a running assistant cannot be reached: this system has no Unix sockets; "
            "set assistant.control = false"
        )


def socket_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder of this user's sockets, whether it exists or not.

    That is `$XDG_RUNTIME_DIR/irene` (XDG Base Directory Specification). Where the variable is not
    set, as in cron jobs, or holds a relative path, it is looked for where systemd puts it; without
    that, it is a folder below the one for temporary files, with the user's number in its name.
    """
    values = os.environ if environ is None else environ
    if runtime := named_folder("XDG_RUNTIME_DIR", values):
        return runtime / "irene"
    usual = Path(f"/run/user/{os.geteuid()}")
    if usual.is_dir() and os.access(usual, os.W_OK):
        return usual / "irene"
    return Path(tempfile.gettempdir()) / f"irene-{os.geteuid()}"


def socket_path(name: str, folder: Path) -> Path:
    """Return the path of the socket of an assistant of this name.

    Raises:
        ConfigurationError: the path is longer than the system allows.
    """
    path = folder / f"{file_name(name)}.sock"
    if (length := len(os.fsencode(path))) > _LONGEST_PATH:
        raise ConfigurationError(
            f"{path}: the path of a socket may have {_LONGEST_PATH} bytes, and this has {length}; "
            "choose a shorter assistant.name or XDG_RUNTIME_DIR"
        )
    return path


def make_private(folder: Path) -> None:
    """Make the folder, for this user only.

    Raises:
        ConfigurationError: it cannot be made, or is somebody else's.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_own(folder)
        if stat.S_IMODE(folder.stat().st_mode) != 0o700:
            folder.chmod(0o700)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{folder}: cannot be made: {reason}; {_CURE}") from None


def require_own(folder: Path) -> None:
    """Refuse a folder that somebody else may have put there.

    Raises:
        ConfigurationError: it is a link, no folder, or belongs to another user.
        OSError: it does not exist, or cannot be looked at.
    """
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise ConfigurationError(f"{folder}: is no folder; {_CURE}")
    if found.st_uid != os.geteuid():
        raise ConfigurationError(f"{folder}: belongs to another user; {_CURE}")
