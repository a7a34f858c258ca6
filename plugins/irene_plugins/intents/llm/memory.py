"""What was said in conversations, until they are forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

Message = dict[str, object]

MAX_CONVERSATIONS = 32
MAX_CHARACTERS = 4000
"""of one message that is remembered"""


@dataclass
class _Talk:
    """One conversation."""

    last_s: float
    """when something was said last"""
    turns: list[tuple[str, str]] = field(default_factory=list)
    """question and answer"""


class Memory:
    """The last turns of each conversation; idle and old conversations are forgotten.

    May be used from any thread.
    """

    def __init__(self, max_turns: int, idle_s: float, now_s: Callable[[], float]) -> None:
        self._max_turns = max_turns
        self._idle_s = idle_s
        self._now_s = now_s
        self._talks: dict[str, _Talk] = {}
        self._lock = threading.Lock()

    def recall(self, conversation: str) -> list[Message]:
        """Return the messages of a conversation, oldest first; one without a name has none."""
        with self._lock:
            self._forget()
            talk = self._talks.get(conversation)
            messages: list[Message] = []
            for question, answer in talk.turns if talk else ():
                messages.append({"role": "user", "content": question})
                messages.append({"role": "assistant", "content": answer})
            return messages

    def add(self, conversation: str, question: str, answer: str) -> None:
        """Remember a turn, as far as turns are remembered."""
        if not conversation or not answer or self._max_turns == 0:
            return
        with self._lock:
            self._forget()
            talk = self._talks.pop(conversation, None) or _Talk(0.0)
            talk.last_s = self._now_s()
            talk.turns.append((question[:MAX_CHARACTERS], answer[:MAX_CHARACTERS]))
            del talk.turns[: -self._max_turns]
            self._talks[conversation] = talk
            while len(self._talks) > MAX_CONVERSATIONS:
                self._talks.pop(next(iter(self._talks)))

    def _forget(self) -> None:
        oldest_s = self._now_s() - self._idle_s
        for name in [name for name, talk in self._talks.items() if talk.last_s < oldest_s]:
            del self._talks[name]
