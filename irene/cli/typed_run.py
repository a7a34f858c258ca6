"""Asking the assistant in writing: one question, or one line after another."""

from __future__ import annotations

import sys
import threading
from asyncio import AbstractEventLoop, Queue, get_running_loop
from collections.abc import AsyncIterator
from functools import partial

import click

from irene.cli.error_border import error_lines, exit_code_of, tell
from irene.cli.event_lines import failure
from irene.cli.event_printers import EventPrinter
from irene.cli.standard_streams import Write, write_stdout
from irene.config.sections import Config
from irene.domain.events import (
    AnnouncementMade,
    ErrorRaised,
    Event,
    ProviderFailed,
    ResponseGiven,
    SessionEnded,
    Warned,
)
from irene.errors import CheckFailedError, IreneError
from irene.pipeline.typed import TypedAssistant
from irene.plugin.registry import ComponentRegistry

PROMPT = "> "


class AnswerPrinter:
    """Answers and announcements on standard output; what went wrong on standard error."""

    def __init__(self, write: Write = write_stdout) -> None:
        self._write = write

    def show(self, event: Event) -> None:
        """Print one event."""
        if isinstance(event, (ResponseGiven, AnnouncementMade)):
            self._write(f"{event.text}\n".encode(errors="backslashreplace"))
        elif isinstance(event, ProviderFailed):
            tell(failure(event))
        elif isinstance(event, (ErrorRaised, Warned)):
            tell(event.message)

    def fail(self, error: IreneError) -> None:
        """Print the error that keeps the assistant from starting."""
        for line in error_lines(error):
            tell(line)


class TypedRun:
    """Texts answered one after the other; remembers how that went."""

    def __init__(self, config: Config, registry: ComponentRegistry, printer: EventPrinter) -> None:
        self._printer = printer
        self._assistant = TypedAssistant(config, registry, self._take)
        for warning in config.warnings:
            tell(str(warning))
        self._answered = False
        self._failure = ""

    @property
    def exit_code(self) -> int:
        """0 when a text was answered; else the status of the last error, 6 without any."""
        if self._answered:
            return 0
        return exit_code_of(self._failure) if self._failure else CheckFailedError.exit_code

    async def ask(self, text: str) -> None:
        """Answer one text.

        Raises:
            IreneError: the assistant cannot start.
        """
        async with self._assistant as assistant:
            await assistant.ask(text)

    async def converse(self) -> None:
        """Answer every line of standard input.

        Raises:
            IreneError: the assistant cannot start.
        """
        async with self._assistant as assistant:
            async for line in _lines():
                if line.strip():
                    await assistant.ask(line.strip())

    def _take(self, event: Event) -> None:
        if isinstance(event, SessionEnded):
            self._answered |= event.reason == "answered"
        elif isinstance(event, ErrorRaised):
            self._failure = event.code
        self._printer.show(event)


async def _lines() -> AsyncIterator[str]:
    """Yield the lines of standard input; a thread waits for them, so that timers can be due."""
    lines: Queue[str | None] = Queue()
    loop = get_running_loop()
    wanted = threading.Semaphore()
    threading.Thread(target=partial(_read, loop, lines, wanted), daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line
        wanted.release()


def _read(loop: AbstractEventLoop, lines: Queue[str | None], wanted: threading.Semaphore) -> None:
    """Read a line whenever one is wanted, so that the prompt comes after the answer."""
    is_terminal = sys.stdin.isatty()
    while wanted.acquire():
        if is_terminal:
            click.echo(PROMPT, nl=False, err=True)
        line = sys.stdin.readline()
        loop.call_soon_threadsafe(lines.put_nowait, line or None)
        if not line:
            if is_terminal:
                click.echo(err=True)
            return
