"""Digests of files: what proves that a model is the one that was asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileDigest:
    """Size and digests of one file."""

    size: int
    """bytes"""
    sha256: str
    """64 hexadecimal digits"""
    md5: str = ""
    """32 hexadecimal digits; empty when it was not asked for"""


def digest_of(path: Path, *, with_md5: bool = False) -> FileDigest:
    """Read a file once and return its digests.

    Raises:
        OSError: it cannot be read.
    """
    sha256 = hashlib.sha256()
    md5 = hashlib.md5(usedforsecurity=False)
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            sha256.update(chunk)
            if with_md5:
                md5.update(chunk)
    return FileDigest(size, sha256.hexdigest(), md5.hexdigest() if with_md5 else "")


def begins_as_zip(path: Path) -> bool:
    """Say whether a file begins as a zip file does.

    `zipfile.is_zipfile` looks at the end: it takes a tar file whose last member is a zip file for
    one, or a pickle with a zip file behind it.
    """
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
