"""What a ledger makes of a run that can be reckoned by hand."""

import pytest

from irene.studies.routing_simulation.engines import Engine, Fault
from irene.studies.routing_simulation.ledger import End, Ledger
from irene.studies.routing_simulation.service_times import Constant


def ledger(*faults):
    """Return the ledger of two engines, the first with faults."""
    engines = [Engine("a", Constant(1.0), 2, faults=faults), Engine("b", Constant(1.0))]
    return Ledger(engines, deadline_s=3.0)


def test_a_request_without_an_answer_counts_as_its_whole_deadline():
    """Failing at once is not being fast."""
    book = ledger()
    for number in range(100):
        book.arrived(number)
        book.ended(number + 0.1, number, End.FAILED if number < 10 else End.ANSWERED)
    figures = book.figures()
    assert figures.success == 0.9
    assert figures.p50_s == pytest.approx(0.1)
    assert figures.p95_s == 3.0


def test_the_mean_number_present_is_the_integral_over_time():
    """Two requests, which overlap by a second, in four seconds; the clock begins with the first."""
    book = ledger()
    book.arrived(10.0)
    book.arrived(12.0)
    book.ended(13.0, 10.0, End.ANSWERED)
    book.ended(14.0, 12.0, End.LATE)
    figures = book.figures()
    assert figures.seconds == 4.0
    assert figures.mean_present == pytest.approx((3.0 + 2.0) / 4.0)
    assert figures.mean_stay_s == pytest.approx(2.5)


def test_extra_work_shares_and_most_at_once_come_from_the_attempts():
    """Three attempts for two requests."""
    book = ledger()
    for time_s, name, waited_s in ((0.0, "a", 0.0), (0.5, "a", 0.5), (0.6, "b", None)):
        book.began(time_s, name, waited_s)
    book.arrived(0.0)
    book.arrived(0.0)
    book.returned(1.0, "a", 0.0, is_answer=True)
    book.returned(1.5, "a", 0.5, is_answer=True)
    book.returned(1.6, "b", 0.6, is_answer=False)
    book.ended(1.0, 0.0, End.ANSWERED)
    book.ended(2.0, 0.0, End.ANSWERED)
    figures = book.figures()
    assert figures.extra_work == 0.5
    assert figures.shares() == {"a": pytest.approx(2 / 3), "b": pytest.approx(1 / 3)}
    assert figures.most_at_once == {"a": 2, "b": 1}
    assert figures.busy_s == {"a": 2.0, "b": 1.0}
    assert figures.answers == {"a": 2, "b": 0}


def test_attempts_in_a_fault_and_the_way_back_are_counted_for_each_fault():
    """Two faults of 10 s: three attempts in one, one in the other; answers 2 s and 4 s after."""
    book = ledger(Fault(10.0, 10.0, 100.0, error_share=1.0))
    book.arrived(0.0)
    for time_s in (5.0, 10.0, 11.0, 19.9, 20.0, 110.0):
        book.began(time_s, "a", 0.0)
    for time_s in (6.0, 22.0, 124.0):
        book.returned(time_s, "a", time_s, is_answer=True)
    book.ended(150.0, 0.0, End.ANSWERED)
    figures = book.figures()
    assert figures.sick_attempts == 2.0
    assert figures.back_s == pytest.approx(3.0)


def test_an_engine_that_never_comes_back_is_not_forgotten():
    """The median of such times is infinite, not missing."""
    book = ledger(Fault(10.0, 10.0, error_share=1.0))
    book.arrived(0.0)
    book.ended(50.0, 0.0, End.ANSWERED)
    assert book.figures().back_s == float("inf")
    healthy = ledger()
    healthy.arrived(0.0)
    healthy.ended(1.0, 0.0, End.ANSWERED)
    assert healthy.figures().back_s is None
