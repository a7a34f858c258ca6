"""Input `microphone`: live speech, through whichever sound system this machine has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from irene import (
    AudioFormat,
    Availability,
    ConfigurationError,
    Device,
    Input,
    InputBuffer,
    InputStream,
    Licence,
    LostAudio,
    Samples,
    hookimpl,
)
from irene_plugins.sound.choice import check_backend, sound_systems
from irene_plugins.sound.system import (
    Closeable,
    DirectCapture,
    Direction,
    SoundSystem,
    Wanted,
    open_first,
)

_BLOCK_MS = 40
_CURE = "connect one and see `irene devices`, or read a recording with `--input FILE`"


@dataclass(frozen=True)
class MicrophoneOptions:
    """Which microphone, and how it is read."""

    backend: str = "auto"
    """`miniaudio`, `pipewire`, `pulse`, `alsa`, `sounddevice`; `auto` tries them in this order;
    `null` hears silence"""
    device: str | None = None
    """name of the microphone or part of it; the default one if not given"""
    chunk_size: int | None = None
    """samples per channel that come at a time, more while nobody speaks; 40 ms unless given"""
    rate: int = 16000
    """Hz"""
    capture_channels: int = 1
    """interleaved channels"""
    timeout_s: float = 3.0
    """seconds without audio after which the microphone counts as lost"""


class MicrophoneStream(InputStream):
    """An open microphone: int16 in blocks of `chunk_size`."""

    def __init__(self, system: SoundSystem, wanted: Wanted, buffer: InputBuffer) -> None:
        self._wanted = wanted
        self._buffer = buffer
        device = system.open_capture(wanted, self._buffer)
        self._device: Closeable | None = device
        self._direct = device if isinstance(device, DirectCapture) else None
        self._is_direct = self._came_direct = False
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
        """Block for the next samples, valid until the next call; None after `close`.

        Raises:
            DeviceError: the microphone has vanished, or delivered nothing for `timeout_s`.
        """
        if self._is_direct and self._direct is not None:
            samples = self._direct.take()
            if samples is not None:
                self._came_direct = True
                return samples
            self._came_direct = False
        return self._buffer.take(self._wanted.timeout_s)

    def lost(self) -> Sequence[LostAudio]:
        """Return what was lost because nobody read it in time."""
        return () if self._came_direct else self._buffer.lost()

    def prefer_block(self, seconds: float) -> None:
        """Collect so much before it is read, but no less than `chunk_size`."""
        frames = max(self._wanted.block, round(seconds * self._wanted.rate))
        self._buffer.prefer(frames)
        if self._direct is not None:
            self._is_direct = seconds > 0
            self._came_direct &= self._is_direct
            self._direct.prefer(frames if self._is_direct else 0)

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
        self._checked_block()
        return AudioFormat(self.options.rate, self.options.capture_channels)

    def open_stream(self) -> InputStream:
        """Open the microphone and wait until it delivers.

        Raises:
            DeviceError: no such device, it is busy, silent, or there is no sound system.
            ConfigurationError: an option makes no sense.
        """
        options = self.options
        block = self._checked_block()
        self.load()
        wanted = Wanted(
            options.rate,
            options.capture_channels,
            options.device,
            block,
            options.timeout_s,
        )
        audio_format = AudioFormat(options.rate, options.capture_channels)
        return open_first(
            self._systems,
            Direction.CAPTURE,
            lambda system: MicrophoneStream(system, wanted, self.new_buffer(audio_format, block)),
            _CURE,
        )

    def _checked_block(self) -> int:
        """Return the samples per channel of a block, once the options make sense."""
        options = self.options
        block = options.chunk_size
        if block is None:
            block = max(1, options.rate * _BLOCK_MS // 1000)
        if min(block, options.rate, options.capture_channels) < 1:
            raise ConfigurationError(
                "inputs.microphone: chunk_size, sample_rate and channels must be 1 or more"
            )
        return block

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
