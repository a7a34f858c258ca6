"""Handlers and recognisers of intents, as they are asked inside of a worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from irene.components.isolation.grammar_store import GrammarReference
from irene.components.isolation.remote_services import RemoteServices
from irene.components.isolation.shared_state import Delegate, Opened, SharedState
from irene.domain.intents import Intent, Response
from irene.providers.intent_recognition import IntentMatcher, SentenceSource
from irene.providers.intents import HandlerContext, IntentHandler


class WorkerSideHandler(Delegate):
    """A handler, and the services that it asks the assistant for."""

    def __init__(self, provider: IntentHandler[Any], shared: SharedState) -> None:
        super().__init__(provider)
        self._shared = shared
        self._services = RemoteServices(0, "en")

    def attach(self, session: int, language: str) -> None:
        """Begin to ask the assistant for services."""
        self._services = RemoteServices(session, language)

    def start(self) -> None:
        """Let the handler begin to work."""
        self._provider.start(self._services)

    def next_wish(self, patience_s: float) -> tuple[int, str, tuple[Any, ...]] | None:
        """Return what the handler wants of the assistant next; None when nothing for so long."""
        return self._services.next_wish(patience_s)

    def granted(self, session: int, number: int, works: bool, value: Any) -> None:
        """Take what the assistant answers to a wish."""
        self._services.granted(session, number, works, value)

    def run(self, session: int, number: int) -> None:
        """Do what the handler wanted to be done at this time."""
        self._services.run(session, number)

    def handle(self, intent: Intent, context: HandlerContext, number: int) -> Any:
        """Answer an intent: the response, and whether its pieces come, and can be waited for."""
        response = self._provider.handle(intent, context)
        if not isinstance(response, Response):
            return response, False, False
        pieces = response.pieces
        plain = replace(response, pieces=None, data=plainly(response.data))
        if pieces is None:
            return plain, False, False
        stream = WorkerSidePieces(pieces)
        self._shared.register(number, stream)
        return Opened(stream, (plain, True, hasattr(pieces, "begin")))

    def sentences(self, language: str) -> Any:
        """Return the handler's templates in plain mappings and lists."""
        return plainly(self._provider.sentences(language))

    def describe(self) -> list[Any]:
        """Say what the intents are for."""
        return [replace(one, slots=dict(one.slots)) for one in self._provider.describe()]

    def examples(self, language: str) -> list[str]:
        """Return sentences that a person may say."""
        return list(self._provider.examples(language))


class WorkerSidePieces:
    """Pieces of an answer as they become known."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces

    def piece(self) -> str | None:
        """Return the next piece; None at the end."""
        return next(self._pieces, None)

    def begin(self) -> None:
        """Wait for the first piece."""
        begin = getattr(self._pieces, "begin", None)
        if begin is not None:
            begin()

    def close(self) -> None:
        """Stop: nobody listens any more."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


class WorkerSideRecognizer(Delegate):
    """A recogniser of intents whose matcher is what is asked."""

    def open_matcher(self, sources: Sequence[SentenceSource]) -> Opened:
        """Compile sentences."""
        return Opened(WorkerSideMatcher(self._provider.open_matcher(sources)))

    def read_folder(self, folder: str) -> list[Any]:
        """Read sentence files, into plain mappings."""
        sources = self._provider.read_folder(folder)
        return [replace(one, content=plainly(one.content)) for one in sources]


class WorkerSideMatcher(Delegate):
    """A matcher; what it yields comes at once."""

    _provider: IntentMatcher

    def samples(self, language: str, limit: int) -> list[Any]:
        """Return sentences that the templates allow."""
        return list(self._provider.samples(language, limit))

    def warnings(self) -> list[str]:
        """Return what the sources lack."""
        return list(self._provider.warnings())

    def grammar(self, language: str, context: Mapping[str, Any]) -> Any:
        """Return the content of the grammar."""
        grammar = self._provider.grammar(language, context)
        return None if grammar is None else GrammarReference.whole(grammar).content


def plainly(value: Any) -> Any:
    """Return a value with every mapping and sequence in it a plain one."""
    if isinstance(value, Mapping):
        return {key: plainly(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plainly(one) for one in value]
    return value
