"""The agenda of a simulation: order, ties, and a clock that never waits."""

import threading
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.studies.routing_simulation.agenda import Agenda


@given(st.lists(st.integers(0, 20), max_size=40))
def test_everything_happens_in_order_of_time_and_ties_in_order_of_entry(times):
    """The reference is a stable sort."""
    agenda, seen = Agenda(), []
    for number, time_s in enumerate(times):
        agenda.at(time_s, lambda one=(time_s, number): seen.append((agenda.monotonic(), one)))
    agenda.run()
    expected = sorted(((time_s, number) for number, time_s in enumerate(times)), key=lambda e: e[0])
    assert [one for _, one in seen] == expected
    assert all(now_s == one[0] for now_s, one in seen)


def test_what_happens_may_lead_to_more():
    """An action enters the next, until none does."""
    agenda, seen = Agenda(), []

    def tick():
        seen.append(agenda.monotonic())
        if len(seen) < 4:
            agenda.after(0.5, tick)

    agenda.at(1.0, tick)
    agenda.run()
    assert seen == [1.0, 1.5, 2.0, 2.5]


@pytest.mark.parametrize("time_s", [-0.1, float("nan")])
def test_the_past_cannot_be_entered(time_s):
    """Nor can a time that is none."""
    with pytest.raises(ValueError, match="lies before now"):
        Agenda().at(time_s, lambda: None)


def test_it_is_the_clock_of_what_it_runs():
    """Date and seconds move together."""
    agenda = Agenda()
    agenda.at(90.0, lambda: None)
    agenda.run()
    assert agenda.monotonic() == 90.0
    assert agenda.now() == datetime(2030, 1, 1, 0, 1, 30, tzinfo=timezone.utc)


def test_nobody_waits_on_it():
    """A part that would block for ever is told so at once."""
    agenda = Agenda()
    agenda.sleep(0.0)
    with pytest.raises(RuntimeError, match="nothing sleeps"):
        agenda.sleep(0.1)
    with pytest.raises(RuntimeError, match="nothing waits"):
        agenda.wait(threading.Condition(), 0.0)
