"""What was said in recordings, kept for those that come again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from xxhash import xxh3_128_digest

from irene.cache.bounded import BoundedCache, CacheStats
from irene.cache.shared import SharedCache
from irene.components.asr.stream import Recognition
from irene.components.chain.candidate import Candidate
from irene.domain.audio import AudioChunk
from irene.domain.grammar import Grammar
from irene.providers.asr import Asr

_BYTES = 16_000_000
"""some 20 000 commands: it is `[asr] cache_size` that limits them, unless they are speeches"""


class Transcripts:
    """A cache of transcripts, with the recogniser of each; any thread may ask.

    A clip that is asked for several times at once is recognised once. What a stand-in recognised is
    not kept: the next time the recogniser that should serve may be well again.
    """

    def __init__(self, max_entries: int) -> None:
        """Keep at most `max_entries` transcripts; 0 keeps none."""
        self.kept: BoundedCache[object, Recognition] = BoundedCache(_BYTES, max_entries)
        """what is kept, by `transcript_key`"""
        self._shared: SharedCache[object, Recognition] = SharedCache(self.kept)

    def get(self, key: object, serving: str, recognise: Callable[[], Recognition]) -> Recognition:
        """Return the kept transcript, or make it; one by another than `serving` is not kept."""
        return self._shared.get(
            key, recognise, is_worth_keeping=lambda made: made.provider == serving
        ).value

    def stats(self) -> CacheStats:
        """Return the hits, misses and size of the cache."""
        return self._shared.stats()


def transcript_key(
    clip: AudioChunk, serving: Candidate[Asr[Any]], language: str | None, grammar: Grammar | None
) -> object:
    """Return everything that decides what is heard in a clip."""
    samples = np.ascontiguousarray(clip.samples)
    return (
        xxh3_128_digest(samples.data),
        samples.shape,
        samples.dtype.str,
        clip.sample_rate,
        serving.name,
        serving.provider.version,
        repr(serving.provider.options),
        language,
        None if grammar is None else grammar.digest,
    )
