"""Writing and removing the file of a service, without harm to what somebody else wrote there."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from xxhash import xxh3_64_hexdigest

from irene.errors import ConfigurationError
from irene.files.replacing import replace_file

_BACKUP = ".before"
_MARK = re.compile(r"written by `irene install-service` \(([0-9a-f]{16})\)")


def marked(text: str, comment: tuple[str, str]) -> str:
    """Return the text with a line at its end by which it is known again as it was written.

    Args:
        text: the whole file.
        comment: what opens and what ends a comment in it.
    """
    opening, closing = comment
    digest = xxh3_64_hexdigest(text.encode())
    return f"{text}{opening} written by `irene install-service` ({digest}){closing}\n"


def is_ours(text: str) -> bool:
    """Say whether a file is as `marked` has made it: nobody has changed it since."""
    body, _, last = text.rstrip("\n").rpartition("\n")
    found = _MARK.search(last)
    return found is not None and found[1] == xxh3_64_hexdigest(f"{body}\n".encode())


def place(path: Path, text: str, *, force: bool) -> Path | None:
    """Write a file; return the backup of what was there and is not ours, if there was such a thing.

    Raises:
        ConfigurationError: somebody else's file is there and `force` was not given; or it cannot be
            written.
    """
    try:
        former = _content(path)
        backup = _moved_aside(path, former, force)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text)
    except OSError as error:
        raise _refused(path, "written", error) from None
    return backup


def remove(path: Path, *, force: bool) -> Path | None:
    """Remove a file, and the links that enable it; return the backup of what is not ours.

    Raises:
        ConfigurationError: there is none; it is somebody else's and `force` was not given; or it
            cannot be removed.
    """
    try:
        former = _content(path)
        if former is None:
            raise ConfigurationError(f"{path}: there is no such service")
        backup = _moved_aside(path, former, force)
        with suppress(FileNotFoundError):
            path.unlink()
        for folder in path.parent.glob("*.wants"):
            with suppress(FileNotFoundError):
                (folder / path.name).unlink()
    except OSError as error:
        raise _refused(path, "removed", error) from None
    return backup


def is_another(path: Path, text: str) -> bool:
    """Say whether a file of ours is there that says something else than this text.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        former = _content(path)
    except OSError as error:
        raise _refused(path, "read", error) from None
    return former is not None and former != text and is_ours(former)


def _content(path: Path) -> str | None:
    if not os.path.lexists(path):
        return None
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _moved_aside(path: Path, former: str | None, force: bool) -> Path | None:
    if former is None or is_ours(former):
        return None
    if not force:
        raise ConfigurationError(
            f"{path}: was written or changed by somebody else; --force puts it aside as "
            f"{path.name}{_BACKUP}"
        )
    backup, number = path.with_name(path.name + _BACKUP), 0
    while os.path.lexists(backup):  # what was put aside before stays
        number += 1
        backup = path.with_name(f"{path.name}{_BACKUP}{number}")
    path.replace(backup)
    return backup


def _refused(path: Path, what: str, error: OSError) -> ConfigurationError:
    reason = (error.strerror or str(error)).lower()
    cure = "; with --system, be root: sudo" if isinstance(error, PermissionError) else ""
    return ConfigurationError(f"{path}: cannot be {what}: {reason}{cure}")
