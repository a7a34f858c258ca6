"""An intent recogniser that turns each sentence template into a regular expression."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from irene import (
    NO_CONTEXT,
    ConfigurationError,
    Context,
    Intent,
    IntentMatcher,
    IntentRecognizer,
    NoOptions,
    SentenceSource,
    hookimpl,
)


class PhrasesRecognizer(IntentRecognizer[NoOptions]):
    """Understands `(a|b)`, `[optional]`, `{list}` and `<rule>` of Home Assistant's sentences."""

    name = "phrases"
    summary = "sentence templates as regular expressions"

    def open_matcher(self, sources: Sequence[SentenceSource]) -> IntentMatcher:
        """Compile the templates.

        Raises:
            ConfigurationError: a template is wrong.
        """
        return PhrasesMatcher([one for source in sources for one in _templates(source)])


@dataclass(frozen=True)
class _Template:
    pattern: re.Pattern[str]
    intent: str
    language: str
    values: Mapping[str, Any]
    """what the words of the lists stand for"""
    context: Mapping[str, Any]
    answer: str | None


class PhrasesMatcher(IntentMatcher):
    """The templates of all sources; the first that fits wins."""

    def __init__(self, templates: Sequence[_Template]) -> None:
        self._templates = templates

    def match(self, text: str, language: str, context: Context = NO_CONTEXT) -> Intent | None:
        """Return the intent of the first template that fits the whole text."""
        said = " ".join(re.sub(r"[^\w\s'-]", " ", text.lower()).split())
        for one in self._templates:
            if one.language != language.split("-", maxsplit=1)[0].lower():
                continue
            if any(context.get(name) != wanted for name, wanted in one.context.items()):
                continue
            if found := one.pattern.fullmatch(said):
                words = {name: value.strip() for name, value in found.groupdict().items() if value}
                slots = {name: one.values.get(word, word) for name, word in words.items()}
                return Intent(one.intent, text, language, slots, response_template=one.answer)
        return None


def _templates(source: SentenceSource) -> list[_Template]:
    """Return the templates of one file.

    Raises:
        ConfigurationError: it has another form, or a template is no regular expression.
    """
    content = source.content
    try:
        lists = {name: _values(one) for name, one in content.get("lists", {}).items()}
        values = {word: value for one in lists.values() for word, value in one.items()}
        answers = content.get("responses", {}).get("intents", {})
        return [
            _Template(
                re.compile(_pattern(sentence, lists, content.get("expansion_rules", {}))),
                intent,
                source.language.split("-")[0].lower(),
                values,
                block.get("requires_context", {}),
                answers.get(intent, {}).get(block.get("response", "default")),
            )
            for intent, one in content.get("intents", {}).items()
            for block in one["data"]
            for sentence in block["sentences"]
        ]
    except (re.error, AttributeError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{source.origin}: {error}") from error


def _values(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may be said for a list, with what it stands for."""
    pairs = [(v["in"], v["out"]) if isinstance(v, Mapping) else (v, v) for v in one["values"]]
    return {str(said).lower(): value for said, value in pairs}


def _pattern(sentence: str, lists: Mapping[str, Any], rules: Mapping[str, str]) -> str:
    """Return a template as a regular expression over lower-case words."""
    while rule := re.search(r"<(\w+)>", sentence):
        sentence = sentence.replace(rule[0], f"({rules[rule[1]]})")

    def slot(found: re.Match[str]) -> str:
        name, _, alias = found[1].partition(":")
        words = "|".join(map(re.escape, lists[name])) if name in lists else ".+"
        return f"(?P<{alias or name}>{words})"

    pattern = re.sub(r"\((?!\?)", "(?:", sentence.lower())
    pattern = pattern.replace("[", "(?:").replace("]", ")?").replace(" ", r"\s*\b")
    return re.sub(r"\{([\w:]+)\}", slot, pattern)


@hookimpl
def irene_intent_recognizers() -> list[type[PhrasesRecognizer]]:
    """Offer the recogniser."""
    return [PhrasesRecognizer]
