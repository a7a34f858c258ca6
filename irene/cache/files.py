"""A folder of small files that are made again when they are lost."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from irene.files.places import user_folder
from irene.files.replacing import replace_file


def cache_folder(name: str) -> Path:
    """Return a folder below `$XDG_CACHE_HOME/irene` (XDG Base Directory Specification)."""
    return user_folder("XDG_CACHE_HOME", "~/.cache") / "irene" / name


class FileCache:
    """Contents by key, one file each; the ones that were used last are kept.

    A file is there whole or not at all, whatever happens while it is written, and several
    processes may share the folder. A folder that cannot be read or written caches nothing.
    """

    def __init__(self, folder: Path, most_files: int, suffix: str) -> None:
        self._folder = folder
        self._most_files = most_files
        self._suffix = suffix

    def read(self, key: str) -> bytes | None:
        """Return what was written under a key that is good as the name of a file."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            os.utime(path)  # it was used last now
        except OSError:
            return None
        return content

    def write(self, key: str, content: bytes) -> bool:
        """Keep a content, in place of an older one; return whether that was possible."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(self._path(key), content, private=True, durable=False)
            self._drop_oldest()
        except OSError:
            return False
        return True

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{self._suffix}"

    def _drop_oldest(self) -> None:
        files = []
        for path in self._folder.glob(f"*{self._suffix}"):
            with suppress(FileNotFoundError):  # another process has just dropped it
                files.append((path.stat().st_mtime_ns, path))
        for _, path in sorted(files)[: -self._most_files]:
            path.unlink(missing_ok=True)
