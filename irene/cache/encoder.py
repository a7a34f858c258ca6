"""What an encoder made of a window of audio, kept for whoever needs the identical window again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_128

from irene.cache.bounded import BoundedCache
from irene.cache.shared import SharedCache

V = TypeVar("V")

Window = npt.NDArray[Any]

_MAX_BYTES = 128 * 10**6


@dataclass(frozen=True, slots=True)
class Asked:
    """Look-ups of one sort of audio."""

    hits: int = 0
    """encoder passes that were saved"""
    misses: int = 0
    """encoder passes that had to be made"""

    @property
    def hit_rate(self) -> float:
        """Share of the passes that was saved, 0 to 1; 0 before the first look-up."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0

    def plus(self, is_hit: bool) -> Asked:
        """Return the counts after one more look-up."""
        return Asked(self.hits + is_hit, self.misses + (not is_hit))


@dataclass(frozen=True, slots=True)
class EncoderCacheStats:
    """How well an encoder cache serves."""

    live: Asked
    """audio that is spoken now: a sliding window is never the same twice"""
    repeated: Asked
    """recordings, which may come again"""
    entries: int
    bytes: int

    @property
    def hits(self) -> int:
        """Encoder passes that were saved."""
        return self.live.hits + self.repeated.hits

    @property
    def misses(self) -> int:
        """Encoder passes that had to be made."""
        return self.live.misses + self.repeated.misses

    @property
    def hit_rate(self) -> float:
        """Share of all passes that was saved, 0 to 1."""
        return Asked(self.hits, self.misses).hit_rate


class EncoderCache(Generic[V]):
    """Least-recently-used cache of encoder outputs; any thread may call any method.

    A key is made of everything that decides the output: the digest of the model, the configuration
    and device it runs with, and the whole content of the window (XXH3-128: for audio, which nobody
    forges; a prefix is never taken for the whole). Frames that overlapping windows share are *not*
    shared: a transformer's encoder attends to all of its window, so they differ.

    Values are handed to everybody who asks: arrays of numpy are made read-only, and whoever puts in
    anything else promises that nobody writes into it.

    `hash_precision` rounds samples to so many decimal places before they are compared: windows that
    differ by less are then taken for the same, and the second is given the first one's output. That
    is an approximation which nothing bounds. Without it no two different windows are mixed up.
    """

    def __init__(
        self,
        max_size: int = 50,
        device: str = "cpu",
        hash_precision: int | None = None,
        *,
        max_bytes: int = _MAX_BYTES,
    ) -> None:
        """Keep at most `max_size` outputs in at most `max_bytes` bytes; 0 of either keeps none.

        `device` is where outputs lie; those of one device are none of another's.
        """
        self.device = device
        self.hash_precision = hash_precision
        kept: BoundedCache[str, V] = BoundedCache(max_bytes, max_size, size_of=n_bytes_of)
        self._shared: SharedCache[str, V] = SharedCache(kept)
        self._lock = threading.Lock()
        self._live = self._repeated = Asked()

    def precompute_hash(
        self, audio: Window, model: str = "", configuration: Hashable = None
    ) -> str:
        """Return the key of a window: 32 hexadecimal digits.

        Args:
            audio: samples of any shape and type.
            model: digest of the model.
            configuration: what else decides the output, such as compute type and padding; equal
                configurations have the same `repr`.
        """
        heard = np.ascontiguousarray(audio)
        if self.hash_precision is not None and heard.dtype.kind == "f":
            heard = np.round(heard, self.hash_precision) + 0.0  # -0.0 is no other silence
        digest = xxh3_128(
            repr((model, configuration, self.device, heard.dtype.str, heard.shape)).encode()
        )
        digest.update(heard.data if heard.size else b"")
        return digest.hexdigest()

    def get(
        self, audio: Window | None = None, *, audio_hash: str | None = None, live: bool = False
    ) -> V | None:
        """Return the output for a window, or for a key of `precompute_hash`; None: it is not there.

        `live` says among which audio it counts in `stats`.
        """
        found: V | None = self._shared.kept.get(self._key(audio, audio_hash))
        self._count(found is not None, live)
        return found

    def put(
        self, encoding: V, audio: Window | None = None, *, audio_hash: str | None = None
    ) -> None:
        """Keep the output for a window, or for a key of `precompute_hash`."""
        value = read_only(encoding)
        self._shared.kept.put(self._key(audio, audio_hash), value, n_bytes_of(value))

    def encoded(self, audio_hash: str, encode: Callable[[], V], *, live: bool = False) -> V:
        """Return the output for a key, made by `encode` if it is not there; blocks.

        However many ask at the same time, one of them encodes.

        Raises:
            BaseException: whatever `encode` raises, here and for everybody who waits.
        """
        found = self._shared.get(audio_hash, lambda: read_only(encode()))
        self._count(found.is_hit, live)
        return found.value

    def resize(self, max_size: int, max_bytes: int) -> None:
        """Set new limits; the oldest outputs beyond them are dropped now."""
        self._shared.kept.resize(max_bytes, max_size)

    def clear(self) -> None:
        """Keep nothing of what is there; the counters go on."""
        self._shared.kept.clear()

    def shrink(self, share: float) -> None:
        """Keep no more than a share (0 to 1) of the bytes, and drop the oldest outputs beyond."""
        self._shared.kept.shrink(share)

    def restore(self) -> None:
        """Keep as many bytes as the limit allows again."""
        self._shared.kept.restore()

    def stats(self) -> EncoderCacheStats:
        """Return a snapshot of the counters."""
        kept = self._shared.kept.stats()
        with self._lock:
            return EncoderCacheStats(self._live, self._repeated, kept.entries, kept.bytes)

    def _count(self, is_hit: bool, live: bool) -> None:
        with self._lock:
            if live:
                self._live = self._live.plus(is_hit)
            else:
                self._repeated = self._repeated.plus(is_hit)

    def _key(self, audio: Window | None, audio_hash: str | None) -> str:
        if audio_hash is not None:
            return audio_hash
        if audio is None:
            raise TypeError("give a window of audio, or the key that precompute_hash returned")
        return self.precompute_hash(audio)


def read_only(value: V) -> V:
    """Return a value that nobody can change, if it is an array of numpy; else the value itself."""
    if not isinstance(value, np.ndarray):
        return value
    kept: Any = value if value.base is None else value.copy()
    kept.flags.writeable = False
    return kept  # type: ignore[no-any-return] # an array, as `value` is


def n_bytes_of(value: object) -> int:
    """Return the size of an array of numpy, or of anything else that says its own `nbytes`."""
    return int(getattr(value, "nbytes", 0))
