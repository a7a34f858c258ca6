"""Isolated handlers and recognisers of intents."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from irene.components.isolation.lane_lease import LaneLease
from irene.components.isolation.pool import WorkerPool
from irene.components.isolation.proxy import IsolatedProvider
from irene.components.isolation.service_link import ServiceLink
from irene.domain.clock import SystemClock
from irene.domain.grammar import Grammar
from irene.domain.intents import Intent, IntentInfo, Response
from irene.errors import IreneError, ProviderFailedError
from irene.providers.intent_recognition import (
    NO_CONTEXT,
    Context,
    IntentMatcher,
    IntentRecognizer,
    SampleSentence,
    SentenceSource,
    SentenceTest,
)
from irene.providers.intents import HandlerContext, IntentHandler, Services
from irene.providers.provider import Provider


class IsolatedHandler(IsolatedProvider, IntentHandler[Any]):
    """A handler in a worker, with the services of the assistant.

    A call that the worker does not survive fails and is not made again: it may have done half of
    what it was to do.
    """

    _original: IntentHandler[Any]

    def __init__(self, original: Provider[Any], pool: WorkerPool) -> None:
        super().__init__(original, pool)
        self.intents = tuple(self._original.intents)
        self._link: ServiceLink | None = None

    def check_form(self) -> None:
        """Refuse what no author can have meant."""
        self._original.check_form()

    def _load(self) -> None:
        super()._load()
        with self.pool.lease() as lease:
            self.intents = tuple(lease.provider("intents"))

    def start(self, services: Services) -> None:
        """Begin to work, here by granting the worker what its handler asks for."""
        if self._link is not None:
            self._link.close()
        self._link = ServiceLink(self.pool, services, SystemClock())
        self._link.start()

    def close(self) -> None:
        """End the worker, and grant it nothing any more."""
        if self._link is not None:
            self._link.close()
        super().close()

    def handle(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Have the worker answer; pieces of an answer come as it makes them."""
        asked = _plain(intent), _portable(context)
        lease = self.pool.lease()
        response: Response
        response, has_pieces, can_begin = lease.open("handle", *asked, lease.number)
        if not has_pieces:
            lease.close()
            return response
        kind = _BegunPieces if can_begin else _Pieces
        return replace(response, pieces=kind(lease))

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Ask the worker; before it is loaded, the handler here."""
        found: Mapping[str, Any] | None = self._asked("sentences", language)
        return found

    def examples(self, language: str) -> Sequence[str]:
        """Ask the worker; before it is loaded, the handler here."""
        found: Sequence[str] = self._asked("examples", language)
        return found

    def describe(self) -> Sequence[IntentInfo]:
        """Ask the worker; before it is loaded, the handler here."""
        found: Sequence[IntentInfo] = self._asked("describe")
        return found


class _Pieces(Iterator[str]):
    """Pieces of an answer that a worker makes."""

    def __init__(self, lease: LaneLease) -> None:
        self._lease = lease
        self._is_over = False

    def __next__(self) -> str:
        if self._is_over:
            raise StopIteration
        piece = self._lease.stream("piece")
        if piece is None:
            self._end()
            raise StopIteration
        return str(piece)

    def close(self) -> None:
        """Stop, also while another thread waits for the next piece."""
        if not self._is_over:
            with suppress(IreneError):  # a worker that is gone has stopped
                self._lease.aside("close")
            self._end()

    def _end(self) -> None:
        self._is_over = True
        with suppress(IreneError):
            self._lease.end_stream()


class _BegunPieces(_Pieces):
    def begin(self) -> None:
        """Wait for the first piece."""
        self._lease.stream("begin")


class IsolatedRecognizer(IsolatedProvider, IntentRecognizer[Any]):
    """A recogniser of intents in a worker."""

    _original: IntentRecognizer[Any]

    def open_matcher(self, sources: Sequence[SentenceSource]) -> IntentMatcher:
        """Have the worker compile the sources."""
        self.load()
        return _Matcher(self.pool, list(sources))

    def read_folder(self, folder: str) -> list[SentenceSource]:
        """Ask the worker; before it is loaded, the recogniser here."""
        found: list[SentenceSource] = self._asked("read_folder", folder)
        return found

    def read_tests(self, file: str) -> list[SentenceTest]:
        """Read a table of sentences here."""
        return self._original.read_tests(file)


class _Matcher(IntentMatcher):
    """Sentences in a worker, sent again to the next one when it dies; any thread may ask."""

    def __init__(self, pool: WorkerPool, sources: Sequence[SentenceSource]) -> None:
        self._pool = pool
        self._sources = sources
        self._lock = threading.RLock()
        self._is_warm = False
        self._lease = self._opened()

    def match(self, text: str, language: str, context: Context = NO_CONTEXT) -> Intent | None:
        """Return the best intent for the text."""
        found: Intent | None = self._ask("match", text, language, dict(context))
        return found

    def warm_up(self) -> None:
        """Make ready what the first text would wait for, now and in every worker to come."""
        with self._lock:
            if not self._is_warm:
                self._is_warm = True
                self._lease.within(self._pool.settings.start_s)
                try:
                    self._ask("warm_up")
                finally:
                    self._lease.within(self._pool.settings.call_s)

    def match_all(self, text: str, language: str, context: Context = NO_CONTEXT) -> list[Intent]:
        """Return the best intent for the text, and those that fit just as well."""
        found: list[Intent] = self._ask("match_all", text, language, dict(context))
        return found

    def render(self, intent: Intent, values: Mapping[str, Any]) -> str:
        """Return the sentence file's own answer."""
        text: str = self._ask("render", _plain(intent), dict(values))
        return text

    def warnings(self) -> Sequence[str]:
        """Return what the sources lack."""
        found: list[str] = self._ask("warnings")
        return found

    def samples(self, language: str, limit: int) -> Iterator[SampleSentence]:
        """Yield sentences that the templates allow."""
        return iter(self._ask("samples", language, limit))

    def grammar(self, language: str, context: Context = NO_CONTEXT) -> Grammar | None:
        """Return all that is understood."""
        content = self._ask("grammar", language, dict(context))
        return None if content is None else Grammar(*content)

    def grammar_key(self, language: str, context: Context = NO_CONTEXT) -> str | None:
        """Return a name of the grammar."""
        key: str | None = self._ask("grammar_key", language, dict(context))
        return key

    def close(self) -> None:
        """Free the sentences in the worker."""
        with suppress(IreneError):
            self._lease.end_stream()

    def _opened(self) -> LaneLease:
        lease = self._pool.lease().within(self._pool.settings.start_s)
        lease.open("open_matcher", self._sources)
        if self._is_warm:
            lease.stream("warm_up")
        return lease.within(self._pool.settings.call_s)

    def _ask(self, method: str, *arguments: Any) -> Any:
        with self._lock:
            try:
                return self._lease.stream(method, *arguments)
            except ProviderFailedError:
                if self._lease.is_sound:
                    raise
            self._lease = self._opened()  # its worker died: the next one gets the same question
            return self._lease.stream(method, *arguments)


def _plain(intent: Intent) -> Intent:
    return replace(intent, slots=dict(intent.slots))


def _portable(context: HandlerContext) -> HandlerContext:
    """Return a context without what cannot leave this process: pieces that were read already."""
    said, asked = context.last_response, context.last_intent
    return replace(
        context,
        last_response=None if said is None else replace(said, pieces=None, data=dict(said.data)),
        last_intent=None if asked is None else _plain(asked),
        examples=tuple(context.examples),
    )
