"""Utterances that nobody could recognise, kept on disk until somebody can."""

from __future__ import annotations

import io
import json
import secrets
import wave
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from irene.audio.samples import to_int16
from irene.domain.audio import AudioChunk, Samples
from irene.errors import AudioFormatError, ProviderFailedError
from irene.files.replacing import ABANDONED_S, DRAFT, replace_file

_SUFFIX, _FACTS = ".wav", ".json"
_TIME = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True)
class Circumstances:
    """What is known about an utterance beside its sound."""

    said_at: datetime
    """when it began, with its zone"""
    language: str | None = None
    """BCP 47 tag that it was to be recognised in"""
    grammar: str | None = None
    """digest of the sentences that guided recognition"""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """why each recogniser failed, by name"""


@dataclass(frozen=True)
class PendingUtterance:
    """An utterance in the folder."""

    path: Path
    """its WAV file"""
    circumstances: Circumstances


class PendingSpeech:
    """A folder of utterances: a WAV file each (mono, int16), and a JSON file with what is known.

    Only the owner may read it. It holds no more than so many utterances, and bytes; the oldest go
    first. Each file appears as a whole or not at all, the sound before its circumstances, so an
    utterance that is interrupted in between still counts, and loses no more than these.
    """

    def __init__(self, folder: Path, max_entries: int, max_bytes: int) -> None:
        self.folder = folder
        """where they lie; made when there is something to keep"""
        self._max_entries = max_entries
        self.max_bytes = max_bytes
        """most that may lie there"""

    def keep(
        self, blocks: Sequence[Samples], sample_rate: int, circumstances: Circumstances
    ) -> tuple[Path, int]:
        """Write an utterance; return its file, and how many older ones had to go.

        Args:
            blocks: mono, each of shape (n,).
            sample_rate: Hz.
            circumstances: what is known about it.

        Raises:
            ProviderFailedError: it cannot be written, or is larger than all that may be kept.
        """
        sound = _wav(blocks, sample_rate)
        if len(sound) > self.max_bytes:
            size_mb = len(sound) / 1e6
            raise ProviderFailedError(f"{size_mb:.1f} MB are more than asr.keep_failed_mb allows")
        facts = facts_of(circumstances)
        try:
            self.prepare()
            stem = f"{_moment(circumstances.said_at)}-{secrets.token_hex(4)}"
            path = self.folder / f"{stem}{_SUFFIX}"
            replace_file(path, sound, private=True)
            told = json.dumps(facts, ensure_ascii=False)
            replace_file(path.with_suffix(_FACTS), told, private=True)
            return path, self._tidy(path)
        except OSError as error:
            raise ProviderFailedError(f"{self.folder}: {error.strerror or error}") from error

    def prepare(self) -> None:
        """Make the folder, for its owner only.

        Raises:
            OSError: it cannot be made.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    def entries(self) -> list[PendingUtterance]:
        """Return the utterances, oldest first."""
        return [PendingUtterance(path, _circumstances(path)) for path in self._sounds()]

    def remove(self, path: Path) -> None:
        """Remove an utterance; it may be gone already."""
        path.unlink(missing_ok=True)
        path.with_suffix(_FACTS).unlink(missing_ok=True)

    def _sounds(self) -> list[Path]:
        return sorted(self.folder.glob(f"[!.]*{_SUFFIX}"))  # the names begin with the time

    def _tidy(self, newest: Path) -> int:
        """Remove what is too much, and what was left by interrupted work; return how many."""
        older = {path: _size(path) for path in self._sounds() if path != newest}
        n_bytes = _size(newest) + sum(older.values())
        n_dropped = 0
        for path, size in older.items():
            if len(older) - n_dropped < self._max_entries and n_bytes <= self.max_bytes:
                break
            self.remove(path)
            n_dropped, n_bytes = n_dropped + 1, n_bytes - size
        self._remove_leavings()
        return n_dropped

    def _remove_leavings(self) -> None:
        stems = {path.stem for path in self._sounds()}
        newest_s = max((_changed_s(path) for path in self.folder.iterdir()), default=0.0)
        for path in self.folder.iterdir():
            is_old = newest_s - _changed_s(path) > ABANDONED_S
            is_orphan = path.suffix == _FACTS and path.stem not in stems
            if is_old and (is_orphan or path.name.startswith(DRAFT)):
                path.unlink(missing_ok=True)


def read_utterance(path: Path) -> AudioChunk:
    """Return what an utterance sounds like.

    Raises:
        AudioFormatError: the file is gone, or damaged.
    """
    try:
        with wave.open(str(path), "rb") as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
            return AudioChunk(samples, file.getframerate(), 0.0)
    except (OSError, EOFError, wave.Error, ValueError) as error:
        raise AudioFormatError(f"{path}: cannot be read: {error}") from error


def _circumstances(path: Path) -> Circumstances:
    """Return what is known about an utterance; the time stands in the name of its file, too."""
    facts: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        read = json.loads(path.with_suffix(_FACTS).read_text(encoding="utf-8"))
        facts = read if isinstance(read, dict) else {}
    moment = _moment_of(path)
    timed = {**facts, "said_at": moment.isoformat()}
    return known_of(facts) or known_of(timed) or Circumstances(moment)


def facts_of(circumstances: Circumstances) -> dict[str, Any]:
    """Return what is known of an utterance, as JSON has it."""
    return asdict(circumstances) | {"said_at": circumstances.said_at.isoformat()}


def known_of(facts: Mapping[str, Any]) -> Circumstances | None:
    """Return what `facts_of` was made from; None when it has no time."""
    try:
        said_at = datetime.fromisoformat(str(facts.get("said_at")))
    except ValueError:
        return None
    reasons = facts.get("reasons")
    return Circumstances(
        said_at=said_at,
        language=_text(facts.get("language")),
        grammar=_text(facts.get("grammar")),
        reasons=reasons if isinstance(reasons, dict) else {},
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _moment(when: datetime) -> str:
    return when.astimezone(timezone.utc).strftime(_TIME)


def _moment_of(path: Path) -> datetime:
    """Return the time in the name of a file; where there is none, that of its last change."""
    try:
        moment = datetime.strptime(path.stem.split("-")[0], _TIME)
    except ValueError:
        return datetime.fromtimestamp(_changed_s(path), timezone.utc)
    return moment.replace(tzinfo=timezone.utc)


def _wav(blocks: Sequence[Samples], sample_rate: int) -> bytes:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        for block in blocks:
            file.writeframes(to_int16(block).tobytes())
    return sound.getvalue()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # somebody else has removed it


def _changed_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
