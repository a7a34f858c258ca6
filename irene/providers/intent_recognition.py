"""Contract of intent recognisers: text in, an intent with its slots out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from irene.domain.grammar import Grammar
from irene.domain.intents import Intent, SlotValue
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


@dataclass(frozen=True)
class SentenceTest:
    """One sentence and what it must be understood as."""

    origin: str
    """file and line, for messages"""
    sentence: str
    """what is said"""
    language: str
    """BCP 47 tag"""
    intent: str | None
    """name of the intent; None when nobody may understand it"""
    slots: Mapping[str, SlotValue | Sequence[SlotValue]] = field(default_factory=dict)
    """every slot that is found, with its value or several that are right"""
    context: Context = field(default_factory=dict)
    """what the conversation is about"""


@dataclass(frozen=True)
class SampleSentence:
    """A sentence that a template allows."""

    text: str
    """as it is said, slots filled with values of their lists"""
    intent: str
    """name of the intent that the template belongs to"""
    origin: str
    """file or handler of the template"""
    context: Context = field(default_factory=dict)
    """what the conversation must be about, so that it is understood"""


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

    def warm_up(self) -> None:  # noqa: B027 - optional: most matchers are ready when they are made
        """Make ready what the first `match` would have to wait for.

        Called once before texts are matched, and not at all where none will be, as when sentences
        are only checked. `match` must work without it.
        """

    def match_all(self, text: str, language: str, context: Context = NO_CONTEXT) -> list[Intent]:
        """Return the best intent for the text, and after it those that fit just as well."""
        best = self.match(text, language, context)
        return [] if best is None else [best]

    def render(self, intent: Intent, values: Mapping[str, Any]) -> str:
        """Return the sentence file's own answer to an intent, its `response_template` filled in.

        Args:
            intent: an intent that a matcher of the same sources found.
            values: what the template may use beside the slots, such as `now`.

        Raises:
            ProviderFailedError: it uses a value that is not there, or takes too much work.
        """
        return intent.response_template or ""

    def warnings(self) -> Sequence[str]:
        """Return what the sources lack, one line each that names the cure."""
        return ()

    def samples(self, language: str, limit: int) -> Iterator[SampleSentence]:
        """Yield sentences that the templates allow, at most `limit` for each template."""
        return iter(())

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

    def _probe(self) -> None:
        """Look for an intent where there are no sentences."""
        matcher = self.open_matcher(())
        try:
            matcher.match("one", "en")
        finally:
            matcher.close()

    def read_folder(self, folder: str) -> list[SentenceSource]:
        """Read the sentence files of `[intents] sentences`, in the recogniser's own format.

        Raises:
            ConfigurationError: the folder or a file cannot be read, or this recogniser has no
                sentence files.
        """
        raise ConfigurationError(
            f"[intents] sentences = {folder!r}: {self.name!r} reads no sentence files; remove it"
        )

    def read_tests(self, file: str) -> list[SentenceTest]:
        """Read a table of sentences with what they must be understood as.

        Raises:
            ConfigurationError: the file cannot be read, or this recogniser reads no tables.
        """
        raise ConfigurationError(f"{file}: {self.name!r} reads no tables of sentences")
