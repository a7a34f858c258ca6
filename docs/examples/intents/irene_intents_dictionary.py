"""A handler that explains words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from irene import HandlerContext, Intent, IntentHandler, IntentInfo, Response, hookimpl

_WORDS = {
    "gossamer": "a very thin thread or fabric",
    "petrichor": "the smell of rain on dry earth",
    "serendipity": "finding something good without looking for it",
    "zephyr": "a soft, gentle wind",
}


@dataclass(frozen=True)
class DictionaryOptions:
    """The `[intents.providers.dictionary]` table."""

    words: Mapping[str, str] = field(default_factory=lambda: dict(_WORDS))
    """what each word means"""


class DictionaryHandler(IntentHandler[DictionaryOptions]):
    """Says what a word means."""

    name = "dictionary"
    summary = "says what words mean"
    intents = ("ExplainWord",)
    Options = DictionaryOptions

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Answer; ask for the word where none was named."""
        word = str(intent.slots.get("word", "")).lower()
        if not word:
            return Response("Which word?", context.language, asks="word")
        meaning = self.options.words.get(word)
        if meaning is None:
            return Response(f"I do not know the word {word}.", context.language)
        return Response(f"{word}: {meaning}.", context.language, data={"word": word})

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return what may be said, in Home Assistant's format of sentences."""
        if language.split("-", maxsplit=1)[0] != "en":
            return None
        asked = ["what does [the word] {word} mean", "(define|explain) {word}", "explain a word"]
        reply = {"sentences": ["{word}"], "requires_context": {"asks": "word"}}
        return {
            "language": "en",
            "intents": {"ExplainWord": {"data": [{"sentences": asked}, reply]}},
            "lists": {"word": {"values": list(self.options.words)}},
        }

    def examples(self, language: str) -> Sequence[str]:
        """Return what "what can you do" reads aloud."""
        return [f"what does {word} mean" for word in list(self.options.words)[:1]]

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intent is for."""
        return [IntentInfo("ExplainWord", "Says what a word means.", {"word": "the word"})]


@hookimpl
def irene_intent_handlers() -> list[type[DictionaryHandler]]:
    """Offer the handler."""
    return [DictionaryHandler]
