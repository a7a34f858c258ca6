"""Memory that is used again and answers that are kept: traces and answers as an assistant has."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from irene.audio.history import History
from irene.audio.ring_buffer import RingBuffer
from irene.audio.windows import WindowReader
from irene.cache.encoder import EncoderCache
from irene.components.assembly import Assembly
from irene.components.resampling.clip_conversion import ClipConversion
from irene.config.loading import load_config
from irene.domain.audio import AudioData, ResampleQuality
from irene.errors import ProviderUnavailableError
from irene.memory.arena.spaces import AllocationStrategy
from irene.performance.benchmark.probe import Probe
from irene.performance.benchmark.rounds import in_turns
from irene.performance.measuring.spread import Spread
from irene.performance.speech.demo_question import demo_question
from irene.performance.speech.recordings import BUNDLED
from irene.plugin.registry import ComponentRegistry
from irene.studies.arena.replay import replay
from irene.studies.arena.trace import Step, peak_bytes, read_trace
from irene.studies.memory.kept_answers import spared
from irene.studies.targets.finding import Finding, Nature
from irene.studies.targets.target import Effort, Found

_TRACE = BUNDLED / "traces" / "speaking.txt"
_ROOM = 1.25
"""size of the arena, of what is taken at the same time at most"""
_THRESHOLD = 0.2
"""share of free memory that may lie scattered: that of the document that set the goal"""
_LENGTHS_S = (1.2, 1.5, 2.0, 2.4, 3.0)
_RATES = (8000, 22_050, 44_100, 48_000)
"""Hz that clips are converted to"""
_TURNS = 10
"""each begins a little later in the recording, so that no clip is known"""


def arena(effort: Effort) -> Found:
    """A recorded trace of sentences spoken and recordings converted, played again."""
    steps = _steps()
    size = round(peak_bytes(steps) * _ROOM)
    best = AllocationStrategy.BEST_FIT
    played = [replay(steps, size, best, True, _THRESHOLD) for _ in range(effort.rounds)]
    lazy = replay(steps, size, best, True)
    return {
        "arena-allocation": Finding(Spread(tuple(one.step_us / 1000 for one in played))),
        "arena-fragmentation": Finding.exact(
            100 * played[0].fragmentation,
            f"blocks are pushed together above {_THRESHOLD:.0%}; "
            f"{lazy.fragmentation:.0%} where only a request without room does that",
        ),
    }


def pool(effort: Effort) -> Found:
    """Clips of many lengths are converted between many rates: what the pool lends for that."""
    registry = ComponentRegistry.installed()
    resampling = Assembly(load_config({}, registry=registry, environ={}), registry).resampling
    question = demo_question(0.0)
    for turn in range(_TURNS):
        for n_seconds in _LENGTHS_S:
            clip = AudioData.from_chunk(question.between(turn / _TURNS, n_seconds))
            for rate in _RATES:
                resampling.convert(ClipConversion.of(clip, rate, ResampleQuality.HQ, 1))
    stats = resampling.scratch_stats()
    percent = Finding.exact(100 * stats.reuse_rate, f"of {stats.acquired}")
    return {"pool-reuse": percent, "application-reuse": percent}


def answers(effort: Effort) -> Found:
    """A sentence that is spoken, and a recording that is recognised, for the second time."""
    made = {name: 100 * (1 - kept / new) for name, new, kept in spared(effort.rounds)}
    worst = min(made, key=lambda name: made[name])
    return {"kept-answer": Finding(Spread((made[worst],)), Nature.RATIO, note=f"least: {worst}")}


def lookups(effort: Effort) -> Found:
    """Finding what an encoder made of a window of 2 s: the digest of all of it, and the look."""
    cache: EncoderCache[npt.NDArray[np.float32]] = EncoderCache()
    window = np.random.default_rng(0).standard_normal(32_000).astype(np.float32)
    cache.put(np.zeros(512, np.float32), window)
    probe = Probe.of("a look", lambda: cache.get(window))
    found = in_turns([probe], effort.pace)[probe.name]
    return {"encoder-lookup": Finding(Spread(tuple(1e3 * one for one in found.seconds.values)))}


def hand_overs(effort: Effort) -> Found:
    """Whether what is handed on within the audio path is the same memory, or a copy of it."""
    shared = {
        "clip to chunk": _clip_is_shared(),
        "history to window": _window_is_shared(),
        "ring to reader": _ring_is_shared(),
    }
    copied = ", ".join(name for name, is_shared in shared.items() if not is_shared)
    return {"zero-copy": Finding.exact(sum(not one for one in shared.values()), copied)}


def _clip_is_shared() -> bool:
    clip = AudioData(bytes(640), 0.0, 16000)
    return np.shares_memory(clip.to_chunk().samples, np.frombuffer(clip.data, np.uint8))


def _window_is_shared() -> bool:
    history = History(1600)
    history.append(np.ones(1600, np.int16))
    window = WindowReader(history).read(0, 512, "int16")
    return np.shares_memory(window, history.view(0, 1600))


def _ring_is_shared() -> bool:
    ring = RingBuffer(1600, overflow="refuse")
    ring.append(np.ones(1600, np.int16))
    first, _ = ring.views(320)
    again, _ = ring.views(320)
    return np.shares_memory(first, again)


def _steps() -> list[Step]:
    """Return the recorded trace.

    Raises:
        ProviderUnavailableError: it is not here.
    """
    if not _TRACE.is_file():
        raise ProviderUnavailableError(
            "the recorded trace comes with the repository, not with an installed package"
        )
    return read_trace(_TRACE)
