"""An input that plays a WAV file to the assistant."""

from __future__ import annotations

import wave
from dataclasses import dataclass, field

import numpy as np

from irene import (
    AudioFormat,
    AudioFormatError,
    ConfigurationError,
    Input,
    InputStream,
    Samples,
    hookimpl,
)

_BLOCK_S = 0.1
_BYTES = 2


@dataclass(frozen=True)
class WavefileOptions:
    """The `[inputs.providers.wavefile]` table."""

    path: str = field(default="", metadata={"path": True})
    """the file: 16 bit, any rate, any number of channels"""


class WavefileInput(Input[WavefileOptions]):
    """Reads a file as fast as the assistant takes it."""

    name = "wavefile"
    summary = "reads a 16-bit WAV file"
    Options = WavefileOptions

    def open_stream(self) -> InputStream:
        """Open the file.

        Raises:
            AudioFormatError: there is none, or it holds something else.
            ConfigurationError: no path is given.
        """
        path = self.options.path
        if not path:
            raise ConfigurationError('inputs.wavefile: path = "": name the file to read')
        try:
            file = wave.open(path)
        except (OSError, EOFError, wave.Error) as error:
            raise AudioFormatError(f"{path}: {error}") from error
        if file.getsampwidth() != _BYTES:
            file.close()
            raise AudioFormatError(f"{path}: it does not have 16 bits per sample")
        return WavefileStream(file)

    def expected_format(self) -> AudioFormat:
        """Look into the file before anything else is loaded."""
        stream = self.open_stream()
        try:
            return stream.format
        finally:
            stream.close()


class WavefileStream(InputStream):
    """How far one reader has come."""

    def __init__(self, file: wave.Wave_read) -> None:
        self._file: wave.Wave_read | None = file
        self._format = AudioFormat(file.getframerate(), file.getnchannels())
        self._length_s = file.getnframes() / file.getframerate()

    @property
    def format(self) -> AudioFormat:
        """Rate and channels of the file."""
        return self._format

    def length_s(self) -> float:
        """Return the length of the file, seconds."""
        return self._length_s

    def read(self) -> Samples | None:
        """Return the next 100 ms; None at the end."""
        file = self._file
        data = file.readframes(round(_BLOCK_S * self._format.sample_rate)) if file else b""
        if not data:
            return None
        samples = np.frombuffer(data, "<i2")
        return samples if self._format.channels == 1 else samples.reshape(-1, self._format.channels)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        file, self._file = self._file, None
        if file is not None:
            file.close()


@hookimpl
def irene_inputs() -> list[type[WavefileInput]]:
    """Offer the input."""
    return [WavefileInput]
