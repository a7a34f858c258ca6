"""The file of a Whisper model: where it is looked for, and what to do when it is not there."""

from __future__ import annotations

import os
import pickletools
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from irene import Kind, find_model, install_hint

_ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}
_SUFFIX = ".pt"
OFFICIAL = (
    *("tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en"),
    *("large-v1", "large-v2", "large-v3", "large", "large-v3-turbo", "turbo"),
)
"""names of the published models, as openai-whisper has them"""


_PARTS = ("dims", "model_state_dict", "n_mels", "encoder.conv1.weight")
"""names that stand in every checkpoint of a Whisper model"""
_OLD_FORM = 4
"""pickles of a checkpoint of before PyTorch 1.6 up to that of the weights, the fourth"""
_MOST_BYTES = 64 << 20
"""of names in a checkpoint"""


def find_checkpoint(model: str) -> Path | None:
    """Return the file of a model, or None; nothing is downloaded.

    A path counts as it is, a folder if one checkpoint is in it. A name is looked for below
    `whisper/` in the folders of models, with `.pt` and without, then in the folder into which
    openai-whisper downloads.
    """
    for name in with_aliases(model):
        for suffix in ("", _SUFFIX):  # a folder may have the name of the model, without a model
            found = find_model("whisper", name, (suffix,))
            if found is not None and (checkpoint := _in(found)) is not None:
                return checkpoint
        cached = cache_folder() / f"{name}{_SUFFIX}"
        if name in OFFICIAL and cached.is_file():
            return cached
    return None


def with_aliases(model: str) -> tuple[str, ...]:
    """Return the names that a model may be kept by, its full one last."""
    return tuple(dict.fromkeys((model, _ALIASES.get(model, model))))


def cache_folder() -> Path:
    """Return the folder into which openai-whisper downloads."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(cache) / "whisper"


def official_name(checkpoint: Path) -> str | None:
    """Return which published model a file is by its name; None for any other."""
    for name in (checkpoint.stem, checkpoint.parent.name):
        if name in OFFICIAL:
            return name
    return None


def cure(model: str, kind: Kind = Kind.ASR) -> str:
    """Return what makes a missing model available to a slot."""
    own = (
        f"set {kind}.providers.whisper.model to the path of a checkpoint, or to a name that `irene "
    )
    own += "models list --kind whisper` shows"
    return install_hint("whisper", _ALIASES.get(model, model), own)


def checkpoint_fault(path: Path) -> str:
    """Return why a file is no checkpoint of a Whisper model; empty where none is seen.

    Nothing of it is executed: the names in its pickles are read, not the pickles.
    """
    try:
        names = set(_names_in(path))
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        return f"{path.name} cannot be read: {str(error)[:100] or type(error).__name__}"
    missing = [name for name in _PARTS if name not in names]
    return f"the checkpoint has no {missing[0]}" if missing else ""


def _names_in(path: Path) -> Iterator[str]:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            for _ in range(_OLD_FORM):
                yield from _texts_in(file)
        return
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.filename.endswith(".pkl") and info.file_size <= _MOST_BYTES:
                with archive.open(info) as file:
                    yield from _texts_in(file)


def _texts_in(file: IO[bytes]) -> Iterator[str]:
    for _, argument, _ in pickletools.genops(file):
        if isinstance(argument, str):
            yield argument


def _in(path: Path) -> Path | None:
    if path.is_file():
        return path
    checkpoints = sorted(path.glob(f"*{_SUFFIX}")) if path.is_dir() else []
    return checkpoints[0] if len(checkpoints) == 1 else None
