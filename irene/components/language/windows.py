"""Windows of audio, how far apart there is time for them, and what they say together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from irene.domain.audio import Samples

_LEAST_TOTAL = 0.05
"""probability of all languages that may be spoken, together, below which it is none of them"""
_SHARE_OF_TIME = 0.5
"""share of the time of speech that identification may take"""
_SMOOTHING = 0.3
"""weight of the newest measurement of what a window costs"""


def among(shares: Mapping[str, float], languages: Sequence[str]) -> dict[str, float]:
    """Return the probabilities of the languages that may be spoken, which sum to 1.

    Empty when there are none, or when it is almost surely another language. A tag with a region,
    such as `de-AT`, is given what the identifier says of its language.
    """
    known = {language: max(0.0, _share_of(shares, language)) for language in languages}
    total = sum(known.values())
    if not total >= _LEAST_TOTAL:
        return {}
    return {language: share / total for language, share in known.items()}


def window_at(samples: Samples, start: int, length: int) -> Samples:
    """Return a window, shape (length,); what is not there yet is filled with zeros."""
    window = samples[start : start + length]
    if window.shape[0] == length:
        return window
    return np.concatenate([window, np.zeros(length - window.shape[0], samples.dtype)])


def together(opinions: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean probabilities of windows of one utterance; those without an opinion aside.

    Empty when none of them has one.
    """
    known = [one for one in opinions if one]
    languages = {language for one in known for language in one}
    return {name: sum(one.get(name, 0.0) for one in known) / len(known) for name in languages}


class Pace:
    """How far windows may lie apart: as near as the identifier wants, if there is time for it.

    Identification takes no more than half of the time in which somebody speaks. Otherwise the hop
    is the smallest multiple with which it does.
    """

    def __init__(self, hop_s: float) -> None:
        """Begin with what is wanted."""
        self.wanted_s = hop_s
        """the distance that is wanted, seconds"""
        self._cost_s: float | None = None

    @property
    def cost_s(self) -> float:
        """What a window costs, seconds, recent ones more; 0 before the first."""
        return self._cost_s or 0.0

    @property
    def hop_s(self) -> float:
        """The distance between the starts of two windows, seconds."""
        return self.wanted_s * self.n_hops

    @property
    def n_hops(self) -> int:
        """The same, in wanted distances."""
        return max(1, math.ceil(self.cost_s / (_SHARE_OF_TIME * self.wanted_s) - 1e-9))

    def note(self, cost_s: float) -> None:
        """Take what one more window has cost, seconds."""
        before_s = cost_s if self._cost_s is None else self._cost_s
        self._cost_s = before_s + _SMOOTHING * (cost_s - before_s)


def _share_of(shares: Mapping[str, float], language: str) -> float:
    own = shares.get(language)
    primary = language.replace("_", "-").partition("-")[0].lower()
    return float(shares.get(primary, 0.0) if own is None else own)
