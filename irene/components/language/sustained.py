"""Changing the language only when another one is spoken for a while, and clearly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Firmness:
    """What it takes to believe that the language has changed."""

    threshold: float = 0.6
    """probability (0 to 1) from which on another language may be the one that is spoken now"""
    threshold_end: float = 0.4
    """probability (0 to 1) below which it was not, after all"""
    min_dwell_s: float = 0.6
    """speech in it, without another one between, after which it is"""


class SustainedLanguage:
    """The language that is spoken, with hysteresis in probability and in time.

    Another language is believed in when it has reached `threshold` and has not fallen below
    `threshold_end` for `min_dwell_s` of speech. A frame without an opinion, such as silence, says
    nothing for or against it.
    """

    def __init__(self, language: str, firmness: Firmness) -> None:
        """Begin with a language that is spoken."""
        self.language = language
        """the one that is spoken"""
        self._firmness = firmness
        self._candidate = ""
        self._heard_s = 0.0

    def hear(self, shares: Mapping[str, float], seconds: float) -> bool:
        """Take what is known of the next stretch of speech; return whether the language changed.

        Args:
            shares: probability of each language; empty: no opinion.
            seconds: length of the stretch.
        """
        if not shares:
            return False
        self._choose(shares)
        if not self._candidate:
            return False
        self._heard_s += seconds
        if self._heard_s < self._firmness.min_dwell_s - 1e-9:
            return False
        self.language, self._candidate, self._heard_s = self._candidate, "", 0.0
        return True

    def _choose(self, shares: Mapping[str, float]) -> None:
        """Stay with the candidate while it is likely enough; else look for another one."""
        if self._candidate and shares.get(self._candidate, 0.0) >= self._firmness.threshold_end:
            return
        self._candidate, self._heard_s = "", 0.0
        likeliest = max(shares, key=lambda language: shares[language])
        if likeliest != self.language and shares[likeliest] >= self._firmness.threshold:
            self._candidate = likeliest
