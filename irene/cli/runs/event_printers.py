"""Printing the events of a run: lines for people, or JSON for programs."""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Callable
from typing import Protocol

import click

from irene.cli.error_border import error_lines, tell
from irene.cli.runs.event_lines import event_line, failure
from irene.cli.terminal.layout import wants_colour
from irene.cli.terminal.standard_streams import Write, write_stdout
from irene.domain.events import (
    ErrorRaised,
    Event,
    ProviderFailed,
    ProviderSwitched,
    RunStarted,
    Warned,
)
from irene.errors import IreneError

_MOST_WARNED = 100
"""warnings of which it is remembered that they have been told"""


class EventPrinter(Protocol):
    """Shows what happens in a run, and in the end the error that broke it off."""

    def show(self, event: Event) -> None:
        """Print one event.

        Raises:
            BrokenPipeError: nobody reads standard output any more.
        """
        ...

    def fail(self, error: IreneError) -> None:
        """Print the error that ends the run, unless its event has been shown."""
        ...


class LinePrinter:
    """One line per event on standard output; warnings and errors on standard error.

    At a terminal, failures of providers stand among the events; else standard output may go where
    nobody looks for them, and they go to standard error instead.

    A failure that keeps the run from starting is told once: as its error. One that comes again in
    the same session, with every sound that cannot be played, say, is told when it comes first, and
    its error is not told beside it. An error that a warning has told is told when it comes again,
    in another session.
    """

    def __init__(self) -> None:
        self._colour = wants_colour(sys.stdout)
        self._is_terminal = sys.stdout.isatty()
        self._told: set[str] = set()
        """errors of this session"""
        self._warned: deque[str] = deque(maxlen=_MOST_WARNED)
        """warnings that no error has repeated yet, the latest of them"""
        self._has_begun = False
        self._failures: list[ProviderFailed] = []
        self._session: int | None = None
        self._shown: dict[str, str] = {}
        """reason of each failure of this session, by its line"""

    def show(self, event: Event) -> None:
        """Print one event; before the run has begun, a failure together with what follows."""
        if isinstance(event, ProviderFailed) and not self._has_begun:
            self._failures.append(event)
            return
        self._show_failures()
        self._has_begun |= isinstance(event, RunStarted)
        self._forget_before(event)
        self._show(event)

    def _forget_before(self, event: Event) -> None:
        """Forget what has failed when another session begins, or another provider serves."""
        is_other = event.session not in (None, self._session)
        if is_other:
            self._session = event.session
            self._told.clear()
        if is_other or isinstance(event, (RunStarted, ProviderSwitched)):
            self._shown.clear()

    def _show(self, event: Event) -> None:
        if isinstance(event, Warned):
            tell(event.message if "warning: " in event.message else f"warning: {event.message}")
            if event.message not in self._warned:
                self._warned.append(event.message)
        elif isinstance(event, ErrorRaised):
            self._show_error(event.message)
        elif not isinstance(event, ProviderFailed):
            click.echo(event_line(event), color=self._colour)
        elif not self._is_shown(event):
            self._show_failure(event)

    def _show_failure(self, event: ProviderFailed) -> None:
        if self._is_terminal:
            click.echo(event_line(event), color=self._colour)
        else:
            tell(failure(event))
            self._told.add(event.reason)

    def _show_error(self, message: str) -> None:
        """Print an error, unless a warning or a failure has just said the same."""
        if message in self._warned:
            self._warned.remove(message)
            self._told.add(message)
        elif message not in self._shown.values():
            self._tell(message)

    def _is_shown(self, event: ProviderFailed) -> bool:
        """Say whether a failure has been shown in this session, and take it for shown."""
        line = failure(event)
        is_shown = line in self._shown
        self._shown[line] = event.reason
        return is_shown

    def fail(self, error: IreneError) -> None:
        """Print the error, a line for each of its problems."""
        self._show_failures(but=str(error))
        for line in error_lines(error):
            self._tell(line)

    def _show_failures(self, but: str = "") -> None:
        """Print what has failed so far, unless an error says so."""
        failures, self._failures = self._failures, []
        for event in failures:
            if event.reason not in but:
                self._show(event)

    def _tell(self, message: str) -> None:
        if message not in self._told:
            tell(message)
        self._told.add(message)


class NoPrinter:
    """Prints nothing: the log tells what happens, and how it ended."""

    def show(self, event: Event) -> None:
        """Print nothing."""

    def fail(self, error: IreneError) -> None:
        """Print nothing."""


class AlsoLogged:
    """Shows what another printer shows, and logs it; an error that ends the run, too, once."""

    def __init__(self, printer: EventPrinter, log: Callable[[Event], None]) -> None:
        self._printer = printer
        self._log = log
        self._told: set[str] = set()

    def show(self, event: Event) -> None:
        """Log one event, and print it."""
        if isinstance(event, ErrorRaised):
            self._told.add(event.message)
        self._log(event)
        self._printer.show(event)

    def fail(self, error: IreneError) -> None:
        """Log the error unless its event was, and print it."""
        for line in error_lines(error):
            if line not in self._told:
                self._log(ErrorRaised(code=error.code, message=line))
        self._printer.fail(error)


class JsonPrinter:
    """One JSON object per event and line on standard output, as UTF-8 whatever the locale.

    An error that ends the run is an `error` object and also a line on standard error.
    """

    def __init__(self, write: Write = write_stdout) -> None:
        self._write = write
        self._last_s = 0.0
        self._told: set[str] = set()

    def show(self, event: Event) -> None:
        """Print one event."""
        self._last_s = event.time_s
        if isinstance(event, ErrorRaised):
            self._told.add(event.message)
        line = json.dumps(event.to_dict(), ensure_ascii=False, default=str)  # data of a plugin
        self._write(line.encode(errors="backslashreplace") + b"\n")  # half a surrogate: its escape

    def fail(self, error: IreneError) -> None:
        """Print the error: an object for each of its problems, unless it was an event already."""
        for line in error_lines(error):
            if line not in self._told:
                self.show(ErrorRaised(time_s=self._last_s, code=error.code, message=line))
            tell(line)
