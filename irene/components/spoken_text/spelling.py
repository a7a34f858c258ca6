"""From the written form of a sentence to the one that a voice reads as a person would."""

from __future__ import annotations

from irene.components.spoken_text.markup import without_markup
from irene.components.spoken_text.rules import WrittenLanguage
from irene.domain.languages import primary_language

_UNKNOWN = WrittenLanguage(frozenset(), ())


def written_language(tag: str) -> WrittenLanguage:
    """Return how the language of a BCP 47 tag is written; an unknown one has no rules."""
    # Its expressions take time to compile: only what is spoken is imported.
    match primary_language(tag):
        case "en":
            from irene.components.spoken_text.english import ENGLISH

            return ENGLISH
        case "de":
            from irene.components.spoken_text.german import GERMAN

            return GERMAN
        case _:
            return _UNKNOWN


def spoken_form(sentence: str, language: str) -> str:
    """Return a sentence without markup, and with times, dates, money and units in words.

    Plain numbers are left to the voice, which reads them well. What is left may be empty: nobody
    listens to code or emoji.
    """
    text = without_markup(sentence)
    for rule in written_language(language).rules:
        text = rule.pattern.sub(rule.say, text)
    return text
