"""Contract of inputs: where audio comes from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from irene.domain.audio import AudioFormat, Samples
from irene.domain.kinds import Kind
from irene.providers.provider import OptionsT, Provider


@dataclass(frozen=True)
class Device:
    """A microphone or loudspeaker of this machine."""

    name: str
    """what `device =` takes"""
    description: str = ""
    """human name, rates and the like"""
    is_default: bool = False


class InputStream(ABC):
    """An open source of audio; one reader on one thread."""

    @property
    @abstractmethod
    def format(self) -> AudioFormat:
        """Format of everything that `read` returns."""

    @abstractmethod
    def read(self) -> Samples | None:
        """Block for the next samples, shape (n,) or (n, channels); None at the end of the input.

        Raises:
            AudioFormatError: the audio is damaged from here on.
            DeviceError: the device has vanished.
        """

    def length_s(self) -> float | None:
        """Return the length that the source promises, in seconds; None when it is not known."""
        return None

    def dropped_s(self) -> float:
        """Return the seconds of audio lost inside the source since the last call."""
        return 0.0

    @abstractmethod
    def close(self) -> None:
        """Stop; also wakes a reader that blocks in `read`, which then returns None."""


class Input(Provider[OptionsT]):
    """A source of audio."""

    kind: ClassVar[Kind] = Kind.INPUT
    live: ClassVar[bool] = False
    """Whether audio arrives at its own pace (a device) or as fast as it is read (a file)."""

    @abstractmethod
    def open_stream(self) -> InputStream:
        """Open the source.

        Raises:
            AudioFormatError: a file is missing, empty or no audio.
            DeviceError: no such device, or it is busy.
        """

    def expected_format(self) -> AudioFormat | None:
        """Return the format that `open_stream` will bring; None when that is not known before.

        It is asked before engines are loaded: what can be looked at without listening, such as
        a file, is looked at.

        Raises:
            AudioFormatError: a file is missing, empty or no audio.
            ConfigurationError: an option makes no sense.
        """
        return None

    def devices(self) -> tuple[Device, ...]:
        """List the devices that `device =` may name; empty for inputs without devices."""
        return ()
