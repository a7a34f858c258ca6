"""One process that hears many streams in real time, and what became of it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil

from irene.components.assembly import Assembly
from irene.components.voice_trigger.wake_hub.hub import WakeWordHub
from irene.components.voice_trigger.wake_hub.stream import HubStream
from irene.config.loading import load_config
from irene.domain.events import Event, Overloaded, StreamWakeWordDetected
from irene.plugin.registry import ComponentRegistry
from irene.studies.many_streams.scenes import BLOCK, RATE, Scene, make_scenes, open_share

_SETTLING_S = 4.0
"""beginning of a run that does not count: gates settle, caches fill"""
_MOST_SETTLING_S = 30.0
"""longest beginning: streams that were set aside when all began at once are waited for"""
_UNPACED_S = 2.4
"""beginning of that which is not in real time: when a stream begins, its gate is open"""
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


@dataclass(frozen=True)
class Work:
    """What streams took of a processor that were not paced."""

    n_streams: int
    audio_s: float
    """audio of all streams together"""
    cpu_s: float
    """processor time of all threads, the handing over included"""
    n_windows: int
    """windows that engines heard"""
    n_expected: int
    """wake words that the same engine hears when it hears everything"""
    n_heard: int
    """those of them that the hub heard"""

    @property
    def share(self) -> float:
        """Part of a processor that one stream takes in real time."""
        return self.cpu_s / self.audio_s


def work_through(load: Load) -> Work:
    """Hear many streams as fast as it goes, for so much audio of each.

    Processor time says how many streams a machine has time for whatever else it does meanwhile;
    it says nothing about delays. To be run in a fresh process.

    Raises:
        IreneError: provider or recordings cannot be used.
    """
    return _Trial(load).work_through()


def try_streams(load: Load) -> Outcome:
    """Hear many streams for some seconds; to be run in a fresh process.

    Raises:
        IreneError: provider or recordings cannot be used.
    """
    return _Trial(load).run()


class _Supply(NamedTuple):
    """A stream and where its audio comes from."""

    stream: HubStream
    scene: Scene
    offset: int
    """block of the scene that it begins with"""


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
        self.hub.warm_up(max(8, load.n_streams // 4))
        self._feeder_cpu_s = 0.0
        self._late_s = 0.0
        self._settled_s = _SETTLING_S

    def run(self) -> Outcome:
        process = psutil.Process()
        load = self._load
        before = process.memory_info().rss
        streams = self._opened()
        n_unpaced = round(_UNPACED_S / _BLOCK_S)
        self._work_through(streams, 0, n_unpaced)
        self.hub.start()
        n_settling = self._settle(streams, n_unpaced)
        settled, n_settled = self.hub.stats(forget=True), self._n_overloads
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
            skipped_s=stats.skipped_s - settled.skipped_s,
            lost_s=stats.lost_s - settled.lost_s,
            n_overloads=self._n_overloads - n_settled,
            kb_per_stream=memory / 1000 / load.n_streams,
            open_share=self._open_share,
            feeder_late_s=self._late_s,
        )

    def work_through(self) -> Work:
        """Hear every stream as fast as it goes."""
        load, streams = self._load, self._opened()
        first, last = (round(seconds / _BLOCK_S) for seconds in (_SETTLING_S, load.seconds))
        last += first
        self._work_through(streams, 0, first)
        self.hub.stats(forget=True)
        began_s = time.process_time()
        self._work_through(streams, first, last)
        cpu_s = time.process_time() - began_s
        n_windows = self.hub.stats().n_windows
        self.hub.close()
        audio_s = load.n_streams * (last - first) * _BLOCK_S
        n_expected, n_heard, _ = self._words(last)
        return Work(load.n_streams, audio_s, cpu_s, n_windows, n_expected, n_heard)

    def _opened(self) -> list[HubStream]:
        return [self.hub.open(str(number)) for number in range(self._load.n_streams)]

    def _work_through(self, streams: Sequence[HubStream], first: int, last: int) -> None:
        """Have the blocks `first` to `last - 1` of every stream heard at once, on this thread."""
        supplies = [self._supply(stream) for stream in streams]
        for number in range(first, last):
            self._hand_over(supplies, number, None)
            self.hub.work()

    def _settle(self, streams: Sequence[HubStream], first: int) -> int:
        """Feed until gates have settled and every stream is heard; return the next block."""
        last = round(_SETTLING_S / _BLOCK_S)
        self._feed(streams, first, last)
        while self.hub.stats().n_set_aside and last * _BLOCK_S < _MOST_SETTLING_S:
            first, last = last, last + round(1 / _BLOCK_S)
            self._feed(streams, first, last)
        self._settled_s = last * _BLOCK_S
        return last

    def _take(self, event: Event) -> None:
        if isinstance(event, StreamWakeWordDetected):
            self._found[event.stream].append((event.time_s, event.wake_word))
        elif isinstance(event, Overloaded):
            self._n_overloads += 1

    def _scene(self, number: int) -> tuple[Scene, int]:
        """Return what a stream repeats, and the block that it begins with."""
        scene = self._scenes[number % len(self._scenes)]
        return scene, (number * 7919 + self._load.seed) % len(scene.blocks)

    def _supply(self, stream: HubStream) -> _Supply:
        return _Supply(stream, *self._scene(int(stream.name)))

    @staticmethod
    def _hand_over(supplies: Sequence[_Supply], number: int, due_s: float | None) -> None:
        for stream, scene, offset in supplies:
            stream.feed(scene.blocks[(offset + number) % len(scene.blocks)], due_s)

    def _feed(self, streams: Sequence[HubStream], first: int, last: int) -> None:
        """Hand over the blocks `first` to `last - 1` of every stream, each when it is due."""
        groups = [[self._supply(one) for one in streams[slot::_SLOTS]] for slot in range(_SLOTS)]
        cpu_s, began = time.thread_time(), time.perf_counter()
        for step in range((last - first) * _SLOTS):
            due_s = began + (step + 1) * _BLOCK_S / _SLOTS
            wait_s = due_s - time.perf_counter()
            if wait_s > 0:
                time.sleep(wait_s)
            else:
                self._late_s = max(self._late_s, -wait_s)
            self._hand_over(groups[step % _SLOTS], first + step // _SLOTS, due_s)
        self._feeder_cpu_s += time.thread_time() - cpu_s

    def _words(self, n_blocks: int) -> tuple[int, int, int]:
        """Return how many words were to be heard, were heard, and how many were heard beside."""
        n_expected = n_heard = n_others = 0
        last_s = n_blocks * _BLOCK_S
        for number in range(self._load.n_streams):
            scene, offset = self._scene(number)
            wanted = [
                (time_s - offset * _BLOCK_S + turn * scene.seconds, word)
                for time_s, word in scene.words
                for turn in range(2 + int(last_s / scene.seconds))
            ]
            found = self._found[str(number)]
            n_others += sum(not any(_is_same(one, other) for other in wanted) for one in found)
            for one in wanted:
                if self._settled_s + _DECISION_S < one[0] < last_s - _DECISION_S:
                    n_expected += 1
                    n_heard += any(_is_same(one, other) for other in found)
        return n_expected, n_heard, n_others


def _is_same(one: tuple[float, str], other: tuple[float, str]) -> bool:
    """Return whether two decisions are about the same wake word."""
    return one[1] == other[1] and abs(one[0] - other[0]) < _DECISION_S


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
