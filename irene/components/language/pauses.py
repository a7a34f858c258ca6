"""Where speech pauses in a stretch of audio: places at which the language may change."""

from __future__ import annotations

import numpy as np

from irene.domain.audio import Samples

_FRAME_S = 0.02
_SHORTEST_S = 0.08
"""shortest pause; between words of one sentence there are few that are longer"""
_SPEECH_PERCENTILE = 90.0
"""level of speech: nine of ten frames are not louder"""
_DEPTH = 10 ** (-18 / 10)
"""power below which a frame is a pause, against that of speech: 18 dB down"""


def pauses_of(samples: Samples, sample_rate: int) -> list[float]:
    """Return the middles of the pauses, seconds, ascending.

    Args:
        samples: mono, shape (n,), int16 or float32.
        sample_rate: Hz.
    """
    length = round(_FRAME_S * sample_rate)
    n_frames = samples.shape[0] // length
    if not n_frames:
        return []
    frames = samples[: n_frames * length].reshape(n_frames, length).astype(np.float64)
    power = np.square(frames - frames.mean(axis=1, keepdims=True)).mean(axis=1)
    is_quiet = power <= np.percentile(power, _SPEECH_PERCENTILE) * _DEPTH
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_quiet, [False]]).astype(np.int8)))
    return [
        float(start + end) / 2 * _FRAME_S
        for start, end in edges.reshape(-1, 2)
        if (end - start) * _FRAME_S >= _SHORTEST_S - 1e-9
    ]
