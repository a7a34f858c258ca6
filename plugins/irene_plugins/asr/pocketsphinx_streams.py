"""Utterances on PocketSphinx: open ones, and those within a grammar."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from irene import AsrStream, Grammar, Hypothesis, Samples, Word
from irene_plugins.asr.pocketsphinx_commands import (
    GRAMMAR_SEARCH,
    SOUND_SEARCH,
    CommandDecoders,
)
from irene_plugins.asr.pocketsphinx_decoder import (
    OPEN_SEARCH,
    DecoderPool,
    PocketSphinxOptions,
    cepstral_mean,
)
from irene_plugins.asr.pocketsphinx_evidence import Segment, gather, probability, segments
from irene_plugins.asr.pocketsphinx_hearing import FRAME_S, RATE, Hearing

_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+|\(NULL\))$")
_VARIANT = re.compile(r"\(\d+\)$")
_MEAN_FROM_MS = 500
"""a command follows a wake word, whose end or echo, or a tone, would spoil the mean"""
_PADDING_FRAMES = 15
_PADDING_LEVEL = 3
"""standard deviation of the padding: as quiet as a microphone's own noise, about -80 dBFS"""


class OpenStream(AsrStream):
    """One utterance on one decoder, which goes back to the pool when the utterance is over."""

    def __init__(self, pool: DecoderPool, options: PocketSphinxOptions) -> None:
        self._pool = pool
        self._language = options.language
        self._text = ""
        self._decoder: Any = pool.take()
        self._hearing = Hearing(
            [(self._decoder, OPEN_SEARCH)],
            partial(cepstral_mean, self._decoder),
            (0, options.mean_window_ms),
            np.zeros(0, dtype=np.int16),
        )

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take int16 samples; return a partial hypothesis when its text has changed."""
        if not self._hearing.accept(samples):
            return None
        text = _best_text(self._decoder)
        if text == self._text:
            return None
        self._text = text
        return Hypothesis(text, is_final=False, language=self._language)

    def finish(self) -> Hypothesis:
        """Return the final hypothesis with word times and posterior probabilities.

        Its confidence is the mean of the words' ones, each weighted by its duration: the engine's
        own is the posterior of the whole sentence, such as 0.002 for one that it got right.
        """
        self._hearing.finish()
        words = tuple(self._words())
        self.close()
        text = " ".join(word.text for word in words)
        return Hypothesis(text, True, words, self._language, _confidence(words))

    def close(self) -> None:
        """Give the decoder back; a second call does nothing."""
        if self._decoder is None:
            return
        self._hearing.close()
        decoder, self._decoder = self._decoder, None
        self._pool.give_back(decoder)

    def _words(self) -> Iterator[Word]:
        for segment in self._decoder.seg() or ():
            if not _FILLER.match(segment.word):
                yield Word(
                    _VARIANT.sub("", segment.word),
                    segment.start_frame * FRAME_S,
                    (segment.end_frame + 1) * FRAME_S,
                    min(1.0, segment.prob),
                )


class CommandStream(AsrStream):
    """One utterance that is expected to be a sentence of a grammar.

    Two small decoders hear it while it is spoken: one follows the sentences, one any sounds. What
    both found is compared at the end; that takes less than a millisecond.

    The mean of the cepstra is learnt behind what the wake word left, from 0.5 to 2 s; only then the
    search begins, and catches up. A shorter utterance is searched when it is over.
    """

    def __init__(
        self, decoders: CommandDecoders, grammar: Grammar, options: PocketSphinxOptions
    ) -> None:
        self._decoders = decoders
        self._grammar = grammar
        self._options = options
        self._text = ""
        self._n_heard = 0
        self._is_closed = False
        self._decoder = decoders.take(grammar)
        searches = [(self._decoder.sentences, GRAMMAR_SEARCH), (self._decoder.sounds, SOUND_SEARCH)]
        window_ms = (_MEAN_FROM_MS, _MEAN_FROM_MS + options.mean_window_ms)
        self._hearing = Hearing(searches, decoders.mean_of, window_ms, _quiet_noise())

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take int16 samples; return a partial hypothesis when its text has changed."""
        self._n_heard += len(samples)
        if not self._hearing.accept(samples):
            return None
        text = _best_text(self._decoder.sentences)
        if text == self._text:
            return None
        self._text = text
        return Hypothesis(text, is_final=False, language=self._options.language)

    def finish(self) -> Hypothesis:
        """Return the sentence that fits best, how surely it was said, and whether that suffices."""
        self._hearing.finish()
        sentence, sounds = segments(self._decoder.sentences), segments(self._decoder.sounds)
        self.close()
        words = [segment for segment in sentence if not segment.is_silent]
        text = " ".join(_VARIANT.sub("", word.word) for word in words)
        log_prior = self._grammar.log_probability(text.split())
        evidence = gather(sentence, sounds, log_prior) if log_prior > -math.inf else None
        if evidence is None:
            return Hypothesis("", True, (), self._options.language, in_grammar=False)
        sureness = probability(evidence)
        return Hypothesis(
            text,
            True,
            tuple(_word(word, sureness, self._n_heard / RATE) for word in words),
            self._options.language,
            sureness,
            in_grammar=sureness >= self._options.least_confidence,
        )

    def close(self) -> None:
        """Give the decoder back; a second call does nothing."""
        if not self._is_closed:
            self._is_closed = True
            self._hearing.close()
            self._decoders.give_back(self._decoder)


def _word(segment: Segment, confidence: float, duration_s: float) -> Word:
    """Return a word with its times in the utterance, which lies between the padding."""
    start_s, end_s = (
        min(max(0.0, (frame - _PADDING_FRAMES) * FRAME_S), duration_s)
        for frame in (segment.start, segment.end)
    )
    return Word(_VARIANT.sub("", segment.word), start_s, end_s, confidence)


def _quiet_noise() -> Samples:
    """Return what is heard before and after: the engine misjudges words at the very border."""
    n_samples = round(_PADDING_FRAMES * FRAME_S * RATE)
    noise = np.random.default_rng(0).standard_normal(n_samples) * _PADDING_LEVEL
    return np.round(noise).astype(np.int16)


def _best_text(decoder: Any) -> str:
    """Return the words of what fits best so far."""
    best = decoder.hyp()
    return " ".join(_clean(best.hypstr.split())) if best is not None else ""


def _clean(words: Sequence[str]) -> list[str]:
    """Drop fillers such as `<sil>` and marks of pronunciation such as `the(2)`."""
    return [_VARIANT.sub("", word) for word in words if not _FILLER.match(word)]


def _confidence(words: Sequence[Word]) -> float | None:
    """Return the mean confidence of the words weighted by duration, None without words."""
    total_s = sum(word.end_s - word.start_s for word in words)
    weighted = sum((word.confidence or 0.0) * (word.end_s - word.start_s) for word in words)
    return min(1.0, weighted / total_s) if words else None
