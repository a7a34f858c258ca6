"""Answers the questions of one lane inside of a worker, on a thread of its own."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from socket import socket
from typing import Any

import numpy as np

from irene.components.isolation.messages import facts_of, packed, receive_bytes, send_bytes
from irene.components.isolation.shared_region import Placed, SharedRegion
from irene.components.isolation.shared_state import Opened, SharedState, WithSound
from irene.domain.audio import Samples
from irene.errors import IreneError, ProviderFailedError
from irene.providers.asr import AsrRequest
from irene.providers.border import ForeignCode

_BORROWED = "process"
"""the method whose contract says that its audio is valid during the call only"""


class LaneServer:
    """Answers what is asked over one lane; holds at most one open stream, or one spoken text.

    A question is (whom, method, arguments, places of audio); whom is `provider`, `stream`, or
    `aside` for the stream of another lane. An answer is (True, value, places of audio, times) or
    (False, facts of the error, (), times). The times are those that the provider's own stages took
    since the answer before, on any lane.
    """

    def __init__(
        self, provider: Any, shared: SharedState, channel: socket, region: SharedRegion
    ) -> None:
        """`provider` is what `worker_side` returned for the provider of this worker."""
        self._provider = provider
        self._shared = shared
        self._grammars = shared.grammars
        self._channel = channel
        self._region = region
        self._stream: Any = None

    def serve(self) -> None:
        """Answer until the other side is gone."""
        with suppress(EOFError, OSError):
            while True:
                question = pickle.loads(receive_bytes(self._channel))
                send_bytes(self._channel, self._answer(*question))
        self._shared.forget(self._stream)

    def _answer(
        self, whom: str, method: str, arguments: Sequence[Any], places: Sequence[Placed]
    ) -> bytes:
        try:
            with ForeignCode():
                audio = [self._heard(method, place) for place in places]
                value = self._ask(whom, method, audio, arguments)
                if isinstance(value, WithSound):
                    places_of_sound = self._region.put([_sound(value.samples)])
                    return self._packed(True, value.value, places_of_sound)
                if isinstance(value, np.ndarray):
                    return self._packed(True, None, self._region.put([_sound(value)]))
                return self._packed(True, _plain(value), ())
        except IreneError as error:
            return self._packed(False, facts_of(error), ())

    def _packed(self, works: bool, value: object, places: Sequence[Placed]) -> bytes:
        return packed((works, value, places, self._provider.metrics.drain()))

    def _heard(self, method: str, place: Placed) -> Samples:
        if method == _BORROWED:
            return self._region.look(place)
        samples = self._region.take(place)
        samples.flags.writeable = False
        return samples

    def _ask(
        self, whom: str, method: str, audio: Sequence[Samples], arguments: Sequence[Any]
    ) -> Any:
        arguments = [self._whole(argument) for argument in arguments]
        if whom == "stream":
            return self._ask_stream(method, audio, arguments)
        if whom == "aside":
            return self._shared.ask(method, *arguments)
        answer = getattr(self._provider, method)
        if callable(answer):
            answer = answer(*audio, *arguments)
        if isinstance(answer, Opened):
            self._stream = answer.stream
            return answer.value
        if method not in ("open_stream", "synthesize"):
            return answer
        self._stream = iter(answer) if method == "synthesize" else answer
        return None

    def _ask_stream(self, method: str, audio: Sequence[Samples], arguments: Sequence[Any]) -> Any:
        stream = self._stream
        if method == "next":
            return self._next_block(stream)
        if method != "close":
            return getattr(stream, method)(*audio, *arguments)
        self._stream = None
        self._shared.forget(stream)
        close = getattr(stream, "close", None)  # not every iterator has one
        return close() if close is not None else None

    @staticmethod
    def _next_block(blocks: Iterator[Any]) -> Samples | None:
        block = next(blocks, None)
        return None if block is None else np.asarray(block)

    def _whole(self, argument: Any) -> Any:
        """Return an argument with the grammar that it names."""
        if isinstance(argument, AsrRequest):
            return replace(argument, grammar=self._grammars.find(argument.grammar))
        return self._grammars.find(argument)


def _sound(array: Samples) -> Samples:
    """Return an array that can lie in shared memory."""
    if array.dtype.hasobject:
        raise ProviderFailedError(f"it returned an array of {array.dtype}")
    return array


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
