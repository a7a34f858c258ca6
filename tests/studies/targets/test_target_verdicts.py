"""What values say about a goal: met, missed, or nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.performance.benchmark.decision import Decision, decide
from irene.performance.measuring.spread import Spread
from irene.studies.targets.finding import Absent, Finding, Nature, Outcome, Verdict, judge
from irene.studies.targets.limit import at_least, at_most

DOUBT = ("other programs took 80 % of the processors",)

amounts = st.floats(0.001, 1000.0)
several = st.lists(amounts, min_size=1, max_size=12).map(lambda values: Spread(tuple(values)))


@given(several, amounts, st.sampled_from(Nature), st.booleans())
def test_values_that_all_keep_a_limit_pass(values, limit, nature, is_doubted):
    """However noisy the machine was: what kept it in every round keeps it."""
    finding = Finding(values, nature, DOUBT if is_doubted else ())
    if max(values.values) <= limit:
        assert judge(at_most(limit, "µs"), finding).outcome is Outcome.PASS
    if min(values.values) >= limit:
        assert judge(at_least(limit, "µs"), finding).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("n_kept", "n", "time", "ratio"),
    [
        (5, 6, Outcome.NOT_JUDGED, Outcome.NOT_JUDGED),
        (7, 8, Outcome.NOT_JUDGED, Outcome.NOT_JUDGED),
        (8, 9, Outcome.PASS, Outcome.PASS),
        (10, 12, Outcome.PASS, Outcome.PASS),
        (9, 12, Outcome.NOT_JUDGED, Outcome.NOT_JUDGED),
        (1, 6, Outcome.NOT_JUDGED, Outcome.NOT_JUDGED),
        (1, 9, Outcome.NOT_JUDGED, Outcome.FAIL),
    ],
)
def test_on_a_noisy_machine_a_clear_majority_of_the_values_decides(n_kept, n, time, ratio):
    """One of a few may be chance, and what is not judged names the noise; a time never fails."""
    values = Spread((*(1.0,) * n_kept, *(9.0,) * (n - n_kept)))
    for nature, outcome in ((Nature.TIME, time), (Nature.RATIO, ratio)):
        for goal, signed in ((at_most(5, "µs"), values), (at_least(-5, "µs"), _negative(values))):
            verdict = judge(goal, Finding(signed, nature, DOUBT))
            reasons = DOUBT if outcome is Outcome.NOT_JUDGED else ()
            assert verdict == Verdict(outcome, reasons)


def _negative(values):
    return Spread(tuple(-one for one in values.values))


@pytest.mark.parametrize("n", [9, 15, 40])
def test_a_goal_that_is_missed_by_a_hair_hardly_ever_passes_for_noise(n):
    """Disturbed upwards or not at all: at most one run in forty, whatever the disturbance."""
    dice = np.random.default_rng(n)
    values = dice.normal(5.001, 0.5, (2000, n)) + dice.exponential(1.0, (2000, n)) * (
        dice.random((2000, 1)) < 0.5
    )
    passed = [decide(Spread(tuple(row)), 5.0, trusted=False, only_grows=True) for row in values]
    assert passed.count(Decision.MET) <= 0.03 * len(passed)
    assert Decision.MISSED not in passed


@given(several, amounts)
def test_a_disturbed_time_never_fails(values, limit):
    """What disturbs a run makes it slower; it can pass, but not fail."""
    finding = Finding(values, Nature.TIME, DOUBT)
    for goal in (at_most(limit, "µs"), at_least(limit, "a second")):
        assert judge(goal, finding).outcome in (Outcome.PASS, Outcome.NOT_JUDGED)


@given(several, amounts)
def test_an_undisturbed_run_fails_when_every_value_misses(values, limit):
    """In every way in which values can be of a kind."""
    for nature in Nature:
        if min(values.values) > limit:
            verdict = judge(at_most(limit, "µs"), Finding(values, nature))
            assert verdict == Verdict(Outcome.FAIL)


@given(several, amounts)
def test_more_is_better_is_the_mirror_of_less_is_better(values, limit):
    """A goal of at least so much judges as one of at most so much judges the negatives."""
    mirrored = Spread(tuple(-value for value in values.values))
    for trusted in (True, False):
        for only_grows in (True, False):
            one = decide(mirrored, -limit, trusted=trusted, only_grows=only_grows)
            goal = at_least(limit, "")
            other = decide(
                goal.costs(values), goal.most_cost, trusted=trusted, only_grows=only_grows
            )
            assert one is other


@given(several, amounts)
def test_a_trusted_run_is_judged_by_the_interval_of_its_median(values, limit):
    """One outlier decides nothing: what is decided agrees with the median."""
    decision = decide(values, limit, trusted=True, only_grows=True)
    if decision is Decision.MET:
        assert values.median <= limit
    if decision is Decision.MISSED:
        assert values.median > limit


def test_a_trusted_run_whose_interval_holds_the_goal_is_not_judged():
    """Its own values are the reason."""
    verdict = judge(at_most(5, "µs"), Finding(Spread((4.0, 4.5, 5.0, 5.5, 6.0))))
    assert verdict == Verdict(Outcome.NOT_JUDGED, ("the values lie on both sides of the goal",))


def test_what_is_counted_is_doubted_by_nothing():
    """Other programs lose no samples of ours."""
    counted = Finding.exact(3.0).doubted(DOUBT)
    assert counted.doubts == ()
    assert judge(at_most(0, "samples"), counted).outcome is Outcome.FAIL
    timed = Finding(Spread((3.0,)), doubts=("scatters",)).doubted(DOUBT)
    assert timed.doubts == (*DOUBT, "scatters")


def test_what_is_absent_is_not_applicable_and_says_what_is_missing():
    """And stops no gate."""
    verdict = judge(at_most(1, "ms"), Absent("no model"))
    assert str(verdict) == "not applicable here, because no model"
    assert not verdict.outcome.is_missed


@pytest.mark.parametrize(
    ("outcome", "is_missed"),
    [
        (Outcome.PASS, False),
        (Outcome.FAIL, True),
        (Outcome.NOT_JUDGED, False),
        (Outcome.NOT_APPLICABLE, False),
        (Outcome.NOT_MEASURED, True),
    ],
)
def test_a_gate_stops_at_what_failed_and_at_what_could_not_be_measured(outcome, is_missed):
    """A measurement that breaks must not look like a pass."""
    assert outcome.is_missed is is_missed


def test_a_verdict_names_its_first_reason_and_counts_the_others():
    """A line has room for one."""
    verdict = Verdict(Outcome.NOT_JUDGED, ("noise", "drift", "heat"))
    assert str(verdict) == "not judged, because noise (and 2 more)"
    assert str(Verdict(Outcome.PASS)) == "pass"


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (at_most(8, "µs"), "at most 8 µs"),
        (at_least(2000, "streams"), "at least 2000 streams"),
        (at_most(0.6, ""), "at most 0.6"),
        (at_most(1.1, "times as long"), "at most 1.1 times as long"),
    ],
)
def test_a_limit_is_told_in_words(limit, text):
    """With its unit, where it has one."""
    assert str(limit) == text
