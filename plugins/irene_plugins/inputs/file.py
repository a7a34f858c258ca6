"""Input `file`: recorded audio of any rate, width and channel count, read as fast as wanted."""

from __future__ import annotations

import importlib
import os
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from irene import (
    READY,
    AudioFormat,
    AudioFormatError,
    Availability,
    ConfigurationError,
    Input,
    InputStream,
    Licence,
    hookimpl,
    needs_package,
)
from irene_plugins.inputs.pcm import PcmLayout, PcmStream

RAW_SUFFIXES = (".raw", ".pcm")
"""Names of files that carry samples and nothing else."""


@dataclass(frozen=True)
class FileOptions:
    """Which file, and what it does not say about itself."""

    path: str = field(default="", metadata={"path": True})
    """the file to read"""
    encoding: str = ""
    """of raw PCM: `s16le`, `s24le`, `s32le`, `f32le` or `u8`; empty: by the name of the file"""
    rate: int = 16000
    """Hz of raw PCM; other files bring their own"""
    raw_channels: int = 1
    """interleaved channels of raw PCM"""
    block_ms: int = 80
    """milliseconds of audio per block"""

    @property
    def is_raw(self) -> bool:
        """Whether the file is read as raw PCM."""
        return bool(self.encoding) or self.path.lower().endswith(RAW_SUFFIXES)


class FileInput(Input[FileOptions]):
    """Reads WAV, FLAC, OGG, MP3 and all else that libsndfile knows, or raw PCM.

    16-bit files give int16; every other width gives float32 in [-1, 1], where NaN is silence and
    louder samples are clipped. Memory does not grow with the length of the file.
    """

    name: ClassVar[str] = "file"
    summary: ClassVar[str] = "an audio file: WAV, FLAC, OGG, MP3, AIFF ... or raw PCM"
    licence: ClassVar[Licence] = Licence("BSD-3-Clause AND LGPL-2.1-or-later")
    Options: ClassVar[type[Any]] = FileOptions

    def expected_format(self) -> AudioFormat | None:
        """Return the format of the file, whose beginning is read.

        Raises:
            AudioFormatError: it is missing, unreadable, empty or no audio.
            ConfigurationError: no path is given, or the raw options make no sense.
        """
        with closing(self.open_stream()) as stream:
            return stream.format

    def open_stream(self) -> InputStream:
        """Open the file.

        Raises:
            AudioFormatError: it is missing, unreadable, empty or no audio.
            ConfigurationError: no path is given, or the raw options make no sense.
        """
        options = self.options
        if not options.path:
            raise ConfigurationError('inputs.file: path = "": name the audio file to read')
        if options.block_ms < 1:
            raise ConfigurationError(f"inputs.file: block_ms = {options.block_ms}: use 1 or more")
        self.load()
        if not options.is_raw:
            return self._open_container()
        layout = PcmLayout(options.encoding or "s16le", options.rate, options.raw_channels)
        layout.check("inputs.file")
        return PcmStream(open_audio_file(options.path), layout, options.path, options.block_ms)

    def _open_container(self) -> InputStream:
        from irene_plugins.inputs.container import ContainerStream

        file = open_audio_file(self.options.path)
        try:
            return ContainerStream(self._soundfile, file, self.options.path, self.options.block_ms)
        except AudioFormatError:
            file.close()
            raise

    def _check(self) -> Availability:
        return READY if self.options.is_raw else needs_package("soundfile", "audio")

    def _load(self) -> None:
        if not self.options.is_raw:
            self._soundfile = importlib.import_module("soundfile")


def open_audio_file(path: str) -> BinaryIO:
    """Open a file that has at least one byte.

    Raises:
        AudioFormatError: it is missing, a directory, empty, or may not be read.
    """
    where = Path(path)
    try:
        if where.exists() and not where.is_file():  # a pipe would block while it is opened
            kind = "a directory" if where.is_dir() else "no regular file"
            raise AudioFormatError(f"{path}: this is {kind}; name an audio file, or `-` for a pipe")
        file = where.open("rb")
    except OSError as error:
        raise AudioFormatError(f"{path}: {_why(error)}") from error
    if os.fstat(file.fileno()).st_size == 0:
        file.close()
        raise AudioFormatError(f"{path}: the file is empty; record or export it again")
    return file


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file; check the path"
    if isinstance(error, PermissionError):
        return "permission denied; make it readable with `chmod +r`"
    return f"cannot be opened ({error.strerror or error}); check the path"


@hookimpl
def irene_inputs() -> list[type[Input[Any]]]:
    """Offer the input."""
    return [FileInput]
