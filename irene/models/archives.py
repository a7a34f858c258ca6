"""Unpacking archives that strangers made: nothing leaves the folder, nothing fills the disk."""

from __future__ import annotations

import errno
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from irene.errors import ModelRefusedError
from irene.models.catalogue import is_plain_path

_CHUNK = 1 << 20
_ODD_NAMES = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL)
"""of the system, when members of an archive get into each other's way"""
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # a method of compression that Python does not know
    RuntimeError,  # an encrypted member
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What no archive of a model exceeds."""

    most_files: int = 10_000
    most_bytes: int = 32 << 30
    """of everything unpacked"""
    most_ratio: int = 100
    """unpacked bytes for each byte of the archive"""
    free_bytes: int = 64 << 20
    """unpacked bytes to which the ratio does not apply"""


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    """path inside of the archive"""
    is_folder: bool
    """whether it is one"""
    content: IO[bytes] | None
    """of a file; None for anything else"""


def unpack(archive: Path, folder: Path, limits: Limits = LIMITS) -> None:
    """Unpack a zip or tar file (by its content) into a folder that is empty.

    Files and folders only: an archive with a link, a device, an absolute path, a `..`, or the
    same file twice is refused, as is one that unpacks to much more than models do. Permissions
    and owners of the archive are not taken over.

    Raises:
        ModelRefusedError: it is refused, or damaged; some files may lie in the folder.
        OSError: the folder cannot be written.
    """
    room = _Room(archive, limits)
    with _refusing_damage(archive):
        for member in _members(archive):
            _check_name(archive, member)
            room.add_file()
            try:
                _bring_out(member, folder / member.name, room)
            except OSError as error:
                if error.errno not in _ODD_NAMES:
                    raise
                reason = f"it has {member.name!r} twice, or no file can be called so"
                raise ModelRefusedError(f"{archive.name} is not safe: {reason}") from error


def only_folder(folder: Path) -> Path:
    """Return the one folder that a folder holds, if it holds nothing else; otherwise itself."""
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


@contextmanager
def _refusing_damage(archive: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        reason = str(error).split("\n", maxsplit=1)[0] or type(error).__name__
        raise ModelRefusedError(f"{archive.name} is a damaged archive: {reason}") from error


def _members(archive: Path) -> Iterator[_Member]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            yield from _zip_members(opened)
        return
    with tarfile.open(archive) as tar:
        for info in tar:
            content = tar.extractfile(info) if info.isfile() else None
            yield _Member(info.name, info.isdir(), content)


def _zip_members(opened: zipfile.ZipFile) -> Iterator[_Member]:
    for info in opened.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir():
            yield _Member(info.filename, True, None)
        elif kind in (0, stat.S_IFREG):
            with opened.open(info) as content:
                yield _Member(info.filename, False, content)
        else:
            yield _Member(info.filename, False, None)


def _check_name(archive: Path, member: _Member) -> None:
    plain = is_plain_path(member.name) or PurePosixPath(member.name) == PurePosixPath()
    if not plain:
        raise ModelRefusedError(
            f"{archive.name} is not safe: it has {member.name!r}, outside of itself"
        )
    if member.content is None and not member.is_folder:
        raise ModelRefusedError(
            f"{archive.name} is not safe: {member.name!r} is neither a file nor a folder"
        )


def _bring_out(member: _Member, target: Path, room: _Room) -> None:
    if member.content is None:
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        while chunk := member.content.read(_CHUNK):
            room.add_bytes(len(chunk))
            out.write(chunk)


class _Room:
    """Counts what is unpacked, and stops it where it is too much."""

    def __init__(self, archive: Path, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._n_files = 0
        self._n_bytes = 0
        by_ratio = max(archive.stat().st_size * limits.most_ratio, limits.free_bytes)
        self._most_bytes = min(by_ratio, limits.most_bytes)

    def add_file(self) -> None:
        self._n_files += 1
        if self._n_files > self._limits.most_files:
            self._refuse(f"more than {self._limits.most_files} files")

    def add_bytes(self, n_bytes: int) -> None:
        self._n_bytes += n_bytes
        if self._n_bytes > self._most_bytes:
            self._refuse(f"more than {self._most_bytes} bytes")

    def _refuse(self, what: str) -> None:
        raise ModelRefusedError(f"{self._archive.name} is not safe: it unpacks to {what}")
