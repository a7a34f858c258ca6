"""Where a user's files lie: the home, and the folders of the XDG Base Directory Specification."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def expand_home(path: str | Path) -> Path:
    """Return a path with `~` and `~NAME` replaced; where nobody has that home, it stays."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path raises for an unknown home


def user_folder(variable: str, usual: str) -> Path:
    """Return the folder that a variable such as `XDG_STATE_HOME` names, else the usual one.

    Args:
        variable: its name; a relative path in it is ignored, as the specification has it.
        usual: where that is without it; `~` is replaced, where somebody has that home.
    """
    return named_folder(variable, os.environ) or expand_home(usual)


def named_folder(variable: str, environ: Mapping[str, str]) -> Path | None:
    """Return the folder that a variable names; None without one, and for a relative path."""
    folder = Path(environ.get(variable, ""))
    return folder if folder.is_absolute() else None
