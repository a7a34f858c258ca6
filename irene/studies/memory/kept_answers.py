"""What is spared when something comes again: made anew, beside taken from its cache.

::

    python -m irene.studies.memory.kept_answers
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import click
import numpy as np

from irene.cache.bounded import BoundedCache
from irene.cache.keys import digest
from irene.cache.policies import CachePolicy
from irene.cache.sizes import size_of
from irene.components.assembly import Assembly
from irene.components.resampling.clip_conversion import ClipConversion
from irene.config.loading import load_config
from irene.domain.audio import AudioChunk, AudioData, ResampleQuality
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.markdown import table
from irene.plugin.registry import ComponentRegistry

Work = Callable[[], object]

_SENTENCE = "The timer for the potatoes has ten minutes left."


def _milliseconds(work: Work, forget: Work, rounds: int) -> float:
    """Return the least time of one call; before each, `forget` is called, untimed."""
    least = float("inf")
    for _ in range(rounds):
        forget()
        began = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - began)
    return 1000 * least


def spared(rounds: int) -> Iterator[tuple[str, float, float]]:
    """Yield what is kept, the milliseconds to make it, and those to find it."""
    registry = ComponentRegistry.installed()
    config = load_config({"asr": {"cache_size": 10}}, registry=registry, environ={})
    assembly = Assembly(config, registry)
    voice, asr, resampling = assembly.voice(), assembly.asr(), assembly.resampling
    assert voice is not None, "the default configuration has a voice"

    def say() -> list[Any]:
        return list(voice.say(_SENTENCE, "en").blocks())

    blocks = say()
    spoken = AudioChunk(np.concatenate([one.samples for one in blocks]), blocks[0].sample_rate)
    wanted = ClipConversion.of(AudioData.from_chunk(spoken), 16_000, ResampleQuality.HQ, 1)
    works: tuple[tuple[str, Work, Work], ...] = (
        ("a sentence of 9 words, spoken", say, voice.cache.clear),
        ("the same, recognised", partial(asr.recognize, spoken), asr.transcripts.kept.clear),
        ("the same, converted", partial(resampling.convert, wanted), resampling.clear),
    )
    for name, work, forget in works:
        work()
        made_ms = _milliseconds(work, forget, rounds)
        work()
        yield name, made_ms, _milliseconds(work, lambda: None, rounds)
    voice.close()
    asr.close()


def costs() -> Iterator[tuple[str, float]]:
    """Yield what one use of a cache costs, microseconds."""
    for policy in CachePolicy:
        cache: BoundedCache[int, int] = BoundedCache(10**6, 1000, policy)
        for key in range(1000):
            cache.put(key, key, 1, 60.0 if policy.keeps_time else None)
        yield f"get, {policy.name}", _microseconds(partial(cache.get, 500))
        yield f"put, {policy.name}", _microseconds(partial(cache.put, 500, 1, 1))
    second, ten = np.zeros(16_000, np.int16), np.zeros(160_000, np.int16)
    yield "key of 1 s of audio", _microseconds(partial(digest, second))
    yield "key of 10 s of audio", _microseconds(partial(digest, ten))
    yield "size of an array", _microseconds(partial(size_of, second))
    yield "size of 100 texts", _microseconds(partial(size_of, [str(n) for n in range(100)]))


def _microseconds(work: Work, calls: int = 2000, rounds: int = 5) -> float:
    def all_calls() -> None:
        for _ in range(calls):
            work()

    return 1000 * _milliseconds(all_calls, lambda: None, rounds) / calls


@click.command()
@click.option("--rounds", default=9, show_default=True, type=click.IntRange(1), help="Of each.")
def main(rounds: int) -> None:
    """Print what caches spare, and what they cost, as Markdown."""
    rows = [(name, f"{made:.2f}", f"{kept:.3f}") for name, made, kept in spared(rounds)]
    click.echo(f"{table(('what', 'made, ms', 'kept, ms'), rows)}\n")
    uses = [(name, f"{us:.1f}") for name, us in costs()]
    click.echo(f"{table(('one use', 'µs'), uses)}\n")
    click.echo(f"Measured with `python -m irene.studies.memory.kept_answers` on: {Machine.here()}.")


if __name__ == "__main__":
    main()
