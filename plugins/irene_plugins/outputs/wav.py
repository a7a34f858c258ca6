"""Output `wav`: every answer of a run, one after the other, in a WAV file."""

from __future__ import annotations

import threading
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from irene import (
    ConfigurationError,
    DeviceError,
    Output,
    OutputStream,
    Samples,
    hookimpl,
)


@dataclass(frozen=True)
class WavOptions:
    """Where the answers are written."""

    path: str = "answer.wav"
    """the file; it is replaced by the first answer of a run, later answers are appended"""


class WavFile:
    """A mono int16 WAV file whose header is right after every answer."""

    def __init__(self, path: Path, sample_rate: int) -> None:
        self._path = path
        self._file = path.open("wb")
        self._wave = wave.open(self._file, "wb")  # noqa: SIM115 - kept open
        self._wave.setparams((1, 2, sample_rate, 0, "NONE", "not compressed"))
        self._wave.writeframes(b"")

    def append(self, data: bytes) -> None:
        """Write an answer and correct the header.

        Raises:
            DeviceError: the disk is full, or the like.
        """
        if self._file.closed:
            return
        try:
            self._wave.writeframes(data)
            self._file.flush()
        except OSError as error:
            raise DeviceError(_cannot_write(self._path, error)) from error

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if not self._file.closed:
            self._wave.close()
            self._file.close()


class WavStream(OutputStream):
    """One answer on its way into the file: it takes no time, so all that was written is kept."""

    def __init__(self, file: WavFile) -> None:
        self._file: WavFile | None = file

    def write(self, samples: Samples) -> None:
        """Append int16 samples, shape (n,).

        Raises:
            DeviceError: they cannot be written.
        """
        if self._file is not None:
            self._file.append(np.ascontiguousarray(samples, np.dtype("<i2")).tobytes())

    def finish(self) -> None:
        """End the answer; everything is in the file already."""
        self._file = None

    def abort(self) -> None:
        """End the answer; later writes are dropped."""
        self._file = None


class WavOutput(Output[WavOptions]):
    """Writes answers to `path`; answers of another sample rate go to `answer-2.wav` and so on."""

    name: ClassVar[str] = "wav"
    summary: ClassVar[str] = "answers are written to a WAV file"
    Options: ClassVar[type[Any]] = WavOptions

    def __init__(self, options: WavOptions | None = None) -> None:
        super().__init__(options)
        self._files: dict[int, WavFile] = {}
        self._opening = threading.Lock()

    def open_stream(self, sample_rate: int) -> OutputStream:
        """Start an answer at the end of the file for this sample rate.

        Raises:
            DeviceError: the file cannot be written.
            ConfigurationError: no path is given.
        """
        if not self.options.path:
            raise ConfigurationError('outputs.wav: path = "": name the WAV file to write')
        self.load()
        with self._opening:
            if sample_rate not in self._files:
                self._files[sample_rate] = self._create(sample_rate)
            return WavStream(self._files[sample_rate])

    def _create(self, sample_rate: int) -> WavFile:
        first = Path(self.options.path)
        number = len(self._files) + 1
        path = first if number == 1 else first.with_name(f"{first.stem}-{number}{first.suffix}")
        try:
            return WavFile(path, sample_rate)
        except OSError as error:
            raise DeviceError(_cannot_write(path, error)) from error

    def _close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()


def _cannot_write(path: Path, error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    return f"{path}: cannot be written ({reason}); choose another with `--output FILE.wav`"


@hookimpl
def irene_outputs() -> list[type[Output[Any]]]:
    """Offer the output."""
    return [WavOutput]
