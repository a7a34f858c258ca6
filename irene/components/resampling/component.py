"""The resampling slot: running streams, whole clips, and the cache of converted clips."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Any

from irene.audio.quality import QUALITIES, QualityChoice, Use, adapt
from irene.cache.bounded import BoundedCache, CacheStats
from irene.cache.shared import Found, SharedCache
from irene.components.calls.deadline import LateError
from irene.components.calls.watch import CallWatch
from irene.components.chain.attempts import Attempts
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.resampling.clip_blocks import BLOCK_VALUES, converted_in_blocks
from irene.components.resampling.clip_conversion import ClipConversion, ClipKey
from irene.components.resampling.live_conversion import LiveConversion, LiveCounts
from irene.components.routing.in_time import in_time
from irene.components.routing.lease import UNTIMED, Lease
from irene.components.routing.outcome import Outcome
from irene.components.threads import in_thread
from irene.config.sections import ResamplingSection
from irene.domain.audio import ResampleQuality
from irene.domain.clock import Clock, SystemClock
from irene.errors import ProviderFailedError
from irene.memory.pool import AudioBufferPool, PoolStats
from irene.memory.watermark import Shrinkable
from irene.providers.resampling import Resampler
from irene.telemetry.cpu_load import CpuLoad

_GRANTED = 2.0
"""seconds that a resampler may take per second of a clip before it counts as hung, on top of the
time that any call may take"""

ResamplerChain = ProviderChain[Resampler[Any]]
ResamplerLease = Lease[Candidate[Resampler[Any]]]


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of a clip."""

    data: bytes
    """interleaved little-endian samples in the layout that was asked for"""
    provider: str
    """name of the resampler; empty when none was needed"""
    is_cached: bool
    """whether it had been converted before, or was being converted"""


@dataclass(frozen=True, slots=True)
class LiveStats:
    """What is converted while it comes in."""

    streams: int
    """conversions that were opened so far"""
    open: int
    """those of them that are still used"""
    conversions: int
    """chunks that were converted"""
    served: int
    """chunks that consumers got of it; more where several share a stream"""


@dataclass(frozen=True, slots=True)
class ResamplingStats:
    """Figures of one resampling component, those of live streams and of clips apart."""

    clip: CacheStats
    live: LiveStats
    max_entries: int
    """clips that may be kept"""
    max_bytes: int
    """memory that they may take"""


