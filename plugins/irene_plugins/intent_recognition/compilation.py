"""From the tables of one language to what hassil matches against."""

from __future__ import annotations

import json
import threading
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from irene import SentenceSource
from irene_plugins.intent_recognition.bundled_rules import bundled_tables
from irene_plugins.intent_recognition.conversation_blocks import ConversationBlocks
from irene_plugins.intent_recognition.reading.gaps import Gaps
from irene_plugins.intent_recognition.reading.problems import ProblemList
from irene_plugins.intent_recognition.reading.sentence_tables import (
    SentenceBlock,
    SentenceTables,
    read_tables,
)
from irene_plugins.intent_recognition.reading.templates import (
    SAME_NAME,
    References,
    TemplateError,
    faults,
    list_references,
    reachable,
    references,
    spoken,
)
from irene_plugins.intent_recognition.responses import ResponseTemplates

if TYPE_CHECKING:
    from hassil import Intents, Sentence, SlotList

    from irene_plugins.intent_recognition.guessing.near_sentences import NearSentences

Lists = Mapping[str, Mapping[str, Any]]
Rules = Mapping[str, str]

_COMPILING = threading.Lock()


@dataclass(frozen=True)
class CompiledLanguage:
    """Every sentence of one language, ready to be matched."""

    intents: Intents
    answers: Mapping[str, Mapping[str, str]]
    """templates of answers by intent and response key"""
    blocks: ConversationBlocks
    """the same intents, without what a conversation rules out"""

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
    used = _check_templates(files, bundled, problems, gaps)
    answers = _join_responses(files)
    for tables in files:
        _check_responses(tables, answers, problems)
    if len(problems) > before:
        return None
    intents = _compile(language, [_only(bundled, used), gaps.as_tables(language), *files])
    _report_empty_matches(intents, problems)
    _prepare(intents, language)
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


def _check_templates(
    files: Sequence[SentenceTables], bundled: SentenceTables, problems: ProblemList, gaps: Gaps
) -> set[str]:
    """Check every sentence; return all that they refer to, directly or through others."""
    shared = _graph(bundled.rules, bundled.lists, bundled.origin, "", problems)
    graphs = [_graph(tables.rules, tables.lists, tables.origin, "", problems) for tables in files]
    for graph in graphs:
        for name, targets in graph.items():
            is_list = name.startswith("{")
            shared[name] = targets | shared.get(name, targets) if is_list else targets
    used: set[str] = set()
    for tables, graph in zip(files, graphs, strict=True):
        own = {name: targets for name, targets in graph.items() if name.startswith("<")}
        for block in tables.blocks:
            where = f"intent {block.intent}"
            inner = _graph(block.rules, block.lists, tables.origin, where, problems)
            scope = ChainMap(inner, own, shared)
            used |= _check_sentences(block, scope, tables.origin, problems, gaps)
    return used


def _only(tables: SentenceTables, used: set[str]) -> SentenceTables:
    """Return the rules and lists that are used: number words of the others cost time."""
    rules = {name: text for name, text in tables.rules.items() if f"<{name}>" in used}
    lists = {name: table for name, table in tables.lists.items() if f"{{{name}}}" in used}
    return replace(tables, rules=rules, lists=lists)


def _graph(
    rules: Rules, lists: Lists, origin: str, where: str, problems: ProblemList
) -> dict[str, frozenset[str]]:
    """Return what rules and lists refer to; unreadable ones are reported and stay known."""
    graph: dict[str, frozenset[str]] = {}
    for name, text in rules.items():
        graph[f"<{name}>"] = frozenset()
        try:
            graph[f"<{name}>"] = references(text)
        except TemplateError as error:
            problems.add(origin, f"{where} rule <{name}>".strip(), str(error), text)
    for name, table in lists.items():
        graph[f"{{{name}}}"] = frozenset()
        try:
            graph[f"{{{name}}}"] = list_references(table)
        except TemplateError as error:
            problems.add(origin, f"{where} list {{{name}}}".strip(), str(error))
    return graph


def _check_sentences(
    block: SentenceBlock, scope: References, origin: str, problems: ProblemList, gaps: Gaps
) -> set[str]:
    used: set[str] = set()
    where = f"intent {block.intent}"
    for sentence in block.sentences:
        try:
            wanted = references(spoken(sentence))
        except TemplateError as error:
            problems.add(origin, where, str(error), sentence)
            continue
        used |= reachable(wanted, scope)
        for fault in faults(wanted, scope):
            if fault.missing:
                gaps.add(fault.missing, origin, sentence)
            else:
                problems.add(origin, where, fault.reason, sentence)
    return used


def _check_responses(
    tables: SentenceTables, responses: Mapping[str, Mapping[str, str]], problems: ProblemList
) -> None:
    """Report keys of answers that look like a known one; others may be Home Assistant's own."""
    for block in tables.blocks:
        known = responses.get(block.intent, {})
        wanted = block.settings.get("response")
        near = get_close_matches(wanted or "", known, n=1, cutoff=SAME_NAME)
        if near and wanted not in known:
            reason = f"unknown response {wanted!r}; did you mean {near[0]!r}?"
            problems.add(tables.origin, f"intent {block.intent}", reason)


