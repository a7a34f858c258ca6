"""Labelled recordings: a folder with a `manifest.csv` that says what each file holds."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, cast

import irene
from irene.domain.audio import AudioChunk
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError
from irene.performance.speech.word_errors import normalise
from irene.pipeline.audio_files import read_whole
from irene.plugin.registry import ComponentRegistry
from irene.providers.input import Input

BUNDLED = Path(irene.__file__).parents[1] / "tests" / "data"
"""the recordings that lie in the repository"""
_COLUMNS = {"file", "kind", "transcript_or_label", "language"}
_DIGITS = frozenset(
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "oh"]
)
_UNKNOWN = ("", "unknown")
_COMMANDS = ("command", "command-negative")
"""kinds of recordings that may be sentences of a household's grammar"""


class Group(str, Enum):
    """What a recording is good for."""

    WAKE = "wake words and near misses"
    COMMAND = "commands"
    READ = "read speech"
    DIGITS = "spoken digits"
    NON_SPEECH = "non-speech"


_GROUPS = {
    "wake-positive": Group.WAKE,
    "wake-negative": Group.WAKE,
    "command": Group.COMMAND,
    "command-negative": Group.COMMAND,
    "speech": Group.READ,
    "silence": Group.NON_SPEECH,
    "noise": Group.NON_SPEECH,
    "music": Group.NON_SPEECH,
    "sound-effect": Group.NON_SPEECH,
}
"""By the first word of the manifest's `kind`; files of other kinds are left alone."""


@dataclass(frozen=True)
class Recording:
    """One file of a manifest."""

    path: Path
    group: Group
    phrase: str
    """what is said, word for word; empty where it is not known, or nothing is said"""
    language: str
    """BCP 47 tag; empty where it is not known"""
    source: str
    """where it comes from: a public repository"""
    is_trimmed: bool
    """whether the speech begins and ends with the file"""
    is_wake_word: bool = False
    """whether what is said is some assistant's wake word"""
    is_outside_any_grammar: bool = False
    """whether it is surely no command of a household, even where the words are not known"""

    def read(self, registry: ComponentRegistry) -> AudioChunk:
        """Return the whole recording as it is stored, through the `file` input.

        Raises:
            AudioFormatError: it is missing or no audio.
        """
        return read_audio(self.path, registry)


def read_audio(path: Path, registry: ComponentRegistry) -> AudioChunk:
    """Return a whole file as it is stored, through the `file` input.

    Raises:
        AudioFormatError: it is missing or no audio.
    """
    entry = registry.find(Kind.INPUT, "file")
    options = replace(cast("Any", entry.cls.Options()), path=str(path))
    return read_whole(cast("Input[Any]", entry.cls(options)))


def read_manifest(folder: Path) -> list[Recording]:
    """Return the recordings that the folder's `manifest.csv` lists, in its order.

    Raises:
        ConfigurationError: there is none, or its columns are not the known ones.
    """
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise ConfigurationError(
            f"{manifest}: no such file; name a folder of recordings with a manifest.csv"
        )
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if not set(rows.fieldnames or ()) >= _COLUMNS:
            raise ConfigurationError(
                f"{manifest}: columns {', '.join(sorted(_COLUMNS))} are needed"
            )
        return [recording for row in rows if (recording := _recording(folder, row)) is not None]


def sources(recordings: Iterable[Recording]) -> dict[str, int]:
    """Return how many recordings come from which public repository, most first."""
    return dict(Counter(recording.source for recording in recordings).most_common())


def _recording(folder: Path, row: dict[str, str]) -> Recording | None:
    group = _GROUPS.get(row["kind"].split(" ")[0])
    if group is None:
        return None
    phrase = _phrase(group, row)
    if group is Group.READ and phrase and set(normalise(phrase)) <= _DIGITS:
        group = Group.DIGITS
    return Recording(
        path=folder / row["file"],
        group=group,
        phrase=phrase,
        language=row["language"],
        source=(row.get("source") or "").partition(":")[0] or "not stated",
        is_wake_word=row["kind"].startswith("wake-positive"),
        is_trimmed="trimmed" in (row.get("notes") or "") or row["kind"] == "speech (digit)",
        is_outside_any_grammar=row["kind"] not in _COMMANDS,
    )


def _phrase(group: Group, row: dict[str, str]) -> str:
    label = row["transcript_or_label"].strip()
    is_known = group is not Group.NON_SPEECH and "(intent label)" not in row["kind"]
    first = label.split(" ")[0].rstrip(",:;") if label else ""
    return label if is_known and first not in _UNKNOWN else ""
