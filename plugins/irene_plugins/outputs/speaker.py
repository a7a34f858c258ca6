"""Output `speaker`: the answer aloud, through whichever sound system this machine has."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from irene import Availability, Device, DeviceError, Licence, Output, OutputStream, hookimpl
from irene_plugins.sound.choice import check_backend, sound_systems
from irene_plugins.sound.ducking import PulseDucking
from irene_plugins.sound.system import Direction, Wanted, open_first

_CURE = "connect one and see `irene devices`, or write the answer with `--output FILE.wav`"


@dataclass(frozen=True)
class SpeakerOptions:
    """Which loudspeaker."""

    backend: str = "auto"
    """`miniaudio`, `pipewire`, `pulse`, `alsa`, `sounddevice`; `auto` tries them in this order;
    `null` plays to nobody"""
    device: str | None = None
    """name of the loudspeaker or part of it; the default one if not given"""
    block_ms: int = 20
    """milliseconds that the device takes at a time; an answer stops within a few of them"""
    timeout_s: float = 3.0
    """seconds without progress after which the loudspeaker counts as lost"""
    duck_to: float = 0.2
    """share of their loudness that other programs keep while the assistant listens or speaks,
    where `pactl` is installed; 1 leaves them alone"""

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        if not 0 <= self.duck_to <= 1:
            raise ValueError(f"duck_to = {self.duck_to}: use 0 to 1")


class SpeakerOutput(Output[SpeakerOptions]):
    """Plays answers: the first sound system that opens the wanted device is used."""

    name: ClassVar[str] = "speaker"
    summary: ClassVar[str] = "aloud, through miniaudio, PipeWire, PulseAudio, ALSA or PortAudio"
    licence: ClassVar[Licence] = Licence("MIT")
    Options: ClassVar[type[Any]] = SpeakerOptions
    live: ClassVar[bool] = True

    _ducking: PulseDucking | None = None

    def open_stream(self, sample_rate: int) -> OutputStream:
        """Open the loudspeaker for one answer of int16 mono samples.

        Raises:
            DeviceError: no such device, it is busy, or there is no sound system.
        """
        options = self.options
        self.load()
        block = max(1, sample_rate * options.block_ms // 1000)
        wanted = Wanted(sample_rate, 1, options.device, block, options.timeout_s)
        return open_first(
            self._systems,
            Direction.PLAYBACK,
            lambda system: system.open_playback(wanted),
            _CURE,
        )

    def devices(self) -> tuple[Device, ...]:
        """List the loudspeakers of the first sound system that knows any."""
        self.load()
        lists = (system.devices(Direction.PLAYBACK) for system in self._systems)
        return next((found for found in lists if found), ())

    def duck(self) -> None:
        """Turn down what other programs play.

        Raises:
            DeviceError: the sound server refuses.
        """
        if self._ducking is not None:
            self._ducking.duck()

    def unduck(self) -> None:
        """Give other programs the volume they had.

        Raises:
            DeviceError: the sound server refuses.
        """
        if self._ducking is not None:
            self._ducking.unduck()

    def _check(self) -> Availability:
        return check_backend(self.options.backend, Direction.PLAYBACK)

    def _load(self) -> None:
        self._systems = sound_systems(self.options.backend, "outputs.speaker")
        can_duck = self.options.backend not in ("alsa", "null") and shutil.which("pactl")
        if can_duck and self.options.duck_to < 1:
            self._ducking = PulseDucking(self.options.duck_to)
            self._ducking.adopt()

    def _close(self) -> None:
        with suppress(DeviceError):  # it stays owed, and is paid when the speaker is loaded next
            self.unduck()


@hookimpl
def irene_outputs() -> list[type[Output[Any]]]:
    """Offer the output."""
    return [SpeakerOutput]
