"""Contract of outputs: where the assistant's voice goes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.providers.input import Device
from irene.providers.provider import OptionsT, Provider


class OutputStream(ABC):
    """One answer being played; written by one thread, aborted by any.

    Every stream ends with either `finish` or `abort`. `abort` may come at any moment, also while
    another thread is inside `write` or `finish`; a `write` after it does nothing.
    """

    @abstractmethod
    def write(self, samples: Samples) -> None:
        """Take int16 mono samples, shape (n,); block while the device is busy with earlier ones.

        Raises:
            DeviceError: the device has vanished.
        """

    @abstractmethod
    def finish(self) -> None:
        """Block until everything written has been heard, then close."""

    @abstractmethod
    def abort(self) -> None:
        """Stop at once and close: what was not heard yet is dropped."""


class Output(Provider[OptionsT]):
    """A sink for the assistant's voice."""

    kind: ClassVar[Kind] = Kind.OUTPUT
    live: ClassVar[bool] = False
    """Whether somebody hears it while it is written: sounds without words go there only."""

    @abstractmethod
    def open_stream(self, sample_rate: int) -> OutputStream:
        """Start an answer of int16 mono audio at this rate (Hz).

        Raises:
            DeviceError: no such device, or it is busy.
        """

    def go_on(self, written: Mapping[int, int]) -> None:
        """Continue what the output of a process that died has begun, such as a half written file.

        Called before the first `open_stream`, in the process that takes its place. The default does
        nothing: it suits an output that keeps nothing of what it is given.

        Args:
            written: samples that the streams of each rate (Hz) have taken together, in the order
                in which the rates came; what was given beyond that will be given again.
        """

    def devices(self) -> tuple[Device, ...]:
        """List the devices that `device =` may name; empty for outputs without devices."""
        return ()

    @property
    def can_duck(self) -> bool:
        """Whether `duck` may do something: nobody asks an output that does not override it."""
        return type(self).duck is not Output.duck

    def duck(self) -> None:
        """Turn down what other programs play; a second call lowers what has begun since.

        The default does nothing. It may take a while, and is never called twice at once.
        """

    def unduck(self) -> None:
        """Give what `duck` lowered its volume back, and leave alone what somebody else changed."""
