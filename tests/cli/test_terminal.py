"""What is written for people at a terminal."""

import os
import pty

import pytest

from irene.cli.terminal.layout import columns, wants_colour


@pytest.fixture
def terminal():
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        yield stream
    os.close(leader)


def test_a_terminal_gets_colour(terminal, monkeypatch):
    """Unless it says otherwise."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colour(terminal)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_may_refuse_colour(terminal, monkeypatch, name, value):
    """NO_COLOR and dumb terminals are respected."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)
    assert not wants_colour(terminal)


def test_a_file_gets_no_colour(own_folder):
    """Escape codes belong on terminals only."""
    with (own_folder / "out").open("w") as stream:
        assert not wants_colour(stream)


def test_columns_are_aligned_and_the_last_is_free():
    """Every column but the last is as wide as its widest cell."""
    rows = [("vad", "energy", "ready"), ("asr", "x", "a long status that needs no column")]
    assert list(columns(("kind", "name", "status"), rows)) == [
        "KIND  NAME    STATUS",
        "vad   energy  ready",
        "asr   x       a long status that needs no column",
    ]
