"""How much speech is recognised in a second: on threads, in one worker, in several."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from irene.audio.samples import to_mono
from irene.domain.audio import Samples
from irene.performance.measuring.spread import Spread, interleaved
from irene.performance.speech.recordings import BUNDLED, read_manifest
from irene.plugin.registry import ComponentRegistry
from irene.providers.asr import Asr, AsrRequest
from irene.studies.isolation.subjects import Engine, here, in_workers

_RATE = 16000
_BLOCK = 4000
_LONGEST_S = 5.0
_UTTERANCES = 6
_AT_LEAST_S = 1.0


def utterances(registry: ComponentRegistry) -> list[Samples]:
    """Return the bundled recordings of speech that need no conversion, each an utterance."""
    clips = (one.read(registry) for one in read_manifest(BUNDLED) if one.phrase)
    fitting = (
        to_mono(clip.samples)
        for clip in clips
        if clip.sample_rate == _RATE and clip.duration_s <= _LONGEST_S
    )
    return list(islice(fitting, _UTTERANCES))


def throughputs(
    engine: Engine, registry: ComponentRegistry, callers: int, rounds: int
) -> Mapping[str, Spread]:
    """Return seconds of audio recognised per second, by where the recogniser runs.

    Each worker takes one utterance at a time, this process one or as many as there are callers.
    """
    audio = utterances(registry)
    with ExitStack() as stack:
        single = replace(engine, max_concurrency=1)
        plain = stack.enter_context(here(replace(engine, max_concurrency=callers), registry))
        one, _ = stack.enter_context(in_workers(single, registry))
        several, _ = stack.enter_context(in_workers(single, registry, callers))
        places: dict[str, tuple[Any, int]] = {
            "here, one at a time": (plain, 1),
            f"here, {callers} threads": (plain, callers),
            "1 worker": (one, 1),
            f"{callers} workers": (several, callers),
        }
        probes = {
            name: partial(_per_second, asr, audio, at_once)
            for name, (asr, at_once) in places.items()
        }
        return interleaved(rounds, probes)


def _per_second(asr: Asr[Any], audio: Sequence[Samples], callers: int) -> float:
    places = threading.Semaphore(asr.capabilities.max_concurrency)

    def recognise(samples: Samples) -> None:
        with places:
            _recognise(asr, samples)

    n_passes, passed_s, began = 0, 0.0, time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        while passed_s < _AT_LEAST_S:
            list(pool.map(recognise, audio))
            n_passes, passed_s = n_passes + 1, time.perf_counter() - began
    return n_passes * sum(samples.size for samples in audio) / _RATE / passed_s


def _recognise(asr: Asr[Any], samples: Samples) -> None:
    stream = asr.open_stream(AsrRequest(_RATE))
    try:
        for start in range(0, samples.size, _BLOCK):
            stream.accept(samples[start : start + _BLOCK])
        stream.finish()
    finally:
        stream.close()
