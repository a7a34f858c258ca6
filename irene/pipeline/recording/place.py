"""Where the recordings of an assistant lie."""

from __future__ import annotations

from pathlib import Path

from irene.components.services import state_folder
from irene.config.sections import Config
from irene.pipeline.recording.layout import SUFFIX, UNFINISHED

_FOLDER = "recordings"


def recordings_folder(config: Config) -> Path:
    """Return the folder: `recorder.folder`, else `recordings` in the assistant's state folder."""
    if config.recorder.folder:
        return Path(config.recorder.folder)
    return state_folder(config.assistant, _FOLDER)


def recordings_in(folder: Path) -> list[Path]:
    """Return the recordings in a folder, oldest first, with those that are not finished.

    Their names begin with the time.
    """
    if not folder.is_dir():
        return []
    names = (f"[!.]*{SUFFIX}", f"[!.]*{UNFINISHED}")
    return sorted(path for name in names for path in folder.glob(name))


def size_of(path: Path) -> int:
    """Return what a recording takes, bytes; one that has just gone takes nothing."""
    try:
        files = path.iterdir() if path.is_dir() else (path,)
        return sum(file.stat().st_size for file in files)
    except OSError:
        return 0
