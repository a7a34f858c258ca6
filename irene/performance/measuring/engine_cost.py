"""What one engine costs its process: time to load, CPU per second of audio, memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from irene.components.chain.provider_chain import ProviderChain


@dataclass(frozen=True)
class EngineCost:
    """The costs of one engine in a process that had loaded everything else before."""

    load_s: float
    """wall time to import, load and warm up the engine, seconds"""
    audio_s: float
    """audio that was processed, seconds"""
    cpu_s: float
    """CPU time for it over all threads, the framework's share included, seconds"""
    loaded_mb: float
    """resident memory that loading and warming up added, 10^6 bytes"""
    most_mb: float
    """most resident memory that was added while audio was processed, 10^6 bytes"""

    @property
    def cpu_per_s(self) -> float:
        """CPU seconds per second of audio."""
        return self.cpu_s / self.audio_s if self.audio_s else 0.0


class CostMeter:
    """Measures one engine; make it before the engine is loaded, in a process of its own."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before_mb = self._resident_mb()
        self._load_s = self._audio_s = self._cpu_s = self._loaded_mb = self._most_mb = 0.0

    def load(self, chain: ProviderChain[Any]) -> None:
        """Load and warm up the serving provider.

        Raises:
            ProviderUnavailableError: nothing can be loaded.
        """
        began = time.perf_counter()
        chain.current.provider.warm_up()
        self._load_s = time.perf_counter() - began
        self._loaded_mb = self._most_mb = self._resident_mb() - self._before_mb

    @contextmanager
    def processing(self, audio_s: float) -> Iterator[None]:
        """Count the time that the block takes for `audio_s` seconds of audio."""
        began = time.process_time()
        yield
        self._cpu_s += time.process_time() - began
        self._audio_s += audio_s
        self.note_memory()

    def note_memory(self) -> None:
        """Look how much memory is used now: a stream may take what loading did not."""
        self._most_mb = max(self._most_mb, self._resident_mb() - self._before_mb)

    def cost(self) -> EngineCost:
        """Return what was measured."""
        return EngineCost(self._load_s, self._audio_s, self._cpu_s, self._loaded_mb, self._most_mb)

    def _resident_mb(self) -> float:
        return float(self._process.memory_info().rss) / 1e6
