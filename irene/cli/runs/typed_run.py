"""Asking the assistant in writing: one question, or one line after another."""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from asyncio import AbstractEventLoop, Queue, get_running_loop
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import click

from irene.cli.error_border import BROKEN_PIPE, error_lines, exit_code_of, tell
from irene.cli.runs.event_lines import alert, alert_over, failure, proposal
from irene.cli.runs.event_printers import EventPrinter
from irene.cli.runs.outcome import Outcome
from irene.cli.runs.stop_signals import on_stop_signal
from irene.cli.terminal.standard_streams import Write, write_stdout
from irene.config.sections import Config
from irene.domain.events import (
    AlertCleared,
    AlertRaised,
    AnnouncementMade,
    ErrorRaised,
    Event,
    ProviderFailed,
    ResponseGiven,
    RunEnded,
    RunStarted,
    SettingsProposed,
    Warned,
)
from irene.errors import CheckFailedError, IreneError
from irene.pipeline.typed import TypedAssistant
from irene.plugin.registry import ComponentRegistry

PROMPT = "> "
_NOTHING_TYPED = "nothing was typed: standard input has no line; type a question, or pipe one in"
_SIGNAL_STATUS = 128
"""what shells add to the number of the signal that ended a command"""


class AnswerPrinter:
    """Answers and announcements on standard output; what went wrong on standard error."""

    def __init__(self, write: Write = write_stdout) -> None:
        self._write = write
        self._reason = ""

    def show(self, event: Event) -> None:
        """Print one event; an error that only repeats what was told before it is not told."""
        if isinstance(event, (ResponseGiven, AnnouncementMade)):
            self._write(f"{event.text}\n".encode(errors="backslashreplace"))
        elif isinstance(event, ProviderFailed):
            self._reason = event.reason
            tell(failure(event))
        elif remark := _remark(event):
            tell(remark)
        elif isinstance(event, (ErrorRaised, Warned)):
            if event.message != self._reason:
                tell(event.message)
            self._reason = event.message if isinstance(event, Warned) else ""

    def fail(self, error: IreneError) -> None:
        """Print the error that keeps the assistant from starting."""
        for line in error_lines(error):
            tell(line)


def _remark(event: Event) -> str:
    """Return what was noticed beside the conversation; empty for what is no such thing."""
    if isinstance(event, AlertRaised):
        return f"ALERT: {alert(event)}"
    if isinstance(event, AlertCleared):
        return alert_over(event)
    return f"proposal: {proposal(event)}" if isinstance(event, SettingsProposed) else ""


class TypedRun:
    """Texts answered one after the other; remembers how that went.

    SIGINT (Ctrl-C) and SIGTERM end it cleanly, also while a handler is at work; a second signal
    kills. A reader of standard output that goes away ends it, too.
    """

    def __init__(self, config: Config, registry: ComponentRegistry, printer: EventPrinter) -> None:
        self._printer = printer
        self._assistant = TypedAssistant(config, registry, self._take)
        for warning in config.warnings:
            tell(str(warning))
        self._outcome = Outcome()
        self._n_lines = 0
        self._unobserved: list[Event] = []
        self._note: Callable[[Event], None] = self._unobserved.append
        self._task: asyncio.Task[object] | None = None
        self._unwritten: OSError | None = None
        self._stop_status: int | None = None

    @property
    def exit_code(self) -> int:
        """0 when a text was answered without an error; else that of the last error, 6 without any.

        A signal ends a conversation with 0 and a single question with 128 and its number.
        """
        if isinstance(self._unwritten, BrokenPipeError):
            return BROKEN_PIPE
        if self._stop_status is not None:
            return self._stop_status
        if self._outcome.is_served:
            return 0
        code = self._outcome.error_code
        return exit_code_of(code) if code else CheckFailedError.exit_code

    async def ask(self, text: str) -> None:
        """Answer one text.

        Raises:
            IreneError: the assistant cannot start.
        """
        await self._until_stopped(self._ask(text), _SIGNAL_STATUS)

    async def converse(self) -> None:
        """Answer every line of standard input; tell if there is none.

        Raises:
            IreneError: the assistant cannot start.
        """
        await self._until_stopped(self._converse(), None)
        if self._stop_status is not None:
            _prompt("\n")
        elif not self._n_lines:
            tell(_NOTHING_TYPED)

    async def _ask(self, text: str) -> None:
        async with self._assistant as assistant:
            await assistant.ask(text)
            async with self._observed(
                is_over=True
            ):  # once it is answered: nobody waits for what measures
                pass

    async def _converse(self) -> None:
        async with self._assistant as assistant, self._observed():
            async for line in _lines():
                if line.strip():
                    self._n_lines += 1
                    await assistant.ask(line.strip())

    @asynccontextmanager
    async def _observed(self, is_over: bool = False) -> AsyncIterator[None]:
        """Measure the run, if it is to be measured, from its first event on."""
        config = self._assistant.config
        if not config.performance.enable_monitoring:
            self._unobserved.clear()
            self._note = lambda event: None
            yield
            return
        from irene.cli.performance.observed_run import observed

        async with observed(self._assistant, is_over) as observer:
            for event in (RunStarted(config=config.name), *self._unobserved):
                observer.note(event)
            self._unobserved.clear()
            self._note = observer.note
            yield
            observer.note(RunEnded(reason="end_of_input"))

    async def _until_stopped(self, work: Awaitable[None], signal_status: int | None) -> None:
        """Await the work until a signal comes or nothing can be written; both leave it closed.

        Raises:
            OSError: why nothing could be written, unless nobody reads any more.
        """
        self._task = asyncio.current_task()

        def stop(number: int) -> None:
            self._stop_status = 0 if signal_status is None else signal_status + number
            self._stop()

        on_stop_signal(stop)
        try:
            await work
        except asyncio.CancelledError:
            if self._stop_status is None and self._unwritten is None:
                raise
        if self._unwritten is not None and not isinstance(self._unwritten, BrokenPipeError):
            raise self._unwritten

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _take(self, event: Event) -> None:
        self._outcome.note(event)
        self._note(event)
        if self._unwritten is not None:
            return
        try:
            self._printer.show(event)
        except OSError as error:
            self._unwritten = error
            self._stop()


async def _lines() -> AsyncIterator[str]:
    """Yield the lines of standard input; a thread waits for them, so that timers can be due."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # what is no text is not understood, like noise
    lines: Queue[str | None] = Queue()
    loop = get_running_loop()
    wanted = threading.Semaphore()
    threading.Thread(target=partial(_read, loop, lines, wanted), daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line
        wanted.release()


def _read(loop: AbstractEventLoop, lines: Queue[str | None], wanted: threading.Semaphore) -> None:
    """Read a line whenever one is wanted, so that the prompt comes after the answer."""
    try:
        while wanted.acquire():
            _prompt(PROMPT)
            line = sys.stdin.readline()
            if not line:
                _prompt("\n")
                return
            loop.call_soon_threadsafe(lines.put_nowait, line)
    finally:
        with suppress(RuntimeError):  # the run was stopped, and its loop is closed
            loop.call_soon_threadsafe(lines.put_nowait, None)


def _prompt(text: str) -> None:
    """Write to the terminal at which somebody types, if anybody does."""
    if sys.stdin.isatty():
        click.echo(text, nl=False, err=True)
