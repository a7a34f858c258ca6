"""Contract of intent recognisers: text in, an intent with its slots out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from irene.domain.grammar import Grammar
from irene.domain.intents import Intent
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError
from irene.providers.provider import OptionsT, Provider

Context = Mapping[str, Any]
"""What the conversation is about, for sentences with `requires_context`: `last_intent` is the name
of the intent before, `asks` the slot that the last answer asked for; absent when there is none."""

NO_CONTEXT: Context = MappingProxyType({})
"""A conversation that begins."""


@dataclass(frozen=True)
class SentenceSource:
    """One parsed sentence file: templates in the format of Home Assistant's custom sentences."""

    origin: str
    """path or handler name, for messages"""
    language: str
    """BCP 47 tag"""
    content: Mapping[str, Any]
    """the file's mapping: `intents`, `lists`, `expansion_rules`, `skip_words`, `responses`"""


class IntentMatcher(ABC):
    """Sentences of all sources, ready to be matched; immutable, so it serves every session."""

    @abstractmethod
    def match(self, text: str, language: str, context: Context = NO_CONTEXT) -> Intent | None:
        """Return the best intent for the text, or None when no sentence fits.

        Args:
            text: what was said.
            language: BCP 47 tag.
            context: what the conversation is about (see `Context`).
        """

    def grammar(self, language: str, context: Context = NO_CONTEXT) -> Grammar | None:
        """Return all that `match` understands in this language and context, for the recogniser.

        None says that it is not known in advance.
        """
        return None

    def grammar_key(self, language: str, context: Context = NO_CONTEXT) -> str | None:
        """Return a name of what `grammar` would return; equal names mean equal grammars.

        The grammar is kept on disk under it. The name covers all that the grammar depends on:
        sentences, lists, context, and the versions of what compiles them. None says that it is
        compiled anew each time.
        """
        return None

    def close(self) -> None:  # noqa: B027 - optional: most matchers have nothing to free
        """Free what the engine holds for this matcher; called once, also after a failure."""


class IntentRecognizer(Provider[OptionsT]):
    """Turns text into intents with the help of sentence templates or a model."""

    kind: ClassVar[Kind] = Kind.INTENT_RECOGNITION

    @abstractmethod
    def open_matcher(self, sources: Sequence[SentenceSource]) -> IntentMatcher:
        """Compile the sources.

        Raises:
            ConfigurationError: a template is wrong; the message names file, intent and reason.
        """

    def read_folder(self, folder: str) -> list[SentenceSource]:
        """Read the sentence files of `[intents] sentences`, in the recogniser's own format.

        Raises:
            ConfigurationError: the folder or a file cannot be read, or this recogniser has no
                sentence files.
        """
        raise ConfigurationError(
            f"[intents] sentences = {folder!r}: {self.name!r} reads no sentence files; remove it"
        )
