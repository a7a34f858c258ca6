"""From the tables of one language to what hassil matches against."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from irene import SentenceSource
from irene_plugins.intent_recognition.bundled_rules import bundled_tables
from irene_plugins.intent_recognition.checking import (
    check_responses,
    check_templates,
    report_empty_matches,
)
from irene_plugins.intent_recognition.conversation_blocks import ConversationBlocks
from irene_plugins.intent_recognition.joining import join_responses, joined, only_used
from irene_plugins.intent_recognition.reading.gaps import Gaps
from irene_plugins.intent_recognition.reading.problems import ProblemList
from irene_plugins.intent_recognition.reading.sentence_tables import SentenceTables, read_tables
from irene_plugins.intent_recognition.responses import ResponseTemplates

if TYPE_CHECKING:
    from hassil import Intents

    from irene_plugins.intent_recognition.guessing.near_sentences import NearSentences
    from irene_plugins.intent_recognition.language_intents import LanguageIntents

_COMPILING = threading.Lock()


@dataclass(frozen=True)
class CompiledLanguage:
    """Every sentence of one language, ready to be matched."""

    intents: LanguageIntents
    answers: Mapping[str, Mapping[str, str]]
    """templates of answers by intent and response key"""
    blocks: ConversationBlocks
    """the same intents, without what a conversation or the words of a text rule out"""

    def warm_up(self) -> None:
        """Build what hassil would build for the first text; a second call does nothing."""
        _ = self._is_warm

    @cached_property
    def _is_warm(self) -> bool:
        from irene_plugins.intent_recognition.first_use import prepare

        prepare(self.intents, self.intents.language)
        self.blocks.fitting({}, "")
        return True

    @cached_property
    def near(self) -> NearSentences:
        """A bounded set of the same sentences, for what was misheard."""
        from irene_plugins.intent_recognition.guessing.near_sentences import NearSentences

        return NearSentences(self.intents)


@dataclass(frozen=True)
class CompiledSources:
    """The sentences of all sources by language, with the answers that they give themselves."""

    languages: Mapping[str, CompiledLanguage]
    """by BCP 47 tag in lower case"""
    responses: ResponseTemplates
    warnings: tuple[str, ...]
    """what is missing, one line each"""

    def family(self, language: str) -> Iterator[CompiledLanguage]:
        """Yield the sentences of a language and then of the wider ones: `en-US`, then `en`."""
        tag = _tag(language)
        while tag:
            if tag in self.languages:
                yield self.languages[tag]
            tag = tag.rpartition("-")[0]


def compile_sources(sources: Sequence[SentenceSource]) -> CompiledSources:
    """Compile all sources, or return what was made of the very same ones the last time.

    The tiers of an assistant are given the same sentences, and so is the next assistant of the
    process: whoever comes while they are compiled waits for them.

    Raises:
        ConfigurationError: templates are wrong; `problems` holds a line for each mistake.
    """
    with _COMPILING:
        return _compiled(_Asked(tuple(sources)))


class _Asked:
    """Sources that are equal when they say the same."""

    def __init__(self, sources: Sequence[SentenceSource]) -> None:
        self.sources = sources
        said = [(source.origin, source.language, source.content) for source in sources]
        self._digest = blake2b(json.dumps(said, default=repr).encode()).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(self._digest)


@lru_cache(maxsize=1)
def _compiled(asked: _Asked) -> CompiledSources:
    problems, responses = ProblemList(), ResponseTemplates()
    by_language: dict[str, list[SentenceTables]] = {}
    for source in asked.sources:
        tables = read_tables(source, problems)
        by_language.setdefault(_tag(source.language), []).append(tables)
    languages: dict[str, CompiledLanguage] = {}
    warnings: list[str] = []
    for tag, files in by_language.items():
        gaps = Gaps()
        compiled = compile_language(files[0].language, files, problems, gaps)
        warnings += gaps.lines()
        if compiled is not None:
            languages[tag] = compiled
            _add_responses(responses, files, compiled.intents, problems)
    problems.raise_if_any()
    return CompiledSources(languages, responses, (*warnings, *responses.warnings()))


def compile_language(
    language: str, files: Sequence[SentenceTables], problems: ProblemList, gaps: Gaps
) -> CompiledLanguage | None:
    """Join the files of one language and compile them; None after a mistake.

    As in Home Assistant, the files share intents, rules and lists, and value lists of one name
    are joined. Where two files define a rule (or a range) of one name differently, each file
    gets its own, so that no plugin breaks the sentences of another. What no file defines comes
    from the bundled rules; what they do not define either is kept in `gaps` and has no words, so
    that every sentence can be said that does not need it.
    """
    before = len(problems)
    bundled = bundled_tables(language)
    used = check_templates(files, bundled, problems, gaps)
    answers = join_responses(files)
    for tables in files:
        check_responses(tables, answers, problems)
    if len(problems) > before:
        return None
    intents = joined(language, [only_used(bundled, used), gaps.as_tables(language), *files])
    report_empty_matches(intents, problems)
    return CompiledLanguage(intents, answers, ConversationBlocks(intents))


def _add_responses(
    responses: ResponseTemplates,
    files: Sequence[SentenceTables],
    intents: Intents,
    problems: ProblemList,
) -> None:
    for tables in files:
        for intent, texts in tables.responses.items():
            slots = _slots(intents, intent)
            for key, text in texts.items():
                responses.add(text, (tables.origin, intent, key), slots, problems)


def _slots(intents: Intents, name: str) -> frozenset[str]:
    """Return the slots that sentences of an intent can fill."""
    slots: set[str] = set()
    for block in intents.intents[name].data if name in intents.intents else ():
        rules = {**intents.expansion_rules, **block.expansion_rules}
        slots.update(block.slots, block.requires_context)
        for sentence in block.sentences:
            expression: Any = sentence.expression
            slots.update(one.slot_name for one in expression.list_references(rules))
    return frozenset(slots)


def _tag(language: str) -> str:
    return language.replace("_", "-").lower()
