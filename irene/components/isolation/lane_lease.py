"""Exclusive use of a lane to a worker by whoever asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from irene.components.isolation.grammar_store import GrammarReference, SentGrammars
from irene.components.isolation.lane import Lane
from irene.components.isolation.supervised import SupervisedWorker
from irene.domain.audio import Samples
from irene.domain.grammar import Grammar
from irene.errors import IreneError


class LaneLease:
    """Exclusive use of one lane to one worker, until it is closed."""

    def __init__(self, worker: SupervisedWorker, lane: Lane, limit_s: float, number: int) -> None:
        self._worker = worker
        self._lane = lane
        self._limit_s = limit_s
        self._sent_grammars: SentGrammars = worker.sent_grammars
        self.number = number
        """what the worker may know its stream by; no other lease of the provider has it"""
        lane.owner = self

    def provider(self, method: str, *arguments: object, audio: Sequence[Samples] = ()) -> Any:
        """Ask the provider: a method with its arguments, or a property."""
        return self._lane.ask(self, ("provider", method, arguments), audio, self._limit_s)

    def open(self, method: str, *arguments: object) -> Any:
        """Ask the provider for what this lane goes on with; it is given back if that fails."""
        try:
            return self.provider(method, *arguments)
        except BaseException:
            self.close()
            raise

    def stream(
        self,
        method: str,
        *arguments: object,
        audio: Sequence[Samples] = (),
        answered: Callable[[], None] | None = None,
    ) -> Any:
        """Ask what `open_stream` or `synthesize` of the provider returned on this lane.

        `answered` is called when it was done, before another process can follow this one.
        """
        question = ("stream", method, arguments)
        return self._lane.ask(self, question, audio, self._limit_s, answered)

    def aside(self, method: str) -> None:
        """Ask the stream that was given the number, also while this lease waits for its answer."""
        self._worker.aside(method, self.number, self._limit_s)

    @property
    def is_sound(self) -> bool:
        """Whether the worker can still be asked."""
        return self._lane.is_sound

    def within(self, limit_s: float) -> LaneLease:
        """Give every call of this lease so many seconds."""
        self._limit_s = limit_s
        return self

    def waiting_for(self, may_wait: Callable[[float], bool]) -> LaneLease:
        """Let calls take longer while that says so; see `Lane.may_wait`."""
        self._lane.may_wait = may_wait
        return self

    def grant(self, seconds: float) -> None:
        """Let every call from now on take that much longer."""
        self._limit_s += seconds

    @contextmanager
    def grammar(self, grammar: Grammar | None) -> Iterator[GrammarReference | None]:
        """Give what stands for a grammar in a call within the `with` block."""
        if grammar is None:
            yield None
            return
        entry = self._sent_grammars.entry(grammar)
        yield entry
        self._sent_grammars.arrived(entry)

    def end_stream(self) -> None:
        """Close the stream in the worker, if that can still be asked, and give the lane back.

        When a call still runs, because whoever made it was given up, that happens at its end.
        """
        self._lane.when_idle(self._end_stream)

    def _end_stream(self) -> None:
        with self:
            if not self._lane.is_sound:
                return
            try:
                self.stream("close")
            except IreneError:
                if self._lane.is_sound:
                    raise  # otherwise the worker died, and its streams with it, as others tell

    def close(self) -> None:
        """Give the lane back; a second call does nothing."""
        if self._lane.owner is self:
            self._lane.owner = self._lane.may_wait = None
            self._worker.give_back(self._lane)

    def __enter__(self) -> LaneLease:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
