"""One process that hears many streams in real time, and what became of it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from irene.components.assembly import Assembly
from irene.components.wake_hub.hub import HubStream, WakeWordHub
from irene.config.loading import load_config
from irene.domain.events import Event, Overloaded, StreamWakeWordDetected
from irene.performance.many_streams.scenes import BLOCK, RATE, Scene, make_scenes, open_share
from irene.plugin.registry import ComponentRegistry

_SETTLING_S = 3.0
"""beginning of a run that does not count: gates settle, caches fill"""
_DECISION_S = 1.0
"""around the ungated engine's decision in which the hub's counts as the same"""
_BLOCK_S = BLOCK / RATE
_SLOTS = 16
"""points of time within 80 ms at which streams deliver: satellites are not in step"""


@dataclass(frozen=True)
class Load:
    """What a process is asked to hear."""

    provider: str
    wake_words: tuple[str, ...]
    n_streams: int
    seconds: float
    """audio of every stream that counts"""
    folder: Path
    """labelled recordings"""
    max_delay_s: float = 0.5
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of it."""

    n_streams: int
    seconds: float
    """time that passed, settling excluded"""
    hub_cpu_s: float
    """processor time of the process without its feeder"""
    feeder_cpu_s: float
    """processor time of the thread that stands for the network: pacing and handing over"""
    n_windows: int
    """windows that engines heard"""
    p50_delay_s: float
    p99_delay_s: float
    longest_delay_s: float
    n_expected: int
    """wake words that the same engine hears when it hears everything"""
    n_heard: int
    """those of them that the hub heard"""
    n_others: int
    """wake words that only the hub heard"""
    skipped_s: float
    """audio with sound in it that was not heard because of an overload"""
    lost_s: float
    """audio that was dropped unjudged"""
    n_overloads: int
    """times that the hub said it was overloaded"""
    kb_per_stream: float
    """growth of the process's memory from before the streams were opened, engines included"""
    open_share: float
    """share of all blocks at which the gate is open"""
    feeder_late_s: float
    """how late the feeder itself was at most: the process had no processor"""


def try_streams(load: Load) -> Outcome:
    """Hear many streams for some seconds; to be run in a fresh process.

    Raises:
        IreneError: provider or recordings cannot be used.
    """
    return _Trial(load).run()


class _Trial:
    def __init__(self, load: Load) -> None:
        self._load = load
        registry = ComponentRegistry.installed()
        section = {
            "default_provider": load.provider,
            "fallback_providers": [],
            "wake_words": list(load.wake_words),
        }
        config = load_config({"voice_trigger": section}, registry=registry, environ={})
        slot = Assembly(config, registry).voice_trigger_slot()
        self._scenes = make_scenes(load.folder, slot, registry)
        self._open_share = open_share(self._scenes, slot)
        slot.chain.close()
        self._found: dict[str, list[tuple[float, str]]] = defaultdict(list)
        self._n_overloads = 0
        self.hub = WakeWordHub(config, registry, on_event=self._take, max_delay_s=load.max_delay_s)
        self._feeder_cpu_s = 0.0
        self._late_s = 0.0

    def run(self) -> Outcome:
        process = psutil.Process()
        load, n_settling = self._load, round(_SETTLING_S / _BLOCK_S)
        self.hub.warm_up(max(8, load.n_streams // 4))
        before = process.memory_info().rss
        streams = [self.hub.open(str(number)) for number in range(load.n_streams)]
        self.hub.start()
        self._feed(streams, 0, n_settling)
        self.hub.stats(forget=True)
        cpu_s, began = _cpu_s(process), time.perf_counter()
        self._feeder_cpu_s = self._late_s = 0.0
        n_blocks = round(load.seconds / _BLOCK_S)
        self._feed(streams, n_settling, n_settling + n_blocks)
        passed_s = time.perf_counter() - began
        cpu_s = _cpu_s(process) - cpu_s
        stats = self.hub.stats()
        memory = process.memory_info().rss - before
        self.hub.close()
        expected, heard, others = self._words(n_settling + n_blocks)
        return Outcome(
            n_streams=load.n_streams,
            seconds=passed_s,
            hub_cpu_s=cpu_s - self._feeder_cpu_s,
            feeder_cpu_s=self._feeder_cpu_s,
            n_windows=stats.n_windows,
            p50_delay_s=stats.p50_delay_s,
            p99_delay_s=stats.p99_delay_s,
            longest_delay_s=stats.longest_delay_s,
            n_expected=expected,
            n_heard=heard,
            n_others=others,
            skipped_s=stats.skipped_s,
            lost_s=stats.lost_s,
            n_overloads=self._n_overloads,
            kb_per_stream=memory / 1000 / load.n_streams,
            open_share=self._open_share,
            feeder_late_s=self._late_s,
        )

    def _take(self, event: Event) -> None:
        if isinstance(event, StreamWakeWordDetected):
            self._found[event.stream].append((event.time_s, event.wake_word))
        elif isinstance(event, Overloaded):
            self._n_overloads += 1

    def _scene(self, number: int) -> tuple[Scene, int]:
        """Return what a stream repeats, and the block that it begins with."""
        scene = self._scenes[number % len(self._scenes)]
        return scene, (number * 7919 + self._load.seed) % len(scene.blocks)

    def _feed(self, streams: Sequence[HubStream], first: int, last: int) -> None:
        """Hand over the blocks `first` to `last - 1` of every stream, each when it is due."""
        groups = [
            [(stream.feed, *self._scene(int(stream.name))) for stream in streams[slot::_SLOTS]]
            for slot in range(_SLOTS)
        ]
        cpu_s, began = time.thread_time(), time.perf_counter()
        for step in range((last - first) * _SLOTS):
            due_s = began + (step + 1) * _BLOCK_S / _SLOTS
            wait_s = due_s - time.perf_counter()
            if wait_s > 0:
                time.sleep(wait_s)
            else:
                self._late_s = max(self._late_s, -wait_s)
            number = first + step // _SLOTS
            for feed, scene, offset in groups[step % _SLOTS]:
                feed(scene.blocks[(offset + number) % len(scene.blocks)], due_s)
        self._feeder_cpu_s += time.thread_time() - cpu_s

    def _words(self, n_blocks: int) -> tuple[int, int, int]:
        """Return how many words were to be heard, were heard, and how many were heard beside."""
        n_expected = n_heard = n_all = 0
        last_s = n_blocks * _BLOCK_S
        for number in range(self._load.n_streams):
            scene, offset = self._scene(number)
            found = [one for one in self._found[str(number)] if one[0] > _SETTLING_S]
            n_all += len(found)
            for time_s, word in scene.words:
                at_s = time_s - offset * _BLOCK_S
                while at_s < last_s:
                    if _SETTLING_S + _DECISION_S < at_s < last_s - _DECISION_S:
                        n_expected += 1
                        n_heard += any(
                            abs(one[0] - at_s) < _DECISION_S and one[1] == word for one in found
                        )
                    at_s += scene.seconds
        return n_expected, n_heard, max(0, n_all - n_heard)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
