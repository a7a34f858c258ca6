"""`irene transcribe --pending`: another try at what no recogniser could recognise before."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from irene.cli.trouble_reporter import TroubleReporter
from irene.components.asr.stream import Recognition
from irene.components.utterances.pending_speech import (
    PendingSpeech,
    PendingUtterance,
    read_utterance,
)
from irene.errors import IreneError
from irene.pipeline.transcribing.transcriber import Transcriber

Write = Callable[[str], None]
"""Puts a piece of text on standard output, at once."""


class PendingTranscripts:
    """Recognises the utterances of a folder, oldest first, and removes what is on the output.

    An utterance is removed after its text was written: when the command is interrupted in between,
    it is written once more the next time, and never lost.
    """

    def __init__(
        self,
        pending: PendingSpeech,
        transcriber: Transcriber,
        troubles: TroubleReporter,
        write: Write,
        *,
        language: str | None,
        keep: bool,
    ) -> None:
        """`language` comes before the one that was spoken; `keep` leaves everything in place."""
        self._pending = pending
        self._transcriber = transcriber
        self._troubles = troubles
        self._write = write
        self._language = language
        self._keep = keep

    def run(self, *, as_json: bool) -> None:
        """Write a line with time and text for each, or a list of objects."""
        separator = "[\n "
        try:
            for entry in self._pending.entries():
                recognition = self._recognise(entry)
                if recognition is None:
                    continue
                if as_json:
                    line = json.dumps(_plain(entry, recognition), ensure_ascii=False)
                    self._write(f"{separator}{line}\n")
                    separator = ","
                else:
                    self._write(f"{_line(entry, recognition)}\n")
                if not self._keep:
                    self._pending.remove(entry.path)
        finally:
            if as_json:
                self._write("]\n" if separator == "," else "[]\n")

    def _recognise(self, entry: PendingUtterance) -> Recognition | None:
        """Return what was said; None when that fails again, which is told."""
        self._troubles.survived()
        try:
            clip = read_utterance(entry.path)
            language = self._language or entry.circumstances.language
            return self._transcriber.asr.recognize(clip, language=language)
        except IreneError as error:
            self._troubles.fail(error, str(entry.path))
            return None


def _line(entry: PendingUtterance, recognition: Recognition) -> str:
    said_at = entry.circumstances.said_at.astimezone()
    words = " ".join(recognition.hypothesis.text.split())
    return f"{said_at:%Y-%m-%d %H:%M:%S}  {words}".rstrip()


def _plain(entry: PendingUtterance, recognition: Recognition) -> dict[str, Any]:
    known = entry.circumstances
    return {
        "file": str(entry.path),
        "said_at": known.said_at.isoformat(),
        "text": " ".join(recognition.hypothesis.text.split()),
        "language": recognition.hypothesis.language or known.language,
        "provider": recognition.provider,
        "reasons": dict(known.reasons),
    }
