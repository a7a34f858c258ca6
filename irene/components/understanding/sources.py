"""Sentence sources as data: those of `[intents.lists]`, and what the others lack."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from irene.domain.languages import is_same_language, takes_in
from irene.providers.intent_recognition import SentenceSource

ORIGIN = "[intents.lists]"
"""what messages call the configuration's lists"""


def list_sources(
    lists: Mapping[str, Any], sources: Sequence[SentenceSource]
) -> list[SentenceSource]:
    """Return the configured lists as one source for each language that sentences are in."""
    if not lists:
        return []
    tables = {name: _table(values) for name, values in lists.items()}
    languages = dict.fromkeys(source.language for source in sources)
    return [SentenceSource(ORIGIN, language, {"lists": tables}) for language in languages]


def of_other_regions(sources: Sequence[SentenceSource], languages: Sequence[str]) -> Iterator[str]:
    """Yield a line for each source in a narrower language than those that are spoken: `de-AT`."""
    for source in sources:
        tag = source.language
        family = [one for one in languages if is_same_language(one, tag)]
        if family and source.origin != ORIGIN and not any(takes_in(tag, one) for one in family):
            spoken = family[0]
            yield (
                f"{source.origin}: its sentences are in {tag!r}, so nobody who speaks {spoken!r} "
                f"is understood; call its language {spoken!r}, or set assistant.language = {tag!r}"
            )


def unanswered(by_handler: Mapping[str, SentenceSource], answered: Container[str]) -> Iterator[str]:
    """Yield a line for each intent of a handler's sentences that is not `answered`, nor speaks."""
    for name, source in by_handler.items():
        for intent in _intents_without_response(source):
            if intent not in answered:
                yield (
                    f"handler {name!r}: its sentences name the intent {intent!r}, which nobody "
                    "answers; add it to its `intents`, or give it a response"
                )


def _intents_without_response(source: SentenceSource) -> list[str]:
    """Return the intents that a source has sentences of, and no response to say."""
    intents, responses = source.content.get("intents"), source.content.get("responses")
    spoken = responses.get("intents") if isinstance(responses, Mapping) else None
    if not isinstance(intents, Mapping):
        return []  # the recogniser says what is wrong with them
    return [
        str(name)
        for name, table in intents.items()
        if not (isinstance(spoken, Mapping) and name in spoken) and not _has_response(table)
    ]


def _has_response(table: Any) -> bool:
    blocks = table.get("data") if isinstance(table, Mapping) else None
    return isinstance(blocks, (list, tuple)) and any(
        isinstance(block, Mapping) and "response" in block for block in blocks
    )


def _table(values: Any) -> Any:
    """Return a list in its full form: `["a", "b"]` is short for `{values = ["a", "b"]}`."""
    return {"values": values} if isinstance(values, (list, tuple)) else values
