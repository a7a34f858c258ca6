"""Stretches of one language, which change where speech pauses."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from irene.components.language.utterances import Stretch
from irene.components.language.viterbi import Shares, likeliest_path, switch_cost


@dataclass(frozen=True, slots=True)
class LanguageRun:
    """A stretch in which one language is spoken."""

    language: str
    """BCP 47 tag"""
    start_s: float
    """seconds from the start of the audio"""
    end_s: float
    """seconds from the start of the audio"""
    probability: float
    """mean probability of the language in the utterances that have an opinion, 0 to 1; 0 without
    one"""

    @property
    def length_s(self) -> float:
        """Its length, seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of the utterances of a recording."""

    utterances: Sequence[Stretch]
    """what is said between pauses, ascending"""
    opinions: Sequence[Mapping[str, float]]
    """probability of each language in each of them; empty: no opinion"""
    length_s: float
    """length of the recording, seconds"""


def runs_of(heard: Heard, languages: Sequence[str], dwell_s: float) -> list[LanguageRun]:
    """Return the stretches of the likeliest path through utterances of one language each.

    They follow each other without a gap, from 0 to the end of the recording, and change in the
    middle of a pause; none without an utterance.

    Args:
        heard: the utterances.
        languages: those that may be spoken.
        dwell_s: how long one language is spoken on average.
    """
    utterances = heard.utterances
    if not utterances:
        return []
    shares = np.array([[one.get(name, 0.0) for name in languages] for one in heard.opinions])
    mean_s = heard.length_s / len(utterances)
    path = likeliest_path(shares, switch_cost(dwell_s / mean_s, len(languages)))
    changes = (np.flatnonzero(np.diff(path)) + 1).tolist()
    middles = [(utterances[one - 1].end_s + utterances[one].start_s) / 2 for one in changes]
    edges = itertools.pairwise([0.0, *middles, heard.length_s])
    places = itertools.pairwise([0, *changes, len(utterances)])
    return [
        LanguageRun(languages[path[first]], start_s, end_s, _mean(shares[first:last], path[first]))
        for (start_s, end_s), (first, last) in zip(edges, places, strict=True)
    ]


def _mean(shares: Shares, language: int) -> float:
    totals = shares.sum(axis=1)
    known = totals > 0
    return float((shares[known, language] / totals[known]).mean()) if known.any() else 0.0
