"""Where the measurements of an assistant lie."""

from __future__ import annotations

from pathlib import Path

from irene.components.services import state_folder
from irene.config.sections import Config

_FOLDER = "performance"
_FILE = "performance.db"


def store_path(config: Config) -> Path:
    """Return the file of an assistant: each name has its own, as it has its own timers.

    That is `performance.store_path`, else `performance/performance.db` in its state folder.
    """
    if config.performance.store_path:
        return Path(config.performance.store_path)
    return state_folder(config.assistant, _FOLDER) / _FILE


def store_in(folder: str | Path) -> Path:
    """Return the file of a program that has named a folder: one for all that it measures."""
    return Path(folder) / _FILE


def stores_beside(path: Path) -> list[Path]:
    """Return the files of assistants of any name in the usual place, written last first.

    `path` is that of an assistant in the usual place: STATE/NAME/performance/performance.db.
    """
    found = path.parents[2].glob(f"*/{_FOLDER}/{_FILE}")
    return sorted(found, key=_written, reverse=True)


def _written(path: Path) -> float:
    """Return when a file, or its write-ahead log, was written last."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return max((file.stat().st_mtime for file in files if file.exists()), default=0.0)
