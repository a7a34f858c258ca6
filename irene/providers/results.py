"""What foreign code returned, held to its contract: nonsense becomes an expected error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from irene.audio.samples import FLOAT32, INT16
from irene.domain.audio import LostAudio, Samples
from irene.errors import ProviderFailedError

_LEAST, _MOST = -1e-3, 1.001
"""what a share may be: engines compute with less precision than they promise"""


def share(value: object) -> float:
    """Return a probability or a score as a float.

    Raises:
        ProviderFailedError: it is no number, or does not lie between 0 and 1; NaN does not.
    """
    # Called many times a second, nearly always with a float.
    if type(value) is float and 0.0 <= value <= 1.0:
        return value
    try:
        number = float(value)  # type: ignore[arg-type] # what is no number raises
    except (TypeError, ValueError):
        raise _no_share(value) from None
    if not _LEAST <= number <= _MOST:
        raise _no_share(number)
    return number


def shares(values: object) -> Mapping[str, float]:
    """Return scores by name, as they came.

    Raises:
        ProviderFailedError: it is no mapping, or a value is no number between 0 and 1.
    """
    if values.__class__ is not dict and not isinstance(values, Mapping):
        raise ProviderFailedError(f"returned {_shown(values)}, no mapping of scores")
    scores: Mapping[str, float] = values
    for score in scores.values():
        try:
            is_share = _LEAST <= score <= _MOST
        except (TypeError, ValueError):
            is_share = False
        if not is_share:
            raise _no_share(score)
    return scores


def _no_share(value: object) -> ProviderFailedError:
    return ProviderFailedError(f"returned {value!r}: use a number from 0 to 1")


def int16_block(samples: object) -> Samples:
    """Return int16 mono samples, shape (n,).

    Raises:
        ProviderFailedError: they are something else.
    """
    return _block(samples, INT16)


def float32_block(samples: object) -> Samples:
    """Return float32 mono samples, shape (n,).

    Raises:
        ProviderFailedError: they are something else.
    """
    return _block(samples, FLOAT32)


def as_long(samples: Samples, n_samples: int) -> Samples:
    """Return the samples, if there are `n_samples` of them.

    Raises:
        ProviderFailedError: there are more or fewer.
    """
    if samples.shape[0] != n_samples:
        raise ProviderFailedError(f"returned {samples.shape[0]} samples instead of {n_samples}")
    return samples


def frames(samples: object, dtype: np.dtype[Any], channels: int) -> Samples:
    """Return samples of this type, shape (n,) for one channel, else (n, channels).

    Raises:
        ProviderFailedError: they are something else.
    """
    if isinstance(samples, np.ndarray) and samples.dtype == dtype:
        if samples.ndim == 1 and channels == 1:
            return samples
        if samples.ndim == 2 and samples.shape[1] == channels:
            return samples[:, 0] if channels == 1 else samples
    raise ProviderFailedError(
        f"returned {_shown(samples)}, not {dtype} samples of {channels} channel(s) as announced"
    )


def losses(lost: object) -> tuple[LostAudio, ...]:
    """Return what an input has lost.

    Raises:
        ProviderFailedError: it is something else.
    """
    if isinstance(lost, Sequence) and all(isinstance(one, LostAudio) for one in lost):
        for one in lost:
            if not isinstance(one.n_samples, (int, np.integer)) or one.n_samples < 0:
                raise ProviderFailedError(f"returned a loss of {one.n_samples!r} samples")
        return tuple(lost)
    raise ProviderFailedError(f"returned {_shown(lost)}, no losses")


def _block(samples: object, dtype: np.dtype[Any]) -> Samples:
    if isinstance(samples, np.ndarray) and samples.ndim == 1 and samples.dtype == dtype:
        return samples
    raise ProviderFailedError(f"returned {_shown(samples)}, no {dtype} samples of shape (n,)")


def _shown(result: object) -> str:
    """Return a short description: arrays by type and shape, all else by its type."""
    if isinstance(result, np.ndarray):
        return f"{result.dtype} samples of shape {result.shape}"
    return "None" if result is None else f"a {type(result).__name__}"
