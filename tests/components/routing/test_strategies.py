"""In which order providers are tried."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import ProviderFailedError
from irene.components.routing.outcome import Outcome
from irene.components.routing.router import Router
from irene.components.routing.settings import BreakerSettings, Member, RoutingSettings
from irene.components.routing.snapshot import Circuit, ProviderSnapshot
from irene.components.routing.strategies import FORGET_S, STRATEGIES, order
from irene.components.routing.waiting import Ticket
from irene.testing import VirtualClock

BALANCED = [name for name in STRATEGIES if name != "primary_fallback"]
weights = st.lists(st.sampled_from([0.5, 1.0, 2.0, 3.0, 5.0]), min_size=1, max_size=5)


@st.composite
def fleets(draw):
    """Return snapshots of up to six providers in any state."""
    count = draw(st.integers(1, 6))
    return [
        ProviderSnapshot(
            name=f"p{place}",
            position=place,
            weight=draw(st.sampled_from([0.0, 0.5, 1.0, 4.0])),
            in_flight=draw(st.integers(0, 4)),
            max_concurrency=draw(st.none() | st.integers(1, 4)),
            latency_s=draw(st.none() | st.floats(0, 100)),
            measured_s=draw(st.floats(0, 1e6)),
            turn=draw(st.floats(0, 1e6)),
        )
        for place in range(count)
    ]


def router_of(strategy, fleet_weights, clock=None, **terms):
    """Return a router of providers with these weights, named by their places."""
    members = [Member(str(i), i, weight=w, **terms) for i, w in enumerate(fleet_weights)]
    return Router("asr", members, RoutingSettings(strategy=strategy), clock or VirtualClock())


@given(st.sampled_from(sorted(STRATEGIES)), fleets(), st.randoms())
def test_everybody_has_one_place_whatever_the_order_of_asking(strategy, fleet, shuffled):
    """An order is a permutation, and does not depend on the order of the snapshots."""
    expected = order(strategy, fleet)
    assert sorted(expected) == sorted(one.name for one in fleet)
    shuffled.shuffle(fleet)
    assert order(strategy, fleet) == expected


@given(fleets())
def test_the_fallback_order_is_the_one_of_the_configuration(fleet):
    """Load, latency and weight do not change it."""
    assert order("primary_fallback", fleet) == tuple(one.name for one in fleet)


@given(st.sampled_from(BALANCED), fleets())
def test_who_is_full_stands_behind_who_is_not(strategy, fleet):
    """And one of weight 0 behind all others that have a place."""
    by_name = {one.name: one for one in fleet}

    def standing(name):
        one = by_name[name]
        full = one.max_concurrency is not None and one.in_flight >= one.max_concurrency
        return 2 if full else int(one.weight == 0)

    found = [standing(name) for name in order(strategy, fleet)]
    assert found == sorted(found)


@given(weights, st.integers(1, 300))
def test_round_robin_respects_weights_at_every_moment(fleet_weights, n_calls):
    """No two differ by more than a call each in calls per weight: the bound of fair queueing."""
    router = router_of("round_robin", fleet_weights)
    given_out = Counter()
    for _ in range(n_calls):
        with router.lease() as lease:
            given_out[lease.candidate] += 1
        shares = [given_out[i] / weight for i, weight in enumerate(fleet_weights)]
        most = max(range(len(shares)), key=shares.__getitem__)
        least = min(range(len(shares)), key=shares.__getitem__)
        assert shares[most] - shares[least] <= (
            1 / fleet_weights[most] + 1 / fleet_weights[least] + 1e-6
        )


@given(st.sampled_from(["least_loaded", "latency_weighted", "hedged"]), weights, st.integers(1, 60))
def test_calls_that_run_are_shared_by_weight(strategy, fleet_weights, n_calls):
    """With equal latencies no two differ by more than a call each in calls per weight."""
    router = router_of(strategy, fleet_weights)
    names = {str(i) for i in range(len(fleet_weights))}
    for name in sorted(names):
        router.lease(without=names - {name}).end(latency_s=0.1)
    for _ in range(n_calls):
        router.lease()
        shares = [one.in_flight / one.weight for one in router.snapshots()]
        most, least = (fleet_weights[shares.index(end)] for end in (max(shares), min(shares)))
        assert max(shares) - min(shares) <= 1 / most + 1 / least + 1e-6


@given(st.sampled_from(["round_robin", "least_loaded"]), weights)
def test_nobody_who_is_well_starves(strategy, fleet_weights):
    """Within as many calls as the weights add up to, everybody was asked."""
    router = router_of(strategy, fleet_weights)
    n_calls = round(sum(fleet_weights) / min(fleet_weights)) + len(fleet_weights)
    asked = set()
    for _ in range(n_calls):
        with router.lease() as lease:
            asked.add(lease.candidate)
    assert asked == set(range(len(fleet_weights)))


@given(st.lists(st.floats(0.01, 5), min_size=2, max_size=4))
def test_who_was_slow_is_measured_again(latencies):
    """The slowest is asked again within a few minutes, however slow it was."""
    clock = VirtualClock()
    router = router_of("latency_weighted", [1.0] * len(latencies), clock)
    asked = Counter()
    while clock.monotonic() < 10 * FORGET_S:
        lease = router.lease()
        clock.advance(latencies[lease.candidate])
        lease.end()
        clock.advance(4.0)
        asked[lease.candidate] += 1
    assert min(asked[i] for i in range(len(latencies))) > 1


def test_the_faster_one_gets_nearly_all_calls_while_it_is_free():
    """One that takes ten times as long is asked now and then only."""
    clock = VirtualClock()
    router = router_of("latency_weighted", [1.0, 1.0], clock)
    asked = Counter()
    for _ in range(1000):
        lease = router.lease()
        clock.advance((1.0, 0.1)[lease.candidate])
        lease.end()
        asked[lease.candidate] += 1
    assert asked[1] > 50 * asked[0]


def test_one_that_was_never_measured_is_tried_by_one_call_at_a_time():
    """A crowd does not run into an unknown engine."""
    known = ProviderSnapshot("known", 0, latency_s=0.5)
    assert order("latency_weighted", [known, ProviderSnapshot("new", 1)])[0] == "new"
    assert order("latency_weighted", [known, ProviderSnapshot("new", 1, in_flight=1)])[0] == "known"


@pytest.mark.parametrize("strategy", ["least_loaded", "latency_weighted"])
def test_a_heavier_one_may_work_on_more(strategy):
    """Two calls at a provider of weight 4 are less than one at a provider of weight 1."""
    light = ProviderSnapshot("light", 0, in_flight=1, latency_s=1.0)
    heavy = ProviderSnapshot("heavy", 1, weight=4.0, in_flight=2, latency_s=1.0)
    assert order(strategy, [light, heavy]) == ("heavy", "light")


@pytest.mark.parametrize("measure", [lambda one: one.took(0.001), lambda one: one.late()])
def test_what_is_learnt_while_a_call_runs_counts_from_the_next_one_on(measure):
    """How long an answer of a session took, and that a call was late."""
    clock = VirtualClock()
    calm = BreakerSettings(min_calls=100, failures_in_row=100)
    members = [Member(name, name) for name in "abc"]
    router = Router("asr", members, RoutingSettings("latency_weighted", breaker=calm), clock)
    running = [router.lease() for _ in members]
    clock.advance(0.001)
    measure(running[1])
    assert router.lease().name == "b"


def test_whoever_was_away_does_not_make_up_for_it():
    """A provider that was down gets its share from now on, not all calls for a while."""
    router = router_of("round_robin", [1.0, 1.0])
    for _ in range(100):
        router.lease(without=("1",)).end()
    asked = Counter()
    for _ in range(20):
        with router.lease() as lease:
            asked[lease.candidate] += 1
    assert abs(asked[0] - asked[1]) <= 2


class Pair:
    """Two routers that share providers, whose every choice is held against the pure function.

    With `primary_fallback` nobody is expected when all are down: then the time decides.
    """

    def __init__(self, strategy, fleet_weights):
        self.strategy, self.clock, self.held = strategy, VirtualClock(), []
        breaker = BreakerSettings(failures_in_row=2, open_s=1000.0, max_open_s=1000.0, jitter=0)
        settings = RoutingSettings(strategy, breaker=breaker)
        members = [Member(f"p{i}", i, w, max_concurrency=3) for i, w in enumerate(fleet_weights)]
        first = Router("asr", members, settings, self.clock)
        self.routers = first, Router("asr", members[::-1], settings, self.clock, beside=first)

    def expected(self, router):
        """Return who is next, asked about everybody anew."""
        known = router.snapshots()
        well = [one for one in known if one.circuit is Circuit.CLOSED]
        free = [one for one in known if one.in_flight < one.max_concurrency]
        if self.strategy == "primary_fallback" and not well and len(known) > 1:
            return None
        return order(self.strategy, well or free or known)[0]

    def begin(self, number):
        """Begin a call."""
        router = self.routers[number % 2]
        expected = self.expected(router)
        found = router.ask((), lambda: None)
        if isinstance(found, Ticket):
            router.leave(found)
        else:
            assert expected in (found.name, None)
            self.held.append(found)

    def go_on(self, what, number, seconds):
        """Let something happen to one of the calls that run."""
        lease = self.held[number % len(self.held)]
        if what == "took":
            lease.took(seconds)
        elif what == "hedge":
            second = lease.hedge()
            self.held += [] if second is None else [second]
        elif what in ("late", "mark", "proven"):
            getattr(lease, what)()
        else:
            self.held.remove(lease)
            lease.end(Outcome.FAILED if what == "fail" else Outcome.SUCCESS)


happenings = st.sampled_from(
    ["begin", "begin", "begin", "end", "end", "fail", "took", "hedge", "late", "mark", "proven"]
)


@given(
    st.sampled_from(sorted(STRATEGIES)),
    weights,
    st.lists(st.tuples(happenings, st.integers(0, 9), st.floats(0.001, 5)), max_size=60),
)
def test_what_a_router_remembers_changes_no_choice(strategy, fleet_weights, script):
    """Ranks are kept from call to call; whatever happens, each choice is the pure function's."""
    pair = Pair(strategy, fleet_weights)
    for what, number, seconds in script:
        pair.clock.advance(seconds)
        if what == "begin":
            pair.begin(number)
        elif pair.held:
            pair.go_on(what, number, seconds)
        assert all(one.in_flight <= one.max_concurrency for one in pair.routers[0].snapshots())


@given(
    st.sampled_from(sorted(STRATEGIES)),
    st.lists(st.integers(1, 3), min_size=1, max_size=4),
    st.lists(st.booleans(), max_size=60),
)
def test_limits_are_never_exceeded(strategy, limits, script):
    """In any order of beginnings and ends nobody works on more than it may, also when all are
    full: then there is no lease."""
    members = [Member(str(i), i, max_concurrency=limit) for i, limit in enumerate(limits)]
    router = Router("asr", members, RoutingSettings(strategy=strategy), VirtualClock())
    held = []
    for begins in script:
        if begins and len(held) < sum(limits):
            held.append(router.lease())
        elif begins:
            with pytest.raises(ProviderFailedError):
                router.lease(patience_s=0.0)
        elif held:
            held.pop(0).end()
        for one in router.snapshots():
            assert one.in_flight <= limits[one.position]
            assert one.in_flight == sum(lease.name == one.name for lease in held)
