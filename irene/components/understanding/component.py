"""From text to intent to answer: the configured sentences, and the handlers that answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from irene.components.calls.deadline import timed
from irene.components.chain.candidate import Candidate
from irene.components.chain.news import Report
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.understanding.commands import conjunctions_of, split_commands
from irene.components.understanding.fallbacks import FallbackChain
from irene.components.understanding.grammars import GrammarShelf
from irene.components.understanding.handlers import Handlers
from irene.components.understanding.matchers import Asked, Matchers
from irene.components.understanding.sources import (
    list_sources,
    of_other_regions,
    silent_intents,
    unanswered,
    unsaid,
)
from irene.components.understanding.time_left import TimeLeft
from irene.config.sections import IntentsSection
from irene.domain.grammar import Grammar
from irene.domain.intents import Intent, IntentInfo, Response
from irene.domain.languages import is_same_language, primary_language
from irene.errors import IreneError
from irene.providers.border import ForeignCode
from irene.providers.intent_recognition import (
    NO_CONTEXT,
    Context,
    IntentMatcher,
    IntentRecognizer,
    SentenceSource,
)
from irene.providers.intents import HandlerContext, IntentHandler, Services
from irene.providers.provider import Provider


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
        self._section = section
        self._handlers: Handlers = Handlers(
            handlers, section, report, self._sharing, before._handlers if before else None
        )
        self._matchers: Matchers = Matchers(
            chain, tiers, report, before._matchers if before else None
        )
        self._grammars: GrammarShelf = before._grammars if before else GrammarShelf()
        self.cache = self._grammars.memory
        """grammars that were made before"""
        self._reading = threading.Lock()
        self._by_handler: Mapping[str, SentenceSource] = {}
        self.further: tuple[str, ...] = ()
        """languages that are understood beside the assistant's own, BCP 47 tags"""
        self.awaits_sentences: Callable[[float | None], bool] = lambda limit_s: False
        """waits for sentences that are being read, seconds at most; returns whether there are new
        ones"""

    def also_in(self, languages: Sequence[str]) -> UnderstandingComponent:
        """Understand further languages, from the next reading of the sentences on."""
        self.further = tuple(languages)
        return self

    def load(self, language: str) -> None:
        """Load the handlers, read the sentence folders and compile all sentences.

        The tiers wait for `open_tiers`, or until they are asked.

        Raises:
            ConfigurationError: a sentence file or template is wrong.
            ProviderUnavailableError: no recogniser, or a handler cannot be loaded.
        """
        self._handlers.load()
        self.read_sentences(language)

    def open_tiers(self) -> None:
        """Let the tiers read the sentences now; what fails in that is reported."""
        self._matchers.open_tiers()

    def start(self, services_of: Callable[[str], Services], without: Container[str] = ()) -> None:
        """Let the handlers begin to work; one that raises is reported and answers all the same.

        Those that work already, named in `without`, are left alone.
        """
        self._handlers.start(services_of, without)

    def read_sentences(self, language: str, is_asked: bool = True) -> None:
        """Ask the handlers and the sentence folders for their sentences and compile them all.

        When texts will not be asked about (`is_asked`), nothing is made ready for the first one,
        and the tiers read nothing.

        What sentences need and nobody gives is reported as a warning, with the cure. A handler
        that raises is reported, and its sentences stay as they were. The old sentences serve until
        the new ones are compiled, and on when these are wrong.

        Raises:
            ConfigurationError: a sentence file or template is wrong.
        """
        with self._reading:  # who reads last has the newest sentences
            by_handler = self._handlers.sentences(language, self._by_handler)
            sources = list(by_handler.values())
            for further in self.further:
                sources.extend(self._handlers.sentences(further, {}).values())
            for folder in self._section.sentences:
                sources.extend(self._matchers.read_folder(folder))
            sources.extend(list_sources(self._section.lists, sources))
            self._matchers.read(sources, is_asked)
            self._by_handler = by_handler

    def warnings(self, language: str) -> list[str]:
        """Return a line for each intent of a handler's sentences that nobody answers.

        Another one for each that a handler was given, and that no sentence has.

        Others name intents of sentence folders to which nothing is said, a file in a narrower
        language, or say that there are no sentences at all, or none in this language.
        """
        answered, own = self._handlers.intents(), self._by_handler
        sources = self._matchers.sources
        folders = [source for source in sources if source not in own.values()]
        folders = [one for one in folders if self._is_spoken(one.language, language)]
        found = [*unanswered(own, answered), *silent_intents(folders, sources, answered)]
        found += unsaid(self._handlers.wanted(), sources, asked=self.has_fallback)
        found += of_other_regions(sources, (language, *self.further))
        return found if self.has_fallback else [*found, *self._nothing_understood(language)]

    def _is_spoken(self, tag: str, language: str) -> bool:
        """Whether sentences of this language tag may be understood by somebody."""
        return any(is_same_language(tag, one) for one in (language, *self.further))

    def _nothing_understood(self, language: str) -> Iterator[str]:
        """Yield a line when no sentence can be understood."""
        if not self.handlers and not self._matchers.sources:
            yield (
                "intents.handlers names nobody, and no folder of intents.sentences has sentences, "
                "so nothing is understood"
            )
        elif self._speaks_others_only(language):
            yield (
                f"assistant.language = {language!r}: no handler and no folder of intents.sentences "
                "has sentences in it, so nothing is understood"
            )

    def _speaks_others_only(self, language: str) -> bool:
        """Return whether there are sentences, but none in this language."""
        family = primary_language(language)
        known = {primary_language(source.language) for source in self._matchers.sources}
        if not known:  # a recogniser may do without sentences; handlers that have some do not
            known = {"en"} if family != "en" and self._handlers.sentences("en", {}) else set()
        return bool(known) and family not in known

    @property
    def recognizers(self) -> ProviderChain[IntentRecognizer[Any]]:
        """The intent recognition slot."""
        return self._matchers.chain

    @property
    def recognizer(self) -> str:
        """Name of the intent recogniser that serves."""
        return self._matchers.serving

    @property
    def provider(self) -> IntentRecognizer[Any]:
        """The recogniser that serves.

        Raises:
            ProviderUnavailableError: there is none.
        """
        return self.recognizers.current.provider

    @property
    def matcher(self) -> IntentMatcher | None:
        """The sentences of the recogniser that serves; None before `load`."""
        return self._matchers.current

    @property
    def handlers(self) -> Mapping[str, IntentHandler[Any]]:
        """The handlers, by name."""
        return self._handlers.by_name

    @property
    def fallbacks(self) -> FallbackChain:
        """Who answers what no sentence fits."""
        return self._handlers.fallbacks

    @property
    def has_fallback(self) -> bool:
        """Whether somebody answers what no sentence fits."""
        return self._handlers.has_fallback

    def examples(self, language: str) -> list[str]:
        """Return one sentence per handler that a person may say."""
        return self._handlers.examples(language)

    def describe(self) -> list[IntentInfo]:
        """Return what can be asked of all handlers."""
        return self._handlers.describe()

    def understand(self, text: str, language: str, context: Context = NO_CONTEXT) -> Intent | None:
        """Return the intent of a text, or None when no sentence fits."""
        asked = Asked(text, language, {**self._section.context, **context})
        matchers, left = self._matchers, self._time_left()
        return matchers.exact(asked, left) or matchers.by_tiers(asked, left)

    def understand_all(
        self, text: str, language: str, context: Context = NO_CONTEXT
    ) -> list[Intent]:
        """Return the intents of a text that may hold several commands; none when one is unknown.

        What a text means by itself comes first, then what it means as a continuation; in the same
        order the tiers are asked about the whole of it. Sentences that are being read are waited
        for: the text may be one of them.
        """
        matchers, left = self._matchers, self._time_left()
        always = self._section.context

        def exact(part: str) -> Intent | None:
            return matchers.exact(Asked(part, language, always), left)

        before, found = matchers.current, split_commands(text, language, exact)
        if not found:
            has_read = self.awaits_sentences(left.share(2 + matchers.n_tiers).total_s)
            if has_read or matchers.current is not before:
                found = split_commands(text, language, exact)
        if found:
            return found
        talk = {**always, **context}
        attempts = (
            (matchers.exact, talk, True),
            (matchers.by_tiers, always, False),
            (matchers.by_tiers, talk, True),
        )
        for search, about, continues in attempts if context else attempts[1:2]:
            intent = search(Asked(text, language, about), left)
            if intent is not None:
                return [replace(intent, continues=continues)]
        return []

    def first_understood(self, readings: Sequence[str], language: str) -> str:
        """Return the reading that is understood with the most confidence; of equals, the first.

        When none is understood: the empty text if that is one of them, else the first reading.
        """
        intents = {text: self.understand(text, language) for text in readings}
        understood = [intent for intent in intents.values() if intent is not None]
        if understood:
            return max(understood, key=lambda intent: intent.confidence).text
        return "" if "" in readings else readings[0]

    def _time_left(self) -> TimeLeft:
        """Return the time that all recognisers share for one text; it begins now."""
        return TimeLeft(self._sharing.limit(), self.recognizers.router.now_s)

    def grammar(
        self, language: str, context: Context = NO_CONTEXT, joined: bool = False
    ) -> Grammar | None:
        """Return all that can be said, for recognisers: one command, or several `joined`.

        None where that is not known in advance, or where finding out failed, which is reported.
        """
        matcher = self.matcher
        if matcher is None:
            return None
        conjunctions = conjunctions_of(language) if joined else ()
        context = {**self._section.context, **context}
        work = partial(self._grammars.grammar, matcher, language, context, conjunctions)
        try:
            with ForeignCode():
                return timed(work, "grammar", self._matchers.load_limit)
        except IreneError as error:
            self._matchers.tell_failure(self.recognizer, error)
            return None

    def answer(self, intent: Intent, context: HandlerContext) -> Response | None:
        """Return the handler's answer, or the sentence file's own where there is no handler.

        A handler that answers without text leaves the words to the sentence file, whose template
        may use all of `Response.data`.

        Raises:
            ProviderFailedError: the handler raised, or the answer cannot be filled in; the
                message names it.
        """
        response = self._handlers.answer(intent, context)
        if intent.response_template and (response is None or _has_no_words(response)):
            if response is None and self._handlers.has_one_for(intent.name):
                return None
            values = {"now": context.now, **(response.data if response is not None else {})}
            words = self._matchers.rendered(intent, values)
            return replace(response or Response(""), text=words, language=intent.language)
        return response

    def close(self, without: Container[Provider[Any]] = ()) -> None:
        """Close matchers, recognisers and handlers, but for providers that work on elsewhere."""
        self._matchers.close(without)
        self._handlers.close(without)

    def free_handler(self, name: str) -> None:
        """Close a handler; one that hangs in that is counted and named."""
        self._handlers.free(name)


def _has_no_words(response: Response) -> bool:
    return not response.text and response.pieces is None
