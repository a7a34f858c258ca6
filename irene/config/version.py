"""The version of a configuration: which form of it a file was written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irene.config.problems import Problem
from irene.config.toml_text import format_value
from irene.domain.argument_checks import shortened

KEY = "version"
"""key that stands before all sections"""
CURRENT = 2
"""form that this irene writes; it reads all earlier ones"""


def version_of(content: Mapping[str, Any]) -> int:
    """Return the version of a document; one that says none is of the first form.

    Raises:
        ValueError: it says something else than a version.
    """
    version = content.get(KEY, 1)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError(f"found {shortened(format_value(version))}")
    return version


def version_problem(content: Mapping[str, Any], file: str, line: int | None) -> Problem | None:
    """Return what is wrong with the version of a document; None if nothing is."""
    try:
        version = version_of(content)
    except ValueError as error:
        return Problem(file, line, KEY, str(error), f"a whole number from 1 to {CURRENT}")
    if version > CURRENT:
        message = f"{version} is the form of a later irene, and this one reads up to {CURRENT}"
        return Problem(file, line, KEY, message, "a later irene, or the file as it was before")
    if KEY in content and version < CURRENT:
        message = f"of an earlier form; `irene config migrate {file}` brings it up to date"
        return Problem(file, line, KEY, message, level="warning")
    return None
