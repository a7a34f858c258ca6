"""Running the program that somebody wants to be told by of an alert."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from irene.components.threads import start_daemon
from irene.performance.alerts.evaluation import Change

MOST_WAITING = 32
"""programs that may wait for the one before; more are not run"""
_ERRORS_SHOWN = 200


class AlertCommands:
    """Runs programs one after the other on a thread of its own, so that nobody waits for them.

    Their words are given to the system as they are: no shell reads them. What happened is in the
    environment. One that takes longer than it may is killed with all that it started; why one did
    not work is reported in one line.
    """

    def __init__(self, assistant: str, report: Callable[[str], None]) -> None:
        self._assistant = assistant
        self._report = report
        self._waiting: deque[Change] = deque()
        self._lock = threading.Lock()
        self._is_running = False

    def run(self, change: Change) -> None:
        """Have the program of a rule run soon, if it has one."""
        if not change.rule.command:
            return
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                self._report(f"{_named(change)}: not run, {MOST_WAITING} programs wait already")
                return
            self._waiting.append(change)
            if not self._is_running:
                self._is_running = True
                start_daemon("alerts", self._work)

    def _work(self) -> None:
        while (change := self._next()) is not None:
            problem = _problem_of(change, {**os.environ, **variables(change, self._assistant)})
            if problem:
                self._report(f"{_named(change)}: {problem}")

    def _next(self) -> Change | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._is_running = False
            return None


def variables(change: Change, assistant: str) -> dict[str, str]:
    """Return what a program is told, by the names of environment variables."""
    rule = change.rule
    return {
        "IRENE_ALERT_STATE": "cleared" if change.is_over else "raised",
        "IRENE_ALERT_NAME": rule.name,
        "IRENE_ALERT_METRIC": change.series,
        "IRENE_ALERT_STATISTIC": rule.statistic,
        "IRENE_ALERT_VALUE": "" if change.value is None else repr(change.value),
        "IRENE_ALERT_THRESHOLD": repr(rule.threshold),
        "IRENE_ALERT_ASSISTANT": assistant,
    }


def _named(change: Change) -> str:
    return f"command {change.rule.command[0]!r} of alert {change.rule.name!r}"


def _problem_of(change: Change, environment: Mapping[str, str]) -> str:
    """Run the program to its end; return why it did not work, or an empty text."""
    limit_s = change.rule.command_timeout_s
    try:
        process = subprocess.Popen(
            change.rule.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return (getattr(error, "strerror", None) or str(error)).lower()
    with process:
        try:
            _, said = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            _kill(process)
            return f"took longer than {limit_s:g} s and was killed"
    if process.returncode == 0:
        return ""
    lines = said.decode(errors="replace").strip().splitlines()
    reason = f": {lines[-1][:_ERRORS_SHOWN]}" if lines else ""
    return f"exit status {process.returncode}{reason}"


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
