"""Sample types, channels and levels: the arithmetic that everything else shares."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

from irene.domain.audio import Samples, SampleType

INT16_SCALE = 32768.0
"""float32 full scale in int16 steps"""

INT16, FLOAT32 = np.dtype(np.int16), np.dtype(np.float32)
"""numpy compares with, and converts to, a dtype faster than a scalar type"""
_SCALE = np.array(INT16_SCALE, np.float32)
_TO_REAL = np.array(1.0 / INT16_SCALE, np.float32)
_LOWEST = np.array(-INT16_SCALE, np.float32)
_HIGHEST = np.array(INT16_SCALE - 1, np.float32)
"""arrays without dimension: numpy takes 0.2 us longer to multiply by a scalar, 0.7 us to clip"""
_LOUDEST_ENERGY = np.float32((INT16_SCALE - 1) ** 2)
"""square of the largest int16 sample; numpy compares two of its numbers in half the time"""

SILENCE_DB = -96.0
"""level given for digital silence: one step below the quietest int16 sample"""


def to_float32(samples: Samples) -> npt.NDArray[np.float32]:
    """Return float32 in [-1, 1); int16 is scaled, float32 is passed through uncopied."""
    if samples.dtype == np.float32:
        return cast("npt.NDArray[np.float32]", samples)
    scaled: npt.NDArray[np.float32] = np.multiply(samples, _TO_REAL, dtype=np.float32)
    return scaled


def clipped(samples: Samples) -> Samples:
    """Return samples within full scale; int16 is passed through uncopied, NaN stays.

    For floats from outside: sums of what is far beyond full scale would be infinite.
    """
    return samples if samples.dtype == INT16 else np.clip(samples, -1.0, 1.0)


def to_int16(samples: Samples) -> npt.NDArray[np.int16]:
    """Return int16, rounded to nearest and clipped; int16 is passed through uncopied, NaN is 0."""
    if samples.dtype == INT16:
        return cast("npt.NDArray[np.int16]", samples)
    steps = np.multiply(samples, _SCALE, order="C").reshape(-1)
    return whole_steps(steps, steps).astype(INT16).reshape(samples.shape)


def write_float32(samples: npt.NDArray[np.int16], target: npt.NDArray[np.float32]) -> None:
    """Do what `to_float32` does to int16 samples without allocating; both have shape (n,)."""
    target[...] = samples  # numpy converts and scales in two passes faster than in one
    np.multiply(target, _TO_REAL, target)


def to_steps(samples: Samples) -> npt.NDArray[np.float32]:
    """Return float32 in steps of int16: full scale is 32768."""
    if samples.dtype == INT16:
        return samples.astype(FLOAT32)
    scaled: npt.NDArray[np.float32] = samples * np.float32(INT16_SCALE)
    return scaled


def whole_steps(
    steps: npt.NDArray[np.float32], out: npt.NDArray[np.float32] | None = None
) -> npt.NDArray[np.float32]:
    """Return float32 in steps of int16 as int16 can hold it: rounded to nearest and clipped.

    Args:
        steps: full scale is 32768, shape (n,); NaN becomes 0.
        out: where the result goes, shape (n,); may be `steps`; new memory unless given.
    """
    whole: npt.NDArray[np.float32] = np.rint(steps, out)
    # What has less energy than one sample of full scale holds none that has to be clipped, and the
    # sum of squares costs a third of the comparison.
    energy = whole.dot(whole)
    if not energy < _LOUDEST_ENERGY:
        if not energy < np.inf:
            np.nan_to_num(whole, copy=False, nan=0.0)
        whole.clip(_LOWEST, _HIGHEST, out=whole)
    return whole


def as_type(samples: Samples, dtype: SampleType) -> Samples:
    """Return int16 or float32 samples in the type that a provider declared."""
    return to_float32(samples) if dtype == "float32" else to_int16(samples)


def to_mono(samples: Samples) -> Samples:
    """Return shape (n,): the mean of all channels, in the sample type that came in."""
    if samples.ndim == 1:
        return samples
    if samples.shape[1] == 1:
        return samples[:, 0]
    mean: Samples = samples.mean(axis=1, dtype=np.float32)
    return mean if samples.dtype == np.float32 else np.rint(mean).astype(samples.dtype)


def power(samples: Samples) -> float:
    """Return the mean square of mono samples relative to full scale (1.0); 0.0 when empty."""
    if samples.size == 0:
        return 0.0
    if samples.dtype == INT16:
        steps = samples.astype(np.float32)
        return float(steps.dot(steps)) / (steps.size * INT16_SCALE**2)
    return float(samples.dot(samples)) / samples.size


def level_db(samples: Samples) -> float:
    """Return the RMS level of mono samples in dB relative to full scale."""
    return power_db(power(samples))


def power_db(mean_square: float) -> float:
    """Return a mean square as dB relative to full scale, not below `SILENCE_DB`."""
    return max(SILENCE_DB, 10.0 * float(np.log10(mean_square))) if mean_square > 0 else SILENCE_DB


def frame_powers(samples: Samples, frame: int) -> npt.NDArray[np.float32]:
    """Return the mean square of every whole frame of `frame` samples, shape (n // frame,)."""
    n_frames = samples.shape[0] // frame
    frames = to_float32(samples[: n_frames * frame]).reshape(n_frames, frame)
    powers: npt.NDArray[np.float32] = np.einsum("ij,ij->i", frames, frames) / np.float32(frame)
    return powers
