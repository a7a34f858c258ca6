"""Joining two pieces of sound between which something is missing."""

from __future__ import annotations

import numpy as np

from irene.domain.audio import Samples


def crossfade(before: Samples, after: Samples) -> Samples:
    """Return a seam that begins as `before` and ends as `after`; equal shapes and types.

    Equal power: the weights are the cosine and the sine of one angle, so that the loudness of two
    pieces that have nothing to do with each other stays the same throughout, which a linear fade
    would lower by 3 dB in the middle (Udo Zölzer, DAFX: Digital Audio Effects, 2nd ed., 2011).
    Where both pieces agree, the sum may reach 1.41 times either; int16 and float32 are clipped to
    full scale.
    """
    angle = (np.arange(before.shape[0]) + 0.5) * (np.pi / 2 / max(1, before.shape[0]))
    shape = (-1,) + (1,) * (before.ndim - 1)
    fade_out = np.cos(angle).astype(np.float32).reshape(shape)
    fade_in = np.sin(angle).astype(np.float32).reshape(shape)
    mixed = before * fade_out + after * fade_in
    if before.dtype == np.int16:
        mixed = np.rint(mixed).clip(-32768, 32767)
    else:
        mixed = mixed.clip(-1.0, 1.0)
    seam: Samples = mixed.astype(before.dtype)
    return seam
