"""The log of one run, kept while a block runs."""

from __future__ import annotations

import logging
import os
import queue
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from irene.cli.logs.crashes import CRASHES, CrashLog
from irene.cli.logs.events import log_event
from irene.cli.logs.file import LogFile
from irene.cli.logs.formats import JournalFormat, JsonFormat, Masked, TextFormat
from irene.cli.logs.handing_over import LONGEST_QUEUE, HandOver, Writer
from irene.cli.logs.secrecy import masking
from irene.config.sections import Config, LoggingSection
from irene.domain.events import Event

_OURS = ("irene", "irene_plugins")


@contextmanager
def logged(config: Config) -> Iterator[Callable[[Event], None]]:
    """Let everything that is logged go where a configuration says; yields what logs an event.

    Loggers are the process's: they are set while the block runs, and left as they were.
    """
    settings, masked = config.logging, masking(config)
    handlers = [_on_console(settings, masked), *_in_file(settings, masked)]
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(LONGEST_QUEUE)
    writer = Writer(waiting, handlers)
    root, hand_over = logging.getLogger(), HandOver(waiting)
    root.addHandler(hand_over)
    with _levels(settings):
        try:
            with CrashLog(masked):
                yield log_event if settings.file or is_log_printed(settings) else _not_logged
        finally:
            root.removeHandler(hand_over)
            writer.close()


def _not_logged(event: Event) -> None:
    """Log nothing: events are printed for people, and there is no file."""


def is_log_printed(settings: LoggingSection, environ: Mapping[str, str] | None = None) -> bool:
    """Say whether the log, not events for people, is what goes to the terminal or the journal."""
    if settings.console != "auto":
        return settings.console == "log"
    return is_in_journal(environ)


def is_in_journal(environ: Mapping[str, str] | None = None) -> bool:
    """Say whether standard error goes to systemd's journal (systemd.exec(5), `$JOURNAL_STREAM`)."""
    given = (os.environ if environ is None else environ).get("JOURNAL_STREAM", "")
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return given == f"{found.st_dev}:{found.st_ino}"


def _on_console(settings: LoggingSection, masked: Masked) -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.handleError = lambda record: None  # type: ignore[method-assign] # a closed pipe
    handler.addFilter(lambda record: record.name != CRASHES)
    in_journal = is_in_journal()
    inner = _format(settings, masked, has_time=not in_journal and is_log_printed(settings))
    handler.setFormatter(JournalFormat(inner) if in_journal else inner)
    if not is_log_printed(settings):
        handler.setFormatter(TextFormat(masked, has_time=False))
        handler.addFilter(lambda record: not hasattr(record, "event"))
    return handler


def _in_file(settings: LoggingSection, masked: Masked) -> list[logging.Handler]:
    if not settings.file:
        return []
    handler = LogFile(settings.file, settings.file_max_mb, settings.file_keep)
    handler.setFormatter(_format(settings, masked))
    return [handler]


def _format(settings: LoggingSection, masked: Masked, has_time: bool = True) -> logging.Formatter:
    is_json = settings.format == "json"
    return JsonFormat(masked) if is_json else TextFormat(masked, has_time=has_time)


@contextmanager
def _levels(settings: LoggingSection) -> Iterator[None]:
    """Set the least weights of loggers while a block runs."""
    wanted = {**dict.fromkeys(_OURS, settings.level), **settings.levels}
    loggers = {logging.getLogger(name): level for name, level in wanted.items()}
    before = {logger: logger.level for logger in loggers}
    for logger, level in loggers.items():
        logger.setLevel(level.upper())
    try:
        yield
    finally:
        for logger, number in before.items():
            logger.setLevel(number)
