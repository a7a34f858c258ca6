"""How fast a provider is, and how many extra calls there may be."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.components.routing.budgets import CallBudget
from irene.components.routing.latency import LatencyTracker
from irene.components.routing.outcome import Outcome

times = st.floats(0.001, 100)


def tracker_of(latencies, pause_s=1.0):
    """Return what is known after these answers."""
    tracker = LatencyTracker()
    for number, latency_s in enumerate(latencies):
        tracker.add(latency_s, number * pause_s)
    return tracker


def test_nothing_is_known_at_first():
    """Neither an average nor a quantile."""
    assert (tracker_of([]).average_s, tracker_of([]).quantile_s(0.95)) == (None, None)


@given(st.lists(times, min_size=1), times)
def test_a_peak_is_believed_at_once(latencies, peak_s):
    """The average is never below the last answer."""
    tracker = tracker_of(latencies)
    tracker.add(peak_s, len(latencies))
    assert tracker.average_s >= peak_s * (1 - 1e-9)


@given(st.lists(times, min_size=1))
def test_the_average_lies_among_what_was_measured(latencies):
    """It neither invents nor forgets everything."""
    average_s = tracker_of(latencies).average_s
    assert min(latencies) * (1 - 1e-9) <= average_s <= max(latencies) * (1 + 1e-9)


def test_recovery_is_believed_slowly():
    """One fast answer after a slow one says little, many say all; time helps, too."""
    tracker = tracker_of([10.0, 1.0])
    assert 8 < tracker.average_s < 10
    assert tracker_of([10.0] + [1.0] * 100).average_s == pytest.approx(1.0, rel=0.01)
    assert tracker_of([10.0, 1.0], pause_s=1000.0).average_s == pytest.approx(1.0)


@given(st.lists(times, min_size=10, max_size=250), st.sampled_from([0.5, 0.9, 0.95, 1.0]))
def test_quantiles_are_those_of_the_last_hundred(latencies, share):
    """Against a plain sorted list."""
    recent = sorted(latencies[-100:])
    expected = recent[math.ceil(share * len(recent)) - 1]
    assert tracker_of(latencies).quantile_s(share) == expected


@given(
    st.lists(times, max_size=250),
    st.lists(times, max_size=250),
    st.sampled_from([0.0, 0.5, 0.95, 1.0]),
)
def test_a_quantile_that_is_kept_is_the_one_that_would_be_computed(before, after, share):
    """From whenever on it is kept, after each answer."""
    tracker = tracker_of(before)
    tracker.keep_quantile(share)
    for number, latency_s in enumerate(after):
        assert tracker.kept_s == tracker.quantile_s(share)
        tracker.add(latency_s, float(len(before) + number))
    assert tracker.kept_s == tracker.quantile_s(share)


def test_a_quantile_of_a_few_means_nothing():
    """Nine answers are too few."""
    assert tracker_of([1.0] * 9).quantile_s(0.95) is None
    assert tracker_of([1.0] * 10).quantile_s(0.95) == 1.0


@given(
    st.floats(0, 1),
    st.integers(1, 20),
    st.lists(st.tuples(st.booleans(), st.floats(0, 2)), max_size=200),
)
def test_extra_calls_never_exceed_share_and_reserve(share, reserve, script):
    """In any sequence of calls and extra calls: a share of the calls, and the reserve as it fills.

    Saved tokens never exceed twice the reserve.
    """
    budget, now_s, n_calls, n_extra = CallBudget(share, reserve, per_s=0.5), 0.0, 0, 0
    for is_extra, pause_s in script:
        now_s += pause_s
        if is_extra:
            n_extra += budget.spend(now_s)
        else:
            budget.called()
            n_calls += 1
        assert n_extra <= reserve + share * n_calls + 0.5 * now_s + 1e-6
        assert 0 <= budget.left <= 2 * reserve + share


def test_a_spent_budget_fills_again():
    """By time up to the reserve, by calls beyond it."""
    budget = CallBudget(0.5, 1, per_s=1.0)
    assert budget.spend(0.0)
    assert not budget.spend(0.5)
    assert budget.spend(1.5)
    budget.called()
    budget.called()
    assert budget.spend(1.5)


def test_a_budget_of_nothing_allows_nothing():
    """Neither calls nor time change that."""
    budget = CallBudget(0.0, 0.0, 0.0)
    budget.called()
    assert not budget.spend(1e6)


def test_what_counts_against_a_provider():
    """Failures, and nothing that somebody else did."""
    failures = {outcome for outcome in Outcome if outcome.is_failure}
    assert failures == {Outcome.FAILED, Outcome.NO_AUDIO, Outcome.LATE}
    assert all(outcome.is_evidence for outcome in failures)


def test_what_says_nothing_about_a_provider():
    """Whoever leaves, refuses or has no place is neither well nor ill."""
    silent = {outcome for outcome in Outcome if not outcome.is_evidence}
    assert silent == {Outcome.CANCELLED, Outcome.TORN_DOWN, Outcome.REFUSED, Outcome.BUSY}


def test_an_empty_answer_is_an_answer():
    """It tells how fast the provider is, and is no failure."""
    assert Outcome.EMPTY.is_answer
    assert not Outcome.EMPTY.is_failure
