"""Stretches of one language, and the places where it changes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from irene.components.language.viterbi import Shares, likeliest_path


@dataclass(frozen=True, slots=True)
class LanguageRun:
    """A stretch in which one language is spoken."""

    language: str
    """BCP 47 tag"""
    start_s: float
    """seconds, on the time axis of the frames"""
    end_s: float
    """seconds, on the same axis"""
    probability: float
    """mean probability of the language in the frames that have an opinion, 0 to 1; 0 without one"""

    @property
    def length_s(self) -> float:
        """Its length, seconds."""
        return self.end_s - self.start_s


def runs_of(
    shares: Shares, languages: Sequence[str], hop_s: float, cost: float
) -> list[LanguageRun]:
    """Return the stretches of the likeliest path through frames that are `hop_s` apart.

    They follow each other without a gap, from 0 to the end of the last frame; none without a frame.

    Args:
        shares: probability of each language in each frame, shape (frames, languages).
        languages: their names, in the order of the columns.
        hop_s: length of a frame.
        cost: nats that a change of language costs.
    """
    path = likeliest_path(shares, cost)
    if not path.size:
        return []
    borders = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), path.size]
    return [
        LanguageRun(
            languages[int(path[start])],
            start * hop_s,
            end * hop_s,
            _mean_share(shares[start:end], int(path[start])),
        )
        for start, end in itertools.pairwise(borders)
    ]


def without_short(runs: Sequence[LanguageRun], shortest_s: float) -> list[LanguageRun]:
    """Return stretches that are all at least so long: shorter ones belong to a neighbour.

    The shortest goes first, to the longer one of its neighbours. One that has no neighbour stays.
    """
    left = list(runs)
    while len(left) > 1:
        place = min(range(len(left)), key=lambda one: left[one].length_s)
        if left[place].length_s >= shortest_s - 1e-9:
            return left
        left = _absorbed(left, place)
    return left


def at_boundaries(
    runs: Sequence[LanguageRun], boundaries_s: Sequence[float], reach_s: float
) -> list[LanguageRun]:
    """Return stretches that change where a word ends: at the nearest boundary within reach.

    A change without a boundary in reach stays where it is, and none overtakes another.

    Args:
        runs: stretches that follow each other.
        boundaries_s: where speech pauses, ascending.
        reach_s: how far a change may be moved.
    """
    moved = list(runs)
    for place in range(1, len(moved)):
        before, after = moved[place - 1], moved[place]
        allowed = [
            one
            for one in boundaries_s
            if abs(one - after.start_s) <= reach_s and before.start_s < one < after.end_s
        ]
        if allowed:
            border_s = min(allowed, key=lambda one: abs(one - after.start_s))
            moved[place - 1] = replace(before, end_s=border_s)
            moved[place] = replace(after, start_s=border_s)
    return moved


def _mean_share(shares: Shares, language: int) -> float:
    totals = shares.sum(axis=1)
    opinions = totals > 0
    return float((shares[opinions, language] / totals[opinions]).mean()) if opinions.any() else 0.0


def _absorbed(runs: list[LanguageRun], place: int) -> list[LanguageRun]:
    """Return the stretches without one of them; equal neighbours become one."""
    neighbours = [one for one in (place - 1, place + 1) if 0 <= one < len(runs)]
    heir = max(neighbours, key=lambda one: runs[one].length_s)
    taken, kept = runs[place], runs[heir]
    whole = replace(
        kept, start_s=min(taken.start_s, kept.start_s), end_s=max(taken.end_s, kept.end_s)
    )
    rest = [whole if number == heir else one for number, one in enumerate(runs) if number != place]
    return _joined(rest)


def _joined(runs: Sequence[LanguageRun]) -> list[LanguageRun]:
    joined: list[LanguageRun] = []
    for run in runs:
        if joined and joined[-1].language == run.language:
            joined[-1] = _together(joined[-1], run)
        else:
            joined.append(run)
    return joined


def _together(first: LanguageRun, second: LanguageRun) -> LanguageRun:
    length_s = first.length_s + second.length_s
    weighted = first.probability * first.length_s + second.probability * second.length_s
    mean = weighted / length_s if length_s > 0 else first.probability
    return replace(first, end_s=second.end_s, probability=mean)
