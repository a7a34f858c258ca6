"""Input `microphone`: live speech, through whichever sound system this machine has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from irene import (
    AudioFormat,
    Availability,
    ConfigurationError,
    Device,
    Input,
    InputStream,
    Licence,
    Samples,
    hookimpl,
)
from irene_plugins.sound.capture import CaptureBuffer
from irene_plugins.sound.choice import check_backend, sound_systems
from irene_plugins.sound.system import Closeable, Direction, SoundSystem, Wanted, open_first

_CURE = "connect one and see `irene devices`, or read a recording with `--input FILE`"


@dataclass(frozen=True)
class MicrophoneOptions:
    """Which microphone, and how it is read."""

    backend: str = "auto"
    """`miniaudio`, `pipewire`, `pulse`, `alsa`, `sounddevice`; `auto` tries them in this order;
    `null` hears silence"""
    device: str | None = None
    """name of the microphone or part of it; the default one if not given"""
    chunk_size: int = 640
    """samples per channel and read"""
    rate: int = 16000
    """Hz"""
    capture_channels: int = 1
    """interleaved channels"""
    timeout_s: float = 3.0
    """seconds without audio after which the microphone counts as lost"""


class MicrophoneStream(InputStream):
    """An open microphone: int16 in blocks of `chunk_size`, at most 2 s behind the present."""

    def __init__(self, system: SoundSystem, wanted: Wanted) -> None:
        self._wanted = wanted
        frame_bytes = 2 * wanted.channels
        self._buffer = CaptureBuffer(wanted.block * frame_bytes, wanted.rate * frame_bytes)
        self._device: Closeable | None = system.open_capture(wanted, self._buffer)
        try:
            self._buffer.await_first(wanted.timeout_s)
        except BaseException:
            self.close()
            raise

    @property
    def format(self) -> AudioFormat:
        """Rate and channels that were asked for; int16."""
        return AudioFormat(self._wanted.rate, self._wanted.channels, "int16")

    def read(self) -> Samples | None:
        """Block for the next `chunk_size` samples per channel; None after `close`.

        Raises:
            DeviceError: the microphone has vanished, or delivered nothing for `timeout_s`.
        """
        data = self._buffer.take(self._wanted.timeout_s)
        if data is None:
            return None
        samples = np.frombuffer(data, "<i2")
        channels = self._wanted.channels
        return samples if channels == 1 else samples.reshape(-1, channels)

    def dropped_s(self) -> float:
        """Return the seconds lost, because nobody read them in time, since the last call."""
        return self._buffer.dropped_s()

    def close(self) -> None:
        """Stop the microphone and wake the reader; a second call does nothing."""
        self._buffer.close()
        device, self._device = self._device, None
        if device is not None:
            device.close()


class MicrophoneInput(Input[MicrophoneOptions]):
    """Hears the world: the first sound system that opens the wanted device is used."""

    name: ClassVar[str] = "microphone"
    summary: ClassVar[str] = "live sound through miniaudio, PipeWire, PulseAudio, ALSA or PortAudio"
    licence: ClassVar[Licence] = Licence("MIT")
    live: ClassVar[bool] = True
    Options: ClassVar[type[Any]] = MicrophoneOptions

    def expected_format(self) -> AudioFormat | None:
        """Return the configured format, which the sound system delivers whatever the device has.

        Raises:
            ConfigurationError: an option makes no sense.
        """
        self._check_options()
        return AudioFormat(self.options.rate, self.options.capture_channels)

    def open_stream(self) -> InputStream:
        """Open the microphone and wait until it delivers.

        Raises:
            DeviceError: no such device, it is busy, silent, or there is no sound system.
            ConfigurationError: an option makes no sense.
        """
        options = self.options
        self._check_options()
        self.load()
        wanted = Wanted(
            options.rate,
            options.capture_channels,
            options.device,
            options.chunk_size,
            options.timeout_s,
        )
        return open_first(
            self._systems,
            Direction.CAPTURE,
            lambda system: MicrophoneStream(system, wanted),
            _CURE,
        )

    def _check_options(self) -> None:
        options = self.options
        if min(options.chunk_size, options.rate, options.capture_channels) < 1:
            raise ConfigurationError(
                "inputs.microphone: chunk_size, sample_rate and channels must be 1 or more"
            )

    def devices(self) -> tuple[Device, ...]:
        """List the microphones of the first sound system that knows any."""
        self.load()
        lists = (system.devices(Direction.CAPTURE) for system in self._systems)
        return next((found for found in lists if found), ())

    def _check(self) -> Availability:
        return check_backend(self.options.backend, Direction.CAPTURE)

    def _load(self) -> None:
        self._systems = sound_systems(self.options.backend, "inputs.microphone")


@hookimpl
def irene_inputs() -> list[type[Input[Any]]]:
    """Offer the input."""
    return [MicrophoneInput]