def _join_responses(files: Sequence[SentenceTables]) -> dict[str, dict[str, str]]:
    joined: dict[str, dict[str, str]] = {}
    for tables in files:
        for intent, texts in tables.responses.items():
            joined.setdefault(intent, {}).update(texts)
    return joined


def _compile(language: str, files: Sequence[SentenceTables]) -> Intents:
    from hassil import Intents

    rules = {name: text for tables in files for name, text in tables.rules.items()}
    lists = _join_lists(files)
    intents: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for tables in files:
        own_rules = _differing(tables.rules, rules)
        own_lists = _differing(_without_values(tables.lists), lists)
        for block in tables.blocks:
            data = intents.setdefault(block.intent, {"data": []})["data"]
            data.append(
                {
                    **block.settings,
                    "sentences": [spoken(sentence) for sentence in block.sentences],
                    "expansion_rules": {**own_rules, **block.rules},
                    "lists": _for_hassil({**own_lists, **block.lists}, language),
                    "metadata": {**block.metadata, "origin": tables.origin},
                }
            )
    return Intents.from_dict(
        {
            "language": language,
            "intents": intents,
            "expansion_rules": rules,
            "lists": _for_hassil(lists, language),
            "skip_words": sorted({word for tables in files for word in tables.skip_words}),
            "settings": {"ignore_whitespace": any(tables.ignore_whitespace for tables in files)},
        }
    )


def _join_lists(files: Sequence[SentenceTables]) -> dict[str, Mapping[str, Any]]:
    joined: dict[str, Mapping[str, Any]] = {}
    for tables in files:
        for name, table in tables.lists.items():
            earlier = joined.get(name, {})
            if "values" in table and "values" in earlier:
                fresh = [value for value in table["values"] if value not in earlier["values"]]
                joined[name] = {"values": [*earlier["values"], *fresh]}
            else:
                joined[name] = table
    return joined


def _without_values(lists: Lists) -> Lists:
    return {name: table for name, table in lists.items() if "values" not in table}


def _differing(own: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in own.items() if shared[name] != value}


def _for_hassil(lists: Lists, language: str) -> dict[str, Mapping[str, Any]]:
    return {name: _own_words(table, language) for name, table in lists.items()}


def _own_words(table: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """Give a multiplied range number words of its own.

    hassil (3.12) caches spoken numbers, already multiplied, by language and bounds: a volume of
    0 to 100 times 0.01 would make "fifty" 0.5 in every other range of 0 to 100. A private
    language subtag keeps them apart.
    """
    multiplier = table.get("range", {}).get("multiplier")
    if multiplier is None:
        return table
    spoken_in = table["range"].get("words_language") or language
    return {"range": {**table["range"], "words_language": f"{spoken_in}-x-times-{multiplier}"}}


def _report_empty_matches(intents: Intents, problems: ProblemList) -> None:
    """Report sentences that match silence: every part of them is optional."""
    from hassil import recognize_all

    for result in recognize_all("", intents):
        sentence = result.intent_sentence
        text = (sentence.text if sentence is not None else None) or ""
        origin = str((result.intent_metadata or {}).get("origin", ""))
        reason = "matches silence; one word at least must not be optional"
        problems.add(origin, f"intent {result.intent.name}", reason, text)


def _prepare(intents: Intents, language: str) -> None:
    """Build what hassil builds on first use, so that the first utterance waits for nothing."""
    _prepare_lists(intents.slot_lists, language)
    for block in (block for intent in intents.intents.values() for block in intent.data):
        _prepare_lists(block.slot_lists, language)
        rules = {**intents.expansion_rules, **block.expansion_rules}
        for sentence in block.sentences:
            sentence.get_required_clauses(rules)
            _prepare_inline_ranges(sentence, rules, language)


def _prepare_lists(lists: dict[str, SlotList], language: str) -> None:
    from hassil import ListReference, RangeSlotList, Sentence, TextSlotList, is_match

    for name, words in lists.items():
        if isinstance(words, TextSlotList):
            words.get_candidates("")
        elif isinstance(words, RangeSlotList):
            is_match("-", Sentence(ListReference(name)), lists, language=language)


def _prepare_inline_ranges(sentence: Sentence, rules: dict[str, Sentence], language: str) -> None:
    """Prepare ranges that a sentence writes in place, such as `{1..9:number}`."""
    from hassil import Group, Sentence, is_match

    assert isinstance(sentence.expression, Group)  # hassil's parser wraps every sentence
    for reference in sentence.expression.list_references(rules):
        if reference.is_inline_range:
            is_match("-", Sentence(reference), language=language)


def _tag(language: str) -> str:
    return language.replace("_", "-").lower()
