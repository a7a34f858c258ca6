"""Telling what goes wrong with the files of one command line, each thing once."""

from __future__ import annotations

from collections.abc import Callable

from irene.cli.error_border import error_lines
from irene.cli.runs.event_lines import failure
from irene.domain.events import Event, ProviderFailed, Warned
from irene.errors import AudioFormatError, IreneError


class TroubleReporter:
    """Tells warnings, failures of providers, and errors; remembers the exit status.

    A failure waits until it is known whether it also ends a file: then it is told as that error.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()
        self._failures: list[ProviderFailed] = []
        self.exit_code = 0
        """status of the first error; 0 when there was none"""

    def take(self, event: Event) -> None:
        """Take what the engines report."""
        if isinstance(event, Warned):
            self._warn(event.message)
        elif isinstance(event, ProviderFailed):
            self._failures.append(event)

    def survived(self) -> None:
        """Tell the failures so far: another provider stood in."""
        self._tell_failures(but="")

    def fail(self, error: IreneError, file: str = "") -> None:
        """Tell an error; `file` is what could not be transcribed because of it."""
        self.exit_code = self.exit_code or error.exit_code
        causes = [failure(event) for event in self._failures if event.reason == str(error)]
        self._tell_failures(but=str(error))
        names_file = not file or isinstance(error, AudioFormatError)
        for line in causes[-1:] or error_lines(error):
            self._tell(line if names_file else f"{file}: {line}")

    def _tell_failures(self, but: str) -> None:
        failures, self._failures = self._failures, []
        for event in failures:
            if event.reason not in but:
                self._warn(failure(event))

    def _warn(self, message: str) -> None:
        if message not in self._told:
            self._tell(f"warning: {message}")
        self._told.add(message)
