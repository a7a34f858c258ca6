"""Windows of audio on a shared engine, whose encoder sees each of them only once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from irene import EncoderCache, PerformanceMetrics, Samples
from irene_plugins.asr.whisper.passages import RATE, Passage, joined

if TYPE_CHECKING:
    from irene_plugins.asr.whisper.query import Query

_LEAST_PROGRESS_S = 0.5
"""what a model has to write of a window before the rest of it is a window of its own"""


F = TypeVar("F")


class EncodingEngine(Protocol[F]):
    """An engine that encodes and decodes in two steps; safe in threads."""

    @property
    def digest(self) -> str:
        """Of the weights."""

    @property
    def configuration(self) -> tuple[str, ...]:
        """What decides on the output of the encoder, beside the model and the samples."""

    def encode(self, samples: Samples) -> F:
        """Return a window of up to 30 s as the encoder sees it; float32, shape (n,)."""

    def decode(self, features: F, query: Query) -> tuple[Passage, float | None]:
        """Return what is said in a window, and from when on (s) it is still to be recognised."""


class WindowListener(Generic[F]):
    """Recognises windows; what was encoded before, by whomever, is not encoded again.

    Identification of the language asks about the same windows, and a window that turned out to be
    no sentence of the grammar is decoded once more without it.
    """

    def __init__(
        self,
        engine: EncodingEngine[F],
        encodings: EncoderCache[Any],
        live: bool = False,
        metrics: PerformanceMetrics | None = None,
    ) -> None:
        """Start.

        `live` says among which audio windows count in the statistics of `encodings`; `metrics`
        takes what recognition costs.
        """
        self._engine = engine
        self._metrics = metrics or PerformanceMetrics()
        self._encodings = encodings
        self._live = live

    def encoded(self, samples: Samples) -> F:
        """Return what the encoder makes of a window of up to 30 s; float32, shape (n,)."""
        engine = self._engine
        key = self._encodings.precompute_hash(samples, engine.digest, engine.configuration)
        features: F = self._encodings.encoded(key, lambda: engine.encode(samples), live=self._live)
        return features

    def recognise(self, samples: Samples, query: Query) -> Passage:
        """Return what is said in a window of up to 30 s; float32, 16 kHz, shape (n,).

        What the model leaves to the next window is recognised as one.
        """
        with self._metrics.measure("whisper.infer"):
            return self._recognised(samples, query)

    def _recognised(self, samples: Samples, query: Query) -> Passage:
        passages, start = [], 0
        while start < len(samples):
            features = self.encoded(samples[start:])
            with self._metrics.measure("whisper.decode"):
                passage, next_s = self._engine.decode(features, query)
            is_last = next_s is None or next_s < _LEAST_PROGRESS_S
            end = len(samples) if is_last else start + round((next_s or 0.0) * RATE)
            passages.append(passage.shifted(start / RATE).ended(end / RATE))
            start = end
        return joined(passages or [Passage(language=query.language)])
