"""Sentence templates in Home Assistant's format, matched by hassil."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import blake2b
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from irene import (
    NO_CONTEXT,
    Availability,
    Context,
    Grammar,
    Intent,
    IntentMatcher,
    Licence,
    SampleSentence,
    SentenceSource,
    __version__,
    hookimpl,
)
from irene_plugins.intent_recognition.reading.folding import folded, without_pictures
from irene_plugins.intent_recognition.reading.short_units import with_units_spelt_out
from irene_plugins.intent_recognition.template_recognizer import TemplateRecognizer, needs_packages

if TYPE_CHECKING:
    from hassil import RecognizeResult

    from irene_plugins.intent_recognition.compilation import CompiledLanguage, CompiledSources

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
        compiled: CompiledSources,
        sources: Sequence[SentenceSource] = (),
        most_arcs: int = HassilOptions.grammar_arcs,
    ) -> None:
        self._compiled = compiled
        self._sources = tuple(sources)
        self._most_arcs = most_arcs

    def match(self, text: str, language: str, context: Context = NO_CONTEXT) -> Intent | None:
        """Return the best intent for the text, or None when no sentence fits.

        Sentences of the very language (`en-US`) come before those of its family (`en`). Where no
        sentence fits a text as it was written, one may fit what is left without emoji, or what
        is said in place of short units: "2h". These are also read so where that fills more slots
        of the same intent than some slot for any words, which took them in.
        """
        if not text.strip() or len(text) > MAX_CHARACTERS:
            return None
        return self._read(text, language, context)[1]

    def _read(self, text: str, language: str, context: Context) -> tuple[str, Intent | None]:
        """Return how a text is read, and its best intent."""
        plain, bare, spoken = _readings(text, language)
        fitting = partial(self._fitting, text, language, context)
        reading, found = plain, fitting(plain)
        if found is None and bare != plain:
            reading, found = bare, fitting(bare)
        as_said = fitting(spoken) if spoken != bare else None
        if as_said is not None and (found is None or _fills_more(as_said, found)):
            return spoken, as_said
        return reading, found

    def _fitting(self, text: str, language: str, context: Context, reading: str) -> Intent | None:
        """Return the best intent for one reading of a text."""
        from hassil import recognize_best

        for compiled in self._compiled.family(language) if reading.strip() else ():
            intents = compiled.blocks.fitting(context, reading)
            found = recognize_best(
                reading, intents, intent_context=dict(context), best_slot_name="name"
            )
            if found is not None:
                return _intent(found, text, language, compiled)
        return None

    def warm_up(self) -> None:
        """Build what hassil builds when it is first used."""
        for compiled in self._compiled.languages.values():
            compiled.warm_up()

    def grammar(self, language: str, context: Context = NO_CONTEXT) -> Grammar | None:
        """Return all that can be said, but sentences with wildcards; None where words are unknown.

        Without context only the sentences that need none are in it.
        """
        from irene_plugins.intent_recognition.grammar.compilation import compile_grammar

        languages = [compiled.intents for compiled in self._compiled.family(language)]
        return compile_grammar(languages, language, context, self._most_arcs)

    def grammar_key(self, language: str, context: Context = NO_CONTEXT) -> str:
        """Return a name of the grammar that covers sentences, lists, versions, and the context.

        Of the context, only what decides which sentences fit counts.
        """
        from irene_plugins.intent_recognition.grammar.compilation import COMPILER, dependence

        fitting = [
            dependence(compiled.intents, context) for compiled in self._compiled.family(language)
        ]
        versions = [
            COMPILER,
            __version__,
            version("hassil"),
            version("unicode-rbnf"),
            self._most_arcs,
        ]
        content = [*versions, language, fitting, self._digest]
        return blake2b(repr(content).encode(), digest_size=16).hexdigest()

    @cached_property
    def _digest(self) -> str:
        sources = [(source.language, source.content) for source in self._sources]
        content = json.dumps(sources, sort_keys=True, default=repr)
        return blake2b(content.encode(), digest_size=16).hexdigest()

    def match_all(self, text: str, language: str, context: Context = NO_CONTEXT) -> list[Intent]:
        """Return the best intent for the text, and after it those that fit just as well.

        Just as well: with a `{name}` as long, as many wildcards, as much text in them and as much
        literal text.
        """
        from hassil import recognize_all

        if not text.strip() or len(text) > MAX_CHARACTERS:
            return []
        plain, _, spoken = _readings(text, language)
        reading = plain if spoken == plain else self._read(text, language, context)[0]
        fitting: list[Intent] = []
        for compiled in self._compiled.family(language):
            intents = compiled.blocks.fitting(context, reading)
            matches = recognize_all(reading, intents, intent_context=dict(context))
            all_found = list(matches)
            all_found.sort(key=lambda found: (_rank(found), found.intent.name))
            for found in (one for one in all_found if _rank(one) == _rank(all_found[0])):
                intent = _intent(found, text, language, compiled)
                if all((intent.name, intent.slots) != (one.name, one.slots) for one in fitting):
                    fitting.append(intent)
            if fitting:
                break
        return fitting

    def render(self, intent: Intent, values: Mapping[str, Any]) -> str:
        """Return the sentence file's own answer, a Jinja2 template, filled in.

        Raises:
            ProviderFailedError: a value is not there, or the template takes too much work.
        """
        return self._compiled.responses.render(intent, values)

    def warnings(self) -> Sequence[str]:
        """Return what sentences and answers refer to and nobody defines, with the cure."""
        return self._compiled.warnings

    def samples(self, language: str, limit: int) -> Iterator[SampleSentence]:
        """Yield sentences that cover what the templates may say, with one value for each slot."""
        from irene_plugins.intent_recognition.samples import samples

        for compiled in self._compiled.family(language):
            yield from samples(compiled.intents, limit)


class HassilRecognizer(TemplateRecognizer[HassilOptions]):
    """Matches text against sentence templates; understands exactly what the templates say."""

    name = "hassil"
    summary = "sentence templates in Home Assistant's format"
    licence = Licence("Apache-2.0")
    Options = HassilOptions

    def open_matcher(self, sources: Sequence[SentenceSource]) -> IntentMatcher:
        """Compile the sources.

        Lists and rules that nobody defines are no mistake (see `IntentMatcher.warnings`), unless
        the name looks like a known one.

        Raises:
            ConfigurationError: templates are wrong; `problems` holds a line for each mistake with
                file, intent, sentence and reason.
        """
        from irene_plugins.intent_recognition.compilation import compile_sources

        compiled = compile_sources(sources)
        return HassilMatcher(compiled, sources, self.options.grammar_arcs)

    def _check(self) -> Availability:
        return needs_packages(("hassil", "yaml", "jinja2"), "intents")

    def _load(self) -> None:
        import hassil  # noqa: F401 - the import is what takes time


def _readings(text: str, language: str) -> tuple[str, str, str]:
    """Return a text as it was written, without emoji, and with short units written out."""
    plain = folded(text)
    bare = without_pictures(plain)
    return plain, bare, with_units_spelt_out(bare, language)


def _fills_more(intent: Intent, other: Intent) -> bool:
    return intent.name == other.name and len(intent.slots) > len(other.slots)


def _intent(found: RecognizeResult, text: str, language: str, compiled: CompiledLanguage) -> Intent:
    answers = compiled.answers.get(found.intent.name, {})
    slots = {name: _plain(entity.value) for name, entity in found.entities.items()}
    return Intent(
        found.intent.name,
        text,
        language,
        slots,
        response_template=answers.get(found.response or "default"),
        response_key=found.response,
    )


def _rank(found: RecognizeResult) -> tuple[int, int, int, int]:
    """Return how well a template fits, the lowest best, by what hassil itself goes by."""
    named = found.entities.get("name")
    is_named = named is not None and not named.is_wildcard
    open_slots = [entity for entity in found.entities_list if entity.is_wildcard]
    wild = sum(len(entity.text or "") for entity in open_slots)
    name_length = 1 + len(named.text) if named is not None and is_named else 0
    return -name_length, len(open_slots), -found.text_chunks_matched, wild


def _plain(value: Any) -> str | int | float:
    """Return whole numbers as int, however they were heard; several values joined by commas."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    if isinstance(value, (str, int, float)):
        return int(value) if isinstance(value, float) and value.is_integer() else value
    return str(value)


@hookimpl
def irene_intent_recognizers() -> list[type[HassilRecognizer]]:
    """Offer the recogniser of sentence templates."""
    return [HassilRecognizer]
