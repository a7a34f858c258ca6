"""What is known of a recording beside what was heard: versions, providers, configuration."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from irene.cache.keys import digest
from irene.config.portable import render_portable
from irene.domain.kinds import Kind
from irene.pipeline.recording.items import Begin
from irene.pipeline.recording.layout import FORMAT

_OWN = "irene-voice"
_NAME = re.compile(r"^[A-Za-z0-9._-]+")
_FOR_DEVELOPERS = re.compile(r"extra == ['\"]dev['\"]")
_IRRELEVANT = ("[recorder", "[performance", "[logging")
"""tables of what changes nothing of what is heard and answered"""
_SENTENCE_FILES = ("*.yaml", "*.yml")
_MOST_SENTENCES = 2_000_000
"""bytes of sentence files that are kept; a home has some thousand"""


def facts_of(begin: Begin, config_text: str) -> dict[str, Any]:
    """Return what is known when a recording begins, ready for JSON; reads package metadata."""
    audio = begin.audio
    return {
        "format": FORMAT,
        "began": begin.at.isoformat(),
        "assistant": begin.config.assistant.name,
        "pace": begin.pace,
        "plays": begin.plays,
        "muted": begin.is_muted,
        "since_answer_s": begin.since_answer_s,
        "audio": None
        if audio is None
        else {
            "sample_rate": audio.sample_rate,
            "channels": audio.channels,
            "dtype": audio.dtype,
            "first_sample": begin.first_sample,
        },
        "config": {"name": begin.config.name, "digest": digest_of(config_text)},
        "providers": dict(begin.providers),
        "versions": versions_of(begin),
        "ended": None,
    }


def config_text_of(begin: Begin) -> str:
    """Return the configuration as it may leave the machine."""
    return render_portable(begin.config)


def digest_of(config_text: str) -> str:
    """Return a digest of a configuration: equal for equal values, wherever its file lies.

    Who has set them makes no difference, nor what is only recorded, measured or logged.
    """
    lines, is_relevant = [], True
    for line in config_text.splitlines()[1:]:
        value = line.removeprefix("# ")
        if value.startswith("["):
            is_relevant = not value.startswith(_IRRELEVANT)
        if is_relevant:
            lines.append(value)
    return digest("\n".join(lines))[:16]


def versions_of(begin: Begin) -> dict[str, Any]:
    """Return the versions of irene, Python, the system, and of the packages behind providers."""
    entries = (begin.registry.entries(Kind(kind)).get(name) for kind, name in _types_of(begin))
    plugins = {entry.plugin.distribution for entry in entries if entry is not None} - {""}
    return {
        "irene": _version(_OWN) or "",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": dict(sorted(_packages({_OWN, *plugins}))),
    }


def _types_of(begin: Begin) -> Iterator[tuple[str, str]]:
    """Yield kind and type of the providers in use."""
    for kind, name in begin.providers.items():
        tables = getattr(getattr(begin.config, kind, None), "providers", {})
        yield kind, tables[name].type if name in tables else name


def _packages(distributions: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield these packages and those that they need, as far as they are installed."""
    for distribution in distributions:
        for name in (distribution, *_needed(distribution)):
            version = _version(name)
            if version is not None:
                yield name, version


@cache
def _needed(distribution: str) -> tuple[str, ...]:
    try:
        needed = importlib.metadata.requires(distribution) or ()
    except importlib.metadata.PackageNotFoundError:
        return ()
    names = (_NAME.match(line) for line in needed if not _FOR_DEVELOPERS.search(line))
    return tuple(found[0] for found in names if found)


@cache
def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def sentence_files(folders: Iterable[str]) -> Mapping[str, bytes]:
    """Return the templates of `intents.sentences`, by number of the folder and path below it.

    Whoever repeats a session elsewhere has no other way to understand it. What cannot be read, or
    would be too much, is left out.
    """
    found: dict[str, bytes] = {}
    left = _MOST_SENTENCES
    for number, folder in enumerate(folders):
        root = Path(folder)
        for path in sorted(path for form in _SENTENCE_FILES for path in root.rglob(form)):
            try:
                content = path.read_bytes() if path.stat().st_size <= left else None
            except OSError:
                continue
            if content is not None:
                left -= len(content)
                found[f"{number}/{path.relative_to(root).as_posix()}"] = content
    return found
