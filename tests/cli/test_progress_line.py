"""The progress of a long recording, on a terminal and elsewhere."""

import io

import pytest

from irene.cli.terminal.progress_line import ProgressLine
from irene.testing import VirtualClock


class Terminal(io.StringIO):
    """Text that believes it is a terminal."""

    def isatty(self):
        return True

    @property
    def line(self):
        """What stands in the last line now."""
        return self.getvalue().rsplit("\r\x1b[K", maxsplit=1)[-1]


@pytest.fixture
def wide(monkeypatch):
    """A terminal of 120 columns."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")


def shown(stream, *positions, length_s=600.0):
    clock = VirtualClock()
    progress = ProgressLine(stream, clock)
    progress.begin("/home/me/talk.flac")
    for position_s in positions:
        clock.advance(2.0)
        progress.show(position_s, length_s)
    return progress


def test_it_shows_position_length_and_speed(wide):
    """After two seconds of work on a minute of audio."""
    terminal = Terminal()
    shown(terminal, 60.0)
    assert terminal.line.startswith("talk.flac  [##----")
    assert terminal.line.endswith(" 10%  1:00 of 10:00  30.0 x real time, 0:18 left")


def test_without_a_length_it_shows_the_position(wide):
    """A pipe does not say how long it will be."""
    terminal = Terminal()
    shown(terminal, 4000.0, length_s=None)
    assert terminal.line == "talk.flac  1:06:40  2000.0 x real time"


def test_it_is_drawn_over_itself(wide):
    """One line, however often it changes."""
    terminal = Terminal()
    shown(terminal, 60.0, 120.0, 600.0)
    assert "\n" not in terminal.getvalue()
    assert "100%" in terminal.line


def test_it_goes_away(wide):
    """Nothing is left of it when other output comes."""
    terminal = Terminal()
    shown(terminal, 60.0).clear()
    assert terminal.line == ""


def test_a_narrow_terminal_gets_one_line(monkeypatch):
    """A line that wrapped could not be drawn over."""
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    shown(terminal, 60.0)
    assert len(terminal.line) < 30


def test_quick_work_shows_nothing(wide):
    """What takes less than a second needs no bar."""
    terminal, clock = Terminal(), VirtualClock()
    progress = ProgressLine(terminal, clock)
    progress.begin("talk.flac")
    clock.advance(0.5)
    progress.show(10.0, 20.0)
    progress.clear()
    assert terminal.getvalue() == ""


def test_a_file_or_pipe_gets_nothing():
    """Progress is for people."""
    stream = io.StringIO()
    shown(stream, 60.0, 120.0).clear()
    assert stream.getvalue() == ""


def test_a_dumb_terminal_gets_nothing(monkeypatch):
    """A terminal that cannot erase a line is left alone."""
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    shown(terminal, 60.0)
    assert terminal.getvalue() == ""
