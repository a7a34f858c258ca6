"""Engines that several providers use: loaded once, freed with the last of them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.providers.shared_engines import SharedEngines
from irene.testing import ScriptedAsr, ScriptedVad


class Workshop:
    """Makes engines, and remembers which are there."""

    def __init__(self):
        self.made = []
        self.freed = []

    def make(self):
        engine = object()
        self.made.append(engine)
        return engine

    def borrow(self, engines, key="whisper"):
        return engines.borrow(key, self.make, self.freed.append)


def test_two_providers_hold_one_engine():
    """What is the same is loaded once."""
    engines, workshop = SharedEngines(), Workshop()
    one, other = workshop.borrow(engines), workshop.borrow(engines)
    assert one.engine is other.engine
    assert len(workshop.made) == 1
    assert engines.holders("whisper") == 2


def test_the_last_who_gives_it_back_frees_it():
    """Not the one who loaded it."""
    engines, workshop = SharedEngines(), Workshop()
    one, other = workshop.borrow(engines), workshop.borrow(engines)
    one.give_back()
    one.give_back()
    assert workshop.freed == []
    other.give_back()
    assert workshop.freed == workshop.made
    assert engines.holders("whisper") == 0


def test_after_that_it_is_loaded_anew():
    """A freed engine is given to nobody."""
    engines, workshop = SharedEngines(), Workshop()
    with workshop.borrow(engines) as first:
        assert first is workshop.made[0]
    with workshop.borrow(engines) as second:
        assert second is not first
    assert workshop.freed == workshop.made


def test_other_keys_are_other_engines():
    """Another model, device or type of numbers is another engine."""
    engines, workshop = SharedEngines(), Workshop()
    assert workshop.borrow(engines, "a").engine is not workshop.borrow(engines, "b").engine


def test_who_asks_while_it_loads_waits_for_it():
    """Slots are loaded side by side."""
    engines, workshop, may_end = SharedEngines(), Workshop(), threading.Event()

    def slowly():
        assert may_end.wait(5)
        return workshop.make()

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(engines.borrow, "key", slowly) for _ in range(4)]
        may_end.set()
        held = [one.result() for one in asked]
    assert len({id(one.engine) for one in held}) == len(workshop.made) == 1


def test_another_engine_does_not_wait():
    """A large model does not hold up a small one."""
    engines, workshop, may_end = SharedEngines(), Workshop(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(engines.borrow, "slow", lambda: may_end.wait(5))
        with workshop.borrow(engines, "quick"):
            assert not slow.done()
        may_end.set()
        slow.result().give_back()


def test_an_engine_that_did_not_load_leaves_nothing_behind():
    """The next one who asks tries again, and nothing is freed that was never there."""
    engines, workshop = SharedEngines(), Workshop()

    def broken():
        raise RuntimeError("no such model")

    with pytest.raises(RuntimeError, match="no such model"):
        engines.borrow("whisper", broken, workshop.freed.append)
    assert engines.holders("whisper") == 0
    with workshop.borrow(engines):
        assert len(workshop.made) == 1
    assert len(workshop.freed) == 1


def test_who_waited_for_one_that_did_not_load_loads_it_again():
    """A failure is told to each who asked, after a try of its own."""
    engines, workshop, waits = SharedEngines(), Workshop(), threading.Event()

    def broken():
        assert waits.wait(5)
        raise RuntimeError("first try")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(engines.borrow, "key", broken)
        while not engines.holders("key"):
            waits.wait(0.001)
        second = pool.submit(engines.borrow, "key", workshop.make)
        while engines.holders("key") < 2:
            waits.wait(0.001)
        waits.set()
        with pytest.raises(RuntimeError, match="first try"):
            first.result()
        assert second.result().engine is workshop.made[0]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=40))
def test_there_is_one_engine_while_anybody_holds_it(steps):
    """For any order of borrowing and giving back, as a count on paper has it."""
    engines, workshops = SharedEngines(), {"a": Workshop(), "b": Workshop()}
    held = {"a": [], "b": []}
    for key, is_borrowed in steps:
        if is_borrowed:
            held[key].append(workshops[key].borrow(engines, key))
        elif held[key]:
            held[key].pop(0).give_back()
        workshop = workshops[key]
        assert len(workshop.made) - len(workshop.freed) == bool(held[key])
        assert engines.holders(key) == len(held[key])
        assert len({id(one.engine) for one in held[key]}) <= 1


def test_a_provider_that_was_made_alone_shares_with_nobody():
    """A test, or a process of its own, needs no assistant around its provider."""
    assert ScriptedAsr().engines is not ScriptedVad().engines
