"""Any program as a recogniser: audio on its standard input, text or JSON on its standard output."""

from __future__ import annotations

import io
import os
import tempfile
import wave
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from irene import (
    Asr,
    AsrCapabilities,
    AsrRequest,
    AsrStream,
    Availability,
    Hypothesis,
    Licence,
    ProviderFailedError,
    Samples,
    Word,
    hookimpl,
)
from irene_plugins.command.printed import printed, typed
from irene_plugins.command.program import Program, ProgramOptions

_FILE = "{file}"
_HYPOTHESIS: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "language": str,
    "confidence": (int, float),
    "words": list,
}
_WORD: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "start_s": (int, float),
    "end_s": (int, float),
    "confidence": (int, float),
}


@dataclass(frozen=True)
class CommandAsrOptions(ProgramOptions):
    """Which program listens, and in which form it gets the audio."""

    format: Literal["pcm", "wav"] = "pcm"
    """what is on its standard input: pcm (int16, little-endian, mono) or wav; with `{file}` in the
    command, a WAV file of that name is given instead"""
    rate_hz: int = field(default=16000, metadata={"range": (8000, 192_000)})
    """sample rate that it gets"""
    languages: tuple[str, ...] = ()
    """BCP 47 tags that it may be asked for; empty when any"""

    placeholders: ClassVar[tuple[str, ...]] = ("language", "rate", "file")


class CommandAsr(Asr[CommandAsrOptions]):
    """Runs a program for every utterance, once the utterance is over.

    The program prints the text, or an object with `text` and, as it likes, `language`,
    `confidence` and `words` (a list of objects with `text`, `start_s`, `end_s` and `confidence`).
    Nothing printed means that nothing was said; an exit status other than 0 is a failure.
    """

    name = "command"
    summary = "any program: audio in, text or JSON out"
    licence = Licence("that of the program")
    Options = CommandAsrOptions

    def __init__(self, options: CommandAsrOptions | None = None) -> None:
        super().__init__(options)
        self.capabilities = AsrCapabilities(
            sample_rates=(self.options.rate_hz,),
            languages=self.options.languages,
            streaming=False,
            word_times=False,
            max_concurrency=max(1, os.cpu_count() or 1),
        )

    def open_stream(self, request: AsrRequest) -> AsrStream:
        """Collect an utterance."""
        return _Utterance(self.options, request)

    def _check(self) -> Availability:
        return self.options.availability()


class _Utterance(AsrStream):
    """Audio that is collected until the program gets it."""

    def __init__(self, options: CommandAsrOptions, request: AsrRequest) -> None:
        self._options = options
        self._request = request
        self._audio = io.BytesIO()
        self._program: Program | None = None

    def accept(self, samples: Samples) -> Hypothesis | None:
        self._audio.write(samples.astype("<i2").tobytes())
        return None

    def finish(self) -> Hypothesis:
        with _GivenAudio(self._audio.getvalue(), self._options, self._request.sample_rate) as given:
            values = {
                "language": self._request.language or "",
                "rate": str(self._request.sample_rate),
                "file": given.path,
            }
            words = self._options.words(values)
            program = Program(words, given.data, self._options.timeout_ms / 1000)
            self._program = program
            with program:
                return _hypothesis(program.read_all(), Path(words[0]).name)

    def close(self) -> None:
        if self._program is not None:
            self._program.kill()


class _GivenAudio:
    """An utterance in the form that a program takes."""

    def __init__(self, pcm: bytes, options: CommandAsrOptions, rate: int) -> None:
        self.path = ""
        """file with the audio; empty when it is on standard input"""
        self.data = pcm if options.format == "pcm" else _wav(pcm, rate)
        """what is on standard input"""
        if any(_FILE in word for word in options.command):
            handle, self.path = tempfile.mkstemp(prefix="irene-", suffix=".wav")
            with os.fdopen(handle, "wb") as file:
                file.write(_wav(pcm, rate))
            self.data = b""

    def __enter__(self) -> _GivenAudio:
        return self

    def __exit__(self, *error: object) -> None:
        if self.path:
            with suppress(FileNotFoundError):
                Path(self.path).unlink()


def _wav(pcm: bytes, rate: int) -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return held.getvalue()


def _hypothesis(data: bytes, program: str) -> Hypothesis:
    given = typed(printed(data, program), _HYPOTHESIS, program)
    words = tuple(_word(one, program) for one in given.pop("words", []))
    _require_share(given, program)
    return Hypothesis(**{"text": "", **given}, is_final=True, words=words)


def _word(found: Any, program: str) -> Word:
    if not isinstance(found, Mapping):
        raise ProviderFailedError(f"{program} printed a word that is no object: {found!r}")
    given = typed(found, _WORD, program)
    _require_share(given, program)
    if not {"text", "start_s", "end_s"} <= given.keys() or given["end_s"] < given["start_s"]:
        raise ProviderFailedError(
            f"{program} printed a word without text, start_s and end_s in order: {dict(found)!r}"
        )
    return Word(**given)


def _require_share(given: Mapping[str, Any], program: str) -> None:
    confidence = given.get("confidence", 0)
    if not 0 <= confidence <= 1:
        raise ProviderFailedError(f"{program} printed confidence = {confidence!r}; use 0 to 1")


@hookimpl
def irene_asrs() -> list[type[CommandAsr]]:
    """Offer programs as recognisers."""
    return [CommandAsr]
