"""Sentence sources as data: those of `[intents.lists]`, and what the others lack."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from irene.config.problems import nearest
from irene.domain.languages import is_same_language, takes_in
from irene.providers.intent_recognition import SentenceSource

ORIGIN = "[intents.lists]"
"""what messages call the configuration's lists"""
_MOST_NAMED = 5
"""intents in one line"""


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
    """Yield a line for each intent that is not in `answered` and has no response of its own."""
    for name, source in by_handler.items():
        for intent in _intents_without_response(source):
            if intent not in answered:
                yield (
                    f"handler {name!r}: its sentences name the intent {intent!r}, which nobody "
                    "answers; add it to its `intents`, or give it a response"
                )


def unsaid(
    wanted: Mapping[str, Sequence[str]], sources: Sequence[SentenceSource], *, asked: bool
) -> Iterator[str]:
    """Yield a line for each intent that a handler was given, and that no sentence has.

    Args:
        wanted: the intents that the configuration gives to each handler, by its name.
        sources: all sentences, of whatever language.
        asked: whether somebody else than a sentence may ask for an intent, as a language model
            does; then only what looks like the intent of a sentence is told.
    """
    known = sorted({str(name) for one in sources for name in _mapping(one.content, "intents")})
    for name, intents in wanted.items():
        for intent in intents if known else ():
            near = nearest(intent, known)
            if intent not in known and (near or not asked):
                cure = f"did you mean {near!r}?" if near else "give it sentences"
                yield f"handler {name!r}: no sentence has the intent {intent!r}; {cure}"


def _intents_without_response(source: SentenceSource) -> list[str]:
    """Return the intents that a source has sentences of, and no response to say."""
    spoken = _mapping(_mapping(source.content, "responses"), "intents")
    return [
        str(name)
        for name, table in _mapping(source.content, "intents").items()
        if name not in spoken and not any("response" in block for block in _blocks(table))
    ]


def silent_intents(
    asked: Sequence[SentenceSource], sources: Sequence[SentenceSource], answered: Container[str]
) -> list[str]:
    """Return a line about intents that are understood, and nothing is said to them.

    Args:
        asked: whose sentences are looked at.
        sources: all that there are, for what they say.
        answered: intents that a handler answers.
    """
    missing = _without_text(asked, sources, answered)
    if not missing:
        return []
    named = [f"{intent} (response {told})" for intent, told in missing.items()]
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return [
        f"intents.sentences: nothing is said to {', '.join(named[:_MOST_NAMED])}{more}; "
        "give them a text under `responses`, or a handler"
    ]


def _without_text(
    asked: Sequence[SentenceSource], sources: Sequence[SentenceSource], answered: Container[str]
) -> dict[str, str]:
    """Return the intents without a text in the language of their sentence, and which it lacks."""
    missing: dict[str, str] = {}
    for source in asked:
        family = [one for one in sources if is_same_language(one.language, source.language)]
        for intent, answer in _answers_of([source]):
            if intent not in answered and answer not in _texts(family, intent):
                elsewhere = answer in _texts(sources, intent)
                only = f", which has no text in {source.language!r}" if elsewhere else ""
                missing.setdefault(intent, f"{answer!r}{only}")
    return missing


def _answers_of(sources: Sequence[SentenceSource]) -> Iterator[tuple[str, str]]:
    """Yield each intent that there are sentences of, and the response that answers them."""
    for source in sources:
        for intent, table in _mapping(source.content, "intents").items():
            for block in _blocks(table):
                yield str(intent), str(block.get("response", "default"))


def _texts(sources: Sequence[SentenceSource], intent: str) -> set[str]:
    """Return the names of the responses of an intent."""
    tables = (_mapping(_mapping(one.content, "responses"), "intents") for one in sources)
    return {str(name) for table in tables for name in _mapping(table, intent)}


def _mapping(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the table under a key; an empty one where there is none: others say what is wrong."""
    value = table.get(key)
    return value if isinstance(value, Mapping) else {}


def _blocks(table: Any) -> list[Mapping[str, Any]]:
    """Return the blocks of sentences of an intent."""
    blocks = table.get("data") if isinstance(table, Mapping) else None
    if not isinstance(blocks, (list, tuple)):
        return []  # the recogniser says what is wrong with them
    return [block for block in blocks if isinstance(block, Mapping)]


def _table(values: Any) -> Any:
    """Return a list in its full form: `["a", "b"]` is short for `{values = ["a", "b"]}`."""
    return {"values": values} if isinstance(values, (list, tuple)) else values
