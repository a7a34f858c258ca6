"""Utterances on Vosk: what the engine answers, joined into one hypothesis."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from irene import AsrStream, Grammar, Hypothesis, ProviderFailedError, Samples, Word
from irene_plugins.asr.vosk_grammar import UNKNOWN


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
            content = json.loads(answer)
            words = tuple(_word(entry) for entry in content.get("result", ()))
            return cls(str(content.get("text", content.get("partial", ""))).strip(), words)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ProviderFailedError(f"vosk answered {answer[:80]!r}: {error!r}") from error

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

    def __init__(
        self,
        recognizer: Any,
        language: str,
        grammar: Grammar | None = None,
        least_confidence: float = 0.0,
    ) -> None:
        """Say of what is heard whether it is a sentence of the grammar, if there is one."""
        self._recognizer: Any = recognizer
        self._language = language
        self._grammar = grammar
        self._least_confidence = least_confidence
        self._done = VoskResult()
        self._text = ""

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take int16 samples; return a partial hypothesis when its text has changed."""
        if not len(samples):
            return None
        if self._recognizer.AcceptWaveform(np.ascontiguousarray(samples, dtype="<i2").tobytes()):
            self._done = self._done.joined(VoskResult.parse(self._recognizer.Result()))
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
        """Return the final hypothesis with word times and confidences.

        The engine takes the words of a grammar, in any order, and `[unk]` for all others: what has
        one of those, or another order, is no sentence of it, nor is what it is not sure of.
        """
        result = self._done.joined(VoskResult.parse(self._recognizer.FinalResult()))
        words = tuple(word for word in result.words if word.text != UNKNOWN)
        known = [word.confidence for word in words if word.confidence is not None]
        confidence = sum(known) / len(known) if known else None
        in_grammar = None
        if self._grammar is not None and result.text:
            in_grammar = (
                self._grammar.accepts(result.text.split())
                and min(known, default=1.0) >= self._least_confidence
            )
        text = _without_unknown(result.text)
        return Hypothesis(text, True, words, self._language, confidence, in_grammar)

    def close(self) -> None:
        """Free the recogniser; a second call does nothing."""
        self._recognizer = None


def _without_unknown(text: str) -> str:
    return " ".join(word for word in text.split() if word != UNKNOWN)
