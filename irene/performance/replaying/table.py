"""Two configurations on the same recordings: what each understood, how often, and how fast."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from irene.performance.replaying.differences import Pair, changes
from irene.performance.replaying.repeating import Repeated
from irene.performance.replaying.turns import Turn
from irene.performance.speech.word_errors import WordErrors, count_errors

Words = Callable[[str], Sequence[str]]
"""Cuts a text into comparable words."""


@dataclass(frozen=True)
class Figures:
    """What one configuration made of all turns of some recordings."""

    n_turns: int
    """turns of the recordings"""
    n_heard_alike: int
    """those in which it heard the recorded text"""
    n_understood_alike: int
    """those in which it understood the same"""
    n_alike: int
    """those that are the same in everything"""
    n_extra: int
    """turns of its own, which the recordings do not have"""
    errors: WordErrors
    """against the texts of recorded turns that were understood and answered"""
    latency_ms: float | None
    """median time from the end of speech, once it was noticed, to the text"""
    slow_ms: float | None
    """the same, 95th percentile"""
    answer_ms: float | None
    """median time from the end of speech to the answer"""


def figures_of(repeated: Sequence[Repeated], words: Words) -> Figures:
    """Return the figures of one configuration."""
    pairs = [pair for one in repeated for pair in one.pairs]
    known = [pair for pair in pairs if pair.before is not None]
    after = [pair.after for pair in pairs if pair.after is not None]
    latencies = [turn.latency_ms for turn in after if turn.latency_ms is not None]
    answers = [turn.answer_ms for turn in after if turn.answer_ms is not None]
    return Figures(
        n_turns=len(known),
        n_heard_alike=sum(pair.is_heard_alike for pair in known),
        n_understood_alike=sum(pair.is_understood_alike for pair in known),
        n_alike=sum(pair.is_alike for pair in known),
        n_extra=len(pairs) - len(known),
        errors=_errors(known, words),
        latency_ms=_median(latencies),
        slow_ms=_percentile(latencies, 0.95),
        answer_ms=_median(answers),
    )


def n_understood_alike(one: Sequence[Repeated], other: Sequence[Repeated]) -> tuple[int, int]:
    """Return in how many recorded turns two configurations understood the same, and of how many."""
    both = [
        (pair.after, beside.after)
        for first, second in zip(one, other, strict=True)
        for pair, beside in zip(_known(first), _known(second), strict=True)
    ]
    return sum(_is_understood_alike(*turns) for turns in both), len(both)


def _known(repeated: Repeated) -> list[Pair]:
    return [pair for pair in repeated.pairs if pair.before is not None]


def _is_understood_alike(one: Turn | None, other: Turn | None) -> bool:
    if one is None or other is None:
        return one is other
    return not any(change.what == "understood" for change in changes(one, other))


def _errors(pairs: Iterable[Pair], words: Words) -> WordErrors:
    """Count word errors where what was said is known: it was understood then, and answered."""
    errors = WordErrors()
    for pair in pairs:
        before = pair.before
        if before is not None and before.text and before.intent and before.reason == "answered":
            heard = pair.after.text if pair.after is not None and pair.after.text else ""
            errors += count_errors(words(before.text), words(heard))
    return errors


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def _percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which this share lies (nearest rank)."""
    if not values:
        return None
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
