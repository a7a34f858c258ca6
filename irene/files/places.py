"""Where a user's files lie (XDG Base Directory Specification)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def user_folder(variable: str, usual: str) -> Path:
    """Return the folder that a variable such as `XDG_STATE_HOME` names, else the usual one.

    Args:
        variable: its name; a relative path in it is ignored, as the specification has it.
        usual: where that is without it; `~` is replaced, where somebody has that home.
    """
    return named_folder(variable, os.environ) or Path(os.path.expanduser(usual))  # noqa: PTH111 - never raises


def named_folder(variable: str, environ: Mapping[str, str]) -> Path | None:
    """Return the folder that a variable names; None without one, and for a relative path."""
    folder = Path(environ.get(variable, ""))
    return folder if folder.is_absolute() else None
