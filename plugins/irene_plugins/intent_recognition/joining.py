"""The files of one language become one: shared intents, rules and lists, as hassil wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from irene_plugins.intent_recognition.reading.sentence_tables import SentenceTables
from irene_plugins.intent_recognition.reading.templates import spoken

if TYPE_CHECKING:
    from irene_plugins.intent_recognition.language_intents import LanguageIntents

Lists = Mapping[str, Mapping[str, Any]]


def joined(language: str, files: Sequence[SentenceTables]) -> LanguageIntents:
    """Return all sentences of a language; where two files differ, each keeps its own."""
    from hassil import Intents

    from irene_plugins.intent_recognition.language_intents import LanguageIntents

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
    parsed = Intents.from_dict(
        {
            "language": language,
            "intents": intents,
            "expansion_rules": rules,
            "lists": _for_hassil(lists, language),
            "skip_words": sorted({word for tables in files for word in tables.skip_words}),
            "settings": {"ignore_whitespace": any(tables.ignore_whitespace for tables in files)},
        }
    )
    return LanguageIntents(**vars(parsed))


def join_responses(files: Sequence[SentenceTables]) -> dict[str, dict[str, str]]:
    """Return the templates of answers by intent and key; a later file wins."""
    joined: dict[str, dict[str, str]] = {}
    for tables in files:
        for intent, texts in tables.responses.items():
            joined.setdefault(intent, {}).update(texts)
    return joined


def only_used(tables: SentenceTables, used: set[str]) -> SentenceTables:
    """Return the rules and lists that are used: number words of the others cost time."""
    rules = {name: text for name, text in tables.rules.items() if f"<{name}>" in used}
    lists = {name: table for name, table in tables.lists.items() if f"{{{name}}}" in used}
    return replace(tables, rules=rules, lists=lists)


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
