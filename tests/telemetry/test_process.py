"""What the process takes of the machine."""

import subprocess
import sys
import threading

import psutil

from irene.telemetry import catalogue
from irene.telemetry.process import ProcessReader
from irene.testing import VirtualClock


def values(reader):
    return {reading.metric: reading.value for reading in reader.readings()}


def test_the_figures_are_those_of_this_process():
    """Memory in bytes, CPU time in seconds."""
    found = values(ProcessReader())
    own = psutil.Process()
    assert 0.5 < found[catalogue.PROCESS_RESIDENT] / own.memory_info().rss < 2
    assert 0 < found[catalogue.PROCESS_CPU] <= sum(own.cpu_times()[:2])
    assert found[catalogue.PROCESS_THREADS] >= threading.active_count()
    assert found[catalogue.PROCESS_FILES] >= 3


def test_cpu_time_only_grows():
    """It is a counter."""
    reader = ProcessReader()
    before = values(reader)[catalogue.PROCESS_CPU]
    assert values(reader)[catalogue.PROCESS_CPU] >= before


def test_workers_that_start_later_are_found_in_time_and_forgotten_when_they_end():
    """Looking for them is dear, so it is not done every time."""
    clock = VirtualClock()
    reader = ProcessReader(clock)
    before = values(reader)[catalogue.PROCESS_WORKERS]
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        clock.advance(30)
        assert values(reader)[catalogue.PROCESS_WORKERS] > before
    finally:
        child.communicate(b"\n")
    assert values(reader)[catalogue.PROCESS_WORKERS] <= before
