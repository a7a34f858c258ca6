"""Where the log goes: files that rotate, the journal, the terminal; nobody waits for it."""

import errno
import json
import logging
import os
import queue
import stat
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from irene.cli.logs.file import LogFile
from irene.cli.logs.formats import TextFormat
from irene.cli.logs.handing_over import HandOver, Writer
from irene.cli.logs.kept import is_in_journal, is_log_printed, logged
from irene.config.sections import Config, LoggingSection, PerformanceSection
from irene.domain.events import SpeechEnded, TranscriptPartial
from irene.errors import ConfigurationError


def record(text, *args):
    """Return a record."""
    return logging.LogRecord("irene.test", logging.INFO, __file__, 1, text, args, None)


@pytest.fixture
def open_log(tmp_path):
    """Open log files that say nothing but the message, and close them."""
    opened = []

    def open_one(max_mb=10.0, keep=2):
        log = LogFile(str(tmp_path / "logs" / "irene.log"), max_mb, keep)
        log.setFormatter(logging.Formatter("%(message)s"))
        opened.append(log)
        return log

    yield open_one
    for log in opened:
        log.close()


def test_a_log_file_is_for_its_owner_alone(open_log, tmp_path):
    """It holds what was said; its folder is made, and former files are as private."""
    log = open_log(max_mb=0.0001)
    for number in range(3):
        log.emit(record(f"{number}" * 60))
    files = sorted((tmp_path / "logs").iterdir())
    assert [file.name for file in files] == ["irene.log", "irene.log.1", "irene.log.2"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_no_more_is_kept_than_was_asked_for(open_log, tmp_path):
    """The newest stays: no record is lost between two files."""
    log = open_log(max_mb=0.00002, keep=2)
    for number in range(9):
        log.emit(record(f"record number {number}"))
    texts = [file.read_text() for file in sorted((tmp_path / "logs").iterdir())]
    assert texts == [f"record number {number}\n" for number in (8, 7, 6)]


@pytest.mark.parametrize("move", [os.remove, lambda path: Path(path).rename(f"{path}-old")])
def test_a_file_that_was_moved_away_is_made_anew(open_log, tmp_path, move):
    """logrotate needs no signal."""
    log = open_log(max_mb=0)
    log.emit(record("one"))
    move(log.baseFilename)
    log.emit(record("two"))
    assert (tmp_path / "logs" / "irene.log").read_text() == "two\n"


class FullDisk:
    """A stream that takes nothing while the disk is full."""

    def __init__(self, stream):
        self._stream = stream
        self.fileno = stream.fileno

    def write(self, text):
        """Refuse."""
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self):
        """Close."""
        self._stream.close()


def test_a_full_disk_is_told_once_and_stops_nobody(open_log, tmp_path, capfd, monkeypatch):
    """When there is room again, it says how much is missing."""
    log = open_log(max_mb=0)
    opened = log._open
    monkeypatch.setattr(log, "_open", lambda: FullDisk(opened()))
    for _ in range(3):
        log.emit(record("lost"))
    monkeypatch.setattr(log, "_open", opened)
    log.emit(record("kept"))
    log.emit(record("kept, too"))
    assert (tmp_path / "logs" / "irene.log").read_text() == "kept\nkept, too\n"
    refused, again = capfd.readouterr().err.splitlines()
    assert refused.endswith("cannot be written: No space left on device")
    assert again.endswith("is written again; 3 records are missing")


def test_who_logs_never_waits_for_who_writes():
    """What is too much is lost, and counted."""
    waiting = queue.Queue(2)
    hand_over = HandOver(waiting)
    for number in range(5):
        hand_over.emit(record("%d", number))
    assert [waiting.get().getMessage() for _ in range(2)] == ["0", "1"]
    hand_over.emit(record("later"))
    assert waiting.get().getMessage().startswith("3 records were lost")
    assert waiting.get().getMessage() == "later"


class Stuck(logging.Handler):
    """A disk that does not answer until it is told to."""

    def __init__(self):
        super().__init__()
        self.answer, self.begun, self.written = threading.Event(), threading.Event(), []

    def emit(self, record):
        """Wait, and write."""
        self.begun.set()
        self.answer.wait(30)
        self.written.append(record.getMessage())


def test_a_disk_that_does_not_answer_does_not_hold_up_the_end():
    """Though the queue is full."""
    waiting, disk = queue.Queue(1), Stuck()
    writer = Writer(waiting, [disk], patience_s=0.01)
    waiting.put(record("one"))
    assert disk.begun.wait(30)
    waiting.put(record("two"))
    writer.close()
    assert disk.written == []
    disk.answer.set()


def test_everything_that_waits_is_written_at_the_end():
    """Nothing of a run is lost with its last lines."""
    waiting, disk = queue.Queue(), Stuck()
    disk.answer.set()
    for number in range(50):
        waiting.put(record("%d", number))
    Writer(waiting, [disk], patience_s=30).close()
    assert disk.written == list(map(str, range(50)))


def test_a_record_is_written_as_it_was_when_it_was_logged():
    """Its arguments may change before the other thread has its turn."""
    waiting, words = queue.Queue(), ["before"]
    HandOver(waiting).emit(record("%s", words))
    words[0] = "after"
    assert waiting.get().getMessage() == "['before']"


