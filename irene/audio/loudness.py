"""Changing how loud samples are without a click: soft edges, and a volume that may be turned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from irene.domain.audio import Samples

EDGE_S = 0.003
"""length of a soft edge: too short to be heard as one, long enough that nothing clicks"""
RAMP_S = 0.02
"""time that a change of volume takes"""


def softened(blocks: Iterable[Samples], sample_rate: int) -> Iterator[Samples]:
    """Yield the same number of int16 mono samples, rising from silence and falling back to it.

    Only the last 3 ms are held back, so nothing waits. A source that raises ends softly, too.
    """
    edge = _ramp(max(1, round(EDGE_S * sample_rate)))
    held = np.zeros(0, np.int16)
    n_risen = 0
    try:
        for block in blocks:
            held = np.concatenate((held, _risen(block, edge[n_risen:])))
            n_risen += block.shape[0]
            ready, held = held[: -edge.size], held[-edge.size :]
            if ready.size:
                yield ready
    except GeneratorExit:
        raise
    except BaseException:
        if held.size:
            yield _scaled(held, edge[: held.size][::-1])
        raise
    if held.size:
        yield _scaled(held, edge[: held.size][::-1])


class Volume:
    """Turns samples up and down; a change is a ramp of 20 ms, whatever the blocks."""

    def __init__(self, wanted: Callable[[], float], sample_rate: int) -> None:
        """`wanted` gives the volume, 0 to 1, whenever a block comes."""
        self._wanted = wanted
        self._now = _share(wanted())
        self._step = 1 / max(1.0, RAMP_S * sample_rate)

    def apply(self, samples: Samples) -> Samples:
        """Return int16 samples, shape (n,), at the volume wanted now; full volume changes none."""
        wanted = _share(self._wanted())
        if wanted == self._now:
            return samples if wanted == 1 else _scaled(samples, wanted)
        steps = np.arange(1, samples.shape[0] + 1) * self._step
        gains = self._now + np.clip(wanted - self._now, -steps, steps)
        if samples.shape[0]:
            self._now = float(gains[-1])
        return _scaled(samples, gains)


def _share(volume: float) -> float:
    return min(max(volume, 0.0), 1.0)


def _ramp(n_samples: int) -> Samples:
    """Return the gains of a soft edge: half a period of a cosine, from 0 to 1."""
    ramp: Samples = 0.5 - 0.5 * np.cos(np.pi * np.arange(n_samples) / n_samples)
    return ramp


def _risen(block: Samples, edge: Samples) -> Samples:
    """Return a block that begins with what is left of the edge."""
    if not edge.size:
        return block
    gains = edge[: block.shape[0]]
    return np.concatenate((_scaled(block[: gains.size], gains), block[gains.size :]))


def _scaled(samples: Samples, gain: float | Samples) -> Samples:
    return np.rint(samples * gain).astype(np.int16)
