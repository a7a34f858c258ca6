"""Results gone wrong: nothing in them, values that cannot be, or another type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

from irene.domain.audio import Samples
from irene.domain.intents import Intent, Response
from irene.domain.speech import Hypothesis

_NO_SHARES = (float("nan"), float("inf"), -float("inf"), -3.0, 1e300)


def emptied(result: Any) -> Any:
    """Return a result of the same type with nothing in it."""
    if isinstance(result, Hypothesis):
        return replace(result, text="", words=())
    if isinstance(result, np.ndarray):
        return result[:0]
    if isinstance(result, Response):
        return replace(result, text="", pieces=None)
    if isinstance(result, (bool, type(None))):
        return result
    if isinstance(result, (float, str, list, tuple, dict)):
        return type(result)()
    return iter(()) if isinstance(result, Iterator) else None


def spoiled(result: Any, random: Random) -> Any:
    """Return a result of the same type with values that cannot be."""
    if isinstance(result, float):
        return random.choice(_NO_SHARES)
    if isinstance(result, Mapping):
        return {key: random.choice(_NO_SHARES) for key in result} or {"nothing": float("nan")}
    if isinstance(result, np.ndarray):
        return _spoiled_samples(result, random)
    if isinstance(result, (Hypothesis, Response, Intent)):
        return _spoiled_text(result, random)
    if isinstance(result, Iterator):
        return (spoiled(one, random) for one in result)
    return mistyped(random)


def mistyped(random: Random) -> Any:
    """Return something that no contract asks for."""
    return random.choice((None, object(), "nonsense", -1, b"\xff", [None], {"a": None}))


def _spoiled_samples(samples: Samples, random: Random) -> Any:
    ways = (
        lambda: np.full(samples.shape, np.nan),
        lambda: np.full(samples.shape, np.inf, np.float32),
        lambda: np.zeros((samples.shape[0], 2, 2), samples.dtype),
        lambda: samples.astype("complex64"),
        lambda: np.array(["a"] * samples.shape[0]),
        lambda: np.float64(samples.shape[0]),
    )
    return random.choice(ways)()


def _spoiled_text(result: Hypothesis | Response | Intent, random: Random) -> Any:
    wrong: Any = random.choice((None, 7, b"text", ["text"]))
    return replace(result, text=wrong)