def test_a_traceback_is_kept_apart_from_the_message():
    """JSON has a field of its own for it."""
    waiting = queue.Queue()
    try:
        raise ValueError("x")
    except ValueError:
        made = logging.LogRecord("a", 40, __file__, 1, "failed", None, sys.exc_info())
    HandOver(waiting).emit(made)
    taken = waiting.get()
    assert (taken.getMessage(), taken.exc_text[-13:]) == ("failed", "ValueError: x")
    assert TextFormat(str).format(taken).count("ValueError: x") == 1


def kept(tmp_path, log_some, **settings):
    """Log something with these settings; return the lines of the file."""
    file = tmp_path / "irene.log"
    section = LoggingSection(file=str(file), **settings)
    with logged(Config(logging=section)) as log:
        log_some(log)
    return file.read_text().splitlines() if file.exists() else []


def test_events_and_records_of_libraries_are_in_one_log(tmp_path):
    """In the order in which they came, each with its own least weight."""

    def log_some(log):
        log(SpeechEnded(start_s=0.0, session=1, end_s=1.0))
        log(TranscriptPartial(session=1, text="wha"))
        logging.getLogger("some.library").info("chatter")
        logging.getLogger("some.library").warning("careful")
        logging.getLogger("quiet.library").error("no")
        logging.getLogger("loud.library").debug("everything")

    levels = {"quiet": "error", "loud.library": "debug", "irene.events.speech_ended": "info"}
    lines = kept(tmp_path, log_some, format="json", levels={**levels, "quiet.library": "error"})
    said = [json.loads(line) for line in lines]
    assert [one["logger"] for one in said] == [
        "irene.events.speech_ended",
        "some.library",
        "quiet.library",
        "loud.library",
    ]


def test_levels_are_left_as_they_were(tmp_path):
    """Loggers belong to the process, not to a run."""
    logger, root = logging.getLogger("irene"), logging.getLogger()
    before = logger.level, list(root.handlers)
    kept(tmp_path, lambda log: None, level="error")
    assert (logger.level, list(root.handlers)) == before


def test_what_was_said_can_be_left_out(tmp_path):
    """By the name of its event."""
    lines = kept(
        tmp_path,
        lambda log: log(SpeechEnded(start_s=0.0, end_s=1.0)),
        levels={"irene.events.speech_ended": "warning"},
    )
    assert lines == []


def test_the_journal_is_known_by_its_device_and_inode(monkeypatch, tmp_path):
    """A redirected standard error is not the journal's, whatever the variable says."""
    with (tmp_path / "err").open("w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        found = os.fstat(stream.fileno())
        journal = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        assert is_in_journal(journal)
        assert not is_in_journal({"JOURNAL_STREAM": "8:1"})
        assert not is_in_journal({})
        assert is_log_printed(LoggingSection(), journal)
        assert not is_log_printed(LoggingSection(console="events"), journal)
        assert is_log_printed(LoggingSection(console="log"), {})


def test_in_the_journal_lines_have_priorities_and_no_time(monkeypatch, tmp_path):
    """The journal has a time of its own."""
    with (tmp_path / "err").open("w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        found = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        with logged(Config()) as log:
            log(SpeechEnded(start_s=0.0, session=2, end_s=1.0))
    text = (tmp_path / "err").read_text()
    assert text == ("<6>info     irene.events.speech_ended [2]: silence: speech ended at 1.00 s\n")


def test_in_a_terminal_events_are_not_said_twice(capfd):
    """They are printed for people; only what else is logged goes to standard error."""
    with logged(Config()) as log:
        log(SpeechEnded(start_s=0.0, end_s=1.0))
        logging.getLogger("some.library").warning("careful")
    assert capfd.readouterr().err == "warning  some.library: careful\n"


@pytest.fixture
def hooks(monkeypatch):
    """Leave Python's hooks as they were."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)


SECRET = "hunter2-hunter2"


def crashed(file, error):
    """End a logged run with an error; return what the log says."""
    performance = PerformanceSection(otel_endpoint=f"http://me:{SECRET}@collector/")
    config = Config(logging=LoggingSection(file=str(file)), performance=performance)
    with suppress(type(error)), logged(config):
        raise error
    return file.read_text() if file.exists() else ""


def test_a_bug_leaves_its_traceback_in_the_log(tmp_path, capfd, hooks):
    """Python prints it, too, as ever; no secret is in either."""
    error = ValueError(f"cannot send to http://me:{SECRET}@collector/")
    text = crashed(tmp_path / "irene.log", error)
    assert "critical irene.crash: a bug ended the run" in text
    assert "ValueError: cannot send to http://***@collector/" in text
    sys.excepthook(ValueError, error, error.__traceback__)
    printed = capfd.readouterr().err
    assert "Traceback" in printed
    assert SECRET not in printed + text


def test_an_expected_error_is_no_bug(tmp_path, hooks):
    """It has a line of its own."""
    assert crashed(tmp_path / "irene.log", ConfigurationError("wrong")) == ""


def test_a_thread_that_dies_is_logged(tmp_path):
    """Nobody else would notice."""

    def work():
        raise KeyError("gone")

    def log_some(log):
        thread = threading.Thread(target=work, name="irene-test")
        thread.start()
        thread.join()

    before = threading.excepthook
    text = "\n".join(kept(tmp_path, log_some))
    assert "a bug ended the thread irene-test" in text
    assert "KeyError: 'gone'" in text
    assert threading.excepthook is before
