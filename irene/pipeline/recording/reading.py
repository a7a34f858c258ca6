"""Reading recorded sessions, finished or not."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np

from irene.domain.audio import AudioFormat, Samples
from irene.domain.events import Event
from irene.domain.events.reading import read_event
from irene.errors import AudioFormatError
from irene.pipeline.recording.layout import (
    AUDIO,
    CHUNKS,
    CONFIG,
    EVENTS,
    FACTS,
    FORMAT,
    RAW_AUDIO,
    SENTENCES,
    SUFFIX,
    TYPED,
    UNFINISHED,
    WAV_HEADER,
    Pace,
)

_MOST_BYTES = 4_300_000_000
"""size of a part from which on it is no recording of ours"""
_MOST_TEXT = 100_000_000
"""the same for a part that is no audio; events of ten minutes take less than one"""
_LATEST_SAMPLE = 2**53
"""place in a run that no run ever reaches"""
_MOST_CHUNKS = 10_000_000
_BLOCK_S = 0.02
"""length of chunks whose lengths are not known"""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Audio that came at once."""

    first_sample: int
    """its place in the run, per channel"""
    n_samples: int
    """its length, per channel"""


@dataclass(frozen=True, slots=True)
class Request:
    """A request in writing."""

    session: int
    text: str
    at: datetime
    """local date and time"""


@dataclass(frozen=True)
class Recording:
    """A recorded session, or several that followed one another."""

    path: Path
    facts: Mapping[str, Any]
    """`session.json`"""
    config_text: str
    """`config.toml`: without secrets"""
    events: tuple[Event, ...]
    """everything that happened, as far as this irene knows it"""
    at: tuple[datetime, ...]
    """when each of the events came: local date and time"""
    requests: tuple[Request, ...] = ()
    """what was typed"""
    audio: AudioFormat | None = None
    """form of the audio; None: nothing was heard"""
    samples: Samples = field(default_factory=lambda: np.zeros(0, np.int16))
    """all of it, shape (n,) or (n, channels)"""
    chunks: tuple[Chunk, ...] = ()
    """how it came"""
    sentences: Mapping[str, bytes] = field(default_factory=dict)
    """files of `intents.sentences`, by number of the folder and path below it"""

    @property
    def name(self) -> str:
        """What it is called: the name of its file without the ending."""
        return self.path.name.removesuffix(SUFFIX).removesuffix(UNFINISHED)

    @property
    def began(self) -> datetime:
        """Local date and time of its first sample, or of its first request."""
        return datetime.fromisoformat(str(self.facts["began"]))

    @property
    def pace(self) -> Pace:
        """How time went."""
        return cast("Pace", self.facts["pace"])

    @property
    def start_s(self) -> float:
        """Audio time of its first sample in the run."""
        if self.audio is None:
            return 0.0
        return int(self.facts["audio"].get("first_sample", 0)) / self.audio.sample_rate

    @property
    def seconds(self) -> float:
        """Length of its audio."""
        return len(self.samples) / self.audio.sample_rate if self.audio is not None else 0.0

    @property
    def config_digest(self) -> str:
        """Digest of its configuration."""
        return str((self.facts.get("config") or {}).get("digest", ""))

    @property
    def is_finished(self) -> bool:
        """Whether its end is known; else the assistant was killed, or still records."""
        return bool(self.facts.get("ended"))


def read_recording(path: Path) -> Recording:
    """Read the file of a recorded session, or the folder of one that is not finished.

    Raises:
        AudioFormatError: it is missing, damaged, something else, or of a newer irene.
    """
    with _refusing(path):
        parts = _parts_of_folder(path) if path.is_dir() else _parts_of_file(path)
        return _recording(path, parts)


