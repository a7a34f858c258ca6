"""What an engine is given to hear when it is asked whether it works."""

from __future__ import annotations

import numpy as np

from irene.audio.samples import as_type
from irene.domain.audio import Samples, SampleType

NOISE_S = 0.5
"""length of the noise, seconds: short, and more than any engine needs to begin to work"""
_LEVEL = 300.0
"""standard deviation, in int16: a quiet room, as some engines do nothing on digital silence"""


def noise(n_samples: int, dtype: SampleType = "int16") -> Samples:
    """Return white noise, mono, shape (n_samples,), always the same."""
    white = np.random.default_rng(0).standard_normal(n_samples) * _LEVEL
    return as_type(white.astype(np.int16), dtype)
