"""What each thread of a process takes."""

import os
import sys
import threading

import pytest

from irene.components.threads import start_daemon
from irene.studies.listening_cost.thread_times import (
    ThreadTime,
    by_threads,
    shares,
    thread_times,
)

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts threads so")


@on_linux
def test_threads_are_shown_by_the_name_of_what_they_do():
    """As in `top -H`; of a long name the first 15 bytes."""
    begun, over = threading.Event(), threading.Event()
    thread = start_daemon("silence-and-more", lambda: (begun.set(), over.wait()))
    begun.wait()
    names = {one.name for one in thread_times(os.getpid()).values()}
    over.set()
    thread.result()
    assert "irene-silence-a" in names


def test_what_was_done_between_two_looks_is_counted():
    """Threads that did nothing are left out; one that began meanwhile counts from its beginning."""
    before = {"1": ThreadTime("busy", 1.0, 100), "2": ThreadTime("idle", 5.0, 7)}
    after = {**before, "1": ThreadTime("busy", 1.05, 200), "3": ThreadTime("new", 0.02, 0)}
    rows = by_threads(shares(before, after, 10.0)).splitlines()[2:]
    assert [row.split("|")[1:5] for row in rows] == [
        [" busy ", " 0.500 ", " 10.0 ", " 500 "],
        [" new ", " 0.200 ", " 0.0 ", " 20000 "],
    ]


def test_a_process_that_is_gone_has_no_threads():
    """Nor has any where the system does not tell."""
    assert thread_times(2**22 + 1) == {}
