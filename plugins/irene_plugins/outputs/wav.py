"""Output `wav`: every answer of a run, one after the other, in a WAV file."""

from __future__ import annotations

import errno
import os
import struct
import threading
from collections.abc import Mapping
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

HEADER_BYTES = 44


@dataclass(frozen=True)
class WavOptions:
    """Where the answers are written."""

    path: str = "answer.wav"
    """the file; it is replaced by the first answer of a run, later answers are appended"""


class WavFile:
    """A mono int16 WAV file whose header is right after every write."""

    def __init__(self, path: Path, sample_rate: int, n_samples: int = 0) -> None:
        """Begin a file, or go on with one that holds so many samples; what it has more is cut."""
        self._path = path
        self._sample_rate = sample_rate
        # unbuffered: samples that did not fit on the disk are not tried again by `close`
        self._file = path.open("r+b" if n_samples else "wb", buffering=0)
        self._n_bytes = 2 * n_samples
        if n_samples:
            self._file.truncate(HEADER_BYTES + self._n_bytes)
        self.append(b"")

    def append(self, data: bytes) -> None:
        """Write samples and correct the header.

        Raises:
            DeviceError: the disk is full, or the like.
        """
        if self._file.closed:
            return
        try:
            self._file.seek(HEADER_BYTES + self._n_bytes)
            n_written = self._file.write(data)
            self._n_bytes += n_written
            self._file.seek(0)
            self._file.write(self._header())
            if n_written < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise DeviceError(_cannot_write(self._path, error)) from error

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()

    def _header(self) -> bytes:
        """Source: Multimedia Programming Interface and Data Specifications 1.0 (RIFF)."""
        rate, size = self._sample_rate, self._n_bytes
        form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
        riff = struct.pack("<4sI4s", b"RIFF", HEADER_BYTES - 8 + size, b"WAVE")
        return riff + struct.pack("<4sI", b"fmt ", 16) + form + struct.pack("<4sI", b"data", size)


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

    def go_on(self, written: Mapping[int, int]) -> None:
        """Append to the files of a process that has died; what it wrote to the end is kept.

        Raises:
            DeviceError: one of them is gone, or cannot be written.
        """
        with self._opening:
            for sample_rate, n_samples in written.items():
                self._files[sample_rate] = self._create(sample_rate, n_samples)

    def _create(self, sample_rate: int, n_samples: int = 0) -> WavFile:
        first = Path(self.options.path)
        number = len(self._files) + 1
        path = first if number == 1 else first.with_name(f"{first.stem}-{number}{first.suffix}")
        try:
            return WavFile(path, sample_rate, n_samples)
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
