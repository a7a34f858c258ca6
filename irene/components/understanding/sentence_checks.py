"""Sentences tried against what they must be understood as, and templates against one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from irene.domain.intents import Intent, SlotValue
from irene.providers.intent_recognition import (
    NO_CONTEXT,
    Context,
    IntentMatcher,
    SampleSentence,
    SentenceTest,
)

SAMPLES = 5
"""sentences of each template that are tried against all other templates, unless told otherwise"""


@dataclass(frozen=True)
class SentenceResult:
    """What became of one tested sentence."""

    test: SentenceTest
    found: Intent | None
    """the intent that it has"""
    problems: tuple[str, ...]
    """what is not as expected, one line each; empty when all is"""


@dataclass(frozen=True)
class Collision:
    """A sentence that templates of several intents allow, so that only their names decide."""

    sentence: str
    language: str
    """BCP 47 tag"""
    intents: tuple[str, ...]
    """names of the intents, the one that wins first"""
    origin: str
    """file or handler of one of the templates"""

    def __str__(self) -> str:
        """Say it in one line."""
        winner, *others = self.intents
        return (
            f'{self.origin}: "{self.sentence}" fits {" and ".join(self.intents)}; '
            f"{winner} wins only by its name; change {' or '.join(others)}"
        )


def try_sentences(
    matcher: IntentMatcher, tests: Iterable[SentenceTest], context: Context = NO_CONTEXT
) -> Iterator[SentenceResult]:
    """Yield what becomes of each sentence.

    Args:
        matcher: the sentences.
        tests: what is expected; the context of a test comes before the general one.
        context: what every conversation is about.

    Raises:
        IreneError: the recogniser failed.
    """
    for test in tests:
        within = {**context, **test.context}
        fitting = matcher.match_all(test.sentence, test.language, within)
        found = fitting[0] if fitting else None
        yield SentenceResult(test, found, tuple(_problems(test, fitting)))


def collisions(
    matcher: IntentMatcher,
    language: str,
    samples: Iterable[SampleSentence],
    context: Context = NO_CONTEXT,
) -> Iterator[Collision]:
    """Yield a sentence for each pair of intents whose templates allow the same.

    Args:
        matcher: the sentences.
        language: BCP 47 tag.
        samples: the sentences that are tried, see `IntentMatcher.samples`.
        context: what every conversation is about, besides what a template itself asks for.

    Raises:
        IreneError: the recogniser failed.
    """
    told: set[frozenset[str]] = set()
    for sample in samples:
        fitting = matcher.match_all(sample.text, language, {**context, **sample.context})
        names = tuple(dict.fromkeys(intent.name for intent in fitting))
        if len(names) > 1 and frozenset(names) not in told:
            told.add(frozenset(names))
            yield Collision(sample.text, language, names, sample.origin)


def _problems(test: SentenceTest, fitting: Sequence[Intent]) -> Iterator[str]:
    found = fitting[0] if fitting else None
    if found is None:
        if test.intent is not None:
            yield f"nobody understands it; expected {test.intent}"
    elif test.intent is None:
        yield f"understood as {_shown(found)}; nobody should understand it"
    elif found.name != test.intent:
        yield f"understood as {_shown(found)}; expected {test.intent}"
    else:
        yield from _slot_problems(test.slots, found.slots)
        others = sorted({intent.name for intent in fitting} - {found.name})
        if others:
            yield f"fits {' and '.join(others)} just as well as {found.name}"


def _slot_problems(
    expected: Mapping[str, SlotValue | Sequence[SlotValue]], found: Mapping[str, SlotValue]
) -> Iterator[str]:
    for name, values in expected.items():
        right = list(values) if isinstance(values, (list, tuple)) else [values]
        if name not in found:
            yield f"slot {name!r} is missing; expected {_either(right)}"
        elif found[name] not in right:
            yield f"slot {name!r} is {found[name]!r}; expected {_either(right)}"
    for name in found.keys() - expected.keys():
        yield f"slot {name!r} is {found[name]!r}; expected no such slot"


def _either(values: Sequence[object]) -> str:
    return " or ".join(map(repr, values))


def _shown(intent: Intent) -> str:
    slots = ", ".join(f"{name} = {value!r}" for name, value in intent.slots.items())
    return f"{intent.name} ({slots})" if slots else intent.name
