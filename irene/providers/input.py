"""Contract of inputs: where audio comes from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import ref

from irene.audio.input_buffer import BufferSettings, InputBuffer
from irene.domain.audio import AudioFormat, LostAudio, Samples
from irene.domain.kinds import Kind
from irene.errors import ProviderFailedError
from irene.providers.provider import OptionsT, Provider


@dataclass(frozen=True)
class Device:
    """A microphone or loudspeaker of this machine."""

    name: str
    """what `device =` takes"""
    description: str = ""
    """human name, rates and the like"""
    is_default: bool = False


@dataclass(frozen=True)
class InputPlace:
    """How far standard input has been read, so that another process can read on there."""

    n_bytes: int
    """bytes before the next sample, counted from where the stream was opened"""
    state: Any = None
    """what `Input.go_on` needs to know; plain values"""


class InputStream(ABC):
    """An open source of audio; one reader on one thread."""

    @property
    @abstractmethod
    def format(self) -> AudioFormat:
        """Format of everything that `read` returns."""

    @abstractmethod
    def read(self) -> Samples | None:
        """Block for the next samples, shape (n,) or (n, channels); None at the end of the input.

        Full scale of float32 is 1.0; what is beyond is clipped.

        Raises:
            AudioFormatError: the audio is damaged from here on.
            DeviceError: the device has vanished.
        """

    def length_s(self) -> float | None:
        """Return the length that the source promises, in seconds; None when it is not known."""
        return None

    def lost(self) -> Sequence[LostAudio]:
        """Return what was lost right before the samples that `read` returned last, each loss once.

        Audio time goes on as if it had come: what lies behind a loss keeps its place.
        """
        return ()

    def prefer_block(self, seconds: float) -> None:  # noqa: B027 - optional: a wish
        """Take the wish that `read` return about so many seconds at a time, where it can choose.

        Longer while nobody speaks, because fewer blocks are less work; shorter while somebody does,
        because they come sooner. 0 leaves it to the input. Called by the reader, between two calls
        of `read`; what a live input returns is joined where it is shorter.
        """

    def place(self) -> InputPlace | None:
        """Return how far standard input has been read, right behind the samples of the last `read`.

        None where a stream cannot be continued in the middle, such as compressed audio: the next
        process then reads it again from the beginning, as far as that could be kept.
        """
        return None

    @abstractmethod
    def close(self) -> None:
        """Stop; also wakes a reader that blocks in `read`, which then returns None."""


class Input(Provider[OptionsT]):
    """A source of audio."""

    kind: ClassVar[Kind] = Kind.INPUT
    live: ClassVar[bool] = False
    """Whether audio arrives at its own pace (a device) or as fast as it is read (a file)."""
    reads_standard_input: ClassVar[bool] = False
    """Whether it reads the assistant's standard input: a process of its own is given it then."""

    _newest_buffer: ref[InputBuffer] | None = None
    buffering: BufferSettings = BufferSettings()
    """limits of `new_buffer`; set by the framework from `[audio]`"""

    def new_buffer(self, audio_format: AudioFormat, block: int) -> InputBuffer:
        """Return a buffer that a device fills on its own thread, with the limits of `[audio]`.

        Args:
            audio_format: of everything that the device delivers.
            block: samples per channel that are usually taken at a time.
        """
        buffer = InputBuffer(audio_format, block, self.buffering, f"the {self.name}")
        self._newest_buffer = ref(buffer)
        return buffer

    def begin(self) -> None:
        """Have the newest buffer count from here on, as somebody begins to listen."""
        buffer = self._newest_buffer() if self._newest_buffer is not None else None
        if buffer is not None:
            buffer.begin()

    @property
    def waiting_s(self) -> float:
        """Audio that a device delivered into the newest buffer and nobody has read, seconds."""
        buffer = self._newest_buffer() if self._newest_buffer is not None else None
        return buffer.waiting_s if buffer is not None else 0.0

    @abstractmethod
    def open_stream(self) -> InputStream:
        """Open the source.

        Raises:
            AudioFormatError: a file is missing, empty or no audio.
            DeviceError: no such device, or it is busy.
        """

    def go_on(self, state: Any) -> InputStream:
        """Open standard input at the place that a stream of a process that died had reached.

        Called in the next process, instead of `open_stream`, when that stream had a `place`.

        Args:
            state: that of the `InputPlace`.

        Raises:
            AudioFormatError: what follows is no audio.
        """
        raise ProviderFailedError(f"input {self.name!r} cannot go on in the middle")

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
