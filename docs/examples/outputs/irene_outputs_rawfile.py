"""An output that writes answers to a file or named pipe as bare samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from irene import ConfigurationError, DeviceError, Output, OutputStream, Samples, hookimpl


@dataclass(frozen=True)
class RawfileOptions:
    """The `[outputs.providers.rawfile]` table."""

    path: str = field(default="", metadata={"path": True})
    """the file or named pipe; int16 mono samples, lower byte first, are added to it"""


class RawfileOutput(Output[RawfileOptions]):
    """Adds every answer to the end of a file."""

    name = "rawfile"
    summary = "writes answers to a file as bare samples"
    Options = RawfileOptions

    def open_stream(self, sample_rate: int) -> OutputStream:
        """Start an answer; whoever reads the file has to know the rate.

        Raises:
            ConfigurationError: no path is given.
            DeviceError: the file cannot be written.
        """
        path = self.options.path
        if not path:
            raise ConfigurationError('outputs.rawfile: path = "": name the file to write')
        try:
            # Unbuffered: what was written is there at once, and nothing is left for `abort`.
            return RawfileStream(Path(path).open("ab", buffering=0))
        except OSError as error:
            raise DeviceError(f"{path}: {error.strerror}") from error


class RawfileStream(OutputStream):
    """One answer on its way into the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file: BinaryIO | None = file

    def write(self, samples: Samples) -> None:
        """Append int16 samples, shape (n,); does nothing after `abort`.

        Raises:
            DeviceError: they cannot be written.
        """
        file = self._file
        try:
            if file is not None:
                file.write(np.ascontiguousarray(samples, "<i2").tobytes())
        except ValueError:
            return  # `abort` closed it meanwhile
        except OSError as error:
            raise DeviceError(f"the answer cannot be written: {error.strerror}") from error

    def finish(self) -> None:
        """Close the file: everything is in it."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    abort = finish


@hookimpl
def irene_outputs() -> list[type[RawfileOutput]]:
    """Offer the output."""
    return [RawfileOutput]
