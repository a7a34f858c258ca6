"""Any program as a voice: text on its standard input, audio on its standard output."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, ClassVar, Protocol

import numpy as np

from irene import (
    AudioFormatError,
    Availability,
    Licence,
    ProviderFailedError,
    Samples,
    SpeechRequest,
    Tts,
    TtsCapabilities,
    hookimpl,
)
from irene_plugins.command.program import Program, ProgramOptions
from irene_plugins.inputs.pcm import ENCODINGS, PcmLayout
from irene_plugins.inputs.wav_header import read_wav_header

_BLOCK_S = 0.1
_FILE = "{file}"
_TRIAL = "a"
"""what is said to learn the sample rate"""


class _Source(Protocol):
    """What audio is read from: a program that runs, or a file."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class CommandTtsOptions(ProgramOptions):
    """Which program speaks, and in which form its audio comes."""

    raw_rate_hz: int = field(default=0, metadata={"range": (0, 192_000)})
    """sample rate of raw int16 mono audio (little-endian) that it prints; 0 when it prints WAV, or
    writes the WAV file that `{file}` in the command stands for"""
    languages: tuple[str, ...] = ()
    """BCP 47 tags that it may be asked for; empty when any"""

    placeholders: ClassVar[tuple[str, ...]] = ("language", "voice", "rate", "pitch", "file")


class CommandVoice(Tts[CommandTtsOptions]):
    """Runs a program for every sentence; what it prints is heard while it still works.

    A program that prints WAV says a letter while it is loaded, which tells its sample rate.
    """

    name = "command"
    summary = "any program: text in, WAV or raw audio out"
    licence = Licence("that of the program")
    Options = CommandTtsOptions

    def __init__(self, options: CommandTtsOptions | None = None) -> None:
        super().__init__(options)
        self._rate = self.options.raw_rate_hz
        self.capabilities = TtsCapabilities(
            languages=self.options.languages,
            streaming=not self._writes_file,
            max_concurrency=max(1, os.cpu_count() or 1),
        )

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._rate

    def expected_rate(self) -> int | None:
        """Return the configured rate; what a WAV brings is known only once it has come."""
        return self._rate or None

    def synthesize(self, request: SpeechRequest) -> Iterator[Samples]:
        """Yield what the program prints, as int16 mono blocks of 0.1 s."""
        if not request.text.strip():
            return
        with closing(self._spoken(request)) as spoken:
            for rate, block in spoken:
                if rate != self._rate:
                    raise ProviderFailedError(
                        f"{self.options.command[0]} speaks at {rate} Hz, and spoke at {self._rate}"
                    )
                yield _with_volume(block, request.volume)

    def _load(self) -> None:
        if self._rate:
            return
        with closing(self._spoken(SpeechRequest(_TRIAL))) as spoken:
            for rate, _ in spoken:
                self._rate = rate
                return
        raise ProviderFailedError(f"{self.options.command[0]} printed no audio")

    def _check(self) -> Availability:
        return self.options.availability()

    @property
    def _writes_file(self) -> bool:
        return any(_FILE in word for word in self.options.command)

    def _spoken(self, request: SpeechRequest) -> Generator[tuple[int, Samples], None, None]:
        """Yield sample rate and int16 mono blocks."""
        path = _new_file() if self._writes_file else ""
        values = {
            "language": request.language or "",
            "voice": request.voice or "",
            "rate": f"{request.rate:g}",
            "pitch": f"{request.pitch:g}",
            "file": path,
        }
        words = self.options.words(values)
        try:
            with Program(
                words, f"{request.text}\n".encode(), self.options.timeout_ms / 1000
            ) as program:
                if path:
                    program.read_all()
                    with _open_written(path, words[0]) as file:
                        yield from _decoded(file, words[0], 0)
                else:
                    yield from _decoded(program, words[0], self.options.raw_rate_hz)
                    program.read_all()
        finally:
            if path:
                with suppress(FileNotFoundError):
                    Path(path).unlink()


def _new_file() -> str:
    handle, path = tempfile.mkstemp(prefix="irene-", suffix=".wav")
    os.close(handle)
    return path


def _open_written(path: str, name: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ProviderFailedError(f"{Path(name).name} left no file to read: {reason}") from None


def _decoded(source: _Source, name: str, raw_rate: int) -> Iterator[tuple[int, Samples]]:
    """Yield sample rate and blocks of what is read, to the end of the samples."""
    layout, left = (PcmLayout(rate=raw_rate), -1) if raw_rate else _layout(source, name)
    n_bytes = layout.frame_bytes * round(_BLOCK_S * layout.rate)
    while data := source.read(n_bytes if left < 0 else min(n_bytes, left)):
        left -= len(data) if left > 0 else 0
        whole = data[: len(data) - len(data) % layout.frame_bytes]
        samples = ENCODINGS[layout.encoding].decode(whole)
        if len(samples):
            yield layout.rate, _int16(samples.reshape(-1, layout.channels))


def _layout(source: _Source, name: str) -> tuple[PcmLayout, int]:
    """Return what a header says of the samples, and how many bytes they are; -1 if unknown."""
    program = Path(name).name
    try:
        header = read_wav_header(source, program)
    except AudioFormatError as error:
        if isinstance(source, Program) and source.is_over:
            source.require_success()  # why it failed tells more than what it did not print
        fault = str(error).removeprefix(f"{program}: ").partition(";")[0]
        raise ProviderFailedError(
            f"{program} gives no WAV audio ({fault}); for raw audio, set raw_rate_hz"
        ) from None
    if header.layout is None:
        raise ProviderFailedError(f"{program} gives compressed WAV; let it give PCM")
    return header.layout, header.n_bytes


def _int16(frames: Samples) -> Samples:
    if frames.dtype == np.int16 and frames.shape[1] == 1:
        return np.ascontiguousarray(frames[:, 0])
    floats = frames.astype(np.float32) / (32768 if frames.dtype == np.int16 else 1)
    whole: Samples = np.round(32767 * np.clip(floats.mean(axis=1), -1, 1)).astype(np.int16)
    return whole


def _with_volume(block: Samples, volume: float) -> Samples:
    return block if volume == 1.0 else np.round(block * volume).astype(np.int16)


@hookimpl
def irene_voices() -> list[type[CommandVoice]]:
    """Offer programs as voices."""
    return [CommandVoice]
