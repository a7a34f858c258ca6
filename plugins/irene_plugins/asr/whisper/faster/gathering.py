"""Questions from several threads that are answered together, as many as there are at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class _Asked(Generic[Q, A]):
    """A question on its way."""

    def __init__(self, question: Q, key: Hashable) -> None:
        self.question = question
        self.key = key
        self.answer: A | None = None
        self.error: BaseException | None = None
        self.is_done = False


class Gathering(Generic[Q, A]):
    """Gathers what is asked while earlier questions are being answered; adds no waiting.

    A question that comes when nobody works is answered at once and alone. Questions that come
    meanwhile are taken together by whichever of the threads that ask is free first, so there is no
    thread of its own (flat combining: Hendler, Incze, Shavit, Tzafrir 2010, "Flat Combining and the
    Synchronization-Parallelism Tradeoff"). They are taken in the order in which they came; those
    of one key can be answered together.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Q]], Sequence[A]],
        key: Callable[[Q], Hashable],
        most: int = 1,
        n_at_once: int = 1,
    ) -> None:
        """Set how questions are answered.

        Args:
            answer: returns the answers to questions of one key, in their order.
            key: of a question.
            most: questions that are answered together at most.
            n_at_once: threads that may be in `answer` at the same time.
        """
        self._answer = answer
        self._key = key
        self._most = most
        self._n_free = n_at_once
        self._changed = threading.Condition()
        self._waiting: deque[_Asked[Q, A]] = deque()

    def ask(self, question: Q) -> A:
        """Return the answer; blocks. Raises what `answer` raises for this question."""
        asked: _Asked[Q, A] = _Asked(question, self._key(question))
        with self._changed:
            self._waiting.append(asked)
        while (together := self._next(asked)) is not None:
            try:
                self._settle(together)
            finally:
                self._free()
        if asked.error is not None:
            raise asked.error
        return asked.answer  # type: ignore[return-value] # there is one, as there is no error

    def _next(self, asked: _Asked[Q, A]) -> list[_Asked[Q, A]] | None:
        """Return questions to be answered in this thread; None when its own has been answered."""
        with self._changed:
            while not asked.is_done and not (self._n_free and self._waiting):
                self._changed.wait()
            if asked.is_done:
                return None
            self._n_free -= 1
            key = self._waiting[0].key
            together = [one for one in self._waiting if one.key == key][: self._most]
            for one in together:
                self._waiting.remove(one)
            return together

    def _settle(self, together: list[_Asked[Q, A]]) -> None:
        """Answer questions; when that fails, each alone, so that one spoils none of the others."""
        if not self._try(together) and len(together) > 1:
            for one in together:
                self._try([one])
        with self._changed:
            for one in together:
                one.is_done = True

    def _try(self, together: list[_Asked[Q, A]]) -> bool:
        """Answer questions, or note why there is no answer."""
        try:
            answers = self._answer([one.question for one in together])
            pairs = list(zip(together, answers, strict=True))
        except BaseException as error:  # noqa: BLE001 - handed to whoever asked
            for one in together:
                one.error = error
            return False
        for one, answer in pairs:
            one.answer, one.error = answer, None
        return True

    def _free(self) -> None:
        with self._changed:
            self._n_free += 1
            self._changed.notify_all()
