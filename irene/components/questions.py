"""One question to a recogniser of sentences or a handler, as foreign code is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from irene.domain.intents import Intent, Response
from irene.errors import ProviderFailedError
from irene.providers.border import ForeignCode
from irene.providers.intent_recognition import (
    Context,
    IntentMatcher,
    IntentRecognizer,
    SentenceSource,
)
from irene.providers.intents import HandlerContext, IntentHandler


class Asked(NamedTuple):
    """What a recogniser is asked about."""

    text: str
    """what was said"""
    language: str
    """BCP 47 tag of the language that it was said in"""
    context: Context
    """what it is about"""


def compiled(
    recognizer: IntentRecognizer[Any], sources: Sequence[SentenceSource]
) -> tuple[IntentMatcher, list[str]]:
    """Return what a recogniser makes of sentences, and its warnings."""
    matcher = recognizer.open_matcher(sources)
    return matcher, list(matcher.warnings())


def handled(
    name: str, handler: IntentHandler[Any], intent: Intent, context: HandlerContext
) -> Response | None:
    """Return the answer of a handler of this name.

    Raises:
        ProviderFailedError: it raised, or answered nonsense.
    """
    with ForeignCode(f"intent handler {name!r} failed: ", places=True):
        response: object = handler.handle(intent, context)
    if response is None or isinstance(response, Response):
        return response
    raise ProviderFailedError(f"intent handler {name!r} returned {response!r}, not a Response")
