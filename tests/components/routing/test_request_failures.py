"""A request that fails everywhere says nothing about the providers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import ProviderFailedError
from irene.components.routing.fault_attribution import LONGEST_DOUBT_S
from irene.components.routing.outcome import Outcome
from irene.components.routing.request_failures import RequestFailures
from irene.components.routing.router import Router
from irene.components.routing.settings import BreakerSettings, Member, RoutingSettings
from irene.components.routing.snapshot import Circuit
from irene.testing import VirtualClock


class Bench:
    """A router whose providers fail as a test says, asked as everybody does."""

    def __init__(self, names="abc", strategy="primary_fallback", **breaker):
        self.clock = VirtualClock()
        self.opened = []
        settings = RoutingSettings(strategy, breaker=BreakerSettings(**breaker), seed=1)
        members = [Member(name, name) for name in names]
        self.router = Router("asr", members, settings, self.clock, self._note)

    def _note(self, name, change):
        if change.after is Circuit.OPEN:
            self.opened.append(name)

    def request(self, failing, outcome=Outcome.FAILED):
        """Make a request at one after another; return who answered, None for nobody."""
        failures, tried = RequestFailures(), set()
        while True:
            try:
                lease = self.router.lease(tried, budgeted=False, failures=failures)
            except ProviderFailedError:
                return None
            self.clock.advance(0.1)
            if lease.name not in failing:
                lease.end()
                return lease.name
            tried.add(lease.name)
            lease.end(outcome)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.LATE, Outcome.NO_AUDIO])
def test_what_everybody_fails_at_opens_no_circuit(outcome):
    """It is counted, and each provider shows the failure."""
    bench = Bench()
    assert bench.request("abc", outcome) is None
    assert bench.opened == []
    stats = bench.router.stats()
    assert stats.excused == 3
    assert [one.outcomes for one in stats.providers] == [{str(outcome): 1}] * 3


def test_what_another_one_answers_counts():
    """The first failed at something that could be answered."""
    bench = Bench()
    assert bench.request("a") == "b"
    assert bench.opened == ["a"]
    assert bench.router.stats().excused == 0


def test_those_that_failed_before_the_one_that_answers_are_all_to_blame():
    """Two of three: both circuits open."""
    bench = Bench()
    assert bench.request("ab") == "c"
    assert bench.opened == ["a", "b"]


def test_one_witness_is_not_enough():
    """Where all others are down already, nobody can say that the request was wrong."""
    bench = Bench("ab")
    bench.request("a")
    assert bench.request("ab") is None
    assert bench.opened == ["a", "b"]


def test_when_all_are_down_their_circuits_open():
    """Not by the first request, but after as many in a row as a provider may fail at."""
    bench = Bench(failures_in_row=3)
    for _ in range(3):
        assert bench.request("abc") is None
    assert bench.opened == []
    assert bench.request("abc") is None
    assert sorted(bench.opened) == ["a", "b", "c"]


def test_an_answer_in_between_ends_the_row():
    """Bad requests among good ones never add up."""
    bench = Bench(failures_in_row=2)
    for _ in range(20):
        assert bench.request("abc") is None
        assert bench.request("") == "a"
    assert bench.opened == []


def test_a_failure_whose_request_never_ends_counts_in_the_end():
    """Whoever made it is gone: after a while the next call does not go there any more."""
    bench = Bench()
    bench.router.lease(failures=RequestFailures()).end(Outcome.FAILED)
    assert bench.opened == []
    bench.clock.advance(LONGEST_DOUBT_S)
    assert bench.request("") == "b"
    assert bench.opened == ["a"]


def test_the_same_seed_gives_the_same_open_times():
    """And another one others: that is what many assistants differ in."""

    def open_times(seed):
        clock, found = VirtualClock(), []
        settings = RoutingSettings(seed=seed)
        members = [Member(name, name) for name in "ab"]
        router = Router("asr", members, settings, clock, lambda _, one: found.append(one.open_s))
        for name in "abab":
            router.failed(name)
            clock.advance(60.0)
            router.trial(name).end(Outcome.FAILED)
        return found

    assert open_times(1) == open_times(1)
    assert open_times(1) != open_times(2)


def test_what_the_budget_does_not_let_try_again_counts():
    """The request was not tried everywhere."""
    bench = Bench()
    failures = RequestFailures()
    bench.router.lease(failures=failures).end(Outcome.FAILED)
    bench.router.judge(failures, was_tried_everywhere=False)
    assert bench.opened == ["a"]


def test_a_second_call_that_answers_blames_the_first():
    """A hedged request is one request."""
    bench = Bench("ab", "hedged")
    first = bench.router.lease(failures=RequestFailures())
    second = first.hedge()
    first.end(Outcome.FAILED)
    assert bench.opened == []
    second.end()
    assert bench.opened == [first.name]


def test_a_lease_that_is_proven_blames_those_before_it():
    """What goes on for long need not end first."""
    bench = Bench()
    failures = RequestFailures()
    bench.router.lease(failures=failures).end(Outcome.FAILED)
    bench.router.lease("a", budgeted=False, failures=failures).proven()
    assert bench.opened == ["a"]


def test_trials_count_at_once():
    """A provider that is tried because it was down has had its doubt."""
    bench = Bench()
    bench.request("a")
    bench.clock.advance(5.0)
    bench.router.trial("a").end(Outcome.FAILED)
    assert bench.opened == ["a", "a"]


@given(st.lists(st.sets(st.sampled_from("abc")), max_size=30))
def test_requests_that_somebody_answers_blame_exactly_those_that_failed(failing):
    """Whatever fails at whom: every failure is counted against its provider, or excused."""
    bench = Bench(min_calls=1000, failures_in_row=1000)
    for names in failing:
        answered = bench.request(names)
        assert (answered is None) == (names == set("abc"))
    stats = bench.router.stats()
    n_failed = sum(one.outcomes.get("failed", 0) for one in stats.providers)
    everywhere = sum(names == set("abc") for names in failing)
    assert stats.excused == 3 * everywhere
    assert n_failed >= stats.excused
