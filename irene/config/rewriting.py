"""Writing the file of a configuration anew: at once or not at all, and so that it can be undone."""

from __future__ import annotations

import difflib
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from irene.config.sources import profile_folder
from irene.errors import ConfigurationError
from irene.files.replacing import replace_file

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Rewrite:
    """A text as it would stand in a file."""

    path: Path | None
    """the file; None for a configuration that has none of its own"""
    label: str
    """what it is called"""
    before: str
    after: str
    """the whole text"""

    @property
    def diff(self) -> str:
        """A unified diff."""
        return difference(self.before, self.after, self.label)


@dataclass(frozen=True)
class Written:
    """A file that was changed."""

    path: Path
    backup: Path
    """what it was before"""

    def revert(self) -> None:
        """Put the former content back; the backup goes.

        Raises:
            ConfigurationError: the file cannot be written.
        """
        _replace(self.path, self.backup.read_bytes())
        self.backup.unlink()


def put(wanted: Rewrite) -> Written:
    """Put a text into its file: at once or not at all, with a backup beside it.

    Raises:
        ConfigurationError: it is a profile that came with irene, has changed meanwhile, or cannot
            be written.
    """
    path = writable(wanted)
    content = path.read_bytes()
    bom = _BOM if content.startswith(_BOM) else b""
    if content.removeprefix(_BOM) != wanted.before.encode():
        raise ConfigurationError(f"{wanted.label}: has changed since it was read; try again")
    backup = _backed_up(path, content)
    _replace(path, bom + wanted.after.encode())
    return Written(path, backup)


def writable(wanted: Rewrite) -> Path:
    """Return the file to write, through links.

    Raises:
        ConfigurationError: it is a profile that came with irene.
    """
    path = wanted.path
    if path is None or path.resolve().is_relative_to(profile_folder().resolve()):
        raise ConfigurationError(
            f"{wanted.label}: comes with irene and is not written; "
            "make a file of your own with `irene init`"
        )
    return path.resolve()


def difference(before: str, after: str, file: str) -> str:
    """Return a unified diff; empty when nothing changed."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"{file}",
        f"{file} (proposed)",
        n=2,
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _backed_up(path: Path, content: bytes) -> Path:
    """Return a new file beside it, `NAME.bak`, `NAME.bak1` and so on, that holds the content."""
    number = 0
    while True:
        backup = path.with_name(f"{path.name}.bak{number or ''}")
        try:
            with backup.open("xb") as file:
                file.write(content)
        except FileExistsError:
            number += 1
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ConfigurationError(f"{backup}: cannot be written: {reason}") from None
        else:
            with suppress(OSError):
                backup.chmod(stat.S_IMODE(path.stat().st_mode))
            return backup


def _replace(path: Path, content: bytes) -> None:
    try:
        replace_file(path, content)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{path}: cannot be written: {reason}") from None
