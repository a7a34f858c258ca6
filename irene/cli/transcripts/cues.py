"""Subtitle cues: segments cut into pieces that can be read in the time they are shown."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from irene.domain.speech import Word
from irene.pipeline.transcribing.segment import Segment

LINE_CHARS = 42
MAX_LINES = 2
MAX_CUE_S = 7.0
"""limits of the common guidelines for subtitles: two lines of 42 characters, 7 s"""
MIN_CUE_S = 1.0
"""a shorter cue is shown on for this long, unless the next one comes"""
_MAX_PAUSE_S = 1.5
"""no cue goes on over a longer pause"""
_STOPS = {**dict.fromkeys(".!?…", 0.8), **dict.fromkeys(",;:", 0.4)}
"""how good it is to cut after a punctuation mark: as good as a pause of that many seconds"""


@dataclass(frozen=True, slots=True)
class Cue:
    """A piece of text and when it is shown."""

    start_s: float
    """seconds of the recording"""
    end_s: float
    """seconds of the recording; not after the start of the next cue"""
    lines: tuple[str, ...]
    """at most two, of 42 characters, unless a single word is longer"""


def cues_of(segments: Iterable[Segment]) -> Iterator[Cue]:
    """Yield the cues of a recording in order, none over another."""
    cues = (_cue(words) for segment in segments for words in _pieces(_timed_words(segment)))
    last: Cue | None = None
    for cue in itertools.chain(cues, (None,)):
        if last is not None:
            shown_until_s = max(last.end_s, last.start_s + MIN_CUE_S)
            limit_s = cue.start_s if cue is not None else shown_until_s
            yield replace(last, end_s=min(shown_until_s, limit_s))
        last = cue


def _timed_words(segment: Segment) -> Sequence[Word]:
    """Return the segment's words; without any, its text spread evenly over its length."""
    if segment.words:
        return segment.words
    texts = segment.text.split()
    ends = list(itertools.accumulate(len(text) + 1 for text in texts))
    scale = (segment.end_s - segment.start_s) / ends[-1]
    starts = [0, *ends]
    return [
        Word(text, segment.start_s + start * scale, segment.start_s + end * scale)
        for text, start, end in zip(texts, starts, ends, strict=False)
    ]


def _pieces(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """Cut words, at the best places, until every piece is a cue."""
    if len(words) < 2 or _is_cue(words):
        yield words
        return
    cut = max(range(1, len(words)), key=lambda at: _merit(words, at))
    yield from _pieces(words[:cut])
    yield from _pieces(words[cut:])


def _is_cue(words: Sequence[Word]) -> bool:
    pauses = (after.start_s - before.end_s for before, after in itertools.pairwise(words))
    return (
        words[-1].end_s - words[0].start_s <= MAX_CUE_S
        and len(textwrap.wrap(_text(words), LINE_CHARS)) <= MAX_LINES
        and max(pauses) <= _MAX_PAUSE_S
    )


def _merit(words: Sequence[Word], at: int) -> float:
    """Say how good it is to cut before a word: at pauses, after stops, near the middle."""
    pause_s = words[at].start_s - words[at - 1].end_s
    stop = _STOPS.get(words[at - 1].text[-1:], 0.0)
    off_middle = abs(2 * at / len(words) - 1)
    return pause_s + stop - off_middle


def _cue(words: Sequence[Word]) -> Cue:
    return Cue(words[0].start_s, words[-1].end_s, _balanced(_text(words)))


def _balanced(text: str) -> tuple[str, ...]:
    """Return the lines of a cue, about equally long."""
    n_lines = len(textwrap.wrap(text, LINE_CHARS))
    shortest = max(1, len(text) // max(1, n_lines))
    wrapped = (textwrap.wrap(text, width) for width in range(shortest, LINE_CHARS + 1))
    return tuple(next((lines for lines in wrapped if len(lines) == n_lines), [text]))


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
