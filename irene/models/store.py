"""Finding a model by path or by name in the places where models are kept."""

from __future__ import annotations

import os
from pathlib import Path

from irene.files.places import expand_home, user_folder


def model_folders() -> list[Path]:
    """Return the folders that are searched, first match wins.

    `$IRENE_MODELS` (a list like PATH), then `$XDG_DATA_HOME/irene/models` (XDG Base Directory
    Specification; `~/.local/share` by default).
    """
    listed = os.environ.get("IRENE_MODELS", "")
    folders = [expand_home(entry) for entry in listed.split(os.pathsep) if entry]
    return [*folders, user_folder("XDG_DATA_HOME", "~/.local/share") / "irene" / "models"]


def install_folder() -> Path:
    """Return the folder that models are installed into: the first that is searched."""
    return model_folders()[0]


def find_model(kind: str, model: str, suffixes: tuple[str, ...] = ("",)) -> Path | None:
    """Return the path of a model given as a path or as a name, or None when it is not there.

    Args:
        kind: folder of the kind of model below each model folder, such as `vosk`.
        model: a path (with `~`), or the name of a file or folder below `FOLDER/KIND/`.
        suffixes: endings to try after the name, such as `(".onnx",)`.
    """
    as_path = expand_home(model)
    if as_path.is_absolute() or len(as_path.parts) > 1 or as_path.exists():
        return as_path if as_path.exists() else None
    for folder in model_folders():
        for suffix in suffixes:
            candidate = folder / kind / f"{model}{suffix}"
            if candidate.exists():
                return candidate
    return None