def read_facts(path: Path) -> Mapping[str, Any]:
    """Return `session.json` of a recording only, for a list.

    Raises:
        AudioFormatError: see `read_recording`.
    """
    with _refusing(path):
        if path.is_dir():
            return _facts(path, (path / FACTS).read_bytes())
        with zipfile.ZipFile(path) as file:
            if FACTS not in file.namelist():
                raise ValueError(f"there is no {FACTS} in it")
            _require_size(FACTS, file.getinfo(FACTS).file_size)
            return _facts(path, file.read(FACTS))


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Say in one line what is wrong with a recording: whoever sent it may have written anything."""
    try:
        yield
    except FileNotFoundError as error:
        reason = "there is no such recording; see irene replay --list"
        if path.is_dir():
            reason = f"the recorded session is damaged: there is no {FACTS} in it"
        raise AudioFormatError(f"{path}: {reason}") from error
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise AudioFormatError(f"{path}: no recorded session can be read there: {error}") from error
    except KeyError as error:
        raise AudioFormatError(
            f"{path}: the recorded session is damaged: {error.args[0]} is missing"
        ) from error
    except (ValueError, ArithmeticError, TypeError, AttributeError, RuntimeError) as error:
        raise AudioFormatError(f"{path}: the recorded session is damaged: {error}") from error


def _parts_of_folder(path: Path) -> dict[str, bytes]:
    """Return the content of every file of an unfinished recording."""
    files = (file for file in path.rglob("*") if file.is_file())
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def _parts_of_file(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        size = sum(entry.file_size for entry in file.infolist())
        if size > _MOST_BYTES:
            raise ValueError(f"its parts take {size / 1e9:.1f} GB")
        for entry in file.infolist():
            _require_size(entry.filename, entry.file_size)
        return {entry.filename: file.read(entry) for entry in file.infolist()}


def _require_size(name: str, n_bytes: int) -> None:
    if name not in (AUDIO, RAW_AUDIO) and n_bytes > _MOST_TEXT:
        raise ValueError(f"{name} takes {n_bytes / 1e6:.0f} MB")


def _facts(path: Path, content: bytes) -> Mapping[str, Any]:
    facts = json.loads(content)
    version = facts["format"]
    tables = (facts.get(name) or {} for name in ("config", "providers", "versions"))
    if type(version) is not int or not all(isinstance(table, dict) for table in tables):
        raise ValueError(f"{FACTS} makes no sense")
    if version > FORMAT:
        irene = (facts.get("versions") or {}).get("irene", "?")
        raise AudioFormatError(
            f"{path}: its form {version} is newer than {FORMAT}, which this irene reads: it was "
            f"recorded by irene {irene}; update this one"
        )
    return cast("Mapping[str, Any]", facts)


def _recording(path: Path, parts: Mapping[str, bytes]) -> Recording:
    if FACTS not in parts:
        raise ValueError(f"there is no {FACTS} in it")
    facts = _facts(path, parts[FACTS])
    happened = _lines(parts.get(EVENTS, b""))
    known = [(event, line) for line in happened if (event := read_event(_named(line))) is not None]
    audio = _format_of(facts)
    samples = _samples(audio, parts)
    recording = Recording(
        path=path,
        facts=facts,
        config_text=parts[CONFIG].decode(),
        events=tuple(event for event, _ in known),
        at=tuple(datetime.fromisoformat(str(line["at"])) for _, line in known),
        requests=tuple(
            Request(
                int(line["session"]), str(line["text"]), datetime.fromisoformat(str(line["at"]))
            )
            for line in _lines(parts.get(TYPED, b""))
        ),
        audio=audio,
        samples=samples,
        chunks=() if audio is None else tuple(_chunks(parts.get(CHUNKS, b""), facts, samples)),
        sentences=_below(SENTENCES, parts),
    )
    if recording.began.tzinfo is None or recording.pace not in ("live", "in_step", "typed"):
        raise ValueError(f"{FACTS} makes no sense")
    return recording


def _named(line: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in line.items() if key != "at"}


def _lines(content: bytes) -> list[dict[str, Any]]:
    """Return the objects of JSON lines; what a killed process has not written to its end goes."""
    lines = content.split(b"\n")
    return [json.loads(line) for line in lines[:-1] if line]


def _format_of(facts: Mapping[str, Any]) -> AudioFormat | None:
    form = facts["audio"]
    if form is None:
        return None
    rate, channels, dtype = int(form["sample_rate"]), int(form["channels"]), form["dtype"]
    is_placed = 0 <= int(form.get("first_sample", 0)) < _LATEST_SAMPLE
    is_known = 0 < rate <= 384_000 and 0 < channels <= 64 and dtype in ("int16", "float32")
    if not (is_placed and is_known):
        raise ValueError(f"{FACTS} names audio that does not exist")
    return AudioFormat(rate, channels, dtype)


def _samples(audio: AudioFormat | None, parts: Mapping[str, bytes]) -> Samples:
    if audio is None:
        return np.zeros(0, np.int16)
    raw = memoryview(parts[AUDIO])[WAV_HEADER:] if AUDIO in parts else parts[RAW_AUDIO]
    dtype = np.dtype(audio.dtype).newbyteorder("<")
    n_frames = len(raw) // (dtype.itemsize * audio.channels)
    samples = np.frombuffer(raw, dtype, n_frames * audio.channels).astype(audio.dtype, copy=False)
    return samples if audio.channels == 1 else samples.reshape(n_frames, audio.channels)


def _chunks(content: bytes, facts: Mapping[str, Any], samples: Samples) -> list[Chunk]:
    """Return how the audio came; where that is not known, as if it had come evenly."""
    first_sample = int(facts["audio"].get("first_sample", 0))
    chunks: list[Chunk] = []
    left, due = len(samples), first_sample
    for first, length, count in _runs(content):
        if first < due or len(chunks) + count > _MOST_CHUNKS:
            raise ValueError(f"{CHUNKS} makes no sense")
        for number in range(min(count, left // length)):
            chunks.append(Chunk(first + number * length, length))
        left -= min(count, left // length) * length
        due = first + count * length
    step = max(1, round(_BLOCK_S * int(facts["audio"]["sample_rate"])))
    while left > 0:
        due = chunks[-1].first_sample + chunks[-1].n_samples if chunks else first_sample
        chunks.append(Chunk(due, min(step, left)))
        left -= chunks[-1].n_samples
    return chunks


def _runs(content: bytes) -> Sequence[tuple[int, int, int]]:
    """Return first sample, length and number of chunks of one length; an unfinished line goes."""
    runs = []
    for line in content.split(b"\n")[:-1]:
        if line and line[:1].isdigit():
            first, length, count = map(int, line.split(b","))
            if min(first, length - 1, count - 1) < 0:
                raise ValueError(f"{CHUNKS} makes no sense")
            runs.append((first, length, count))
    return runs


def _below(folder: str, parts: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return the parts below a folder, by their path in it; none leads out of it."""
    found = {}
    for name, content in parts.items():
        path = name.removeprefix(f"{folder}/")
        is_safe = ".." not in path.split("/") and "\\" not in path and not path.startswith("/")
        if path != name and is_safe and ":" not in path:
            found[path] = content
    return found
