"""Sentences that were misheard a little: the nearest that a template allows, or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from irene import (
    NO_CONTEXT,
    Availability,
    Context,
    Intent,
    IntentMatcher,
    Licence,
    SampleSentence,
    SentenceSource,
    hookimpl,
)
from irene_plugins.intent_recognition.hassil import HassilMatcher
from irene_plugins.intent_recognition.reading.folding import folded
from irene_plugins.intent_recognition.template_recognizer import TemplateRecognizer, needs_packages

if TYPE_CHECKING:
    from irene_plugins.intent_recognition.compilation import CompiledSources
    from irene_plugins.intent_recognition.guessing.near_sentences import NearSentences

MAX_WORDS = 25
"""Longer texts are no misheard commands."""
MAX_CONFIDENCE = 0.99
"""What is not an exact match is never certain."""


@dataclass(frozen=True)
class FuzzyOptions:
    """How near is near enough."""

    threshold: float = field(default=0.8, metadata={"range": (0.5, 1)})
    """likeness of the words around slots, 0 to 1, from which a sentence is taken"""
    margin: float = field(default=0.06, metadata={"range": (0, 0.5)})
    """how much nearer it must be than the nearest sentence that means something else"""


class FuzzyMatcher(IntentMatcher):
    """Finds the nearest sentence of the templates and has it matched exactly.

    So an intent has the slots that its template gives, and its context is respected. Names and
    numbers, negations, and words that alone decide between two meanings must be heard as they
    are. Sentences with slots for any words are left out: nothing could be checked there.
    """

    def __init__(self, compiled: CompiledSources, options: FuzzyOptions) -> None:
        self._exact = HassilMatcher(compiled)
        self._options = options
        self._languages = compiled.languages

    def warm_up(self) -> None:
        """Gather the sentences that the templates allow, which takes longer than to compile."""
        self._exact.warm_up()
        for language in self._languages.values():
            _ = language.near

    def match(self, text: str, language: str, context: Context = NO_CONTEXT) -> Intent | None:
        """Return the intent of the nearest sentence, or None when none is clearly the nearest."""
        if not 0 < len(text.split()) <= MAX_WORDS:
            return None
        best: Intent | None = None
        for found in self._nearest(text, language, context):
            if best is None and found.confidence >= self._options.threshold:
                best = found
            elif best is None or best.confidence - found.confidence >= self._options.margin:
                break
            elif (found.name, found.slots) != (best.name, best.slots):
                return None
        return best

    def _nearest(self, text: str, language: str, context: Context) -> Iterator[Intent]:
        """Yield the intents of near sentences, the nearest first, down to below the margin."""
        lowest = self._options.threshold - self._options.margin
        for near in self._family(language):
            for likeness, sentence in near.search(folded(text), lowest):
                intent = self._exact.match(sentence, language, context)
                if intent is not None:
                    confidence = min(likeness, MAX_CONFIDENCE)
                    yield replace(intent, text=text, confidence=confidence)

    def _family(self, language: str) -> Iterator[NearSentences]:
        tag = language.replace("_", "-").lower()
        while tag:
            if tag in self._languages:
                yield self._languages[tag].near
            tag = tag.rpartition("-")[0]

    def render(self, intent: Intent, values: Mapping[str, Any]) -> str:
        """Return the sentence file's own answer filled in, as `hassil` does."""
        return self._exact.render(intent, values)

    def warnings(self) -> Sequence[str]:
        """Return what the sources lack, as `hassil` does."""
        return self._exact.warnings()

    def samples(self, language: str, limit: int) -> Iterator[SampleSentence]:
        """Yield sentences that the templates allow, as `hassil` does."""
        return self._exact.samples(language, limit)


class FuzzyRecognizer(TemplateRecognizer[FuzzyOptions]):
    """Understands sentences of the templates that were misheard a little."""

    name = "fuzzy"
    summary = "the nearest sentence of the templates, for what was misheard a little"
    licence = Licence("MIT")
    Options = FuzzyOptions

    def open_matcher(self, sources: Sequence[SentenceSource]) -> IntentMatcher:
        """Compile the sources.

        Raises:
            ConfigurationError: templates are wrong, as for `hassil`.
        """
        from irene_plugins.intent_recognition.compilation import compile_sources

        return FuzzyMatcher(compile_sources(sources), self.options)

    def _check(self) -> Availability:
        return needs_packages(("rapidfuzz", "hassil", "yaml", "jinja2"), "intents")

    def _load(self) -> None:
        import hassil  # noqa: F401 - the imports are what takes time
        import rapidfuzz  # noqa: F401


@hookimpl
def irene_intent_recognizers() -> list[type[FuzzyRecognizer]]:
    """Offer the tier for misheard sentences."""
    return [FuzzyRecognizer]
