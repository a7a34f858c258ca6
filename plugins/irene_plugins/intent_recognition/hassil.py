"""Sentence templates in Home Assistant's format, matched by hassil."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from importlib.metadata import version
from typing import TYPE_CHECKING

from irene import (
    NO_CONTEXT,
    Availability,
    Context,
    Grammar,
    Intent,
    IntentMatcher,
    IntentRecognizer,
    Licence,
    SentenceSource,
    hookimpl,
    needs_package,
)

if TYPE_CHECKING:
    from hassil import RecognizeResult

    from irene_plugins.intent_recognition.compilation import CompiledLanguage
    from irene_plugins.intent_recognition.sentence_tables import SentenceTables

MAX_CHARACTERS = 1000
"""Longer texts are no commands; matching time grows with the square of the length."""


@dataclass(frozen=True)
class HassilOptions:
    """The `[intent_recognition.providers.hassil]` table."""

    grammar_arcs: int = field(default=100_000, metadata={"range": (100, None)})
    """largest grammar that is made for recognisers, in arcs; what does not fit is recognised
    freely. Time and memory of a recogniser grow with it"""


class HassilMatcher(IntentMatcher):
    """Compiled sentences by language; matching changes nothing, so threads may share it.

    The best match has a `{name}`, as in Home Assistant ("the kitchen light" is a lamp of that name
    before it is every light in the kitchen), then the fewest wildcards, then the most literal text,
    then the first intent name in the alphabet: the order of files never decides between intents.
    """

    def __init__(
        self,
        languages: Mapping[str, CompiledLanguage],
        sources: Sequence[SentenceSource] = (),
        most_arcs: int = HassilOptions.grammar_arcs,
    ) -> None:
        self._languages = dict(languages)
        self._sources = tuple(sources)
        self._most_arcs = most_arcs

    def match(self, text: str, language: str, context: Context = NO_CONTEXT) -> Intent | None:
        """Return the best intent for the text, or None when no sentence fits.

        Sentences of the very language (`en-US`) come before those of its family (`en`).
        """
        from hassil import recognize_best

        if not text.strip() or len(text) > MAX_CHARACTERS:
            return None
        for compiled in self._compiled_for(language):
            found = recognize_best(
                text, compiled.intents, intent_context=dict(context), best_slot_name="name"
            )
            if found is not None:
                return _intent(found, text, language, compiled)
        return None

    def grammar(self, language: str, context: Context = NO_CONTEXT) -> Grammar | None:
        """Return all that can be said, but sentences with wildcards; None where words are unknown.

        Without context only the sentences that need none are in it.
        """
        from irene_plugins.intent_recognition.grammar_compilation import compile_grammar

        languages = [compiled.intents for compiled in self._compiled_for(language)]
        return compile_grammar(languages, language, context, self._most_arcs)

    def grammar_key(self, language: str, context: Context = NO_CONTEXT) -> str:
        """Return a name of the grammar that covers sentences, lists, versions, and the context.

        Of the context, only what decides which sentences fit counts.
        """
        from irene_plugins.intent_recognition.grammar_compilation import COMPILER, dependence

        fitting = [
            dependence(compiled.intents, context) for compiled in self._compiled_for(language)
        ]
        versions = [COMPILER, version("hassil"), version("unicode-rbnf"), self._most_arcs]
        content = [*versions, language, fitting, self._digest]
        return blake2b(repr(content).encode(), digest_size=16).hexdigest()

    @cached_property
    def _digest(self) -> str:
        sources = [(source.language, source.content) for source in self._sources]
        content = json.dumps(sources, sort_keys=True, default=repr)
        return blake2b(content.encode(), digest_size=16).hexdigest()

    def _compiled_for(self, language: str) -> Iterator[CompiledLanguage]:
        tag = _tag(language)
        while tag:
            if tag in self._languages:
                yield self._languages[tag]
            tag = tag.rpartition("-")[0]


class HassilRecognizer(IntentRecognizer[HassilOptions]):
    """Matches text against sentence templates; understands exactly what the templates say."""

    name = "hassil"
    summary = "sentence templates in Home Assistant's format"
    licence = Licence("Apache-2.0")
    Options = HassilOptions

    def open_matcher(self, sources: Sequence[SentenceSource]) -> IntentMatcher:
        """Compile the sources.

        Raises:
            ConfigurationError: templates are wrong; `problems` holds a line for each mistake with
                file, intent, sentence and reason.
        """
        from irene_plugins.intent_recognition.compilation import compile_language
        from irene_plugins.intent_recognition.problems import ProblemList
        from irene_plugins.intent_recognition.sentence_tables import read_tables

        problems = ProblemList()
        by_language: dict[str, list[SentenceTables]] = {}
        for source in sources:
            tables = read_tables(source, problems)
            by_language.setdefault(_tag(source.language), []).append(tables)
        compiled = {
            tag: compile_language(files[0].language, files, problems)
            for tag, files in by_language.items()
        }
        problems.raise_if_any()
        languages = {tag: item for tag, item in compiled.items() if item is not None}
        return HassilMatcher(languages, sources, self.options.grammar_arcs)

    def read_folder(self, folder: str) -> list[SentenceSource]:
        """Read `LANGUAGE/*.yaml` below the folder.

        Raises:
            ConfigurationError: the folder or files in it cannot be read; `problems` holds a line
                for each mistake with file, line number and reason.
        """
        from irene_plugins.intent_recognition.sentence_folder import read_folder

        return read_folder(folder)

    def _check(self) -> Availability:
        hassil = needs_package("hassil", "intents")
        return hassil if not hassil.ready else needs_package("yaml", "intents")

    def _load(self) -> None:
        import hassil  # noqa: F401 - the import is what takes time


def _tag(language: str) -> str:
    return language.replace("_", "-").lower()


def _intent(found: RecognizeResult, text: str, language: str, compiled: CompiledLanguage) -> Intent:
    answers = compiled.responses.get(found.intent.name, {})
    slots = {name: _plain(entity.value) for name, entity in found.entities.items()}
    return Intent(
        found.intent.name,
        text,
        language,
        slots,
        response_template=answers.get(found.response or "default"),
        response_key=found.response,
    )


def _plain(value: str | int | float) -> str | int | float:
    """Return whole numbers as int, whether they were heard as digits or as words."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@hookimpl
def irene_intent_recognizers() -> list[type[HassilRecognizer]]:
    """Offer the recogniser of sentence templates."""
    return [HassilRecognizer]
