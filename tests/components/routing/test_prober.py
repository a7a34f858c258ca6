"""Trying providers that were down, in the background."""

import threading

import pytest

from irene import ProviderFailedError
from irene.components.routing.outcome import Outcome
from irene.components.routing.prober import Prober
from irene.components.routing.router import Router
from irene.components.routing.settings import BreakerSettings, Member, RoutingSettings
from irene.testing import VirtualClock

WAIT_S = 10
BREAKER = BreakerSettings(min_calls=1, open_s=5.0, max_open_s=60.0, jitter=0)


class Bench:
    """A router with a prober whose requests a test answers."""

    def __init__(self, deadline_s=None):
        self.clock = VirtualClock()
        self.asked = []
        self.changed = threading.Condition()
        self.is_ill = False
        self.hang = None
        members = [Member(name, name, 1.0, 1, deadline_s) for name in "ab"]
        settings = RoutingSettings(breaker=BREAKER)
        self.router = Router("asr", members, settings, self.clock, self._note)
        self.states = []
        self.late = []
        self.prober = Prober(
            self.router, self._request, self.clock, lambda *late: self.late.append(late)
        )

    def _note(self, name, change):
        with self.changed:
            self.states.append(str(change.after))
            self.changed.notify_all()
        self.prober.look()

    def _request(self, name):
        with self.changed:
            self.asked.append(name)
            self.changed.notify_all()
        if self.hang is not None:
            self.hang.wait(WAIT_S)
        if self.is_ill:
            raise ProviderFailedError("still ill")

    def fail(self):
        self.router.lease().end(Outcome.FAILED)

    def until(self, condition):
        """Wait until something is so; the clock goes on as long as it is not."""
        for _ in range(1000):
            with self.changed:
                if self.changed.wait_for(condition, 0.01):
                    return
            self.clock.advance(1.0)
        raise AssertionError(f"never: {self.states} {self.asked}")


@pytest.fixture
def bench():
    """Return a bench that leaves no thread behind."""
    made = Bench()
    yield made
    if made.hang is not None:
        made.hang.set()
    made.prober.close()


def probing():
    """Return the threads that wait for the time of a trial."""
    return [one for one in threading.enumerate() if one.name == "irene-probe"]


def test_one_that_works_again_is_used_again(bench):
    """Nobody's call was the first to find out."""
    bench.fail()
    assert bench.router.lease(without=()).name == "b"
    bench.until(lambda: bench.states == ["open", "half_open", "closed"])
    assert bench.asked == ["a"]
    assert bench.router.lease().name == "a"


def test_one_that_is_still_ill_is_left_alone_for_longer(bench):
    """Again and again, until it works."""
    bench.is_ill = True
    bench.fail()
    bench.until(lambda: bench.states.count("open") == 3)
    waited_s = bench.clock.monotonic()
    assert waited_s >= 5 + 10
    bench.is_ill = False
    bench.until(lambda: bench.states[-1] == "closed")


def test_a_request_that_hangs_is_given_up(bench, monkeypatch):
    """It keeps its place, so the provider gets no second one while the first hangs in it."""
    monkeypatch.setattr("irene.components.routing.prober._PATIENCE_S", 0.01)
    bench.hang = threading.Event()
    bench.fail()
    bench.until(lambda: bench.states == ["open", "half_open", "open"])
    bench.until(lambda: [(name, error.call) for name, error in bench.late] == [("a", "probe")])
    bench.clock.advance(1000)
    assert bench.asked == ["a"]
    assert bench.router.lease().name == "b"
    bench.hang.set()
    bench.hang = None
    bench.until(lambda: bench.states[-1] == "closed")
    assert bench.asked == ["a", "a"]


def test_its_thread_runs_only_while_somebody_is_down(bench):
    """It ends once all are well."""
    before = len(probing())
    bench.fail()
    bench.until(lambda: bench.states[-1] == "closed")
    for thread in probing():
        thread.join(WAIT_S)
    assert len(probing()) <= before


def test_closing_ends_it_at_once(bench):
    """Whether or not the time of a trial has come; users' calls are trials from then on."""
    bench.fail()
    waiting = probing()
    bench.prober.close()
    for thread in waiting:
        thread.join(WAIT_S)
        assert not thread.is_alive()
    assert not bench.router.is_probed
    bench.clock.advance(5)
    assert bench.router.lease().name == "a"
    assert bench.asked == []
