"""When a provider counts as down, and when it is well again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.components.routing.breaker import CircuitBreaker
from irene.components.routing.outcome import Outcome
from irene.components.routing.rate_window import RateWindow
from irene.components.routing.settings import BreakerSettings
from irene.components.routing.snapshot import Circuit

INNOCENT = [
    Outcome.SUCCESS,
    Outcome.EMPTY,
    Outcome.SILENCE,
    Outcome.CANCELLED,
    Outcome.TORN_DOWN,
    Outcome.REFUSED,
    Outcome.BUSY,
]
FAILURES = [Outcome.FAILED, Outcome.NO_AUDIO, Outcome.LATE]


def breaker_of(chance=lambda: 0.0, **settings):
    """Return a breaker with these settings, whose times chance does not shorten."""
    return CircuitBreaker(BreakerSettings(**settings), chance)


def record(breaker, outcome, now_s=0.0, latency_s=0.1):
    """Let a call begin and end now."""
    if breaker.circuit is Circuit.HALF_OPEN:
        breaker.begin_trial()
    return breaker.note(outcome, latency_s, now_s, breaker.generation)


def opened(now_s=0.0, **settings):
    """Return a breaker that has opened."""
    breaker = breaker_of(**settings)
    while breaker.circuit is Circuit.CLOSED:
        record(breaker, Outcome.FAILED, now_s)
    return breaker


def test_a_call_that_is_counted_a_moment_late_takes_no_other_out_of_the_window():
    """Threads read the clock and then wait for their turn: one may come with an earlier time."""
    window = RateWindow(10.0)
    window.add(1.05, True, False)
    window.add(0.95, False, False)
    window.add(1.06, True, False)
    assert (window.calls, window.failed) == (3, 2)


def test_a_provider_is_well_at_first():
    """Nothing is known against it."""
    assert breaker_of().circuit is Circuit.CLOSED


@given(st.lists(st.sampled_from(INNOCENT), max_size=50))
def test_nobody_goes_down_for_what_is_no_failure(outcomes):
    """Empty results, cancelled and torn down sessions and silence say nothing against it."""
    breaker = breaker_of(min_calls=1, failures_in_row=1)
    for outcome in outcomes:
        assert record(breaker, outcome) is None
    assert breaker.circuit is Circuit.CLOSED


@pytest.mark.parametrize("outcome", FAILURES)
def test_a_failure_opens_when_one_call_is_enough(outcome):
    """The transition says why, and for how long."""
    breaker = breaker_of(min_calls=1, open_s=5)
    transition = record(breaker, outcome)
    assert (transition.before, transition.after) == (Circuit.CLOSED, Circuit.OPEN)
    assert transition.reason == f"1 of 1 calls failed, the last one {outcome}"
    assert transition.open_s == 5


@given(st.floats(0, 1), st.floats(0, 1))
def test_chance_shortens_the_time_without_calls_by_a_share(chance, jitter):
    """Never by more than that, and it is tried as soon as the shortened time is over."""
    breaker = breaker_of(lambda: chance, open_s=4.0, jitter=jitter)
    opening = record(breaker, Outcome.FAILED)
    assert opening.open_s == pytest.approx(4.0 * (1 - jitter * chance))
    assert breaker.open_until_s == opening.open_s
    assert breaker.look(opening.open_s).after is Circuit.HALF_OPEN


def test_the_time_that_is_doubled_knows_no_chance():
    """Else luck at first would make all later times shorter, too."""
    luck = iter([1.0, 0.0])
    breaker = breaker_of(lambda: next(luck), open_s=4.0, jitter=0.5)
    assert record(breaker, Outcome.FAILED).open_s == 2.0
    breaker.look(2.0)
    assert record(breaker, Outcome.FAILED, 2.0).open_s == 8.0


def test_it_takes_a_minimum_of_calls():
    """Below `min_calls` no rate means anything."""
    breaker = breaker_of(min_calls=4, failures_in_row=10)
    assert [record(breaker, Outcome.FAILED) for _ in range(3)] == [None] * 3
    assert record(breaker, Outcome.FAILED).after is Circuit.OPEN


def test_the_share_of_failures_decides():
    """One failure among many answers is a bad day; half of them are too many."""
    breaker = breaker_of(min_calls=1, failure_rate=0.5, failures_in_row=100)
    for _ in range(3):
        record(breaker, Outcome.SUCCESS)
    assert [record(breaker, Outcome.FAILED) for _ in range(2)] == [None] * 2
    assert record(breaker, Outcome.FAILED).reason == ("3 of 6 calls failed, the last one failed")


def test_failures_in_a_row_open_whatever_the_rate():
    """A provider that was well for long and dies is left after three calls, not after half."""
    breaker = breaker_of(failures_in_row=3)
    for _ in range(1000):
        record(breaker, Outcome.SUCCESS)
    assert [record(breaker, Outcome.FAILED) for _ in range(2)] == [None] * 2
    assert "3 calls one after another failed" in record(breaker, Outcome.FAILED).reason


def test_a_success_ends_a_row():
    """Two failures, an answer, two failures: no three in a row."""
    breaker = breaker_of(failures_in_row=3, failure_rate=1.0)
    for outcome in "SFFSFFS":
        record(breaker, Outcome.FAILED if outcome == "F" else Outcome.SUCCESS)
    assert breaker.circuit is Circuit.CLOSED


def test_old_failures_are_forgotten():
    """What ended before the window does not count."""
    breaker = breaker_of(window_s=10, min_calls=2, failures_in_row=100)
    record(breaker, Outcome.FAILED, 0)
    assert record(breaker, Outcome.FAILED, 11) is None
    assert record(breaker, Outcome.FAILED, 12).after is Circuit.OPEN


def test_slow_answers_open_it_too():
    """From `slow_rate` on; without `slow_s` no answer is slow."""
    breaker = breaker_of(min_calls=4, slow_s=1.0, slow_rate=0.75)
    for latency_s in (0.5, 2.0, 2.0):
        assert record(breaker, Outcome.SUCCESS, latency_s=latency_s) is None
    assert record(breaker, Outcome.SUCCESS, latency_s=2.0).reason == "3 of 4 calls were slow"
    patient = breaker_of(min_calls=1)
    assert record(patient, Outcome.SUCCESS, latency_s=1000.0) is None


def test_an_open_circuit_is_tried_when_its_time_is_over():
    """Not a moment earlier."""
    breaker = opened(open_s=5)
    assert breaker.look(4.99) is None
    transition = breaker.look(5.0)
    assert (transition.before, transition.after) == (Circuit.OPEN, Circuit.HALF_OPEN)


def test_a_half_open_circuit_lets_few_calls_through():
    """As many as must succeed; one that says nothing gives its place back."""
    breaker = opened(open_s=5, trials=2)
    breaker.look(5)
    breaker.begin_trial()
    assert breaker.has_trial
    breaker.begin_trial()
    assert not breaker.has_trial
    breaker.note(Outcome.CANCELLED, None, 6, breaker.generation)
    assert breaker.has_trial


def test_all_trials_must_succeed():
    """Then it closes, and its past is forgotten."""
    breaker = opened(open_s=5, trials=2)
    breaker.look(5)
    assert record(breaker, Outcome.SUCCESS, 5) is None
    assert record(breaker, Outcome.EMPTY, 5).after is Circuit.CLOSED
    assert breaker.circuit is Circuit.CLOSED


@pytest.mark.parametrize("outcome", [*FAILURES, Outcome.SLOW])
def test_a_trial_in_vain_opens_it_for_twice_as_long(outcome):
    """Up to `max_open_s`."""
    breaker = opened(open_s=5, max_open_s=15)
    now_s = 0.0
    for expected_s in (10, 15, 15):
        now_s = breaker.open_until_s
        breaker.look(now_s)
        transition = record(breaker, outcome, now_s)
        assert transition.open_s == expected_s
        assert transition.reason == f"it was tried: {outcome}"


def test_a_relapse_soon_after_closing_counts_as_the_same_illness():
    """A provider that only passes its trials is left alone for longer and longer."""
    breaker = opened(open_s=5)
    breaker.look(5)
    record(breaker, Outcome.SUCCESS, 5)
    assert record(breaker, Outcome.FAILED, 6).open_s == 10


def test_one_that_was_well_for_long_starts_anew():
    """After twice the time that it was left alone."""
    breaker = opened(open_s=5)
    breaker.look(5)
    record(breaker, Outcome.SUCCESS, 5)
    assert record(breaker, Outcome.FAILED, 16).open_s == 5


def test_calls_from_before_the_opening_change_nothing():
    """A result that comes while the circuit is half open is no trial."""
    breaker = breaker_of(open_s=5)
    before = breaker.generation
    record(breaker, Outcome.FAILED)
    breaker.look(5)
    assert breaker.note(Outcome.SUCCESS, 0.1, 5, before) is None
    assert breaker.note(Outcome.FAILED, 0.1, 5, before) is None
    assert breaker.circuit is Circuit.HALF_OPEN


def test_a_call_that_nobody_else_could_take_may_close_an_open_circuit():
    """Its success is as good as a trial's; its failure makes nothing worse."""
    breaker = opened(open_s=5)
    assert breaker.note(Outcome.FAILED, 0.1, 1, breaker.generation) is None
    assert breaker.open_until_s == 5
    assert breaker.note(Outcome.SUCCESS, 0.1, 2, breaker.generation).after is Circuit.CLOSED


