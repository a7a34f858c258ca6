"""Converting whole clips: what irene adds to soxr, and what other packages take."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from irene.components.resampling.audio_processor import AudioProcessor, ConversionMethod
from irene.domain.audio import AudioData, ResampleQuality
from irene.performance.benchmark.comparison import Comparison
from irene.performance.benchmark.goal import Goal
from irene.performance.benchmark.probe import Probe, Subject
from irene.performance.benchmark.rounds import Pace
from irene.performance.peers import RESAMPLERS, resamplers
from irene.studies.audio_core.others import others

_OURS = "irene, a new clip"
_RAW = "soxr.resample, HQ"
_Run = Callable[[Coroutine[Any, Any, None]], None]
N_CLIPS = 16
"""different clips of 480 kB; the cache keeps one less"""
_QUALITIES = ("LQ", "MQ", "HQ", "VHQ")
GOALS = (Goal("a new clip of 5 s, digest and cache included", _OURS, 1.1, _RAW),)


def clip_cost(pace: Pace, python: Path | None) -> Comparison:
    """Measure a conversion with everything around it beside the bare call of soxr."""
    *material, known = resamplers.clips(N_CLIPS + 1)  # the known one is never a new one
    bare = _installed(material, 1.0)[_RAW]
    with converting() as run:
        ours = Probe(_OURS, new_clips(run, material, ConversionMethod.SINC_KAISER.value))
        return Comparison(
            key="clip",
            title="A clip of 5 s, 48 to 16 kHz",
            ours=_OURS,
            unit="a clip",
            goals=GOALS,
            notes=(f"In this interpreter: {resamplers.about()}.",),
        ).measured([ours, bare, known_clip(run, known)], pace)


def throughput(pace: Pace, python: Path | None) -> Comparison:
    """Measure every quality beside what other packages take, per second of audio."""
    material = resamplers.clips(N_CLIPS)
    here = _installed(material, resamplers.CLIP_S)
    with others(RESAMPLERS, python) as (theirs, notes), converting() as run:
        ours = [
            Probe(f"irene, {quality}", new_clips(run, material, quality), resamplers.CLIP_S)
            for quality in _QUALITIES
        ]
        missing = [subject for subject in theirs if subject.name not in here]
        subjects: Sequence[Subject] = [*ours, *here.values(), *missing]
        return Comparison(
            key="throughput",
            title="Resampling, 48 to 16 kHz",
            ours=f"irene, {ResampleQuality.HQ.value}",
            unit="1 s of audio",
            notes=(f"In this interpreter: {resamplers.about()}.", *notes),
        ).measured(subjects, pace)


@contextmanager
def converting() -> Iterator[_Run]:
    """Lend an event loop, with a cache of `AudioProcessor` that keeps few clips; leave it empty.

    Then few clips are enough for each to be gone when it comes again, and they stay where clips
    are that have just been read: in the processor's caches.
    """
    usual = AudioProcessor.get_cache_stats()["max_cache_size"]
    loop = asyncio.new_event_loop()
    AudioProcessor.set_cache_limits(max_entries=N_CLIPS - 1)
    try:
        yield loop.run_until_complete
    finally:
        AudioProcessor.set_cache_limits(max_entries=usual)
        AudioProcessor.clear_cache()
        loop.close()


def _installed(material: list[bytes], n_operations: float) -> dict[str, Probe]:
    """Return the conversions of packages that are in this interpreter."""
    made = resamplers.probes(material)
    return {name: Probe(name, run, n_operations) for name, (run, _) in made.items()}


def new_clips(run: _Run, material: list[bytes], method: str) -> Callable[[int], None]:
    """Return a function that converts so many clips that are not in the cache, which is full."""
    turn = itertools.cycle([AudioData(data, 0.0, resamplers.RATE) for data in material])

    async def convert(n_loops: int) -> None:
        for clip in itertools.islice(turn, n_loops):
            await AudioProcessor.resample_audio_data(clip, resamplers.TARGET_RATE, method)

    run(convert(len(material)))
    return lambda n_loops: run(convert(n_loops))


def known_clip(run: _Run, data: bytes) -> Probe:
    """Return a probe that asks for a conversion that the cache holds."""
    clip = AudioData(data, 0.0, resamplers.RATE)

    async def convert(n_loops: int) -> None:
        for _ in range(n_loops):
            await AudioProcessor.resample_audio_data(clip, resamplers.TARGET_RATE)

    name = "irene, a clip that it has converted before"
    return Probe(name, lambda n_loops: run(convert(n_loops)), before=lambda: run(convert(1)))
