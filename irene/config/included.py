"""The files that a configuration consists of: its own, and those that it names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

from xxhash import xxh3_128

from irene.config.sections import Config

ITSELF = ""
"""key of the file that the configuration stands in"""

_MOST_FILES = 10_000
"""files of one folder beyond which nobody keeps sentences there"""

Stamp = tuple[str, int, int]
"""path, time of the last change in nanoseconds, size in bytes"""


def included(config: Config) -> Mapping[str, tuple[Path, ...]]:
    """Return the files and folders that a configuration names, by the key that names them."""
    found = {"intents.sentences": tuple(Path(folder) for folder in config.intents.sentences)}
    if config.path is not None:
        found[ITSELF] = (config.path,)
    for one in fields(config.sounds):
        value = getattr(config.sounds, one.name)
        if isinstance(value, str) and value:
            found[f"sounds.{one.name}"] = (Path(value),)
    return {key: paths for key, paths in found.items() if paths}


def stamps(config: Config) -> tuple[Stamp, ...]:
    """Return what shows, without reading a file, that one of them may have changed."""
    return tuple(
        _stamp(path)
        for paths in included(config).values()
        for named in paths
        for path in _files(named)
    )


def digests(config: Config) -> Mapping[str, bytes]:
    """Return a digest of everything that each key names; what cannot be read counts as absent."""
    found = {}
    for key, paths in included(config).items():
        digest = xxh3_128()
        for named in paths:
            for path in _files(named):
                digest.update(os.fsencode(path) + b"\0")
                with suppress(OSError):
                    digest.update(path.read_bytes())
        found[key] = digest.digest()
    return found


def _files(named: Path) -> Iterator[Path]:
    """Yield a file, or all files below a folder, in an order that stays."""
    if not named.is_dir():
        yield named
        return
    with suppress(OSError):
        files = sorted(path for path in named.rglob("*") if path.is_file())
        yield from files[:_MOST_FILES]


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_mtime_ns, found.st_size
