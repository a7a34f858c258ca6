"""What a sound system must offer, and how one is chosen."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

from irene import Device, DeviceError, InputBuffer, OutputStream, Samples

StreamT = TypeVar("StreamT")


class Direction(enum.Enum):
    """Which way the sound goes."""

    CAPTURE = "microphone"
    PLAYBACK = "loudspeaker"


@dataclass(frozen=True)
class Wanted:
    """The device and the format that are asked for; samples are always int16."""

    rate: int
    """Hz"""
    channels: int = 1
    """interleaved channels per frame"""
    device: str | None = None
    """name or part of a name; None is the default device"""
    block: int = 640
    """samples per channel that the device should hand over at a time"""
    timeout_s: float = 3.0
    """seconds without any progress after which the device counts as lost"""

    @property
    def block_ms(self) -> int:
        """Length of a block in whole milliseconds, at least one."""
        return max(1, self.block * 1000 // self.rate)


class Closeable(Protocol):
    """A device that was opened."""

    def close(self) -> None:
        """Stop the device."""
        ...


class DirectCapture(ABC):
    """A microphone that fills its buffer, or is read by whoever reads the buffer otherwise."""

    @abstractmethod
    def prefer(self, frames: int) -> None:
        """Let the caller's thread read so many frames at a time; 0: not any more."""

    @abstractmethod
    def take(self) -> Samples | None:
        """Return the next frames, valid until the next call; None: take them from the buffer."""

    @abstractmethod
    def close(self) -> None:
        """Stop the device."""


class SoundSystem(ABC):
    """One road to the sound devices: a library, or the programs of a sound server."""

    name: ClassVar[str]
    """What `backend =` takes."""

    @abstractmethod
    def problem(self, direction: Direction) -> str:
        """Say why no device can be reached on this road; empty when one can."""

    @abstractmethod
    def devices(self, direction: Direction) -> tuple[Device, ...]:
        """List the devices; empty when the system cannot tell."""

    @abstractmethod
    def open_capture(self, wanted: Wanted, buffer: InputBuffer) -> Closeable:
        """Start to fill the buffer.

        Raises:
            DeviceError: no such device, or it is busy.
        """

    @abstractmethod
    def open_playback(self, wanted: Wanted) -> OutputStream:
        """Start a stream of int16 mono samples to a loudspeaker.

        Raises:
            DeviceError: no such device, or it is busy.
        """


def find_device(devices: Sequence[Device], wanted: str, direction: Direction) -> Device:
    """Return the device of that name, or else the first whose name or description contains it.

    Raises:
        DeviceError: there is none; the message lists the known ones.
    """
    for device in devices:
        if device.name == wanted:
            return device
    for device in devices:
        if wanted.lower() in f"{device.name}\n{device.description}".lower():
            return device
    known = ", ".join(repr(device.name) for device in devices) or "none"
    raise DeviceError(f"no {direction.value} called {wanted!r}; known are: {known}")


def open_first(
    systems: Sequence[SoundSystem],
    direction: Direction,
    opener: Callable[[SoundSystem], StreamT],
    cure: str,
) -> StreamT:
    """Open a stream on the first sound system that can.

    Raises:
        DeviceError: none can; the message gives the reason of each, and the cure.
    """
    reasons: list[str] = []
    for system in systems:
        try:
            reason = system.problem(direction)
            if not reason:
                return opener(system)
        except DeviceError as error:
            reason = str(error)
        reasons.append(f"{system.name}: {reason}")
    raise DeviceError(f"no {direction.value} can be opened ({'; '.join(reasons)}); {cure}")
