"""Matchers that change while they are asked: the one that serves, and the tiers after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Sequence
from functools import partial
from typing import Any

from irene.components.calls.deadline import CLOSE_S, LateError, Limit, timed
from irene.components.chain.candidate import Candidate
from irene.components.threads import start_daemon
from irene.components.understanding.time_left import TimeLeft
from irene.domain.intents import Intent
from irene.domain.thread_names import TIER
from irene.errors import IreneError, ProviderFailedError
from irene.providers.border import ForeignCode
from irene.providers.intent_recognition import (
    Context,
    IntentMatcher,
    IntentRecognizer,
    SentenceSource,
)
from irene.providers.provider import Provider

Free = Callable[[Candidate[IntentRecognizer[Any]]], None]
"""Frees an engine that nobody needs any more."""
TellFailure = Callable[[str, IreneError], None]
"""Reports that the recogniser of that name failed."""


class MatcherSlot:
    """Holds the matcher that serves, and the one before it: somebody may be asking that one still.

    May be used from any thread. A matcher that is put in after `close` is closed at once.
    """

    def __init__(self, name: str, tell_failure: TellFailure) -> None:
        self._name = name
        self._tell_failure = tell_failure
        self._lock = threading.Lock()
        self._before: IntentMatcher | None = None
        self._is_closed = False
        self.current: IntentMatcher | None = None
        """None before the first, and after `close`"""

    def put(self, matcher: IntentMatcher) -> bool:
        """Let a matcher serve, and close the one before the last; return False when closed."""
        with self._lock:
            if self._is_closed:
                surplus: IntentMatcher | None = matcher
            elif matcher is self.current:
                surplus = None
            else:
                surplus, self._before, self.current = self._before, self.current, matcher
            is_open = not self._is_closed
        self._close(surplus)
        return is_open

    def close(self) -> None:
        """Close both."""
        with self._lock:
            self._is_closed = True
            matchers = self.current, self._before
            self.current = self._before = None
        for matcher in matchers:
            self._close(matcher)

    def _close(self, matcher: IntentMatcher | None) -> None:
        if matcher is None:
            return
        try:
            with ForeignCode("matcher not closed: "):
                timed(matcher.close, "close", Limit(CLOSE_S))
        except LateError as error:
            late = error.saying(f"matcher not closed within {CLOSE_S:g} s: it hangs")
            self._tell_failure(self._name, late)
        except IreneError as error:
            self._tell_failure(self._name, error)


class Tier:
    """A recogniser that is asked when those before it found nothing.

    It opens on threads of its own, as most commands need none, and not before `open`. The
    sentences that it has serve until it has read the new ones. Until it has read its first ones,
    whoever asks waits.
    """

    def __init__(
        self,
        candidate: Candidate[IntentRecognizer[Any]],
        tell_failure: TellFailure,
        deadline_s: float | None = None,
    ) -> None:
        """`deadline_s` is the longest wait for what it finds, seconds; None: no limit."""
        self.name = candidate.name
        """name of its table"""
        self._deadline_s = deadline_s
        self._candidate = candidate
        self._provider = candidate.provider
        self._tell_failure = tell_failure
        self._slot = MatcherSlot(candidate.name, tell_failure)
        self._opening = threading.Lock()
        self._wishing = threading.Lock()
        self._wanted: Sequence[SentenceSource] | None = None
        self._may_open = False
        self._is_ready = threading.Event()
        self._is_closed = False
        self._free: Callable[[], None] = lambda: None

    def read(self, sources: Sequence[SentenceSource]) -> None:
        """Compile these sentences from `open` on; what fails is told, and the old ones serve on."""
        with self._wishing:
            self._wanted = sources
            may_open = self._may_open
        if may_open:
            self._begin(sources)

    def open(self) -> None:
        """Begin to compile the sentences, those that are there and all later ones."""
        with self._wishing:
            sources = None if self._may_open else self._wanted
            self._may_open = True
        if sources is not None:
            self._begin(sources)

    def _begin(self, sources: Sequence[SentenceSource]) -> None:
        start_daemon(TIER, partial(self._compile, sources))

    def match(self, text: str, language: str, context: Context, left: TimeLeft) -> Intent | None:
        """Return the best intent for the text, or None.

        Until it is ready, and then without a deadline of its own for what it finds, it has the
        time that is `left`.

        Raises:
            ProviderFailedError: the recogniser raised, took too long, or still loads.
        """
        patience_s = left.share(1).total_s
        if not self._is_ready.wait(patience_s):
            raise ProviderFailedError(f"it still loads after {patience_s:.3g} s")
        matcher = self._slot.current
        if matcher is None:
            return None
        work = partial(matcher.match, text, language, context)
        with ForeignCode():
            return timed(work, "match", left.share(1), self._deadline_s)

    @property
    def provider(self) -> IntentRecognizer[Any]:
        """The recogniser."""
        return self._provider

    def close(self, without: Container[Provider[Any]], free: Free) -> None:
        """Free its matchers and, with `free`, its engine, unless that works on elsewhere."""
        if self._provider not in without:
            self._free = partial(free, self._candidate)
        self._is_closed = True
        self._slot.close()
        self._free()
        self._is_ready.set()

    def _compile(self, sources: Sequence[SentenceSource]) -> None:
        """Load the engine and compile the sentences, unless there are newer ones."""
        with self._opening:
            if sources is not self._wanted or self._is_closed:
                return
            try:
                self._provider.load()
                with ForeignCode(f"{self.name} did not take the sentences: "):
                    matcher = self._provider.open_matcher(sources)
                    warm(matcher)
                if not self._slot.put(matcher):
                    self._free()  # it was closed while it loaded
            except IreneError as error:
                self._tell_failure(self.name, error)
            finally:
                self._is_ready.set()


def warm(matcher: IntentMatcher) -> None:
    """Make a matcher ready for the first text; one that cannot be is closed.

    Raises:
        Exception: what the matcher raised.
    """
    try:
        matcher.warm_up()
    except Exception:
        matcher.close()
        raise
