"""The conversation, asked from the capture thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from irene.domain.grammar import Grammar
from irene.pipeline.answering.announcing import Announcer
from irene.pipeline.answering.conversation import Conversation
from irene.pipeline.listening.command import Command


class ConversationAnswerer:
    """Brings commands from the capture thread to the conversation on the event loop.

    `in_step` holds the input up until a command is answered, so that a file that is read faster
    than it was spoken is answered command by command.
    """

    def __init__(self, conversation: Conversation, announcer: Announcer, in_step: bool) -> None:
        self.conversation = conversation
        """what answers"""
        self._announcer = announcer
        self._loop = asyncio.get_running_loop()
        self.hold: Callable[[Future[None]], object] | None = _wait if in_step else None
        """holds the input up after a command; None: it goes on"""
        self._answers: list[Future[None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = False
        self.on_answered: Callable[[], None] = lambda: None
        """called after every answer"""

    async def wait_given(self) -> None:
        """Wait until the commands that were taken so far are answered, or given up."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def interrupt(self) -> None:
        """Stop speaking, and do not begin to speak for a command that was taken before."""
        self.conversation.interrupt()

    def attend(self) -> None:
        """Show that a command is waited for; called on the capture thread."""
        asyncio.run_coroutine_threadsafe(self.conversation.listen(), self._loop)

    def grammar(self, now_s: float) -> Grammar | None:
        """Return what may be said now, where the conversation so far makes a difference."""
        return self.conversation.grammar(now_s)

    def take(self, command: Command) -> None:
        """Answer a command; called on the capture thread."""
        answer = asyncio.run_coroutine_threadsafe(self._answer(command), self._loop)
        answer.add_done_callback(lambda _: self.on_answered())
        self._answers = [*(one for one in self._answers if not one.done()), answer]
        if self.hold is not None:
            self.hold(answer)

    def wait(self) -> None:
        """Block until every command has been answered or given up, and all has been told."""
        self.conversation.input_is_over()
        for answer in self._answers:
            answer.result()
        self._announcer.wait_idle()

    def stop(self) -> None:
        """Give up every answer; each session still gets its end. From any thread."""
        self.conversation.interrupt()
        self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        self._over = True
        self._announcer.stop()
        for task in self._tasks:
            task.cancel()

    async def _answer(self, command: Command) -> None:
        task = asyncio.ensure_future(self.conversation.answer(command))
        self._tasks.add(task)
        if self._over:
            task.cancel()
        await asyncio.wait({task})
        self._tasks.discard(task)
        if task.cancelled():
            self.conversation.give_up(command)  # it was given up before it had begun
        else:
            task.result()


def _wait(answer: Future[None]) -> None:
    answer.result()
