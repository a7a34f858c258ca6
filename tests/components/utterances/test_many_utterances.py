"""Utterances at the same time: each is answered once, nobody is given too much, nothing is left."""

import random
import threading
from dataclasses import replace

from utterance_bench import LONGEST_WAIT_S, Bench, Digesting, blocks_of, undisturbed

from irene import AsrCapabilities
from irene.components.routing.outcome import Outcome
from irene.components.routing.settings import RoutingSettings
from irene.components.utterances.time_limits import TimeLimits


def of_places(n_places):
    """Return recognisers that take so many utterances at the same time."""
    capabilities = AsrCapabilities(max_concurrency=n_places)
    return type("Limited", (Digesting,), {"capabilities": capabilities})


def n_threads():
    """Return how many threads work on utterances."""
    return sum(one.name in ("irene-asr", "irene-utterance") for one in threading.enumerate())


def test_a_busy_recogniser_is_passed_over():
    """Who shares the work does not wait for one while another is free."""
    bench = Bench(cls=of_places(1), routing=RoutingSettings("least_loaded"))
    place = bench.chain.lease(without=("second",))
    assert place.name == "first"
    for _ in range(3):
        utterance, heard = bench.hear(blocks_of(1600))
        assert utterance.wait_over(LONGEST_WAIT_S)
        assert heard.provider == "second"
    assert bench.clock.monotonic() == 0.0
    place.end()


def test_speech_that_comes_while_everybody_is_busy_is_heard_afterwards():
    """It waits with all of its audio, and is not lost."""
    bench = Bench("only", cls=of_places(1))
    blocks = blocks_of(1600, 333)
    place = bench.chain.lease()
    utterance = bench.open()
    for block in blocks:
        utterance.feed(block)
    utterance.end()
    assert not utterance.text.done()
    place.end()
    heard = utterance.text.result(LONGEST_WAIT_S)
    assert heard.hypothesis.text == undisturbed(blocks)


def test_when_whoever_is_well_stays_busy_one_that_failed_is_asked_in_time():
    """The wait for a place leaves time to be answered."""
    bench = Bench(cls=of_places(1), limits=TimeLimits(total_s=8.0))
    bench.recognisers = replace(bench.recognisers, patience_s=bench.limits.patience_s)
    place = bench.chain.lease()
    failed = bench.chain.lease(without=("first",))
    failed.end(Outcome.FAILED)
    utterance = bench.open()
    utterance.feed(blocks_of(1600)[0])
    utterance.end()
    while not utterance.text.done():
        bench.clock.advance(0.05)
        threading.Event().wait(0.001)
    assert utterance.text.result().provider == "second"
    assert bench.clock.monotonic() < 8.0
    place.end()


class Unsteady:
    """Raises in one call of eight, and counts how many utterances it is given at once."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._n_now = 0
        self.n_most = 0

    def __call__(self, number, name, block):
        """Count, and perhaps raise."""
        with self._lock:
            self._n_now += (name == "open_stream") - (name == "close")
            self.n_most = max(self.n_most, self._n_now)
            is_bad = name in ("accept", "finish") and self._random.random() < 0.125
        if is_bad:
            raise OSError("unsteady")


def test_many_at_once_over_recognisers_that_stumble():
    """Every text is that of its own audio, limits hold, and no thread or place is left."""
    before = n_threads()
    bench = Bench(
        *("a", "b", "c"), "rock", cls=of_places(3), routing=RoutingSettings("round_robin")
    )
    faults = {name: Unsteady(name) for name in ("a", "b", "c")}
    for name, fault in faults.items():
        bench[name].fault = fault
    speeches = [blocks_of(400, 1, 300 + number, seed=number) for number in range(60)]
    utterances = []
    for speech in speeches:
        utterance = bench.open()
        utterances.append(utterance)
        for block in speech:
            utterance.feed(block)
        utterance.end()
    texts = [one.text.result(LONGEST_WAIT_S).hypothesis.text for one in utterances]
    assert texts == [undisturbed(speech) for speech in speeches]
    assert all(one.wait_over(LONGEST_WAIT_S) for one in utterances)
    assert all(0 < fault.n_most <= 3 for fault in faults.values())
    assert {one.in_flight for one in bench.chain.router.snapshots()} == {0}
    assert bench.recognisers.abandoned.running == ()
    while n_threads() > before:
        threading.Event().wait(0.001)
