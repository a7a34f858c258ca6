"""Waiting for a place: in turn, at the first provider for a while, then at any."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.components.routing.lease import Lease
from irene.components.routing.outcome import Outcome
from irene.components.routing.router import Router
from irene.components.routing.settings import Member, RoutingSettings
from irene.components.routing.waiting import Ticket
from irene.domain.clock import SystemClock
from irene.errors import IreneError
from irene.testing import VirtualClock


def make(places, strategy="round_robin", **settings):
    """Return a clock and a router of providers a, b, ... with so many places."""
    clock = VirtualClock()
    members = [
        Member(name, name, max_concurrency=limit)
        for name, limit in zip("abcd", places, strict=False)
    ]
    return clock, Router("asr", members, RoutingSettings(strategy=strategy, **settings), clock)


def ask(router, without=()):
    """Return a lease or a ticket."""
    return router.ask(without, lambda: None)


def blocked(router, clock, patience_s):
    """Return a thread that waits for a lease, and the list that it will be in."""
    found = []
    waits = threading.Event()
    plain_wait = clock.wait

    def wait(changed, seconds):
        waits.set()
        plain_wait(changed, seconds)

    clock.wait = wait

    def run():
        try:
            found.append(router.lease(patience_s=patience_s))
        except IreneError as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert waits.wait(30)
    return thread, found


def test_who_waits_is_served_in_turn():
    """The first who waits gets the first place that becomes free, whoever frees it."""
    _, router = make([1, 1])
    held = [ask(router), ask(router)]
    tickets = [ask(router) for _ in range(3)]
    assert all(isinstance(one, Ticket) for one in tickets)
    held[1].end()
    assert [one.lease is not None for one in tickets] == [True, False, False]
    assert tickets[0].lease.name == held[1].name
    held[0].end()
    tickets[0].lease.end()
    assert [one.lease is not None for one in tickets] == [True, True, True]


def test_nobody_who_comes_later_is_served_before():
    """A place that is handed on is never free in between."""
    _, router = make([1])
    held = ask(router)
    waits = ask(router)
    held.end()
    later = ask(router)
    assert isinstance(waits.lease, Lease)
    assert isinstance(later, Ticket)


def test_who_may_go_elsewhere_does_not_wait_behind_who_may_not():
    """A retry that has tried one provider takes a place at the other."""
    _, router = make([1, 1])
    held = {one.name: one for one in (ask(router), ask(router))}
    retry = ask(router, without={"a"})
    fresh = ask(router)
    held["a"].end()
    assert retry.lease is None
    assert fresh.lease.name == "a"
    held["b"].end()
    assert retry.lease.name == "b"


def test_the_primary_is_waited_for_until_somebody_else_will_do():
    """And then whoever is free is taken at once."""
    _, router = make([1, 1], "primary_fallback")
    held = ask(router)
    ticket = ask(router)
    assert ticket.lease is None
    router.widen(ticket)
    assert (held.name, ticket.lease.name) == ("a", "b")


def test_who_left_gets_nothing():
    """The place goes to the next."""
    _, router = make([1])
    held = ask(router)
    gone, stays = ask(router), ask(router)
    router.leave(gone)
    held.end()
    assert gone.lease is None
    assert stays.lease is not None


def test_a_circuit_that_opens_sends_those_who_wait_elsewhere():
    """Nobody waits for a place at who is down."""
    _, router = make([2, 1], "primary_fallback")
    first, second = ask(router), ask(router)
    ticket = ask(router)
    for _ in range(3):
        router.failed("a")
    assert ticket.lease.name == "b"
    first.end()
    second.end()


def test_a_blocked_call_gets_the_first_place():
    """Without having been woken up for nothing."""
    clock, router = make([1])
    held = ask(router)
    thread, found = blocked(router, clock, None)
    held.end(Outcome.SUCCESS)
    thread.join(30)
    assert found[0].name == "a"


def test_a_blocked_call_takes_anybody_after_a_while():
    """`spill_s` is for the first provider; the patience goes on."""
    clock, router = make([1, 1], "primary_fallback", spill_s=0.25)
    held = [ask(router), router.lease(without={"a"})]
    thread, found = blocked(router, clock, 5.0)
    clock.advance(0.3)
    held[1].end()
    thread.join(30)
    assert found[0].name == "b"
    assert held[0].end()


def test_a_blocked_call_ends_when_its_patience_does():
    """The message says what would help; the place it waited for is still to be had."""
    clock, router = make([1])
    held = ask(router)
    thread, found = blocked(router, clock, 2.0)
    while thread.is_alive():
        clock.advance(2.0)
        thread.join(0.005)
    assert "has been busy for 2 s" in str(found[0])
    held.end()
    assert router.lease().name == "a"


def test_a_blocked_call_ends_when_its_provider_is_taken_out():
    """Nobody waits for who does not exist any more."""
    clock, router = make([1])
    held = ask(router)
    thread, found = blocked(router, clock, None)
    router.remove("a")
    thread.join(30)
    assert "no asr provider is left" in str(found[0])
    assert held.end()


def test_whoever_is_interrupted_while_waiting_leaves_nothing_behind():
    """Neither a ticket in the line nor a place that nobody gives back."""
    clock, router = make([1])
    held = ask(router)

    def interrupt(changed, seconds):
        changed.release()
        held.end()
        changed.acquire()
        raise KeyboardInterrupt

    clock.wait = interrupt
    with pytest.raises(KeyboardInterrupt):
        router.lease(patience_s=None)
    assert router.snapshots()[0].in_flight == 0
    assert router.lease().name == "a"


@given(
    places=st.lists(st.integers(1, 2), min_size=1, max_size=3),
    steps=st.lists(st.sampled_from(["ask", "end", "leave"]), max_size=60),
    strategy=st.sampled_from(["round_robin", "least_loaded", "latency_weighted"]),
)
def test_a_line_is_a_queue_before_many_places(places, steps, strategy):
    """The reference: a list of who holds a place, a list of who waits."""
    _, router = make(places, strategy)
    total, n_asked = sum(places), 0
    found, holds, waits = {}, [], []

    def lease_of(number):
        one = found[number]
        return one if isinstance(one, Lease) else one.lease

    for step in steps:
        if step == "ask":
            found[n_asked] = ask(router)
            (holds if len(holds) < total else waits).append(n_asked)
            n_asked += 1
        elif step == "end" and holds:
            assert lease_of(holds.pop(0)).end()
            if waits:
                holds.append(waits.pop(0))
        elif step == "leave" and waits:
            router.leave(found[waits.pop()])
        assert all(lease_of(number) is not None for number in holds)
        assert all(lease_of(number) is None for number in waits)
        assert sum(one.in_flight for one in router.snapshots()) == len(holds)


def test_a_hedge_budget_grows_with_the_calls():
    """A twentieth: after 200 calls about ten second ones were allowed."""
    _, router = make([1, 1], "hedged", hedge_share=0.05)
    n_hedges = 0
    for _ in range(200):
        first = router.lease()
        second = first.hedge()
        first.end()
        if second is not None:
            n_hedges += 1
            second.end(Outcome.CANCELLED)
    assert n_hedges == pytest.approx(10, abs=1)


def test_when_all_are_down_they_share_the_calls():
    """One alone could not serve everybody: the others would be busy with nothing meanwhile."""
    _, router = make([1, 1, 1], "least_loaded")
    for name in "abc":
        for _ in range(3):
            router.failed(name)
    held = [router.lease() for _ in range(3)]
    assert sorted(one.name for one in held) == ["a", "b", "c"]


def test_when_all_are_down_the_one_that_is_tried_first_stands_in_for_the_primary():
    """As long as it has a place."""
    _, router = make([1, 1], "primary_fallback")
    for name in ("b", "a", "a"):
        for _ in range(3):
            router.failed(name)
    names = [router.lease().name for _ in range(2)]
    assert sorted(names) == ["a", "b"]


def test_who_waited_in_vain_is_sent_to_who_is_down():
    """All others have been full for too long, and a small chance is better than none."""
    _, router = make([1, 1], "least_loaded")
    for _ in range(3):
        router.failed("b")
    held = router.lease()
    assert (held.name, router.lease().name) == ("a", "b")
    with pytest.raises(IreneError, match="busy"):
        router.lease()


def test_nobody_is_sent_to_who_is_down_while_waiting_may_help():
    """A ticket waits for who is well, until it is given up."""
    _, router = make([1, 1], "primary_fallback")
    for _ in range(3):
        router.failed("b")
    held = router.lease()
    ticket = ask(router)
    router.widen(ticket)
    assert ticket.lease is None
    assert router.give_up(ticket).name == "b"
    assert held.end()


def test_who_waits_at_one_router_is_served_by_another_one():
    """Routers that share a provider share its places, and the line for them."""
    clock, router = make([1])
    beside = Router(
        "asr", [Member("x", "a", max_concurrency=1)], RoutingSettings(), clock, beside=router
    )
    held = router.lease()
    ticket = ask(beside)
    assert ticket.lease is None
    held.end()
    assert ticket.lease.name == "x"
    assert isinstance(ask(router), Ticket)


def test_threads_that_wait_are_all_served():
    """No wake-up is lost, and no place, whoever comes in between."""
    members = [Member(name, name, max_concurrency=1) for name in "ab"]
    router = Router("asr", members, RoutingSettings(strategy="least_loaded"), SystemClock())
    n_served = []
    together = threading.Barrier(8)

    def work():
        together.wait(30)
        for _ in range(100):
            with router.lease(patience_s=None) as lease:
                n_served.append(lease.name)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(n_served) == 800
    assert [one.in_flight for one in router.snapshots()] == [0, 0]
