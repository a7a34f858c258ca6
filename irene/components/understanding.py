"""From text to intent to answer: the matcher of the configured sentences, and the handlers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from irene.components.chain import ProviderChain, Report
from irene.components.commands import conjunctions_of, split_commands
from irene.components.grammars import GrammarShelf
from irene.components.response_templates import render_response
from irene.config.sections import IntentsSection
from irene.domain.events import ProviderFailed
from irene.domain.grammar import Grammar
from irene.domain.intents import FALLBACK_INTENT, Intent, IntentInfo, Response
from irene.domain.kinds import Kind
from irene.errors import IreneError, ProviderFailedError
from irene.providers.border import ForeignCode, one_line
from irene.providers.intent_recognition import (
    NO_CONTEXT,
    Context,
    IntentMatcher,
    IntentRecognizer,
    SentenceSource,
)
from irene.providers.intents import HandlerContext, IntentHandler, Services


class UnderstandingComponent:
    """The intent recognition slot together with the handlers that answer."""

    def __init__(
        self,
        chain: ProviderChain[IntentRecognizer[Any]],
        handlers: Mapping[str, IntentHandler[Any]],
        section: IntentsSection,
        report: Report,
    ) -> None:
        self._chain = chain
        self._handlers = dict(handlers)
        self._section = section
        self._report = report
        self._grammars = GrammarShelf()
        self._sources: list[SentenceSource] = []
        self._matcher: IntentMatcher | None = None
        self._serving = ""
        self._by_intent: dict[str, tuple[str, IntentHandler[Any]]] = {}

    def load(self, language: str) -> None:
        """Load the handlers, read the sentence folders and compile all sentences.

        Raises:
            ConfigurationError: a sentence file or template is wrong.
            ProviderUnavailableError: no recogniser, or a handler cannot be loaded.
        """
        for name, handler in self._handlers.items():
            handler.load()
            self._by_intent.update(dict.fromkeys(handler.intents, (name, handler)))
        self.read_sentences(language)

    def start(self, services_of: Callable[[str], Services]) -> None:
        """Let the handlers begin to work; one that raises is reported and answers all the same."""
        for name, handler in self._handlers.items():
            try:
                with ForeignCode(f"intent handler {name!r} did not start: "):
                    handler.start(services_of(name))
            except IreneError as error:
                self._tell_failure(name, error)

    def read_sentences(self, language: str) -> None:
        """Ask the handlers and the sentence folders for their sentences and compile them all.

        Raises:
            ConfigurationError: a sentence file or template is wrong.
        """
        self._sources = [
            SentenceSource(f"handler {name!r}", language, content)
            for name, handler in self._handlers.items()
            if (content := handler.sentences(language)) is not None
        ]
        for folder in self._section.sentences:
            self._sources.extend(self._chain.current.provider.read_folder(folder))
        self._open()

    def examples(self, language: str) -> list[str]:
        """Return one sentence per handler that a person may say."""
        examples = []
        for name, handler in self._handlers.items():
            try:
                with ForeignCode():
                    examples.extend(list(handler.examples(language))[:1])
            except IreneError as error:
                self._tell_failure(name, error)
        return examples

    def describe(self) -> list[IntentInfo]:
        """Return what can be asked of all handlers."""
        return [info for handler in self._handlers.values() for info in handler.describe()]

    def understand(self, text: str, language: str, context: Context = NO_CONTEXT) -> Intent | None:
        """Return the intent of a text, or None when no sentence fits."""
        for _ in range(max(1, len(self._chain))):
            try:
                with ForeignCode():
                    return self._matcher.match(text, language, context) if self._matcher else None
            except IreneError as error:
                self._chain.failed(self._serving, error)
                self._open()
        return None

    def understand_all(
        self, text: str, language: str, context: Context = NO_CONTEXT
    ) -> list[Intent]:
        """Return the intents of a text that may hold several commands; none when one is unknown.

        What a text means by itself comes first, then what it means as a continuation.
        """
        found = split_commands(text, language, lambda part: self.understand(part, language))
        if found or not context:
            return found
        continued = self.understand(text, language, context)
        return [replace(continued, continues=True)] if continued is not None else []

    def grammar(self, language: str, context: Context = NO_CONTEXT) -> Grammar | None:
        """Return all that can be said, one command or several in one breath, for recognisers.

        None where that is not known in advance, or where finding out failed, which is reported.
        """
        if self._matcher is None:
            return None
        conjunctions = conjunctions_of(language)
        try:
            with ForeignCode():
                return self._grammars.grammar(self._matcher, language, context, conjunctions)
        except IreneError as error:
            kind, reason = str(Kind.INTENT_RECOGNITION), one_line(error)
            self._report(ProviderFailed(kind=kind, provider=self._serving, reason=reason))
            return None

    def first_understood(self, readings: Sequence[str], language: str) -> str:
        """Return the first of several readings that has an intent.

        Without one, nothing was said if one of the readings is empty; else the first one was.
        """
        understood = (text for text in readings if self.understand(text, language) is not None)
        return next(understood, "" if "" in readings else readings[0])

    def answer(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Return the handler's answer, or the sentence file's own where there is no handler.

        Raises:
            ProviderFailedError: the handler raised; the message names it.
        """
        responsible = self._responsible(intent)
        if responsible is None:
            template = intent.response_template
            if not template:
                return None
            return Response(render_response(template, intent.slots), intent.language)
        name, handler = responsible
        try:
            with ForeignCode(f"intent handler {name!r} failed: "):
                response = handler.handle(intent, context)
            if response is not None and not isinstance(response, Response):
                raise ProviderFailedError(
                    f"intent handler {name!r} returned {response!r}, not a Response"
                )
        except IreneError as error:
            self._tell_failure(name, error)
            raise
        return response

    @property
    def has_fallback(self) -> bool:
        """Whether somebody answers what no sentence fits."""
        return self._section.fallback in self._handlers

    def _responsible(self, intent: Intent) -> tuple[str, IntentHandler[Any]] | None:
        """Return the handler of an intent with its name."""
        if intent.name == FALLBACK_INTENT and self.has_fallback:
            return self._section.fallback, self._handlers[self._section.fallback]
        return self._by_intent.get(intent.name)

    def _open(self) -> None:
        """Compile all sentences with the recogniser that serves now."""
        serving = self._chain.current
        self._serving = serving.name
        with ForeignCode(f"{serving.name} did not take the sentences: "):
            self._matcher = serving.provider.open_matcher(self._sources)

    def _tell_failure(self, handler: str, error: IreneError) -> None:
        reason = one_line(error)
        self._report(ProviderFailed(kind=str(Kind.INTENTS), provider=handler, reason=reason))

    @property
    def recognizer(self) -> str:
        """Name of the intent recogniser that serves."""
        return self._serving

    def close(self) -> None:
        """Close recogniser and handlers."""
        self._chain.close()
        for handler in self._handlers.values():
            handler.close()
