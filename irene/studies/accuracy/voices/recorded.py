"""Voices that were recorded before: a folder with a manifest that tells their accents."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from irene.errors import ConfigurationError
from irene.files.text import why_unreadable
from irene.performance.speech.recordings import read_audio
from irene.plugin.registry import ComponentRegistry
from irene.studies.accuracy.voices.trial import Spoken

_COLUMNS = {"file", "transcript_or_label", "voice", "accent"}


def read_spoken(folder: Path) -> list[Spoken]:
    """Return what the `manifest.csv` of a folder lists.

    Raises:
        ConfigurationError: there is none, or it lacks a column.
        AudioFormatError: a recording is missing, or no audio.
    """
    manifest = folder / "manifest.csv"
    try:
        rows = list(
            csv.DictReader(io.StringIO(manifest.read_bytes().decode("utf-8-sig"), newline=""))
        )
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{manifest}: {why_unreadable(error)}; a manifest would be right"
        ) from error
    if not rows or not set(rows[0]) >= _COLUMNS:
        raise ConfigurationError(f"{manifest}: columns {', '.join(sorted(_COLUMNS))} are needed")
    registry = ComponentRegistry.installed()
    return [
        Spoken(
            row["voice"],
            row["accent"],
            row["transcript_or_label"],
            read_audio(folder / row["file"], registry),
        )
        for row in rows
    ]
