"""Channels: several to one, one to several."""

from __future__ import annotations

import numpy as np

from irene.domain.audio import Samples


def channels_of(samples: Samples) -> int:
    """Return the number of channels of samples of shape (n,) or (n, channels)."""
    return 1 if samples.ndim == 1 else int(samples.shape[1])


def can_mix(channels: int, wanted: int) -> bool:
    """Return whether it is clear what becomes of so many channels: to mono, from mono, or as is."""
    return wanted >= 1 and (channels == wanted or 1 in (channels, wanted))


def mixed(samples: Samples, wanted: int, out: Samples | None = None) -> Samples:
    """Return float32 samples with as many channels as wanted; see `can_mix`.

    Mono is the mean of all channels, so that nothing clips, in `out` where given; mono becomes
    several by repetition. Samples that have that many already are passed through uncopied.
    """
    channels = channels_of(samples)
    if channels == wanted:
        return samples if wanted > 1 else samples.reshape(-1)
    if wanted > 1:
        return np.repeat(samples.reshape(-1, 1), wanted, axis=1)
    total = np.add(
        samples[:, 0], samples[:, 1], out=out
    )  # column by column: numpy's mean takes ten times as long
    for column in range(2, channels):
        total += samples[:, column]
    total *= np.float32(1 / channels)
    mono: Samples = total
    return mono
