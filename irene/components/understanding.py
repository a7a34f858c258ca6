"""From text to intent to answer: the matcher of the configured sentences, and the handlers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from irene.components.chain import Candidate, ProviderChain, Report
from irene.components.commands import conjunctions_of, split_commands
from irene.components.fallbacks import answer_of
from irene.components.grammars import GrammarShelf
from irene.components.questions import Asked, compiled, handled
from irene.components.routing.deadline import LOAD_KEY, LateError, Limit, timed
from irene.components.sentence_lists import (
    intents_without_response,
    list_sources,
    of_other_regions,
)
from irene.components.sharing import Sharing
from irene.components.tiers import MatcherSlot, Tier
from irene.components.time_left import TimeLeft
from irene.config.sections import IntentsSection
from irene.domain.events import ProviderFailed, Warned
from irene.domain.grammar import Grammar
from irene.domain.intents import FALLBACK_INTENT, Intent, IntentInfo, Response
from irene.domain.kinds import Kind
from irene.domain.languages import primary_language
from irene.errors import ConfigurationError, IreneError, ProviderFailedError
from irene.providers.border import ForeignCode, one_line
from irene.providers.intent_recognition import (
    NO_CONTEXT,
    Context,
    IntentMatcher,
    IntentRecognizer,
    SentenceSource,
)
from irene.providers.intents import HandlerContext, IntentHandler, Services
from irene.providers.provider import Provider


@dataclass(frozen=True)
class _Read:
    """What was read together."""

    by_handler: Mapping[str, SentenceSource]
    """sentences of the handlers that have some"""
    sources: Sequence[SentenceSource]
    """those and all others"""


class UnderstandingComponent:
    """The intent recognition slot together with the handlers that answer.

    The recogniser that serves is asked first, then each of the tiers in their order; a tier that
    fails is reported and passed over.
    """

    def __init__(
        self,
        chain: ProviderChain[IntentRecognizer[Any]],
        handlers: Mapping[str, IntentHandler[Any]],
        section: IntentsSection,
        report: Report,
        tiers: Sequence[Candidate[IntentRecognizer[Any]]] = (),
        *,
        sharing: Sharing | None = None,
        before: UnderstandingComponent | None = None,
    ) -> None:
        """`sharing` says how the handlers of `intents.fallback` share the work, and deadlines.

        `before` is the component whose grammars, and providers, may serve again.
        """
        self._sharing = sharing or Sharing()
        fallbacks = [
            Candidate(name, handlers[name]) for name in section.fallback if name in handlers
        ]
        self.fallbacks: ProviderChain[IntentHandler[Any]] = ProviderChain(
            Kind.INTENTS,
            fallbacks,
            report,
            self._sharing,
            beside=None if before is None else before.fallbacks,
        )
        """who answers what no sentence fits"""
        self._chain = chain
        self._handlers = dict(handlers)
        self._section = section
        self._report = report
        self._grammars: GrammarShelf = before._grammars if before else GrammarShelf()
        self.cache = self._grammars.memory
        """grammars that were made before"""
        self._tiers = [self._tier_of(one) for one in tiers]
        self._reading = threading.Lock()
        self._opening = threading.Lock()
        self._read = _Read({}, ())
        self._serving = ""
        self._slot = MatcherSlot("", self._tell_recognizer)
        self._warned: set[str] = set(before._warned) if before else set()
        self._by_intent: dict[str, tuple[str, IntentHandler[Any]]] = {}
        self._lasting: Container[Provider[Any]] = ()
        self.further: tuple[str, ...] = ()
        """languages that are understood beside the assistant's own, BCP 47 tags"""
        self.awaits_sentences: Callable[[float | None], bool] = lambda limit_s: False
        """waits for sentences that are being read, seconds at most; returns whether there are new
        ones"""

    def _tier_of(self, candidate: Candidate[IntentRecognizer[Any]]) -> Tier:
        deadline_s = self._chain.sharing.deadline_s(candidate.name)
        return Tier(candidate, self._tell_recognizer, deadline_s)

    def also_in(self, languages: Sequence[str]) -> UnderstandingComponent:
        """Understand further languages, from the next reading of the sentences on."""
        self.further = tuple(languages)
        return self

    def load(self, language: str) -> None:
        """Load the handlers, read the sentence folders and compile all sentences.

        Raises:
            ConfigurationError: a sentence file or template is wrong.
            ProviderUnavailableError: no recogniser, or a handler cannot be loaded.
        """
        if self.has_fallback:
            self.fallbacks.load_all()
        left = {one.name for one in self.fallbacks.candidates()}
        for name, handler in self._handlers.items():
            if name in self._section.fallback and name not in left:
                continue  # it could not be loaded, and others stand in for it
            self._in_load_time(name, handler, handler.load, "load")
            self._by_intent.update(dict.fromkeys(handler.intents, (name, handler)))
        self.read_sentences(language)

    def start(self, services_of: Callable[[str], Services], without: Container[str] = ()) -> None:
        """Let the handlers begin to work; one that raises is reported and answers all the same.

        Those that work already, named in `without`, are left alone.
        """
        for name, handler in self._handlers.items():
            if name in without:
                continue
            start = partial(handler.start, services_of(name))
            try:
                with ForeignCode(f"intent handler {name!r} did not start: "):
                    self._in_load_time(name, handler, start, "start")
            except IreneError as error:
                self._tell_failure(name, error)

    def _in_load_time(
        self, name: str, handler: IntentHandler[Any], work: Callable[[], None], call: str
    ) -> None:
        """Have a handler do what it does once; one that hangs is counted and named.

        Raises:
            ProviderFailedError: it hangs; the message names it.
            IreneError: what it raised.
        """
        try:
            timed(work, call, Limit(self._sharing.load_s, LOAD_KEY))
        except LateError as error:
            self.fallbacks.abandon(name, error)
            who = f"{handler.kind} provider {name!r}"
            raise ProviderFailedError(error.told_of(who)) from error

    def read_sentences(self, language: str) -> None:
        """Ask the handlers and the sentence folders for their sentences and compile them all.

        What sentences need and nobody gives is reported as a warning, with the cure. A handler
        that raises is reported, and its sentences stay as they were. The old sentences serve until
        the new ones are compiled, and on when these are wrong.

        Raises:
            ConfigurationError: a sentence file or template is wrong.
        """
        with self._reading:  # who reads last has the newest sentences
            by_handler = self._handler_sources(language, self._read.by_handler)
            sources = list(by_handler.values())
            for further in self.further:
                sources.extend(self._handler_sources(further, {}).values())
            for folder in self._section.sentences:
                sources.extend(self._chain.current.provider.read_folder(folder))
            sources.extend(list_sources(self._section.lists, sources))
            with self._opening:
                self._open(_Read(by_handler, sources))
                for tier in self._tiers:
                    tier.read(sources)

    def _handler_sources(
        self, language: str, before: Mapping[str, SentenceSource]
    ) -> dict[str, SentenceSource]:
        """Return the sentences of each handler that has some; of one that raises, those before."""
        found = {}
        for name, handler in self._handlers.items():
            try:
                with ForeignCode(f"intent handler {name!r}: sentences: "):
                    content = handler.sentences(language)
            except ConfigurationError:
                raise
            except IreneError as error:
                self._tell_failure(name, error)
                source = before.get(name)
            else:
                origin = f"handler {name!r}"
                source = None if content is None else SentenceSource(origin, language, content)
            if source is not None:
                found[name] = source
        return found

    def doubts(self, language: str) -> list[str]:
        """Return a line for each intent of a handler's sentences that nobody answers.

        Others say that a file is in a narrower language, or that there are no sentences in this
        language at all.
        """
        answered = {name for handler in self._handlers.values() for name in handler.intents}
        found = [
            f"handler {name!r}: its sentences name the intent {intent!r}, which nobody answers; "
            "add it to its `intents`, or give it a response"
            for name, source in self._read.by_handler.items()
            for intent in intents_without_response(source)
            if intent not in answered
        ]
        found += of_other_regions(self._read.sources, (language, *self.further))
        if not self.has_fallback and self._speaks_others_only(language):
            found.append(
                f"assistant.language = {language!r}: no handler and no folder of intents.sentences "
                "has sentences in it, so nothing is understood"
            )
        return found

    def _speaks_others_only(self, language: str) -> bool:
        """Return whether there are sentences, but none in this language."""
        family = primary_language(language)
        known = {primary_language(source.language) for source in self._read.sources}
        if not known:  # a recogniser may do without sentences; handlers that have some do not
            known = {"en"} if family != "en" and self._handler_sources("en", {}) else set()
        return bool(known) and family not in known

    @property
    def recognizers(self) -> ProviderChain[IntentRecognizer[Any]]:
        """The intent recognition slot."""
        return self._chain

    @property
    def handlers(self) -> Mapping[str, IntentHandler[Any]]:
        """The handlers, by name."""
        return self._handlers

    @property
    def matcher(self) -> IntentMatcher | None:
        """The sentences of the recogniser that serves; None before `load`."""
        return self._slot.current

    @property
    def provider(self) -> IntentRecognizer[Any]:
        """The recogniser that serves.

        Raises:
            ProviderUnavailableError: there is none.
        """
        return self._chain.current.provider

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
        asked = Asked(text, language, {**self._section.context, **context})
        left = self._time_left()
        return self._exact(asked, left) or self._by_tiers(asked, left)

    def understand_all(
        self, text: str, language: str, context: Context = NO_CONTEXT
    ) -> list[Intent]:
        """Return the intents of a text that may hold several commands; none when one is unknown.

        What a text means by itself comes first, then what it means as a continuation; in the same
        order the tiers are asked about the whole of it. Sentences that are being read are waited
        for: the text may be one of them.
        """
        always, left = self._section.context, self._time_left()

        def exact(part: str) -> Intent | None:
            return self._exact(Asked(part, language, always), left)

        found = split_commands(text, language, exact)
        if not found and self.awaits_sentences(left.share(2 + len(self._tiers)).total_s):
            found = split_commands(text, language, exact)
        if found:
            return found
        talk = {**always, **context}
        attempts = (
            (self._exact, talk, True),
            (self._by_tiers, always, False),
            (self._by_tiers, talk, True),
        )
        for search, about, continues in attempts if context else attempts[1:2]:
            intent = search(Asked(text, language, about), left)
            if intent is not None:
                return [replace(intent, continues=continues)]
        return []

    def first_understood(self, readings: Sequence[str], language: str) -> str:
        """Return the one of several readings that is understood best, the first of several.

        Without one, nothing was said if one of the readings is empty; else the first one was.
        """
        intents = {text: self.understand(text, language) for text in readings}
        understood = [intent for intent in intents.values() if intent is not None]
        if understood:
            return max(understood, key=lambda intent: intent.confidence).text
        return "" if "" in readings else readings[0]

    def _time_left(self) -> TimeLeft:
        return TimeLeft(self._sharing.limit(), self._chain.router.now_s)

    def _exact(self, asked: Asked, left: TimeLeft) -> Intent | None:
        n_left = max(1, len(self._chain))
        while n_left:
            serving, matcher = self._serving, self._slot.current
            if matcher is None:
                return None
            work = partial(matcher.match, *asked)
            try:
                with ForeignCode():
                    limit = left.share(n_left + len(self._tiers))
                    return timed(work, "match", limit, self._chain.sharing.deadline_s(serving))
            except IreneError as error:
                self._replace(serving, error)
            n_left -= 1
        return None

    def _replace(self, failed: str, error: IreneError) -> None:
        """Let the next recogniser serve, with the sentences that are there now."""
        self._chain.failed(failed, error)
        with self._opening:
            self._open(self._read)

    def _by_tiers(self, asked: Asked, left: TimeLeft) -> Intent | None:
        for n_asked, tier in enumerate(self._tiers):
            try:
                intent = tier.match(*asked, left.share(len(self._tiers) - n_asked))
            except IreneError as error:
                self._tell_recognizer(tier.name, error)
                self._chain.abandon_if_late(tier.name, error)
                continue
            if intent is not None:
                return intent
        return None

    def grammar(
        self, language: str, context: Context = NO_CONTEXT, joined: bool = False
    ) -> Grammar | None:
        """Return all that can be said, for recognisers: one command, or several `joined`.

        None where that is not known in advance, or where finding out failed, which is reported.
        """
        matcher = self._slot.current
        if matcher is None:
            return None
        conjunctions = conjunctions_of(language) if joined else ()
        context = {**self._section.context, **context}
        try:
            with ForeignCode():
                return self._grammars.grammar(matcher, language, context, conjunctions)
        except IreneError as error:
            self._tell_recognizer(self._serving, error)
            return None

    def answer(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Return the handler's answer, or the sentence file's own where there is no handler.

        A handler that answers without text leaves the words to the sentence file, whose template
        may use all of `Response.data`.

        Raises:
            ProviderFailedError: the handler raised, or the answer cannot be filled in; the
                message names it.
        """
        response = self._by_handlers(intent, context)
        if intent.response_template and (response is None or _has_no_words(response)):
            if response is None and self._responsible(intent) is not None:
                return None
            values = {"now": context.now, **(response.data if response is not None else {})}
            words = self._rendered(intent, values)
            return replace(response or Response(""), text=words, language=intent.language)
        return response

    def _by_handlers(self, intent: Intent, context: HandlerContext) -> Response | None:
        def ask(name: str, handler: IntentHandler[Any]) -> Response | None:
            return handled(name, handler, intent, context)

        if intent.name == FALLBACK_INTENT and self.has_fallback:
            return answer_of(self.fallbacks, ask)
        responsible = self._responsible(intent)
        if responsible is None:
            return None
        name, handler = responsible
        deadline_s = self._sharing.deadline_s(name)
        try:
            return timed(partial(ask, name, handler), "handle", self._sharing.limit(), deadline_s)
        except IreneError as error:
            self._tell_failure(name, error)
            self.fallbacks.abandon_if_late(name, error)
            raise

    def _rendered(self, intent: Intent, values: Mapping[str, Any]) -> str:
        matcher = self._slot.current
        if matcher is None:
            return intent.response_template or ""
        with ForeignCode(f"response of intent {intent.name!r}: "):
            return matcher.render(intent, values)

    @property
    def has_fallback(self) -> bool:
        """Whether somebody answers what no sentence fits."""
        return len(self.fallbacks) > 0

    def _responsible(self, intent: Intent) -> tuple[str, IntentHandler[Any]] | None:
        """Return the handler of an intent with its name."""
        return self._by_intent.get(intent.name)

    def _open(self, read: _Read) -> None:
        """Compile sentences with the recogniser that serves now; one at a time does this."""
        serving = self._chain.current
        work = partial(compiled, serving.provider, read.sources)
        limit = Limit(self._chain.sharing.load_s, LOAD_KEY)
        with ForeignCode(f"{serving.name} did not take the sentences: "):
            matcher, warnings = timed(work, "open_matcher", limit)
        self._read, self._serving = read, serving.name
        if not self._slot.put(matcher):
            self._close_recognizers()  # everything was closed while this was compiled
        for warning in warnings:
            if warning not in self._warned:  # sentences may be read again and again
                self._warned.add(warning)
                self._report(Warned(message=warning))

    def _tell_recognizer(self, name: str, error: IreneError) -> None:
        self._tell_failure(name or self._serving, error, Kind.INTENT_RECOGNITION)

    def _tell_failure(self, name: str, error: IreneError, kind: Kind = Kind.INTENTS) -> None:
        self._report(ProviderFailed(kind=str(kind), provider=name, reason=one_line(error)))

    @property
    def recognizer(self) -> str:
        """Name of the intent recogniser that serves."""
        return self._serving

    def close(self, without: Container[Provider[Any]] = ()) -> None:
        """Close matchers, recognisers and handlers, but for providers that work on elsewhere."""
        self._lasting = without
        self.fallbacks.stop_probing()
        self._slot.close()
        self._close_recognizers()
        for tier in self._tiers:
            tier.close(without, self._chain.free)
        for name, handler in self._handlers.items():
            if handler not in without:
                self.fallbacks.free(Candidate(name, handler))

    def _close_recognizers(self) -> None:
        for candidate in self._chain.candidates():
            if candidate.provider not in self._lasting:
                self._chain.free(candidate)


def _has_no_words(response: Response) -> bool:
    return not response.text and response.pieces is None
