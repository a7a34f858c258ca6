"""Mistakes in the sentences of one language, each reported where it stands."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from irene_plugins.intent_recognition.reading.gaps import Gaps
from irene_plugins.intent_recognition.reading.problems import ProblemList
from irene_plugins.intent_recognition.reading.sentence_tables import SentenceBlock, SentenceTables
from irene_plugins.intent_recognition.reading.silence import perhaps_silent
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

if TYPE_CHECKING:
    from hassil import Intents


def check_templates(
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


def _graph(
    rules: Mapping[str, str],
    lists: Mapping[str, Mapping[str, Any]],
    origin: str,
    where: str,
    problems: ProblemList,
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


def check_responses(
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


def report_empty_matches(intents: Intents, problems: ProblemList) -> None:
    """Report sentences that match silence: every part of them is optional."""
    from hassil import recognize_all

    for result in recognize_all("", perhaps_silent(intents)):
        sentence = result.intent_sentence
        text = (sentence.text if sentence is not None else None) or ""
        origin = str((result.intent_metadata or {}).get("origin", ""))
        reason = "matches silence; one word at least must not be optional"
        problems.add(origin, f"intent {result.intent.name}", reason, text)
