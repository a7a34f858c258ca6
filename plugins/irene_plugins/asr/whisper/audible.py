"""Whether anything can be heard at all."""

from __future__ import annotations

import numpy as np

from irene import Samples
from irene_plugins.asr.whisper.passages import RATE

_FRAME = RATE // 50
_INAUDIBLE = 10.0**-7.5
"""-75 dB of full scale: beneath the noise of a sound card"""


def is_audible(samples: Samples) -> bool:
    """Whether there is any frame of 20 ms above the noise of a sound card in float32 samples."""
    n_frames = len(samples) // _FRAME
    if not n_frames:
        return bool(np.any(samples))
    frames = samples[: n_frames * _FRAME].reshape(n_frames, _FRAME)
    return bool(np.einsum("ij,ij->i", frames, frames).max() / _FRAME > _INAUDIBLE)