@given(
    st.floats(0.1, 100),
    st.lists(st.tuples(st.floats(0, 30), st.booleans(), st.booleans()), min_size=1, max_size=60),
)
def test_the_window_counts_what_ended_within_it(window_s, calls):
    """Against a plain list: steps of a tenth, the last ten of them."""
    window, ended, now_s = RateWindow(window_s), [], 0.0
    for pause_s, failed, slow in calls:
        now_s += pause_s
        window.add(now_s, failed, slow)
        ended.append((int(now_s * (10 / window_s)), failed, slow))
        recent = [one for one in ended if one[0] > ended[-1][0] - 10]
        assert window.calls == len(recent)
        assert window.failed == sum(one[1] for one in recent)
        assert window.slow == sum(one[2] for one in recent)


class Steps:
    """A plain reference of the circuit's states, in steps of a second."""

    def __init__(self):
        self.state, self.until, self.open_s, self.well_since = "closed", 0, 0, 0

    def failed(self, now_s):
        if self.state == "half_open" or (
            self.state == "closed" and now_s - self.well_since <= 2 * self.open_s
        ):
            self.open_s = min(max(2 * self.open_s, 4), 20)
        elif self.state == "closed":
            self.open_s = 4
        if self.state != "open":
            self.state, self.until = "open", now_s + self.open_s

    def succeeded(self, now_s):
        if self.state != "closed":
            self.state, self.well_since = "closed", now_s

    def look(self, now_s):
        if self.state == "open" and now_s >= self.until:
            self.state = "half_open"


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("sfn")), max_size=60))
def test_states_follow_the_plain_model(script):
    """Any sequence of answers, failures and calls that say nothing, at any times."""
    breaker = breaker_of(min_calls=1, failure_rate=0.001, open_s=4, max_open_s=20)
    model, now_s = Steps(), 0
    kinds = {"s": Outcome.SUCCESS, "f": Outcome.FAILED, "n": Outcome.CANCELLED}
    for pause_s, kind in script:
        now_s += pause_s
        breaker.look(now_s)
        model.look(now_s)
        record(breaker, kinds[kind], now_s)
        if kind == "f":
            model.failed(now_s)
        elif kind == "s":
            model.succeeded(now_s)
        assert str(breaker.circuit) == model.state
