"""Whether a sentence of the grammar is what was said: its sounds against any sounds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_NATS = 1024
"""the engine keeps its logarithms divided by this (`SENSCR_SHIFT` of its sources)"""
_FRAMES_PER_S = 100
_BEST_RATIO = 0.5
"""nats per frame: beyond it, the search for any sounds has lost its way"""
_SLOW_WORD_S = 0.25
_SLOW_LETTER_S = 0.07
_SILENT = ("<", "[", "(")
"""how the names of silence, noises and empty transitions begin"""


@dataclass(frozen=True)
class Segment:
    """A stretch of sound that the engine took for one word, phone or silence."""

    word: str
    start: int
    """first frame (10 ms)"""
    end: int
    """frame after the last one"""
    score: float
    """natural logarithm of how well the sound fits, relative to the best fit of each frame"""

    @property
    def is_silent(self) -> bool:
        """Whether nothing was said in it."""
        return self.word.startswith(_SILENT)


def segments(decoder: Any) -> list[Segment]:
    """Return what the engine found in the utterance that has ended."""
    return [
        Segment(
            segment.word,
            segment.start_frame,
            segment.end_frame + 1,
            _NATS * math.log(max(segment.ascore, 1e-300)),
        )
        for segment in decoder.seg() or ()
        if segment.end_frame >= segment.start_frame and segment.word != "(NULL)"
    ]


@dataclass(frozen=True)
class Evidence:
    """How well a sentence fits; the lower a figure, the more speaks against it."""

    ratio: float
    """log likelihood against any sounds, from the first word to the last, nats per frame"""
    worst_word: float
    """the same of the word that fits worst, nats per frame"""
    pauses_s: float
    """silence between the words, seconds, negative"""
    after: float
    """log likelihood of silence after the last word against any sounds, nats per frame"""
    length: float
    """logarithm of the seconds from the first word to the last, at most as many as it takes to say
    them slowly: more speech proves more, a drawn-out word does not"""
    prior: float
    """log probability of the sentence in the grammar, tens of nats"""


_WEIGHTS = Evidence(1.50, 0.45, 9.50, 2.92, 4.15, 2.99)
_BIAS = 7.1
"""Logistic regression over some 390 commands that were recognised and twice as many others.

Grammars: the 68 sentences of the accuracy table and sixty others, eight million sentences, and all
bundled handlers, alone and with several commands in one breath. Utterances: people (27 commands,
mostly of one voice; 108 wake words, read sentences, foreign commands, digits and noises) and
nineteen synthetic voices with American, British, Scottish, Japanese, Indian and Chinese accents, at
several rates and levels of noise; those of people and of the twelve voices that came last count
twice. The bias is such that 0.5 accepts 3.5 % of what was none, near misses left out. What held on
other voices and sentences stands in docs/explanation/accuracy.md.
"""


def gather(
    sentence: Sequence[Segment], sounds: Sequence[Segment], log_prior: float
) -> Evidence | None:
    """Compare a sentence with any sounds in the same audio; None without a word in it.

    Args:
        sentence: what was found among the sentences of the grammar.
        sounds: what was found among any sounds.
        log_prior: natural logarithm of the sentence's probability in the grammar.
    """
    words = [segment for segment in sentence if not segment.is_silent]
    if not words or not sounds:
        return None
    n_frames = max(sentence[-1].end, sounds[-1].end)
    against = _cumulated(sentence, n_frames) - _cumulated(sounds, n_frames)
    start, end = words[0].start, words[-1].end
    pauses = [one for one in sentence if one.is_silent and start <= one.start and one.end <= end]
    return Evidence(
        ratio=min(_mean(against, start, end), _BEST_RATIO),
        worst_word=min(_BEST_RATIO, *(_mean(against, word.start, word.end) for word in words)),
        pauses_s=-sum(pause.end - pause.start for pause in pauses) / _FRAMES_PER_S,
        after=min(0.0, _mean(against, end, n_frames)),
        length=math.log(min((end - start) / _FRAMES_PER_S, _slowly_s(words))),
        prior=log_prior / 10,
    )


def _slowly_s(words: Sequence[Segment]) -> float:
    """Return how many seconds it takes to say words slowly."""
    n_letters = sum(len(word.word.partition("(")[0]) for word in words)
    return _SLOW_WORD_S + _SLOW_LETTER_S * n_letters


def probability(evidence: Evidence) -> float:
    """Return how likely it is that the sentence was said, 0 to 1 (logistic regression)."""
    weighted = sum(
        weight * value for weight, value in zip(astuple(_WEIGHTS), astuple(evidence), strict=True)
    )
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, _BIAS + weighted))))


def _cumulated(found: Iterable[Segment], n_frames: int) -> npt.NDArray[np.float64]:
    """Return the sum of the scores before each frame, shape (n_frames + 1,)."""
    per_frame = np.zeros(n_frames + 1)
    for one in found:
        per_frame[one.start + 1 : one.end + 1] = one.score / (one.end - one.start)
    return np.cumsum(per_frame)


def _mean(cumulated: npt.NDArray[np.float64], start: int, end: int) -> float:
    return float(cumulated[end] - cumulated[start]) / (end - start) if end > start else 0.0
