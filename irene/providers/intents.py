"""Contract of intent handlers: an intent in, an answer out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from irene.domain.intents import Intent, Response
from irene.domain.kinds import Kind
from irene.providers.provider import OptionsT, Provider


@dataclass(frozen=True)
class HandlerContext:
    """What a handler may know of the conversation."""

    now: datetime
    """local time at which the intent is handled, with its zone"""
    language: str = "en"
    """BCP 47 tag to answer in"""
    last_response: Response | None = None
    """what the assistant said last in this run"""
    examples: Sequence[str] = ()
    """one example sentence per installed intent, for help"""


class IntentHandler(Provider[OptionsT]):
    """Answers the intents that it names, with sentences of its own if it likes."""

    kind: ClassVar[Kind] = Kind.INTENTS
    intents: ClassVar[tuple[str, ...]] = ()
    """Names of the intents it answers."""

    @abstractmethod
    def handle(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Answer the intent; None says that there is nothing to say."""

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return the handler's own templates (see `SentenceSource.content`), or None."""
        return None

    def examples(self, language: str) -> Sequence[str]:
        """Return sentences that a person may say to it, the most useful first."""
        return ()
