"""Recognisers that are timed: how long an engine takes for the final text, seen from outside."""

from __future__ import annotations

import time
from typing import Any

from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.domain.speech import Hypothesis
from irene.plugin.host import PluginHost
from irene.plugin.registry import ComponentRegistry
from irene.providers.asr import Asr, AsrRequest, AsrStream
from irene.providers.availability import Availability
from irene.providers.provider import NoOptions, Provider


class TimedStream(AsrStream):
    """One utterance at an engine; notes how long its last step took."""

    def __init__(self, stream: AsrStream, finish_ms: list[float]) -> None:
        self._stream = stream
        self._finish_ms = finish_ms

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Hand a block on."""
        return self._stream.accept(samples)

    def finish(self) -> Hypothesis:
        """Hand the question for the final text on, and note the wall milliseconds."""
        began = time.perf_counter()
        final = self._stream.finish()
        self._finish_ms.append(1000 * (time.perf_counter() - began))
        return final

    def close(self) -> None:
        """Close the engine's stream."""
        self._stream.close()


class TimedAsr(Asr[NoOptions]):
    """Another recogniser, timed; in all else it is that recogniser."""

    name = "timed"

    def __init__(self, engine: Asr[Any], finish_ms: list[float]) -> None:
        super().__init__()
        self.capabilities = engine.capabilities
        self._engine = engine
        self._finish_ms = finish_ms

    def _check(self) -> Availability:
        return self._engine.check()

    def _load(self) -> None:
        self._engine.load()

    def _warm_up(self) -> None:
        self._engine.warm_up()

    def _close(self) -> None:
        self._engine.close()

    def open_stream(self, request: AsrRequest) -> TimedStream:
        """Start on a new utterance."""
        return TimedStream(self._engine.open_stream(request), self._finish_ms)


class TimedRegistry(ComponentRegistry):
    """A registry whose recognisers are timed."""

    def __init__(self, host: PluginHost) -> None:
        super().__init__(host)
        self.finish_ms: list[float] = []
        """wall milliseconds of every `finish` of an utterance, in turn"""

    def create(self, kind: Kind, name: str, options: object = None) -> Provider[Any]:
        """Return a new, unloaded provider with these options (None: its defaults)."""
        provider = super().create(kind, name, options)
        return TimedAsr(provider, self.finish_ms) if isinstance(provider, Asr) else provider
