"""Outputs and inputs, as they are asked inside of a worker."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from irene.audio.input_buffer import BufferSettings
from irene.components.isolation.shared_state import Delegate, Opened, SharedState, WithSound
from irene.providers.input import Input, InputPlace, InputStream
from irene.providers.output import Output, OutputStream


class WorkerSideOutput(Delegate):
    """An output whose streams can be aborted while they are written to."""

    def __init__(self, provider: Output[Any], shared: SharedState) -> None:
        super().__init__(provider)
        self._shared = shared
        self._beginning = threading.Lock()
        self._has_begun = False

    def open_stream(self, sample_rate: int, number: int, written: Mapping[int, int]) -> Opened:
        """Start an answer; the first one goes on after what processes before this have written."""
        with self._beginning:
            if written and not self._has_begun:
                self._provider.go_on(written)
            self._has_begun = True
        stream: OutputStream = self._provider.open_stream(sample_rate)
        self._shared.register(number, stream)
        return Opened(stream)


class WorkerSideInput(Delegate):
    """An input whose streams can be closed while they are read."""

    def __init__(self, provider: Input[Any], shared: SharedState) -> None:
        super().__init__(provider)
        self._shared = shared

    def open_stream(
        self, buffering: BufferSettings, number: int, place: InputPlace | None
    ) -> Opened:
        """Open the source, with the assistant's limits; answer format, length and place.

        With a place, standard input goes on there.
        """
        provider = self._provider
        provider.buffering = buffering
        stream: InputStream
        stream = provider.open_stream() if place is None else provider.go_on(place.state)
        self._shared.register(number, stream)
        capture = WorkerSideCapture(stream, provider)
        return Opened(capture, (stream.format, stream.length_s(), capture.place()))


class WorkerSideCapture(Delegate):
    """An open source: what is read comes with what was lost before it."""

    def __init__(self, stream: InputStream, owner: Input[Any]) -> None:
        super().__init__(stream)
        self.named = stream
        """what is asked aside"""
        self._owner = owner

    def read(self) -> WithSound | None:
        """Return samples, and what was lost right before them, what waits, seconds, and place."""
        samples = self._provider.read()
        if samples is None:
            return None
        lost = tuple(self._provider.lost())
        return WithSound((lost, self._owner.waiting_s, self.place()), samples)

    def place(self) -> InputPlace | None:
        """Return how far standard input has been read, by an input that reads it."""
        if not self._owner.reads_standard_input:
            return None
        place: InputPlace | None = self._provider.place()
        return place
