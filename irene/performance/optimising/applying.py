"""Writing a proposal into the configuration's file, and taking it back if it is no good."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from irene.config.loading import find_config, load_config, registry_for
from irene.config.sources import profile_folder
from irene.errors import CheckFailedError, ConfigurationError
from irene.performance.optimising.arms import Change
from irene.performance.optimising.editing import difference, edited

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Proposal:
    """Changes as they would stand in the file."""

    path: Path | None
    """the file; None for a configuration that has none of its own"""
    label: str
    """what it is called"""
    before: str
    after: str
    """the whole text"""
    changes: tuple[Change, ...]

    @property
    def diff(self) -> str:
        """Return a unified diff."""
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


def proposal(source: str | None, changes: Sequence[Change]) -> Proposal:
    """Return what the changes make of a configuration's text.

    Raises:
        ConfigurationError: the text cannot be read, or not be changed by a program.
    """
    found = find_config(source)
    after = edited(found.text, changes, found.label) if changes else found.text
    return Proposal(found.path, found.label, found.text, after, tuple(changes))


def write(wanted: Proposal, overrides: Sequence[str] = ()) -> Written:
    """Put a proposal into the file: at once or not at all, with a backup beside it.

    Args:
        wanted: what is written.
        overrides: what the command line set; a change that it hides would do nothing.

    Raises:
        ConfigurationError: it is a profile that came with irene, has changed meanwhile, or cannot
            be written.
        CheckFailedError: a variable of the environment hides a change; the file is as it was.
    """
    done = put(wanted)
    try:
        _require_effect(wanted, overrides)
    except (ConfigurationError, CheckFailedError):
        done.revert()
        raise
    return done


def put(wanted: Proposal) -> Written:
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


def writable(wanted: Proposal) -> Path:
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


def _require_effect(wanted: Proposal, overrides: Sequence[str]) -> None:
    """Refuse a change that another layer hides."""
    source = str(wanted.path)
    registry = registry_for(source, overrides=overrides)
    config = load_config(source, registry=registry, overrides=overrides)
    for change in wanted.changes:
        origin = config.origin(change.key)
        if origin.layer in ("environment", "--set"):
            raise CheckFailedError(
                f"{wanted.label}: {change.key} would have no effect: {origin} sets it; "
                "the file is as it was"
            )


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
    """Write a file anew: whoever reads it sees the former content or the new one."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        new = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            new.chmod(stat.S_IMODE(path.stat().st_mode))
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{path}: cannot be written: {reason}") from None
