"""Conditions: what the machine says about itself, and what speaks against a run."""

from dataclasses import replace

import pytest

from irene.performance.benchmark.conditions import Conditions, Ticks, Watch, throttled_in
from irene.performance.measuring.machine import Machine

MACHINE = Machine("Some CPU", 2, 8.0, "Linux 6", "CPython 3.11", load=0.1)
QUIET = Conditions(MACHINE, 1e-7, True, stolen=0.0, throttled=0, frequency_change=0.0)
BEFORE = "cpu  1000 0 500 8000 100 0 10 90 30 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
AFTER = "cpu  1060 0 510 8020 100 0 10 100 30 0\n"


def test_stolen_time_is_read_from_the_first_line():
    """10 of the 100 ticks between."""
    assert Ticks.read(AFTER).stolen_since(Ticks.read(BEFORE)) == pytest.approx(0.1)


def test_work_is_what_is_neither_idle_nor_stolen():
    """20 of the 100 ticks between were idle, 10 were stolen."""
    assert Ticks.read(AFTER).worked_since(Ticks.read(BEFORE)) == pytest.approx(0.7)
    assert Ticks.read(AFTER).worked_since(Ticks.read(AFTER)) == 0.0


@pytest.mark.parametrize("text", ["", "intr 5 6", "cpu 1 2 3"])
def test_a_system_without_these_figures_has_no_stolen_time(text):
    """Another operating system, or an old one."""
    assert Ticks.read(text) == Ticks(0, 0)
    assert Ticks.read(text).stolen_since(Ticks.read(text)) == 0.0


def test_a_containers_quota_counts():
    """The line that says so is found among the others."""
    assert throttled_in("usage_usec 5\nnr_periods 9\nnr_throttled 3\nthrottled_usec 7\n") == 3
    assert throttled_in("") == 0


def test_nothing_speaks_against_a_quiet_machine():
    """No doubt without a reason."""
    assert list(QUIET.doubts()) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"machine": replace(MACHINE, load=1.7)}, "load 1.7"),
        ({"stolen": 0.08}, "took 8 %"),
        ({"throttled": 4}, "4 times"),
        ({"frequency_change": -0.3}, "-30 %"),
        ({"others": 0.4}, "other programs took 40 %"),
        ({"on_battery": True}, "on its battery"),
    ],
)
def test_every_disturbance_is_named(changed, words):
    """One reason each, with its figure."""
    (doubt,) = replace(QUIET, **changed).doubts()
    assert words in doubt


def test_this_machine_can_be_watched():
    """Whatever it is, the figures are possible ones."""
    found = Watch().conditions()
    assert 0.0 <= found.others <= 1.0
    assert 0 < found.clock_s < 1
    assert 0.0 <= found.stolen <= 1.0
    assert found.throttled >= 0
    assert found.is_collecting
