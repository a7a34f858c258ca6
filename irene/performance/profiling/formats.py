"""A profile in each of the formats that it can be written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from irene.errors import RequestError
from irene.performance.profiling.flame_page import flame_page
from irene.performance.profiling.profile import Profile
from irene.performance.profiling.report import report_text
from irene.performance.profiling.speedscope import speedscope
from irene.performance.profiling.text import profile_lines


def _text(profile: Profile) -> str:
    return "".join(f"{line}\n" for line in profile_lines(profile))


FORMATS: Mapping[str, Callable[[Profile], str]] = {
    "text": _text,
    "json": report_text,
    "speedscope": speedscope,
    "html": flame_page,
}
"""what writes each format"""
_ENDINGS = {
    ".txt": "text",
    ".json": "json",
    ".speedscope.json": "speedscope",
    ".speedscope": "speedscope",
    ".html": "html",
}


def format_of(path: Path) -> str:
    """Return the format that the ending of a file names.

    Raises:
        RequestError: it names none.
    """
    name = path.name.lower()
    for ending in sorted(_ENDINGS, key=len, reverse=True):
        if name.endswith(ending):
            return _ENDINGS[ending]
    raise RequestError(
        f"--output {path}: give --format, or a name that ends in .txt, .json, .speedscope.json "
        "or .html"
    )
