"""Types of options: numbers that are some, and files that can be written."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """A number within bounds; `nan` and `inf` are within any, and none that can be counted with."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number.

        Raises:
            click.BadParameter: it is none, or out of bounds.
        """
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is no number that can be counted with", param, ctx)
        return number


class OutputFile(click.Path):
    """A file that is written at the end of something long; that it cannot be is said before."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """Return the path.

        Raises:
            click.BadParameter: it is a folder, or lies in none that can be written to.
        """
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if reason := folder_fault(path):
            self.fail(f"{path}: its folder {reason}", param, ctx)
        return path


def folder_fault(file: Path) -> str:
    """Return why a file cannot be made where it is to lie; empty where it can."""
    folder = file.parent
    if os.path.lexists(file) or os.access(folder, os.W_OK | os.X_OK):
        return ""
    return "cannot be written to" if os.path.lexists(folder) else "does not exist"
