"""Utterances on Vosk: what the engine answers, joined into one hypothesis."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from irene import AsrStream, Grammar, Hypothesis, ProviderFailedError, Samples, Word
from irene_plugins.asr.vosk_grammar import UNKNOWN

_N_GUESSES = 20
"""sentences that the engine is asked for; 2 ms at the end of an utterance"""


@dataclass(frozen=True)
class VoskResult:
    """One result object of the engine: `{"text": ..., "result": [{"word", "start", ...}]}`."""

    text: str = ""
    """words, separated by blanks; empty when nothing was said"""
    words: tuple[Word, ...] = ()
    """with times in seconds since the start of the stream"""

    @classmethod
    def parse(cls, answer: str) -> VoskResult:
        """Read what `Result()`, `PartialResult()` or `FinalResult()` returned.

        Raises:
            ProviderFailedError: the answer is not such an object.
        """
        try:
            return cls.of_content(json.loads(answer))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ProviderFailedError(f"vosk answered {answer[:80]!r}: {error!r}") from error

    @classmethod
    def of_content(cls, content: Any) -> VoskResult:
        """Return the result in an object that has been read; what is missing there is raised."""
        words = tuple(_word(entry) for entry in content.get("result", ()))
        return cls(str(content.get("text", content.get("partial", ""))).strip(), words)

    @classmethod
    def parse_alternatives(cls, answer: str) -> list[tuple[float, VoskResult]]:
        """Read what is returned where several were asked for: log likelihood and result of each.

        Raises:
            ProviderFailedError: the answer is not such an object.
        """
        try:
            entries = json.loads(answer)["alternatives"]
            scores = [float(entry["confidence"]) for entry in entries]
        except (ValueError, KeyError, TypeError) as error:
            raise ProviderFailedError(f"vosk answered {answer[:80]!r}: {error!r}") from error
        return [
            (score, cls.parse(json.dumps(one))) for score, one in zip(scores, entries, strict=True)
        ]

    def joined(self, other: VoskResult) -> VoskResult:
        """Return this result followed by a later one."""
        text = f"{self.text} {other.text}".strip()
        return VoskResult(text, self.words + other.words)


def _word(entry: dict[str, Any]) -> Word:
    return Word(str(entry["word"]), entry["start"], entry["end"], entry.get("conf"))


class VoskStream(AsrStream):
    """One recogniser on the shared model.

    The engine closes a result at each pause that it hears; they are joined here, because it is
    the assistant's endpointing that decides when an utterance is over. Partial text may be revised
    by later partials.
    """

    def __init__(self, recognizer: Any, language: str) -> None:
        self._recognizer: Any = recognizer
        self._language = language
        self._done = VoskResult()
        self._text = ""
        recognizer.SetWords(True)

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take int16 samples; return a partial hypothesis when its text has changed."""
        if not len(samples):
            return None
        if self._recognizer.AcceptWaveform(np.ascontiguousarray(samples, dtype="<i2").tobytes()):
            self._close_part(self._recognizer.Result())
            text = self._done.text
        else:
            partial = VoskResult.parse(self._recognizer.PartialResult())
            text = self._done.joined(partial).text
        text = _without_unknown(text)
        if text == self._text:
            return None
        self._text = text
        return Hypothesis(text, is_final=False, language=self._language)

    def finish(self) -> Hypothesis:
        """Return the final hypothesis with word times and confidences."""
        self._close_part(self._recognizer.FinalResult())
        return self._final(self._done)

    def close(self) -> None:
        """Free the recogniser; a second call does nothing."""
        self._recognizer = None

    def _close_part(self, answer: str) -> None:
        self._done = self._done.joined(VoskResult.parse(answer))

    def _final(self, result: VoskResult, in_grammar: bool | None = None) -> Hypothesis:
        words = tuple(word for word in result.words if word.text != UNKNOWN)
        known = [word.confidence for word in words if word.confidence is not None]
        confidence = sum(known) / len(known) if known else None
        text = _without_unknown(result.text)
        return Hypothesis(text, True, words, self._language, confidence, in_grammar)


class GuidedStream(VoskStream):
    """One recogniser that prefers the sentences of a grammar, though it knows pairs of words only.

    So it is asked for several guesses, and the best one that is a sentence of the grammar counts.
    The confidence of a word is the share of all guesses, by likelihood, that have it there too.
    """

    def __init__(
        self, recognizer: Any, language: str, grammar: Grammar, least_confidence: float
    ) -> None:
        super().__init__(recognizer, language)
        self._grammar = grammar
        self._least_confidence = least_confidence
        self._guesses: list[tuple[float, VoskResult]] = [(0.0, VoskResult())]
        recognizer.SetMaxAlternatives(_N_GUESSES)

    def finish(self) -> Hypothesis:
        """Return the best sentence of the grammar if it is sure enough, or else the best guess.

        The engine takes the words of a grammar, in any order, and `[unk]` for all others: what has
        one of those, or another order, is no sentence of it, nor is what it is not sure of.
        """
        self._close_part(self._recognizer.FinalResult())
        if not self._guesses[0][1].text:
            return self._final(VoskResult())
        for _, guess in self._guesses:
            if self._grammar.accepts(guess.text.split()):
                weighed = self._weighed(guess)
                least = min((word.confidence or 0.0 for word in weighed.words), default=0.0)
                return self._final(weighed, in_grammar=least >= self._least_confidence)
        return self._final(self._weighed(self._guesses[0][1]), in_grammar=False)

    def _close_part(self, answer: str) -> None:
        """Join each guess so far with each new one; the likeliest are kept."""
        parts = VoskResult.parse_alternatives(answer)
        if not any(part.text for _, part in parts):
            return
        joined = [
            (score + more, guess.joined(part))
            for score, guess in self._guesses
            for more, part in parts
        ]
        self._guesses = sorted(joined, key=lambda one: -one[0])[:_N_GUESSES]
        self._done = self._guesses[0][1]

    def _weighed(self, guess: VoskResult) -> VoskResult:
        """Return a guess with the confidences of its words."""
        best = self._guesses[0][0]
        shares = [math.exp(score - best) for score, _ in self._guesses]
        words = tuple(
            replace(
                word,
                confidence=sum(
                    share
                    for share, (_, other) in zip(shares, self._guesses, strict=True)
                    if any(_is_same(word, one) for one in other.words)
                )
                / sum(shares),
            )
            for word in guess.words
        )
        return VoskResult(guess.text, words)


def _is_same(word: Word, other: Word) -> bool:
    """Whether it is the same word, at about the same time."""
    return word.text == other.text and word.start_s < other.end_s and other.start_s < word.end_s


def _without_unknown(text: str) -> str:
    return " ".join(word for word in text.split() if word != UNKNOWN)
