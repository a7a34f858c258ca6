"""Who finds the intent of a text: the recogniser that serves, and the tiers after it."""

from __future__ import annotations

import threading
from collections.abc import Container, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from irene.components.calls.deadline import LOAD_KEY, LateError, Limit, timed
from irene.components.chain.candidate import Candidate
from irene.components.chain.news import Report
from irene.components.chain.provider_chain import ProviderChain
from irene.components.understanding.tiers import MatcherSlot, Tier, warm
from irene.components.understanding.time_left import TimeLeft
from irene.domain.events import ProviderFailed, Warned
from irene.domain.intents import Intent
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, IreneError, ProviderFailedError
from irene.providers.border import ForeignCode, one_line
from irene.providers.intent_recognition import (
    Context,
    IntentMatcher,
    IntentRecognizer,
    SentenceSource,
)
from irene.providers.provider import Provider


class Asked(NamedTuple):
    """What a recogniser is asked about."""

    text: str
    """what was said"""
    language: str
    """BCP 47 tag of the language that it was said in"""
    context: Context
    """what it is about"""


class Matchers:
    """The compiled sentences: those of the recogniser that serves first, then those of each tier.

    A recogniser that fails is stood in for by the next one; a tier that does is passed over. Both
    are reported.
    """

    def __init__(
        self,
        chain: ProviderChain[IntentRecognizer[Any]],
        tiers: Sequence[Candidate[IntentRecognizer[Any]]],
        report: Report,
        before: Matchers | None = None,
    ) -> None:
        """Warnings that those `before` have told are not told again; open tiers stay open."""
        self.chain = chain
        """the intent recognition slot"""
        self.serving = ""
        """name of the recogniser that serves; empty before the first sentences"""
        self.sources: Sequence[SentenceSource] = ()
        """the sentences that are understood"""
        self._report = report
        self._tiers = [self._tier_of(one) for one in tiers]
        self._are_tiers_open = False
        self._opening = threading.Lock()
        self._slot = MatcherSlot("", self.tell_failure)
        self._warned: set[str] = set(before._warned) if before else set()
        self._lasting: Container[Provider[Any]] = ()
        if before is not None and before._are_tiers_open:
            self.open_tiers()

    def _tier_of(self, candidate: Candidate[IntentRecognizer[Any]]) -> Tier:
        deadline_s = self.chain.sharing.deadline_s(candidate.name)
        return Tier(candidate, self.tell_failure, deadline_s)

    @property
    def current(self) -> IntentMatcher | None:
        """The sentences of the recogniser that serves; None before the first."""
        return self._slot.current

    @property
    def n_tiers(self) -> int:
        """How many are asked when the one that serves finds nothing."""
        return len(self._tiers)

    @property
    def load_limit(self) -> Limit:
        """How long a recogniser may work on sentences, asked about none of them."""
        return Limit(self.chain.sharing.load_s, LOAD_KEY)

    def read_folder(self, folder: str) -> Sequence[SentenceSource]:
        """Return the sentences of a folder, as the recogniser that serves reads it.

        Raises:
            ConfigurationError: they are wrong, or cannot be read in time.
            ProviderUnavailableError: there is no recogniser.
        """
        serving = self.chain.current
        work = partial(serving.provider.read_folder, folder)
        try:
            return timed(work, "read_folder", self.load_limit)
        except LateError as error:
            self.chain.abandon(serving.name, error)
            raise ConfigurationError(f"intents.sentences: {folder}: {error}") from error

    def read(self, sources: Sequence[SentenceSource], is_asked: bool = True) -> None:
        """Compile sentences; the old ones serve until then, and on when these are wrong.

        Tiers do so from `open_tiers` on, or when they are first asked. When nothing will be asked
        of them, the tiers are left out, and the first text would wait.

        Raises:
            ConfigurationError: a sentence or template is wrong.
            ProviderFailedError: the recogniser hangs; the message names it.
            ProviderUnavailableError: there is no recogniser.
        """
        with self._opening:
            self._open(sources, is_asked)
            for tier in self._tiers if is_asked else ():
                tier.read(sources)

    def open_tiers(self) -> None:
        """Let the tiers compile sentences from now on, although they have not been asked yet."""
        self._are_tiers_open = True
        for tier in self._tiers:
            tier.open()

    def _open(self, sources: Sequence[SentenceSource], is_asked: bool = True) -> None:
        """Compile sentences with the recogniser that serves now; one at a time does this."""
        serving = self.chain.current
        work = partial(_compiled, serving.provider, sources, is_asked)
        try:
            with ForeignCode(f"{serving.name} did not take the sentences: "):
                matcher, warnings = timed(work, "open_matcher", self.load_limit)
        except LateError as error:
            self.chain.abandon(serving.name, error)
            who = f"{self.chain.kind} provider {serving.name!r}"
            raise ProviderFailedError(error.told_of(who)) from error
        self.sources, self.serving = sources, serving.name
        if not self._slot.put(matcher):
            self._close_recognizers()  # everything was closed while this was compiled
        for warning in warnings:
            if warning not in self._warned:  # sentences may be read again and again
                self._warned.add(warning)
                self._report(Warned(message=warning))

    def exact(self, asked: Asked, left: TimeLeft) -> Intent | None:
        """Return what the recogniser that serves finds; None when no sentence fits.

        Raises:
            ProviderUnavailableError: it failed, and there is no other.
        """
        n_left = max(1, len(self.chain))
        while n_left:
            serving, matcher = self.serving, self.current
            if matcher is None:
                return None
            work = partial(matcher.match, *asked)
            try:
                with ForeignCode():
                    limit = left.share(n_left + len(self._tiers))
                    return timed(work, "match", limit, self.chain.sharing.deadline_s(serving))
            except IreneError as error:
                self._replace(serving, error)
            n_left -= 1
        return None

    def _replace(self, failed: str, error: IreneError) -> None:
        """Let the next recogniser serve, with the sentences that are there now."""
        self.chain.failed(failed, error)
        with self._opening:
            self._open(self.sources)

    def by_tiers(self, asked: Asked, left: TimeLeft) -> Intent | None:
        """Return what the first tier finds that finds something."""
        self.open_tiers()
        for n_asked, tier in enumerate(self._tiers):
            try:
                intent = tier.match(*asked, left.part(len(self._tiers) - n_asked))
            except IreneError as error:
                self.tell_failure(tier.name, error)
                continue
            if intent is not None:
                return intent
        return None

    def rendered(self, intent: Intent, values: Mapping[str, Any]) -> str:
        """Return the response of an intent's sentence, filled in.

        Raises:
            ProviderFailedError: its template cannot be filled in.
        """
        matcher = self.current
        if matcher is None:
            return intent.response_template or ""
        with ForeignCode(f"response of intent {intent.name!r}: "):
            return matcher.render(intent, values)

    def tell_failure(self, name: str, error: IreneError) -> None:
        """Report that a recogniser failed; without a name it is the one that serves.

        One that is late is counted and named.
        """
        kind, who = str(Kind.INTENT_RECOGNITION), name or self.serving
        self._report(ProviderFailed(kind=kind, provider=who, reason=one_line(error)))
        self.chain.abandon_if_late(who, error)

    def close(self, without: Container[Provider[Any]]) -> None:
        """Close matchers and recognisers, but for those that work on elsewhere."""
        self._lasting = without
        self._slot.close()
        self._close_recognizers()
        for tier in self._tiers:
            tier.close(without, self.chain.free)

    def _close_recognizers(self) -> None:
        for candidate in self.chain.candidates():
            if candidate.provider not in self._lasting:
                self.chain.free(candidate)


def _compiled(
    recognizer: IntentRecognizer[Any], sources: Sequence[SentenceSource], is_asked: bool
) -> tuple[IntentMatcher, list[str]]:
    """Return what a recogniser makes of sentences, and its warnings."""
    matcher = recognizer.open_matcher(sources)
    if is_asked:
        warm(matcher)
    return matcher, list(matcher.warnings())
