"""The sentences of one language, with what has been made of them for recognisers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from hassil import Intents

if TYPE_CHECKING:
    from irene_plugins.intent_recognition.grammar.template_words import TemplateWords


class LanguageIntents(Intents):
    """The joined sentences of a language; the words of their templates are freed with them."""

    @cached_property
    def template_words(self) -> TemplateWords:
        """What the templates say, for the grammars of all conversations."""
        from irene_plugins.intent_recognition.grammar.template_words import TemplateWords

        return TemplateWords(self)
