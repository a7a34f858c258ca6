"""What a bug leaves behind: its traceback in the log, and no secret in it."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType

import click

from irene.cli.logs.formats import Masked
from irene.errors import IreneError

_EXPECTED = (IreneError, OSError, click.ClickException, click.Abort, click.exceptions.Exit)
"""what ends a command and is no bug; a reader that went away is an `OSError`"""
CRASHES = "irene.crash"
"""logger of what ended a run: Python prints that by itself"""
_LOG, _THREADS = logging.getLogger(CRASHES), logging.getLogger("irene.thread")


class CrashLog:
    """Logs what ends a block unexpectedly, and what ends a thread meanwhile.

    Python prints its traceback in the end, as it does with every bug, with asterisks for secrets.
    """

    def __init__(self, masked: Masked) -> None:
        self._masked = masked
        self._of_threads = threading.excepthook

    def __enter__(self) -> CrashLog:
        self._of_threads = threading.excepthook
        threading.excepthook = self._thread_ended
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        threading.excepthook = self._of_threads
        if isinstance(error, Exception) and not isinstance(error, _EXPECTED):
            _LOG.critical("a bug ended the run", exc_info=error)
            sys.excepthook = self._print  # until the process ends, which is what follows

    def _thread_ended(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            name = args.thread.name if args.thread is not None else "?"
            _THREADS.critical("a bug ended the thread %s", name, exc_info=args.exc_value)

    def _print(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(self._masked(text))
