"""Transcripts on standard output: plain text, JSON, SubRip and WebVTT."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, Protocol

from irene.cli.transcripts.cues import Cue, cues_of
from irene.domain.speech import Word
from irene.pipeline.transcribing.segment import Segment
from irene.pipeline.transcribing.transcription import Transcription

Write = Callable[[str], None]
"""Puts a piece of text on standard output."""


class Segments(Protocol):
    """The segments of one recording, which may turn out to be no more than a part of it."""

    is_whole: bool
    """whether nothing has gone wrong so far"""

    def __iter__(self) -> Iterator[Segment]:
        """Yield what was understood, once."""
        ...


class TranscriptWriter(Protocol):
    """Writes the transcripts of one command, file by file."""

    def write(self, file: str, transcription: Transcription, segments: Segments) -> None:
        """Write one file's segments, which are being recognised meanwhile."""
        ...

    def close(self) -> None:
        """Write what stands after the last file."""
        ...


class TextWriter:
    """One line per file; with several files, each after its name.

    Where languages are identified, there is a line for each stretch of one, after its tag.
    """

    def __init__(self, write: Write, is_one_of_several: bool) -> None:
        self._write = write
        self._is_one_of_several = is_one_of_several

    def write(self, file: str, transcription: Transcription, segments: Segments) -> None:
        """Write the text of a file, also when it holds no words, but not if it failed."""
        lines = by_language(segments) if transcription.is_multilingual else [joined(segments)]
        if transcription.seconds and (any(lines) or segments.is_whole):
            for text in lines or [""]:
                line = f"{file}: {text}" if self._is_one_of_several else text
                self._write(f"{line.rstrip()}\n")

    def close(self) -> None:
        """Write nothing more."""


class JsonWriter:
    """A list of one object per file, valid also when the command is interrupted."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._separator = "[\n "

    def write(self, file: str, transcription: Transcription, segments: Segments) -> None:
        """Write the object of a file, but not if it failed before anything was understood."""
        heard = list(segments)
        if not transcription.seconds or not (heard or segments.is_whole):
            return
        body: dict[str, Any] = {
            "file": file,
            "text": joined(heard),
            "language": transcription.language,
            "provider": transcription.provider,
            "words": [_plain(word) for segment in heard for word in segment.words],
            "seconds": round(transcription.seconds, 3),
            "rtf": round(transcription.rtf, 4),
        }
        if transcription.is_multilingual:
            body["segments"] = [_segment(one) for one in heard]
        self._write(f"{self._separator}{json.dumps(body, ensure_ascii=False)}\n")
        self._separator = ","

    def close(self) -> None:
        """End the list."""
        self._write("]\n" if self._separator == "," else "[]\n")


class SubtitleWriter:
    """SubRip or WebVTT, each cue written as soon as the next one is known."""

    def __init__(self, write: Write, as_vtt: bool) -> None:
        self._write = write
        self._as_vtt = as_vtt

    def write(self, file: str, transcription: Transcription, segments: Segments) -> None:
        """Write the cues of the only file."""
        if self._as_vtt:
            self._write("WEBVTT\n\n")
        for number, cue in enumerate(cues_of(segments), 1):
            self._write(_vtt(cue) if self._as_vtt else _srt(number, cue))

    def close(self) -> None:
        """Write nothing more."""


def joined(segments: Iterable[Segment]) -> str:
    """Return the text of segments as one line."""
    return " ".join(" ".join(segment.text.split()) for segment in segments)


def by_language(segments: Iterable[Segment]) -> list[str]:
    """Return a line for each stretch of segments in one language, its tag before it."""
    stretches = groupby(segments, key=lambda segment: segment.language)
    return [f"[{language}] {joined(stretch)}" for language, stretch in stretches]


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "start_s": round(segment.start_s, 3),
        "end_s": round(segment.end_s, 3),
        "language": segment.language,
        "provider": segment.provider,
        "text": " ".join(segment.text.split()),
    }


def _plain(word: Word) -> dict[str, Any]:
    confidence = word.confidence
    return {
        "text": word.text,
        "start_s": round(word.start_s, 3),
        "end_s": round(word.end_s, 3),
        "confidence": None if confidence is None else round(confidence, 4),
    }


def _srt(number: int, cue: Cue) -> str:
    times = f"{_time(cue.start_s, ',')} --> {_time(cue.end_s, ',')}"
    return "\n".join((str(number), times, *cue.lines, "", ""))


def _vtt(cue: Cue) -> str:
    times = f"{_time(cue.start_s, '.')} --> {_time(cue.end_s, '.')}"
    lines = (html.escape(line, quote=False) for line in cue.lines)
    return "\n".join((times, *lines, "", ""))


def _time(seconds: float, point: str) -> str:
    """Return `hh:mm:ss,mmm` with the format's decimal point."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{point}{milliseconds:03}"
