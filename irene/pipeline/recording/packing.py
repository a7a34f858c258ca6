"""Making one file of a recorded session, and finishing what a killed assistant has left."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copyfileobj, rmtree
from typing import IO, Any

from irene.files.replacing import draft_of, remove_drafts
from irene.pipeline.recording.layout import (
    AUDIO,
    CHUNKS,
    FACTS,
    RAW_AUDIO,
    SUFFIX,
    UNFINISHED,
    wav_header,
)

if sys.platform != "win32":
    import fcntl

_BLOCK = 1 << 20
_HEADER = b"first_sample,n_samples,count\n"


def packed(folder: Path) -> Path:
    """Make one file of the folder of a recording that nobody writes to, and remove the folder.

    The file appears as a whole, readable by its owner only.

    Raises:
        OSError: it cannot be written; the folder stays.
        ValueError: the folder is damaged.
    """
    facts = json.loads((folder / FACTS).read_bytes())
    path = folder.with_name(folder.name.removesuffix(UNFINISHED) + SUFFIX)
    remove_drafts(path)  # they may be large, and nobody else is at work on this recording
    with (
        draft_of(path, private=True) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
    ):
        _fill(made, folder, facts)
    rmtree(folder, ignore_errors=True)
    return path


def recover(folder: Path) -> list[Path]:
    """Finish every recording whose assistant has ended without doing so; return their files.

    What holds nothing that could be repeated is removed.
    """
    recovered = []
    for path in sorted(folder.glob(f"*{UNFINISHED}")):
        with suppress(OSError), _abandoned(path) as is_abandoned:
            if is_abandoned:
                try:
                    recovered.append(packed(path))
                except ValueError:
                    rmtree(path, ignore_errors=True)
    return recovered


@contextmanager
def _abandoned(path: Path) -> Iterator[bool]:
    """Yield whether nobody writes to a recording; nobody else finishes it meanwhile."""
    if sys.platform == "win32":
        yield False
        return
    with (path / FACTS).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _fill(made: zipfile.ZipFile, folder: Path, facts: dict[str, Any]) -> None:
    """Put every file of the folder in, what is read first coming first, the audio last."""
    raw = folder / RAW_AUDIO
    others = sorted(path for path in folder.rglob("*") if path.is_file() and path != raw)
    for path in sorted(others, key=lambda path: path.name != FACTS):
        with path.open("rb") as source, _member(made, path.relative_to(folder)) as target:
            if path.name == CHUNKS:
                target.write(_HEADER)
            copyfileobj(source, target, _BLOCK)
    if raw.exists() and facts.get("audio"):
        form = facts["audio"]
        frame = form["channels"] * (4 if form["dtype"] == "float32" else 2)
        n_bytes = raw.stat().st_size // frame * frame
        header = wav_header(form["sample_rate"], form["channels"], form["dtype"], n_bytes)
        with raw.open("rb") as source, _member(made, Path(AUDIO)) as target:
            target.write(header)
            _copy(source, target, n_bytes)


@contextmanager
def _member(made: zipfile.ZipFile, name: Path) -> Iterator[IO[bytes]]:
    entry = zipfile.ZipInfo(name.as_posix())
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100600 << 16
    with made.open(entry, "w", force_zip64=True) as target:
        yield target


def _copy(source: IO[bytes], target: IO[bytes], n_bytes: int) -> None:
    while n_bytes > 0 and (block := source.read(min(_BLOCK, n_bytes))):
        target.write(block)
        n_bytes -= len(block)