class ResamplingComponent:
    """Converts for everybody, with the configured resamplers and fall-back; any thread may ask.

    What comes in live is converted by one `LiveConversion` per stream, rate and quality; whole
    clips are kept, and converted once however many ask for one at the same time.
    """

    def __init__(
        self, chain: ResamplerChain, section: ResamplingSection, clock: Clock | None = None
    ) -> None:
        """`clock` times how busy the machine is; None takes the machine's own."""
        self.chain = chain
        """the configured resamplers, best first"""
        max_bytes = int(section.cache_max_mb * 1e6)
        kept: BoundedCache[ClipKey, bytes] = BoundedCache(
            max_bytes, section.cache_size, size_of=len
        )
        self._cache = SharedCache(kept)
        self._scratch = AudioBufferPool()
        self._load = CpuLoad(clock or SystemClock())
        self._turn = threading.Lock()
        self._proven: set[Resampler[Any]] = set()
        self._lock = threading.Lock()
        self._live: set[LiveCounts] = set()
        self._n_streams = 0
        self._ended: deque[LiveCounts] = deque()
        self._past = 0, 0

    def choose(
        self, quality: str, source_rate: int, target_rate: int, use: Use = "clip"
    ) -> QualityChoice:
        """Return the quality that a name of the configuration stands for, and why.

        Raises:
            KeyError: there is no such name.
        """
        if quality == "adaptive":
            return adapt(source_rate, target_rate, use, self._load.share())
        return QualityChoice(QUALITIES[quality], "as asked for")

    def open_stream(
        self,
        source_rate: int,
        target_rate: int,
        quality: ResampleQuality,
        watch: CallWatch | None = None,
    ) -> LiveConversion:
        """Start converting a mono stream; rates in Hz.

        `watch` sees the calls of the thread that converts, if somebody looks at them.

        Raises:
            ProviderUnavailableError: no resampler can be loaded.
            ProviderFailedError: none of them can convert between these rates.
        """
        self._settle()
        stream = LiveConversion(self.chain, source_rate, target_rate, quality, watch)
        with self._lock:
            self._n_streams += 1
            self._live.add(stream.counts)
        # Only an append, as it may run in the middle of anything, this method included.
        weakref.finalize(stream, self._ended.append, stream.counts).atexit = False
        return stream

    def convert(self, clip: ClipConversion, parallel: bool = True) -> Converted:
        """Convert a clip, unless that is known already; blocks.

        Without `parallel`, long clips wait for each other and take one core together.

        Raises:
            AudioFormatError: the clip holds a sample that is no number.
            ProviderUnavailableError: no resampler can be loaded.
            ProviderFailedError: every resampler has failed.
        """
        if clip.keeps_rate:
            return Converted(clip.without_resampler(), "", False)
        attempts = Attempts(self.chain)
        while True:
            lease = attempts.lease()
            provider = lease.candidate.provider
            make = partial(self._make, clip, lease, parallel)
            try:
                found = self._cache.get(clip.key(provider), make)
            except ProviderFailedError as error:
                attempts.spoiled(lease, error)
            except BaseException:
                lease.end(Outcome.CANCELLED)
                raise
            else:
                return _converted(found, lease)

    async def convert_async(self, clip: ClipConversion, parallel: bool = True) -> Converted:
        """Convert a clip, unless that is known already: a long one off the loop.

        Without `parallel`, long clips wait for each other and take one core together.

        Raises:
            AudioFormatError: the clip holds a sample that is no number.
            ProviderUnavailableError: no resampler can be loaded.
            ProviderFailedError: every resampler has failed.
        """
        if clip.keeps_rate:
            return Converted(clip.without_resampler(), "", False)
        elsewhere = None if clip.is_short else partial(in_thread, "resampling")
        attempts = Attempts(self.chain)
        while True:
            lease = await attempts.lease_async("resampling")
            provider = lease.candidate.provider
            make = partial(self._make, clip, lease, parallel, elsewhere is None)
            key = partial(clip.key, provider)
            try:
                found: Found[bytes] = await self._cache.get_async(
                    await in_thread("digest", key) if clip.is_long else key(), make, elsewhere
                )
            except ProviderFailedError as error:
                attempts.spoiled(lease, error)
            except BaseException:
                lease.end(Outcome.CANCELLED)
                raise
            else:
                return _converted(found, lease)

    def renew(self, chain: ResamplerChain) -> None:
        """Convert with other resamplers from now on; streams that are open keep theirs."""
        self._settle()
        self._proven.clear()
        self.chain = chain

    def set_limits(self, max_entries: int, max_bytes: int) -> None:
        """Change what may be kept, at once; 0 keeps nothing."""
        self._cache.kept.resize(max_bytes, max_entries)

    def clear(self) -> None:
        """Forget every converted clip; the counters go on."""
        self._cache.kept.clear()

    def stats(self) -> ResamplingStats:
        """Return a snapshot of all figures."""
        kept = self._cache.kept
        return ResamplingStats(
            self._cache.stats(), self._live_stats(), kept.max_entries or 0, kept.max_bytes
        )

    def scratch_stats(self) -> PoolStats:
        """Return how well the memory that clips are converted in is used again."""
        return self._scratch.get_stats()

    @property
    def caches(self) -> tuple[Shrinkable, ...]:
        """What can do without its memory when that gets scarce."""
        return self._cache.kept, self._scratch

    def close(self) -> None:
        """Free the resamplers and what was kept."""
        self.chain.close()
        self.clear()
        self._scratch.clear()

    def _make(
        self, clip: ClipConversion, lease: ResamplerLease, parallel: bool, is_loop: bool = False
    ) -> bytes:
        if parallel or clip.is_short:  # a short one never waits, as it may run on the loop
            return self._made(clip, lease, parallel, is_loop)
        with self._turn:
            return self._made(clip, lease, parallel, is_loop)

    def _made(
        self, clip: ClipConversion, lease: ResamplerLease, parallel: bool, is_loop: bool
    ) -> bytes:
        try:
            return self._in_time(clip, lease, parallel, is_loop)
        except LateError as error:
            self._proven.discard(lease.candidate.provider)
            self.chain.late(lease, error)
            raise
        except ProviderFailedError as error:
            self.chain.give_up(lease, error)  # by whoever did the work, so only once
            raise

    def _in_time(
        self, clip: ClipConversion, lease: ResamplerLease, parallel: bool, is_loop: bool
    ) -> bytes:
        """Convert on a thread that is left when the resampler hangs.

        On an event loop, where another thread costs as much as a fifth of a short clip, only until
        the resampler has converted one.
        """
        resampler = lease.candidate.provider
        if is_loop and resampler in self._proven:
            return in_time(lease, partial(self._converted, clip, resampler, parallel), "convert")
        done: list[bytes] = []
        in_blocks = clip.is_long and not (parallel and clip.channels > 1)
        seconds = BLOCK_VALUES / clip.source.sample_rate if in_blocks else clip.seconds
        limit = self.chain.sharing.limit(_GRANTED * seconds)
        work = partial(self._converted, clip, resampler, parallel, done)
        converted = in_time(lease, work, "convert", limit, done.__len__)
        self._proven.add(resampler)
        return converted

    def _converted(
        self,
        clip: ClipConversion,
        resampler: Resampler[Any],
        parallel: bool,
        done: list[bytes] | None = None,
    ) -> bytes:
        """Convert in lent memory: fresh pages would cost as much as the digest.

        Of a long clip, what is done so far is put into `done`.
        """
        if clip.is_long and not (parallel and clip.channels > 1):
            return converted_in_blocks(clip, resampler, self._scratch, done)
        if clip.source.format == "float32":  # is worked on where it lies
            return clip.by(resampler, parallel)
        with self._scratch.acquire(clip.n_values) as lent:
            return clip.by(resampler, parallel, lent.data)

    def _live_stats(self) -> LiveStats:
        self._settle()
        with self._lock:
            live = tuple(self._live)
            return LiveStats(
                streams=self._n_streams,
                open=len(self._live),
                conversions=self._past[0] + sum(one.conversions for one in live),
                served=self._past[1] + sum(one.conversions * one.consumers for one in live),
            )

    def _settle(self) -> None:
        """Add up the streams that nobody holds any more, and give back the places they had."""
        ended: list[LiveCounts] = []
        with self._lock:
            while self._ended:
                counts = self._ended.popleft()
                ended.append(counts)
                self._live.discard(counts)
                conversions, served = self._past
                self._past = (
                    conversions + counts.conversions,
                    served + counts.conversions * counts.consumers,
                )
        for lease in (one.lease for one in ended):
            if lease is not None and not lease.is_late:  # else a thread is in it still
                lease.end(Outcome.TORN_DOWN, UNTIMED)


def _converted(found: Found[bytes], lease: ResamplerLease) -> Converted:
    """End the lease of a conversion; of one that was known, nothing was asked of the resampler."""
    lease.end(Outcome.CANCELLED if found.is_hit else Outcome.SUCCESS)
    return Converted(found.value, lease.name, found.is_hit)
