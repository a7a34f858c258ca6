"""An output that lets somebody know what it plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irene.audio.played import PlayedAnswer, PlayedSound
from irene.domain.audio import Samples
from irene.providers.availability import Availability
from irene.providers.input import Device
from irene.providers.output import Output, OutputStream


class OverheardOutput(Output[Any]):
    """Does what another live output does; everything written to it goes into a line, too."""

    name = "overheard"
    live = True

    def __init__(self, output: Output[Any], line: Callable[[], PlayedSound | None]) -> None:
        """`line` is asked at the start of each answer."""
        super().__init__(output.options)
        self.capabilities = output.capabilities
        self._output = output
        self._line = line

    @property
    def overheard(self) -> Output[Any]:
        """The output itself."""
        return self._output

    def check(self) -> Availability:
        """Ask the output."""
        return self._output.check()

    def load(self) -> None:
        """Load the output."""
        self._output.load()

    def warm_up(self) -> None:
        """Warm the output up."""
        self._output.warm_up()

    def close(self) -> None:
        """Close the output."""
        self._output.close()

    @property
    def is_loaded(self) -> bool:
        """Whether the output is."""
        return self._output.is_loaded

    def open_stream(self, sample_rate: int) -> OutputStream:
        """Start an answer on the output."""
        line = self._line()
        if line is None:
            return self._output.open_stream(sample_rate)
        answer = line.begin(sample_rate)  # first: where that fails, no device is left open
        try:
            return _OverheardStream(self._output.open_stream(sample_rate), answer)
        except BaseException:
            answer.abort()
            raise

    def devices(self) -> tuple[Device, ...]:
        """List the output's devices."""
        return self._output.devices()

    @property
    def can_duck(self) -> bool:
        """Whether the output can."""
        return self._output.can_duck

    def duck(self) -> None:
        """Let the output turn other programs down."""
        self._output.duck()

    def unduck(self) -> None:
        """Let the output turn them up again."""
        self._output.unduck()


class _OverheardStream(OutputStream):
    def __init__(self, stream: OutputStream, answer: PlayedAnswer) -> None:
        self._stream = stream
        self._answer = answer
        self._is_over = False

    def write(self, samples: Samples) -> None:
        self._answer.write(samples)  # first: the output may block until it has played them
        if not self._is_over:  # the line's conversion takes time, in which somebody may abort
            self._stream.write(samples)

    def finish(self) -> None:
        self._answer.finish()
        if not self._is_over:
            self._stream.finish()

    def abort(self) -> None:
        self._is_over = True
        try:
            self._stream.abort()
        finally:
            self._answer.abort()
