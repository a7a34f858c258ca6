"""Files that appear as a whole: whoever reads one sees the former content or the new one."""

from __future__ import annotations

import errno
import glob
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

DRAFT = ".draft-"
"""what the names of drafts begin with; only a process that is killed leaves one behind"""
ABANDONED_S = 3600.0
"""age of a draft from which on whoever wrote it has ended without finishing it"""
_MOST_OF_NAME = 48
"""characters of its file's name in the name of a draft: 255 bytes are the most of a file system"""
_PRIVATE, _AS_USUAL = 0o600, 0o666
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM)
"""why a folder cannot be synchronised where the system has no such thing, or does not allow it"""


def replace_file(
    path: Path, content: bytes | str, *, private: bool = False, durable: bool = True
) -> None:
    """Write a file, whole or not at all, with the promises of `draft_of`.

    Args:
        path: the file; its folder is there.
        content: what it holds; a text is written in UTF-8.
        private: only its owner may read it.
        durable: it is on the disk when this returns.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    with draft_of(path, private=private, durable=durable) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def draft_of(path: Path, *, private: bool = False, durable: bool = True) -> Iterator[IO[bytes]]:
    """Give a draft to write, which takes the place of a file when the block ends without an error.

    The draft lies beside the file, under a name of its own, and goes if anything fails (POSIX:
    `rename` replaces at once, and `fsync` of file and folder makes it last). What a killed process
    has left goes with a later draft of the file. A link stays a link: the file that it leads to is
    replaced. A file that was there keeps its mode; a new one has that which the system gives.

    Args:
        path: the file; its folder is there.
        private: only its owner may read it, at any time and whatever its mode was.
        durable: it is on the disk when this ends, and survives a power failure.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    target = Path(os.path.realpath(path))
    mode = _PRIVATE if private else _mode_of(target)
    draft = target.with_name(f"{DRAFT}{secrets.token_hex(8)}-{target.name[:_MOST_OF_NAME]}")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(draft, flags, _AS_USUAL if mode is None else mode)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if mode is not None:
            draft.chmod(mode)  # making a file takes away what the umask has
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    _remove_abandoned(target)
    if durable:
        sync_folder(target.parent)


def remove_drafts(path: Path) -> None:
    """Remove the drafts of a file that killed processes have left; nobody may be writing it.

    Raises:
        OSError: one cannot be removed.
    """
    for draft in _drafts_of(Path(os.path.realpath(path))):
        draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can be asked for that.

    Raises:
        OSError: the disk fails.
    """
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def _drafts_of(target: Path) -> Iterator[Path]:
    return target.parent.glob(f"{DRAFT}*-{glob.escape(target.name[:_MOST_OF_NAME])}")


def _remove_abandoned(target: Path) -> None:
    """Remove what is so much older than a file just written that nobody will finish it."""
    with suppress(OSError):
        limit_s = target.stat().st_mtime - ABANDONED_S
        for draft in _drafts_of(target):
            if draft.stat().st_mtime < limit_s:
                draft.unlink()


def _mode_of(path: Path) -> int | None:
    """Return the mode of a file that is there."""
    with suppress(OSError):
        return stat.S_IMODE(path.stat().st_mode)
    return None
